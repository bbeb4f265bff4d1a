"""Forms about what an organisation has."""

from typing import Any

from django import forms
from django.utils import timezone

from estran.catalogue import labels
from estran.common.language import _
from estran.engine.perimeter import PEOPLE
from estran.portal.common.forms import Count, Day, Year
from estran.portal.estates import estimate


class EstimateForm(forms.Form):
    """The fourteen counts of the first estimate and their year; at least one thing must be counted."""

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

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings: the administration, then the schools."""
        fields = [self[row["code"]] for row in estimate.asked_counts()]
        split = [field.name for field in fields].index("schools")
        heads = _("L’administration"), _("Les collèges, s’ils comptent dans le bilan")
        return [(heads[0], fields[:split]), (heads[1], fields[split:])]


class HeadcountForm(forms.Form):
    """How many people of a kind, at a date: the denominators of the figures per person."""

    who = forms.ChoiceField(label=_("Qui"), choices=lambda: [(who, labels.word("people", who)) for who in PEOPLE])
    value = Count(label=_("Combien"), required=True, min_value=1)
    date = Day(label=_("À quelle date"))
    source = forms.CharField(
        label=_("Source"), required=False, max_length=200, help_text=_("par exemple : bilan social, constat de rentrée")
    )
