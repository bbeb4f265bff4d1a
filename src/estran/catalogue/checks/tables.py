"""The text tables of one catalogue, each row with its line, and what keeps them from being read at all."""

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from estran.catalogue import loading
from estran.catalogue.loading import INTEGERS, NUMBERS, Row
from estran.common.language import _, colon
from estran.common.problems import Problem

BESIDE_TABLES = ("checks", "__pycache__")  # folders of the catalogue that hold no table


class Tables:
    """The tables of a catalogue. A row of `rows` also has its `line`; `file(name)` is where a table stands."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = sorted(path for path in root.rglob("*.csv") if not {*path.parts} & {*BESIDE_TABLES})
        self._places = {path.stem: path.relative_to(root).as_posix() for path in reversed(self.files)}
        self._rows: dict[str, list[Row]] = {}

    def file(self, name: str) -> str:
        """The place of a table in the catalogue: `equipment/defaults.csv`."""
        return self._places.get(name, f"{name}.csv")

    def rows(self, name: str) -> list[Row]:
        """The typed rows of a table, each with its line in the file."""
        if name not in self._rows:
            self._rows[name] = loading.read_table(name, self.root, lines=True)
        return self._rows[name]

    def codes(self, name: str, column: str | None = None) -> list[str]:
        """The values of a column of a table, of its first one by default."""
        rows = self.rows(name)
        key = column or next(iter(rows[0]))
        return list(dict.fromkeys(row[key] for row in rows))

    @cached_property
    def sources(self) -> dict[str, Row]:
        """Every source by its code."""
        return loading.sources(self.root)

    @cached_property
    def published(self) -> list[Row]:
        """Every factor of every source, with its line."""
        return loading.published_factors(self.root, lines=True)

    @cached_property
    def sets(self) -> dict[str, Any]:
        """Every factor set by its code."""
        return loading.factor_sets(self.root)

    @cached_property
    def units(self) -> dict[str, str]:
        """The unit of every criterion."""
        return {row["code"]: row["unit"] for row in self.rows("criteria") if row["unit"]}

    @cached_property
    def columns(self) -> dict[str, dict[str, Row]]:
        """The columns of every table that Estran reads, registers included: table → column → its row."""
        tables: dict[str, dict[str, Row]] = {}
        for name in ("columns", "registers"):
            for row in self.rows(name):
                tables.setdefault(row["table"], {})[row["column"]] = row | {"file": self.file(name)}
        return tables


# ------------------------------------------------------------------------------------------------------------- faults


def fault(what: str, file: str, value: object, line: int | None = None, remedy: str = "") -> Problem:
    """A fault of the catalogue, with its place; by default the remedy is to correct the line."""
    return Problem(
        colon(what, str(value)), remedy or _("Corriger cette ligne du catalogue."), file, line, value=str(value)
    )


def unknown(
    what: str, file: str, code: str | None, line: int | None, known: Collection[str], table: str, shown: str = ""
) -> Iterator[Problem]:
    """The fault of a code that is not among the known ones, which stand in `table`; `shown`: the value to show."""
    if code not in known:
        yield fault(what, file, shown or code or "", line, remedy_of(code or "", known, table))


def given_twice(what: str, file: str, keys: Iterable[tuple[object, ...]]) -> Iterator[Problem]:
    """The fault of every key that is given more than once."""
    for key, times in Counter(keys).items():
        if times > 1:
            yield fault(what, file, " ".join(map(str, key)))


def remedy_of(value: str, known: Collection[str], table: str) -> str:
    """What to write instead of an unknown code: the nearest known one, else those of a short list, else the table."""
    if near := get_close_matches(value, list(known), 1, 0.6):
        return _("Écrire « {name} », le nom connu le plus proche ; les autres sont dans {table}.").format(
            name=near[0], table=table
        )
    if len(known) <= 12:
        return _("Choisir parmi : {names}.").format(names=", ".join(known))
    return _("Prendre un code de {table}, ou l’y ajouter.").format(table=table)


def pattern_error(pattern: str | None) -> str:
    """Why a regular expression does not compile; empty when it does."""
    try:
        re.compile(pattern or "")
    except re.error as error:
        return str(error)
    return ""


def toml_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """The line of every key of a TOML text, by its path: ("layouts", 0, "columns", "status") → 38."""
    lines: dict[tuple[str | int, ...], int] = {}
    counts: Counter[tuple[str, ...]] = Counter()
    block: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*(\[\[?)\s*([^\[\]\"]+?)\s*\]", line):
            names = tuple(head[2].split("."))
            if head[1] == "[[":
                counts[names] += 1
            block = tuple(
                part
                for i in range(len(names))
                for part in (names[i], *((counts[names[: i + 1]] - 1,) if counts[names[: i + 1]] else ()))
            )
            lines.setdefault(block, number)
        elif key := re.match(r'\s*(?:"([^"]+)"|([\w-]+))\s*=', line):
            lines.setdefault((*block, key[1] or key[2]), number)
    return lines


# ------------------------------------------------------------------------------------------------ can they be read


def unreadable(root: Path) -> Iterator[Problem]:
    """TOML that does not parse, rows of another length, texts where numbers are expected, two tables of one name."""
    tables = Tables(root)
    for path in sorted(root.rglob("*.toml")):
        try:
            tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            place = re.search(r"line (\d+)", str(error))
            what, remedy = _("Ce n’est pas du TOML"), _("Fermer les guillemets et les crochets de cette ligne.")
            yield fault(what, path.relative_to(root).as_posix(), error, int(place[1]) if place else None, remedy)
    places: dict[str, str] = {}
    for path in tables.files:
        file = path.relative_to(root).as_posix()
        yield from _cells_at_fault(path, file)
        if path.parent.parent.name != "sources":
            if path.stem in places:
                what, remedy = _("Nom de table donné à deux fichiers"), _("Renommer l’un des deux : {file}.")
                yield fault(what, file, path.stem, remedy=remedy.format(file=places[path.stem]))
            places[path.stem] = file


def _cells_at_fault(path: Path, file: str) -> Iterator[Problem]:
    with path.open(encoding="utf-8", newline="") as text:
        reader = csv.reader(text)
        header = next(reader, [])
        numeric = {*NUMBERS, *INTEGERS} - {*loading.texts_of(path.stem)}
        for cells in reader:
            if len(cells) != len(header):
                what = _("Cette ligne a {n} cellules au lieu de {expected}").format(n=len(cells), expected=len(header))
                remedy = _("Mettre entre guillemets une cellule qui contient une virgule, ou ôter la cellule en trop.")
                yield fault(what, file, ",".join(cells)[:60], reader.line_num, remedy)
                continue
            for name, cell in zip(header, cells, strict=True):
                if cell and name in numeric and not _is_number(cell, whole=name in INTEGERS):
                    what = _("Ce n’est pas un nombre")
                    yield fault(what, file, f"{name} = {cell}", reader.line_num, _("Écrire un nombre, avec un point."))


def _is_number(cell: str, *, whole: bool) -> bool:
    try:
        (int if whole else float)(cell)
    except ValueError:
        return False
    return True
