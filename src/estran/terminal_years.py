"""What the command line shows of several years: the series, a change explained, the baseline."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from estran import lang
from estran.footprint import series, wording
from estran.footprint.names import Names
from estran.lang import _

PAGE = 200


def restated(rows: list[series.Row], output: Path, marks: Path | None, *, as_json: bool) -> None:
    """Published and restated totals side by side, then the figures of other tools, which are no part of the series."""
    others = series.marks(marks) if marks else []
    if as_json:
        print(json.dumps({"series": rows, "marks": others}, ensure_ascii=False))
        return
    known, window, language = Names(lang.current()), console(), lang.current()
    for criterion in sorted({row["criterion"] for row in rows}, key=lambda code: known.criterion(code)["rank"]):
        of_it = [row for row in rows if row["criterion"] == criterion]
        values = [row[name] for row in of_it for name in ("published", "restated") if row[name] is not None]
        unit, size = wording.column_unit(values, known.criterion(criterion)["unit"])
        table = Table(title=known.label("criterion", criterion), box=None, header_style="bold", title_justify="left")
        table.add_column(_("Année"))
        for name in (_("publié"), _("recalculé"), _("effet de la méthode et des facteurs")):
            table.add_column(f"{name} ({wording.unit_text(unit, language)})", justify="right")
        for row in of_it:
            cells = (wording.cell(row[name], size, language) for name in ("published", "restated"))
            table.add_row(str(row["year"]), *cells, wording.signed(row["method_and_factors"], size, language))
        window.print(table)
    for mark in others:
        said = _("○ {year}, {tool} : {value} ({perimeter}) ; hors série, {document}")
        value = wording.quantity(mark["value"], mark["unit"], language, digits=3)
        value += f" / {mark['denominator']}" if mark["denominator"] else ""
        window.print(said.format(**{**mark, "value": value}))
    window.print(_("  Dossier : {run}").format(run=output))


def console() -> Console:
    """The window of the person, or a wide page when the text goes to a file or to another command."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PAGE)
