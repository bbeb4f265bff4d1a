"""A campaign: who answers, how far each one is, and the referent of a school, who comes through a signed link."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils import timezone

from estran.catalogue.labels import word
from estran.common.language import _
from estran.common.vocabulary import plain_text
from estran.portal.collection.models import Answer, Campaign, Delivery, LabelChoice, SchoolLink, UnknownLabel
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access, managers_of
from estran.portal.organisations.models import AuditLine, Entity, Organisation, Person, Role

TO_START, RECEIVED, TO_SETTLE, ACCEPTED = STATES = ("to_start", "received", "to_settle", "accepted")


@dataclass
class AnswerStatus:
    """How far an answer is: what was received, what is left to settle, and its open link if it has one."""

    answer: Answer
    deliveries: list[Delivery] = field(default_factory=list)
    managers: set[int] = field(default_factory=set)  # who write for every entity today
    labels: int = 0  # to settle
    words: int = 0  # of statuses, to settle
    link: SchoolLink | None = None

    @property
    def state(self) -> str:
        """to_start, to_settle (labels, statuses or rejected rows), received, accepted."""
        if self.answer.accepted_at:
            return ACCEPTED
        if not self.deliveries:
            return TO_START
        return TO_SETTLE if self.labels or self.words or self.rejected else RECEIVED

    @property
    def state_label(self) -> str:
        """The state in words."""
        return word("answer_state", self.state)

    @property
    def rows(self) -> int:
        """Rows received."""
        return sum(delivery.rows for delivery in self.deliveries)

    @property
    def rejected(self) -> int:
        """Rows that nobody could read."""
        return sum(delivery.rejected for delivery in self.deliveries)

    @property
    def seen(self) -> str:
        """What counts, as one word: a page sends it back, so that nobody accepts what he has not seen."""
        return "-".join(f"{one.pk}.{one.estate[:12]}" for one in self.deliveries)

    @property
    def set_aside(self) -> int:
        """Rows rejected because their sender may not write for their entity."""
        return sum(delivery.set_aside for delivery in self.deliveries)

    @property
    def entities(self) -> list["Touched"]:
        """What the rows received are of, its own entity first."""
        touched: dict[str | None, Touched] = {}
        for delivery in self.deliveries:
            for entity, rows, items in delivery.entities:
                one = touched.setdefault(entity, Touched(entity, self.answer.entity.holds(entity or "")))
                one.rows, one.items = one.rows + rows, one.items + items
                if entity and not one.own and delivery.person_id not in self.managers:
                    one.refused += rows
        return sorted(touched.values(), key=lambda one: not one.own)

    @property
    def others(self) -> list["Touched"]:
        """The entities that it writes for and that are not its own."""
        return [one for one in self.entities if not one.own]

    @property
    def items(self) -> float:
        """Items received."""
        return sum(items for delivery in self.deliveries for _entity, _rows, items in delivery.entities)

    @property
    def received_at(self) -> datetime | None:
        """When the last of it came."""
        return max((delivery.sent_at for delivery in self.deliveries), default=None)

    @property
    def needs_link(self) -> bool:
        """A school without an open link."""
        return self.link is None and self.answer.entity.kind == Entity.SCHOOL


@dataclass
class Touched:
    """What an answer holds for an entity: its name as written (None: many small ones), rows, items.

    refused: rows that no inventory takes any more, because their sender no longer manages the organisation.
    """

    entity: str | None
    own: bool
    rows: int = 0
    items: float = 0.0
    refused: int = 0

    @property
    def name(self) -> str:
        """Its name for a reader."""
        return _("autres entités") if self.entity is None else self.entity or _("sans entité")


def add_missing_answers(campaign: Campaign) -> None:
    """Give every entity of the organisation its answer; entities added since the start get theirs."""
    without = campaign.organisation.entities.counted_in(campaign.year).exclude(answers__campaign=campaign)
    answers = [Answer(organisation=campaign.organisation, campaign=campaign, entity=entity) for entity in without]
    Answer.objects.bulk_create(answers, ignore_conflicts=True)


def counted_answers(campaign: Campaign) -> QuerySet:
    """The answers of the entities that count in the year: not those closed, erased or left out by choice."""
    counted = campaign.organisation.entities.counted_in(campaign.year)
    return campaign.answers.filter(entity__in=counted).select_related("entity")


def visible_answers(access: Access, campaign: Campaign) -> QuerySet:
    """The answers a person sees: a contributor those of his entities, the others all that count in the year."""
    answers = counted_answers(campaign)
    return answers.filter(entity__in=access.entities()) if access.role == Role.CONTRIBUTOR else answers


def current_deliveries(answers: Iterable[Answer]) -> QuerySet:
    """The deliveries that count: read, and not replaced."""
    return Delivery.objects.filter(answer__in=answers, read_at__isnull=False, replaced_at__isnull=True)


@dataclass(frozen=True)
class Unread:
    """A file that was received and is not read yet: it is being read, a person has to say something, or it failed."""

    delivery: Delivery
    job: Job

    @property
    def reading(self) -> bool:
        """Nothing is asked of anybody."""
        return not self.job.ended

    @property
    def text(self) -> str:
        """How far it is, or what is wrong and what to do."""
        if self.reading:
            return _("{state}, depuis {span}").format(state=self.job.state_label, span=self.job.lasts)
        if self.job.state == Job.DONE:
            return _("ses colonnes ne sont pas connues : dites ce qu’elles sont.")
        return self.delivery.question or self.job.reason


def unread_files(answers: Any) -> list[Unread]:
    """What was received of these answers and is not read yet, the first sent first."""
    waiting = Delivery.objects.filter(answer__in=answers, read_at__isnull=True, replaced_at__isnull=True)
    sent = {f"{one.pk}:{one.sha256}": one for one in waiting.select_related("answer__entity").order_by("sent_at")}
    jobs = Job.objects.filter(kind="delivery", key__in=list(sent)).select_related("organisation")
    by_key = {job.key: job for job in jobs}
    return [Unread(one, by_key[key]) for key, one in sent.items() if key in by_key]


def unknown_labels(organisation: Organisation, deliveries: Any) -> QuerySet:
    """The labels of deliveries that nobody has decided about."""
    chosen = LabelChoice.objects.filter(organisation=organisation, key=OuterRef("key"))
    return UnknownLabel.objects.filter(~Exists(chosen), organisation=organisation, delivery__in=deliveries)


def count_unknown_labels(access: Access, campaign: Campaign) -> int:
    """How many labels of a campaign the person has to settle."""
    deliveries = current_deliveries(visible_answers(access, campaign))
    return unknown_labels(access.organisation, deliveries).values("key").distinct().count()


def answer_statuses(campaign: Campaign, answers: Iterable[Answer]) -> list[AnswerStatus]:
    """How far these answers are, in four queries, or five where a status is to settle."""
    managers = managers_of(campaign.organisation)
    statuses = {answer.pk: AnswerStatus(answer, managers=managers) for answer in answers}
    deliveries = current_deliveries(list(statuses))
    for delivery in deliveries:
        statuses[delivery.answer_id].deliveries.append(delivery)
    labels = unknown_labels(campaign.organisation, deliveries).values_list("delivery__answer")
    for answer, number in labels.annotate(number=Count("key", distinct=True)):
        statuses[answer].labels = number
    decided = None
    for status in statuses.values():
        words = {plain_text(word)[:200] for delivery in status.deliveries for word, _rows, _items in delivery.statuses}
        if words and decided is None:
            decided = set(campaign.organisation.status_choices.values_list("key", flat=True))
        status.words = len(words - (decided or set()))
    by_entity = {status.answer.entity_id: status for status in statuses.values()}
    links = SchoolLink.objects.filter(organisation=campaign.organisation, entity__in=list(by_entity))
    for link in links.filter(revoked_at__isnull=True, ends_at__gt=timezone.now()).order_by("pk"):
        by_entity[link.entity_id].link = link
    return list(statuses.values())


def accept_answers(access: Access, statuses: Iterable[AnswerStatus]) -> int:
    """Accept answers; how many were."""
    pks = [status.answer.pk for status in statuses if status.deliveries and status.state != ACCEPTED]
    return Answer.objects.filter(pk__in=pks).update(accepted_at=timezone.now(), accepted_by=access.person)


def open_links(access: Access, statuses: Iterable[AnswerStatus]) -> int:
    """Open a link to each school that has none; how many were made."""
    entities = [status.answer.entity for status in statuses if status.needs_link]
    links = [SchoolLink(organisation=access.organisation, entity=one, made_by=access.person) for one in entities]
    return len(SchoolLink.objects.bulk_create(links))


# ---------------------------------------------------------------------------------------- the referent of a school


@dataclass(frozen=True)
class Referent:
    """Who came through the link of a school: no person, one entity, one answer (none while no campaign is open)."""

    organisation: Organisation
    entity: Entity
    link: SchoolLink
    answer: Answer | None
    person: Person | None = None

    @property
    def sent(self) -> Any:
        """What counts of what the school sent."""
        return current_deliveries([self.answer] if self.answer else [])

    @property
    def waiting(self) -> Any:
        """What the school sent through a link and that is not read yet, the latest first."""
        return (
            self.answer.deliveries.filter(read_at__isnull=True, replaced_at__isnull=True, person=None)
            if self.answer
            else []
        )

    def record(self, what: str) -> None:
        """Add a line to the audit log, without a person."""
        line = _("{entity} : {what}").format(entity=self.entity, what=what)
        AuditLine.objects.create(organisation=self.organisation, what=line[:300])

    def address(self, screen: str) -> str:
        """The address of one of the screens: start, read, thanks."""
        return reverse("thanks" if screen == "thanks" else f"school:{screen}", args=(self.link.token,))


View = Callable[[HttpRequest, Referent], HttpResponse]


def by_link(*verbs: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """Give the view its `Referent` in place of the token; a forged, revoked or past link is not found."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, token: str) -> HttpResponse:
            link = SchoolLink.of(token)
            if link is None:
                raise Http404
            if request.method not in verbs:
                return HttpResponseNotAllowed(verbs)
            campaigns = Campaign.objects.filter(organisation=link.organisation, opens_on__lte=timezone.localdate())
            campaign = campaigns.first()
            answer = campaign.answer_of(link.entity) if campaign else None
            response = view(request, Referent(link.organisation, link.entity, link, answer))
            response["X-Robots-Tag"] = "noindex"
            return response

        return guarded

    return decorate
