"""What people, meters and suppliers write in tables: registers, rooms, bills, statements, uses.

Each table is a query of `sql/` over the facts; a footprint of a supplier is a tree, written here.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from estran.common.shipped import table_path
from estran.common.sql import quoted
from estran.demo.files import FACTS, Cell, Writer, read_facts
from estran.demo.office import AUTHORITY

if TYPE_CHECKING:
    import duckdb

PAYER, ACCOUNT = "000000000000", "000000000042"  # twelve digits, as AWS writes them; nobody's
PROJECT = "00000000-0000-4000-8000-0000000000ab"
REGISTERS = (
    *("purchases", "movements", "trips_avoided", "energy_readings", "paper", "online_services", "actions_followup"),
)


def write_registers(writer: Writer) -> None:
    """One file per register in `registres/`, every year in it, and the targets of the strategy."""
    for name in REGISTERS:
        writer.csv(f"registres/{name}.csv", _select(name))
    writer.csv("cibles.csv", _select("targets"))


def write_services(writer: Writer, year: int) -> None:
    """Every file of the services of a year, and the table of its computer rooms."""
    folder = f"{year}/services"
    writer.csv(f"{year}/salles/rooms.csv", _select("rooms", year))
    for name in ("aws_focus", "aws_carbon_emissions"):
        writer.csv(f"{folder}/{name}.csv", _select(name, year))
    if year >= 2024:  # the supplier publishes nothing before October 2024
        writer.text(f"{folder}/scaleway_empreinte.json", json.dumps(_scaleway(year), indent=1) + "\n")
    for name in ("factures", "activites", "declarations"):
        writer.csv(f"{folder}/{name}.csv", _select(name, year), ";", "utf-8-sig", newline="\r\n")
    if len(talks := _select("ai_use", year)) > 1:
        writer.csv(f"{folder}/ai_use.csv", talks)


def _select(name: str, year: int = 0) -> list[tuple[Cell, ...]]:
    """The header and the rows of a query of `sql/`, for a year where it asks for one."""
    text = Template((Path(__file__).parent / "sql" / f"{name}.sql").read_text("utf-8"))
    result = _facts().sql(text.substitute(year=year, next_year=year + 1, payer=PAYER, account=ACCOUNT))
    return [tuple(result.columns), *result.fetchall()]


@cache
def _facts() -> duckdb.DuckDBPyConnection:
    """The tables of the facts, each row with its `place`; `entities` are the directorates in the hierarchy of GLPI."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    for path in (*FACTS.glob("*.csv"), table_path("action_statuses")):
        table = connection.read_csv(
            str(path), header=True, delimiter=",", quotechar='"', escapechar='"', all_varchar=True
        )
        table.select("row_number() OVER () AS place, *").create_view(path.stem)
    connection.execute(
        f"CREATE VIEW entities AS SELECT code, {quoted(AUTHORITY + ' > ')} || name AS entity FROM directorates"
    )
    return connection


def _scaleway(year: int) -> dict[str, object]:
    """The answer of Scaleway's footprint API: a tree whose totals repeat the sum of their branches."""
    rows = [row for row in read_facts("scaleway") if float(row[f"kg_{year}"])]
    part = {name: [row for row in rows if row["region"] == name] for name in sorted({row["region"] for row in rows})}
    regions = [
        {
            "region": name,
            "total_region_impact": _impact(inside, year),
            "zones": [
                {"zone": zone, "total_zone_impact": _impact(of, year), "skus": _skus(of, year)}
                for zone in sorted({row["zone"] for row in inside} - {""})
                for of in [[row for row in inside if row["zone"] == zone]]
            ],
            "skus": _skus([row for row in inside if not row["zone"]], year),
        }
        for name, inside in part.items()
    ]
    return {
        "start_date": "2024-10-01T00:00:00Z" if year == 2024 else f"{year}-01-01T00:00:00Z",
        "end_date": f"{year + 1}-01-01T00:00:00Z",
        "total_impact": _impact(rows, year),
        "projects": [{"project_id": PROJECT, "total_project_impact": _impact(rows, year), "regions": regions}],
    }


def _impact(rows: list[dict[str, str]], year: int) -> dict[str, float]:
    columns = {"kg_co2_equivalent": f"kg_{year}", "m3_water_usage": f"m3_{year}"}
    return {name: round(sum(float(row[column]) for row in rows), 3) for name, column in columns.items()}


def _skus(rows: list[dict[str, str]], year: int) -> list[dict[str, object]]:
    names = ("sku", "service_category", "product_category")
    return [{**{name: row[name] for name in names}, "total_sku_impact": _impact([row], year)} for row in rows]
