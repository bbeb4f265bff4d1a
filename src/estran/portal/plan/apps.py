"""The app « plan »."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PlanConfig(AppConfig):
    """The app « plan » of the portal."""

    name = "estran.portal.plan"

    def ready(self) -> None:
        """Create the triggers that protect votes again after every migration."""
        from estran.portal.plan import vote_triggers

        post_migrate.connect(vote_triggers.create_triggers_after_migrations, sender=self)
