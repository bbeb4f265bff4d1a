"""A crossed table (« Salle | PC fixes | Imprimantes »: rooms down, kinds of equipment across) as one list per kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from estran.common.language import _
from estran.common.sql import quoted
from estran.importing import formats
from estran.importing.reading.sheets import Sheet
from estran.importing.recognition import matching

if TYPE_CHECKING:
    import duckdb

_LEAST = 2  # kinds across
_TYPE, _NUMBER = "Type", "Nombre"  # headers that every free list knows


def unpivot_crosstab(con: duckdb.DuckDBPyConnection, sheet: Sheet) -> list[Sheet]:
    """The sheet itself; or, if it is crossed, a sheet per kind, with the kind and the number of each row."""
    kinds = _kinds(con, sheet)
    if len(kinds) < _LEAST:
        return [sheet]
    others = [i for i in range(len(sheet.header)) if i not in kinds]
    header = [*(sheet.header[i] for i in others), _TYPE, _NUMBER]
    note = _("Tableau croisé : {kinds} sont lus comme des types, chaque case comme un nombre.")
    notes = (*sheet.notes, note.format(kinds=", ".join(f"«\u00a0{sheet.header[i]}\u00a0»" for i in kinds)))
    lists: list[Sheet] = []
    for place in kinds:
        cells = [f"c{i}" for i in others] + [quoted(sheet.header[place]), f"c{place}"]
        named = ", ".join(f"{cell} AS c{i}" for i, cell in enumerate(cells))
        scan = f"(SELECT line, {named}, extra FROM {sheet.scan} WHERE c{place} IS NOT NULL)"
        name = " ".join(filter(None, (sheet.name, sheet.header[place])))
        lists.append(replace(sheet, header=header, scan=scan, name=name, notes=() if lists else notes))
    return lists


def _kinds(con: duckdb.DuckDBPyConnection, sheet: Sheet) -> list[int]:
    """The columns whose header names a kind and whose cells are numbers; none where another column says the kind."""
    if formats.names_equipment(sheet.header):
        return []
    things = [matching.Description(header) for header in sheet.header]
    named = [i for i, thing in enumerate(things) if matching.match_description(thing, {}).state == matching.RECOGNISED]
    if len(named) < _LEAST:
        return []
    shares = ", ".join(f"avg(CAST(regexp_matches(c{i}, '^[~x]? ?[0-9]+( |$)') AS INT))" for i in named)
    averages = con.execute(f"SELECT {shares} FROM {sheet.scan}").fetchall()[0]
    return [i for i, share in zip(named, averages, strict=True) if share is not None and share > 0.5]
