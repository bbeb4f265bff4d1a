"""What an authority decides: the diagnostic and its workshops, the charter, the strategy and its plan, the requests."""

from __future__ import annotations

from estran.portal.strategy.models import charter, diagnostic, plan, requests, vision, workshops

__all__ = ["charter", "diagnostic", "plan", "requests", "vision", "workshops"]
