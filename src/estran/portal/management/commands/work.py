"""The worker: carries out the work that pages ask for, draws their charts, and once a day forgets what is too old."""

import logging
import os
import signal
import sys
import threading
import time
from datetime import date, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from estran.common.bounded import BEHIND
from estran.portal.collection.deliveries import forget_sent
from estran.portal.common import room
from estran.portal.jobs import queue
from estran.portal.organisations.models import AuditLine, Session
from estran.reporting.charts import shelf
from estran.reporting.charts.drawing import draw_asked, warm_up

LOG, ATTEMPTS = timedelta(days=366), timedelta(days=7)  # how long lines of the audit log, failed sign-ins are kept
DRAWINGS = timedelta(days=60)  # how long a drawing is kept
LOOK = 0.05  # seconds between two looks at the drawings that are asked for

_log = logging.getLogger(__name__)


def forget_old() -> None:
    """Delete what is past its time."""
    now = timezone.now()
    AuditLine.objects.filter(at__lt=now - LOG).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS).delete()
    shelf.forget_older((now - DRAWINGS).timestamp())


def draw_charts() -> None:
    """Draw what pages ask for, beside the work in hand: someone waits for it."""
    warm_up()
    while True:
        try:
            drawn = shelf.draw_what_is_asked(draw_asked)
        except OSError:  # the disk is full: pages show their tables
            _log.exception("drawings wait")
            drawn = False
        if not drawn:
            time.sleep(LOOK)


class Command(BaseCommand):
    """`python -m estran.portal work`."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until SIGTERM; the job in hand is finished first."""
        asked: list[int] = []
        for signal_ in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_, lambda number, _frame: asked.append(number))
        if sys.platform != "win32":
            os.nice(BEHIND)
        threading.Thread(target=draw_charts, daemon=True).start()
        day: date | None = None
        while not asked:
            try:
                if day != timezone.localdate():
                    forget_old()
                    forget_sent(timezone.localdate())
                    day = timezone.localdate()
                room.keep_reserve()
                close_old_connections()  # one that broke while it waited is opened anew
                idle = not queue.run_next_job()
            except (DatabaseError, OSError):  # the disk is full, or the base away: it goes on once that is over
                _log.exception("the worker waits")
                room.give_up_reserve()
                idle = True
            if idle:
                time.sleep(queue.PAUSE)
