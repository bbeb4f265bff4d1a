"""The blocks of a plan: their keys, what is written there, and the texts of what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from estran.common.language import _

# The keys of each block, and what is written there; `any`: checked with what it means.
KEYS = {
    "plan": dict.fromkeys(("name", "base_year", "target_year", "target", "actions"), "any") | {"electricity": "tables"},
    "target": {"criterion": "text", "reduction": "any", "value": "any", "source": "text"},
    "electricity": {"zone": "text", "criterion": "text", "source": "text", "values": "table"},
    "action": {"code": "any", "title": "any", "indicator": "text", "before": "table", "levers": "tables"}
    | {"costs": "table", "beside": "tables"},
    "lever": {
        "where": "rows",
        **dict.fromkeys(("parameter", "set", "times", "from", "to", "ramp"), "any"),
        "before": "table",
    },
    "before": {"value": "any", "source": "text"},
    "cost": dict.fromkeys(("investment", "running", "savings"), "any"),
    "beside": {"what": "text", "value": "any", "unit": "text", "source": "text"},
}
FIRST_YEAR, LAST_YEAR = 1990, 2100
MOST = 1e100  # no quantity of a plan is beyond

Fault = Callable[..., None]  # notes what is wrong at the place of a block


def check_keys(block: str, values: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
    """The keys of a block that are known and written as they are read."""
    kinds = {
        "text": (lambda value: isinstance(value, str), _("Écrire un texte, entre guillemets.")),
        "table": (lambda value: isinstance(value, dict), _("Écrire un bloc : des noms, chacun avec sa valeur.")),
        "tables": (_are_tables, _("Écrire une liste de blocs.")),
        "rows": (_are_rows, _('Écrire par exemple « where = { item_type = ["laptop", "desktop"] } ».')),
    }
    kept = {}
    for key, value in values.items():
        kind = KEYS[block].get(key)
        if kind is None:
            what = _("« {name} » n’est pas un mot d’un plan à cet endroit.")
            fault(what, among(KEYS[block]), key, name=key)
        elif kind != "any" and not kinds[kind][0](value):
            fault(_("« {name} » n’est pas écrit comme il se lit."), kinds[kind][1], key, name=key)
        else:
            kept[key] = [value] if kind == "tables" and isinstance(value, dict) else value
    return kept


def _are_tables(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and all(isinstance(one, dict) for one in value))


def _are_rows(value: Any) -> bool:
    """What chooses rows: columns, each with a value or a list of values."""
    values = value.values() if isinstance(value, dict) else [None]
    listed = [one for wanted in values for one in (wanted if isinstance(wanted, list) else [wanted])]
    return all(isinstance(one, str | int | float) for one in listed)


def among(names: Iterable[str]) -> str:
    """The remedy that lists what can be written."""
    return _("Choisir parmi : {names}.").format(names=", ".join(names))


def as_table(values: Any) -> dict[str, Any]:
    """The table, or an empty one in place of anything else."""
    return values if isinstance(values, dict) else {}


def as_float(value: Any) -> float | None:
    """The number as a float, None as it is."""
    return None if value is None else float(value)


def is_year(value: Any) -> bool:
    """A year that a plan may speak of."""
    return isinstance(value, int) and not isinstance(value, bool) and FIRST_YEAR <= value <= LAST_YEAR


def is_digits(value: str) -> bool:
    """At most four digits, as a key that is a year is written."""
    return value.isascii() and value.isdecimal() and len(value) <= 4


def is_number(value: Any) -> bool:
    """A number, neither infinite nor absurdly large."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -MOST < value < MOST
