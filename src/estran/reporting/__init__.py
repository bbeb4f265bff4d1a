"""Runs and projections written down: reports in HTML, PDF, DOCX and ODT, charts, open data.

In: run folders, projections. Out: documents, files. Read first: reports.py, then chapters/summary.py and blocks.py.
"""
