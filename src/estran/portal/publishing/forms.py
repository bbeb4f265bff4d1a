"""Forms about what leaves the organisation."""

from __future__ import annotations

from django import forms

from estran.common.language import _
from estran.reporting import open_data


class OpenDataForm(forms.Form):
    """The licence under which everyone may use the data."""

    licence = forms.ChoiceField(
        label=_("Licence"),
        choices=[(code, row["label_fr"]) for code, row in open_data.licences().items()],
        initial=open_data.LICENCE,
    )


class OpenForm(forms.Form):
    """What the officer says before everyone can read."""

    read = forms.BooleanField(
        label=_("J’ai relu les noms d’entités : aucun ne désigne une personne ni un lieu à protéger"),
        error_messages={"required": _("Relisez les noms, puis cochez la case.")},
    )


class LinkForm(forms.Form):
    """What a link is for."""

    about = forms.CharField(
        label=_("Pour qui"), max_length=200, help_text=_("une assemblée, une commission ; pas de nom de personne")
    )
