"""The rows of a list that are no thing: totals, titles, repeated headers, what the format says to leave; each noted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from estran.common.language import _, ngettext
from estran.common.sql import parquet_scan, quoted
from estran.common.vocabulary import text_key
from estran.importing import formats, tool_lists
from estran.importing.formats import RecognisedFormat
from estran.importing.reading.sheets import Sheet
from estran.importing.recognition import matching

if TYPE_CHECKING:
    import duckdb

ANY = "*"  # in [skip]: whatever the cell holds
_MOST_FILLED = 4  # cells of a total
_NAMES = ("item_type", "label", "manufacturer", "model", "serial")


def set_aside(con: duckdb.DuckDBPyConnection, sheet: Sheet, recognised: RecognisedFormat, notes: list[str]) -> str:
    """SQL of why a row is no thing, NULL where it is one; `notes` receives the totals and titles."""
    layout = recognised.layout
    tests: dict[str, list[str]] = {"header": _tests_of_header(sheet), "total": [], "beside": [], "elsewhere": []}
    skipped: list[str] = []
    if layout.options.get("totals"):
        tests["total"] = _tests_of_totals(con, sheet, recognised, notes)
    for name, values in layout.skip.items():
        for i, header in enumerate(sheet.header):
            if text_key(name) == text_key(header):
                why = f"skip {header}\u00a0: "
                listed = "true" if values == [ANY] else f"plain(c{i}) IN ({', '.join(map(quoted, values))})"
                skipped.append(f"WHEN c{i} IS NOT NULL AND {listed} THEN {quoted(why)} || c{i}")
    for option, test in (("beside", "{}"), ("only", "NOT {}")):
        for name, values in layout.options.get(option, {}).items():
            one_of = f"IN ({', '.join(map(quoted, values))})"
            cells = (f"coalesce(plain(c{i}) {one_of}, false)" for i in _places_of(sheet, name))
            tests["beside"] += [test.format(cell) for cell in cells]
    if layout.format == formats.REJECTS:
        tables = [f"c{i}" for i, header in enumerate(sheet.header) if text_key(header) == "table"]
        tests["elsewhere"] = [f"coalesce({cell}, {quoted(layout.table)}) <> {quoted(layout.table)}" for cell in tables]
    branches = [f"WHEN {' OR '.join(some)} THEN {quoted(why)}" for why, some in tests.items() if some]
    branches = [*branches, *skipped, *tool_lists.left_rows(con, sheet, recognised, notes)]
    return f"CASE {' '.join(branches)} END" if branches else "CAST(NULL AS VARCHAR)"


def _places_of(sheet: Sheet, name: str) -> list[int]:
    return [i for i, header in enumerate(sheet.header) if text_key(header) == text_key(name)]


def _tests_of_header(sheet: Sheet) -> list[str]:
    """SQL condition of the header come again: at the top of a page, of a file put after another."""
    same = [f"c{i} = {quoted(header)}" for i, header in enumerate(sheet.header) if header]
    return [f"coalesce({' AND '.join(same)}, false)"] if len(same) > 1 else []


def _tests_of_totals(
    con: duckdb.DuckDBPyConnection, sheet: Sheet, recognised: RecognisedFormat, notes: list[str]
) -> list[str]:
    """SQL conditions of the rows that add up others or are titles; notes on them."""
    cells = [f"c{i}" for i in range(len(sheet.header))]
    filled = " + ".join(f"CAST({cell} IS NOT NULL AS INT)" for cell in cells)
    first = f"coalesce({', '.join(cells)}, '')"
    starts = " OR ".join(f"is_total({cell})" for cell in (first, *(f"c{i}" for i in _places(recognised, "label"))))
    total = f"(coalesce({starts}, false) AND {filled} <= {_MOST_FILLED})"
    counts = _places(recognised, "quantity")
    quantity = f"TRY_CAST(replace(c{counts[0]}, ',', '.') AS DOUBLE)" if counts else "NULL"
    named = [f"c{i}" for name in _NAMES for i in _places(recognised, name)]
    nameless = f"coalesce({', '.join([*named, 'NULL'])}) IS NULL" if named else "false"
    columns = f"line, concat_ws(' ', {', '.join(cells)}), {total}, {filled}, {nameless}"
    query = f"SELECT {columns} FROM {sheet.scan} WHERE {total}"
    if counts:
        query += f" OR {filled} = 1 OR ({nameless} AND {quantity} > 0)"
    titles: list[int] = []
    sums = False
    for line, text, is_sum, number, has_no_name in con.execute(f"{query} ORDER BY line").fetchall():
        if is_sum:
            note = _("Ligne {line} laissée : c’est un total (« {text} »).")
            notes.append(note.format(line=line, text=text[:60]))
        elif number == 1 and len(cells) > 1 and _is_remark(text):
            titles.append(line)
        else:
            sums = sums or has_no_name
    others = titles + (_nameless_totals(con, sheet, total, nameless, quantity) if sums else [])
    if not others:
        return [total]
    lines = ", ".join(map(str, sorted(others)))
    note = ngettext(
        "Ligne {lines} laissée : un titre, une remarque ou un total sans nom, pas un matériel.",
        "Lignes {lines} laissées : titres, remarques ou totaux sans nom, pas des matériels.",
        len(others),
    )
    notes.append(note.format(lines=lines))
    return [total, f"line IN ({lines})"]


def _places(recognised: RecognisedFormat, name: str) -> list[int]:
    return recognised.places.get(name, [])


def names_a_thing(text: str) -> bool:
    """A text that says a type of equipment by itself."""
    return matching.match_description(matching.Description(text), {}).state != matching.TO_SETTLE


def _is_remark(text: str) -> bool:
    """A text alone in its row that is no number and names no equipment."""
    return not text.replace(",", "").replace(".", "").isdigit() and not names_a_thing(text)


def _nameless_totals(
    con: duckdb.DuckDBPyConnection, sheet: Sheet, total: str, nameless: str, quantity: str
) -> list[int]:
    """Lines that name nothing and whose quantity adds up those since the one before: a sum that nobody named."""
    rows = f"SELECT line, {nameless}, {quantity} FROM {sheet.scan} WHERE NOT {total} AND {quantity} IS NOT NULL"
    sums, part, whole = [], 0.0, 0.0
    for line, alone, number in con.execute(f"{rows} ORDER BY line").fetchall():
        if alone and number in (part, whole):
            sums.append(line)
            part = 0.0
        else:
            part, whole = part + number, whole + number
    return sums


def note_rows_aside(con: duckdb.DuckDBPyConnection, target: Path) -> list[str]:
    """How many rows were set aside, where no other note says it."""
    query = f"SELECT aside, count(*) FROM {parquet_scan(target)} WHERE aside IS NOT NULL GROUP BY 1"
    counts = dict(con.execute(query).fetchall())
    texts = {
        "header": ngettext(
            "{n} ligne laissée : l’en-tête, répété.",
            "{n} lignes laissées : l’en-tête, répété.",
            counts.get("header", 0),
        ),
        "skip": ngettext(
            "{n} ligne laissée : le format dit qu’elle n’est pas un matériel du parc.",
            "{n} lignes laissées : le format dit qu’elles ne sont pas des matériels du parc.",
            counts.get("skip", 0),
        ),
        "empty": ngettext(
            "{n} ligne laissée : aucune des colonnes connues n’y est remplie.",
            "{n} lignes laissées : aucune des colonnes connues n’y est remplie.",
            counts.get("empty", 0),
        ),
        "elsewhere": ngettext(
            "{n} ligne laissée : elle se corrige dans son fichier d’origine.",
            "{n} lignes laissées : elles se corrigent dans leur fichier d’origine.",
            counts.get("elsewhere", 0),
        ),
    }
    notes = [text.format(n=counts[why]) for why, text in texts.items() if why in counts]
    for why, n in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        if why.startswith("skip "):
            text = ngettext("{n} ligne laissée ({why}).", "{n} lignes laissées ({why}).", n)
            notes.append(text.format(n=n, why=why.removeprefix("skip ")))
    return notes
