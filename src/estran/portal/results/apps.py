"""The app « results »."""

from __future__ import annotations

from django.apps import AppConfig


class ResultsConfig(AppConfig):
    """The app « results » of the portal."""

    name = "estran.portal.results"

    def ready(self) -> None:
        """Find the work that is not in `work.py`."""
        from estran.portal.results import collected, explained, export, flow, followed, years  # noqa: F401
