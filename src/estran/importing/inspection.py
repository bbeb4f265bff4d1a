"""What an estate holds, before any calculation: by type, how it was recognised, what weighs most, what looks odd.

The footprint is an estimate that ranks what to look at, never a result: units × (embodied carbon ÷ default life +
default kWh × mix), with the figures of the catalogue; an unrecognised thing counts as a mean one of the estate. Things
that are gone (retired, withdrawn, virtual) weigh nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from estran.catalogue import loading
from estran.common.shipped import text_rows

if TYPE_CHECKING:
    import duckdb

KEY = ("file", "label", "manufacturer", "model", "item_type", "how")
SUMS = ("rows", "quantity", "counted", "batteries")
MEASURES = ("file", *SUMS)  # of the rows that share a text: see `measures_sql`
COLUMNS = ("file", "label", "manufacturer", "model", *SUMS, "state", "how", "item_type", "reason")
RECOGNISED, TO_SETTLE, UNKNOWN = STATES = ("recognised", "to_settle", "unknown")
HEAVIEST = 10

Line = dict[str, Any]


@dataclass(frozen=True)
class Oddity:
    """Something to look at: a code of oddities.csv, and the values of its sentence; `weight`: kg that depend on it."""

    code: str
    values: dict[str, Any]
    weight: float = 0.0


@dataclass(frozen=True)
class Inspection:
    """Facts about an estate; `kg` are estimated, of CO2 equivalent a year.

    types: rows, quantity, counted, kg of each item type ("": none). evidence: the same of each `how`. states: of each
    of STATES. heaviest: labels (texts, item_type, how, counted, kg). unsettled: rows, counted, kg whose status nobody
    has settled, which stand in the others too. activities: rows that are no thing. computers: in use. purchases: year
    of purchase → rows.
    """

    kg: float
    types: list[Line]
    evidence: list[Line]
    states: dict[str, Line]
    heaviest: list[Line]
    unsettled: Line
    activities: int
    computers: float
    oddities: list[Oddity] = field(default_factory=list)
    purchases: dict[str, int] = field(default_factory=dict)


def read_inspection(written: Mapping[str, Any]) -> Inspection:
    """An inspection as import.json keeps it."""
    return Inspection(**{**written, "oddities": [Oddity(**one) for one in written["oddities"]]})


# -------------------------------------------------------------------------------------------------------- measures


def _column(name: str, present: Collection[str], kind: str = "VARCHAR") -> str:
    return name if name in present else f"CAST(NULL AS {kind})"


def _units(present: Collection[str]) -> str:
    """SQL of the things that a row stands for (A2)."""
    one = f"CASE WHEN {_column('serial', present)} IS NOT NULL THEN 1.0 END"
    return f"coalesce({_column('quantity', present, 'DOUBLE')}, {one}, 0)"


def _is_counted(present: Collection[str]) -> str:
    """SQL condition of the rows that weigh: neither retired, withdrawn, virtual nor part of another thing."""
    flags = " OR ".join(
        f"coalesce({_column(name, present, 'BOOLEAN')}, false)" for name in ("virtual", "internal_panel")
    )
    status, date = _column("status", present), _column("withdrawal_date", present, "DATE")
    return f"coalesce({status}, '') <> 'retired' AND {date} IS NULL AND NOT ({flags})"


def measures_sql(present: Collection[str]) -> str:
    """SQL of MEASURES, over rows that have these columns of the inventory, `file` and `battery`."""
    units = _units(present)
    return (
        f"file, count(*), CAST(sum({units}) AS DOUBLE),"
        f" coalesce(sum({units}) FILTER ({_is_counted(present)}), 0), count(battery)"
    )


def merge_lines(earlier: Iterable[Line], new: Iterable[Line]) -> list[Line]:
    """The lines of matches.csv: those of earlier imports, then the new ones; lines of one key are added up."""
    lines: dict[tuple[str, ...], Line] = {}
    for line in (*earlier, *new):
        key = tuple(line.get(name) or "" for name in KEY)
        amounts = {name: float(line.get(name) or 0) for name in SUMS}
        before = lines.get(key)
        sums = {name: amounts[name] + (before[name] if before else 0) for name in SUMS}
        lines[key] = {**line, **sums, "rows": int(sums["rows"]), "batteries": int(sums["batteries"])}
    return list(lines.values())


# -------------------------------------------------------------------------------------------------------- estimate


@cache
def unit_footprints() -> dict[str, float]:
    """Item type → kg CO2 eq a year of one unit, with the default factor set, lives, electricity and zone.

    A type without a factor or without a life is not there: its weight is unknown, not nothing.
    """
    item_types = loading.read_table("item_types")
    variants = loading.variants_of(item_types)
    chosen = loading.factor_sets()[loading.DEFAULT_SET]
    published = [row for row in loading.published_factors() if row["criterion"] == "gwp"]
    embodied: dict[str, float] = {}
    for row in loading.choose_factors(published, chosen.lineages, variants):
        if row["stage"] != "use":
            embodied[row["flow"]] = embodied.get(row["flow"], 0) + row["value"]
    defaults: dict[tuple[str, str], str] = {}
    for row in sorted(loading.read_table("defaults"), key=lambda row: row["valid_from"] or 0):
        defaults[row["item_type"], row["parameter"]] = row["value"]
    mixes = [row for row in loading.read_table("electricity") if row["criterion"] == "gwp"]
    of_zone = [row for row in mixes if row["zone"] == defaults.get(("*", "zone"))]
    mix = max(loading.choose_electricity(of_zone, chosen.electricity), key=lambda row: row["year"])["value"]

    def default(code: str, parameter: str) -> str | None:
        return defaults.get((code, parameter)) or defaults.get((variants.get(code, ""), parameter))

    footprints = {}
    for code in (row["code"] for row in item_types):
        references = (
            default(code, "reference") or code,
            default(code, "proxy_reference") or "",
            variants.get(code, ""),
        )
        manufacturing = next((embodied[name] for name in references if name in embodied), None)
        life, kwh = float(default(code, "lifetime_years") or 0), float(default(code, "kwh_per_year") or 0)
        if default(code, "excluded"):
            footprints[code] = 0.0
        elif manufacturing is not None and life:
            footprints[code] = manufacturing / life + kwh * mix
    return footprints


# ------------------------------------------------------------------------------------------------------------ facts


def inspect_rows(
    con: duckdb.DuckDBPyConnection,
    scan: str,
    present: Collection[str],
    lines: list[Line],
    agents: int = 0,
    year: int | None = None,
) -> Inspection:
    """The facts of an estate: `scan` is its inventory, `lines` those of matches.csv.

    agents: 0 when unknown. year: that of the count, this one when unknown.
    """
    year = year or date.today().year
    each = unit_footprints()
    facts = _facts_by_type(con, scan, present)
    known = sum(fact["counted"] for fact in facts if fact["item_type"] in each)
    kg = sum(fact["counted"] * each[fact["item_type"]] for fact in facts if fact["item_type"] in each)
    mean = kg / known if known else 0.0
    for fact in facts:
        weight = each.get(fact["item_type"], mean)
        fact["kg"] = fact["counted"] * weight
        fact["unsettled_kg"] = fact["unsettled"] * weight
    state_of = {row["code"]: row["state"] for row in text_rows("evidence")}
    weighed = [line | {"kg": _weight(line, each, mean)} for line in lines]
    states = _sums(weighed, lambda line: state_of.get(line["how"], UNKNOWN if not line["item_type"] else RECOGNISED))
    unsettled = {
        "rows": sum(fact["unsettled_rows"] for fact in facts),
        "counted": sum(fact["unsettled"] for fact in facts),
        "kg": sum(fact["unsettled_kg"] for fact in facts),
    }
    computers = sum(fact["counted"] for fact in facts if kind_of(fact["item_type"]) == "computer")
    names = ("item_type", "rows", "quantity", "counted", "kg")
    return Inspection(
        kg=sum(fact["kg"] for fact in facts),
        types=sorted(({name: fact[name] for name in names} for fact in facts), key=lambda one: -one["kg"]),
        evidence=_listed(_sums(weighed, lambda line: line["how"] or ""), "how"),
        states={state: states.get(state, dict.fromkeys((*SUMS, "kg"), 0)) for state in STATES},
        heaviest=_heaviest(weighed),
        unsettled=unsettled,
        activities=_count_activities(con, scan, present),
        computers=computers,
        oddities=[*computers_per_person(computers, agents), *_oddities(con, scan, present, facts, weighed, year)],
        purchases=_purchases(con, scan, present),
    )


def _weight(line: Line, each: Mapping[str, float], mean: float) -> float:
    if line.get("flag"):
        return 0.0
    return float(line["counted"]) * each.get(line["item_type"], mean)


def _sums(lines: Iterable[Line], key: Any) -> dict[str, Line]:
    """Rows, quantity, counted and kg of lines, by key."""
    sums: dict[str, Line] = {}
    for line in lines:
        into = sums.setdefault(key(line), dict.fromkeys((*SUMS, "kg"), 0))
        for name in (*SUMS, "kg"):
            into[name] += line[name]
    return sums


def _listed(sums: Mapping[str, Line], name: str) -> list[Line]:
    return sorted(({name: key, **line} for key, line in sums.items()), key=lambda one: (-one["kg"], -one["rows"]))


def _heaviest(weighed: Iterable[Line]) -> list[Line]:
    """The labels that weigh most, whatever the file."""
    names = ("label", "manufacturer", "model", "item_type", "how")
    by_label: dict[tuple[str, ...], Line] = {}
    for line in weighed:
        texts = {name: line[name] or "" for name in names}
        into = by_label.setdefault(tuple(texts.values()), texts | {"counted": 0.0, "kg": 0.0})
        into["counted"] += line["counted"]
        into["kg"] += line["kg"]
    heavy = sorted(by_label.values(), key=lambda one: (-one["kg"], -one["counted"]))
    return [one for one in heavy[:HEAVIEST] if one["counted"]]


def _facts_by_type(con: duckdb.DuckDBPyConnection, scan: str, present: Collection[str]) -> list[Line]:
    """What the rows of each item type say, in one pass."""
    units, counted = _units(present), _is_counted(present)
    unsettled = "coalesce(status_label, '') <> ''" if "status_label" in present else "false"
    date = _column("purchase_date", present, "DATE")
    sums = {
        "rows": "count(*)",
        "quantity": f"CAST(sum({units}) AS DOUBLE)",
        "counted": f"coalesce(sum({units}) FILTER ({counted}), 0)",
        "no_quantity": f"count(*) FILTER (({units}) = 0 AND {_column('quantity', present, 'DOUBLE')} IS NULL)",
        "unsettled_rows": f"count(*) FILTER ({unsettled})",
        "unsettled": f"coalesce(sum({units}) FILTER ({unsettled} AND {counted}), 0)",
        "dated": f"count({date})",
        "first_january": f"count(*) FILTER (month({date}) = 1 AND day({date}) = 1)",
    }
    listed = ", ".join(sums.values())
    query = f"SELECT coalesce(item_type, ''), {listed} FROM {scan} WHERE {_things(present)} GROUP BY 1 ORDER BY 1"
    return [dict(zip(("item_type", *sums), row, strict=True)) for row in con.execute(query).fetchall()]


def _things(present: Collection[str]) -> str:
    return "flow IS NULL" if "flow" in present else "true"


def _purchases(con: duckdb.DuckDBPyConnection, scan: str, present: Collection[str]) -> dict[str, int]:
    """Rows by year of purchase."""
    if "purchase_date" not in present:
        return {}
    query = f"SELECT year(purchase_date), count(*) FROM {scan} WHERE purchase_date IS NOT NULL AND {_things(present)}"
    return {str(year): rows for year, rows in con.execute(f"{query} GROUP BY 1 ORDER BY 1").fetchall()}


def _count_activities(con: duckdb.DuckDBPyConnection, scan: str, present: Collection[str]) -> int:
    query = f"SELECT count(*) FROM {scan} WHERE NOT ({_things(present)})"
    return con.execute(query).fetchall()[0][0] if "flow" in present else 0


# --------------------------------------------------------------------------------------------------------- oddities


@cache
def oddity_limits() -> dict[str, tuple[float, float]]:
    """Code of oddities.csv → its threshold, and how many things or rows there must be at least."""
    return {row["code"]: (float(row["threshold"]), float(row["least"] or 0)) for row in text_rows("oddities")}


@cache
def _types_of(code: str) -> tuple[str, ...]:
    """The item types that an oddity is about."""
    return next(tuple(row["item_types"].split("|")) for row in text_rows("oddities") if row["code"] == code)


@cache
def kind_of(item_type: str) -> str:
    """The kind of an item type (type_kinds.csv): computer, monitor, server…"""
    return next((row["kind"] for row in text_rows("type_kinds") if row["item_type"] == item_type), "")


@cache
def _generic(item_type: str) -> str:
    """The type that usual_shares.csv names for a variant of it."""
    return next(
        (row["variant_of"] or item_type for row in text_rows("item_types") if row["code"] == item_type), item_type
    )


def _oddities(
    con: duckdb.DuckDBPyConnection,
    scan: str,
    present: Collection[str],
    facts: list[Line],
    lines: list[Line],
    year: int,
) -> list[Oddity]:
    odd = [
        *_frequent_types(facts, lines),
        *_without_quantity(facts),
        *_huge_quantities(con, scan, present),
        *_screens(facts),
        *_batteries(lines),
        *_dates(con, scan, present, facts, year),
    ]
    return sorted(odd, key=lambda one: -one.weight)


def _frequent_types(facts: list[Line], lines: list[Line]) -> Iterable[Oddity]:
    """Types many times more frequent than in comparable fleets; a list without computers is no whole fleet."""
    times, least = oddity_limits()["frequent_type"]
    counted, kg = dict[str, float](), dict[str, float]()
    for fact in facts:
        code = _generic(fact["item_type"])
        counted[code] = counted.get(code, 0) + fact["counted"]
        kg[code] = kg.get(code, 0) + fact["kg"]
    total = sum(counted.values())
    if not any(kind_of(code) == "computer" and number >= total / 10 for code, number in counted.items()):
        return
    usual = {row["item_type"]: float(row["share"]) for row in text_rows("usual_shares")}
    for code, number in counted.items():
        expected = usual.get(code, usual["*"])
        if code and number >= least and number / total >= times * expected:
            values = {"type": code, "share": number / total, "usual": expected, "quantity": number}
            yield Oddity("frequent_type", values | {"labels": _labels(lines, code)}, kg[code])


def _labels(lines: Iterable[Line], code: str) -> list[str]:
    """The three most frequent texts read as a type."""
    texts: dict[str, float] = {}
    for line in lines:
        if _generic(line["item_type"] or "") == code:
            text = text_of(line)
            texts[text] = texts.get(text, 0) + line["counted"]
    return sorted(texts, key=lambda text: -texts[text])[:3]


def text_of(line: Mapping[str, Any]) -> str:
    """What a list calls a thing: its label, its maker and its model."""
    return " ".join(line[name] for name in ("label", "manufacturer", "model") if line.get(name))


def _without_quantity(facts: list[Line]) -> Iterable[Oddity]:
    """Rows that say neither how many things they are nor the serial number of one: they count for nothing (gap)."""
    _threshold, least = oddity_limits()["no_quantity"]
    if (rows := sum(fact["no_quantity"] for fact in facts)) >= least:
        weight = sum(fact["no_quantity"] * unit_footprints().get(fact["item_type"], 0) for fact in facts)
        yield Oddity("no_quantity", {"quantity": rows}, weight)


def _huge_quantities(con: duckdb.DuckDBPyConnection, scan: str, present: Collection[str]) -> Iterable[Oddity]:
    """Rows that count for very many things."""
    if "quantity" not in present:
        return
    threshold, _least = oddity_limits()["huge_quantity"]
    source = _column("source", present)
    query = f"SELECT coalesce(item_type, ''), quantity, coalesce({source}, item_id) FROM {scan}"
    rows = con.execute(
        f"{query} WHERE quantity >= {threshold} AND {_things(present)} ORDER BY 2 DESC LIMIT 3"
    ).fetchall()
    for item_type, quantity, place in rows:
        weight = quantity * unit_footprints().get(item_type, 0)
        yield Oddity("huge_quantity", {"type": item_type, "quantity": quantity, "place": place}, weight)


def _screens(facts: list[Line]) -> Iterable[Oddity]:
    """Desktops that have no screen beside them."""
    _threshold, least = oddity_limits()["no_screen"]
    desktops = sum(fact["counted"] for fact in facts if fact["item_type"] in _types_of("no_screen"))
    screens = sum(fact["counted"] for fact in facts if kind_of(fact["item_type"]) == "monitor")
    if desktops >= least and not screens:
        yield Oddity("no_screen", {"quantity": desktops})


def _batteries(lines: list[Line]) -> Iterable[Oddity]:
    """Desktops of which the list says that they have a battery."""
    _threshold, least = oddity_limits()["desktop_with_battery"]
    desktops = _types_of("desktop_with_battery")
    odd = [line for line in lines if line["item_type"] in desktops and line["batteries"]]
    if (number := sum(line["batteries"] for line in odd)) >= least and odd:
        texts = sorted({text_of(line) for line in odd})[:3]
        weight = sum(line["kg"] for line in odd)
        yield Oddity("desktop_with_battery", {"quantity": number, "labels": texts}, weight)


def _future_dates(con: duckdb.DuckDBPyConnection, scan: str, present: Collection[str], year: int) -> Iterable[Oddity]:
    """Purchase dates more than a year after the year counted: these things are in no total of that year."""
    ahead, least = oddity_limits()["future_date"]
    source = _column("source", present)
    rows, last, place = con.execute(
        f"SELECT count(*), max(purchase_date), arg_max(coalesce({source}, item_id), purchase_date) FROM {scan} "
        f"WHERE year(purchase_date) > {year + ahead} AND {_things(present)}"
    ).fetchall()[0]
    if rows >= least:
        yield Oddity("future_date", {"quantity": rows, "date": last.isoformat(), "place": place})


def _dates(
    con: duckdb.DuckDBPyConnection, scan: str, present: Collection[str], facts: list[Line], year: int
) -> Iterable[Oddity]:
    """Purchase dates that say little: none, of before computers, to come, all on 1 January, all the same."""
    rows, dated = (sum(fact[name] for fact in facts) for name in ("rows", "dated"))
    share, least = oddity_limits()["no_date"]
    if rows >= least and (rows - dated) / rows >= share:
        yield Oddity("no_date", {"share": (rows - dated) / rows})
    if not dated:
        return
    yield from _future_dates(con, scan, present, year)
    oldest, _least = oddity_limits()["old_date"]
    old = f"FROM {scan} WHERE purchase_date < DATE '{oldest:.0f}-01-01' AND {_things(present)}"
    rows_old, first = con.execute(f"SELECT count(*), min(purchase_date) {old}").fetchall()[0]
    if rows_old:
        yield Oddity("old_date", {"quantity": rows_old, "date": first.isoformat()})
    query = f"SELECT purchase_date, count(*) FROM {scan} WHERE purchase_date IS NOT NULL AND {_things(present)}"
    day, most = con.execute(f"{query} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1").fetchall()[0]
    january = sum(fact["first_january"] for fact in facts)
    share, least = oddity_limits()["same_date"]
    if dated >= least and most / dated >= share:
        yield Oddity("same_date", {"share": most / dated, "date": day.isoformat()})
        return
    share, least = oddity_limits()["first_january"]
    if dated >= least and january / dated >= share:
        yield Oddity("first_january", {"share": january / dated})


def computers_per_person(computers: float, agents: int) -> list[Oddity]:
    """More computers than people could use, when the headcount is known."""
    threshold, least = oddity_limits()["computers_per_person"]
    if not agents or computers < least or computers / agents <= threshold:
        return []
    return [Oddity("computers_per_person", {"ratio": computers / agents, "quantity": computers, "people": agents})]
