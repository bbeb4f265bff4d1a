"""Every origin that a step writes, and every way of holding an item, has its number in the sums (origin_codes.csv)."""

import csv

import duckdb
import sqlglot
from sqlglot import exp

from estran.common import table_schema
from estran.engine.steps import METHODS, steps

KINDS = {"lifetime_origin": "lifetime_origin", "expected_origin": "lifetime_origin"} | {
    name: name for name in ("kwh_origin", "zone_origin")
}
HELD = ("acquisition", "ownership", "hosting")


def _known() -> set[tuple[str, str]]:
    with (METHODS / "origin_codes.csv").open(encoding="utf-8", newline="") as file:
        return {(row["column"], row["code"]) for row in csv.DictReader(file)}


def _written() -> set[tuple[str, str]]:
    """Every origin that a step of a method writes."""
    origins = set()
    for path in METHODS.glob("*/*.sql"):
        if path.stem.split(".")[0] not in ("lifetimes", "consumption"):
            continue
        for alias in sqlglot.parse_one(path.read_text(encoding="utf-8"), read="duckdb").find_all(exp.Alias):
            if alias.alias in KINDS:
                cases = [*alias.find_all(exp.If), *alias.find_all(exp.Case)]
                texts = (case.args.get("true") or case.args.get("default") for case in cases)
                origins |= {(KINDS[alias.alias], text.this) for text in texts if isinstance(text, exp.Literal)}
    return origins


def test_every_origin_and_holding_is_listed() -> None:
    written = _written()
    assert len(written) >= 15
    assert written <= _known()
    choices = {column.column: column.choices for column in table_schema.columns("inventory")}
    assert {(name, choice) for name in HELD for choice in choices[name]} <= _known()


def test_the_number_of_a_row_leads_back_to_its_origins() -> None:
    text = {step.name: step.sql for step in steps()}
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE origin_codes AS {text['origin_codes']}")
        con.execute("CREATE MACRO setting_view() AS 'stock'")
        measures = "1.0 AS quantity, 1.0 AS share, 1.0 AS presence, 1.0 AS made, 1.0 AS ended, 1.0 AS modelled_kwh"
        unknown = ("model", "use_zone", "room", "quality", "stop")
        names = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in unknown)
        con.execute(
            f"CREATE TABLE consumption AS SELECT o.* EXCLUDE (origin_code), {measures}, {names}, 'e' AS entity,"
            " 't' AS item_type, CAST(origin_code AS VARCHAR) AS reference, true AS in_described_room,"
            " true AS in_metered_room FROM origin_codes o"
        )
        rows = con.execute(f"SELECT reference, origin_code FROM ({text['sums']})").fetchall()
        (count,) = con.execute("SELECT count(*) FROM origin_codes").fetchone() or (0,)
    assert len(rows) == len({code for _expected, code in rows}) == count
    assert all(expected == str(code) for expected, code in rows)
