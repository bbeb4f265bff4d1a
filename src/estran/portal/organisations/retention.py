"""What is not kept: lines of the audit log after twelve months, past sessions, failed sign-ins of another week."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.utils import timezone

from estran.portal.organisations.models import AuditLine

LOG = timedelta(days=366)
ATTEMPTS = timedelta(days=7)


def forget_old() -> None:
    """Delete what is past its time."""
    now = timezone.now()
    AuditLine.objects.filter(at__lt=now - LOG).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS).delete()
