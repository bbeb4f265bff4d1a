"""Runs, the figure opened, the baseline, the export of a run."""
