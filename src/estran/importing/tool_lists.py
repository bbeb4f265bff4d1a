"""What lists of fleet tools and hypervisors need: codes of chassis, names to hide, other units, devices long unseen.

Each is an option of a layout (catalogue/imports/*.toml), carried out in SQL over the whole list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from estran.common.formatting import number
from estran.common.language import _, ngettext
from estran.common.shipped import text_rows
from estran.common.sql import quoted
from estran.common.vocabulary import limit, plain_text
from estran.importing.formats import Layout, RecognisedFormat
from estran.importing.parsing import map_sql
from estran.importing.reading.sheets import Sheet

if TYPE_CHECKING:
    import duckdb

# Columns read to compute others, and written nowhere.
LAST_SEEN, MODEL_NAME, STORAGE_USED, STORAGE_SIZE = "_last_seen", "_model_name", "_storage_used", "_storage_size"
COMPUTED = (LAST_SEEN, MODEL_NAME, STORAGE_USED, STORAGE_SIZE)


class Rows(Protocol):
    """See normalising.TextRows."""

    columns: list[str]

    def set(self, texts: Mapping[str, str]) -> None:
        """Give columns the value of an SQL expression."""


def hashed_places(recognised: RecognisedFormat) -> set[int]:
    """The places of the columns whose addresses are hidden by `correct_texts`, not dropped."""
    hidden = recognised.layout.options.get("hashed", ())
    return {place for name in hidden for place in recognised.places.get(name, ())}


def correct_texts(rows: Rows, layout: Layout) -> None:
    """Put the texts right as the options `words`, `model_code`, `whole_units` and `hashed` say."""
    options = layout.options
    for name, kinds in options.get("words", {}).items():
        if name in rows.columns:
            rows.set({name: _worded(name, kinds.split("|"))})
    if MODEL_NAME in rows.columns and "model" in rows.columns:
        code = f"regexp_matches(upper(model), {quoted(options['model_code'])})"
        rows.set({"model": f"CASE WHEN {code} THEN coalesce({MODEL_NAME}, model) ELSE model END"})
    for name, unit in options.get("whole_units", {}).items():
        if name in rows.columns:
            rows.set({name: f"coalesce(CAST(round({_whole_number(name)} * {unit}, 6) AS VARCHAR), {name})"})
    for name, kept in options.get("hashed", {}).items():
        if name in rows.columns:
            is_kept = f"regexp_matches(lower({name}), {quoted(kept)})"
            rows.set({name: f"CASE WHEN {is_kept} THEN {name} ELSE left(sha256(lower({name})), 12) END"})


def _worded(name: str, kinds: list[str]) -> str:
    """SQL of what a code or a word of device_words.csv means: NULL where it says nothing, else the text as it is.

    Of several codes (« {8, 12} »), the first counts.
    """
    rows = [row for row in text_rows("device_words") if row["kind"] in kinds]
    words = {plain_text(text): row["label"] for row in rows for text in row["written"].split("|")}
    first = f"regexp_replace(trim({name}, ' {{}}'), '^(\\d+)[ ,;].*$', '\\1')"
    return f"nullif(coalesce({map_sql(words)}[plain({first})], {name}), '')"


def _whole_number(cell: str) -> str:
    """SQL of a whole number, whatever separates its thousands."""
    grouped = f"regexp_matches({cell}, '^\\d{{1,3}}([^0-9]\\d{{3}})+$')"
    digits = f"regexp_replace({cell}, '[^0-9]', '', 'g')"
    plain = f"regexp_matches({cell}, '^\\d{{1,15}}([.,]\\d+)?$')"
    return f"TRY_CAST(CASE WHEN {grouped} THEN {digits} WHEN {plain} THEN replace({cell}, ',', '.') END AS DOUBLE)"


def left_rows(
    con: duckdb.DuckDBPyConnection, sheet: Sheet, recognised: RecognisedFormat, notes: list[str]
) -> Iterator[str]:
    """SQL branches of the rows that count for nothing, each with its reason; adds notes on what they say."""
    if places := recognised.places.get(LAST_SEEN):
        yield from _unseen(con, sheet, f"c{places[0]}")
    if recognised.layout.options.get("only_said"):
        notes.append(_storage(con, sheet, recognised))
        yield "WHEN true THEN 'said'"


def _unseen(con: duckdb.DuckDBPyConnection, sheet: Sheet, cell: str) -> Iterator[str]:
    """The devices that gave no sign for long before the last sign of the list: tools keep them for ever."""
    day = f"coalesce(read_day({cell}), read_day(month_first({cell})))"
    query = f"SELECT max({day}) FILTER ({day} <= current_date) - {limit('unseen_days')} FROM {sheet.scan}"
    if first := con.execute(query).fetchall()[0][0]:
        why = _("aucun contact depuis le {day}, plus de {n} jours avant le dernier de la liste")
        why = why.format(day=first.strftime("%d/%m/%Y"), n=limit("unseen_days"))
        yield f"WHEN {day} < DATE '{first}' THEN {quoted(f'skip {why}')}"


def _storage(con: duckdb.DuckDBPyConnection, sheet: Sheet, recognised: RecognisedFormat) -> str:
    """The storage that datastores hold, in terabytes: no device is named behind it."""
    sums = []
    for name in (STORAGE_USED, STORAGE_SIZE):
        cells = [f"c{place}" for place in recognised.places.get(name, ())]
        unit = recognised.layout.options["whole_units"][name]
        sums.append(f"sum({_whole_number(cells[0])}) * {unit}" if cells else "NULL")
    n, used, size = con.execute(f"SELECT count(*), {', '.join(sums)} FROM {sheet.rows}").fetchall()[0]
    text = ngettext(
        "{n} banque de données : {used} To en service sur {size} To. La baie qui la porte n’est pas nommée ici : "
        "l’ajouter à l’inventaire.",
        "{n} banques de données : {used} To en service sur {size} To. Les baies qui les portent ne sont pas nommées "
        "ici : les ajouter à l’inventaire.",
        n,
    )
    used, size = ("?" if value is None else number(value) for value in (used, size))
    return text.format(n=n, used=used, size=size)
