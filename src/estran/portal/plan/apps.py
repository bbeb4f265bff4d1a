"""The app « plan »."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from estran.portal.plan import vote_triggers


class PlanConfig(AppConfig):
    """The app « plan » of the portal."""

    name = "estran.portal.plan"

    def ready(self) -> None:
        """Create the triggers that protect votes again after every migration."""
        post_migrate.connect(vote_triggers.create_triggers, sender=self)
