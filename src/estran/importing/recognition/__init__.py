"""From what a list says of a thing to its item type.

In: label, manufacturer, model, size, kind of list. Out: the type and why, or what a person has to settle. Read
matching.py first.
"""
