"""The documents of a session of the assembly, from one list of tagged blocks.

In: facts in words. Out: a document for each reader. Read first: outline.py.
"""
