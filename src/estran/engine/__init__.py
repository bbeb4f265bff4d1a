"""An estate and a catalogue become a run folder; a run folder is computed again from itself.

In: an estate (estates.py), a perimeter, choices. Out: the run folder. Read runs.py first, then steps.py and methods/.
"""
