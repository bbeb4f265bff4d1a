"""What Estran is compared with, each alone in its process: `peers.py NAME INVENTORY CATALOGUE [TOTALS]`.

It prints a line of JSON. The environment is benchmarks/.venv (requirements/peers.lock). Where TOTALS is given, the
impacts by entity, type, stage and criterion that Estran wrote there, and the intervals beside them, must be the same
at 1e-9.
"""

import json
import os
import sys
import time
from pathlib import Path

THREADS = 2
TYPES_OF_BOAVIZTA = {
    "laptop": ("Laptop", "laptop-pro"),
    "desktop": ("Desktop", "desktop-pro"),
    "monitor": ("Monitor", "monitor-default"),
    "smartphone": ("Smartphone", "smartphone-default"),
    "tablet": ("Tablet", "tablet-default"),
}


def minimal_exact(inventory: Path, catalogue: Path, totals: Path | None) -> dict[str, float]:
    """The same as minimal_sql, its sums exact: the same bytes whatever the threads and the order of the rows."""
    return minimal_sql(inventory, catalogue, totals, summed="sum(CAST({} AS DECIMAL(38, 15)))::DOUBLE")


def minimal_sql(inventory: Path, catalogue: Path, totals: Path | None, summed: str = "sum({})") -> dict[str, float]:
    """The shortest SQL that gives the same totals of the plain inventory, and the same 95 % intervals of its entities.

    One reduction with the second moments, then the factors, in floating point. `totals` is the timing without the
    intervals, `all` with them.
    """
    import duckdb

    classes = Path(__file__).parent.parent / "src" / "estran" / "catalogue" / "method" / "uncertainty.csv"
    con = duckdb.connect()
    con.execute(f"SET threads = {THREADS}; SET enable_progress_bar = false; SET preserve_insertion_order = false")
    con.execute(f"CREATE TABLE classes AS SELECT kind, class::VARCHAR AS class, cv FROM '{classes}'")
    con.execute(f"CREATE TABLE factors AS FROM '{catalogue}/factors.csv'")
    con.execute(f"CREATE TABLE electricity AS FROM '{catalogue}/electricity.csv' WHERE zone = 'FRA' AND year = 2025")
    con.execute(f"""
        CREATE TABLE defaults AS
        PIVOT (FROM '{catalogue}/defaults.csv' WHERE item_type <> '*')
        ON parameter USING MAX(CAST(value AS DOUBLE)) GROUP BY item_type
    """)
    start = time.perf_counter()
    con.execute(f"""
        CREATE TABLE amounts AS
        WITH dated AS (
            SELECT *, year(purchase_date) + (dayofyear(purchase_date) - 1)
                / dayofyear(make_date(year(purchase_date), 12, 31)) AS bought
            FROM '{inventory}'
        ),
        counted AS (
            SELECT entity, item_type, quality, 2026 - bought > lifetime_years AS outlived,
                quantity * greatest(0, 2026 - greatest(bought, 2025))
                    / greatest(lifetime_years, 2026 - bought) AS units,
                quantity * greatest(0, 2026 - greatest(bought, 2025)) * kwh_per_year AS kwh
            FROM dated JOIN defaults USING (item_type)
        )
        SELECT entity, item_type, quality, outlived, {summed.format("units")} AS units, {summed.format("kwh")} AS kwh,
            {summed.format("units * units")} AS units_sq, {summed.format("units * kwh")} AS units_x_kwh,
            {summed.format("kwh * kwh")} AS kwh_sq
        FROM counted GROUP BY ALL
    """)
    con.execute("""
        CREATE TABLE totals AS
        WITH by_type AS (SELECT entity, item_type, sum(units) AS units, sum(kwh) AS kwh FROM amounts GROUP BY ALL)
        SELECT entity, item_type, stage, criterion, units * value AS value
        FROM by_type JOIN factors ON flow = item_type
        UNION ALL
        SELECT entity, item_type, 'use', criterion, kwh * value FROM by_type CROSS JOIN electricity
    """)
    first = time.perf_counter() - start
    con.execute("""
        CREATE TABLE intervals AS
        WITH units AS (SELECT flow AS item_type, criterion, sum(value) AS value FROM factors GROUP BY ALL),
        default_cv AS (SELECT cv FROM classes WHERE kind = 'default'),
        common AS (
            SELECT entity, criterion, (t.value * c.cv) ** 2 AS variance
            FROM totals t JOIN classes c ON t.stage <> 'use' AND kind = 'factor_quality' AND class = '3'
            UNION ALL
            SELECT entity, criterion, (sum(t.value) * any_value(c.cv)) ** 2
            FROM totals t JOIN classes c ON t.stage = 'use' AND kind = 'electricity' GROUP BY ALL
            UNION ALL
            SELECT entity, criterion, (sum(units) * any_value(u.value * cv)) ** 2
            FROM amounts JOIN units u USING (item_type) CROSS JOIN default_cv WHERE NOT outlived
            GROUP BY entity, criterion, item_type
            UNION ALL
            SELECT entity, criterion, (sum(kwh) * any_value(e.value * c.cv)) ** 2
            FROM amounts CROSS JOIN electricity e CROSS JOIN default_cv c GROUP BY entity, criterion, item_type
        ),
        by_row AS (
            SELECT entity, u.criterion, c.cv ** 2 * (u.value ** 2 * units_sq + 2 * u.value * e.value * units_x_kwh
                + e.value ** 2 * kwh_sq) AS variance
            FROM amounts a JOIN units u USING (item_type) JOIN electricity e USING (criterion)
            JOIN classes c ON kind = 'row_quality' AND class = quality
        ),
        moments AS (
            SELECT entity, criterion, mean, sqrt(ln(1 + variance / mean ** 2)) AS spread
            FROM (
                SELECT entity, criterion, sum(variance) AS variance
                FROM (FROM common UNION ALL FROM by_row) GROUP BY ALL
            )
            JOIN (SELECT entity, criterion, sum(value) AS mean FROM totals GROUP BY ALL) USING (entity, criterion)
        )
        SELECT entity AS name, criterion, mean * exp(-(spread ** 2) / 2 - 1.959963984540054 * spread) AS low95,
            mean * exp(-(spread ** 2) / 2 + 1.959963984540054 * spread) AS high95
        FROM moments
    """)
    seconds = time.perf_counter() - start
    if totals:
        _same(con.execute("FROM totals").to_arrow_table(), totals)
        intervals = totals.with_name(totals.name.replace("totals", "intervals"))
        differ = con.execute(f"""
            SELECT count(*) FROM intervals i FULL JOIN '{intervals}' e USING (name, criterion)
            WHERE (abs(i.low95 - e.low95) < 1e-9 * e.low95 AND abs(i.high95 - e.high95) < 1e-9 * e.high95) IS NOT TRUE
        """).fetchall()[0][0]
        if differ:
            sys.exit(f"{differ} intervals differ")
    return {"all": seconds, "totals": first}


def minimal_csv(listed: Path, catalogue: Path, _totals: Path | None) -> dict[str, float]:
    """The shortest SQL from the GLPI list to totals by entity, type, stage and criterion, as a line of HTML each."""
    import duckdb
    from inventories import TYPES

    con = duckdb.connect()
    con.execute(f"SET threads = {THREADS}; SET enable_progress_bar = false; SET preserve_insertion_order = false")
    con.execute("CREATE TABLE known (label VARCHAR, model VARCHAR, item_type VARCHAR, years DOUBLE, kwh DOUBLE)")
    for item_type, (years, kwh, label, model) in TYPES.items():
        con.execute("INSERT INTO known VALUES (?, ?, ?, ?, ?)", [label, model, item_type, years, kwh])
    con.execute(f"CREATE TABLE factors AS FROM '{catalogue}/factors.csv'")
    con.execute(f"CREATE TABLE electricity AS FROM '{catalogue}/electricity.csv' WHERE zone = 'FRA' AND year = 2025")
    start = time.perf_counter()
    rows = con.execute(f"""
        WITH listed AS (
            SELECT "Entité" AS entity, "Type" AS label, regexp_replace("Modèle", ' v[0-9]+$', '') AS model,
                strptime("Date de mise en service", '%d-%m-%Y')::DATE AS purchase_date
            FROM read_csv('{listed}', delim = ';', header = true, all_varchar = true)
        ),
        dated AS (
            SELECT entity, item_type, years, kwh, year(purchase_date) + (dayofyear(purchase_date) - 1)
                / dayofyear(make_date(year(purchase_date), 12, 31)) AS bought
            FROM listed JOIN known USING (label, model)
        ),
        amounts AS (
            SELECT entity, item_type,
                sum(greatest(0, 2026 - greatest(bought, 2025)) / greatest(years, 2026 - bought)) AS units,
                sum(greatest(0, 2026 - greatest(bought, 2025)) * kwh) AS kwh
            FROM dated GROUP BY ALL
        )
        SELECT entity, item_type, stage, criterion, units * value FROM amounts JOIN factors ON flow = item_type
        UNION ALL
        SELECT entity, item_type, 'use', criterion, kwh * value FROM amounts CROSS JOIN electricity
    """).fetchall()
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    with Path(os.devnull).open("w", encoding="utf-8") as page:
        page.write("\n".join(lines))
    return {"all": time.perf_counter() - start}


def minimal_full(inventory: Path, catalogue: Path, totals: Path | None) -> dict[str, float]:
    """The shortest SQL that gives the same totals of the items of the full inventory, in floating point.

    Every rule that moves a total, nothing of what Estran says beside it: no gap, no list of what was set aside, no
    origin, no interval, no other sub-total.
    """
    import duckdb

    con = duckdb.connect()
    con.execute(f"SET threads = {THREADS}; SET enable_progress_bar = false; SET preserve_insertion_order = false")
    con.execute(f"CREATE TABLE factors AS FROM '{catalogue}/factors.csv'")
    con.execute(f"CREATE TABLE electricity AS FROM '{catalogue}/electricity.csv' WHERE year = 2025")
    con.execute(f"CREATE TABLE rooms AS FROM '{inventory.parent}/rooms.csv'")
    con.execute(f"CREATE TABLE sheets AS SELECT * REPLACE (lower(model) AS model) FROM '{inventory.parent}/models.csv'")
    con.execute(f"""
        CREATE TABLE defaults AS
        PIVOT (FROM '{catalogue}/defaults.csv' WHERE item_type <> '*')
        ON parameter USING MAX(CAST(value AS DOUBLE)) GROUP BY item_type
    """)
    con.execute("""
        CREATE MACRO decimal_year(d) AS
            year(d) + (dayofyear(d) - 1) / dayofyear(make_date(year(d), 12, 31))
    """)
    start = time.perf_counter()
    con.execute(f"""
        CREATE TABLE repeated AS
        SELECT item_type, min(place) AS kept, list(place) AS places
        FROM (
            SELECT item_type, file_row_number AS place,
                regexp_replace(lower(serial), '[^a-z0-9]', '', 'g') AS serial_key
            FROM '{inventory}' WHERE virtual IS NULL AND internal_panel IS NOT TRUE
        )
        GROUP BY item_type, serial_key HAVING count(*) > 1
    """)
    con.execute(f"""
        CREATE TABLE amounts AS
        WITH dated AS (
            SELECT i.*, s.reference AS sheet, s.lifetime_years AS sheet_life, s.kwh_per_year AS sheet_kwh,
                d.lifetime_years AS type_life, d.kwh_per_year AS type_kwh, d.mean_total_life_years AS total_life,
                decimal_year(purchase_date) AS bought, decimal_year(withdrawal_date) AS gone,
                decimal_year(planned_withdrawal_date) AS planned, coalesce(quantity, 1) * coalesce(
                    use_share, CASE ownership WHEN 'byod' THEN 0.57 WHEN 'cope' THEN 0.85 ELSE 1 END) AS items
            FROM '{inventory}' i
            JOIN defaults d USING (item_type)
            LEFT JOIN sheets s ON s.item_type = i.item_type AND s.model = lower(i.model)
            WHERE virtual IS NULL AND internal_panel IS NOT TRUE AND (withdrawal_date < purchase_date) IS NOT TRUE
                AND NOT (status = 'retired' AND withdrawal_date IS NULL)
                AND file_row_number NOT IN (
                    SELECT place FROM (SELECT unnest(places) AS place, kept FROM repeated) WHERE place > kept)
        ),
        lived AS (
            SELECT *, greatest(
                    0, least(coalesce(gone, 2026), 2026) - greatest(coalesce(bought, 2025), 2025)) AS presence,
                CASE
                    WHEN lifetime_years > 0 THEN lifetime_years
                    WHEN gone > bought THEN gone - bought
                    WHEN planned > bought THEN greatest(planned - bought, 2026 - bought)
                    ELSE greatest(coalesce(sheet_life, type_life), 2026 - bought)
                END AS life,
                CASE WHEN upstream_proof THEN coalesce(upstream_years * refurbished_share, 0) ELSE 0 END AS before
            FROM dated
        ),
        counted AS (
            SELECT entity, item_type, coalesce(reference, sheet, item_type) AS flow,
                coalesce(r.zone, l.zone, 'FRA') AS place, r.room, items * presence / (life + before + CASE
                    WHEN reuse_proof THEN reuse_rate * greatest(0, total_life - life - before) ELSE 0 END) AS units,
                CASE
                    WHEN status = 'spare' THEN 0
                    WHEN kwh_measured IS NOT NULL THEN kwh_measured * items / coalesce(quantity, 1)
                    ELSE items * presence * coalesce(kwh_per_unit, power_w * hours_per_year / 1000, sheet_kwh, type_kwh)
                END AS kwh
            FROM lived l LEFT JOIN (SELECT room, zone FROM rooms) r USING (room)
            WHERE presence > 0
        )
        SELECT entity, item_type, flow, place, room, sum(units) AS units, sum(kwh) AS kwh FROM counted GROUP BY ALL
    """)
    con.execute("""
        CREATE TABLE totals AS
        WITH metered AS (
            SELECT room,
                coalesce(any_value(it_kwh), any_value(facility_kwh) / coalesce(any_value(pue), 1.6)) / sum(kwh) AS scale
            FROM amounts JOIN rooms USING (room) GROUP BY room
        )
        SELECT entity, item_type, stage, criterion, sum(units * value) AS value
        FROM amounts JOIN factors USING (flow) WHERE stage <> 'use' GROUP BY ALL
        UNION ALL
        SELECT entity, item_type, 'use', criterion, sum(kwh * coalesce(scale, 1) * value)
        FROM amounts LEFT JOIN metered USING (room) JOIN electricity ON zone = place GROUP BY ALL
    """)
    seconds = time.perf_counter() - start
    if totals:
        _same(con.execute("FROM totals").to_arrow_table(), totals, of_items=True)
    return {"all": seconds}


def bare_scan(inventory: Path, _catalogue: Path, _totals: Path | None) -> dict[str, float]:
    """Reading the columns and doing next to nothing with them."""
    import duckdb

    con = duckdb.connect()
    con.execute(f"SET threads = {THREADS}; SET enable_progress_bar = false")
    columns = [name for name, *_ in con.execute(f"DESCRIBE FROM '{inventory}'").fetchall() if name != "item_id"]
    start = time.perf_counter()
    con.execute(f"SELECT bit_xor(hash({', '.join(columns)})) FROM '{inventory}'").fetchall()
    return {"all": time.perf_counter() - start}


def polars(inventory: Path, catalogue: Path, totals: Path | None) -> dict[str, float]:
    """The same reduction and the same product, in Polars."""
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars as pl

    factors = pl.read_csv(catalogue / "factors.csv").select("flow", "stage", "criterion", "value")
    electricity = pl.read_csv(catalogue / "electricity.csv").filter(pl.col("zone") == "FRA", pl.col("year") == 2025)
    defaults = (
        pl.read_csv(catalogue / "defaults.csv", schema_overrides={"value": pl.String})
        .filter(pl.col("item_type") != "*")
        .pivot("parameter", index="item_type", values="value")
        .with_columns(pl.exclude("item_type").cast(pl.Float64))
    )
    start = time.perf_counter()
    date = pl.col("purchase_date").dt
    bought = date.year() + (date.ordinal_day() - 1) / (365 + date.is_leap_year().cast(pl.Int32))
    present = pl.col("quantity") * pl.max_horizontal(0, 2026 - pl.max_horizontal("bought", 2025))
    amounts = (
        pl.scan_parquet(inventory)
        .select("entity", "item_type", "quantity", bought=bought)
        .join(defaults.lazy(), on="item_type")
        .group_by("entity", "item_type")
        .agg(
            units=(present / pl.max_horizontal("lifetime_years", 2026 - pl.col("bought"))).sum(),
            kwh=(present * pl.col("kwh_per_year")).sum(),
        )
        .collect(engine="streaming")
    )
    made = amounts.join(factors, left_on="item_type", right_on="flow").with_columns(
        value=pl.col("units") * pl.col("value")
    )
    used = amounts.join(electricity, how="cross").with_columns(
        stage=pl.lit("use"), value=pl.col("kwh") * pl.col("value")
    )
    columns = ["entity", "item_type", "stage", "criterion", "value"]
    result = pl.concat([made.select(columns), used.select(columns)])
    seconds = time.perf_counter() - start
    if totals:
        _same(result.to_arrow(), totals)
    return {"all": seconds}


def boaviztapi(inventory: Path, _catalogue: Path, _totals: Path | None) -> dict[str, float]:
    """BoaviztAPI in process: every criterion of the first thousand items of a type it knows, one by one."""
    import duckdb
    from boaviztapi.compute.impacts_computation import compute_impacts
    from boaviztapi.data.archetype import get_user_terminal_archetype
    from boaviztapi.dto.device import user_terminal
    from boaviztapi.models.impact import IMPACT_CRITERIAS

    known = ", ".join(f"'{name}'" for name in TYPES_OF_BOAVIZTA)
    items = duckdb.execute(f"SELECT item_type FROM '{inventory}' WHERE item_type IN ({known}) LIMIT 1000").fetchall()
    start = time.perf_counter()
    for (item_type,) in items:
        kind, name = TYPES_OF_BOAVIZTA[item_type]
        archetype = get_user_terminal_archetype(name)
        device = user_terminal.mapper_user_terminal(getattr(user_terminal, kind)(), archetype=archetype)
        compute_impacts(
            model=device, selected_criteria=list(IMPACT_CRITERIAS), duration=device.usage.hours_life_time.value
        )
    return {"all": time.perf_counter() - start, "items": len(items)}


def _same(result: object, totals: Path, *, of_items: bool = False) -> None:
    """Stop unless the result holds the rows that Estran wrote, at 1e-9; those of the computer rooms may be left out."""
    import duckdb

    known = f"(FROM '{totals}' WHERE item_type <> 'room' OR NOT {of_items})"
    rows, known, differ = duckdb.execute(f"""
        SELECT count(*), (SELECT count(*) FROM {known}),
            count(*) FILTER (e.value IS NULL OR abs(r.value - e.value) > 1e-9 * abs(e.value))
        FROM result r LEFT JOIN {known} e USING (entity, item_type, stage, criterion)
    """).fetchone()
    if rows != known or differ:
        sys.exit(f"{rows} totals, {known} by Estran, {differ} differ")


if __name__ == "__main__":
    name, inventory, catalogue, *totals = sys.argv[1:]
    seconds = globals()[name](Path(inventory), Path(catalogue), Path(totals[0]) if totals else None)
    print(json.dumps({"seconds": seconds, "rows": 0}))
