"""Before serving, alone on the data: base up to date, static files gathered, what a killed portal left put right,
the data folder closed to others.
"""

from typing import Any, ClassVar

from django.core import checks
from django.core.management import call_command
from django.core.management.base import BaseCommand

from estran.portal.common import room, storage
from estran.portal.jobs import queue


class Command(BaseCommand):
    """`python -m estran.portal prepare`."""

    help = __doc__
    requires_system_checks: ClassVar[
        list[str]
    ] = []  # the pages are not loaded here: people wait for the portal to open

    def handle(self, *args: Any, **options: Any) -> None:
        """Close the data folder, migrate, gather static files anew, free jobs of workers that are gone, remove
        unfinished files."""
        room.give_up_reserve()
        storage.close_to_others()
        for message in checks.run_checks(tags=[storage.FILES], include_deployment_checks=True):
            self.stderr.write(str(message))
        call_command("migrate", verbosity=0)
        # Anew: a file half copied when the portal was killed would pass for up to date.
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        queue.free_jobs()
        storage.remove_unfinished()
        room.keep_reserve()
