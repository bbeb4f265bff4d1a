"""Indicators year by year, their targets, the quantities that people type, the legal counters."""
