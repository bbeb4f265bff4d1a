"""The app « estates »."""

from __future__ import annotations

from django.apps import AppConfig


class EstatesConfig(AppConfig):
    """The app « estates » of the portal."""

    name = "estran.portal.estates"

    def ready(self) -> None:
        """Find the work that is not in `work.py`."""
        from estran.portal.estates import register_work  # noqa: F401
