"""The columns of every table, read from catalogue/schema/columns.csv and, for the registers, registers.csv."""

from dataclasses import dataclass
from functools import cache

from estran.common.shipped import text_rows
from estran.common.vocabulary import text_key

SQL_TYPES = {
    "text": "STRING",
    "choice": "STRING",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "date": "DATE",
    "boolean": "BOOLEAN",
    "period": "STRING",
}
SCHEMAS = ("columns", "registers")


@dataclass(frozen=True)
class Column:
    """One column of a table: its type, unit, bounds, the values a choice admits, what it is called and means."""

    table: str
    column: str
    type: str
    unit: str
    required: bool
    minimum: str
    maximum: str
    choices: tuple[str, ...]
    label_fr: str
    label_en: str
    meaning_fr: str


@cache
def _schema() -> dict[str, list[Column]]:
    tables: dict[str, list[Column]] = {}
    for name in SCHEMAS:
        for row in text_rows(name):
            values = {name: (value or "").strip() for name, value in row.items()}
            choices = tuple(choice for choice in values.pop("choices").split("|") if choice)
            required = values.pop("required") == "yes"
            tables.setdefault(values["table"], []).append(Column(choices=choices, required=required, **values))
    return tables


def table_names() -> list[str]:
    """Every table that Estran reads, registers included."""
    return list(_schema())


def columns(table: str) -> list[Column]:
    """The columns of a table (inventory, rooms, models, vms, factors…, or a register), in order."""
    return _schema()[table]


# ------------------------------------------------------------------------------------------------------ headers


@cache
def _headers(table: str) -> dict[str, str]:
    """Header as compared (code, French or English label) → column."""
    known: dict[str, str] = {}
    for column in columns(table):
        for text in (column.column, column.label_fr, column.label_en):
            known.setdefault(text_key(text), column.column)
    return known


@cache
def personal_words() -> tuple[str, ...]:
    """Headers that name a person or lead to one, as compared; read from catalogue/schema/personal.csv."""
    return tuple(row["header"] for row in text_rows("personal"))


def is_personal(header: str) -> bool:
    """The header names a person, an account or a network address (whole words of catalogue/schema/personal.csv)."""
    words = f" {text_key(header)} "
    return any(f" {word} " in words for word in personal_words())


def places_of_columns(header: list[str], table: str) -> dict[str, int]:
    """Column of the table → index in the header; the first wins."""
    places: dict[str, int] = {}
    known = _headers(table)
    for i, text in enumerate(header):
        if (column := known.get(text_key(text))) is not None:
            places.setdefault(column, i)
    return places
