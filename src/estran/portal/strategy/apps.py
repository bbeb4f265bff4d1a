"""The app « strategy »."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StrategyConfig(AppConfig):
    """The app « strategy » of the portal."""

    name = "estran.portal.strategy"

    def ready(self) -> None:
        """What was voted is guarded again after every migration."""
        from estran.portal.strategy import acts_guard

        post_migrate.connect(acts_guard.after_migrations, sender=self)
