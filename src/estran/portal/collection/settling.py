"""Labels that no rule recognises: what to settle, the heaviest first, and what people decide, which is remembered."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Min, Sum
from django.utils import timezone

from estran.common import table_schema
from estran.common.files import write_csv
from estran.common.language import _
from estran.common.vocabulary import text_key
from estran.importing import canonical, matching
from estran.importing.estate_files import LABELS
from estran.importing.matching import Candidate, Description
from estran.portal.collection.campaigns import unknown_labels
from estran.portal.collection.models import LabelChoice
from estran.portal.common import storage
from estran.portal.jobs.queue import Asker
from estran.portal.organisations.models import Entity, Organisation

PAGE = 25  # labels or rejected rows on a page


@dataclass(frozen=True)
class Label:
    """One label to settle, whoever carries it: the text as written, how many things and entities, an example."""

    key: str
    label: str
    manufacturer: str
    model: str
    quantity: float
    rows: int
    entities: int
    entity: str  # one of them

    @property
    def text(self) -> str:
        """What the list calls it."""
        return self.label or self.model

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """Up to three item types, each with its reason."""
        return matching.suggest_types(Description(self.label, self.manufacturer, self.model))


@dataclass(frozen=True)
class Decision:
    """What a person decides of a label: an item type, or why it is left out."""

    label: Label
    item_type: str = ""
    reason: str = ""


def labels_to_settle(organisation: Organisation, deliveries: Any) -> list[Label]:
    """The labels to settle in these deliveries, the heaviest first."""
    rows = (
        unknown_labels(organisation, deliveries)
        .values("key")
        .annotate(
            label=Min("label"),
            manufacturer=Max("manufacturer"),
            model=Max("model"),
            quantity=Sum("quantity"),
            rows=Sum("rows"),
            entities=Count("delivery__answer__entity", distinct=True),
            entity=Min(F("delivery__answer__entity__name")),
        )
        .order_by("-quantity", "key")
    )
    return [Label(**row) for row in rows]


def type_label(code: str) -> str:
    """The label of an item type."""
    item_type = matching.item_types().get(code)
    return item_type["label_fr"] if item_type else code


def decide_labels(sender: Asker, decisions: Iterable[Decision], entity: Entity | None = None) -> int:
    """Remember decisions; how many. `entity`: of the link they came through."""
    decided = list(decisions)
    with transaction.atomic():
        _one_at_a_time(sender.organisation)
        for one in decided:
            LabelChoice.objects.update_or_create(
                organisation=sender.organisation,
                key=one.label.key,
                defaults={
                    "label": one.label.label,
                    "model": "" if one.label.label else one.label.model,
                    "item_type": one.item_type,
                    "reason": one.reason,
                    "person": sender.person,
                    "entity": entity,
                    "at": timezone.now(),
                },
            )
        _teach(sender.organisation)
    return len(decided)


def undo_choice(choice: LabelChoice) -> None:
    """Forget a decision: the label is to settle again."""
    with transaction.atomic():
        _one_at_a_time(choice.organisation)
        choice.delete()
        _teach(choice.organisation, forget=choice)


def labels_left_out(organisation: Organisation) -> dict[str, str]:
    """Labels that were left out: key → reason."""
    return dict(organisation.label_choices.exclude(reason="").values_list("key", "reason"))


def _one_at_a_time(organisation: Organisation) -> None:
    # The file of labels is written whole: two people who decide at once wait for each other.
    Organisation.objects.select_for_update().get(pk=organisation.pk)


def _teach(organisation: Organisation, forget: LabelChoice | None = None) -> None:
    """Write the decisions into the organisation's overlay, beside what its labels.csv already knew."""
    path = storage.folder("overlays", organisation.pk, "labels.csv")
    known = canonical.read_small_table(path, "labels")[0].to_pylist() if path.exists() else []
    lines = {tuple(text_key(row.get(name) or "") for name in LABELS): row for row in known}
    choices = list(organisation.label_choices.all())
    for gone in [*([forget] if forget else []), *choices]:
        lines.pop((text_key(gone.label), "", text_key(gone.model)), None)
    for choice in choices:
        if choice.item_type:
            row = {"label": choice.label, "manufacturer": "", "model": choice.model, "item_type": choice.item_type}
            row |= {"decided_on": timezone.localtime(choice.at).date().isoformat(), "note": _("réglé dans le portail")}
            lines[text_key(choice.label), "", text_key(choice.model)] = row
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    write_csv(partial, [column.column for column in table_schema.columns("labels")], lines.values())
    partial.replace(path)
