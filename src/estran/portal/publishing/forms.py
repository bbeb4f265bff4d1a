"""Forms about what leaves the organisation."""

from typing import Any

from django import forms

from estran.common.bounded import call_bounded
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal.common.forms import MEGABYTES, Day, LongText
from estran.portal.organisations.access import Access
from estran.portal.results.models import Run
from estran.reporting import open_data
from estran.reporting.blocks import Document, Heading, Table
from estran.reporting.writers import write_document


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


_TRIAL = Document("Essai", blocks=[Heading("Essai"), Table("Essai", ["a", "b"], [["1", "2"]])])


class ReportForm(forms.Form):
    """From which frozen run to compose, where the moment is told of one, and for which session."""

    run = forms.ModelChoiceField(Run.objects.none(), label=_("Bilan"), help_text=_("seuls les bilans gelés"))
    session = Day(label=_("Séance"))

    def __init__(self, access: Access, needs_run: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_run:
            del self.fields["run"]
            return
        runs: Any = self.fields["run"]
        runs.queryset = access.of(Run).filter(baseline__isnull=False)
        runs.initial, runs.empty_label = runs.queryset.order_by("-year", "-pk").first(), None
        runs.label_from_instance = lambda run: _("{year}, bilan n° {n}").format(year=run.year, n=run.pk)


class PassageForm(forms.Form):
    """A passage that a person writes, no longer than its field allows."""

    subject = forms.CharField(required=False, widget=forms.HiddenInput)
    text = LongText(4, label=_("Texte"), required=False)

    def __init__(self, most_words: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=False, **kwargs)
        self.most_words = most_words

    def clean_text(self) -> str:
        """Refuse what is longer than the field."""
        text: str = self.cleaned_data["text"].strip()
        if len(text.split()) > self.most_words:
            raise forms.ValidationError(_("{n} mots au plus ; ce texte en a {many}.").format(
                n=self.most_words, many=len(text.split())))  # fmt: skip
        return text


class TemplateForm(forms.Form):
    """A template made by a word processor."""

    file = forms.FileField(
        label=_("Modèle"), help_text=_("DOCX, ODT, OTT ou PPTX ; ses styles, en-têtes et pieds sont gardés")
    )

    def clean_file(self) -> Any:
        """Refuse what cannot be a template, by trying it."""
        file = self.cleaned_data["file"]
        form = "." + str(file.name).rpartition(".")[2].lower().replace("ott", "odt")
        if form not in (".docx", ".odt", ".pptx") or file.size > MEGABYTES * 2**20:
            raise forms.ValidationError(_("Donnez un fichier DOCX, ODT, OTT ou PPTX de 10 Mo au plus."))
        content = file.read()
        try:
            call_bounded(str(file.name), write_document, _TRIAL, form, content)
        except CannotUse as error:
            raise forms.ValidationError([f"{one.what} {one.remedy}" for one in error.problems]) from None
        return form, str(file.name), content
