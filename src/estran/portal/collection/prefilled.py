"""A spreadsheet for one entity, with the rows it had the year before: one corrects and adds, nothing is typed again."""

import io
import re
from datetime import date
from typing import Any

import xlsxwriter

from estran.common.language import _
from estran.importing import canonical, formats
from estran.importing.recognition import matching
from estran.portal.collection.models import Answer
from estran.portal.common import storage
from estran.portal.estates.models import Inventory

COLUMNS = (
    "label", "manufacturer", "model", "quantity", "serial", "purchase_date", "withdrawal_date", "status", "site",
    "funded_by",
)  # fmt: skip
ROWS = 5000  # rows where the list of types is offered
WIDTHS = {"label": 34, "model": 26}


def workbook_name(answer: Answer) -> str:
    """The name of the file."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", storage.clean_file_name(f"{answer.entity.name}.xlsx")[:-5]).strip("-")
    return f"inventaire-{answer.campaign.year}-{answer.entity.uai or plain}.xlsx"


def write_workbook(answer: Answer) -> bytes:
    """The spreadsheet: headers as free spreadsheets have them, rows of last year, the types on offer."""
    content = io.BytesIO()
    texts = {"strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": "dd/mm/yyyy", **texts})
    book.set_properties({"created": date(answer.campaign.year, 12, 31)})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(_("Inventaire"))
    headers = formats.layouts(formats.SCHOOL)[0].columns
    for place, column in enumerate(COLUMNS):
        sheet.write_string(0, place, headers[column][0], head)
        sheet.set_column(place, place, WIDTHS.get(column, 17))
    for number, row in enumerate(last_year_rows(answer), start=1):
        sheet.write_row(number, 0, [row.get(column) for column in COLUMNS])
    sheet.freeze_panes(1, 0)
    types = book.add_worksheet(_("Types possibles"))
    labels = sorted(row["label_fr"] for row in matching.item_types().values())
    types.set_column(0, 0, 44)
    types.write_column(0, 0, labels)
    source = f"='{types.get_name()}'!$A$1:$A${len(labels)}"
    sheet.data_validation(1, 0, ROWS, 0, {"validate": "list", "source": source, "show_error": False})
    book.close()
    return content.getvalue()


def last_year_rows(answer: Answer) -> list[dict[str, Any]]:
    """The equipment of the entity in the last collected inventory before this year: what is still there."""
    collected = answer.organisation.inventories.filter(kind=Inventory.COLLECTED, year__lt=answer.campaign.year)
    last = collected.order_by("-year", "-made_at").first()
    if last is None:
        return []
    import pyarrow.compute as pc

    table = canonical.read_small_table(min(last.folder.glob("inventory.*")), "inventory")[0]
    there = pc.field("flow").is_null() & pc.field("withdrawal_date").is_null()
    rows = table.filter(pc.field("entity").isin([answer.entity.path, *answer.entity.former_paths]) & there).to_pylist()
    words = {"in_service": _("En service"), "spare": _("En réserve"), "retired": _("Réformé")}
    for row in rows:
        row["label"] = matching.item_types().get(row["item_type"], {}).get("label_fr") or row["label"]
        row["status"] = words.get(row["status"]) or row["status_label"]
    return rows
