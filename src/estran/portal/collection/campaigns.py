"""A campaign: who answers, how far each one is, whom to remind."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from estran.common.language import _
from estran.portal.collection.models import Answer, Campaign, Delivery, LabelChoice, SchoolLink, UnknownLabel
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity, Organisation, Role

TO_START, RECEIVED, TO_SETTLE, ACCEPTED = "to_start", "received", "to_settle", "accepted"
STATES = (TO_START, RECEIVED, TO_SETTLE, ACCEPTED)


def state_label(state: str) -> str:
    """A state in words."""
    words = {TO_START: _("à commencer"), RECEIVED: _("reçu"), TO_SETTLE: _("à régler"), ACCEPTED: _("accepté")}
    return words[state]


@dataclass
class AnswerStatus:
    """How far an answer is: what was received, what is left to settle, and its open link if it has one."""

    answer: Answer
    deliveries: list[Delivery] = field(default_factory=list)
    labels: int = 0  # to settle
    link: SchoolLink | None = None

    @property
    def state(self) -> str:
        """to_start, to_settle (labels or rejected rows), received, accepted."""
        if self.answer.accepted_at:
            return ACCEPTED
        if not self.deliveries:
            return TO_START
        return TO_SETTLE if self.labels or self.rejected else RECEIVED

    @property
    def state_label(self) -> str:
        """The state in words."""
        return state_label(self.state)

    @property
    def rows(self) -> int:
        """Rows received."""
        return sum(delivery.rows for delivery in self.deliveries)

    @property
    def rejected(self) -> int:
        """Rows that nobody could read."""
        return sum(delivery.rejected for delivery in self.deliveries)

    @property
    def received_at(self) -> datetime | None:
        """When the last of it came."""
        return max((delivery.sent_at for delivery in self.deliveries), default=None)


def add_missing_answers(campaign: Campaign) -> None:
    """Give every entity of the organisation its answer; entities added since the start get theirs."""
    without = campaign.organisation.entities.exclude(answers__campaign=campaign)
    Answer.objects.bulk_create(
        [Answer(organisation=campaign.organisation, campaign=campaign, entity=entity) for entity in without],
        ignore_conflicts=True,
    )


def visible_answers(access: Access, campaign: Campaign) -> QuerySet:
    """The answers a person sees: a contributor those of his entities, the others all."""
    answers = campaign.answers.select_related("entity")
    return answers.filter(entity__in=access.entities()) if access.role == Role.CONTRIBUTOR else answers


def current_deliveries(answers: Iterable[Answer]) -> QuerySet:
    """The deliveries that count: read, and not replaced."""
    return Delivery.objects.filter(answer__in=answers, read_at__isnull=False, replaced_at__isnull=True)


def unknown_labels(organisation: Organisation, deliveries: Any) -> QuerySet:
    """The labels of deliveries that nobody has decided about."""
    chosen = LabelChoice.objects.filter(organisation=organisation, key=OuterRef("key"))
    return UnknownLabel.objects.filter(~Exists(chosen), organisation=organisation, delivery__in=deliveries)


def count_unknown_labels(access: Access, campaign: Campaign) -> int:
    """How many labels of a campaign the person has to settle."""
    return (
        unknown_labels(access.organisation, current_deliveries(visible_answers(access, campaign)))
        .values("key")
        .distinct()
        .count()
    )


def answer_statuses(campaign: Campaign, answers: Iterable[Answer]) -> list[AnswerStatus]:
    """How far these answers are, in three queries."""
    kept = {answer.pk: AnswerStatus(answer) for answer in answers}
    if not kept:
        return []
    deliveries = current_deliveries(list(kept))
    for delivery in deliveries:
        kept[delivery.answer_id].deliveries.append(delivery)
    labels = unknown_labels(campaign.organisation, deliveries).values_list("delivery__answer")
    for answer, number in labels.annotate(number=Count("key", distinct=True)):
        kept[answer].labels = number
    by_entity = {standing.answer.entity_id: standing for standing in kept.values()}
    links = SchoolLink.objects.filter(organisation=campaign.organisation, entity__in=list(by_entity))
    for link in links.filter(revoked_at__isnull=True, ends_at__gt=timezone.now()).order_by("pk"):
        by_entity[link.entity_id].link = link
    return list(kept.values())


def accept_answers(access: Access, statuses: Iterable[AnswerStatus]) -> int:
    """Accept answers; how many were."""
    pks = [standing.answer.pk for standing in statuses if standing.deliveries and standing.state != ACCEPTED]
    Answer.objects.filter(pk__in=pks).update(accepted_at=timezone.now(), accepted_by=access.person)
    return len(pks)


def open_links(access: Access, statuses: Iterable[AnswerStatus]) -> int:
    """Open a link to each school that has none; how many were made."""
    links = [
        SchoolLink(organisation=access.organisation, entity=standing.answer.entity, made_by=access.person)
        for standing in statuses
        if standing.link is None and standing.answer.entity.kind == Entity.SCHOOL
    ]
    SchoolLink.objects.bulk_create(links)
    return len(links)


def revoke_links(entity: Entity) -> int:
    """Close every open link of a school; how many were."""
    return entity.links.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
