"""The app « plan »."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from estran.portal.plan import vote_triggers


class PlanConfig(AppConfig):
    """The app « plan » of the portal."""

    name = "estran.portal.plan"

    def ready(self) -> None:
        """Create the triggers that protect votes again after every migration; give the indicators their register."""
        from estran.portal.indicators import computation
        from estran.portal.plan import actions

        post_migrate.connect(vote_triggers.create_triggers, sender=self)
        progress = computation.Source(actions.progress_rows, actions.progress_stamp, "plan:actions")
        computation.kept_elsewhere[actions.PROGRESS_REGISTER] = progress
