"""What an authority decides: the diagnostic and its workshops, the charter, the strategy and its plan, the requests."""

from __future__ import annotations

from estran.portal.strategy.models import plan, requests

__all__ = ["plan", "requests"]
