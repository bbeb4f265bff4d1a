"""The levers of an action: what it changes in the footprint, where, from what justified « avant »; in words, as a form.

A lever is kept in the words of the plan file (docs: ecrire-un-plan), each with its own « before ».
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms

from estran.catalogue import labels
from estran.catalogue.loading import read_table
from estran.common import formatting
from estran.common.language import _, current_language
from estran.portal.common import catalogue_rows
from estran.portal.common.catalogue_rows import general_types
from estran.portal.common.edit_conflicts import EditForm
from estran.portal.common.forms import Amount, Year
from estran.portal.plan.models import Action
from estran.projection import plans

Row = dict[str, Any]
INVENTORY = plans.FROM_THE_INVENTORY
OWN = "own"  # rows that no group names: those of an imported plan, kept as they are


def parameters() -> dict[str, str]:
    """What a lever acts on, in words."""
    words = {
        "lifetime_years": _("durée d’usage (ans)"), "quantity": _("quantité"),
        "reuse_rate": _("part donnée pour réemploi"),
        "refurbished_share": _("part achetée reconditionnée"), "use_share": _("part professionnelle"),
        "kwh_per_unit": _("électricité d’un équipement (kWh par an)"), "amount": _("quantité d’une activité"),
        "pue": _("PUE d’une salle"),
    }  # fmt: skip
    return {code: words.get(code, labels.parameter(code)) for code in (*words, *plans.PARAMETERS)}


def groups() -> dict[str, str]:
    """The rows a lever acts on, in words."""
    return {row["code"]: row[f"label_{current_language()}"] for row in catalogue_rows.table_rows("lever_rows")}


@cache
def where_of() -> dict[str, Row]:
    """Group → the rows it names, in the words of a plan file: one value as a text, several as a list."""
    written = {
        row["code"]: (row["column"], row["values"].split("|")) for row in catalogue_rows.table_rows("lever_rows")
    }
    return {code: {column: values if values[1:] else values[0]} for code, (column, values) in written.items()}


def parts() -> dict[str, str]:
    """The parts of the perimeter, in words."""
    return {"": _("partout"), "administration": _("administration"), "schools": _("collèges")}


@cache
def _labels() -> dict[str, str]:
    return {row["code"]: row["label_fr"] for row in read_table("item_types")}


def _where(lever: Row) -> tuple[str, Row, str]:
    """The group of a lever's rows (`OWN` when none names them), these rows, and the part of the perimeter."""
    where = dict(lever.get("where", {}))
    part = where.pop("part") if where.get("part") in parts() else ""
    group = next((code for code, rows in where_of().items() if rows == where), OWN)
    return group, where, part


def rows_said(where: Row) -> str:
    """The rows a lever acts on, when no group names them: general types by their labels, else values as written."""
    found = []
    for wanted in where.values():
        codes = wanted if isinstance(wanted, list) else [wanted]
        found += [_labels().get(str(general_types().get(code, code)), str(code)) for code in codes]
    return ", ".join(dict.fromkeys(found)).lower() if found else _("tout")


def said(lever: Row) -> str:
    """A lever in one sentence: what, of what, where, to which value, in which years."""
    group, where, part = _where(lever)
    what = groups().get(group) or rows_said(where)
    if lever.get("set") == INVENTORY:
        after = _("ce que dit l’inventaire")
    else:
        value = formatting.number(lever["set"] if "set" in lever else lever["times"], "fr", 3)
        after = value if "set" in lever else f"× {value}"
    text = _("{parameter}, {what} ({part}) : {after}, depuis {year}").format(
        parameter=parameters().get(lever["parameter"], lever["parameter"]),
        what=what, part=parts()[part], after=after, year=lever["from"],
    )  # fmt: skip
    if lever.get("ramp"):
        text += _(", en entier en {year}").format(year=lever["ramp"])
    if lever.get("to"):
        text += _(", jusqu’en {year}").format(year=lever["to"])
    return text[:1].upper() + text[1:]


def before_of(action: Action, lever: Row) -> Row | None:
    """The situation before that justifies a lever: its own, else that of the whole action."""
    return lever.get("before") or action.before


def before_said(before: Row | None) -> str:
    """The situation before, with who says so; what is missing, when nothing justifies it."""
    if not before:
        return _("Avant : pas encore justifié, l’effet n’est pas calculé")
    value = before["value"]
    said = _("ce que dit l’inventaire") if value == INVENTORY else formatting.number(value, "fr", 3)
    return _("Avant : {value} ({source})").format(value=said, source=before["source"])


def unjustified(action: Action) -> Row | None:
    """The first lever whose « before » nothing justifies: the effect of the action is not computed."""
    return next((lever for lever in action.levers if not before_of(action, lever)), None)


def each_with_before(action: Action) -> list[Row]:
    """The levers of an action, each carrying its own « before »."""
    known = [(lever, before_of(action, lever)) for lever in action.levers]
    return [lever | ({"before": before} if before else {}) for lever, before in known]


class LeverForm(EditForm):
    """One lever of an action, and what it was before, justified. `lever`: the one it changes."""

    parameter = forms.ChoiceField(label=_("Ce que l’action change"), choices=lambda: list(parameters().items()))
    group = forms.ChoiceField(label=_("De quoi"))
    part = forms.ChoiceField(label=_("Où"), required=False, choices=lambda: list(parts().items()))
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
        group, self.own, _part = _where(lever) if lever else ("", {}, "")
        own = [(OWN, _("comme aujourd’hui : {rows}").format(rows=rows_said(self.own)))] if group == OWN else []
        choices: Any = self.fields["group"]
        choices.choices = [*own, *groups().items()]

    def clean(self) -> Row:
        """A value, unless the inventory gives it; a « before » has its source."""
        given = super().clean() or {}
        if given.get("how") in ("set", "times") and given.get("value") is None:
            self.add_error("value", _("Donnez la valeur ou le multiplicateur."))
        if given.get("before") is not None and not given.get("source"):
            self.add_error("source", _("Dites d’où vient cette valeur."))
        return given

    @property
    def lever(self) -> Row:
        """The lever in the words of the plan file, with its « before » if something justifies it."""
        given = self.cleaned_data
        where = dict(self.own if given["group"] == OWN else where_of()[given["group"]])
        made: Row = {"where": ({"part": given["part"]} if given["part"] else {}) | where}
        made["parameter"] = given["parameter"]
        made |= {"set": INVENTORY} if given["how"] == "inventory" else {given["how"]: given["value"]}
        made |= {"from": given["first"]}
        made |= {name: given[ours] for name, ours in (("ramp", "ramp"), ("to", "last")) if given[ours]}
        if given["source"]:
            value = INVENTORY if given["before"] is None else given["before"]
            made["before"] = {"value": value, "source": given["source"]}
        return made


def as_written(lever: Row) -> Row:
    """A lever as its form shows it."""
    group, _rows, part = _where(lever)
    before = lever.get("before") or {"value": None, "source": ""}
    return {
        "parameter": lever["parameter"], "group": group, "part": part,
        "how": "times" if "times" in lever else "inventory" if lever.get("set") == INVENTORY else "set",
        "value": _number(lever.get("times", lever.get("set"))), "first": lever["from"], "ramp": lever.get("ramp"),
        "last": lever.get("to"), "before": _number(before["value"]), "source": before["source"],
    }  # fmt: skip


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
