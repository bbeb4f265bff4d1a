"""Long work: a queue in the database, with leases that expire, three attempts and progress."""
