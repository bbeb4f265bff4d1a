"""What a column as a whole says of how its cells are written: day or month first, comma or point before the decimals.

A cell alone may have two readings (03/04/2021, 1.200); those of the whole file that have one decide for their column.
Where none does, the format decides, else the other columns, else a person: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from estran.common import table_schema
from estran.common.formatting import day
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import identifier
from estran.common.validation_messages import days_of_slashed
from estran.common.vocabulary import limit, text_key
from estran.importing import formats
from estran.importing.formats import RecognisedFormat
from estran.importing.reading.sheets import Sheet

if TYPE_CHECKING:
    import duckdb

DAY_FIRST, MONTH_FIRST, EITHER = "dmy", "mdy", "either"
DATE_ORDERS = (DAY_FIRST, MONTH_FIRST)
MIXED = "mixed"  # the values that have one reading are read by it, the others are faulty
DATES = "dates"  # the code of a problem that the order of day and month settles
COMMA, POINT = ",", "."
_COUNTED = ("quantity", "price_eur")  # 1.200 of them are a thousand and more, not one and a fifth
UNIT_PRICE = "_unit_price"

AskDates = Callable[[str], str | None]


@dataclass
class Styles:
    """How the columns of a sheet are written.

    texts: column → SQL of its text put in the one way that macros.sql reads. refused: column → SQL condition on
    `raw_<column>`, the values that have two readings or that of the other order. notes: what was decided.
    """

    texts: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Tally:
    """How many values of a column say one style, or the other, or may be of both; the first of these, and its line."""

    one: int
    other: int
    either: int
    example: str | None
    line: int | None

    def choose(self, one: str, other: str) -> str | None:
        """The style that the values say, or nearly all of them; mixed; None where none says any."""
        if not (telling := self.one + self.other):
            return None
        if max(self.one, self.other) * 100 < limit("majority") * telling:
            return MIXED
        return one if self.one > self.other else other


def check_orders(orders: Iterable[str]) -> None:
    """Refuse an order of dates that is none. Errors: CannotUse."""
    for order in orders:
        if order not in ("", *DATE_ORDERS):
            what = _("L’ordre de dates « {order} » n’existe pas.").format(order=order)
            raise CannotUse(Problem(what, _("Choisir dmy (le jour d’abord) ou mdy (le mois d’abord).")))


def decide_styles(
    con: duckdb.DuckDBPyConnection, sheet: Sheet, recognised: RecognisedFormat, asked: str = ""
) -> Styles:
    """The styles of the date and number columns of a sheet. asked: the order of dates that a person chose, or none.

    Errors: CannotUse, with a question, where nothing tells the order of a date column.
    """
    layout, styles = recognised.layout, Styles()
    asked = asked or next((one for one in DATE_ORDERS if one == layout.options.get("dates")), "")
    kinds = {column.column: column.type for column in table_schema.columns(layout.table)} | {UNIT_PRICE: "number"}
    cells = {
        name: f"coalesce({', '.join(f'c{i}' for i in places)}, NULL)"
        for name, places in recognised.places.items()
        if places and kinds.get(name) in ("date", "number", "integer")
    }
    if not cells or layout.format == formats.REJECTS:
        return styles
    dates = [name for name in cells if kinds[name] == "date"]
    numbers = [name for name in cells if name not in dates]
    seen = _seen(con, sheet, cells, dates, numbers)
    tallies = _count(con, sheet, cells, [name for name in dates if name in seen], [n for n in numbers if n in seen])
    _decide_dates(sheet, recognised, dates, tallies, asked, styles)
    _decide_numbers(sheet, recognised, numbers, tallies, styles)
    return styles


# ------------------------------------------------------------------------------------------------------------ counting


def _seen(
    con: duckdb.DuckDBPyConnection, sheet: Sheet, cells: Mapping[str, str], dates: list[str], numbers: list[str]
) -> set[str]:
    """The columns whose first rows hold dates between slashes, or numbers that may be thousands."""
    tests = [f"bool_or(regexp_matches({cells[name]}, slashed_date()))" for name in dates]
    tests += [f"bool_or(starts_with(number_style({cells[name]}), 'either'))" for name in numbers]
    first = f"(SELECT * FROM {sheet.scan} LIMIT {limit('sampled_rows')})"
    row = con.execute(f"SELECT {', '.join(tests)} FROM {first}").fetchall()[0]
    return {name for name, there in zip([*dates, *numbers], row, strict=True) if there}


def _count(
    con: duckdb.DuckDBPyConnection, sheet: Sheet, cells: Mapping[str, str], dates: list[str], numbers: list[str]
) -> dict[str, _Tally]:
    """What each of these columns says in the whole file, in one query."""
    if not dates and not numbers:
        return {}
    styles = {name: f"order_of_date({cells[name]})" for name in dates}
    styles |= {name: f"number_style({cells[name]})" for name in numbers}
    columns, counts = [], []
    for n, (name, style) in enumerate(styles.items()):
        columns.append(f"{cells[name]} AS cell{n}, {style} AS style{n}")
        one, other = DATE_ORDERS if name in dates else (COMMA, POINT)
        either = f"FILTER (starts_with(style{n}, '{EITHER}'))"
        counts += [f"count(*) FILTER (style{n} = '{one}')", f"count(*) FILTER (style{n} = '{other}')"]
        counts += [f"count(*) {either}", f"arg_min(cell{n}, line) {either}", f"min(line) {either}"]
    query = f"SELECT {', '.join(counts)} FROM (SELECT line, {', '.join(columns)} FROM {sheet.scan})"
    row = con.execute(query).fetchall()[0]
    return {name: _Tally(*row[5 * n : 5 * n + 5]) for n, name in enumerate(styles)}


# --------------------------------------------------------------------------------------------------------------- dates


def _decide_dates(
    sheet: Sheet,
    recognised: RecognisedFormat,
    dates: list[str],
    tallies: Mapping[str, _Tally],
    asked: str,
    styles: Styles,
) -> None:
    """Put the dates in the order that their column says. Errors: CannotUse (nothing says it)."""
    orders = {name: asked or (tallies[name].choose(*DATE_ORDERS) if name in tallies else None) for name in dates}
    agreed = {order for order in orders.values() if order} - {MIXED}
    unclear: list[Problem] = []
    for name in dates:
        tally = tallies.get(name)
        order = orders[name] or _order_of_format(recognised, sheet, name)
        by_format = order is not None and order == _order_of_format(recognised, sheet, name)
        if order is None and tally and tally.either:
            order = next(iter(agreed)) if len(agreed) == 1 else None
            if order is None:
                unclear.append(_ask_order(sheet, recognised, name, tally))
                continue
        if order == MONTH_FIRST:
            styles.texts[name] = f"month_first({name})"
            styles.refused[name] = f"order_of_date(raw_{name}) = '{DAY_FIRST}'"
            if tally and not asked and not by_format:
                note = _("« {header} » : dates lues mois/jour/année, comme {n} d’entre elles le disent.")
                styles.notes.append(note.format(header=_header(sheet, recognised, name), n=tally.other))
        elif order != DAY_FIRST:  # no slashed date in the first rows, or both orders
            styles.texts[name] = (
                f"CASE WHEN order_of_date({name}) = '{MONTH_FIRST}' THEN month_first({name}) ELSE {name} END"
            )
            styles.refused[name] = f"order_of_date(raw_{name}) = '{EITHER}'"
            if order == MIXED and tally:
                note = _(
                    "« {header} » mêle jour/mois ({day}) et mois/jour ({month}) : une date qui se lit des deux façons "
                    "y est rejetée."
                )
                words = {"header": _header(sheet, recognised, name), "day": tally.one, "month": tally.other}
                styles.notes.append(note.format(**words))
    if unclear:
        raise CannotUse(*unclear)


def _order_of_format(recognised: RecognisedFormat, sheet: Sheet, name: str) -> str | None:
    """The order that the format says, of a column or by the header of its dates."""
    options = recognised.layout.options
    if name in options.get("month_first", ()):
        return MONTH_FIRST
    day_first = {text_key(header) for header in options.get("day_first", ())}
    named = {text_key(sheet.header[i]) for i in recognised.places[name]}
    return DAY_FIRST if named & day_first else None


def _ask_order(sheet: Sheet, recognised: RecognisedFormat, name: str, tally: _Tally) -> Problem:
    """Both readings of the first date that has two, and how to say which."""
    text = tally.example or ""
    days = days_of_slashed(text)
    first, second = (day(one.isoformat()) for one in days)
    what = _(
        "Rien dans « {header} » ne dit si le jour ou le mois vient d’abord : « {text} » est le {day} (jour/mois) ou le "
        "{month} (mois/jour)."
    )
    remedy = _(
        "Dire lequel : --dates dmy (le jour d’abord) ou --dates mdy (le mois d’abord) sur la ligne de commande, le "
        "choix proposé dans le portail ; ou écrire les dates comme {iso}."
    )
    header = _header(sheet, recognised, name)
    return Problem(
        what.format(header=header, text=text, day=first, month=second),
        remedy.format(iso=days[0].isoformat()),
        sheet.file.name,
        tally.line,
        header,
        text,
        code=DATES,
    )


def _header(sheet: Sheet, recognised: RecognisedFormat, name: str) -> str:
    return next((sheet.header[i] for i in recognised.places[name] if sheet.header[i]), name)


# ------------------------------------------------------------------------------------------------------------- numbers


def _decide_numbers(
    sheet: Sheet, recognised: RecognisedFormat, numbers: list[str], tallies: Mapping[str, _Tally], styles: Styles
) -> None:
    """Take out the sign between thousands (1.200) of the columns where the other sign is before the decimals.

    Where no column says any, a number of things or a price like 1.200 is a thousand and more.
    """
    chosen = {name: tallies[name].choose(COMMA, POINT) for name in numbers if name in tallies}
    agreed = {style for style in chosen.values() if style} - {MIXED}
    for name, style in chosen.items():
        tally = tallies[name]
        if not tally.either:
            continue
        text, decided = tally.example or "", style or (next(iter(agreed)) if len(agreed) == 1 else None)
        if decided is None and name in (*_COUNTED, UNIT_PRICE):
            decided = POINT if COMMA in text else COMMA
            note = _("« {header} » : « {text} » est lu {number}, le signe sépare les milliers.")
            number = text.replace(COMMA, "").replace(POINT, "")
            styles.notes.append(note.format(header=_header(sheet, recognised, name), text=text, number=number))
        if decided == MIXED:
            styles.refused[name] = f"starts_with(number_style(raw_{name}), '{EITHER}')"
        elif decided:
            sign = POINT if decided == COMMA else COMMA
            styles.texts[name] = f"without_thousands({identifier(name)}, '{sign}')"
