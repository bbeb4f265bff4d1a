"""A run in the terminal: the totals of a calculation, impacts in a table with bars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from estran.catalogue.labels import Labels
from estran.cli.display.console import BAR, console, numbers, plain_table, print_json
from estran.common import formatting
from estran.common.files import read_csv
from estran.common.language import _, current_language, ngettext
from estran.common.problems import CannotUse, Problem
from estran.engine import runs

MONEY_SHOWN = 5  # services that rest on money
COLUMNS = ("entity", "item_type", "stage", "family", "part", "basis")
ALLOCATED = ("host", "vm", "application")  # how the impacts of servers are shared: rows of allocation.csv
Row = dict[str, Any]


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
    labels = Labels(current_language())
    rows: dict[str, int] = {}
    for gap in read_csv(run / "gaps.csv"):
        rows[gap["what"]] = rows.get(gap["what"], 0) + int(gap["rows"])
    missing = ", ".join(
        f"{labels.describe_gap(what)['label']} ({n})" for what, n in sorted(rows.items(), key=lambda row: -row[1])
    )
    remedy = _("Lire gaps.csv et guards.csv dans le dossier du calcul : chaque ligne y a sa raison et son remède.")
    if missing:
        return [Problem(_("Ce calcul ne donne aucun chiffre. Il manque : {names}.").format(names=missing), remedy)]
    return [Problem(_("Ce calcul ne donne aucun chiffre : rien du parc n’est compté cette année-là."), remedy)]


def show_summary(run: Path) -> None:
    """Print the headline of a run: each criterion with its interval, the parts, what is not counted."""
    labels, terminal = Labels(current_language()), console()
    described = runs.read_json(run)
    title = _("Empreinte {year} — {label}")
    terminal.print(title.format(year=described["year"], label=described["perimeter"]["label"]), style="bold")
    whole = {row["criterion"]: row for row in read_csv(run / "intervals.csv") if row["entity"] == "*"}
    for code in described["criteria"]:
        if code in whole:
            interval = _interval(whole[code], labels.describe_criterion(code)["unit"])
            terminal.print("  " + _pair(labels.label("criterion", code), interval))
    for row in read_csv(run / "subtotals.csv"):
        if row["scope"] == "part" and row["criterion"] == "gwp":
            interval = _interval(row, labels.describe_criterion("gwp")["unit"])
            terminal.print("    " + _pair(labels.label("part", row["name"]), interval))
    for text in _on_money(run):
        terminal.print(f"  {text}", markup=False)
    counts = described["counts"]
    counted = counts["items"] + counts.get("activities", 0)
    texts = (
        (counted, ngettext("{n} ligne comptée", "{n} lignes comptées", counted)),
        (counts["guards"], ngettext("{n} mise de côté", "{n} mises de côté", counts["guards"])),
        (
            counts["gaps"],
            ngettext("{n} manque résumé dans gaps.csv", "{n} manques résumés dans gaps.csv", counts["gaps"]),
        ),
    )
    terminal.print("  " + _(" ; ").join(text.format(n=formatting.count(n, current_language())) for n, text in texts))
    terminal.print(_("  Dossier : {run}").format(run=run))


def _on_money(run: Path, criterion: str = "gwp") -> list[str]:
    """How much of a total rests on what services cost, and the heaviest of them by name (C6)."""
    path, labels, language = run / "services.csv", Labels(current_language()), current_language()
    rows = [row for row in read_csv(path) if row["criterion"] == criterion] if path.exists() else []
    shares: dict[str, float] = {}
    for row in rows:
        if row["origin"] == "money":
            name = row["service"] or labels.label("item_type", row["flow"])
            shares[name] = shares.get(name, 0.0) + float(row["share"] or 0)
    if not shares:
        return []
    heaviest = sorted(shares.items(), key=lambda one: -one[1])
    names = ", ".join(f"{name} ({formatting.percent(share, language)})" for name, share in heaviest[:MONEY_SHOWN])
    names += ", …" if len(heaviest) > MONEY_SHOWN else ""
    text = _("{share} du total repose sur de l’argent, faute de connaître l’usage : {names}.")
    return [text.format(share=formatting.percent(sum(shares.values()), language), names=names)]


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
    labels, terminal, language = Labels(current_language()), console(), current_language()
    unit = labels.describe_criterion(criterion)["unit"]
    title = f"{labels.label('criterion', criterion)}, {described['year']}"
    terminal.print(_impacts_table(rows, by, title, unit, labels))
    intervals, coverage = read_csv(run / "intervals.csv"), read_csv(run / "coverage.csv")
    if whole := next((row for row in intervals if (row["entity"], row["criterion"]) == ("*", criterion)), None):
        terminal.print(_("Total modélisé : {interval}").format(interval=_interval(whole, unit)))
        for text in _on_money(run, criterion):
            terminal.print(text, markup=False)
    if covered := next((row for row in coverage if row["criterion"] == criterion), None):
        sentence = _("Lignes entièrement calculées : {complete} sur {rows} ; le reste est résumé dans gaps.csv.")
        complete, all_rows = (formatting.count(float(covered[name]), language) for name in ("rows_complete", "rows"))
        terminal.print(sentence.format(complete=complete, rows=all_rows))


def _impacts_table(rows: list[Row], by: Sequence[str], title: str, unit: str, labels: Labels) -> Table:
    """One line per row of sums: its labels, its value, its share of the total, a bar."""
    language = current_language()
    scaled, size = formatting.column_unit([row["value"] for row in rows], unit)
    total, biggest = sum(row["value"] for row in rows), max((abs(row["value"]) for row in rows), default=0.0)
    unit_head = numbers(formatting.unit_text(scaled, language))
    table = plain_table(*map(_column, by), unit_head, numbers("%"), "", title=title)
    for row in rows:
        table.add_row(
            *(row[name] if name in ("entity", "basis", *ALLOCATED) else labels.label(name, row[name]) for name in by),
            formatting.cell(row["value"], size, language),
            formatting.percent(row["value"] / total if total else None, language),
            "█" * round(BAR * abs(row["value"]) / biggest) if biggest else "",
        )
    return table


def sum_impacts(run: Path, by: Sequence[str], criterion: str) -> list[Row]:
    """Impacts of a run by some columns of it, or as its servers share them, the heaviest first. Errors: CannotUse."""
    return (_shares if set(by) & {*ALLOCATED} else _sums)(run, by, criterion)


def _sums(run: Path, by: Sequence[str], criterion: str) -> list[Row]:
    """Impacts summed by columns, the heaviest first; family and part come from the amounts of the run."""
    import duckdb

    names = ", ".join(by)
    query = f"""
        WITH kinds AS (SELECT DISTINCT entity, item_type, family, part FROM read_parquet(?))
        SELECT {names}, SUM(value) AS value
        FROM (
            SELECT i.*, COALESCE(k.family, 'cloud') AS family, COALESCE(k.part, 'services') AS part
            FROM read_csv(?, all_varchar = true, types = {{'value': 'DOUBLE'}}) i
            LEFT JOIN kinds k ON k.entity = COALESCE(i.entity, '') AND k.item_type = i.item_type
            WHERE i.criterion = ?
        ) GROUP BY {names} ORDER BY value DESC, {names}
    """
    with duckdb.connect() as con:
        result = con.execute(query, [str(run / "amounts.parquet"), str(run / "impacts.csv"), criterion])
        return [dict(zip([*by, "value"], row, strict=True)) for row in result.fetchall()]


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
        raise CannotUse(Problem(what, _("Choisir parmi : {names}.").format(names=", ".join(criteria))))


def _column(name: str) -> str:
    labels = {
        "entity": _("Entité"),
        "item_type": _("Type"),
        "stage": _("Étape"),
        "family": _("Famille"),
        "part": _("Part"),
        "basis": _("Base"),
        "host": _("Serveur"),
        "vm": _("Machine virtuelle"),
        "application": _("Application"),
    }
    return labels[name]


def _pair(what: str, value: str) -> str:
    return _("{what} : {value}").format(what=what, value=value)


def _interval(row: Row, unit: str) -> str:
    return formatting.interval(float(row["mean"]), float(row["low95"]), float(row["high95"]), unit, current_language())
