"""Models that open data knows: the item type of a maker and a model, with the machines that stand behind it.

The tables catalogue/models/<source>.csv (one licence each) are made by `make models`. They are read once, and only when
something is asked; a text is then a few look-ups by key: 100,000 distinct texts are joined, not searched.
"""

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from estran.common.shipped import table_path, text_rows
from estran.common.vocabulary import text_key
from estran.importing.recognition.model_words import (
    agreed_type,
    detailed_type,
    family_word,
    machine_type,
    machine_type_makers,
    model_key,
    model_words,
    named_inches,
    read_maker,
    telling_runs,
    threshold,
    type_class,
    whole_run,
)

__all__ = ["KnownModel", "find_known_models", "model_key", "type_class"]

MODEL, CODE, FAMILY = "model", "code", "family"
RANGES = "estran"  # number ranges of machine types are told by the catalogue itself: machine_types.csv
SCREENS = "linuxhw_edid_2025"  # a screen describes its own diagonal


@dataclass(frozen=True)
class KnownModel:
    """What the facts say of a model: its item type (empty when they disagree: `several`), at which level, how many
    machines stand behind it and what share of them agrees; inches of its screen; typical kWh of a year and kilograms of
    its maker's sheet, for information only. is_loose: known under a maker that the list does not name, or as the
    beginning of what was asked."""

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
    is_loose: bool = False


@dataclass(frozen=True)
class _Row:
    """A line of a table of models."""

    key: str
    maker: str
    level: str
    item_type: str
    machines: int
    share: float
    inches: float | None
    kwh: float | None
    kg: float | None
    several: str
    name: str
    source: str


class Tables:
    """Tables of models by key. They are kept as lines, and a line is read when its key is asked for: a small list does
    not wait for sixty thousand rows."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._lines: dict[str, str] = {}
        self._rows: dict[str, list[_Row]] = {}
        for path in paths:
            for line in path.read_text(encoding="utf-8").splitlines()[1:]:
                key = line[: line.index(",")]
                before = f"{self._lines[key]}\n" if key in self._lines else ""
                self._lines[key] = f"{before}{line},{path.stem}"

    @property
    def keys(self) -> Collection[str]:
        """The keys of all models, codes and families."""
        return self._lines.keys()

    def rows(self, key: str) -> list[_Row]:
        """The rows of a key, whatever their maker and level."""
        if key not in self._lines:
            return []
        if key not in self._rows:
            cells = csv.reader(self._lines[key].split("\n"))
            self._rows[key] = [
                _Row(key, maker, level, item_type, int(machines), *map(_number, figures), *texts)  # type: ignore[arg-type]
                for _key, maker, level, item_type, machines, *rest in cells
                for figures, texts in [(rest[:4], rest[4:])]
            ]
        return self._rows[key]


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


@cache
def known_sources() -> tuple[str, ...]:
    """The sources that have a table of models."""
    return tuple(dict.fromkeys(row["source"] for row in text_rows("model_forms")))


@cache
def shipped_tables() -> Tables:
    """The tables of the catalogue."""
    return Tables(table_path(source) for source in known_sources())


def find_known_models(
    texts: Collection[tuple[str, str]], tables: Tables | None = None
) -> dict[tuple[str, str], tuple[KnownModel, ...]]:
    """(manufacturer, model) as a list writes them → what is known of it, best level first; absent when nothing is.

    `tables`: others than those of the catalogue.
    """
    if not texts:
        return {}
    known = tables or shipped_tables()
    answers = {text: tuple(_answers(known, *text)) for text in texts}
    return {text: answer for text, answer in answers.items() if answer}


def _answers(tables: Tables, manufacturer: str, model: str) -> Iterator[KnownModel]:
    """What each level says of one text: the exact model, its code or machine type, its family."""
    named, in_model = read_maker(manufacturer), read_maker(model)
    makers = [named or text_key(manufacturer), in_model, *([] if named or in_model else [""])]
    for maker in dict.fromkeys(makers if manufacturer else [in_model]):
        words = model_words(model, maker)
        runs = ["".join(run) for run in telling_runs(words)]
        asked = _Asked(tables, maker, f"{manufacturer} {model}")
        levels = (
            asked.first(MODEL, [whole_run(words), *runs]),
            _machine_type(asked, model) or asked.first(CODE, runs) or asked.beginning(runs),
            asked.first(FAMILY, [family_word(words)]),
        )
        if known := [answer for answer in levels if answer]:
            yield from (replace(one, is_loose=True) if manufacturer and not maker else one for one in known)
            return


def _machine_type(asked: "_Asked", model: str) -> KnownModel | None:
    """What a machine type of Lenovo says, wherever it stands in the model; without a maker, only a whole one."""
    words = model.lower().replace("-", " ").replace("(", " ").replace(")", " ").split()
    asked_of = _Asked(asked.tables, asked.maker or "lenovo", asked.text)
    if len(words) == 1 and len(words[0]) == 4 and asked.maker in machine_type_makers():
        return _listed(asked_of, words[0], alone=True)
    for word in words:
        code = machine_type(word, asked_of.maker)
        if code and (asked.maker or len(word) > len(code[0])):
            return _listed(asked_of, word)
    return None


def _listed(asked: "_Asked", word: str, *, alone: bool = False) -> KnownModel | None:
    """What the tables say of a machine type; where they list it not, or disagree, what its number range stands for.

    A range of several types gives none of them: a person chooses.
    """
    listed = asked.first(CODE, [word[:4]])
    code, item_type = machine_type(word, asked.maker, alone=alone) or ("", "")
    if (listed and listed.item_type) or not item_type:
        return listed
    types = tuple(item_type.split("|"))
    several = types if len(types) > 1 else ()
    return KnownModel("" if several else item_type, CODE, 0, 1.0, None, RANGES, code.upper(), several=several)


@dataclass(frozen=True)
class _Asked:
    """A text that is looked up under a maker (any, when it is empty)."""

    tables: Tables
    maker: str
    text: str

    def first(self, level: str, keys: Iterable[str]) -> KnownModel | None:
        """What the rows of the first known key say together."""
        listed = self.tables.keys
        for key in keys:
            if key in listed and (rows := self._rows(level, key)):
                return self._answer(level, rows)
        return None

    def beginning(self, runs: Iterable[str]) -> KnownModel | None:
        """A monitor whose name, cut short by the screen itself, begins what was asked ("243V7" for "243V7QDSB")."""
        least, left, listed = int(threshold("prefix_length")), int(threshold("prefix_left")), self.tables.keys
        for run in runs if self.maker else ():
            for key in (run[:end] for end in range(len(run) - 1, max(least, len(run) - left) - 1, -1)):
                rows = self._rows(MODEL, key) if key in listed else []
                rows = [row for row in rows if type_class(row.item_type) == "monitor"]
                if rows:
                    return replace(self._answer(CODE, rows), is_loose=True)
        return None

    def _rows(self, level: str, key: str) -> list[_Row]:
        rows = [row for row in self.tables.rows(key) if row.level == level]
        if self.maker:
            return [row for row in rows if row.maker == self.maker]
        least = threshold("short_code_machines") if level == CODE else 0
        seen = sum(row.machines for row in rows)
        return rows if len(key) >= threshold("any_maker_length") and seen >= least else []

    def _answer(self, level: str, rows: list[_Row]) -> KnownModel:
        machines: Counter[str] = Counter()
        for row in rows:
            for one in row.several.split("|") if row.several else [f"{row.item_type} {row.machines}"]:
                item_type, seen = one.split(" ")
                machines[item_type] += int(seen)
        item_type, share = agreed_type(machines, threshold(f"{level}_share"))
        best = max(rows, key=lambda row: row.machines)
        detail = detailed_type(item_type, self.text, best.maker) if item_type else ""
        inches = next((row.inches for row in sorted(rows, key=_by_inches) if row.inches), None)
        if inches is None and type_class(detail) == "laptop":
            inches = named_inches(self.text, best.maker)
        return KnownModel(
            *(detail, level, machines.total(), share, inches, best.source),
            name=best.name or best.key.upper(),
            several=() if item_type else tuple(sorted(machines)),
            kwh=next((row.kwh for row in rows if row.kwh), None),
            kg=next((row.kg for row in rows if row.kg), None),
        )


def _by_inches(row: _Row) -> tuple[bool, int]:
    """The screen's own description first, then the most machines."""
    return row.source != SCREENS, -row.machines
