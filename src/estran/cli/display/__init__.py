"""What the terminal shows of each result: sentences, tables with bars, figures that a person reads.

In: the results of the rooms below, or their folders. Out: text on the screen, JSON with `--json`.
Read `runs.py` first.
"""
