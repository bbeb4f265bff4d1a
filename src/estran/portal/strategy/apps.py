"""The app « strategy »."""

from __future__ import annotations

from django.apps import AppConfig


class StrategyConfig(AppConfig):
    """The app « strategy » of the portal."""

    name = "estran.portal.strategy"
