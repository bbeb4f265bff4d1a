"""Models that open data knows: the item type of a maker and a model, with the machines that stand behind it.

The tables catalogue/models/<source>.csv (one licence each) are made by `make models`. They are read once, and only when
something is asked; a text is then a few look-ups by key: 100,000 distinct texts are joined, not searched.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from estran.common.shipped import table_path, text_rows
from estran.common.vocabulary import text_key
from estran.importing.recognition.model_words import (
    agreed_type,
    detailed_type,
    family_word,
    machine_type,
    model_key,
    model_words,
    named_inches,
    read_maker,
    telling_runs,
    threshold,
    type_class,
)

__all__ = ["KnownModel", "find_known_models", "model_key", "type_class"]

MODEL, CODE, FAMILY = "model", "code", "family"
RANGES = "estran"  # number ranges of machine types are told by the catalogue itself: machine_types.csv
SCREENS = "linuxhw_edid_2025"  # a screen describes its own diagonal


@dataclass(frozen=True)
class KnownModel:
    """What the facts say of a model: its item type (empty when they disagree: `several`), at which level, how many
    machines stand behind it and what share of them agrees; inches of its screen; typical kWh of a year and kilograms of
    its maker's sheet, for information only."""

    item_type: str
    level: str
    machines: int
    share: float
    inches: float | None
    source: str
    name: str
    several: tuple[str, ...] = ()
    kwh: float | None = None
    kg: float | None = None


@dataclass(frozen=True)
class _Tables:
    """The rows of every table by column, and the places of the rows of each key."""

    columns: dict[str, list[Any]]
    places: dict[str, list[int]]
    makers: frozenset[str]


@cache
def known_sources() -> tuple[str, ...]:
    """The sources that have a table of models."""
    return tuple(dict.fromkeys(row["source"] for row in text_rows("model_forms")))


@cache
def _tables() -> _Tables:
    return read_tables([table_path(source) for source in known_sources()])


def read_tables(paths: Iterable[Path]) -> _Tables:
    """The tables of these sources, by key."""
    import pyarrow as pa
    from pyarrow import csv

    numbers = {"machines": pa.int64(), **dict.fromkeys(("share", "inches", "kwh", "kg"), pa.float64())}
    texts = dict.fromkeys(("level", "maker", "key", "item_type", "several", "name"), pa.string())
    options = csv.ConvertOptions(column_types=numbers | texts, strings_can_be_null=False)
    columns: dict[str, list[Any]] = defaultdict(list)
    for path in paths:
        table = csv.read_csv(path, convert_options=options)
        for name in table.column_names:
            columns[name] += table.column(name).to_pylist()
        columns["source"] += [path.stem] * table.num_rows
    places: dict[str, list[int]] = {}
    for place, key in enumerate(columns["key"]):
        places.setdefault(key, []).append(place)
    return _Tables(columns, places, frozenset(columns["maker"]))


def find_known_models(texts: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[KnownModel, ...]]:
    """(manufacturer, model) as a list writes them → what is known of it, best level first; absent when nothing is."""
    tables = _tables() if texts else None
    answers = {}
    for text in texts:
        if tables and (known := tuple(_answers(tables, *text))):
            answers[text] = known
    return answers


def _answers(tables: _Tables, manufacturer: str, model: str) -> Iterator[KnownModel]:
    """What each level says of one text: the exact model, its code or machine type, its family."""
    named, in_model = read_maker(manufacturer) or text_key(manufacturer), read_maker(model)
    for maker in dict.fromkeys((named if named in tables.makers else in_model, in_model)):
        words = model_words(model, maker)
        runs = ["".join(run) for run in telling_runs(words)]
        asked = _Asked(tables, maker, f"{manufacturer} {model}")
        levels = (
            asked.first(MODEL, runs),
            _machine_type(asked, model) or asked.first(CODE, runs) or asked.beginning(runs),
            asked.first(FAMILY, [family_word(words)]),
        )
        if known := [answer for answer in levels if answer]:
            yield from known
            return


def _machine_type(asked: "_Asked", model: str) -> KnownModel | None:
    """What a machine type of Lenovo says, wherever it stands in the model; without a maker, only a whole one."""
    for word in model.lower().replace("-", " ").replace("(", " ").replace(")", " ").split():
        code = machine_type(word, asked.maker or "lenovo")
        if code and (asked.maker or len(word) > len(code[0])):
            known = _Asked(asked.tables, asked.maker or "lenovo", asked.text).first(CODE, [code[0]])
            return known or (KnownModel(code[1], CODE, 0, 1.0, None, RANGES, code[0].upper()) if code[1] else None)
    return None


@dataclass(frozen=True)
class _Asked:
    """A text that is looked up under a maker (any, when it is empty)."""

    tables: _Tables
    maker: str
    text: str

    def first(self, level: str, keys: Iterable[str]) -> KnownModel | None:
        """What the rows of the first known key say together."""
        for key in keys:
            if places := self._places(level, key):
                return self._answer(level, places)
        return None

    def beginning(self, runs: Iterable[str]) -> KnownModel | None:
        """A monitor whose name, cut short by the screen itself, begins what was asked ("243V7" for "243V7QDSB")."""
        least, left = int(threshold("prefix_length")), int(threshold("prefix_left"))
        for run in runs if self.maker else ():
            for end in range(len(run) - 1, max(least, len(run) - left) - 1, -1):
                places = [
                    place
                    for place in self._places(MODEL, run[:end])
                    if type_class(self.tables.columns["item_type"][place]) == "monitor"
                ]
                if places:
                    return self._answer(CODE, places)
        return None

    def _places(self, level: str, key: str) -> list[int]:
        columns = self.tables.columns
        places = [place for place in self.tables.places.get(key, ()) if columns["level"][place] == level]
        if self.maker:
            return [place for place in places if columns["maker"][place] == self.maker]
        return places if level == FAMILY or len(key) >= threshold("any_maker_length") else []

    def _answer(self, level: str, places: list[int]) -> KnownModel | None:
        rows = [{name: values[place] for name, values in self.tables.columns.items()} for place in places]
        machines: Counter[str] = Counter()
        for row in rows:
            types = [row["item_type"]] if row["item_type"] else row["several"].split("|")
            for item_type in types:
                machines[item_type] += row["machines"] / len(types)
        item_type, share = agreed_type(machines, threshold(f"{level}_share"))
        best = max(rows, key=lambda row: row["machines"])
        maker = best["maker"]
        detail = detailed_type(item_type, self.text, maker) if item_type else ""
        inches = next((row["inches"] for row in sorted(rows, key=_by_inches) if row["inches"]), None)
        if inches is None and type_class(detail) == "laptop":
            inches = named_inches(self.text, maker)
        return KnownModel(
            *(detail, level, round(machines.total()), share, inches, best["source"]),
            name=best["name"] or best["key"].upper(),
            several=() if item_type else tuple(sorted(machines)),
            kwh=next((row["kwh"] for row in rows if row["kwh"]), None),
            kg=next((row["kg"] for row in rows if row["kg"]), None),
        )


def _by_inches(row: dict[str, Any]) -> tuple[bool, int]:
    """The screen's own description first, then the most machines."""
    return row["source"] != SCREENS, -row["machines"]
