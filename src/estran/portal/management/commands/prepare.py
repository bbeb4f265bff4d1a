"""Before serving, alone on the data: base up to date, static files gathered, what a killed portal left put right."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from estran.portal.common import storage
from estran.portal.jobs import queue


class Command(BaseCommand):
    """`python -m estran.portal prepare`."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, gather the static files anew, free the jobs of workers that are gone, remove unfinished files."""
        call_command("migrate", verbosity=0)
        # Anew: a file half copied when the portal was killed would pass for up to date.
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        queue.free_jobs()
        storage.remove_unfinished()
