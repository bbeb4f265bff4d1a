"""Bills, statements of suppliers and uses of AI become activities: amounts of a flow in a year.

In: a sheet or a JSON file of services. Out: activity rows of the inventory. Read activities.py first.
"""
