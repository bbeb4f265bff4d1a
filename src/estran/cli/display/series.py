"""Several years in the terminal: the series of totals, a change explained."""

from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from estran.analysis import restatement
from estran.analysis.decomposition import CAUSES, Comparison, comparison_sentences
from estran.catalogue import labels as words
from estran.catalogue.labels import Labels
from estran.cli.display.console import BAR, console, numbers, plain_table, print_json
from estran.common import formatting
from estran.common.language import _


def show_series(rows: list[restatement.Row], output: Path, *, as_json: bool) -> None:
    """Print published and restated totals side by side, then the figures of other tools, no part of the series."""
    path = output / restatement.MARKS
    marks = restatement.read_marks(path) if path.exists() else []
    if as_json:
        print_json({"series": rows, "marks": marks})
        return
    labels, terminal = Labels(), console()
    for criterion in sorted(
        {row["criterion"] for row in rows}, key=lambda code: labels.describe_criterion(code)["rank"]
    ):
        own_rows = [row for row in rows if row["criterion"] == criterion]
        values = [row[name] for row in own_rows for name in ("published", "restated") if row[name] is not None]
        unit, size = formatting.column_unit(values, labels.describe_criterion(criterion)["unit"])
        heads = (_("publié"), _("recalculé"), _("effet de la méthode et des facteurs"))
        columns = (numbers(f"{name} ({formatting.unit_text(unit)})") for name in heads)
        title = labels.label("criterion", criterion)
        table = plain_table(_("Année"), *columns, title=title, title_justify="left")
        for row in own_rows:
            cells = (formatting.cell(row[name], size) for name in ("published", "restated"))
            table.add_row(str(row["year"]), *cells, formatting.signed(row["method_and_factors"], size))
        terminal.print(table)
    for mark in marks:
        sentence = _("○ {year}, {tool} : {value} ({perimeter}) ; hors série, {document}")
        value = formatting.quantity(mark["value"], mark["unit"], digits=3)
        value += f" / {mark['denominator']}" if mark["denominator"] else ""
        terminal.print(sentence.format(**{**mark, "value": value}))
    terminal.print(_("  Dossier : {run}").format(run=output))


def show_comparison(comparison: Comparison, *, as_json: bool) -> None:
    """Print a change explained: sentences, one bar per cause, then families and parts of the authority."""
    labels, terminal = Labels(), console()
    if as_json:
        fields = {key: value for key, value in asdict(comparison).items() if key not in ("before", "after")}
        years = {"before": comparison.before["year"], "after": comparison.after["year"]}
        print_json({**years, **fields, "sentences": comparison_sentences(comparison, labels)})
        return
    for text in comparison_sentences(comparison, labels):
        terminal.print(text)
    whole = comparison.whole
    unit, size = formatting.column_unit(
        [whole.before, whole.after], labels.describe_criterion(comparison.criterion)["unit"]
    )
    biggest = max((abs(effect) for effect in whole.effects.values()), default=0.0)
    table = plain_table(_("Cause"), numbers(formatting.unit_text(unit)), "")
    table.add_row(str(comparison.before["year"]), formatting.cell(whole.before, size, digits=3), "")
    for cause, effect in whole.effects.items():
        if whole.moved(cause):
            bar = ("▲" if effect > 0 else "▼") + "█" * round(BAR * abs(effect) / biggest)
            table.add_row(words.cause(cause), formatting.signed(effect, size), bar)
    table.add_row(str(comparison.after["year"]), formatting.cell(whole.after, size, digits=3), "")
    terminal.print(table)
    for scope, title in (("family", _("Famille")), ("part", _("Part"))):
        terminal.print(_scope_table(scope, title, comparison, labels))


def _scope_table(scope: str, title: str, comparison: Comparison, labels: Labels) -> Table:
    """One row per family or part: both totals, then each cause that moved anything."""
    parts = [part for part in comparison.parts if part.scope == scope]
    parts.sort(key=lambda part: part.after - part.before)
    causes = [cause for cause in CAUSES if any(part.moved(cause) for part in parts)]
    whole = comparison.whole
    unit, size = formatting.column_unit(
        [whole.before, whole.after], labels.describe_criterion(comparison.criterion)["unit"]
    )
    heads = (str(comparison.before["year"]), *map(words.cause, causes), str(comparison.after["year"]))
    table = plain_table(f"{title} ({formatting.unit_text(unit)})", *map(numbers, heads))
    for part in parts:
        effects = (formatting.signed(part.effects[cause], size) if part.moved(cause) else "·" for cause in causes)
        totals = (formatting.cell(value, size, digits=3) for value in (part.before, part.after))
        table.add_row(labels.label(scope, part.name), next(totals), *effects, next(totals))
    return table
