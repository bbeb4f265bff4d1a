"""The long work of a collection: reading what an entity sent, fetching the lists of GLPI."""

from django.urls import reverse
from django.utils import timezone

from estran.portal.collection import deliveries, glpi
from estran.portal.collection.models import Answer, Delivery, GlpiSource
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job


def read_sent(job: Job) -> str:
    """Read a delivery; done twice, it gives the same folder."""
    sent = Delivery.objects.select_related("organisation", "answer__entity", "answer__campaign")
    delivery = sent.get(pk=job.subject["delivery"])
    deliveries.read_delivery(delivery)
    return reverse("collection:delivery", args=(delivery.organisation.slug, delivery.pk))


def fetch_glpi(job: Job) -> str:
    """Fetch the lists of GLPI and read them; the last fetch replaces the one before."""
    answer = Answer.objects.select_related("organisation", "entity", "campaign").get(pk=job.subject["answer"])
    source = GlpiSource.objects.get(organisation=job.organisation)
    lists = list(glpi.fetch_lists(source, lambda share: job.note_progress(share * 0.7)))
    for number, (name, content) in enumerate(lists):
        values = {"source": Delivery.GLPI, "adds": number > 0, "keeps_entities": True}
        queue.run_at_once(deliveries.receive_delivery(job, answer, name, content, **values))
    GlpiSource.objects.filter(pk=source.pk).update(fetched_at=timezone.now())
    return reverse("collection:answer", args=(job.organisation.slug, answer.pk))
