"""Forms about actions: the action, its lever, its budget, what is added to it, a spreadsheet to read."""

from __future__ import annotations

from typing import Any

from django import forms

from estran.footprint import plans
from estran.lang import _
from estran.portal.forms import Day
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity, Person
from estran.portal.strategy import plan_catalogue
from estran.portal.strategy.models.plan import Budget, Objective
from estran.portal.strategy.plan_forms import Amount, Year

MEGABYTES = 10
# Groups of types as people name them, for the rows that a lever acts on.
GROUPS = {
    "computers": ["laptop", "laptop_large", "laptop_ultraportable", "mobile_workstation", "desktop", "desktop_mini",
                  "workstation", "all_in_one"],
    "monitors": ["monitor", "monitor_small", "monitor_medium", "monitor_large", "monitor_very_large"],
    "phones": ["smartphone", "tablet"],
    "printers": ["printer_laser", "printer_inkjet_home", "multifunction_a3", "multifunction_a4"],
    "servers": ["server", "server_rack", "server_blade"],
}  # fmt: skip


class Codes(forms.CharField):
    """Codes separated by commas or spaces."""

    def to_python(self, value: Any) -> list[str]:
        """The list of codes."""
        return [one for one in str(value or "").replace(",", " ").split() if one]

    def prepare_value(self, value: Any) -> Any:
        """The codes as text."""
        return ", ".join(value) if isinstance(value, list) else value


class ActionForm(forms.Form):
    """An action; `version` says which state of it the person saw."""

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
    version = forms.IntegerField(widget=forms.HiddenInput)

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


def parameters() -> list[tuple[str, str]]:
    """The parameters a lever acts on, in words."""
    words = {
        "lifetime_years": _("durée d’usage (ans)"), "quantity": _("quantité"),
        "reuse_rate": _("part donnée pour réemploi"),
        "refurbished_share": _("part achetée reconditionnée"), "use_share": _("part professionnelle"),
        "kwh_per_unit": _("électricité d’un équipement (kWh par an)"), "amount": _("quantité d’une activité"),
        "pue": _("PUE d’une salle"),
    }  # fmt: skip
    return [(code, words[code]) for code in words if code in plans.PARAMETERS]


def groups() -> list[tuple[str, str]]:
    """What a lever acts on, in words."""
    return [
        ("computers", _("ordinateurs")), ("monitors", _("écrans")), ("phones", _("smartphones et tablettes")),
        ("printers", _("imprimantes")), ("servers", _("serveurs")), ("workplace", _("tout le poste de travail")),
        ("paper", _("feuilles imprimées")), ("storage", _("stockage en ligne")),
    ]  # fmt: skip


WHERE: dict[str, dict[str, Any]] = {code: {"item_type": types} for code, types in GROUPS.items()}
WHERE |= {
    "workplace": {"family": "workplace"},
    "paper": {"flow": ["paper_sheet_virgin", "paper_sheet_recycled"]},
    "storage": {"flow": "storage_tb_year"},
}


class LeverForm(forms.Form):
    """What the action changes in the footprint, and what it was before, justified."""

    parameter = forms.ChoiceField(label=_("Ce que l’action change"), choices=parameters)
    group = forms.ChoiceField(label=_("De quoi"), choices=groups)
    part = forms.ChoiceField(
        label=_("Où"), required=False,
        choices=lambda: [("", _("partout")), ("administration", _("administration")), ("schools", _("collèges"))],
    )  # fmt: skip
    how = forms.ChoiceField(
        label=_("Après l’action"),
        choices=lambda: [
            ("set", _("fixée à cette valeur")), ("times", _("multipliée par ce nombre")),
            ("inventory", _("ce que dit l’inventaire : l’action est déjà en place")),
        ],
    )  # fmt: skip
    value = Amount(label=_("Valeur ou multiplicateur"), min_value=0)
    first = Year(label=_("Première année de l’effet"))
    ramp = Year(label=_("Année où l’effet est complet"), required=False)
    before = Amount(
        label=_("Avant l’action"), min_value=0, help_text=_("vide : ce que dit l’inventaire, pour une action à venir")
    )
    source = forms.CharField(
        label=_("D’où vient cette situation d’avant"), required=False, max_length=300,
        help_text=_("sans justification, l’effet n’est pas calculé"),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """A value, unless the inventory gives it."""
        given = super().clean() or {}
        if given.get("how") in ("set", "times") and given.get("value") is None:
            self.add_error("value", _("Donnez la valeur ou le multiplicateur."))
        if given.get("before") is not None and not given.get("source"):
            self.add_error("source", _("Dites d’où vient cette valeur."))
        return given

    @property
    def lever(self) -> dict[str, Any]:
        """The lever in the words of the plan file."""
        given = self.cleaned_data
        where = dict(WHERE[given["group"]])
        if given["part"]:
            where = {"part": given["part"], **where}
        made: dict[str, Any] = {"where": where, "parameter": given["parameter"]}
        if given["how"] == "inventory":
            made["set"] = plans.FROM_THE_INVENTORY
        else:
            made[given["how"]] = given["value"]
        made["from"] = given["first"]
        if given["ramp"]:
            made["ramp"] = given["ramp"]
        return made

    @property
    def before_said(self) -> dict[str, Any] | None:
        """The situation before in the words of the plan file; None as long as nothing justifies it."""
        given = self.cleaned_data
        if not given["source"]:
            return None
        value = plans.FROM_THE_INVENTORY if given["before"] is None else given["before"]
        return {"value": value, "source": given["source"]}


class BudgetForm(forms.Form):
    """One line of budget: a year, a nature, euros forecast and spent."""

    year = Year(label=_("Année"))
    nature = forms.ChoiceField(
        label=_("Nature"), choices=lambda: [(code, Budget(nature=code).nature_said) for code in Budget.NATURES]
    )
    forecast = Amount(label=_("Prévu, en euros"), min_value=0)
    actual = Amount(label=_("Réalisé, en euros"), min_value=0)
    version = forms.IntegerField(widget=forms.HiddenInput)


class NoteForm(forms.Form):
    """A dated note."""

    on = Day(label=_("Date"))
    text = forms.CharField(label=_("Note"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class StepForm(forms.Form):
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
