"""Forms of the strategy: its text, objectives and readings, actions with their steps and budgets, the vote."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from estran.common.language import _
from estran.common.shipped import text_rows
from estran.portal.common import catalogue_rows
from estran.portal.common.edit_conflicts import EditForm
from estran.portal.common.forms import Amount, Day, LongText, Year
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity, Person
from estran.portal.plan.models import PLAN, STRATEGY, Act, Action, Ambition, Budget, Objective
from estran.portal.plan.votes import kind_label
from estran.portal.results.models import Run


class RowField(forms.ModelChoiceField):
    """A row to choose, or none, among those that `rows` gives of the organisation."""

    def __init__(self, rows: Callable[[Access], QuerySet], **options: Any) -> None:
        super().__init__(None, required=False, **options)
        self.rows = rows

    def label_from_instance(self, row: Any) -> str:
        """The row in words; a run by its year and its number."""
        return _("{year}, calcul n° {n}").format(year=row.year, n=row.pk) if isinstance(row, Run) else str(row)


class PlanForm(EditForm):
    """A form with rows of the organisation to choose from."""

    def __init__(self, access: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, RowField):
                field.queryset = field.rows(access)


class StrategyForm(PlanForm):
    """The strategy itself."""

    title = forms.CharField(label=_("Titre"), max_length=200)
    text = LongText(4, label=_("Ce que nous voulons"), required=False)
    from_year = Year(label=_("Première année"))
    to_year = Year(label=_("Dernière année"))
    base_run = RowField(
        lambda access: Run.counting.filter(organisation=access.organisation), label=_("Bilan d’où part le plan"),
        help_text=_("les effets des actions se calculent à partir de lui"),
    )  # fmt: skip
    reduction = Amount(
        label=_("Baisse visée de l’empreinte (%)"), min_value=0.1, max_value=99, help_text=_("par rapport à ce bilan")
    )
    asked = LongText(2, label=_("Décision demandée à l’assemblée"), required=False)
    checked = forms.MultipleChoiceField(
        label=_("Liste du décret 2022-1084"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("facultative pour un département"),
        choices=lambda: [(row["code"], row["label_fr"]) for row in text_rows("strategy_checklist")],
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The last year comes after the first, and after that of the run."""
        cleaned = super().clean() or {}
        first, last, run = cleaned.get("from_year"), cleaned.get("to_year"), cleaned.get("base_run")
        if first and last and last <= max(first, run.year if run else first):
            self.add_error("to_year", _("Choisissez une année plus tardive que la première et que celle du bilan."))
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        """The fields to save: the reduction as a share."""
        percent = self.given["reduction"]
        return self.given | {"reduction": round(percent / 100, 6) if percent else None}


class AmbitionForm(EditForm):
    """An ambition."""

    title = forms.CharField(label=_("Ambition"), max_length=200)
    text = LongText(4, label=_("Ce qu’elle veut dire"), required=False)


class ObjectiveForm(PlanForm):
    """An objective; it may be saved incomplete, and the pages show what is missing."""

    title = forms.CharField(label=_("Objectif"), max_length=200)
    ambition = RowField(lambda access: access.of(Ambition), label=_("Ambition"))
    indicator = forms.CharField(
        label=_("Indicateur"), max_length=200, required=False,
        help_text=_("un code du catalogue, comme FP01 ou EQ01, ou vos mots"),
        widget=forms.TextInput(attrs={"list": "indicator-codes"}),
    )  # fmt: skip
    unit = forms.CharField(label=_("Unité"), max_length=60, required=False, widget=forms.TextInput(attrs={"size": 16}))
    start = Amount(label=_("Valeur de départ"))
    start_on = Day(label=_("Date de cette valeur"), required=False)
    target = Amount(label=_("Cible"))
    due_on = Day(label=_("Échéance"), required=False)
    slipped = LongText(2, label=_("Ce qui a glissé, et pourquoi"), required=False)

    def clean(self) -> dict[str, Any]:
        """The due date comes after the start; the unit of a known indicator is its own."""
        cleaned = super().clean() or {}
        if cleaned.get("start_on") and cleaned.get("due_on") and cleaned["due_on"] <= cleaned["start_on"]:
            self.add_error("due_on", _("L’échéance vient après la date de départ."))
        known = {row["code"]: row["unit_fr"] for row in text_rows("indicators")}
        cleaned["unit"] = cleaned.get("unit") or known.get(cleaned.get("indicator", ""), "")
        return cleaned


class ReadingForm(forms.Form):
    """The value of an indicator on a day."""

    on = Day(label=_("Date du relevé"))
    value = Amount(label=_("Valeur"), required=True)
    source = forms.CharField(label=_("Source"), max_length=200)


class VoteForm(forms.Form):
    """The vote that adopts the strategy or the plan."""

    kind = forms.ChoiceField(
        label=_("Ce qui est adopté"), choices=lambda: [(kind, kind_label(kind)) for kind in (STRATEGY, PLAN)]
    )
    body = forms.ChoiceField(
        label=_("Qui a voté"), required=False,
        choices=[(Act.ASSEMBLY, _("l’assemblée")), (Act.STANDING, _("la commission permanente ou le bureau"))],
    )  # fmt: skip
    session = Day(label=_("Séance"))
    number = forms.CharField(label=_("Numéro de la délibération"), max_length=60)
    rapporteur = forms.CharField(label=_("Rapporteur"), max_length=200, required=False)
    votes_for = forms.IntegerField(label=_("Pour"), min_value=0, max_value=30_000)
    votes_against = forms.IntegerField(label=_("Contre"), min_value=0, max_value=30_000)
    abstentions = forms.IntegerField(label=_("Abstentions"), min_value=0, max_value=30_000)
    not_voting = forms.IntegerField(
        label=_("Ne prennent pas part au vote"), min_value=0, max_value=30_000, required=False
    )
    annexes = LongText(2, label=_("Annexes"), required=False)
    transmitted_on = Day(label=_("Transmission au contrôle de légalité"), required=False)

    def __init__(self, *args: Any, corrects: Act | None = None, **kwargs: Any) -> None:
        if corrects:
            names = [name for name in self.base_fields if name != "kind"]
            kwargs["initial"] = {name: getattr(corrects, name) for name in names}
        super().__init__(*args, **kwargs)
        if corrects:
            del self.fields["kind"]

    def clean_not_voting(self) -> int:
        """Nobody, unless someone says so."""
        return self.cleaned_data["not_voting"] or 0

    def clean_body(self) -> str:
        """The assembly, unless someone says otherwise."""
        return self.cleaned_data["body"] or Act.ASSEMBLY

    def clean_session(self) -> date:
        """A vote has taken place."""
        day: date = self.cleaned_data["session"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Cette date est à venir."))
        return day

    def clean(self) -> dict[str, Any]:
        """Only an adopted text is recorded, and it is transmitted after the session."""
        cleaned = super().clean() or {}
        if not self.errors and cleaned["votes_for"] <= cleaned["votes_against"]:
            self.add_error("votes_for", _("Seul un texte adopté s’enregistre ici : plus de voix pour que contre."))
        if cleaned.get("session") and cleaned.get("transmitted_on") and cleaned["transmitted_on"] < cleaned["session"]:
            self.add_error("transmitted_on", _("La transmission vient après la séance."))
        return cleaned


class TransmissionForm(forms.Form):
    """The day the act was transmitted."""

    transmitted_on = Day(label=_("Transmission au contrôle de légalité"))


class Codes(forms.CharField):
    """Codes separated by commas or spaces."""

    def to_python(self, value: Any) -> list[str]:
        """The list of codes."""
        return [code for code in str(value or "").replace(",", " ").split() if code]

    def prepare_value(self, value: Any) -> Any:
        """The codes as text."""
        return ", ".join(value) if isinstance(value, list) else value


class ActionForm(PlanForm):
    """An action."""

    code = forms.CharField(label=_("Code"), max_length=20, widget=forms.TextInput(attrs={"size": 8}))
    title = forms.CharField(label=_("Action"), max_length=300)
    description = LongText(4, label=_("Descriptif"), required=False)
    objective = RowField(lambda access: access.of(Objective), label=_("Objectif"))
    status = forms.ChoiceField(
        label=_("Statut"), required=False, choices=lambda: catalogue_rows.table_choices("action_statuses")
    )
    priority = forms.ChoiceField(
        label=_("Priorité"), required=False, choices=lambda: catalogue_rows.table_choices("action_priorities")
    )
    entity = RowField(lambda access: access.of(Entity), label=_("Direction"))
    pilot = RowField(
        lambda access: Person.objects.filter(memberships__organisation=access.organisation),
        label=_("Pilote, s’il a un compte"),
    )  # fmt: skip
    pilot_name = forms.CharField(label=_("Pilote, sinon"), required=False, max_length=200)
    elected = forms.CharField(label=_("Élu référent"), required=False, max_length=200)
    partners = forms.CharField(label=_("Partenaires"), required=False, max_length=300)
    starts_on = Day(label=_("Début"), required=False)
    ends_on = Day(label=_("Fin"), required=False)
    total_budget = Amount(label=_("Budget total, en euros"), min_value=0)
    indicators = Codes(label=_("Indicateurs"), required=False, help_text=_("codes, comme EQ01, FP01"))
    targets = Codes(label=_("Cibles de la charte"), required=False, help_text=_("codes, comme ONR-1.2"))

    def __init__(self, access: Access, *args: Any, action: Action | None = None, **kwargs: Any) -> None:
        super().__init__(access, *args, **kwargs)
        self.other_actions = access.of(Action).exclude(pk=action.pk if action else None)

    def clean_code(self) -> str:
        """No two actions have the same code."""
        code: str = self.cleaned_data["code"]
        if self.other_actions.filter(code=code).exists():
            raise forms.ValidationError(_("Ce code est déjà celui d’une action."))
        return code

    def clean(self) -> dict[str, Any]:
        """The end comes after the start."""
        cleaned = super().clean() or {}
        if cleaned.get("starts_on") and cleaned.get("ends_on") and cleaned["ends_on"] < cleaned["starts_on"]:
            self.add_error("ends_on", _("La fin vient après le début."))
        return cleaned


class BudgetForm(EditForm):
    """One line of budget: a year, a nature, euros forecast and spent."""

    year = Year(label=_("Année"))
    nature = forms.ChoiceField(
        label=_("Nature"), choices=lambda: [(code, Budget(nature=code).nature_label) for code in Budget.NATURES]
    )
    forecast = Amount(label=_("Prévu, en euros"), min_value=0)
    actual = Amount(label=_("Réalisé, en euros"), min_value=0)


class NoteForm(forms.Form):
    """A dated note."""

    on = Day(label=_("Date"))
    text = LongText(label=_("Note"), max_length=4000)


class StepForm(EditForm):
    """A step of an action."""

    title = forms.CharField(label=_("Étape"), max_length=200)
    due_on = Day(label=_("Pour le"), required=False)
    done_on = Day(label=_("Faite le"), required=False)
