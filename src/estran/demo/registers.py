"""The registers of the fictional département: purchases, retired equipment, trips, services, energy, paper, actions."""

from collections.abc import Iterator
from typing import Any

from estran.catalogue.loading import read_table
from estran.common import table_schema
from estran.demo.files import Cell, Writer, read_facts
from estran.demo.office import YEARS, directorate

MONTHS = tuple(f"{month:02d}" for month in range(1, 13))
FORFAIT_EUR = 100  # invented: the flat value of a tablet received
# Electricity of a room by month, summers a little higher for the cooling; sums to 1200.
COOLING = (97, 95, 96, 97, 100, 104, 108, 108, 103, 99, 97, 96)


def write_registers(writer: Writer) -> None:
    """One file per register in `registres/`, every year in it, and the targets of the strategy."""
    tables = {
        "purchases": _purchases(),
        "movements": _movements(),
        "trips_avoided": _trips(),
        "energy_readings": _energy(),
        "paper": _paper(),
        "online_services": iter(read_facts("register_online_services")),
        "actions_followup": _followup(),
    }
    for name, rows in tables.items():
        writer.csv(f"registres/{name}.csv", _table(name, rows))
    writer.csv("cibles.csv", _table("targets", iter(read_facts("targets"))))


def _table(name: str, rows: Iterator[Any]) -> Iterator[list[Cell]]:
    """The rows under the columns of the register that they fill."""
    filled = list(rows)
    columns = [column.column for column in table_schema.columns(name) if any(row.get(column.column) for row in filled)]
    yield [*columns]
    for row in filled:
        yield [row.get(column) for column in columns]


def _purchases() -> Iterator[dict[str, Cell]]:
    """Each line of the year in two invoices, in March and in October: the regime of the decree changes between them."""
    for year in YEARS:
        for place, row in enumerate(read_facts("register_purchases"), 1):
            units = int(row[str(year)])
            for month, quantity in (("03", units // 2), ("10", units - units // 2)):
                if quantity:
                    yield {
                        "line_id": f"{year}-{month}-{place:02d}",
                        "item_type": row["item_type"],
                        "order_date": f"{year}-{month}-02",
                        "invoice_date": f"{year}-{month}-25",
                        "agec_category": _category(row["line"], f"{year}-{month}"),
                        "quantity": quantity,
                        "amount_excl_vat": quantity * int(row["price_eur"]),
                        "origin": row["origin"],
                        "gift_flat_value": FORFAIT_EUR if row["origin"] == "gift" else None,
                        "acquisition_mode": "as_a_service" if row["perimeter"] == "services" else "purchase",
                        "ecolabel": row["ecolabel"],
                        "repairability_index": row["index"],
                        "recycled_content": row["recycled"],
                        "contract_ref": row["contract"],
                        "env_clause": row["env_clause"],
                        "social_proof": row["social_proof"],
                        "perimeter": row["perimeter"],
                    }


def _category(line: str, month: str) -> str:
    if line == "other":
        return "out_of_scope"
    if month < "2024-07":
        return f"{line}_2021"
    return "it_and_phones_2024" if line in ("computers", "phones") else "out_of_scope"


def _movements() -> Iterator[dict[str, Cell]]:
    """One row per device: retired in October, gone in April of the next year."""
    number = 0
    for row in read_facts("register_movements"):
        given = row["route"] == "gift_association"
        for _device in range(int(row["quantity"])):
            number += 1
            yield {
                "asset_id": f"SORTIE-{number:04d}",
                "item_type": row["item_type"],
                "weee_category": row["weee"],
                "in_service_date": f"{row['in_service']}-06-01",
                "decommission_date": f"{row['decommissioned']}-10-15" if row["decommissioned"] else None,
                "excluded_reason": row["excluded"],
                "state": "working" if row["proof"] == "oui" or row["route"] == "reassignment" else "not_working",
                "exit_date": f"{row['exit']}-04-10" if row["exit"] else None,
                "route": row["route"],
                "beneficiary": "Ressourcerie du Trieux" if given else "Éco-organisme agréé" if row["mass_kg"] else None,
                "reuse_commitment": row["proof"],
                "proof_ref": f"Convention {row['exit']}" if row["proof"] == "oui" else None,
                "wiping_certificate": f"EFF-{number:04d}" if row["proof"] == "oui" else None,
                "social_price": row["social_price"],
                "passed_on_date": f"{row['exit']}-09-15" if given and row["proof"] == "oui" else None,
                "mass_kg": row["mass_kg"],
                "slip_ref": f"BSD-{row['exit']}" if row["mass_kg"] else None,
            }


def _trips() -> Iterator[dict[str, Cell]]:
    for year in YEARS:
        for row in read_facts("register_trips"):
            for month in MONTHS:
                known = {name: row[name] for name in ("cause", "share_avoided", "share_source", "km_return", "mode")}
                entry = {"entry_id": f"{row['cause']}-{year}-{month}", "period": f"{year}-{month}"}
                yield {**entry, **known, "events": int(row[str(year)]) // 12, "beneficiary": row["beneficiary"]}


def _energy() -> Iterator[dict[str, Cell]]:
    """The meters of the rooms that have some, month by month: the year is that of the rooms of the estate."""
    for row in read_facts("rooms"):
        if row["facility_kwh"]:
            for month, weight in zip(MONTHS, COOLING, strict=True):
                yield {
                    "room_id": row["room"],
                    "period": f"{row['year']}-{month}",
                    "reading_kind": "meter",
                    "total_kwh": round(float(row["facility_kwh"]) * weight / sum(COOLING), 1),
                    "it_kwh": round(float(row["it_kwh"]) / 12, 1),
                    "in_building_bill": "oui",
                }


def _followup() -> Iterator[dict[str, Cell]]:
    """The actions of the strategy as the portal follows them: an action moves on by the share of its steps done."""
    labels = {row["code"]: row["label_fr"] for row in read_table("action_statuses")}
    for row in read_facts("strategy_actions"):
        steps = [bool(step["done_on"]) for step in read_facts("strategy_steps") if step["code"] == row["code"]]
        share = 1.0 if row["status"] == "done" else sum(steps) / len(steps) if steps else 0.0
        yield {
            "action_code": row["code"],
            "status": labels[row["status"]],
            "progress": f"{share:.4g}".replace(".", ","),
            "start_date": row["starts_on"],
            "due_date": row["ends_on"],
            "pilot": directorate(row["directorate"])["name"],
        }


def _paper() -> Iterator[dict[str, Cell]]:
    """Reams for the sheets that the activities of the year count, for every agent."""
    agents = {row["year"]: int(row["value"]) for row in read_facts("headcounts") if row["who"] == "agents"}
    for year in map(str, YEARS):
        for row in read_facts("uses"):
            if row["flow"].startswith("paper_sheet") and row["per"] == "agent":
                yield {
                    "period": year,
                    "unit_code": "Toutes les directions",
                    "format": "A4",
                    "reams": round(int(row[year]) * agents[year] / 500),
                    "recycled": "oui" if row["flow"].endswith("recycled") else "non",
                }
