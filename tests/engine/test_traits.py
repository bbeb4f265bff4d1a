"""The numbers by which the sums know an item's origins and holding (counted.sql) are read back by traits.sql."""

from __future__ import annotations

import duckdb
import sqlglot
from sqlglot import exp

from estran.common import table_schema
from estran.engine.session import BASE_METHOD, METHODS

KINDS = {"lifetime_origin": "lifetime_origin", "expected_origin": "lifetime_origin"} | {
    name: name for name in ("kwh_origin", "zone_origin")
}
HELD = ("acquisition", "ownership", "hosting")


def _text(name: str) -> str:
    return (METHODS / BASE_METHOD / f"{name}.sql").read_text(encoding="utf-8")


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
        con.execute(f"CREATE TABLE traits AS {_text('traits')}")
        con.execute(
            "CREATE TABLE consumption AS SELECT t.* EXCLUDE (traits), traits AS expected, 'Salle' AS room,"
            " true AS in_described_room, true AS in_metered_room, 1.0 AS modelled_kwh FROM traits t"
        )
        counted = con.execute(f"SELECT count(*), count(*) FILTER (traits = expected) FROM ({_text('counted')})")
        assert len(set(counted.fetchall()[0])) == 1
        assert con.execute("SELECT count(*) - count(DISTINCT traits) FROM traits").fetchall() == [(0,)]
        numbered = {
            (name, text)
            for name in (*KINDS.values(), *HELD)
            for (text,) in con.sql(f"SELECT DISTINCT {name} FROM traits").fetchall()
        }
    written = _written()
    assert len(written) >= 15
    assert written <= numbered
    choices = {column.column: column.choices for column in table_schema.columns("inventory")}
    assert {(name, choice) for name in HELD for choice in choices[name]} <= numbered
