"""Runs explained: where a figure comes from, how sure it is, why it changed since the year before.

In: the folders of one or several runs, registers, targets. Out: explanations, comparisons, indicators, statements.
Read `explain.py` first; `differences.py` and `drivers.py` hold the arithmetic that `decomposition.py` puts into words.
"""
