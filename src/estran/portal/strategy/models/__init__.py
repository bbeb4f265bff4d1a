"""What an authority decides: the diagnostic and its workshops, the charter, the strategy and its plan, the requests."""

from __future__ import annotations
