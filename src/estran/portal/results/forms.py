"""Forms about results."""

from __future__ import annotations

from datetime import date

from django import forms
from django.utils import timezone

from estran.common.language import _
from estran.portal.forms import Day


class FreezeForm(forms.Form):
    """The decision that freezes a run."""

    decided_on = Day(label=_("Date de la décision"))
    decision = forms.CharField(
        label=_("Objet de la décision"), help_text=_("tel qu’il figure dans l’acte"), max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    number = forms.CharField(
        label=_("Numéro de la délibération"), help_text=_("s’il y en a un"), max_length=60, required=False
    )

    def clean_decided_on(self) -> date:
        """A decision is not taken tomorrow."""
        day: date = self.cleaned_data["decided_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Cette date est à venir : donnez celle où la décision a été prise."))
        return day
