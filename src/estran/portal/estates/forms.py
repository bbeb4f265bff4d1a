"""Forms about what an organisation has."""

from typing import Any

from django import forms
from django.utils import timezone

from estran.common.language import _
from estran.engine.perimeter import PEOPLE
from estran.portal.common.forms import Count, Day
from estran.portal.estates import estimate


class EstimateForm(forms.Form):
    """The fourteen counts of the first estimate and their year; at least one thing must be counted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in estimate.asked_counts():
            self.fields[row["code"]] = Count(label=row["label_fr"], help_text=row["hint_fr"])
        this_year = timezone.localdate().year
        self.fields["year"] = forms.IntegerField(
            label=_("Année du bilan"), min_value=1990, max_value=2100, initial=this_year - 1,
            widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 4}),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse a form that counts nothing."""
        given = super().clean() or {}
        if not self.errors and not any(
            given.get(row["code"]) for row in estimate.asked_counts() if row["kind"] == "item"
        ):
            self.add_error(
                "laptops", _("Donnez au moins un nombre de matériels, par exemple les ordinateurs portables.")
            )
        return given

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings: the administration, then the schools."""
        codes = [row["code"] for row in estimate.asked_counts()]
        split = codes.index("schools")
        administration, schools = codes[:split], codes[split:]
        return [
            (_("L’administration"), [self[code] for code in administration]),
            (_("Les collèges, s’ils comptent dans le bilan"), [self[code] for code in schools]),
        ]


class HeadcountForm(forms.Form):
    """How many people of a kind, at a date: the denominators of the figures per person."""

    who = forms.ChoiceField(label=_("Qui"))
    value = Count(label=_("Combien"), required=True, min_value=1)
    date = Day(label=_("À quelle date"))
    source = forms.CharField(
        label=_("Source"), required=False, max_length=200, help_text=_("par exemple : bilan social, constat de rentrée")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [(who, people_label(who)) for who in PEOPLE]


def people_label(who: str) -> str:
    """A kind of people, in words."""
    return {"agents": _("agents"), "pupils": _("élèves"), "teachers": _("enseignants"), "elected": _("élus")}[who]
