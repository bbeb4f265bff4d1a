"""Readings of an electricity meter become the kilowatt-hours of each day, and those of a year the meter of a room.

In: a sheet of readings in the layout of a format (reader = "meters"), and the room it measures. Out: rows of the table
meter_days, kept in the estate, so that the files of a year may come one by one, overlapping or not. (R1, R2)
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.common import table_schema
from estran.common.formatting import count
from estran.common.language import _, ngettext
from estran.common.problems import refuse_file
from estran.common.sql import quoted
from estran.common.vocabulary import text_key
from estran.importing import canonical
from estran.importing.parsing import list_sql
from estran.importing.reading.sheets import Sheet

if TYPE_CHECKING:
    import duckdb

TABLE = "meter_days"
METERS = ("facility", "it")
_HERE = Path(__file__).parent
_NUMBER_OF_POINT = re.compile(r"^'?(\d{14})$")


@dataclass(frozen=True)
class MeteredRoom:
    """What the readings of an import measure: a room, by its general meter (`facility`) or by that of its IT (`it`).

    `year`: the only one to keep; None: that of the readings.
    """

    room: str = ""
    meter: str = "facility"
    entity: str = ""
    year: int | None = None


@dataclass(frozen=True)
class Readings:
    """What a file of readings gives: its days in Parquet, of one year, its rows and notes on them."""

    parquet: Path
    year: int
    read: int
    written: int
    notes: list[str]


def read_meter(
    con: duckdb.DuckDBPyConnection, sheet: Sheet, written: Mapping[str, Any], what: MeteredRoom, key: str, target: Path
) -> Readings:
    """Write the days of a file of readings to `target`. Errors: CannotUse (no room, no reading, several years)."""
    if not what.room:
        remedy = _(
            'Nommer la salle : --room "Salle serveurs" ; --meter it si ce compteur est celui de l’informatique seule.'
        )
        raise refuse_file(sheet.file, _("Ces relevés ne disent pas quelle salle mesure le compteur."), remedy)
    _stage(con, sheet, written)
    left = dict(con.execute("SELECT status, count(*) FROM judged_readings GROUP BY 1").fetchall())
    if not left.pop("kept", 0):
        raise refuse_file(sheet.file, _("Aucun relevé de consommation en W ou en Wh dans ce fichier."), _why_none(left))
    year = _find_year(con, sheet, what.year)
    named = f"{quoted(what.room)} AS room, {quoted(what.meter)} AS meter, {quoted(key)} AS source"
    named += f", nullif({quoted(what.entity)}, '') AS entity"
    days = f"SELECT {named}, * EXCLUDE (year), NULL AS reject, NULL AS aside FROM reading_days WHERE year = {year}"
    canonical.write_parquet(con, f"{days} ORDER BY point, day", target)
    read, kept = con.execute(
        f"SELECT (SELECT count(*) FROM texts), count(*) FILTER (WHERE year(moment) = {year}) FROM readings"
    ).fetchall()[0]
    return Readings(target, year, read, kept, _notes(con, sheet, written, left))


def _stage(con: duckdb.DuckDBPyConnection, sheet: Sheet, written: Mapping[str, Any]) -> None:
    """The tables of metering.sql, from the cells of a sheet and from what stands above its header."""
    place = {text_key(name): f"c{i}" for i, name in reversed(list(enumerate(sheet.header)))}

    def cell(name: str) -> str:
        cells = [place[text_key(header)] for header in written["columns"][name] if text_key(header) in place]
        return f"coalesce({', '.join([*cells, 'CAST(NULL AS VARCHAR)'])})"

    parts = [place[text_key(header)] for header in written["columns"]["index_parts"] if text_key(header) in place]
    added = " + ".join(f"coalesce(read_number({part}), 0)" for part in parts) or "NULL"
    texts = {name: cell(name) for name in written["columns"] if name not in ("index", "index_parts")}
    filled = f"coalesce({', '.join([*parts, 'NULL'])}) IS NOT NULL"
    texts["index_value"] = f"coalesce({cell('index')}, CASE WHEN {filled} THEN CAST({added} AS VARCHAR) END)"
    columns = ", ".join(f'{sql} AS "{name}"' for name, sql in texts.items())
    con.execute(f"CREATE OR REPLACE TEMP TABLE texts AS SELECT line, {columns} FROM {sheet.rows}")
    for name, value in _said_above(sheet, written).items():
        con.execute(f"SET VARIABLE {name} = ?", [value])
    units = ", ".join(f"{quoted(unit.lower())}: {value}" for unit, value in written["units"].items())
    for name in ("kept_flows", "kept_quantities"):
        con.execute(f"CREATE OR REPLACE TEMP MACRO {name}() AS {list_sql(tuple(written[name]))}")
    con.execute(f"CREATE OR REPLACE TEMP MACRO unit_values() AS MAP {{{units}}}")
    con.execute((_HERE / "metering.sql").read_text(encoding="utf-8"))


def _said_above(sheet: Sheet, written: Mapping[str, Any]) -> dict[str, str | None]:
    """What the lines above the header, and the header itself, say of every reading: None where they say nothing."""
    said: dict[str, str | None] = dict.fromkeys(("point", "step", "unit", "flow", "physical"))
    units = {unit.lower() for unit in written["units"]}
    titles = [{text_key(title) for title in written["columns"][name]} for name in ("step", "flow", "physical")]
    rows = [*sheet.above, *((name,) for name in sheet.header)]
    for row, under in zip(rows, [*rows[1:], ()], strict=True):
        for i, text in enumerate(row):
            value = under[i] if i < len(under) else ""
            if number := _NUMBER_OF_POINT.match(text):
                said["point"] = number[1]
            elif inside := re.search(r"\((?:en )?(k?Wh?)\)", text):
                said["unit"] = inside[1]
            elif text.lower() in units:
                said["unit"] = text
            for name, known in zip(("step", "flow", "physical"), titles, strict=True):
                if text_key(text) in known and row in sheet.above and value:
                    said[name] = value
    return said


def _find_year(con: duckdb.DuckDBPyConnection, sheet: Sheet, year: int | None) -> int:
    """The year asked for, else the only one with more than a day of readings. Errors: CannotUse."""
    if year is not None:
        return year
    minutes = con.execute("SELECT year, sum(minutes) FROM reading_days GROUP BY 1 ORDER BY 1").fetchall()
    years = [year for year, covered in minutes if covered > 1440] or [max(minutes, key=lambda one: one[1])[0]]
    if len(years) > 1:
        what = _("Le fichier couvre plusieurs années : {years}.").format(years=", ".join(map(str, years)))
        raise refuse_file(sheet.file, what, _("Choisir l’année à importer : --year {year}.").format(year=years[-1]))
    return int(years[0])


def _why_none(left: Mapping[str, int]) -> str:
    """What to ask for, when a file has no reading of use."""
    if left.get("flow", 0):
        return _("Ce sont des relevés de production : demander la courbe de charge de la consommation.")
    if left.get("physical", 0) or left.get("unit", 0):
        return _("Ce sont des puissances maximales ou réactives : demander la courbe de charge de l’énergie active.")
    return _("Demander la courbe de charge ou les index quotidiens du compteur, puis importer le fichier tel quel.")


def _notes(
    con: duckdb.DuckDBPyConnection, sheet: Sheet, written: Mapping[str, Any], left: Mapping[str, int]
) -> list[str]:
    """Lines that are no reading of consumption, by what they are; the number of the meter, which is not kept."""
    texts = {
        "flow": ngettext(
            "{n} relevé de production, laissé.", "{n} relevés de production, laissés.", left.get("flow", 0)
        ),
        "physical": ngettext(
            "{n} relevé d’une autre grandeur (puissance réactive, tension), laissé.",
            "{n} relevés d’autres grandeurs (puissance réactive, tension), laissés.",
            left.get("physical", 0),
        ),
        "unit": ngettext(
            "{n} relevé d’unité inconnue, laissé.", "{n} relevés d’unité inconnue, laissés.", left.get("unit", 0)
        ),
        "empty": ngettext("{n} relevé vide.", "{n} relevés vides.", left.get("empty", 0)),
        "no_reading": ngettext(
            "{n} ligne sans date, laissée : ce n’est pas un relevé.",
            "{n} lignes sans date, laissées : ce ne sont pas des relevés.",
            left.get("no_reading", 0),
        ),
    }
    notes = [*sheet.notes, *(text.format(n=left[why]) for why, text in texts.items() if left.get(why))]
    going_back = con.execute("SELECT count(*) FROM readings WHERE total < total_before").fetchall()[0][0]
    if going_back:
        notes.append(
            _(
                "Index revenu en arrière {n} fois (compteur changé ?) : ce qui sépare ces relevés n’est pas compté."
            ).format(n=going_back)
        )
    points = con.execute("SELECT count(DISTINCT point) FROM reading_days WHERE point IS NOT NULL").fetchall()[0][0]
    if points > 1:
        notes.append(_("{n} compteurs dans ce fichier : ils sont additionnés dans la salle.").format(n=points))
    if points:
        notes.append(_("Le numéro de compteur désigne un site : seule son empreinte est gardée."))
    return notes


# ---------------------------------------------------------------------------------------------- the meters of rooms


def write_rooms(
    con: duckdb.DuckDBPyConnection, out: Path, estate: Path, year: int, quality: Mapping[str, float]
) -> list[str]:
    """Put the electricity of the metered rooms, of all the files of a year, into rooms.csv; what is missing, as notes.

    quality: class → least share of the year that is measured.
    """
    days, _faults = canonical.read_small_table(out / f"{TABLE}.csv", TABLE)
    old = next((path for folder in (out, estate) for path in sorted(folder.glob("rooms.*"))), None)
    con.register("all_meter_days", days)
    con.execute("SET VARIABLE metered_year = ?", [year])
    con.execute((_HERE / "metered_rooms.sql").read_text(encoding="utf-8"))
    classes = " ".join(f"WHEN min(share) >= {least} THEN {quoted(name)}" for name, least in quality.items())
    wide = f"""
        SELECT room, max(entity) AS entity, max(kwh) FILTER (WHERE meter = 'facility') AS facility_kwh,
            max(kwh) FILTER (WHERE meter = 'it') AS it_kwh, CASE {classes} ELSE 'low' END AS quality
        FROM metered_rooms GROUP BY room
    """
    if old is None:
        query = wide
    else:
        con.register("rooms_before", canonical.read_small_table(old, "rooms")[0])
        filled = [name for (name,) in con.execute("SELECT column_name FROM (DESCRIBE FROM rooms_before)").fetchall()]
        measured = {"entity", "facility_kwh", "it_kwh", "quality"}
        columns = ", ".join(f"coalesce(m.{n}, r.{n}) AS {n}" if n in measured | {"room"} else f"r.{n}" for n in filled)
        query = f"SELECT {columns} FROM rooms_before r FULL JOIN ({wide}) m ON m.room = r.room"
    names = [column.column for column in table_schema.columns("rooms")]
    target = out / "rooms.csv"
    rooms = con.sql(f"{query} ORDER BY 1").to_arrow_table()
    present = [name for name in names if name in rooms.column_names and rooms[name].null_count < rooms.num_rows]
    con.register("rooms_after", rooms)
    con.execute(f"COPY (SELECT {', '.join(present)} FROM rooms_after) TO {quoted(str(target))} (HEADER)")
    sums = con.execute("SELECT room, meter, kwh, share FROM metered_rooms ORDER BY ALL").fetchall()
    return [note for room, meter, kwh, share in sums for note in _notes_on_room(room, meter, kwh, share, year)]


def _notes_on_room(room: str, meter: str, kwh: float, share: float, year: int) -> list[str]:
    """The electricity of a room, and how much of the year nobody measured."""
    texts = {
        "facility": _("Compteur général de « {room} » : {kwh} kWh relevés en {year}."),
        "it": _("Compteur informatique de « {room} » : {kwh} kWh relevés en {year}."),
    }
    notes = [texts[meter].format(room=room, kwh=count(kwh), year=year)]
    days = 365 + calendar.isleap(year)
    missing = days - int(days * share + 1e-6)
    if missing > 0:
        note = ngettext(
            "Il manque {n} jour de relevés sur {days}, non compté (à ce rythme, l’année ferait {kwh} kWh).",
            "Il manque {n} jours de relevés sur {days}, non comptés (à ce rythme, l’année ferait {kwh} kWh).",
            missing,
        )
        notes.append(note.format(n=missing, days=days, kwh=count(kwh / share)))
    return notes
