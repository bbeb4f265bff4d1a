"""What comes up for renewal as a spreadsheet: one row per year, entity and item type."""

import io
from pathlib import Path
from typing import Any

from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.files import csv_text, write_whole
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.projection.renewals import MEASURES, Renewals

Cells = list[Any]
LABELS, NUMBERS = 3, 14  # columns of text, width of a column of numbers


def renewals_table(renewals: Renewals, names: Labels) -> list[Cells]:
    """The heads, then a row per year, entity and item type; what has no known price has no euros."""
    unit = formatting.unit_text(renewals.unit, names.lang)
    heads = [_("Unités à renouveler"), _("dont renouvelées une seconde fois"), _("Euros"), _("Unités sans prix")]
    heads += [unit, _("Unités sans facteur")]
    kept = [_("{what}, un an de plus").format(what=head) for head in heads]
    rows: list[Cells] = [[_("Année"), _("Entité"), _("Type"), *heads, *kept]]
    for row in renewals.rows:
        label = names.label("item_type", row["item_type"])
        cells = [known(row, name + late) for late in ("", "_kept") for name in MEASURES]
        rows.append([row["year"], row["entity"], label, *cells])
    return rows


def known(row: dict[str, Any], name: str) -> float | None:
    """A measure of a row; None for euros without any price, for an impact without any factor: never zero."""
    without = {"eur": "unpriced", "impact": "unweighed"}.get(name.removesuffix("_kept"))
    if without and not row[name] and row[without + "_kept" * name.endswith("_kept")]:
        return None
    return round(row[name], 2)


def renewals_file(renewals: Renewals, ending: str, names: Labels) -> bytes:
    """The table as the bytes of a file, .xlsx or .csv. Errors: CannotUse (another ending)."""
    rows = renewals_table(renewals, names)
    if ending == ".csv":
        return csv_text(rows).encode("utf-8-sig")
    if ending != ".xlsx":
        what = _("les renouvellements ne s’écrivent pas dans ce format")
        raise CannotUse(Problem(what, _("donner un nom de fichier en .xlsx ou en .csv"), value=ending))
    return _workbook(rows)


def write_renewals(renewals: Renewals, output: Path, names: Labels) -> Path:
    """Write the table, whole or not at all. Errors: CannotUse (another ending)."""
    return write_whole(output, renewals_file(renewals, output.suffix.lower(), names))


def _workbook(rows: list[Cells]) -> bytes:
    from datetime import datetime

    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # no clock: the same run gives the same bytes
        bold, number = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "#,##0"})
        sheet = book.add_worksheet(_("Renouvellements"))
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row, bold if place == 0 else None)
        sheet.set_column(0, 0, 8)
        sheet.set_column(1, LABELS - 1, 40)
        sheet.set_column(LABELS, len(rows[0]) - 1, NUMBERS, number)
        sheet.freeze_panes(1, LABELS)
        sheet.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)
    return buffer.getvalue()
