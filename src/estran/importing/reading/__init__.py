"""From the bytes of a file to tables of texts with their lines numbered, whatever wrote them.

In: CSV, workbooks, Parquet. Out: a `Sheet` for each list in the file (sheets.py). Read readers.py first.
"""
