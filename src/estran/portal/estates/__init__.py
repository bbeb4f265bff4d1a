"""What an organisation has: inventories, which never change, dated headcounts, the first estimate."""
