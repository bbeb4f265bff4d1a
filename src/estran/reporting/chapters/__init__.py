"""Chapters: a run, its years, its indicators or a projection as blocks. Nothing is computed here, no format is known.

In: a `RunSummary`, `Years`, `FollowedIndicators` or `ProjectionResults`. Out: blocks. Read first: summary.py.
"""
