"""Checks of what leads from one table to another (schema/links.csv), and of the names in both languages."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from estran.catalogue.checks.tables import Tables, fault, remedy_of
from estran.common.language import _
from estran.common.problems import Problem


def check_links(tables: Tables) -> Iterator[Problem]:
    """Codes that the table they lead to does not have; codes given twice in it."""
    keys = set()
    for link in tables.rows("links"):
        name, column, target = link["table"], link["column"], link["leads_to"]
        known = [*tables.sources] if target == "sources" else tables.codes(target, link["key"])
        keys |= {(target, link["key"])} - {("sources", "id")}
        admitted = {*known, *(link["also"] or "").split("|")}
        for row in tables.rows(name):
            for code in _codes(row[column], link["separator"]):
                if code not in admitted:
                    what, place = _unknown(target, column), tables.file(target) if target != "sources" else "sources/"
                    yield fault(what, tables.file(name), code, row["line"], remedy_of(code, known, place))
    for name, column in sorted(keys):
        times = Counter(row[column] for row in tables.rows(name))
        for row in tables.rows(name):
            if times[row[column]] > 1:
                yield fault(_("Code donné deux fois"), tables.file(name), row[column], row["line"])


def _codes(value: Any, separator: str | None) -> list[str]:
    if value is None:
        return []
    return str(value).split(separator) if separator else [str(value)]


def _unknown(target: str, column: str) -> str:
    words = {
        "item_types": _("Type de matériel inconnu"),
        "families": _("Famille inconnue"),
        "sources": _("Source inconnue"),
        "zones": _("Zone inconnue"),
        "criteria": _("Critère inconnu"),
        "parameters": _("Paramètre inconnu"),
    }
    return words.get(target) or _("Code inconnu ({name})").format(name=column)


def check_names(tables: Tables) -> Iterator[Problem]:
    """Names that lack in one of the two languages; a row that fills a column of a table may take the name of it."""
    for path in tables.files:
        rows = tables.rows(path.stem) if path.parent.parent.name != "sources" else []
        if not rows or not {"label_fr", "label_en"} <= rows[0].keys():
            continue
        for row in rows:
            lacking = [name for name in ("label_fr", "label_en") if not row[name]]
            if len(lacking) == 1 or (lacking and not row.get("column")):
                code = str(next(iter(row.values())))
                yield fault(_("Nom absent en français ou en anglais"), tables.file(path.stem), code, row["line"])
