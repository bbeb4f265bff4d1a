"""The long work of estates: reading what an entity sent."""

from __future__ import annotations

from django.urls import reverse

from estran.portal.estates import reading
from estran.portal.estates.models import Delivery
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job


@queue.work("delivery")
def read(job: Job) -> str:
    """Read a delivery; done twice, it gives the same folder."""
    found = Delivery.objects.select_related("organisation", "answer__entity", "answer__campaign")
    delivery = found.get(pk=job.subject["delivery"])
    reading.read(delivery)
    return reverse("estates:delivery", args=(delivery.organisation.slug, delivery.pk))
