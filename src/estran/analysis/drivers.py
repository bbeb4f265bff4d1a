"""How a restated total changed between two years, and why: the difference, its interval, its causes (D2, D3, D5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import factorial, fsum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE = ("", "")
DRIVERS = ("volume", "mix", "lifetime", "electricity_use", "grid", "factors", "other")


@dataclass(frozen=True)
class Year:
    """What the total of one criterion is made of in one year.

    groups: one row per `group` (text) and `zone` (text), with `n` items present, `units_per_item` units amortised per
    item in the year, `kwh_per_item` kWh per item in the year, PUE included, `embodied` impact of one unit.
    activities: one row per `flow` (text), with `amount` of the flow in the year and `factor` impact of one unit of it.
    grid: zone → impact of one kWh. No number may be missing: rows that are gaps are set apart before (D4).
    """

    groups: pa.Table
    activities: pa.Table
    grid: Mapping[str, float]


@dataclass(frozen=True)
class AttributedChange:
    """Totals of both years and the effect of each driver of DRIVERS, all in the unit of the criterion."""

    before: float
    after: float
    effects: dict[str, float]


def decompose(before: Year, after: Year) -> AttributedChange:
    """Share the change of `T = Σ_g N·m_g·(a_g·E_g + k_g·G) + Σ_f x_f·F_f` between its seven drivers.

    The effects are Shapley values: they sum to the change, depend on no order, and change sign when the years are
    exchanged. A group absent one year has m = 0 there and takes the other year's a, k and E; a flow or a zone absent
    one year takes the other year's factor. Raises ValueError for a missing number or a group written twice. (D2, D3)
    """
    return decompose_by(before, after)[WHOLE]


def decompose_by(before: Year, after: Year, columns: Sequence[str] = ()) -> dict[tuple[str, str], AttributedChange]:
    """`decompose`, for the whole under the key WHOLE, and for each (column, value) of some text columns.

    Groups and activities of both years have these columns, a group or a flow the same value in both. N stays the volume
    of the whole and m the share of the group in it: the effects of the values of a column sum to those of the whole.
    """
    sums = _sums(before, after, columns)
    every = sums[WHOLE]

    def change(own: Mapping[str, float]) -> AttributedChange:
        def total(changed: frozenset[str]) -> float:
            n, m, a, k, g, e, x = (int(driver in changed) for driver in DRIVERS)
            # The mean item of one year's mix, at the volume of another: N · Σ n_g (…) / Σ n_g.
            items = own[f"n{m}a{a}e{e}"] + own[f"n{m}k{k}g{g}"]
            mean = items / every[f"n{m}"] if every[f"n{m}"] else 0.0
            return every[f"n{n}"] * mean + own[f"x{x}f{e}"]

        return AttributedChange(total(frozenset()), total(frozenset(DRIVERS)), shapley(DRIVERS, total))

    return {key: change(own) for key, own in sums.items()}


def shapley(players: Collection[str], value: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """Mean of what each player adds to `value`, over all the orders in which the players may come.

    Exact: `value` is called once for each of the 2^n sets of players. The results sum to value(all) − value(none).
    (D3, Z3)
    """
    n = len(players)
    values = {frozenset(some): value(frozenset(some)) for size in range(n + 1) for some in combinations(players, size)}
    weights = [factorial(size) * factorial(n - size - 1) / factorial(n) for size in range(n)]
    return {
        player: fsum(
            weights[len(some)] * (values[some | {player}] - without)
            for some, without in values.items()
            if player not in some
        )
        for player in players
    }


# Both years side by side: one row per group and zone, then one per flow. The rows are sorted, so that the sums do not
# depend on the order they came in. A group that draws no electricity needs no grid.
_GROUPS = """
    WITH grid AS (
        SELECT zone, coalesce(b.g, c.g) AS g0, coalesce(c.g, b.g) AS g1 FROM grid0 b FULL JOIN grid1 c USING (zone)
    )
    SELECT {sections}
        coalesce(b.n, 0) AS n0, coalesce(c.n, 0) AS n1,
        coalesce(b.units_per_item, c.units_per_item) AS a0, coalesce(c.units_per_item, b.units_per_item) AS a1,
        coalesce(b.kwh_per_item, c.kwh_per_item) AS k0, coalesce(c.kwh_per_item, b.kwh_per_item) AS k1,
        coalesce(b.embodied, c.embodied) AS e0, coalesce(c.embodied, b.embodied) AS e1,
        CASE WHEN k0 = 0 AND k1 = 0 THEN 0 ELSE g0 END AS g0,
        CASE WHEN k0 = 0 AND k1 = 0 THEN 0 ELSE g1 END AS g1
    FROM groups0 b FULL JOIN groups1 c USING ("group", zone) LEFT JOIN grid USING (zone)
    ORDER BY "group", zone
"""
_ACTIVITIES = """
    SELECT {sections}
        coalesce(b.amount, 0) AS x0, coalesce(c.amount, 0) AS x1,
        coalesce(b.factor, c.factor) AS f0, coalesce(c.factor, b.factor) AS f1
    FROM activities0 b FULL JOIN activities1 c USING (flow)
    ORDER BY flow
"""


_PRODUCTS = ("n", "nae", "nkg", "xf")
_NAMES = [
    "".join(letter + side for letter, side in zip(letters, sides, strict=True))
    for letters in _PRODUCTS
    for sides in product("01", repeat=len(letters))
]


def _sums(before: Year, after: Year, columns: Sequence[str]) -> dict[tuple[str, str], dict[str, float]]:
    """The 22 sums behind all 128 totals, for the whole and for each value of some columns.

    They are n0 Σ n, n0a0e0 Σ n·a·E, n0k0g0 Σ n·k·G, x0f0 Σ x·F; 0 is before, 1 after.
    """
    import duckdb
    import pyarrow as pa

    sums_of: dict[tuple[str, str], dict[str, float]] = {}

    def add(db: duckdb.DuckDBPyConnection, table: str, *products: str) -> None:
        terms = [
            [letter + side for letter, side in zip(letters, sides, strict=True)]
            for letters in products
            for sides in product("01", repeat=len(letters))
        ]
        names = ["".join(term) for term in terms]
        sums = ", ".join(f"coalesce(fsum({' * '.join(term)}), 0.0)" for term in terms)
        for column in ("", *columns):
            value, by = (f'"{column}"', f'GROUP BY "{column}"') if column else ("''", "")
            for section, *numbers in db.sql(f"SELECT {value}, {sums} FROM {table} {by} ORDER BY 1").fetchall():
                sums_of.setdefault((column, section), dict.fromkeys(_NAMES, 0.0)).update(
                    zip(names, numbers, strict=True)
                )

    # One thread: the same bytes whatever the machine.
    with duckdb.connect(config={"threads": 1}) as db:
        for side, year in enumerate((before, after)):
            _check(year.groups, ["group", "zone"])
            _check(year.activities, ["flow"])
            grid = pa.table({"zone": list(year.grid), "g": [float(g) for g in year.grid.values()]})
            db.register(f"grid{side}", grid)
            for name, table, size in (("groups", year.groups, "n"), ("activities", year.activities, "amount")):
                db.register(name, table)
                # An absence may be written as a row of 0.
                db.execute(f"CREATE TABLE {name}{side} AS SELECT * FROM {name} WHERE {size} <> 0")
        sections = "".join(f'coalesce(b."{column}", c."{column}") AS "{column}", ' for column in columns)
        db.execute(f"CREATE TABLE groups_ AS {_GROUPS.format(sections=sections)}")
        db.execute(f"CREATE TABLE activities_ AS {_ACTIVITIES.format(sections=sections)}")
        if db.sql("SELECT count(*) FROM groups_ WHERE g0 IS NULL OR g1 IS NULL").fetchall() != [(0,)]:
            raise ValueError("a group draws electricity in a zone that has no grid factor")
        add(db, "groups_", *_PRODUCTS[:3])
        add(db, "activities_", *_PRODUCTS[3:])
    return sums_of


def _check(table: pa.Table, key: list[str]) -> None:
    """Refuse what would make the sums silently wrong: a missing number, a key written twice."""
    if empty := [name for name in table.column_names if table[name].null_count]:
        raise ValueError(f"missing values in {', '.join(empty)}")
    if table.group_by(key).aggregate([]).num_rows != table.num_rows:
        raise ValueError(f"two rows with the same {', '.join(key)}")
