"""What an organisation has: inventories (immutable), headcounts, the first estimate, the collection."""
