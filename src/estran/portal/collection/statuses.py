"""Statuses that nobody has settled: the words of what was sent, and what people decide once for the organisation."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from estran.catalogue.labels import words_of
from estran.common.files import whole_file
from estran.common.language import _
from estran.common.vocabulary import plain_text
from estran.importing.recognition import statuses
from estran.portal.collection.models import Delivery, StatusChoice
from estran.portal.common import storage
from estran.portal.jobs.queue import Asker
from estran.portal.organisations.models import Entity, Organisation


@dataclass(eq=False)
class Word:
    """A word to settle, whoever wrote it: its rows, how many things they are."""

    written: str
    rows: int = 0
    quantity: float = 0.0

    @property
    def key(self) -> str:
        """What a choice is remembered by."""
        return plain_text(self.written)[:200]

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"status-{hashlib.sha256(self.key.encode()).hexdigest()[:10]}"


def words_to_settle(organisation: Organisation, deliveries: Iterable[Delivery]) -> list[Word]:
    """The words that these deliveries hold and nobody has decided about, the most rows first."""
    words: dict[str, Word] = {}
    for written, rows, quantity in (one for delivery in deliveries for one in delivery.statuses):
        word = words.setdefault(Word(written).key, Word(written))
        word.rows, word.quantity = word.rows + rows, word.quantity + quantity
    decided = set(organisation.status_choices.filter(key__in=list(words)).values_list("key", flat=True))
    return sorted((word for key, word in words.items() if key not in decided), key=lambda one: (-one.rows, one.key))


def decide_words(sender: Asker, words: Iterable[Word], posted: Mapping[str, str], entity: Entity | None = None) -> int:
    """Remember what was answered about words; how many. `entity`: of the link it came through."""
    answers = {word: posted.get(word.name, "") for word in words}
    given = {word: status for word, status in answers.items() if status in words_of("status")}
    if given:
        with _taught_overlay(sender.organisation):
            for word, status in given.items():
                values: dict[str, Any] = {"written": word.written[:200], "status": status, "person": sender.person}
                values |= {"entity": entity, "at": timezone.now()}
                StatusChoice.objects.update_or_create(organisation=sender.organisation, key=word.key, defaults=values)
    return len(given)


def undo_choice(choice: StatusChoice) -> None:
    """Forget a decision: the word is to settle again."""
    with _taught_overlay(choice.organisation, choice.key):
        choice.delete()


@contextmanager
def _taught_overlay(organisation: Organisation, forgotten: str = "") -> Iterator[None]:
    """Change choices, then write them into the organisation's overlay, beside what its statuses.csv already knew."""
    with transaction.atomic():
        # The file is written whole: two people who decide at once wait for each other.
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        yield
        path = storage.folder("overlays", organisation.pk, statuses.FILE)
        known = [row for row in statuses.read_answers(path) if plain_text(row["written"]) != forgotten]
        note = _("réglé dans le portail")
        chosen = [
            {"written": one.written, "status": one.status, "note": note}
            | {"decided_on": timezone.localdate(one.at).isoformat()}
            for one in organisation.status_choices.all()
        ]
        with whole_file(path) as partial:
            statuses.write_answers(partial, [*known, *chosen])
