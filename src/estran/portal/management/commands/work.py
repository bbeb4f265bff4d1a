"""The worker: carries out the work that pages ask for, and once a day forgets what must not be kept."""

import logging
import os
import signal
import sys
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

LOG, ATTEMPTS = timedelta(days=366), timedelta(days=7)  # how long lines of the audit log, failed sign-ins are kept

_log = logging.getLogger(__name__)


def forget_old() -> None:
    """Delete what is past its time."""
    now = timezone.now()
    AuditLine.objects.filter(at__lt=now - LOG).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS).delete()


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
