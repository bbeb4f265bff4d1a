"""Requests for a digital project: appraisal, sizing, footprint, decision, review."""
