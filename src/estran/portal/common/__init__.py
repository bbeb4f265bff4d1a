"""What the apps of the portal share: fields and forms, pages, storage, keys, optimistic locking."""
