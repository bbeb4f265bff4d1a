"""The numbers by which the sums know an item's origins and holding (counted) are read back by origin_codes."""

from __future__ import annotations

import duckdb
import sqlglot
from sqlglot import exp

from estran.common import table_schema
from estran.engine.session import METHODS, steps

KINDS = {"lifetime_origin": "lifetime_origin", "expected_origin": "lifetime_origin"} | {
    name: name for name in ("kwh_origin", "zone_origin")
}
HELD = ("acquisition", "ownership", "hosting")


def _text(name: str) -> str:
    return next(step.sql for step in steps() if step.name == name)


def _written() -> set[tuple[str, str]]:
    """Every origin that a step of a method writes."""
    found = set()
    for path in METHODS.glob("*/*.sql"):
        if path.stem.split(".")[0] not in ("expected_lives", "lifetimes", "consumption"):
            continue
        for alias in sqlglot.parse_one(path.read_text(encoding="utf-8"), read="duckdb").find_all(exp.Alias):
            if alias.alias in KINDS:
                cases = [*alias.find_all(exp.If), *alias.find_all(exp.Case)]
                texts = (case.args.get("true") or case.args.get("default") for case in cases)
                found |= {(KINDS[alias.alias], text.this) for text in texts if isinstance(text, exp.Literal)}
    return found


def test_every_origin_and_holding_has_its_number_and_is_read_back() -> None:
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE origin_codes AS {_text('origin_codes')}")
        con.execute(
            "CREATE TABLE consumption AS SELECT t.* EXCLUDE (origin_code), origin_code AS expected, 'Salle' AS room,"
            " true AS in_described_room, true AS in_metered_room, 1.0 AS modelled_kwh FROM origin_codes t"
        )
        counted = con.execute(f"SELECT count(*), count(*) FILTER (origin_code = expected) FROM ({_text('counted')})")
        assert len(set(counted.fetchall()[0])) == 1
        assert con.execute("SELECT count(*) - count(DISTINCT origin_code) FROM origin_codes").fetchall() == [(0,)]
        numbered = {
            (name, text)
            for name in (*KINDS.values(), *HELD)
            for (text,) in con.sql(f"SELECT DISTINCT {name} FROM origin_codes").fetchall()
        }
    written = _written()
    assert len(written) >= 15
    assert written <= numbered
    choices = {column.column: column.choices for column in table_schema.columns("inventory")}
    assert {(name, choice) for name in HELD for choice in choices[name]} <= numbered
