"""A run and a plan become the years to come."""
