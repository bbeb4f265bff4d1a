"""Forms of the diagnostic: a new pass, a question, the values filled in before and those agreed on; the charter."""

from typing import Any

from django import forms
from django.utils import timezone

from estran.common.language import _
from estran.common.shipped import text_rows
from estran.portal.common.forms import Count, Day, LongText, Year
from estran.portal.common.languages import in_language
from estran.portal.diagnostic.assessment import importance_labels
from estran.portal.diagnostic.models import LEVELS, MOST_PRIORITIES, Charter, Facet, Finding, Question, Questionnaire
from estran.portal.diagnostic.questionnaires import WORKSHOPS

UNKNOWN = ("", _("Je ne sais pas"))


class PassForm(forms.Form):
    """A new pass of the diagnostic."""

    year = Year(label=_("Année"))

    def __init__(self, *args: Any, taken: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"year": timezone.localdate().year}} | kwargs)
        self.taken = taken

    def clean_year(self) -> int:
        """One pass a year."""
        year: int = self.cleaned_data["year"]
        if year in self.taken:
            raise forms.ValidationError(_("Le diagnostic de cette année existe déjà : ouvrez-le."))
        return year


def _choices_with_codes(table: str) -> list[tuple[str, str]]:
    return [(row["code"], f"{row['label_fr']} ({row['code']})") for row in text_rows(table)]


class QuestionForm(forms.Form):
    """A question in the authority's own words."""

    facet = forms.ChoiceField(label=_("Facette"))
    text = LongText(2, label=_("Question"), max_length=300)
    level_0, level_1, level_2, level_3, level_4 = (
        forms.CharField(label=_("Niveau {n}").format(n=level), max_length=200) for level in range(LEVELS)
    )
    evidence = forms.CharField(label=_("Preuve attendue"), max_length=300, required=False)
    targets = forms.MultipleChoiceField(
        label=_("Cibles de la charte"), required=False, widget=forms.SelectMultiple(attrs={"size": 6}),
        choices=lambda: _choices_with_codes("charter_targets"),
    )  # fmt: skip
    indicator = forms.ChoiceField(
        label=_("Indicateur"), required=False, choices=lambda: [("", "–"), *_choices_with_codes("indicators")]
    )
    minutes = Count(label=_("Minutes"), min_value=1, max_value=60, required=True)
    asked = forms.BooleanField(label=_("Posée sur les téléphones"), required=False)

    def __init__(self, *args: Any, version: Questionnaire, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = _("atelier {n} : {facet}")
        self.fields["facet"].choices = [
            (facet.code, place.format(n=facet.workshop, facet=facet.label))
            for facet in version.facets.order_by("workshop", "code")
        ]

    @staticmethod
    def initial_values(question: Question) -> dict[str, Any]:
        """The initial values of the form for a question."""
        levels = {f"level_{level}": text for level, text in enumerate(question.levels)}
        names = ("text", "evidence", "targets", "indicator", "minutes", "asked")
        return levels | {name: getattr(question, name) for name in names} | {"facet": question.facet.code}

    def question_values(self) -> dict[str, Any]:
        """The fields of the question, with the code of its facet."""
        values = dict(self.cleaned_data)
        return values | {"levels": [values.pop(f"level_{level}") for level in range(LEVELS)]}


class FacetForm(forms.Form):
    """A facet of the draft: its name and its workshop; an empty name removes it."""

    label = forms.CharField(
        label=_("Nom de la facette"), max_length=120, required=False, widget=forms.TextInput(attrs={"size": 40})
    )
    workshop = forms.TypedChoiceField(label=_("Atelier"), coerce=int, choices=[(n, n) for n in WORKSHOPS])

    def __init__(self, *args: Any, facet: Facet | None = None, **kwargs: Any) -> None:
        initial = {"label": facet.label, "workshop": facet.workshop} if facet else {}
        super().__init__(*args, initial=initial, prefix=f"facet-{facet.code if facet else ''}", **kwargs)
        self.facet = facet

    def clean_label(self) -> str:
        """A facet with questions keeps a name."""
        label: str = self.cleaned_data["label"]
        if not label and self.facet and self.facet.questions.exists():
            raise forms.ValidationError(_("Cette facette a des questions : gardez-lui un nom, ou déplacez-les."))
        return label


class ValueForm(forms.Form):
    """An importance and a level of practice; an empty one is « je ne sais pas »."""

    importance = forms.TypedChoiceField(label=_("Importance"), required=False, coerce=int, empty_value=None)
    practice = forms.TypedChoiceField(label=_("Pratique"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        self.fields["importance"].choices = [UNKNOWN, *importance_labels().items()]
        self.fields["practice"].choices = [
            UNKNOWN,
            *((n, f"{n}. {in_language(text)}") for n, text in enumerate(question.levels)),
        ]


class FilledForm(ValueForm):
    """The values that the officer fills in before the workshop, with their evidence."""

    evidence = LongText(2, label=_("Preuve"), max_length=2000, required=False)

    def __init__(self, *args: Any, finding: Finding | None, **kwargs: Any) -> None:
        names = {"importance": "filled_importance", "practice": "filled_practice", "evidence": "evidence"}
        initial = {name: getattr(finding, column) for name, column in names.items()} if finding else {}
        super().__init__(*args, initial=initial, **kwargs)


class AgreedForm(ValueForm):
    """The values that the room agrees on, and a note of the discussion."""

    note = LongText(label=_("Note de discussion"), help_text=_("sans nom de personne"), max_length=2000, required=False)


class PrioritiesForm(forms.Form):
    """At most eight targets, the first one first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *_choices_with_codes("charter_targets")]
        for rank in range(1, MOST_PRIORITIES + 1):
            label = _("Priorité {n}").format(n=rank)
            self.fields[f"rank_{rank}"] = forms.ChoiceField(label=label, choices=choices, required=False)

    def clean(self) -> dict[str, Any]:
        """Each target once; `targets` are those chosen, in order."""
        cleaned = super().clean() or {}
        self.targets = [target for target in cleaned.values() if target]
        if len(self.targets) != len(set(self.targets)):
            raise forms.ValidationError(_("Une cible est choisie deux fois : gardez-la au meilleur rang."))
        return cleaned


DOCUMENT_SIGNATURES = (b"%PDF", b"PK\x03\x04")  # how the files of PDF and of ODT start


class CharterForm(forms.ModelForm):
    """The charter as approved and signed."""

    approved_on = Day(label=_("Date de la délibération"))
    signed_on = Day(label=_("Date de la signature"))
    document = forms.FileField(
        label=_("Document signé"), help_text=_("PDF ou ODT, 10 Mo au plus"), required=False, allow_empty_file=False
    )

    class Meta:
        model = Charter
        fields = ("title", "number", "approved_on", "signed_on", "signatory")
        labels = {  # noqa: RUF012 – read by Django
            "title": _("Titre du document"), "number": _("Numéro de la délibération"), "signatory": _("Signataire"),
        }  # fmt: skip
        help_texts = {"signatory": _("sa fonction, par exemple « le président du conseil départemental »")}  # noqa: RUF012

    def clean_document(self) -> Any:
        """A PDF or a document of a word processor, not too big."""
        document = self.cleaned_data["document"]
        if document and document.size > 10 * 2**20:
            raise forms.ValidationError(_("Ce fichier dépasse 10 Mo : réduisez-le, ou numérisez-le en noir et blanc."))
        if document and document.read(4) not in DOCUMENT_SIGNATURES:
            raise forms.ValidationError(_("Ce n’est ni un PDF ni un ODT : donnez l’annexe de la délibération."))
        return document

    def clean(self) -> dict[str, Any]:
        """Signed once approved, and not tomorrow."""
        cleaned = super().clean() or {}
        approved, signed = cleaned.get("approved_on"), cleaned.get("signed_on")
        if approved and signed and signed < approved:
            self.add_error("signed_on", _("La signature précède la délibération : vérifiez les deux dates."))
        if signed and signed > timezone.localdate():
            self.add_error("signed_on", _("Cette date est à venir : enregistrez la charte une fois signée."))
        return cleaned


class ReviewForm(forms.Form):
    """The review of a target in a year."""

    year = Year(label=_("Année"), min_value=2000)
    done = forms.TypedChoiceField(
        label=_("Résultat"), choices=[("", "–"), ("yes", _("fait")), ("no", _("pas fait"))],
        coerce=lambda answer: answer == "yes",
    )  # fmt: skip
    why = LongText(label=_("Quoi, et pourquoi"), max_length=2000)


class ProofForm(forms.Form):
    """What proves that a target is pursued."""

    text = LongText(
        4, label=_("Preuves"), help_text=_("documents, adresses, chiffres ; sans nom de personne"), max_length=4000,
        required=False,
    )  # fmt: skip
