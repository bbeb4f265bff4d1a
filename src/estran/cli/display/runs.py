"""A run in the terminal: the totals of a calculation, impacts in a table with bars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rich.table import Table

from estran.catalogue.codes import remedy_near
from estran.catalogue.labels import Labels, word
from estran.cli.display.console import BAR, console, numbers, plain_table, print_json
from estran.common import formatting
from estran.common.files import read_csv
from estran.common.language import _, colon, ngettext
from estran.common.problems import CannotUse, Problem
from estran.engine import runs
from estran.reporting.blocks import Block, Items, Paragraph, plain
from estran.reporting.chapters import missing
from estran.reporting.run_summary import RunSummary

MONEY_SHOWN = 5  # services that rest on money
COLUMNS = ("entity", "item_type", "stage", "family", "part", "basis")
ALLOCATED = ("host", "vm", "application")  # how the impacts of servers are shared: rows of allocation.csv
Row = dict[str, Any]


def problems_of_year(year: int, today: date) -> list[Problem]:
    """A year that has not begun: the estate of today is counted as if it served until then."""
    if year <= today.year:
        return []
    what = _(
        "{year} n’a pas commencé : ce calcul compte le parc connu comme s’il servait encore, sans achat ni retrait."
    )
    remedy = _("Pour les années à venir, écrire un plan et le projeter : estran project … --plan plan.toml --to {year}")
    return [Problem(what.format(year=year), remedy.format(year=year))]


def show_computation(summary: runs.Summary, *, as_json: bool) -> None:
    """Print what a calculation did: its counts as JSON, or its headline."""
    if as_json:
        print_json({"run": str(summary.run), **summary.counts})
    else:
        show_summary(summary.run)


def problems_of_empty(run: Path) -> list[Problem]:
    """Why a run counts nothing at all, from what it misses most; none when it counts something."""
    if any(float(row["value"]) for row in read_csv(run / "headline.csv")):
        return []
    gaps = RunSummary(run, Labels()).gaps
    causes = ((cause["label"], gap["rows"] or gap["rooms"]) for gap in gaps for cause in gap["causes"])
    lacks = ", ".join(f"{label} ({rows})" for label, rows in causes)
    remedy = _("Lire gaps.csv et guards.csv dans le dossier du calcul : chaque ligne y a sa raison et son remède.")
    if lacks:
        return [Problem(_("Ce calcul ne donne aucun chiffre. Il manque : {names}.").format(names=lacks), remedy)]
    return [Problem(_("Ce calcul ne donne aucun chiffre : rien du parc n’est compté cette année-là."), remedy)]


def show_summary(run: Path) -> None:
    """Print the headline of a run: each criterion with its interval, the parts, what is not counted."""
    labels, terminal = Labels(), console()
    described = runs.read_json(run)
    title = _("Empreinte {year} — {label}")
    terminal.print(title.format(year=described["year"], label=described["perimeter"]["label"]), style="bold")
    whole = {row["criterion"]: row for row in read_csv(run / "intervals.csv") if row["entity"] == "*"}
    summary = RunSummary(run, labels)
    lacks = _lacks(summary)
    for code in described["criteria"]:
        if code in whole:
            interval = _interval(whole[code], labels.describe_criterion(code)["unit"])
            terminal.print("  " + colon(labels.label("criterion", code), interval) + lacks.get(code, ""))
    for row in read_csv(run / "subtotals.csv"):
        if row["scope"] == "part" and row["criterion"] == "gwp":
            interval = _interval(row, labels.describe_criterion("gwp")["unit"])
            terminal.print("    " + colon(labels.label("part", row["name"]), interval))
    if corrections := described.get("corrections", []):
        n, rows = len(corrections), sum(row["rows"] for row in corrections)
        text = ngettext("{n} correction, qui change {rows} lignes", "{n} corrections, qui changent {rows} lignes", n)
        terminal.print("  " + text.format(n=n, rows=rows))
    for text in _on_money(run):
        terminal.print(f"  {text}", markup=False)
    for text in _missing(summary):
        terminal.print(f"  {text}", markup=False)
    terminal.print(_("  Dossier : {run}").format(run=run))


def _lacks(summary: RunSummary) -> dict[str, str]:
    """Criterion → how much of its total is missing: its incomplete rows, and the stages without a factor (M6)."""
    count = summary.figures.count
    by_stage = summary.rows(
        "SELECT criterion, stage, SUM(rows::DOUBLE)::BIGINT AS n FROM read_csv(?, all_varchar = true) "
        "WHERE what = 'factor' AND criterion <> '' GROUP BY ALL ORDER BY n DESC",
        str(summary.path / "gaps.csv"),
    )
    texts = {}
    for row in summary.criteria:
        if not row["gap_rows"]:
            continue
        stages = [summary.names.label("stage", one["stage"]) for one in by_stage if one["criterion"] == row["code"]]
        text = _(" ; incomplet, {n} lignes sur {rows}").format(n=count(row["gap_rows"]), rows=count(row["rows"]))
        if stages:
            text += _(", surtout sans facteur pour : {stages}").format(stages=", ".join(stages).lower())
        texts[row["code"]] = text
    return texts


def _missing(summary: RunSummary) -> Iterator[str]:
    """Rows of the year and set aside; what weighs most of what is missing; what next (M6)."""
    count, guards = summary.figures.count, summary.run["counts"]["guards"]
    rows = summary.criteria[0]["rows"] if summary.criteria else summary.carbon["rows"]
    texts = (
        (rows, ngettext("{n} ligne dans l’année", "{n} lignes dans l’année", rows)),
        (guards, ngettext("{n} mise de côté", "{n} mises de côté", guards)),
    )
    yield _(" ; ").join(text.format(n=count(n)) for n, text in texts)
    yield from _lines(missing.extent(summary))
    if summary.gaps:
        yield from _lines([missing.heaviest_gaps(summary, remedies=False)])
    yield from _lines(missing.uncounted_money(summary))
    yield from _next_measures(summary)


def _next_measures(summary: RunSummary) -> Iterator[str]:
    """The next measures worth making, best first."""
    if summary.measures:
        yield _("Les prochaines mesures à faire, d’abord celles qui lèvent le plus de doute par jour :")
        yield from _lines([missing.next_measures(summary)])


def _lines(written: Iterable[Block]) -> Iterator[str]:
    """Blocks as lines of the terminal."""
    for block in written:
        if isinstance(block, Items):
            yield from (f"  {plain(item)}" for item in block.items)
        elif isinstance(block, Paragraph):
            yield plain(block.text)


def _on_money(run: Path, criterion: str = "gwp") -> list[str]:
    """How much of a total rests on what services cost, and the heaviest of them by name (C6)."""
    path, labels = run / "services.csv", Labels()
    rows = [row for row in read_csv(path) if row["criterion"] == criterion] if path.exists() else []
    shares: dict[str, float] = {}
    for row in rows:
        if row["origin"] == "money":
            name = row["service"] or labels.label("item_type", row["flow"])
            shares[name] = shares.get(name, 0.0) + float(row["share"] or 0)
    if not shares:
        return []
    heaviest = sorted(shares.items(), key=lambda one: -one[1])
    names = ", ".join(f"{name} ({formatting.percent(share)})" for name, share in heaviest[:MONEY_SHOWN])
    names += ", …" if len(heaviest) > MONEY_SHOWN else ""
    text = _("{share} du total repose sur de l’argent, faute de connaître l’usage : {names}.")
    return [text.format(share=formatting.percent(sum(shares.values())), names=names)]


def show_impacts(run: Path, by: Sequence[str], criterion: str, *, as_json: bool) -> None:
    """Print the impacts of a run by some columns, with bars, a unit that scales, and shares.

    Errors: CannotUse (not a run, unknown column or criterion).
    """
    described = runs.read_json(run)
    criterion = criterion or described["criteria"][0]
    _check(by, criterion, described["criteria"])
    rows = sum_impacts(run, by, criterion)
    if as_json:
        print_json(rows)
        return
    labels, terminal = Labels(), console()
    unit = labels.describe_criterion(criterion)["unit"]
    title = f"{labels.label('criterion', criterion)}, {described['year']}"
    terminal.print(_impacts_table(rows, by, title, unit, labels))
    intervals, coverage = read_csv(run / "intervals.csv"), read_csv(run / "coverage.csv")
    if whole := next((row for row in intervals if (row["entity"], row["criterion"]) == ("*", criterion)), None):
        terminal.print(_("Total modélisé : {interval}").format(interval=_interval(whole, unit)))
        if "basis" not in by and (declared := _declared(run, criterion)):
            sentence = _("S’y ajoutent {declared} que des fournisseurs déclarent eux-mêmes (--by basis).")
            terminal.print(sentence.format(declared=formatting.quantity(declared, unit)))
        for text in _on_money(run, criterion):
            terminal.print(text, markup=False)
    if covered := next((row for row in coverage if row["criterion"] == criterion), None):
        sentence = _("Lignes incomplètes : {incomplete} sur {rows} ; gaps.csv résume ce qui leur manque.")
        incomplete, all_rows = (formatting.count(float(covered[name])) for name in ("gap_rows", "rows"))
        terminal.print(sentence.format(incomplete=incomplete, rows=all_rows))
        for text in _next_measures(RunSummary(run, labels)) if criterion == "gwp" else ():
            terminal.print(text, markup=False)


def _impacts_table(rows: list[Row], by: Sequence[str], title: str, unit: str, labels: Labels) -> Table:
    """One line per row of sums: its labels, its value, its share of the total, a bar."""
    scaled, size = formatting.column_unit([row["value"] for row in rows], unit)
    total, biggest = sum(row["value"] for row in rows), max((abs(row["value"]) for row in rows), default=0.0)
    unit_head = numbers(formatting.unit_text(scaled))
    table = plain_table(*(word("column", name) for name in by), unit_head, numbers("%"), "", title=title)
    for row in rows:
        table.add_row(
            *(row[name] if name in ("entity", "basis", *ALLOCATED) else labels.label(name, row[name]) for name in by),
            formatting.cell(row["value"], size),
            formatting.percent(row["value"] / total if total else None),
            "█" * round(BAR * abs(row["value"]) / biggest) if biggest else "",
        )
    return table


def sum_impacts(run: Path, by: Sequence[str], criterion: str) -> list[Row]:
    """Impacts of a run by some columns of it, or as its servers share them, the heaviest first. Errors: CannotUse."""
    return (_shares if set(by) & {*ALLOCATED} else _sums)(run, by, criterion)


def _sums(run: Path, by: Sequence[str], criterion: str) -> list[Row]:
    """Modelled impacts summed by columns, the heaviest first; what suppliers declare has rows by `basis` (C5).

    Family and part come from the amounts of the run.
    """
    import duckdb

    names = ", ".join(by)
    modelled = "" if "basis" in by else "AND i.basis = 'modelled'"
    query = f"""
        WITH kinds AS (SELECT DISTINCT entity, item_type, family, part FROM read_parquet(?))
        SELECT {names}, SUM(value) AS value
        FROM (
            SELECT i.*, COALESCE(k.family, 'cloud') AS family, COALESCE(k.part, 'services') AS part
            FROM read_csv(?, all_varchar = true, types = {{'value': 'DOUBLE'}}) i
            LEFT JOIN kinds k ON k.entity = COALESCE(i.entity, '') AND k.item_type = i.item_type
            WHERE i.criterion = ? {modelled}
        ) GROUP BY {names} ORDER BY value DESC, {names}
    """
    with duckdb.connect() as con:
        result = con.execute(query, [str(run / "amounts.parquet"), str(run / "impacts.csv"), criterion])
        return [dict(zip([*by, "value"], row, strict=True)) for row in result.fetchall()]


def _declared(run: Path, criterion: str) -> float:
    """What suppliers declare for services that are not modelled: beside the modelled total, never in it (C5)."""
    rows = read_csv(run / "headline.csv")
    return next(
        (float(row["value"]) for row in rows if (row["criterion"], row["part"]) == (criterion, "declared")), 0.0
    )


def _shares(run: Path, by: Sequence[str], criterion: str) -> list[Row]:
    """Impacts of the servers that carry virtual machines, seen by server, machine or application, heaviest first."""
    import duckdb

    names = ", ".join("name AS application" if name == "application" else name for name in by)
    query = f"""
        SELECT {names}, SUM(value) AS value
        FROM read_csv(?, all_varchar = true, types = {{'value': 'DOUBLE'}})
        WHERE level = ? AND criterion = ? GROUP BY ALL ORDER BY value DESC, {", ".join(by)}
    """
    level = "application" if "application" in by else "vm"
    with duckdb.connect() as con:
        result = con.execute(query, [str(run / "allocation.csv"), level, criterion]).fetchall()
    if not result:
        what = _("Ce calcul ne répartit aucun serveur entre des machines virtuelles.")
        raise CannotUse(Problem(what, _("Importer la table des machines virtuelles (vms), ou un export de RVTools.")))
    return [dict(zip([*by, "value"], row, strict=True)) for row in result]


def _check(by: Sequence[str], criterion: str, criteria: list[str]) -> None:
    admitted = (*ALLOCATED, "stage") if set(by) & {*ALLOCATED} else COLUMNS
    unknown = [name for name in by if name not in admitted]
    if unknown or not by:
        what = _("Colonne inconnue : {names}.").format(names=", ".join(unknown))
        every = ", ".join(COLUMNS) + _(" ; ou bien : ") + ", ".join((*ALLOCATED, "stage"))
        raise CannotUse(Problem(what, _("Choisir parmi : {names}.").format(names=every)))
    if criterion not in criteria:
        what = _("Ce calcul n’a pas le critère « {name} ».").format(name=criterion)
        raise CannotUse(Problem(what, remedy_near("criterion", criterion, criteria)))


def _interval(row: Row, unit: str) -> str:
    return formatting.interval(float(row["mean"]), float(row["low95"]), float(row["high95"]), unit)
