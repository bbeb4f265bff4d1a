"""Files of any tool become one canonical estate.

In: CSV, workbooks, Parquet, JSON, as people and tools write them. Out: the inventory, small tables, rejects, labels to
settle. Read estate_import.py first, then normalising.py: one sheet, step by step.
"""
