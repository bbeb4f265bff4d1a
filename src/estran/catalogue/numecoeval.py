"""A NumEcoEval or G4IT referential that a licensed user holds, read as the figures of a catalogue.

Both dialects say the same: factors, country mixes, types, models, hypotheses; numecoeval.csv holds the words.
"""

import csv
import io
import math
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import text_rows

UNDATED = 1900  # Their country mixes bear no year: they answer for every year.

# What a file says → the columns that it has then, in our words; the first that fits.
CONTENTS = {
    "factors": {"reference", "stage", "criterion", "value"},
    "mixes": {"country", "criterion", "value"},
    "types": {"type", "lifetime_years"},
    "models": {"model", "model_reference"},
    "hypotheses": {"hypothesis", "value"},
}

Row = dict[str, Any]


def is_referential(folder: Path) -> bool:
    """The folder holds a table of factors with the headers of either dialect."""
    return any(_content(_open(path)[0]) == "factors" for path in sorted(folder.glob("*.csv")))


def read_referential(folder: Path, zones: list[Row]) -> dict[str, list[Row]]:
    """The figures of a referential: factors, electricity (kWh of a country), defaults by type, models.

    A type keeps its own name as `item_type`. The use stage of their factors gives the electricity of a reference, not
    an impact. Their country names become zones; an unknown one is kept as written. Errors: CannotUse, all faults.
    """
    aliases = {_key(alias): row["zone"] for row in zones for alias in row["aliases"].split("|")}
    return _Referential(folder, aliases).figures()


class _Referential:
    """The rows of the files of a referential, sorted by what they say, and the faults met in reading them."""

    def __init__(self, folder: Path, zones: dict[str, str]) -> None:
        self.zones = zones
        self.problems: list[Problem] = []
        self.rows: dict[str, list[Row]] = {content: [] for content in CONTENTS}
        for path in sorted(folder.glob("*.csv")):
            places, reader = _open(path)
            if content := _content(places):
                self.rows[content] += _rows(path, places, reader)

    def figures(self) -> dict[str, list[Row]]:
        kwh = self.electricity_of_references()
        figures = {
            "factors": self.factors(),
            "electricity": self.electricity(),
            "defaults": self.defaults(kwh),
            "models": self.models(kwh),
        }
        if self.problems:
            raise CannotUse(*self.problems)
        return figures

    def factors(self) -> list[Row]:
        figures: dict[tuple[str, str, str], Row] = {}
        for row in self.rows["factors"]:
            stage, criterion = self.word(row, "stage"), self.word(row, "criterion")
            if _is_mix(row) or stage in ("use", None) or criterion is None:
                continue
            if (value := self.number(row, "value")) is not None:
                figure = {"flow": row["reference"], "stage": stage, "criterion": criterion, "value": value, "cv": None}
                figure |= {"quality": None, "source": row.get("source"), "unit": row.get("unit")}
                figures.setdefault((row["reference"], stage, criterion), figure)
        return list(figures.values())

    def electricity(self) -> list[Row]:
        mixes: dict[tuple[str, str], Row] = {}
        for row in self.rows["mixes"] + [row for row in self.rows["factors"] if _is_mix(row)]:
            zone, criterion = self.zone(row), self.word(row, "criterion")
            if zone and criterion and (value := self.number(row, "value")) is not None:
                figure = {"year": UNDATED, "value": value, "cv": None, "source": row.get("source")}
                mixes.setdefault((zone, criterion), {"zone": zone, "criterion": criterion} | figure)
        return list(mixes.values())

    def electricity_of_references(self) -> dict[str, float]:
        kwh: dict[str, float] = {}
        for row in self.rows["factors"]:
            if not _is_mix(row) and (value := self.number_if_any(row, "kwh_per_year")) is not None:
                kwh.setdefault(row["reference"], value)
        return kwh

    def defaults(self, kwh: dict[str, float]) -> list[Row]:
        rows = []
        for row in self.rows["types"]:
            reference = row.get("default_reference")
            figures = {
                "lifetime_years": self.number_if_any(row, "lifetime_years"),
                "is_server": 1 if _key(row.get("is_server") or "") in _words("yes") else None,
                "reference": reference or None,
                "kwh_per_year": kwh.get(reference or ""),
            }
            for name, value in figures.items():
                if value is not None:
                    rows.append(_default(row["type"], name, value, row.get("source")))
        for row in self.rows["hypotheses"]:
            hypothesis = _words("hypothesis").get(_key(row["hypothesis"]))
            if hypothesis and (value := self.number(row, "value")) is not None:
                rows.append(_default("*", hypothesis, value, row.get("source")))
        return rows

    def models(self, kwh: dict[str, float]) -> list[Row]:
        """Their models hold for every type: one row per type, and one for those that no table declares (`*`)."""
        types = [*dict.fromkeys(row["type"] for row in self.rows["types"]), "*"]
        return [
            {
                "item_type": item_type,
                "model": row["model"],
                "reference": row["model_reference"],
                "lifetime_years": None,
                "kwh_per_year": kwh.get(row["model_reference"]),
                "source": row.get("source"),
            }
            for row in self.rows["models"]
            if row["model"] and row["model_reference"]
            for item_type in types
        ]

    def zone(self, row: Row) -> str | None:
        written = [text for text in (row.get("country"), row.get("country_code")) if text]
        known = [self.zones[_key(text)] for text in written if _key(text) in self.zones]
        return next(iter(known + written), None)

    def word(self, row: Row, kind: str) -> str | None:
        known = _words(kind).get(_key(row[kind]))
        if known is None:
            what = _("Le référentiel contient « {value} », qui n’est ni une étape ni un critère connu.")
            remedy = _("Corriger ce mot, ou ôter ses lignes du référentiel.")
            problem = Problem(what.format(value=row[kind]), remedy, row["file"], column=kind, value=row[kind])
            if problem not in self.problems:
                self.problems.append(problem)
        return known

    def number_if_any(self, row: Row, column: str) -> float | None:
        return self.number(row, column) if row.get(column) else None

    def number(self, row: Row, column: str) -> float | None:
        text = row[column].replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            return value
        what = _("« {value} » n’est pas un nombre.").format(value=row[column])
        remedy = _("Corriger ce nombre dans le référentiel, ou ôter la ligne.")
        self.problems.append(Problem(what, remedy, row["file"], row["line"], column, row[column]))
        return None


def _content(columns: Iterable[str]) -> str | None:
    """What a file says, by its columns in our words."""
    return next((content for content, needed in CONTENTS.items() if needed <= {*columns}), None)


def _is_mix(row: Row) -> bool:
    return _key(row.get("category") or "") == "electricitymix"


def _default(item_type: str, parameter: str, value: object, source: str | None) -> Row:
    named = {"item_type": item_type, "parameter": parameter, "valid_from": None}
    return named | {"value": str(value), "cv": None, "source": source}


def _open(path: Path) -> tuple[dict[str, int], Any]:
    """Our name of a column → its place in the file (columns we do not know are left out); a reader of its rows."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    separator = max(";,\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    places: dict[str, int] = {}
    for place, cell in enumerate(next(reader, [])):
        if name := _words("column").get(_key(cell)):
            places.setdefault(name, place)
    return places, reader


def _rows(path: Path, places: dict[str, int], reader: Any) -> list[Row]:
    return [
        {name: _cell(cells[place]) if place < len(cells) else "" for name, place in places.items()}
        | {"file": path.name, "line": reader.line_num}
        for cells in reader
        if any(cell.strip() for cell in cells)
    ]


def _cell(text: str) -> str:
    """A cell; exports of a data base write NULL where there is nothing."""
    return "" if text.strip() == "NULL" else text.strip()


@cache
def _words(kind: str) -> dict[str, str]:
    return {row["theirs"]: row["ours"] for row in text_rows("numecoeval") if row["kind"] == kind}


def _key(text: str) -> str:
    """A word as compared: letters and digits, lower case, no accent."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if sign.isalnum())
