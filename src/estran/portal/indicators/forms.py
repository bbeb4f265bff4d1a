"""Forms about what is followed over time."""

from typing import Any

from django import forms

from estran.common.language import _
from estran.portal.common.forms import Amount, Day, LongText, Year
from estran.portal.indicators.models import Target, Typed


class TargetForm(forms.ModelForm):
    """The target of an indicator."""

    target = Amount(label=_("Cible"), required=True, help_text=_("dans l’unité de l’indicateur"))
    year = Year(label=_("Année de la cible"))
    start = Amount(label=_("Valeur de départ"), help_text=_("elle donne la valeur attendue chaque année"))
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

    value = Amount(label=_("Valeur"), required=True)
    date = Day(
        label=_("Date de la valeur"), required=False, help_text=_("sans date, elle ne peut diviser aucun chiffre")
    )
    source = forms.CharField(label=_("Source"), max_length=200, help_text=_("qui l’a donnée, ou quel document"))
    comment = LongText(label=_("Commentaire"), required=False)
    evidence = forms.CharField(
        label=_("Preuve"), required=False, max_length=400, help_text=_("où la trouver : document, page, adresse")
    )

    class Meta:
        model = Typed
        fields = ("value", "date", "source", "comment", "evidence")
