"""Forms of the vision workshops: a new workshop, and what an idea changes in the estate."""

from typing import Any

from django import forms
from django.utils import timezone

from estran.common.language import _
from estran.portal.common.forms import Amount, Count, Day
from estran.portal.plan.levers import part_labels
from estran.portal.workshops import visions
from estran.portal.workshops.models import Group


class VisionForm(forms.Form):
    """A new vision workshop."""

    title = forms.CharField(label=_("Titre de l’atelier"), max_length=200)
    asked = forms.CharField(
        label=_("Question posée à la salle"), max_length=300,
        initial=_("Que devrait changer notre numérique d’ici cinq ans ?"),
    )  # fmt: skip
    on = Day(label=_("Date"), initial=timezone.localdate)
    points_each = Count(label=_("Points de chacun"), min_value=1, max_value=10, initial=3, required=True)


class LeverForm(forms.Form):
    """What an idea changes in the estate: some types of equipment, their lifetime or their number, from a year on."""

    title = forms.CharField(label=_("Intitulé"), max_length=200)
    item_types = forms.MultipleChoiceField(
        label=_("Matériels concernés"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    part = forms.ChoiceField(label=_("Où"), required=False, choices=lambda: list(part_labels().items()))
    parameter = forms.ChoiceField(
        label=_("Ce qui change"), required=False,
        choices=[("", _("rien dans le parc")), (visions.LIFETIME, _("durée d’usage, en années")),
                 ("quantity", _("nombre en service, en % d’aujourd’hui"))],
    )  # fmt: skip
    value = Amount(label=_("Valeur visée"), min_value=0.5, max_value=200)

    def __init__(self, *args: Any, types: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item_types"].choices = types

    def clean(self) -> dict[str, Any]:
        """A lever is whole or absent."""
        values = super().clean() or {}
        parts = [bool(values.get(name)) for name in ("item_types", "parameter", "value")]
        if any(parts) and not all(parts):
            text = _("Pour calculer un effet, choisissez les matériels, ce qui change et la valeur visée.")
            raise forms.ValidationError(text)
        return values

    def lever(self, first: int) -> dict[str, Any] | None:
        """The lever in the words of a plan file."""
        values = self.cleaned_data
        if not values["parameter"]:
            return None
        return visions.make_lever(values["item_types"], values["part"], values["parameter"], values["value"], first)

    @staticmethod
    def initial_values(group: Group) -> dict[str, Any]:
        """The initial values of the form for a group."""
        if not group.lever:
            return {"title": group.title}
        rows, change = group.lever["where"], group.lever
        return {
            "title": group.title, "item_types": rows["item_type"], "part": rows.get("part", ""),
            "parameter": change["parameter"], "value": change["set"] if "set" in change else change["times"] * 100,
        }  # fmt: skip
