"""The app « plan »."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PlanConfig(AppConfig):
    """The app « plan » of the portal."""

    name = "estran.portal.plan"

    def ready(self) -> None:
        """What was voted is guarded again after every migration."""
        from estran.portal.plan import vote_triggers

        post_migrate.connect(vote_triggers.after_migrations, sender=self)
