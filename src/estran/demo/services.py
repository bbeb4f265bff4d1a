"""What is bought or used rather than owned: cloud bills and statements, paper, data, trips, telework, generative AI."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from estran.demo.files import Cell, Writer, read_facts, read_layouts
from estran.demo.office import directorate, entity_name
from estran.demo.schools import School

PAYER, ACCOUNT = "000000000000", "000000000042"  # twelve digits, as AWS writes them; nobody's
PROJECT = "00000000-0000-4000-8000-0000000000ab"


def write_services(writer: Writer, year: int, schools: list[School]) -> None:
    """Every file of the services of a year."""
    folder = f"{year}/services"
    writer.csv(f"{folder}/aws_focus.csv", _table("focus", _focus(year)))
    writer.csv(f"{folder}/aws_carbon_emissions.csv", _table("aws", _aws(year)))
    if year >= 2024:  # the supplier publishes nothing before October 2024
        writer.text(f"{folder}/scaleway_empreinte.json", json.dumps(_scaleway(year), indent=1) + "\n")
    typed = {
        "factures": _typed("factures", year),
        "activites": [*_typed("activites", year), *_uses(year, schools)],
        "declarations": _declared(year),
    }
    for name, records in typed.items():
        writer.csv(f"{folder}/{name}.csv", _table(name, records), ";", "utf-8-sig", newline="\r\n")
    if talks := [row for row in read_facts("ai_use") if row["year"] == str(year)]:
        places = ({**row, "entity": entity_name(directorate(row["directorate"]))} for row in talks)
        writer.csv(f"{folder}/ai_use.csv", _table("ai_use", places))


def _table(name: str, records: Iterable[Mapping[str, Cell]]) -> list[list[Cell]]:
    columns = read_layouts("columns")[name]
    return [columns, *([record.get(column) for column in columns] for record in records)]


def _month(year: int, month: int) -> tuple[str, str]:
    """First day of a month and of the next one, as billing files write them."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return f"{date(year, month, 1)}T00:00:00Z", f"{following}T00:00:00Z"


def _focus(year: int) -> Iterator[dict[str, Cell]]:
    """A bill in FOCUS 1.0 with two of the columns AWS adds; each month ends with a tax, which is no usage."""
    for month in range(1, 13):
        start, end = _month(year, month)
        common: dict[str, Cell] = {
            "BillingAccountId": PAYER,
            "BillingCurrency": "EUR",
            "BillingPeriodStart": start,
            "BillingPeriodEnd": end,
            "ChargePeriodStart": start,
            "ChargePeriodEnd": end,
            "ProviderName": "AWS",
            "SubAccountId": ACCOUNT,
            "SubAccountName": "trieux-blavet",
        }
        total = 0.0
        for i, row in enumerate(read_facts("cloud_usage")):
            quantity = round(float(row[f"monthly_{year}"]) * (0.97 + month % 4 * 0.02), 2)
            cost = round(quantity * float(row["eur_per_unit"]), 4)
            total += cost
            if quantity:
                yield {
                    **common,
                    "BilledCost": cost,
                    "EffectiveCost": cost,
                    "ChargeCategory": "Usage",
                    "ConsumedQuantity": quantity,
                    "ConsumedUnit": row["unit"],
                    "RegionId": "eu-west-3",
                    "RegionName": "Europe (Paris)",
                    "ResourceId": f"arn:demo:{row['resource']}",
                    "ResourceName": row["resource"],
                    "ResourceType": row["resource_type"],
                    "ServiceCategory": row["category"],
                    "ServiceName": row["service_name"],
                    "SkuId": f"TBSKU{i + 1:011d}",
                    "Tags": json.dumps({"service": row["tag"]}),
                    "x_ServiceCode": row["service_code"],
                    "x_UsageType": row["usage_type"],
                }
        tax = round(total * 0.2, 4)
        rest = {"ChargeCategory": "Tax", "ServiceCategory": "Other", "ServiceName": "Tax"}
        yield {**common, **rest, "BilledCost": tax, "EffectiveCost": tax}


def _aws(year: int) -> Iterator[dict[str, Cell]]:
    """The statement CARBON_EMISSIONS of AWS, month by month: tonnes, by location and by market."""
    for month in range(1, 13):
        start, end = _month(year, month)
        for row in read_facts("cloud_statements"):
            tonnes, cleaner = float(row[f"tonnes_{year}"]) / 12, float(row["market_share"])
            scope_1, scope_2 = (tonnes * float(row[name]) for name in ("scope_1_share", "scope_2_share"))
            scope_3, bought = tonnes - scope_1 - scope_2, scope_2 * cleaner * 0.1
            values = {
                "total_lbm": tonnes,
                "total_mbm": scope_1 + bought + scope_3 * cleaner,
                "total_scope_1": scope_1,
                "total_scope_2_lbm": scope_2,
                "total_scope_2_mbm": bought,
                "total_scope_3_lbm": scope_3,
                "total_scope_3_mbm": scope_3 * cleaner,
            }
            yield {
                "last_refresh_timestamp": f"{year + 1}-03-18 06:12:40Z",
                "location": "Europe (Paris)",
                "model_version": "v3.0.0",
                "payer_account_id": PAYER,
                "product_code": row["product"],
                "region_code": row["region"],
                "usage_account_id": ACCOUNT,
                "usage_period_start": start,
                "usage_period_end": end,
                **{f"{name}_emissions_unit": "MTCO2e" for name in values},
                **{f"{name}_emissions_value": f"{value:.9f}" for name, value in values.items()},
            }


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


def _typed(name: str, year: int) -> Iterator[dict[str, Cell]]:
    """A table typed by hand in Estran's columns."""
    for i, row in enumerate(row for row in read_facts("services") if row["file"] == name):
        place = entity_name(directorate(row["directorate"]))
        yield {**row, "item_id": f"{name[:3].upper()}-{i + 1:02d}", "entity": place, "amount": row[str(year)]}


def _declared(year: int) -> Iterator[dict[str, Cell]]:
    """Statements of suppliers copied from their reports, in tonnes."""
    for row in read_facts("declarations"):
        yield {
            "Entité": entity_name(directorate(row["directorate"])),
            "Fournisseur": row["provider"],
            "Service": row["service"],
            "Année": year,
            "Zone électrique": row["zone"],
            "Critère": "gwp",
            "Valeur": row[str(year)],
            "Unité": "t CO2 eq",
            "Base": row["basis"],
            "Frontière": row["boundary"],
            "Qualité du facteur fournisseur": row["supplier_quality"],
            "Qualité": row["quality"],
        }


def _uses(year: int, schools: list[School]) -> Iterator[dict[str, Cell]]:
    """Paper and telework: so much per agent of each directorate, so much per pupil of each school."""
    for kind, row in enumerate(read_facts("uses")):
        if row["per"] == "agent":
            units = [directorate(code) for code in row["directorates"].split("|")]
            places = [(unit["code"], entity_name(unit), int(unit["agents"])) for unit in units]
        else:
            places = [(school.uai, school.entity(), school.pupils[year]) for school in schools]
        for code, place, heads in places:
            amount = round(float(row[str(year)]) * heads)
            yield {**row, "item_id": f"USA-{kind + 1}-{code}", "entity": place, "amount": amount, "zone": "FRA"}
