"""What comes up for renewal, in the terminal."""

from dataclasses import asdict
from typing import Any

from estran.catalogue.labels import Labels
from estran.cli.display.console import console, folded, numbers, plain_table, print_json
from estran.common import formatting
from estran.common.language import _, current_language
from estran.common.problems import CannotUse, Problem
from estran.projection.renewals import Renewals
from estran.reporting.chapters.renewals import assumptions, renewals_sentence, units_text
from estran.reporting.renewals import known

COLUMNS = ("year", "entity", "item_type")


def show_renewals(read: Renewals, by: tuple[str, ...], *, as_json: bool) -> None:
    """Print the sentence, the rows summed by some columns, what is supposed. Errors: CannotUse (unknown column)."""
    if unknown := [name for name in by if name not in COLUMNS]:
        what = _("« {name} » n’est pas une colonne des renouvellements.").format(name=", ".join(unknown))
        raise CannotUse(Problem(what, _("Choisir parmi : {names}.").format(names=", ".join(COLUMNS))))
    if as_json:
        print_json(asdict(read) | {"by": read.sums(*by)})
        return
    language, terminal = current_language(), console()
    names = Labels(language)
    terminal.print(renewals_sentence(read, names))
    rows = read.sums(*by)
    unit, size = formatting.column_unit([row["impact"] for row in rows], read.unit)
    heads = {"year": _("Année"), "entity": _("Entité"), "item_type": _("Type")}
    measures = (_("unités"), "€", formatting.unit_text(unit, language))
    late = (_("{what}, un an de plus").format(what=what) for what in measures)
    table = plain_table(*(folded(heads[name]) for name in by), *map(numbers, (*measures, *late)))
    for row in rows:
        keys = (names.label("item_type", row[name]) if name == "item_type" else str(row[name]) for name in by)
        table.add_row(*keys, *_cells(row, size, language))
    terminal.print(table)
    for text in assumptions(read, names):
        terminal.print(text)


def _cells(row: dict[str, Any], size: float, language: str) -> list[str]:
    cells = []
    for kept in ("", "_kept"):
        euros, impact = known(row, f"eur{kept}"), known(row, f"impact{kept}")
        cells += [
            units_text(row[f"units{kept}"], language),
            "–" if euros is None else formatting.count(euros, language),
        ]
        cells.append(formatting.cell(impact, size, language, 3))
    return cells
