"""What the command line shows: tables with bars, short sentences, numbers that a person reads."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from estran.catalogue.labels import Labels
from estran.cli.display_years import console
from estran.cli.messages import finish, tell
from estran.common import formatting
from estran.common.language import _, current_language, ngettext
from estran.common.problems import CannotUse, Problem
from estran.engine import runs

if TYPE_CHECKING:
    from estran.importing.importers import ImportReport

BAR = 24
PROJECTED_TO = 2035  # of the plan of the demonstration
COLUMNS = ("entity", "item_type", "stage", "family", "part", "basis")
Row = dict[str, Any]


def imported(report: ImportReport, *, as_json: bool) -> None:
    """What an import read: each file, why it was read so, what was dropped; then the rows of the estate."""
    if as_json:
        files = [
            {"name": file.name, "format": file.format, "reason": file.reason, "rows": file.rows_written}
            for file in report.files
        ]
        counts = {name: getattr(report, name) for name in ("rows", "rejected", "states", "labels_to_settle")}
        print(json.dumps({"estate": str(report.estate), **counts, "files": files}, ensure_ascii=False))
        return
    for file in report.files:
        print(_said(file.name, file.reason))
        for names, said in (
            (file.personal, _("colonnes personnelles écartées")),
            (file.ignored, _("colonnes ignorées")),
        ):
            if names:
                print("  " + _said(said, ", ".join(names)))
        for note in file.notes:
            print(f"  {note}")
    said = ngettext("{rows} ligne dans {estate}", "{rows} lignes dans {estate}", report.rows)
    print(said.format(rows=formatting.count(report.rows, current_language()), estate=report.estate))


def computed(done: runs.Summary, *, as_json: bool) -> None:
    """What a calculation did; it ends with status 1 when rows were left out."""
    tell(done.problems, done.faults)
    if as_json:
        print(json.dumps({"run": str(done.run), **done.counts}, ensure_ascii=False))
    else:
        summary(done.run)
    finish(done.counts["rejected"] + done.counts["unmatched"] + done.counts["guards"])


def summary(run: Path) -> None:
    """The headline of a run: each criterion with its interval, the parts, what is not counted."""
    known, window = Labels(current_language()), console()
    described = runs.read_json(run)
    whole = {row["criterion"]: row for row in _read(run, "intervals") if row["entity"] == "*"}
    window.print(
        _("Empreinte {year} — {label}").format(year=described["year"], label=described["perimeter"]["label"]),
        style="bold",
    )
    for code in described["criteria"]:
        if code in whole:
            window.print(
                "  " + _said(known.label("criterion", code), _interval(whole[code], known.criterion(code)["unit"]))
            )
    for row in _read(run, "subtotals"):
        if row["scope"] == "part" and row["criterion"] == "gwp":
            window.print(
                "    " + _said(known.label("part", row["name"]), _interval(row, known.criterion("gwp")["unit"]))
            )
    counts = described["counts"]
    said = (
        (counts["items"], ngettext("{n} ligne comptée", "{n} lignes comptées", counts["items"])),
        (counts["guards"], ngettext("{n} mise de côté", "{n} mises de côté", counts["guards"])),
        (
            counts["gaps"],
            ngettext("{n} manque listé dans gaps.csv", "{n} manques listés dans gaps.csv", counts["gaps"]),
        ),
    )
    window.print("  " + _(" ; ").join(text.format(n=formatting.count(n, current_language())) for n, text in said))
    window.print(_("  Dossier : {run}").format(run=run))


def show_run(run: Path, by: list[str], criterion: str, *, as_json: bool) -> None:
    """A table of the impacts of a run by some columns, with bars, units that scale and shares."""
    described = runs.read_json(run)
    criterion = criterion or described["criteria"][0]
    _check(by, criterion, described["criteria"])
    rows = _sums(run, by, criterion)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    known, window, language = Labels(current_language()), console(), current_language()
    unit = known.criterion(criterion)["unit"]
    scaled, size = formatting.column_unit([row["value"] for row in rows], unit)
    total, biggest = sum(row["value"] for row in rows), max((abs(row["value"]) for row in rows), default=0.0)
    table = Table(title=f"{known.label('criterion', criterion)}, {described['year']}", box=None, header_style="bold")
    for name in by:
        table.add_column(_column(name))
    table.add_column(formatting.unit_text(scaled, language), justify="right")
    table.add_column("%", justify="right")
    table.add_column("")
    for row in rows:
        bar = "█" * round(BAR * abs(row["value"]) / biggest) if biggest else ""
        cells = [known.label(name, row[name]) if name not in ("entity", "basis") else row[name] for name in by]
        table.add_row(
            *cells,
            formatting.cell(row["value"], size, language),
            formatting.percent(row["value"] / total if total else None, language),
            bar,
        )
    window.print(table)
    whole = next(
        (row for row in _read(run, "intervals") if row["entity"] == "*" and row["criterion"] == criterion), None
    )
    if whole:
        window.print(_("Total modélisé : {interval}").format(interval=_interval(whole, unit)))
    gaps = next((row for row in _read(run, "coverage") if row["criterion"] == criterion), None)
    if gaps:
        said = _("Lignes entièrement calculées : {complete} sur {rows} ; le reste est listé dans gaps.csv.")
        window.print(
            said.format(
                complete=formatting.count(float(gaps["rows_complete"]), language),
                rows=formatting.count(float(gaps["rows"]), language),
            )
        )


def coverage(factor_set: str, overlay: Path | None, *, as_json: bool) -> None:
    """The matrix item type x criterion, each cell the source that answers; `~` marks a proxy."""
    from estran.catalogue import checks
    from estran.importing.own_tables import load_catalogue

    rows = checks.coverage(load_catalogue([factor_set], overlay=overlay)[factor_set]).to_pylist()
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    window = console()
    criteria = list(dict.fromkeys(row["criterion"] for row in rows))
    sources = sorted({row["source"] for row in rows})
    letters = {source: _letter(place) for place, source in enumerate(sources)}
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True, min_width=max((len(row["item_type"]) for row in rows), default=0))
    for name in criteria:
        table.add_column(name, no_wrap=True)
    for code in dict.fromkeys(row["item_type"] for row in rows):
        cells = {
            row["criterion"]: letters[row["source"]] + ("~" if row["origin"] == "proxy" else "")
            for row in rows
            if row["item_type"] == code
        }
        table.add_row(code, *(cells.get(criterion, "·") for criterion in criteria))
    window.print(table)
    for source, letter in letters.items():
        window.print(f"{letter:>3}  {source}")


def figures(item_type: str, *, as_json: bool) -> None:
    """Every source's figure of an item type side by side."""
    from estran.catalogue import checks

    rows = checks.figures(item_type).to_pylist()
    if not rows:
        what = _("Le catalogue n’a aucune valeur pour « {name} ».").format(name=item_type)
        raise CannotUse(Problem(what, _("Voir les types connus avec « estran catalogue coverage »."), value=item_type))
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    table = Table(box=None, header_style="bold")
    for name in (_("quoi"), _("étape"), _("valeur"), _("unité"), _("source"), _("édition"), _("utilisé par")):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(
            *(str(row[name] or "") for name in ("what", "stage", "value", "unit", "source", "edition", "used"))
        )
    console().print(table)


def demo(folder: Path) -> None:
    """Write the fictional département, import, compute, restate and compare its three years, project its plan."""
    from estran import demo as fictional
    from estran.analysis import decomposition, indicators, restatement
    from estran.cli import display_indicators, display_projection, display_years
    from estran.importing import importers
    from estran.projection import projections
    from estran.reporting import reports

    window = console()
    window.print(_("Un département fictif s’installe dans {folder}…").format(folder=folder))
    fictional.write_demo(folder)
    estates: dict[int, Path] = {}
    for call in fictional.plan(folder):
        estates[call.year] = folder / "parcs" / str(call.year)
        importers.import_files(
            list(call.files),
            call.format,
            call.entity,
            estate=estates[call.year],
            overlay=folder / "overlay",
            year=call.year,
        )
    computed = []
    for year, estate in estates.items():
        run = folder / "bilans" / str(year)
        choices = runs.Choices(year, overlay=folder / "overlay", perimeter=folder / str(year) / "perimeter.toml")
        runs.compute([estate], choices, run)
        computed.append(run)
        summary(run)
    followed = indicators.follow(computed, folder / "registres", folder / "cibles.csv")
    display_indicators.core(followed)
    projections.project(computed[-1], folder / "plan.toml", folder / "projection", to=PROJECTED_TO)
    display_projection.summary(folder / "projection")
    restated = folder / "serie"
    rows = restatement.restate(computed, restated, overlay=folder / "overlay")
    display_years.restated([row for row in rows if row["criterion"] == "gwp"], restated, as_json=False)
    first, last = (restated / str(year) for year in (min(estates), max(estates)))
    display_years.compared(decomposition.compare(first, last), as_json=False)
    language = current_language()
    for ending in ("html", "pdf"):
        plan = reports.report(folder / "projection", folder / f"plan.{ending}", language)
        page = folder / f"rapport.{ending}"
        report = reports.report(computed, page, language, series=restated, followed=followed)
        for path in (plan, report):
            window.print(_("Rapport : {path}").format(path=path.resolve()))


def _sums(run: Path, by: list[str], criterion: str) -> list[Row]:
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


def _check(by: list[str], criterion: str, criteria: list[str]) -> None:
    unknown = [name for name in by if name not in COLUMNS]
    if unknown or not by:
        what = _("Colonne inconnue : {names}.").format(names=", ".join(unknown))
        raise CannotUse(Problem(what, _("Choisir parmi : {names}.").format(names=", ".join(COLUMNS))))
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
    }
    return labels[name]


def _letter(place: int) -> str:
    return (chr(64 + place // 26) if place >= 26 else "") + chr(65 + place % 26)


def _said(what: str, value: str) -> str:
    return _("{what} : {value}").format(what=what, value=value)


def _interval(row: Row, unit: str) -> str:
    return formatting.interval(float(row["mean"]), float(row["low95"]), float(row["high95"]), unit, current_language())


def _read(run: Path, name: str) -> list[Row]:
    with (run / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
