"""Which of what an entity sent counts: a new file takes the place of those before, and asks where something is lost.

Every version stays, and comes back: nothing here erases anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from estran.common.formatting import count
from estran.common.language import ngettext
from estran.common.vocabulary import limit
from estran.portal.collection.models import Answer, Delivery
from estran.portal.jobs.models import Job

COUNT, ADD, KEEP, TAKE_BACK = "count", "add", "keep", "take_back"  # what a person decides of a version


@dataclass(frozen=True)
class Change:
    """What would count instead of what counts: rows, things and rows put right by hand, before and after."""

    before: list[Delivery]
    after: Delivery

    @property
    def lost(self) -> int:
        """Rows put right by hand that would no longer count."""
        return sum(one.corrected for one in self.before)

    @property
    def text(self) -> str:
        """« 2 lignes au lieu de 2 393, 599 corrections perdues. »"""
        rows, before = self.after.rows, sum(one.rows for one in self.before)
        if self.after.adds:
            return ngettext("{n} ligne de plus.", "{n} lignes de plus.", rows).format(n=count(rows))
        text = ngettext("{n} ligne au lieu de {before}", "{n} lignes au lieu de {before}", rows)
        parts = [text.format(n=count(rows), before=count(before))]
        things, earlier = items_of([self.after]), items_of(self.before)
        if things != earlier:
            text = ngettext("{n} matériel au lieu de {before}", "{n} matériels au lieu de {before}", int(things))
            parts.append(text.format(n=count(things), before=count(earlier)))
        if lost := self.lost:
            text = ngettext("{n} correction perdue", "{n} corrections perdues", lost)
            parts.append(text.format(n=count(lost)))
        return ", ".join(parts) + "."


def items_of(deliveries: Iterable[Delivery]) -> float:
    """The things that deliveries hold."""
    return sum(items for one in deliveries for _entity, _rows, items in one.entities)


def others_of(answer: Answer) -> list[Delivery]:
    """The versions that do not count, the latest first: replaced, taken back, or never read."""
    gone = answer.deliveries.filter(replaced_at__isnull=False, proposed=False)
    return list(gone.select_related("person")[: limit("versions_shown")])


def proposals(answers: Iterable[Answer]) -> list[Change]:
    """What waits for somebody to say whether it replaces what counts, the first sent first."""
    waiting = Delivery.objects.filter(answer__in=answers, proposed=True, read_at__isnull=False)
    return [change_of(one) for one in waiting.select_related("answer__entity", "person").order_by("sent_at")]


def counting(delivery: Delivery) -> QuerySet:
    """What counts in the group of a delivery, but itself."""
    same = Delivery.objects.filter(answer=delivery.answer_id, group=delivery.group, read_at__isnull=False)
    return same.filter(replaced_at__isnull=True).exclude(pk=delivery.pk)


def change_of(delivery: Delivery) -> Change:
    """What letting a delivery count would change."""
    return Change([] if delivery.adds else list(counting(delivery)), delivery)


def offer(delivery: Delivery) -> None:
    """Let a delivery that was just sent count, or propose it where something would be lost.

    Read late, after one sent later that took the place of all before, it does not count.
    """
    # Two files read at once: one, then the other.
    answer = Answer.objects.select_for_update().get(pk=delivery.answer_id)
    others = list(counting(delivery))
    if any(one.sent_at > delivery.sent_at and not one.adds for one in others):
        _set(delivery, counts=False)
    elif delivery.adds and _proposed_before(delivery).exists():
        _set(delivery, counts=False, proposed=True)  # the next part of what is proposed
    elif others and not delivery.adds and _asks(delivery, others, answer):
        _lapse(delivery)
        _set(delivery, counts=False, proposed=True)
    else:
        let_count(delivery)


def _asks(delivery: Delivery, others: list[Delivery], answer: Answer) -> bool:
    """What counts was accepted or said to be whole, comes from somebody else, was put right, or shrinks by much."""
    if answer.accepted_at or answer.finished_at:
        return True
    before = sum(one.rows for one in others)
    shrunk = before >= limit("smaller_rows") and 100 * delivery.rows < limit("smaller_percent") * before
    return shrunk or any(one.person_id != delivery.person_id or one.corrected for one in others)


def decide(delivery: Delivery, action: str) -> None:
    """Let a version count, alone or beside what counts; keep what counts; or take back one that counts."""
    with transaction.atomic():
        # Two people who decide at once: one, then the other.
        Answer.objects.select_for_update().get(pk=delivery.answer_id)
        delivery.refresh_from_db()
        counted = delivery.replaced_at is None
        if action in (COUNT, ADD) and not counted:
            delivery.adds = action == ADD or (delivery.proposed and delivery.adds)
            delivery.save(update_fields=["adds"])
            let_count(delivery)
        elif action == KEEP and not counted:
            _set(delivery, counts=False)
        elif action == TAKE_BACK and counted:
            _set(delivery, counts=False)
            if delivery.read_at:
                _reopen(delivery)
            elif job := delivery.job:
                forget_failure(job)


def let_count(delivery: Delivery) -> None:
    """Let a delivery count, instead of the others of its group unless it adds to them; its answer is open again."""
    if not delivery.adds:
        counting(delivery).update(replaced_at=timezone.now())
        _lapse(delivery)
    _set(delivery, counts=True)
    _reopen(delivery)


def note_change(delivery: Delivery) -> None:
    """What counts was changed: its answer is open again."""
    if delivery.replaced_at is None:
        _reopen(delivery)


def _reopen(delivery: Delivery) -> None:
    anew = {"accepted_at": None, "accepted_by": None, "finished_at": None}
    Answer.objects.filter(pk=delivery.answer_id).update(**anew)


def _before(delivery: Delivery) -> QuerySet:
    return Delivery.objects.filter(
        answer=delivery.answer_id, group=delivery.group, sent_at__lt=delivery.sent_at
    ).exclude(pk=delivery.pk)


def _proposed_before(delivery: Delivery) -> QuerySet:
    return _before(delivery).filter(proposed=True)


def _lapse(delivery: Delivery) -> None:
    """What was proposed before it, or waited for somebody, is no longer to decide; it stays among the versions."""
    _proposed_before(delivery).update(proposed=False)
    for one in _before(delivery).filter(read_at__isnull=True, replaced_at__isnull=True):
        if (job := one.job) and job.ended:
            _set(one, counts=False)
            forget_failure(job)


def forget_failure(job: Job) -> None:
    """A reading that failed and that nobody waits for any more is no alert."""
    Job.objects.filter(pk=job.pk, state=Job.FAILED).delete()


def _set(delivery: Delivery, *, counts: bool, proposed: bool = False) -> None:
    delivery.replaced_at = None if counts else delivery.replaced_at or timezone.now()
    delivery.proposed = proposed
    delivery.save(update_fields=["replaced_at", "proposed"])
