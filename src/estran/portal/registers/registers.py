"""The registers an organisation keeps row by row: their columns, their rows checked as files are, what pages show.

Everything comes from the tables of the catalogue: register_names.csv (which, with what columns in front) and
registers.csv (the columns). A register is a table of texts for people, and typed values for the calculation.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from estran.analysis import quantities
from estran.catalogue.loading import read_table
from estran.common import files, formatting, table_schema, vocabulary
from estran.common.bounded import call_bounded
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import row_labels
from estran.common.table_schema import Column
from estran.importing import canonical
from estran.importing.column_maps import ColumnMap
from estran.importing.formats import UNKNOWN_HEADERS
from estran.portal.collection import column_maps
from estran.portal.common import storage
from estran.portal.common.languages import in_language
from estran.portal.common.spreadsheets import write_csv, write_workbook
from estran.portal.jobs.models import Job
from estran.portal.organisations.models import Entity, Organisation, Person
from estran.portal.registers.models import RegisterRow

Values = dict[str, Any]
TYPE, NUMBERS = "item_type", ("number", "integer")
SLICE = 500


@dataclass(frozen=True)
class Register:
    """One register: its name in the catalogue and in addresses, the columns that name a row, those of its list."""

    name: str
    address: str
    label_fr: str
    dated_by: str
    key: tuple[str, ...]
    shown: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its name in the language of the page."""
        return str(in_language(self.label_fr))

    @property
    def columns(self) -> list[Column]:
        """Every column, in order."""
        return table_schema.columns(self.name)

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.column for column in self.columns]

    @property
    def in_front(self) -> list[Column]:
        """The columns of the list."""
        by_name = {column.column: column for column in self.columns}
        return [by_name[name] for name in self.shown]


@cache
def kept_registers() -> dict[str, Register]:
    """The registers kept row by row, by address."""
    registers = {}
    for row in quantities.declared_registers().values():
        if address := row["address"]:
            key, shown = (tuple(row[name].split("|")) for name in ("key", "shown"))
            registers[address] = Register(row["register"], address, row["label_fr"], row["dated_by"] or "", key, shown)
    return registers


# --------------------------------------------------------------------------------------------------- values and texts


@cache
def _codes() -> dict[str, str]:
    """A type as people write it → its code."""
    rows = read_table("item_types")
    return {vocabulary.text_key(row[name]): row["code"] for name in ("label_en", "label_fr", "code") for row in rows}


def check_rows(register: Register, texts: list[dict[str, str]]) -> tuple[list[Values], list[Problem]]:
    """Rows of texts as values, and the faults of those that are left out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{register.name}.csv"
        files.write_csv(path, register.names, texts)
        return read_rows(register, path)


def read_rows(register: Register, path: Path, maps: Iterable[ColumnMap] = ()) -> tuple[list[Values], list[Problem]]:
    """The rows of a person's file as JSON keeps them, types by code, and its faults with their lines.

    maps: what people said of headers that are not those of the register. Errors: CannotUse.
    """
    read = partial(canonical.read_small_table, maps=list(maps))
    table, problems = call_bounded(path.name, read, path, register.name)
    rows = [{name: _json_value(value) for name, value in row.items() if value is not None} for row in table.to_pylist()]
    for row in rows:
        if TYPE in row:
            row[TYPE] = _codes().get(vocabulary.text_key(row[TYPE]), row[TYPE])
    return rows, problems


def _json_value(value: Any) -> Any:
    """A date in ISO; a text without the apostrophe by which a file says that it is no formula."""
    if isinstance(value, str) and value.startswith("'") and formatting.plain(value[1:]) == value:
        return value[1:]
    return value.isoformat() if isinstance(value, date) else value


def unknown_types(rows: Iterable[Values]) -> list[str]:
    """The types that the catalogue does not know, each once: their rows count in sums, but in no kind of equipment."""
    return sorted({row[TYPE] for row in rows if row.get(TYPE) and row[TYPE] not in row_labels("item_types")})


def value_text(column: Column, value: Any) -> str:
    """A value as people write it, and as an import reads it back."""
    if value is None:
        return ""
    if column.type == "boolean":
        return vocabulary.choice_labels("boolean")["true" if value else "false"]
    if column.type == "choice":
        return vocabulary.choice_labels(f"{column.table}.{column.column}").get(value, value)
    if column.type == "date":
        return date.fromisoformat(value).strftime("%d/%m/%Y")
    if column.type in NUMBERS:
        return f"{value:.15g}".replace(".", ",")
    return row_labels("item_types").get(value, value) if column.column == TYPE else str(value)


def cell_text(column: Column, value: Any) -> str:
    """A value in a table for people: the numbers with spaces between thousands."""
    if value is not None and column.type in NUMBERS:
        return formatting.number(value, "", 15)
    return value_text(column, value)


def row_year(register: Register, values: Values) -> int | None:
    """The year of a row: that of the date the register is counted by, else of the latest date of the row."""
    dates = [values.get(column.column) for column in register.columns if column.type == "date"]
    day = values.get(register.dated_by) if register.dated_by else max(filter(None, dates), default=None)
    return int(day[:4]) if day else None


# ---------------------------------------------------------------------------------------------------------------- rows


def register_rows(organisation: Organisation, register: Register, year: int | None = None) -> QuerySet:
    """The rows of a register, the latest year first."""
    rows = organisation.register_rows.filter(register=register.name).select_related("entity")
    rows = rows.filter(year=year) if year else rows
    return rows.order_by(F("year").desc(nulls_last=True), "key", "pk")


def new_row(
    organisation: Organisation, person: Person | None, register: Register, values: Values, entity: Entity | None
) -> RegisterRow:
    """A row of these values, not written yet."""
    key = "|".join(str(values.get(name, "")) for name in register.key)[: RegisterRow.KEY]
    return RegisterRow(
        organisation=organisation, register=register.name, entity=entity, year=row_year(register, values),
        key=key, values=values, changed_by=person,
    )  # fmt: skip


def replace_rows(organisation: Organisation, register: Register, new: Sequence[RegisterRow]) -> int:
    """Write the rows of a file; they take the place of those of the same name. How many were replaced.

    Done twice, it gives the same rows.
    """
    keys, replaced = sorted({row.key for row in new}), 0
    with transaction.atomic():
        # In slices: a database binds a limited number of values at once.
        for start in range(0, len(keys), SLICE):
            old = organisation.register_rows.filter(register=register.name, key__in=keys[start : start + SLICE])
            replaced += old.delete()[0]
        RegisterRow.objects.bulk_create(new, batch_size=SLICE)
    return replaced


def write_registers(organisation: Organisation, folder: Path) -> None:
    """Write each register that has rows as the calculation reads it: `<register>.csv`, codes and plain values."""
    for register in kept_registers().values():
        rows = organisation.register_rows.filter(register=register.name).order_by("pk")
        values = rows.values_list("values", flat=True).iterator()
        files.write_csv(folder / f"{register.name}.csv", register.names, values)


def download_csv(organisation: Organisation, register: Register) -> bytes:
    """The rows of a register with French headers, as the import reads them back; a formula stays text."""

    def cell(column: Column, value: Any) -> str:
        text = value_text(column, value)
        return text if column.type in NUMBERS else formatting.plain(text)

    return write_csv(_table(organisation, register, cell))


def download_workbook(organisation: Organisation, register: Register) -> bytes:
    """The same table as a workbook: numbers are numbers, everything else is text."""

    def cell(column: Column, value: Any) -> Any:
        return value if column.type in NUMBERS else value_text(column, value)

    return write_workbook("", _table(organisation, register, cell), [18] * len(register.columns), frozen=(1, 1))


def _table(organisation: Organisation, register: Register, cell: Callable[[Column, Any], Any]) -> Iterator[list[Any]]:
    yield [column.label_fr for column in register.columns]
    for row in register_rows(organisation, register):
        yield [cell(column, row.values.get(column.column)) for column in register.columns]


def import_file(job: Job) -> str:
    """Read the file of a job, write its rows, and keep what there is to say of it beside the file.

    Where nobody knows its headers, the page that asks what they are.
    """
    organisation, register = job.organisation, kept_registers()[job.subject["register"]]
    place = storage.folder("uploads", organisation.pk)
    maps = column_maps.maps_for(organisation, table=register.name)
    try:
        values, problems = read_rows(register, place / job.subject["file"], maps)
    except CannotUse as error:
        if any(problem.code == UNKNOWN_HEADERS for problem in error.problems):
            return organisation.url("registers:columns", register.address, job.pk)
        raise
    entity = Entity.objects.filter(organisation=organisation, pk=job.subject["entity"]).first()
    new = [new_row(organisation, job.person, register, row, entity) for row in values]
    report: dict[str, Any] = {
        "rows": len(new),
        "replaced": replace_rows(organisation, register, new),
        "left": len({problem.line for problem in problems}),
        "problems": [asdict(problem) for problem in problems],
        "unknown_types": unknown_types(values),
    }
    storage.write_json(place / f"import-{job.pk}.json", report)
    return organisation.url("registers:taken_in", register.address, job.pk)
