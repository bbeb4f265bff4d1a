"""Corrections made on screen: the rows of a run as they are corrected today, what a person may correct, the table."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from estran.common import table_schema
from estran.common.files import whole_file
from estran.common.language import _
from estran.common.shipped import row_labels, text_rows
from estran.common.sql import parquet_scan, quoted
from estran.engine import runs
from estran.importing import canonical, row_corrections
from estran.portal.common import storage
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation
from estran.portal.overlays.models import Correction
from estran.portal.results.models import Run

Row = dict[str, Any]
SHOWN = ("item_id", "source", "entity", "label", "manufacturer", "model", "serial", "item_type")
KEYS = ("item_id", "serial", *row_corrections.FILTER)


def correctable() -> list[str]:
    """The columns that the portal offers to correct."""
    return [row["column"] for row in text_rows("corrected_columns")]


@dataclass(frozen=True)
class RunRows:
    """The rows of the inventory of a run, as it was read, under the corrections of today; see `open_rows`."""

    path: Path

    def find(self, asked: Mapping[str, str], start: int, most: int) -> tuple[list[Row], int]:
        """Rows of a filter (see row_corrections.filter_sql; `row` is one row), in the order of the files; how many."""
        where = row_corrections.filter_sql(asked)
        if asked.get("row", "").isdecimal():
            where = f"r.row_id = {int(asked['row'])}"
        with canonical.connect() as con:
            scan = f"FROM {parquet_scan(self.path)} r WHERE {where}"
            number = int(con.execute(f"SELECT count(*) {scan}").fetchall()[0][0])
            found = con.sql(f"SELECT * {scan} ORDER BY row_id LIMIT {most} OFFSET {start}").to_arrow_table()
        return found.to_pylist(), number

    def count(self, asked: Mapping[str, str], column: str, before: str, value: str) -> int:
        """How many rows of a filter a correction changes."""
        types = {one.column: table_schema.SQL_TYPES[one.type] for one in table_schema.columns("inventory")}
        old, new = (f"CAST(nullif({quoted(text)}, '') AS {types[column]})" for text in (before, value))
        replaced = "true" if before == row_corrections.ANY else f"r.{column} IS NOT DISTINCT FROM {old}"
        where = f"{row_corrections.filter_sql(asked)} AND {replaced} AND r.{column} IS DISTINCT FROM {new}"
        with canonical.connect() as con:
            query = f"SELECT count(*) FROM {parquet_scan(self.path)} r WHERE {where}"
            return int(con.execute(query).fetchall()[0][0])

    def values(self, column: str, most: int) -> list[str]:
        """The values of a column, the most frequent first."""
        with canonical.connect() as con:
            query = f"SELECT {column} FROM {parquet_scan(self.path)} WHERE {column} IS NOT NULL GROUP BY 1"
            ordered = con.execute(f"{query} ORDER BY count(*) DESC, 1 LIMIT {most}").fetchall()
        return [value for (value,) in ordered]


def open_rows(run: Run) -> RunRows:
    """The rows of a run under the corrections of today, kept beside it until another correction is made."""
    corrections = _in_force(run.organisation, run.year)
    key = hashlib.sha256(json.dumps(corrections, default=str).encode()).hexdigest()[:16]
    path = run.place / f"rows-{key}.parquet"
    if not path.exists():
        for old in run.place.glob("rows-*.parquet"):
            old.unlink()
        source = min(run.inventory.folder.glob("inventory.*"))
        with whole_file(path) as partial, canonical.connect() as con:
            read = canonical.read_inventory(source, partial.with_name(partial.name + ".read"))
            wanted = [name for name in {*SHOWN, *correctable(), *read.columns} if name in read.columns]
            options = "file_row_number = true" if read.row_id == "file_row_number" else ""
            scan = parquet_scan(read.path, options)
            rows = row_corrections.CorrectedRows(con, scan, read.row_id, wanted, corrections)
            rows.add_columns((*SHOWN, *correctable()))
            rows.write(partial)
            if read.path != source:
                read.path.unlink()
    return RunRows(path)


def _in_force(organisation: Organisation, year: int) -> list[Row]:
    kept = organisation.row_corrections.filter(undone_at__isnull=True, valid_from__lte=year)
    return [_as_row(one) for one in kept if (one.valid_to or year) >= year]


def _as_row(one: Correction) -> Row:
    """A correction as the table of the overlay has it, the same in every language.

    Its author is named by number, so that he can be forgotten.
    """
    row: Row = {name: getattr(one, name) for name in (*KEYS, "corrected", "before", "value", "reason")}
    return row | {
        "number": one.pk, "author": str(one.person_id or ""), "decided_on": timezone.localdate(one.at).isoformat(),
        "valid_from": one.valid_from, "valid_to": one.valid_to,
    }  # fmt: skip


def describe(one: Correction) -> str:
    """A correction in words."""
    return row_corrections.describe_correction(_as_row(one))


# ------------------------------------------------------------------------------------------------- who may correct


def writes_for(access: Access, entity: str) -> bool:
    """The person may correct the rows of an entity: all of them for an officer, his own and those below for others."""
    if access.manages:
        return True
    own = access.membership.entities.values_list("path", flat=True)
    return bool(entity) and any(entity == path or entity.startswith(f"{path} > ") for path in own)


def may_undo(access: Access, one: Correction) -> bool:
    """The person may undo a correction, or put it back."""
    return access.manages or (one.person_id == access.person.pk and writes_for(access, one.entity))


# --------------------------------------------------------------------------------------------- make, undo, put back


def correct_row(access: Access, run: Run, row: Row, values: Mapping[str, str], reason: str, *, later: bool) -> int:
    """Correct cells of one row (column → value as text); how many corrections."""
    serial = row["serial"] or ""
    # A place in a file may be another thing's next time: what the row says of itself must still be the same.
    same = {} if serial else {name: row[name] or "" for name in ("label", "manufacturer", "model")}
    if not serial and not any(same.values()):
        same["item_type"] = row["item_type"] or ""
    named = {"serial": serial, "item_id": "" if serial else row["item_id"] or "", **same}
    if not access.manages:
        named["entity"] = row["entity"] or ""
    with taught_overlay(access.organisation):
        for column, value in values.items():
            _add(access, run, named, column, row_corrections.ANY, value, reason, later=later, rows=1)
    return len(values)


def correct_filter(
    access: Access,
    run: Run,
    asked: Mapping[str, str],
    column: str,
    before: str,
    value: str,
    reason: str,
    *,
    later: bool,
) -> int:
    """Correct one column of all rows of a filter; how many rows change today."""
    if asked.get("missing") == column:
        before = ""
    rows = open_rows(run).count(asked, column, before, value)
    named = {name: asked.get(name, "") for name in row_corrections.FILTER}
    with taught_overlay(access.organisation):
        _add(access, run, named, column, before, value, reason, later=later, rows=rows)
    return rows


def _add(
    access: Access, run: Run, named: Row, column: str, before: str, value: str, reason: str, *, later: bool, rows: int
) -> None:
    given = {"corrected": column, "before": before, "value": value, "reason": reason, "rows": rows}
    years = {"valid_from": run.year, "valid_to": None if later else run.year}
    one = Correction.objects.create(organisation=access.organisation, person=access.person, **named, **given, **years)
    access.record(_("a corrigé l’inventaire {year} : {what}").format(year=run.year, what=describe(one)))


def undo(access: Access, corrections: list[Correction]) -> None:
    """Take corrections back: the next calculation is without them."""
    _mark(access, corrections, timezone.now(), _("a annulé une correction : {what}"))


def put_back(access: Access, corrections: list[Correction]) -> None:
    """Put corrections back."""
    _mark(access, corrections, None, _("a remis une correction : {what}"))


def _mark(access: Access, corrections: list[Correction], moment: Any, entry: str) -> None:
    with taught_overlay(access.organisation):
        Correction.objects.filter(pk__in=[one.pk for one in corrections]).update(undone_at=moment)
        for one in corrections:
            access.record(entry.format(what=describe(one)))


@contextmanager
def taught_overlay(organisation: Organisation) -> Iterator[None]:
    """Change corrections, then write them into the organisation's overlay, whole."""
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        yield
        path = storage.folder("overlays", organisation.pk, row_corrections.FILE)
        rows = [_as_row(one) for one in organisation.row_corrections.filter(undone_at__isnull=True)]
        path.parent.mkdir(parents=True, exist_ok=True)
        if rows:
            with whole_file(path) as partial:
                row_corrections.write_corrections(partial, rows)
        else:
            path.unlink(missing_ok=True)


# -------------------------------------------------------------------------------------------- what the runs know


def runs_to_renew(organisation: Organisation) -> list[tuple[Run, int]]:
    """The last run of each year that was computed under other corrections than today's; how many differ."""
    late = []
    for run, counted in _last_runs(organisation):
        now = {row["number"] for row in _in_force(organisation, run.year)}
        if not run.estimate and (differ := now ^ {row["number"] for row in counted}):
            late.append((run, len(differ)))
    return late


def lost_numbers(organisation: Organisation) -> set[int]:
    """The corrections that found no row in the last run of a year that they are for."""
    return {row["number"] for _run, rows in _last_runs(organisation) for row in rows if not row["matched"]}


def _last_runs(organisation: Organisation) -> list[tuple[Run, list[Row]]]:
    """The last run of each year, and the corrections that it counts."""
    computed = Run.counting.filter(organisation=organisation).select_related("inventory")
    last = {run.year: run for run in computed.order_by("asked_at") if (run.folder / "run.json").exists()}
    return [(run, runs.read_json(run.folder).get("corrections", [])) for run in last.values()]


def type_choices() -> list[tuple[str, str]]:
    """The item types by their labels."""
    return sorted(row_labels("item_types").items(), key=lambda one: one[1])
