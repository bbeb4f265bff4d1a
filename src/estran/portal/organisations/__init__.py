"""People, entities, roles, links without account, the access helper, the audit log."""
