"""How a restated total changed between two years, and why: the difference, its interval, its causes (D2, D3, D5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product
from math import factorial, fsum, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from estran.common.files import read_csv
from estran.common.normal_law import Z95

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE = ("", "")
DRIVERS = ("volume", "mix", "lifetime", "electricity_use", "grid", "factors", "other")
SQL = Path(__file__).parent / "sql" / "drivers.sql"


def _sides(letters: str) -> list[list[str]]:
    """A product of numbers, each before (0) or after (1): n·a is n0·a0, n0·a1, n1·a0, n1·a1."""
    return [
        [letter + side for letter, side in zip(letters, sides, strict=True)]
        for sides in product("01", repeat=len(letters))
    ]


# Table → the products summed over its rows.
PRODUCTS = {
    "both_groups": [*_sides("n"), *_sides("nae"), *_sides("nkg")],
    "both_activities": _sides("xf"),
}


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


def decompose(before: Year, after: Year, columns: Sequence[str] = ()) -> dict[tuple[str, str], AttributedChange]:
    """Share the change of `T = Σ_g N·m_g·(a_g·E_g + k_g·G) + Σ_f x_f·F_f` between its seven drivers.

    One change for the whole under the key WHOLE, and one for each (column, value) of some text columns, which groups
    and activities of both years have, a group or a flow the same value in both. N stays the volume of the whole and m
    the share of the group in it: the effects of the values of a column sum to those of the whole.

    The effects are Shapley values: they sum to the change, depend on no order, and change sign when the years are
    exchanged. A group absent one year has m = 0 there and takes the other year's a, k and E; a flow or a zone absent
    one year takes the other year's factor. Raises ValueError for a missing number or a group written twice. (D2, D3)
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


def _sums(before: Year, after: Year, columns: Sequence[str]) -> dict[tuple[str, str], dict[str, float]]:
    """The 22 sums behind all 128 totals, for the whole and for each value of some columns.

    They are n0 Σ n, n0a0e0 Σ n·a·E, n0k0g0 Σ n·k·G, x0f0 Σ x·F; 0 is before, 1 after.
    """
    import duckdb
    import pyarrow as pa

    sums: dict[tuple[str, str], dict[str, float]] = {}
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
        db.execute(SQL.read_text("utf-8").format(sections=sections))
        if db.sql("SELECT count(*) FROM both_groups WHERE g0 IS NULL OR g1 IS NULL").fetchall() != [(0,)]:
            raise ValueError("a group draws electricity in a zone that has no grid factor")
        for column, (table, products) in product(("", *columns), PRODUCTS.items()):
            value, by = (f'"{column}"', f'GROUP BY "{column}"') if column else ("''", "")
            fsums = ", ".join(f"coalesce(fsum({' * '.join(term)}), 0.0)" for term in products)
            for section, *numbers in db.sql(f"SELECT {value}, {fsums} FROM {table} {by} ORDER BY 1").fetchall():
                known = sums.setdefault((column, section), dict.fromkeys(map("".join, chain(*PRODUCTS.values())), 0.0))
                known.update(zip(map("".join, products), numbers, strict=True))
    return sums


def _check(table: pa.Table, key: list[str]) -> None:
    """Refuse what would make the sums silently wrong: a missing number, a key written twice."""
    if empty := [name for name in table.column_names if table[name].null_count]:
        raise ValueError(f"missing values in {', '.join(empty)}")
    if table.group_by(key).aggregate([]).num_rows != table.num_rows:
        raise ValueError(f"two rows with the same {', '.join(key)}")


# ------------------------------------------------------------------------------------------- with its interval (D5)


@dataclass(frozen=True)
class TotalDifference:
    """The totals of two runs for one criterion and their difference with its 95 % interval, in the criterion's unit."""

    criterion: str
    before: float
    after: float
    delta: float
    sd: float
    low95: float
    high95: float


def total_differences(before: Path, after: Path) -> list[TotalDifference]:
    """The difference between two runs (their folders), for each criterion that both have. (D5)

    Both are runs of one view, method and edition of the catalogue, whatever their years: an error in a factor, in a
    default or in the electricity of a zone moves both totals together and almost cancels out; so do the errors that
    the factors of one producer share (Q8). The errors of rows and of rooms are independent from one year to the next.
    The difference follows a normal law.
    """
    means = [
        {row["criterion"]: float(row["mean"]) for row in read_csv(run / "intervals.csv") if row["entity"] == "*"}
        for run in (before, after)
    ]
    deviations = [_deviations(run) for run in (before, after)]
    differences = []
    for criterion in (name for name in means[1] if name in means[0]):
        old, new = (deviation.get(criterion, {}) for deviation in deviations)
        variance = fsum(
            (new.get(source, 0.0) - old.get(source, 0.0)) ** 2
            if _is_common(source)
            else new.get(source, 0.0) ** 2 + old.get(source, 0.0) ** 2
            for source in sorted({*old, *new})
        )
        delta, sd = means[1][criterion] - means[0][criterion], sqrt(variance)
        differences.append(
            TotalDifference(
                criterion, means[0][criterion], means[1][criterion], delta, sd, delta - Z95 * sd, delta + Z95 * sd
            )
        )
    return differences


def _deviations(run: Path) -> dict[str, dict[str, float]]:
    """criterion → source → what one standard deviation of the source adds to the total. A zone is one source (D5)."""
    deviations: dict[str, dict[str, float]] = {}
    for row in read_csv(run / "uncertainty.csv"):
        source = re.sub(r"^((?:electricity|elec_age) .*) \d+$", r"\1", row["source"])
        deviations.setdefault(row["criterion"], {})[source] = float(row["deviation"])
    return deviations


def _is_common(source: str) -> bool:
    return source != "rows" and not source.startswith("room ")
