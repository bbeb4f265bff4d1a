"""Registers as files: what people download, and a table in which a formula stays text."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from estran.common import formatting
from estran.common.table_schema import Column
from estran.portal.registers import registers
from estran.portal.registers.models import RegisterRow
from estran.portal.registers.registers import Register

WIDTH = 18  # characters of a column of a workbook


def register_csv(register: Register, rows: Iterable[RegisterRow]) -> bytes:
    """The rows with French headers, semicolons and decimal commas, as spreadsheets here expect them."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(column.label_fr for column in register.columns)
    for row in rows:
        writer.writerow(_cell(column, row.values.get(column.column)) for column in register.columns)
    return text.getvalue().encode("utf-8-sig")


def _cell(column: Column, value: Any) -> str:
    text = registers.value_text(column, value)
    return text if column.type in registers.NUMBERS else formatting.plain(text)


def register_xlsx(register: Register, rows: Iterable[RegisterRow]) -> bytes:
    """The same table as a workbook: numbers are numbers, everything else is text."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        page, bold = book.add_worksheet(), book.add_format({"bold": True})
        for place, column in enumerate(register.columns):
            page.write_string(0, place, column.label_fr, bold)
        for line, row in enumerate(rows, 1):
            for place, column in enumerate(register.columns):
                value = row.values.get(column.column)
                if value is not None and column.type in registers.NUMBERS:
                    page.write_number(line, place, value)
                elif value is not None:
                    page.write_string(line, place, registers.value_text(column, value))
        page.freeze_panes(1, 1)
        page.set_column(0, len(register.columns) - 1, WIDTH)
    return buffer.getvalue()
