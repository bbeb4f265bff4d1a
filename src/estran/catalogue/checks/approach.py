"""Checks of the diagnostic, of the priority matrix and of what an action may act on."""

from collections import Counter
from collections.abc import Iterator
from itertools import product

from estran.catalogue.checks.tables import Tables, fault, unknown
from estran.common.language import _
from estran.common.problems import Problem


def check_approach(tables: Tables) -> Iterator[Problem]:
    """The faults of the tables of the approach."""
    yield from _questions(tables)
    yield from _matrix(tables)
    yield from _lever_rows(tables)


def _questions(tables: Tables) -> Iterator[Problem]:
    """Every question has its texts, and every target of the charter has a question."""
    file, asked = tables.file("diagnostic"), set[str]()
    for row in tables.rows("diagnostic"):
        if texts := [name for name in row if name.endswith(("_fr", "_en")) and not row[name]]:
            yield fault(_("Texte absent : {names}").format(names=", ".join(texts)), file, row["code"], row["line"])
        asked |= set((row["charter_targets"] or "").split("|"))
    for code in sorted(set(tables.codes("charter_targets")) - asked):
        yield fault(_("Cible de la charte sans question"), file, code)


def _matrix(tables: Tables) -> Iterator[Problem]:
    """The priority matrix says something of every importance and performance, once."""
    scales = ("importance", "performance")
    values = (
        [int(row["value"]) for row in tables.rows("diagnostic_scales") if row["scale"] == scale] for scale in scales
    )
    given = Counter((int(row["importance"]), int(row["performance"])) for row in tables.rows("priority_matrix"))
    for importance, performance in product(*values):
        if given[importance, performance] != 1:
            what = _("Case de la matrice absente ou double")
            yield fault(what, tables.file("priority_matrix"), f"{importance} × {performance}")


def _lever_rows(tables: Tables) -> Iterator[Problem]:
    """What an action may act on names types, families and flows of the catalogue."""
    names = {"item_type": "item_types", "family": "families", "flow": "flows"}
    known = {column: tables.codes(name) for column, name in names.items()}
    file = tables.file("lever_rows")
    for row in tables.rows("lever_rows"):
        what = _("Code inconnu ({name})").format(name=row["column"])
        for value in row["values"].split("|"):
            yield from unknown(what, file, value, row["line"], known[row["column"]], file)
