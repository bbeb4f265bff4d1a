"""The worker: carries out the work that pages ask for, until it is told to stop."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from estran.portal.jobs import queue


class Command(BaseCommand):
    """`python -m estran.portal work`."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until SIGTERM; the job in hand is finished first."""
        asked: list[int] = []
        for signal_ in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_, lambda number, _frame: asked.append(number))
        queue.serve(lambda: bool(asked))
