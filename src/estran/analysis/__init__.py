"""Runs explained: why, how sure, since when."""
