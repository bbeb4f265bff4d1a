"""Forms about what an organisation has."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils import timezone

from estran.catalogue import labels
from estran.common.language import _
from estran.engine.perimeter import PEOPLE
from estran.importing.inspection import computers_per_person, kind_of
from estran.portal.common import doubts
from estran.portal.common.doubts import AsksTwice, Doubt
from estran.portal.common.forms import Count, Day, Year
from estran.portal.estates import estimate
from estran.portal.estates.models import Headcount


class EstimateForm(AsksTwice, forms.Form):
    """The fourteen counts of the first estimate and their year; at least one thing must be counted.

    It asks twice about a year to come, and about more things than people could use.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in estimate.asked_counts():
            self.fields[row["code"]] = Count(label=row["label_fr"], help_text=row["hint_fr"])
        self.fields["year"] = Year(label=_("Année du bilan"), initial=timezone.localdate().year - 1)

    def clean(self) -> dict[str, Any]:
        """Refuse a form that counts nothing."""
        given = super().clean() or {}
        items = [row["code"] for row in estimate.asked_counts() if row["kind"] == "item"]
        if not self.errors and not any(map(given.get, items)):
            fault = _("Donnez au moins un nombre de matériels, par exemple les ordinateurs portables.")
            self.add_error("laptops", fault)
        return given

    def doubts(self, given: dict[str, Any]) -> Iterator[Doubt]:
        """A year to come, too many things for these people, or very many where no people are given."""
        yield from (("year", odd) for odd in doubts.future_year(given["year"], timezone.localdate().year))
        computers = {"agents": 0.0, "pupils": 0.0}
        for row in estimate.asked_counts():
            if row["kind"] == "item" and (value := given.get(row["code"])):
                who = "pupils" if row["entity"] == estimate.SCHOOLS else "agents"
                computers[who] += value if kind_of(row["item_type"]) == "computer" else 0
                for odd in doubts.huge_count(row["label_fr"], value, given.get(who) or 0):
                    yield row["code"], odd
        yield from (("agents", odd) for odd in computers_per_person(computers["agents"], given.get("agents") or 0))

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings: the administration, then the schools."""
        fields = [self[row["code"]] for row in estimate.asked_counts()]
        split = [field.name for field in fields].index("schools")
        heads = _("L’administration"), _("Les collèges, s’ils comptent dans le bilan")
        return [(heads[0], fields[:split]), (heads[1], fields[split:])]


class HeadcountForm(AsksTwice, forms.Form):
    """How many people of a kind, at a date: the denominators of the figures per person. `known`: those given before."""

    def __init__(self, *args: Any, known: Iterable[Headcount] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known

    def doubts(self, given: dict[str, Any]) -> Iterator[Doubt]:
        """A date to come, or many times more or fewer people than at the date before."""
        yield from (("date", odd) for odd in doubts.future_year(given["date"].year, timezone.localdate().year))
        others = [one for one in self.known if one.who == given["who"] and one.date != given["date"]]
        if others:
            near = min(others, key=lambda one: abs(one.date - given["date"]))
            who = labels.word("people", given["who"])
            for odd in doubts.headcount_moved(who, given["value"], near.value, near.date.isoformat()):
                yield "value", odd

    who = forms.ChoiceField(label=_("Qui"), choices=lambda: [(who, labels.word("people", who)) for who in PEOPLE])
    value = Count(label=_("Combien"), required=True, min_value=1)
    date = Day(label=_("À quelle date"))
    source = forms.CharField(
        label=_("Source"), required=False, max_length=200, help_text=_("par exemple : bilan social, constat de rentrée")
    )
