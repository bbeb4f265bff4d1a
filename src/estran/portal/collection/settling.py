"""Labels that no rule recognises: what to settle, the heaviest first, and what people decide, which is remembered."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Min, Sum
from django.utils import timezone

from estran.common import table_schema
from estran.common.files import whole_file, write_csv
from estran.common.language import _, ngettext
from estran.common.shipped import row_labels
from estran.common.vocabulary import limit, text_key
from estran.importing import canonical
from estran.importing.estate_files import LABELS
from estran.importing.inspection_text import type_label
from estran.importing.recognition import candidates, matching
from estran.importing.recognition.matching import Candidate, Description
from estran.portal.collection.campaigns import unknown_labels
from estran.portal.collection.deliveries import BOTH
from estran.portal.collection.models import LabelChoice
from estran.portal.common import storage
from estran.portal.jobs.queue import Asker
from estran.portal.organisations.models import Entity, Organisation

PAGE = 25  # labels or rejected rows on a page


@dataclass
class Label:
    """One label to settle, whoever carries it, and what a person answers: a type picked or typed, or why it is out."""

    key: str
    label: str
    manufacturer: str
    model: str
    quantity: float
    entities: int
    entity: str  # one of them
    picked: str = ""
    other: str = ""
    reason: str = ""
    error: str = ""

    @property
    def text(self) -> str:
        """What the list calls it."""
        return self.label or self.model

    @property
    def name(self) -> str:
        """What the names of its fields end with."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:10]

    @property
    def contradicts(self) -> bool:
        """The label has a type of its own, that the model contradicts: the choice is about both together."""
        return self.key.startswith(BOTH)

    @property
    def model_counts(self) -> bool:
        """The choice is remembered with the model."""
        return self.contradicts or not self.label

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """Up to three item types, each with its reason."""
        return candidates.suggest_types(Description(self.label, self.manufacturer, self.model))

    @property
    def item_type(self) -> str:
        """The type that was chosen, if any."""
        if self.reason:
            return ""
        return matching.find_item_type(self.other) if self.other else self.picked

    def read(self, posted: Mapping[str, str]) -> None:
        """Take what a person answered, and note what is wrong with it."""
        self.picked = posted.get(f"pick-{self.name}", "")
        self.other = posted.get(f"other-{self.name}", "").strip()
        self.reason = posted.get(f"out-{self.name}", "").strip()[:200]
        if self.other and not matching.find_item_type(self.other):
            near = ", ".join(type_label(one.item_type) for one in candidates.suggest_types(Description(self.other)))
            self.error = _("« {text} » n’est pas un type du catalogue.").format(text=self.other)
            self.error += " " + _("Proches : {types}.").format(types=near) if near else ""
        elif self.picked and self.picked not in matching.item_types():
            self.error = _("Ce type n’est pas dans le catalogue.")
        elif self.reason and (self.other or self.picked):
            self.error = _("Choisissez un type, ou donnez la raison de ne pas compter, pas les deux.")


@dataclass
class Group(Label):
    """Labels that one answer settles together, unless one of them has its own: of one maker, or of one first word."""

    members: list[Label] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The maker or the word, and how many labels."""
        n = len(self.members)
        return ngettext("{text} : {n} libellé", "{text} : {n} libellés", n).format(text=self.label, n=n)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """The types that most of its labels may be of."""
        asked = [Description(one.label, one.manufacturer, one.model) for one in self.members]
        first = [types[0] for types in candidates.suggest_all(asked) if types]
        frequent = Counter(one.item_type for one in first).most_common(3)
        reason = _("proposé pour {n} de ces libellés")
        return tuple(Candidate(code, 100, reason.format(n=n)) for code, n in frequent)

    @property
    def settled(self) -> Iterator[Label]:
        """Its labels that have no answer of their own, with its answer."""
        for one in self.members:
            if not (one.error or one.item_type or one.reason):
                yield replace(one, picked=self.item_type, other="", reason=self.reason)


def group_labels(labels: Iterable[Label]) -> list[Group]:
    """The groups of labels that share a maker, else a first word; the heaviest first."""
    alike: dict[str, list[Label]] = {}
    for label in labels:
        words = (label.manufacturer or label.text).split()
        if words and len(words[0]) > 1 and not label.contradicts:
            shared = label.manufacturer if label.manufacturer else words[0]
            alike.setdefault(text_key(shared), []).append(label)
    groups = []
    for key, members in alike.items():
        if len(members) >= limit("grouped_labels"):
            shown = members[0].manufacturer or members[0].text.split()[0]
            quantity = sum(one.quantity for one in members)
            entities = max(one.entities for one in members)
            groups.append(Group(f"group {key}", shown, "", "", quantity, entities, members[0].entity, members=members))
    return sorted(groups, key=lambda one: -one.quantity)[: limit("groups_shown")]


class SettleForm:
    """The answers about labels and groups of them; what is left blank is decided later.

    Posted, it holds the labels that were answered.
    """

    def __init__(
        self, labels: Iterable[Label], posted: Mapping[str, str] | None = None, groups: Iterable[Group] = ()
    ) -> None:
        self.labels, self.groups = list(labels), list(groups)
        if posted is not None:
            for one in (*self.labels, *self.groups):
                one.read(posted)
            self.labels = [label for label in self.labels if label.error or label.item_type or label.reason]
            answered = (one for group in self.groups if not group.error for one in group.settled)
            self.labels += [one for one in answered if one.picked or one.reason]

    @property
    def errors(self) -> list[Label]:
        """The labels to put right."""
        return [one for one in (*self.groups, *self.labels) if one.error]

    @property
    def points(self) -> list[tuple[str, str, str]]:
        """What is to correct: the field, the label, what is wrong."""
        return [(f"other-{label.name}", label.text, label.error) for label in self.errors]

    @property
    def decided(self) -> list[Label]:
        """The labels about which something was decided."""
        return [label for label in self.labels if not label.error]

    @property
    def types(self) -> list[str]:
        """The labels of the item types on offer."""
        return sorted(row_labels("item_types").values())


def labels_to_settle(organisation: Organisation, deliveries: Any) -> list[Label]:
    """The labels to settle in these deliveries, the heaviest first."""
    rows = unknown_labels(organisation, deliveries).values("key").annotate(
        label=Min("label"), manufacturer=Max("manufacturer"), model=Max("model"), quantity=Sum("quantity"),
        entities=Count("delivery__answer__entity", distinct=True), entity=Min(F("delivery__answer__entity__name")),
    )  # fmt: skip
    return [Label(**row) for row in rows.order_by("-quantity", "key")]


def decide_labels(sender: Asker, decided: list[Label], entity: Entity | None = None) -> int:
    """Remember what was decided of labels; how many. `entity`: of the link it came through."""
    with _taught_overlay(sender.organisation):
        for one in decided:
            values = {
                "label": one.label, "model": one.model if one.model_counts else "", "item_type": one.item_type,
                "reason": one.reason, "person": sender.person, "entity": entity, "at": timezone.now(),
            }  # fmt: skip
            LabelChoice.objects.update_or_create(organisation=sender.organisation, key=one.key, defaults=values)
    return len(decided)


def undo_choice(choice: LabelChoice) -> None:
    """Forget a decision: the label is to settle again."""
    with _taught_overlay(choice.organisation, choice):
        choice.delete()


@contextmanager
def _taught_overlay(organisation: Organisation, *forgotten: LabelChoice) -> Iterator[None]:
    """Change choices, then write them into the organisation's overlay, beside what its labels.csv already knew."""
    with transaction.atomic():
        # The file of labels is written whole: two people who decide at once wait for each other.
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        yield
        path = storage.folder("overlays", organisation.pk, "labels.csv")
        known = canonical.read_small_table(path, "labels")[0].to_pylist() if path.exists() else []
        lines = {tuple(text_key(row.get(name) or "") for name in LABELS): row for row in known}
        choices = organisation.label_choices.all()
        for choice in (*forgotten, *choices):
            lines.pop((text_key(choice.label), "", text_key(choice.model)), None)
        for choice in choices:
            if choice.item_type:
                lines[text_key(choice.label), "", text_key(choice.model)] = {
                    "label": choice.label, "manufacturer": "", "model": choice.model, "item_type": choice.item_type,
                    "decided_on": timezone.localdate(choice.at).isoformat(), "note": _("réglé dans le portail"),
                }  # fmt: skip
        with whole_file(path) as partial:
            write_csv(partial, [column.column for column in table_schema.columns("labels")], lines.values())
