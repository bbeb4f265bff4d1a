"""Runs and projections written down: HTML, PDF, DOCX, ODT, open data."""
