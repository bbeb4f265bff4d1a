"""Runs explained: where a figure comes from, how sure it is, why it changed since the year before.

In: the folders of one or several runs, registers, targets. Out: explanations, comparisons, indicators, statements.
Read `explain.py` first; `drivers.py` holds the arithmetic that `decomposition.py` puts into words; `sql/` the queries.
"""
