"""Estran: footprint of a public authority's digital estate, measured and steered."""

__version__ = "0.1.0"
