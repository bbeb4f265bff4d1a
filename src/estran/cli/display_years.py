"""What the command line shows of several years: the series, a change explained, the baseline."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from estran.analysis import restatement
from estran.analysis.decomposition import CAUSES, Comparison, sentences
from estran.catalogue import labels as words
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.language import _, current_language

BAR = 24
PAGE = 200


def restated(rows: list[restatement.Row], output: Path, *, as_json: bool) -> None:
    """Published and restated totals side by side, then the figures of other tools, which are no part of the series."""
    kept = output / restatement.MARKS
    others = restatement.marks(kept) if kept.exists() else []
    if as_json:
        print(json.dumps({"series": rows, "marks": others}, ensure_ascii=False))
        return
    known, window, language = Labels(current_language()), console(), current_language()
    for criterion in sorted({row["criterion"] for row in rows}, key=lambda code: known.criterion(code)["rank"]):
        of_it = [row for row in rows if row["criterion"] == criterion]
        values = [row[name] for row in of_it for name in ("published", "restated") if row[name] is not None]
        unit, size = formatting.column_unit(values, known.criterion(criterion)["unit"])
        table = Table(title=known.label("criterion", criterion), box=None, header_style="bold", title_justify="left")
        table.add_column(_("Année"))
        for name in (_("publié"), _("recalculé"), _("effet de la méthode et des facteurs")):
            table.add_column(f"{name} ({formatting.unit_text(unit, language)})", justify="right")
        for row in of_it:
            cells = (formatting.cell(row[name], size, language) for name in ("published", "restated"))
            table.add_row(str(row["year"]), *cells, formatting.signed(row["method_and_factors"], size, language))
        window.print(table)
    for mark in others:
        said = _("○ {year}, {tool} : {value} ({perimeter}) ; hors série, {document}")
        value = formatting.quantity(mark["value"], mark["unit"], language, digits=3)
        value += f" / {mark['denominator']}" if mark["denominator"] else ""
        window.print(said.format(**{**mark, "value": value}))
    window.print(_("  Dossier : {run}").format(run=output))


def compared(found: Comparison, *, as_json: bool) -> None:
    """A change explained: sentences, one bar per cause, then families and parts of the authority."""
    known, window, language = Labels(current_language()), console(), current_language()
    if as_json:
        kept = {key: value for key, value in asdict(found).items() if key not in ("before", "after")}
        years = {"before": found.before["year"], "after": found.after["year"]}
        print(json.dumps({**years, **kept, "sentences": sentences(found, known)}, ensure_ascii=False))
        return
    for text in sentences(found, known):
        window.print(text)
    whole = found.whole
    unit, size = formatting.column_unit([whole.before, whole.after], known.criterion(found.criterion)["unit"])
    biggest = max((abs(effect) for effect in whole.effects.values()), default=0.0)
    table = Table(box=None, header_style="bold")
    table.add_column(_("Cause"))
    table.add_column(formatting.unit_text(unit, language), justify="right")
    table.add_column("")
    table.add_row(str(found.before["year"]), formatting.cell(whole.before, size, language, 3), "")
    for cause, effect in whole.effects.items():
        if whole.moved(cause):
            bar = ("▲" if effect > 0 else "▼") + "█" * round(BAR * abs(effect) / biggest)
            table.add_row(words.cause(cause), formatting.signed(effect, size, language), bar)
    table.add_row(str(found.after["year"]), formatting.cell(whole.after, size, language, 3), "")
    window.print(table)
    for scope, title in (("family", _("Famille")), ("part", _("Part"))):
        window.print(_by(scope, title, found, known))


def _by(scope: str, title: str, found: Comparison, known: Labels) -> Table:
    """One row per family or part: both totals, then each cause that moved anything."""
    parts = [part for part in found.parts if part.scope == scope]
    parts.sort(key=lambda part: part.after - part.before)
    causes = [cause for cause in CAUSES if any(part.moved(cause) for part in parts)]
    whole, language = found.whole, current_language()
    unit, size = formatting.column_unit([whole.before, whole.after], known.criterion(found.criterion)["unit"])
    table = Table(box=None, header_style="bold")
    table.add_column(f"{title} ({formatting.unit_text(unit, language)})")
    for name in (str(found.before["year"]), *map(words.cause, causes), str(found.after["year"])):
        table.add_column(name, justify="right")
    for part in parts:
        effects = (
            formatting.signed(part.effects[cause], size, language) if part.moved(cause) else "·" for cause in causes
        )
        totals = (formatting.cell(value, size, language, 3) for value in (part.before, part.after))
        table.add_row(known.label(scope, part.name), next(totals), *effects, next(totals))
    return table


def console() -> Console:
    """The window of the person, or a wide page when the text goes to a file or to another command."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PAGE)
