"""What Estran knows. In: text tables that an expert edits, in folders by subject, and an authority's own tables.

Out: the factors, defaults, electricity and words of a calculation (`Catalogue`), their labels, the faults met.
Read first: loading.py (what a run takes), then checks/__init__.py, coverage.py (which source answers), labels.py.
"""
