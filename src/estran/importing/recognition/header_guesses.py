"""What the headers of an unknown list may be: guessed from their words (header_words.csv), then from the cells under
them (cell_kinds.csv), each guess with its reason.

A column whose header or cells lead to a person is named and never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

from estran.common import table_schema
from estran.common.language import _, current_language
from estran.common.shipped import text_rows
from estran.common.vocabulary import limit, plain_text, text_key, written_forms
from estran.importing import column_maps, formats
from estran.importing.column_maps import INVENTORY, PLAN, ColumnMap, Target, targets
from estran.importing.formats import IGNORE
from estran.importing.recognition import matching
from estran.importing.recognition.matching import Description

MASKED = "•••"
LONGEST = 40  # characters of a cell in a preview
_ADDRESS = re.compile(
    r"[^@\s]+@[^@\s]+\.[a-z]{2,}|(\d{1,3}\.){3}\d{1,3}|([0-9A-F]{2}[:-]){5}[0-9A-F]{2}", re.IGNORECASE
)
SAVED, EXACT, PHRASE, NEAR, CELLS = 100, 90, 60, 50, 40  # how sure a guess is; a longer phrase is surer


@dataclass(frozen=True)
class HeaderGuess:
    """A header, the column that it may be (`ignore`, or empty when nothing tells), why, and whether it names people.

    from_words: the header itself says so, not only the cells. sure: it is word for word one that the catalogue knows.
    """

    place: int
    header: str
    column: str
    reason: str
    personal: bool = False
    from_words: bool = False
    sure: bool = False


@dataclass(frozen=True)
class Proposal:
    """A list whose headers are to be said: its table, a guess for each header, a few rows without anything personal.

    known: headers that a format knows, and the name of the format; unknown: those it does not. mixed_dates: nothing
    tells whether the day or the month comes first. contested: as many headers are of another table.
    """

    file: str
    line: int
    table: str
    guesses: tuple[HeaderGuess, ...]
    rows: tuple[tuple[str, ...], ...]
    format: str = ""
    known: int = 0
    unknown: tuple[str, ...] = ()
    mixed_dates: bool = False
    contested: bool = False

    @property
    def map(self) -> ColumnMap:
        """The guesses as a map."""
        columns = {one.header: one.column or IGNORE for one in self.guesses if one.header and not one.personal}
        return ColumnMap(column_maps.file_stem(Path(self.file).stem), self.table, columns)


def propose_map(
    file: str, line: int, header: Sequence[str], rows: Sequence[Sequence[str]], table: str = "",
    maps: Iterable[ColumnMap] = (), chosen: Mapping[int, str] | None = None,
) -> Proposal:  # fmt: skip
    """Guess the headers of a list from their words, some rows and the maps that people made before.

    table: empty to guess it too, among those of an estate. chosen: what a format already reads.
    """
    rows = [tuple((cell or "").strip() for cell in row) for row in rows[: limit("guess_rows")]]
    table, contested = (table, False) if table else _guess_table(header)
    guesses = _guess_columns(table, header, rows, list(maps), chosen or {})
    personal = {one.place for one in guesses if one.personal}
    shown = tuple(
        tuple(MASKED if i in personal and text else text[:LONGEST] for i, text in enumerate(row))
        for row in rows[: limit("preview_rows")]
    )
    dates = {name for name, target in targets(table).items() if target.type == "date"}
    mixed = table != PLAN and any(one.column in dates and _is_mixed(_cells(rows, one.place)) for one in guesses)
    return Proposal(file, line, table, tuple(guesses), shown, mixed_dates=mixed, contested=contested)


def _cells(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    return [row[place] for row in rows if place < len(row) and row[place]]


def _is_mixed(cells: Sequence[str]) -> bool:
    """Dates in digits of which none has a day above 12."""
    days = [match for text in cells if (match := re.match(r"(\d{1,2})[/. -](\d{1,2})[/. -]\d{2,4}", text))]
    return bool(days) and all(int(one[1]) <= 12 and int(one[2]) <= 12 for one in days)


# ------------------------------------------------------------------------------------------------------ by its words


@cache
def _words(table: str) -> dict[str, str]:
    """Header as compared → column: the names in the schema, the words of the catalogue, the headers of every format."""
    known: dict[str, str] = {}

    def add(text: str, column: str) -> None:
        if text_key(text) and (column in targets(table) or column == IGNORE):
            known.setdefault(text_key(text), column)

    for name, target in targets(table).items():
        add(name, name)
        add(target.label, name)
    for row in text_rows("plan_columns") if table == PLAN else ():
        for text in (row["header"], *row["spellings"].split("|")):
            add(text, row["field"])
    for known_column in table_schema.columns(table) if table != PLAN else ():
        add(known_column.label_fr, known_column.column)
        add(known_column.label_en, known_column.column)
    for row in text_rows("header_words"):
        for text in row["words"].split("|") if row["table"] == table else ():
            add(text, row["column"])
    for layout in (layout for code in formats.formats() for layout in formats.layouts(code)):
        for column, names in layout.columns.items() if layout.table == table else ():
            for text in names:
                add(text, column)
    return known


def _by_words(table: str, header: str) -> list[tuple[int, str]]:
    """Columns that a header names, the surest first: the very words, the longest phrase of it, a close spelling."""
    known, text = _words(table), text_key(header)
    for whole in formats.header_keys(header):
        if whole in known:
            return [(EXACT, known[whole])]
    inside = [(len(phrase), phrase) for phrase in known if f" {phrase} " in f" {text} " and len(phrase) > 1]
    if any(known[phrase] == IGNORE for _length, phrase in inside):
        return [(PHRASE, IGNORE)]
    if inside:
        length, phrase = max(inside)
        return [(PHRASE + min(length, 25), known[phrase])]
    from rapidfuzz import fuzz, process

    near = process.extractOne(text, list(known), scorer=fuzz.ratio, score_cutoff=86) if len(text) > 4 else None
    return [(NEAR, known[near[0]])] if near and len(near[0]) > 4 else []


def count_named(table: str, header: Iterable[str]) -> int:
    """How many cells of a row are headers of this table: to find its header."""
    known = _words(table)
    return sum(known.get(text_key(text), IGNORE) != IGNORE for text in header if text)


def _guess_table(header: Sequence[str]) -> tuple[str, bool]:
    """The table of an estate whose words the headers use: the inventory, unless another one has all that it needs and
    more of them; and whether another one has as many."""
    named = {
        table: {column for text in header for _score, column in _by_words(table, text)} - {IGNORE}
        for table in column_maps.IN_ESTATES
    }
    others = [table for table in named if table != INVENTORY and not column_maps.missing_columns(table, named[table])]
    best = max((INVENTORY, *others), key=lambda table: len(named[table]))
    return best, any(len(named[table]) >= len(named[INVENTORY]) for table in others)


# ------------------------------------------------------------------------------------------------------ by its cells


@dataclass(frozen=True)
class _CellKind:
    pattern: re.Pattern[str]
    types: tuple[str, ...]
    columns: tuple[str, ...]
    reasons: tuple[str, str]  # in French, in English

    @property
    def reason(self) -> str:
        """Why a column is guessed."""
        return self.reasons[current_language() == "en"]


@cache
def _cell_kinds() -> dict[str, _CellKind]:
    return {
        row["kind"]: _CellKind(
            re.compile(row["pattern"], re.IGNORECASE),
            tuple(row["types"].split("|")),
            tuple(filter(None, row["columns"].split("|"))),
            (row["reason_fr"], row["reason_en"]),
        )
        for row in text_rows("cell_kinds")
    }


def _share(cells: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.search(plain_text(text)) is not None for text in cells) / len(cells) if cells else 0.0


def _is_of_kind(cells: Sequence[str], kind: _CellKind, least: float) -> bool:
    """Enough of the cells are of this kind; a date may be written in one way here, in another there."""
    if "date" not in kind.types:
        return _share(cells, kind.pattern) >= least
    dates = [one.pattern for one in _cell_kinds().values() if "date" in one.types]
    whole = sum(any(one.search(plain_text(text)) for one in dates) for text in cells) / len(cells)
    return whole >= least and _share(cells, kind.pattern) > 0


def _by_cells(table: str, cells: Sequence[str]) -> list[tuple[str, str]]:
    """(column, reason) of what the cells look like, the first choice first."""
    least, distinct = limit("guess_percent") / 100, set(cells)
    guesses: list[tuple[str, str]] = []
    for name, kind in _cell_kinds().items():
        if len(cells) < 2 or not _is_of_kind(cells, kind, least):
            continue
        if name == "serial" and len(distinct) < 0.95 * len(cells):
            continue
        if name == "count" and _is_a_sequence(cells):
            continue
        guesses += [(column, kind.reason) for column in kind.columns if column in targets(table)]
    if "manufacturer" in targets(table) and sum(map(_is_maker, cells)) >= least * len(cells) > 1:
        guesses.append(("manufacturer", _("les cases sont des fabricants")))
    if table != INVENTORY or not distinct:
        return guesses
    few, words = sorted(distinct)[:50], limit("guess_words_percent") / 100
    status = written_forms()["status"]
    if sum(plain_text(text) in status for text in few) >= words * len(few):
        return [*guesses, ("status", _("les cases sont des statuts"))]
    if _matched(few, "label") >= words:
        guesses.append(("label", _("les cases nomment des types de matériel")))
    if _matched(few, "model") >= words:
        guesses.append(("model", _("les cases sont des modèles connus")))
    return guesses


@cache
def _makers() -> frozenset[str]:
    return frozenset(text for row in text_rows("makers") for text in row["written"].split("|"))


def _is_maker(text: str) -> bool:
    """A maker as people write it, alone or with what its company is: « HP Inc. »."""
    words = text_key(text).split()
    return bool(words) and len(words) < 4 and not {" ".join(words), words[0]}.isdisjoint(_makers())


def _matched(texts: Sequence[str], name: str) -> float:
    """Share of the texts that lead to an item type, as labels or as models."""
    some = [matching.match_description(Description(**{name: text}), {}) for text in texts if not text.isdigit()]
    return sum(bool(match.item_type) for match in some) / len(texts)


def _is_a_sequence(cells: Sequence[str]) -> bool:
    """Numbers that only go up: of rows, or of an inventory, not of things."""
    numbers = [float(text.replace(",", ".")) for text in cells if re.fullmatch(r"\d+([.,]\d+)?", text)]
    return len(numbers) > 3 and all(a < b for a, b in pairwise(numbers))


def _contradict(cells: Sequence[str], target: Target) -> bool:
    """The cells cannot be values of a column, whatever its header says: no digit in numbers, only numbers in names,
    dates in a choice."""
    type, serial = target.type, _cell_kinds()["serial"].pattern
    if target.column == "label":
        return len(cells) > 1 and len(set(cells)) == len(cells) and _share(cells, serial) == 1
    if type == "choice":
        return len(cells) > 0 and _share(cells, _cell_kinds()["date"].pattern) > 0.5
    if len(cells) < 2 or type not in ("number", "integer", "date", "period"):
        return False
    with_digits = sum(any(sign.isdigit() for sign in text) for text in cells) / len(cells)
    return with_digits < 0.2 and not (type == "date" and _share(cells, _cell_kinds()["month_in_letters"].pattern) > 0.2)


# -------------------------------------------------------------------------------------------------------------- both


def _guess_columns(
    table: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    maps: Sequence[ColumnMap],
    chosen: Mapping[int, str],
) -> list[HeaderGuess]:
    """A guess for each header, the surest served first: a column is given once."""
    guesses = [
        HeaderGuess(i, text, "", "", _is_personal(table, text, _cells(rows, i))) for i, text in enumerate(header)
    ]
    choices: list[tuple[int, int, str, str]] = []  # how sure, place, column, why
    for one in guesses:
        i, cells = one.place, _cells(rows, one.place)
        if one.personal:
            continue
        if i in chosen:
            choices.append((SAVED + 1, i, chosen[i], _("en-tête connu")))
            continue
        for known in maps:
            if known.table == table and (column := known.choose([one.header]).get(0)):
                choices.append((SAVED, i, column, _("dit dans la carte « {name} »").format(name=known.name)))
        for score, column in _by_words(table, one.header):
            if column == IGNORE or not _contradict(cells, targets(table)[column]):
                choices.append((score, i, column, _("d’après son nom")))
        choices += [(CELLS, i, column, why) for column, why in _by_cells(table, cells)]
    taken: dict[str, int] = {}
    for score, i, column, why in sorted(choices, key=lambda one: (-one[0], one[1])):
        if guesses[i].column:
            continue
        if column != IGNORE and column in taken:
            if not guesses[i].reason:
                twin = _("déjà donné par « {header} »").format(header=header[taken[column]])
                guesses[i] = replace(guesses[i], reason=twin)
            continue
        guesses[i] = replace(guesses[i], column=column, reason=why, from_words=score >= NEAR, sure=score >= EXACT)
        if column != IGNORE:
            taken[column] = i
    return guesses


def _is_personal(table: str, header: str, cells: Sequence[str]) -> bool:
    """The header names a person, or the cells are addresses; a plan says who does what, which is its purpose."""
    if table == PLAN and text_key(header) in _words(PLAN):
        return False
    addresses = sum(_ADDRESS.fullmatch(text) is not None for text in cells)
    return table_schema.is_personal(header) or (bool(cells) and addresses > 0.3 * len(cells))
