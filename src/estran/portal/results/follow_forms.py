"""Forms about what is followed over time."""

from __future__ import annotations

from typing import Any

from django import forms

from estran.common.language import _
from estran.portal.forms import Day
from estran.portal.results.models import OtherFigure, Target, Typed


class Figure(forms.FloatField):
    """A number as people write it: « 1 250,5 »."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 12})
        super().__init__(**{"widget": widget} | options)

    def to_python(self, value: Any) -> Any:
        """The number of a text with spaces and a decimal comma."""
        return super().to_python("".join(value.split()).replace(",", ".") if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        """The number as it is shown in the form."""
        return f"{value:.12g}".replace(".", ",") if isinstance(value, float) else value


class Year(forms.IntegerField):
    """A year."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "size": 5})
        super().__init__(**{"min_value": 1990, "max_value": 2100, "widget": widget} | options)


class TargetForm(forms.ModelForm):
    """The target of an indicator."""

    target = Figure(label=_("Cible"), help_text=_("dans l’unité de l’indicateur"))
    year = Year(label=_("Année de la cible"))
    start = Figure(
        label=_("Valeur de départ"), required=False, help_text=_("elle donne la valeur attendue chaque année")
    )
    start_year = Year(label=_("Année de départ"), required=False)
    owner = forms.CharField(
        label=_("Qui en répond"), required=False, max_length=200, help_text=_("une direction, pas une personne")
    )
    source = forms.CharField(
        label=_("Où la cible a été décidée"), required=False, max_length=300, help_text=_("délibération, plan, date")
    )

    class Meta:
        model = Target
        fields = ("target", "year", "start", "start_year", "owner", "source")

    def clean(self) -> dict[str, Any]:
        """A start has a value and a year, before that of the target."""
        given = super().clean() or {}
        start, since, due = given.get("start"), given.get("start_year"), given.get("year")
        if (start is None) != (since is None):
            self.add_error(
                "start" if start is None else "start_year", _("Donnez la valeur de départ et son année, ou aucune.")
            )
        elif since is not None and due is not None and since >= due:
            self.add_error("start_year", _("L’année de départ précède celle de la cible."))
        return given


class TypedForm(forms.ModelForm):
    """One figure that nobody's file gives."""

    value = Figure(label=_("Valeur"))
    date = Day(
        label=_("Date de la valeur"), required=False, help_text=_("sans date, elle ne peut diviser aucun chiffre")
    )
    source = forms.CharField(label=_("Source"), max_length=200, help_text=_("qui l’a donnée, ou quel document"))
    comment = forms.CharField(label=_("Commentaire"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    evidence = forms.CharField(
        label=_("Preuve"), required=False, max_length=400, help_text=_("où la trouver : document, page, adresse")
    )

    class Meta:
        model = Typed
        fields = ("value", "date", "source", "comment", "evidence")


class OtherFigureForm(forms.ModelForm):
    """A figure of another tool, with all that says what it is."""

    year = Year(label=_("Année décrite"))
    tool = forms.CharField(label=_("Outil ou méthode"), max_length=100, help_text=_("WeNR, EcoDiag…"))
    value = Figure(label=_("Valeur"))
    unit = forms.CharField(label=_("Unité"), max_length=40, initial="t CO2 eq")
    perimeter = forms.CharField(label=_("Périmètre"), max_length=300, help_text=_("ce que le chiffre couvre"))
    denominator = forms.CharField(
        label=_("Dénominateur"), required=False, max_length=200, help_text=_("avec sa date ; vide pour un total")
    )
    document = forms.CharField(label=_("Document"), max_length=300, help_text=_("où il est publié"))
    published_on = Day(label=_("Date du document"))

    class Meta:
        model = OtherFigure
        fields = ("year", "tool", "value", "unit", "perimeter", "denominator", "document", "published_on")
