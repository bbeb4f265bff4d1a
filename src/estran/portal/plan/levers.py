"""The levers of an action, in words and as a form: what changes, in which rows, from which situation before.

A lever has the keys of the plan file (docs: ecrire-un-plan); each has its own « before ».
"""

from functools import cache
from typing import Any

from django import forms

from estran.common import formatting
from estran.common.language import _
from estran.common.shipped import row_labels, text_rows
from estran.portal.common import catalogue_rows
from estran.portal.common.edit_conflicts import EditForm
from estran.portal.common.forms import Amount, Year
from estran.portal.plan.models import Action
from estran.projection import plans

Row = dict[str, Any]
INVENTORY = plans.FROM_THE_INVENTORY
OWN_ROWS = "own"  # rows that no group names, of an imported plan, which stay as they are


@cache
def rows_of_groups() -> dict[str, Row]:
    """Group → the rows it names, as in a plan file: one value as a text, several as a list."""
    groups = {row["code"]: (row["column"], row["values"].split("|")) for row in text_rows("lever_rows")}
    return {code: {column: values if values[1:] else values[0]} for code, (column, values) in groups.items()}


def part_labels() -> dict[str, str]:
    """The parts of the perimeter, in words."""
    return {"": _("partout"), "administration": _("administration"), "schools": _("collèges")}


def _split_where(lever: Row) -> tuple[str, Row, str]:
    """The group of a lever's rows (`OWN_ROWS` when none names them), these rows, and the part of the perimeter."""
    where = dict(lever.get("where", {}))
    part = where.pop("part") if where.get("part") in part_labels() else ""
    group = next((code for code, rows in rows_of_groups().items() if rows == where), OWN_ROWS)
    return group, where, part


def describe_rows(where: Row) -> str:
    """The rows a lever acts on, when no group names them: general types by their names, else values as written."""
    general, texts = catalogue_rows.general_types(), row_labels("item_types")
    codes = [code for wanted in where.values() for code in (wanted if isinstance(wanted, list) else [wanted])]
    names = [texts.get(str(general.get(code, code)), str(code)) for code in codes]
    return ", ".join(dict.fromkeys(names)).lower() if names else _("tout")


def describe_lever(lever: Row) -> str:
    """A lever in one sentence: the parameter, its rows and part, the value, the years."""
    group, where, part = _split_where(lever)
    what = row_labels("lever_rows").get(group) or describe_rows(where)
    after = _value_text(lever["set"]) if "set" in lever else f"× {_value_text(lever['times'])}"
    text = _("{parameter}, {what} ({part}) : {after}, depuis {year}").format(
        parameter=row_labels("lever_parameters").get(lever["parameter"], lever["parameter"]),
        what=what, part=part_labels()[part], after=after, year=lever["from"],
    )  # fmt: skip
    if lever.get("ramp"):
        text += _(", en entier en {year}").format(year=lever["ramp"])
    if lever.get("to"):
        text += _(", jusqu’en {year}").format(year=lever["to"])
    return text[:1].upper() + text[1:]


def _value_text(value: Any) -> str:
    return _("ce que dit l’inventaire") if value == INVENTORY else formatting.number(value, "", 3)


def describe_before(before: Row | None) -> str:
    """The situation before in words, with its source; that it is missing, when nothing justifies it."""
    if not before:
        return _("Avant : pas encore justifié, l’effet n’est pas calculé")
    return _("Avant : {value} ({source})").format(value=_value_text(before["value"]), source=before["source"])


def first_unjustified(action: Action) -> Row | None:
    """The first lever without a justified « before », for which the effect of the action is not computed."""
    return next((lever for lever in levers_with_before(action) if not lever.get("before")), None)


def levers_with_before(action: Action) -> list[Row]:
    """The levers of an action, each with its own « before », else that of the whole action."""
    common = {"before": action.before} if action.before else {}
    return [lever if lever.get("before") else lever | common for lever in action.levers]


class LeverForm(EditForm):
    """One lever of an action, with the situation before it and its source. `lever`: the one it changes."""

    parameter = forms.ChoiceField(
        label=_("Ce que l’action change"), choices=lambda: list(row_labels("lever_parameters").items())
    )
    group = forms.ChoiceField(label=_("De quoi"))
    part = forms.ChoiceField(label=_("Où"), required=False, choices=lambda: list(part_labels().items()))
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
    last = Year(label=_("Dernière année de l’effet"), required=False, help_text=_("vide : il dure"))
    before = Amount(
        label=_("Avant l’action"), min_value=0, help_text=_("vide : ce que dit l’inventaire, pour une action à venir")
    )
    source = forms.CharField(
        label=_("D’où vient cette situation d’avant"), required=False, max_length=300,
        help_text=_("sans justification, l’effet n’est pas calculé"),
    )  # fmt: skip

    def __init__(self, lever: Row | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group, self.own, _part = _split_where(lever) if lever else ("", {}, "")
        own = {OWN_ROWS: _("comme aujourd’hui : {rows}").format(rows=describe_rows(self.own))}
        choices: Any = self.fields["group"]
        choices.choices = list(((own if group == OWN_ROWS else {}) | row_labels("lever_rows")).items())

    def clean(self) -> Row:
        """A value, unless the inventory gives it; a « before » has its source."""
        cleaned = super().clean() or {}
        if cleaned.get("how") in ("set", "times") and cleaned.get("value") is None:
            self.add_error("value", _("Donnez la valeur ou le multiplicateur."))
        if cleaned.get("before") is not None and not cleaned.get("source"):
            self.add_error("source", _("Dites d’où vient cette valeur."))
        return cleaned

    @property
    def lever(self) -> Row:
        """The lever with the keys of the plan file, and its « before » if it is justified."""
        cleaned = self.cleaned_data
        where = dict(self.own if cleaned["group"] == OWN_ROWS else rows_of_groups()[cleaned["group"]])
        part = {"part": cleaned["part"]} if cleaned["part"] else {}
        lever: Row = {"where": part | where, "parameter": cleaned["parameter"]}
        lever |= {"set": INVENTORY} if cleaned["how"] == "inventory" else {cleaned["how"]: cleaned["value"]}
        lever["from"] = cleaned["first"]
        lever |= {name: cleaned[ours] for name, ours in (("ramp", "ramp"), ("to", "last")) if cleaned[ours]}
        if cleaned["source"]:
            value = INVENTORY if cleaned["before"] is None else cleaned["before"]
            lever["before"] = {"value": value, "source": cleaned["source"]}
        return lever


def form_values(lever: Row) -> Row:
    """The initial values of the form for a lever."""
    group, _rows, part = _split_where(lever)
    before = lever.get("before") or {"value": None, "source": ""}
    return {
        "parameter": lever["parameter"], "group": group, "part": part,
        "how": "times" if "times" in lever else "inventory" if lever.get("set") == INVENTORY else "set",
        "value": _number(lever.get("times", lever.get("set"))), "first": lever["from"], "ramp": lever.get("ramp"),
        "last": lever.get("to"), "before": _number(before["value"]), "source": before["source"],
    }  # fmt: skip


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
