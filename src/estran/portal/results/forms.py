"""Forms about results."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from estran.common.language import _
from estran.importing.inspection import Oddity
from estran.portal.common.doubts import AsksTwice, Doubt
from estran.portal.common.forms import Amount, Day, LongText, Year
from estran.portal.results.models import OtherFigure


class WithdrawForm(forms.Form):
    """Why a run is withdrawn."""

    reason = forms.CharField(
        label=_("Pourquoi"), max_length=300, help_text=_("par exemple : 800 000 portables tapés au lieu de 800")
    )


class FreezeForm(AsksTwice, forms.Form):
    """The decision that freezes a run; what is out of the ordinary in it (`odd`) is to confirm."""

    decided_on = Day(label=_("Date de la décision"))
    decision = LongText(label=_("Objet de la décision"), help_text=_("tel qu’il figure dans l’acte"), max_length=1000)
    number = forms.CharField(
        label=_("Numéro de la délibération"), help_text=_("s’il y en a un"), max_length=60, required=False
    )

    def __init__(self, *args: Any, odd: Iterable[Oddity] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.odd = odd

    def doubts(self, given: dict[str, Any]) -> Iterable[Doubt]:
        """What is out of the ordinary in the run."""
        return [(None, one) for one in self.odd]

    def clean_decided_on(self) -> date:
        """A decision is not taken tomorrow."""
        day: date = self.cleaned_data["decided_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Cette date est à venir : donnez celle où la décision a été prise."))
        return day


class OtherFigureForm(forms.ModelForm):
    """A figure of another tool, with all that says what it is."""

    year = Year(label=_("Année décrite"))
    tool = forms.CharField(label=_("Outil ou méthode"), max_length=100, help_text=_("WeNR, EcoDiag…"))
    value = Amount(label=_("Valeur"), required=True)
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
