"""Forms about actions: the action, its budget, what is added to it, a spreadsheet to read."""

from __future__ import annotations

from typing import Any

from django import forms

from estran.common.language import _
from estran.portal.forms import Day
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity, Person
from estran.portal.strategy import plan_catalogue
from estran.portal.strategy.models.plan import Budget, Objective
from estran.portal.strategy.plan_edits import EditForm
from estran.portal.strategy.plan_forms import Amount, Year

MEGABYTES = 10


class Codes(forms.CharField):
    """Codes separated by commas or spaces."""

    def to_python(self, value: Any) -> list[str]:
        """The list of codes."""
        return [one for one in str(value or "").replace(",", " ").split() if one]

    def prepare_value(self, value: Any) -> Any:
        """The codes as text."""
        return ", ".join(value) if isinstance(value, list) else value


class ActionForm(EditForm):
    """An action."""

    code = forms.CharField(label=_("Code"), max_length=20, widget=forms.TextInput(attrs={"size": 8}))
    title = forms.CharField(label=_("Action"), max_length=300)
    description = forms.CharField(label=_("Descriptif"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    objective = forms.ModelChoiceField(Objective.objects.none(), required=False, label=_("Objectif"))
    status = forms.ChoiceField(
        label=_("Statut"), required=False, choices=lambda: plan_catalogue.choices("action_statuses")
    )
    priority = forms.ChoiceField(
        label=_("Priorité"), required=False, choices=lambda: plan_catalogue.choices("action_priorities")
    )
    entity = forms.ModelChoiceField(Entity.objects.none(), required=False, label=_("Direction"))
    pilot = forms.ModelChoiceField(Person.objects.none(), required=False, label=_("Pilote, s’il a un compte"))
    pilot_name = forms.CharField(label=_("Pilote, sinon"), required=False, max_length=200)
    elected = forms.CharField(label=_("Élu référent"), required=False, max_length=200)
    partners = forms.CharField(label=_("Partenaires"), required=False, max_length=300)
    starts_on = Day(label=_("Début"), required=False)
    ends_on = Day(label=_("Fin"), required=False)
    total_budget = Amount(label=_("Budget total, en euros"), min_value=0)
    indicators = Codes(label=_("Indicateurs"), required=False, help_text=_("codes, comme EQ01, FP01"))
    targets = Codes(label=_("Cibles de la charte"), required=False, help_text=_("codes, comme ONR-1.2"))

    def __init__(self, here: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows: dict[str, Any] = {
            "objective": here.of(Objective),
            "entity": here.organisation.entities.all(),
            "pilot": Person.objects.filter(memberships__organisation=here.organisation),
        }
        for name, found in rows.items():
            field: Any = self.fields[name]
            field.queryset = found

    def clean(self) -> dict[str, Any]:
        """The end comes after the start."""
        given = super().clean() or {}
        if given.get("starts_on") and given.get("ends_on") and given["ends_on"] < given["starts_on"]:
            self.add_error("ends_on", _("La fin vient après le début."))
        return given


class BudgetForm(EditForm):
    """One line of budget: a year, a nature, euros forecast and spent."""

    year = Year(label=_("Année"))
    nature = forms.ChoiceField(
        label=_("Nature"), choices=lambda: [(code, Budget(nature=code).nature_said) for code in Budget.NATURES]
    )
    forecast = Amount(label=_("Prévu, en euros"), min_value=0)
    actual = Amount(label=_("Réalisé, en euros"), min_value=0)


class NoteForm(forms.Form):
    """A dated note."""

    on = Day(label=_("Date"))
    text = forms.CharField(label=_("Note"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class StepForm(EditForm):
    """A step of an action."""

    title = forms.CharField(label=_("Étape"), max_length=200)
    due_on = Day(label=_("Pour le"), required=False)
    done_on = Day(label=_("Faite le"), required=False)


class FileForm(forms.Form):
    """A file: ten megabytes at most."""

    file = forms.FileField(label=_("Fichier"), help_text=_("10 Mo au plus"))

    def clean_file(self) -> Any:
        """Refuse a file too large."""
        file = self.cleaned_data["file"]
        if file.size > MEGABYTES * 2**20:
            raise forms.ValidationError(_("Ce fichier dépasse 10 Mo : donnez plutôt le lien vers lui dans une note."))
        return file
