"""Forms of a request, screen by screen; an empty answer is « non renseigné », never zero."""

from typing import Any

from django import forms

from estran.common.language import _
from estran.common.shipped import text_rows
from estran.portal.common.edit_conflicts import EditForm
from estran.portal.common.forms import Amount, Count, Day, LongText
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
from estran.portal.requests.models import DECISIONS, KINDS, REVIEWS


class NeedForm(forms.Form):
    """The need of a directorate, with the cost and items that make it small or not."""

    title = forms.CharField(label=_("Demande"), max_length=200)
    entity = forms.ModelChoiceField(Entity.objects.none(), label=_("Direction qui demande"))
    need = LongText(4, label=_("Besoin"), help_text=_("qui en a besoin, pour faire quoi, et comment on le sait"))
    items = Count(label=_("Équipements ajoutés ou remplacés"), help_text=_("vide : je ne sais pas"))
    investment = Amount(label=_("Investissement, en euros"), min_value=0, help_text=_("vide : je ne sais pas"))
    running = Amount(label=_("Coût de fonctionnement par an, en euros"), min_value=0)
    years = Count(label=_("Années de service"), min_value=1, max_value=30, required=True, initial=5)
    ai_use = forms.NullBooleanField(label=_("Emploie de l’intelligence artificielle"), required=False)

    def __init__(self, access: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        entities: Any = self.fields["entity"]
        entities.queryset = access.entities()
        answers: Any = self.fields["ai_use"].widget
        answers.choices = [("unknown", _("non renseigné")), ("true", _("oui")), ("false", _("non"))]


class GradeForm(EditForm):
    """A level for each criterion of some blocks, and why."""

    def __init__(self, criteria: list[dict[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for row in criteria:
            levels = [(str(level), row[f"level_{level}_fr"]) for level in range(5) if row[f"level_{level}_fr"]]
            self.fields[row["code"]] = forms.ChoiceField(
                label=row["question_fr"], required=False, widget=forms.RadioSelect,
                choices=[("", _("non renseigné")), *levels],
            )  # fmt: skip
            self.fields[f"{row['code']}_why"] = forms.CharField(
                label=_("Pourquoi ({criterion})").format(criterion=row["label_fr"]), required=False, max_length=2000
            )

    @property
    def levels(self) -> dict[str, tuple[int | None, str]]:
        """Criterion → its level, None when not filled in, and why."""
        answers = self.cleaned_data
        return {
            row["code"]: (int(answers[row["code"]]) if answers[row["code"]] else None, answers[f"{row['code']}_why"])
            for row in self.criteria
        }


class SizingForm(EditForm):
    """The quantities of the project, of doing nothing and of a shared tool; what the project saves elsewhere."""

    saving_what = forms.CharField(
        label=_("Ce que le projet fait économiser ailleurs"), required=False, max_length=200,
        help_text=_("par exemple l’énergie d’un bâtiment ; montré à côté, jamais retranché"),
    )  # fmt: skip
    saving_kg = Amount(label=_("Économie déclarée, en kg CO₂ éq par an"), min_value=0)
    saving_source = forms.CharField(label=_("Source de cette économie"), required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, option in KINDS.items():
            for row in text_rows("request_sizing"):
                label = f"{row['label_fr']} ({option})"
                field = self.fields[f"{kind}-{row['code']}"] = Amount(label=label, min_value=0)
                # In the table, the headers of the row and of the column show this label.
                field.widget.attrs |= {"aria-label": label, "size": 7}

    def clean(self) -> dict[str, Any]:
        """A saving has a source."""
        cleaned = super().clean() or {}
        if cleaned.get("saving_kg") is not None and not cleaned.get("saving_source"):
            self.add_error("saving_source", _("Dites d’où vient cette économie."))
        return cleaned

    def sizing(self, kind: str) -> dict[str, float]:
        """The quantities filled in for an option."""
        codes = [row["code"] for row in text_rows("request_sizing")]
        quantities = {code: self.cleaned_data[f"{kind}-{code}"] for code in codes}
        return {code: value for code, value in quantities.items() if value is not None}

    @property
    def rows(self) -> list[tuple[dict[str, str], list[forms.BoundField]]]:
        """The quantities as a table: one row each, one column per option."""
        return [(row, [self[f"{kind}-{row['code']}"] for kind in KINDS]) for row in text_rows("request_sizing")]


class DecisionForm(EditForm):
    """The decision, with its reasons."""

    decision = forms.ChoiceField(label=_("Décision"), choices=list(DECISIONS.items())[1:])
    decided_on = Day(label=_("Date"))
    reasons = LongText(label=_("Motifs"))
    live_on = Day(label=_("Mise en service prévue ou faite"), required=False)


class ReviewForm(EditForm):
    """The review, a year after the launch."""

    review_on = Day(label=_("Date du bilan"))
    review = forms.ChoiceField(label=_("Suite"), choices=list(REVIEWS.items())[1:])
    review_text = LongText(label=_("Ce que l’on constate"))


class ThresholdsForm(EditForm):
    """What makes a request small in this organisation."""

    cost = Count(label=_("Coût complet jusqu’à, en euros"), required=True)
    items = Count(label=_("Équipements jusqu’à"), required=True)
