"""For a verifier: the checklist of the RCP, filled, and the evidence to keep for what weighs most (RCP SI § 8)."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

from estran.analysis import explain, explain_cache
from estran.catalogue import labels
from estran.catalogue.labels import Labels
from estran.common.files import write_whole
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.reporting.blocks import Table, plain
from estran.reporting.chapters.conformity import checklist
from estran.reporting.figures import Row
from estran.reporting.run_summary import RunSummary

ROWS, FACTORS = 40, 40  # the heaviest
WIDTHS = (16, 44, 22, 14, 46, 60, 22, 14)


def write_evidence(run: Path, output: Path, cache: Path | None = None) -> Path:
    """Write a workbook of two sheets, the checklist and the evidence to keep, and return its path; whole or absent.

    `cache` is the explain cache of the run, if it has one. Errors: CannotUse (no run, another format).
    """
    if output.suffix.lower() != ".xlsx":
        what = _("les preuves à garder ne s’écrivent pas dans ce format")
        raise CannotUse(Problem(what, _("donner un nom de fichier en .xlsx"), file=str(output), value=output.suffix))
    return write_whole(output, evidence_workbook(run, Labels(), cache))


def evidence_workbook(run: Path, names: Labels, cache: Path | None = None) -> bytes:
    """The workbook of a run, the same bytes for the same run."""
    summary = RunSummary(run, names)
    if cache:
        rows = list(evidence(summary, cache))
    else:
        with tempfile.TemporaryDirectory() as folder:
            explain_cache.write_explain_cache(run, Path(folder) / "explain")
            rows = list(evidence(summary, Path(folder) / "explain"))
    return _workbook(checklist(summary), rows)


def evidence(run: RunSummary, cache: Path) -> Iterator[list[str | float]]:
    """What to keep, the head first: for the heaviest rows and factors, defaults, people, exclusions, declarations."""
    yield [
        *(_("Nature"), _("Quoi"), _("Valeur"), _("Part de l’empreinte"), _("Où c’est écrit")),
        *(_("Preuve à garder"), _("À garder"), _("Gardée le")),
    ]
    opened = explain.explain_figure(run.path, None, cache)
    whole = opened.value or 1.0
    behind = explain.rows_behind(run.path, cache, opened.figure, heaviest=True, start=0, most=ROWS)
    for row in behind.rows:
        kind = "activity" if row["share"] is None else "row"
        what = f"{row['item_id']}, {run.names.label('item_type', row['item_type'])}, {row['entity']}"
        number = run.figures.number(row["quantity"] or row["made"] or 0.0, digits=6)
        yield _line(kind, what, number, row["source"] or "", row["value"] / whole)
    for room in run.rooms:
        if room["metered"]:
            yield _line("room", room["room"], run.figures.quantity(room["it_kwh"], "kWh"), _("compteurs importés"))
    yield from _factors(run, opened.products, whole)
    for row in opened.parameters:
        if row["source"]:
            name = f"{run.names.label('item_type', row['item_type'])}, {labels.parameter(row['parameter'])}"
            yield _line("default", name, run.figures.number(row["value"] or 0.0, digits=4), _place(run, row["source"]))
    for row in opened.declared:
        what = row["service"] or run.names.label("item_type", row["item_type"])
        yield _line("declared", what, run.figures.quantity(row["value"], opened.unit), what)
    for head in run.headcounts:
        what = f"{labels.word('people', head['who'])}, {run.figures.day(head['date'])}"
        yield _line("people", what, run.figures.count(head["value"]), head["source"] or "")
    for one in run.perimeter.get("exclusions", []):
        yield _line("exclusion", one["what"], one.get("size") or "", one["reason"])


def _factors(run: RunSummary, products: list[Row], whole: float) -> Iterator[list[str | float]]:
    """Each factor once, with all that it weighs."""
    weights: dict[tuple[str, str, str, float], float] = {}
    for row in products:
        key = (row["factor_flow"], row["stage"], row["source"] or "", row["factor"])
        weights[key] = weights.get(key, 0.0) + row["value"]
    zones = {row["factor_flow"] for row in products if row["flow"] == "electricity_kwh"}
    for (flow, stage, source, value), weight in sorted(weights.items(), key=lambda one: -abs(one[1]))[:FACTORS]:
        label = run.names.label("zone" if flow in zones else "item_type", flow)
        known = run.names.source(source).get("url")
        what = f"{label}, {run.names.label('stage', stage).lower()}"
        unit = run.names.describe_criterion("gwp")["unit"]
        yield _line("factor" if known else "own_factor", what, run.figures.quantity(value, unit, digits=4),
                    _place(run, source), weight / whole)  # fmt: skip


def _place(run: RunSummary, source: str) -> str:
    """A source with its year, its page and its address."""
    if not source:
        return _("source non indiquée")
    rows = map(run.names.source, source.split("|"))
    places = (
        ", ".join(str(row[name]) for name in ("producer", "title", "edition", "page", "url") if row.get(name))
        for row in rows
    )
    return _(" ; ").join(places)


def _line(kind: str, what: str, value: str, where: str, share: float | str = "") -> list[str | float]:
    kept = _("un an après la publication")
    return [labels.word("evidence_kind", kind), what, value, share, where, labels.word("evidence", kind), kept, ""]


def _workbook(table: Table, rows: list[list[str | float]]) -> bytes:
    from datetime import datetime

    import xlsxwriter

    packed = io.BytesIO()
    with xlsxwriter.Workbook(
        packed, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        # No clock: the same run gives the same bytes.
        book.set_properties({"created": datetime(2000, 1, 1)})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        percent = book.add_format({"num_format": "0.0%", "valign": "top"})
        sheet = book.add_worksheet(_("Liste de contrôle"))
        for line, cells in enumerate([table.heads, *table.rows]):
            sheet.write_row(line, 0, [plain(cell) for cell in cells], wrapped if line else bold)
        for place, width in enumerate((6, 60, 12, 90)):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(1, 0)
        sheet = book.add_worksheet(_("Preuves à garder"))
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, row, wrapped if line else bold)
            if isinstance(row[3], float):
                sheet.write_number(line, 3, row[3], percent)
        for place, width in enumerate(WIDTHS):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows) - 1, len(WIDTHS) - 1)
    return packed.getvalue()
