"""What many tests begin with, made once: the rows it adds to the database and its files, put back in each test."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model

Made = TypeVar("Made")
Rows = dict[Any, tuple[Any, ...]]  # by primary key


@dataclass(frozen=True)
class State:
    """Rows added or changed, by table; the data folder as it was then; what the maker returned."""

    rows: dict[type[Model], Rows]
    files: Path
    made: Any


class KeptStates:
    """States by name, and by what the database held before: a name is made again where that differs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.states: dict[tuple[str, str], State] = {}

    def bring(self, name: str, make: Callable[[], Made], data: Path) -> Made:
        """What `make` returns, with the database and the data folder as after it; a copy for each test."""
        key = (name, fingerprint())
        if key not in self.states:
            self.states[key] = self._make(make, data)
        else:
            put_rows(self.states[key].rows)
            copy_files(self.states[key].files, data)
        return copy.deepcopy(self.states[key].made)

    def _make(self, make: Callable[[], Any], data: Path) -> State:
        before = {model: rows_of(model) for model in models()}
        made = make()
        added = {
            model: {key: row for key, row in rows_of(model).items() if before[model].get(key) != row}
            for model in models()
        }
        files = self.folder / str(len(self.states))
        copy_files(data, files)
        return State({model: rows for model, rows in added.items() if rows}, files, copy.deepcopy(made))


def models() -> list[type[Model]]:
    """Every model that has a table of its own, those between two models included."""
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def fingerprint() -> str:
    """A few words on what every table holds."""
    table = connection.ops.quote_name
    parts = [
        f"SELECT COUNT(*), CAST(MAX({table(model._meta.pk.column)}) AS VARCHAR(255)) FROM {table(model._meta.db_table)}"
        for model in models()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return str(cursor.fetchall())


def rows_of(model: type[Model]) -> Rows:
    """The rows of a table, by primary key."""
    columns = [field.column for field in model._meta.local_concrete_fields]
    place = columns.index(model._meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {quoted(columns)} FROM {quoted([model._meta.db_table])}")
        return {row[place]: row for row in cursor.fetchall()}


def put_rows(tables: dict[type[Model], Rows]) -> None:
    """Write rows in place of those of the same primary key; numbers go on after them."""
    with transaction.atomic(), connection.cursor() as cursor:
        for model, rows in tables.items():
            columns = [field.column for field in model._meta.local_concrete_fields]
            table, key = quoted([model._meta.db_table]), quoted([model._meta.pk.column])
            cursor.executemany(f"DELETE FROM {table} WHERE {key} = %s", [(number,) for number in rows])
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({quoted(columns)}) VALUES ({places})", list(rows.values()))
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)


def quoted(names: list[str]) -> str:
    return ", ".join(map(connection.ops.quote_name, names))


def copy_files(source: Path, target: Path) -> None:
    if source.exists():
        shutil.copytree(source, target, dirs_exist_ok=True)
