"""Cloud bills, supplier statements and AI use (rules C1 to C5, G8): what becomes an activity, and what is refused."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estran.common.problems import CannotUse
from estran.common.shipped import text_rows
from estran.importing.services.activities import COLUMNS, ServicesRead, read_services
from examples import examples

CATALOGUE = Path(__file__).parents[2] / "src" / "estran" / "catalogue"
BILL_HEADER = (
    "BilledCost",
    "BillingAccountName",
    "BillingCurrency",
    "ChargeCategory",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "CommitmentDiscountStatus",
    "ConsumedQuantity",
    "ConsumedUnit",
    "EffectiveCost",
    "ProviderName",
    "RegionId",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SubAccountName",
    "Tags",
    "x_ServiceCode",
    "x_UsageType",
)
JANUARY = {
    "BillingAccountName": "Compte de Jeanne Le Goff",
    "BillingCurrency": "EUR",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2025-01-01T00:00:00Z",
    "ChargePeriodEnd": "2025-02-01T00:00:00Z",
    "ProviderName": "AWS",
    "RegionId": "eu-west-3",
    "ServiceCategory": "Compute",
    "ServiceName": "Amazon Elastic Compute Cloud",
    "SubAccountName": "jeanne.le-goff",
    "Tags": '{"owner": "Jeanne Le Goff"}',
    "x_ServiceCode": "AmazonEC2",
}
INSTANCE = JANUARY | {
    "EffectiveCost": "69.80",
    "BilledCost": "72.00",
    "ConsumedQuantity": "744",
    "ConsumedUnit": "Hrs",
    "x_UsageType": "EUW3-BoxUsage:m5.large",
}
VOLUME = JANUARY | {
    "BilledCost": "11.60",
    "ConsumedQuantity": "100",
    "ConsumedUnit": "GB-Mo",
    "x_UsageType": "EUW3-EBS:VolumeUsage.gp3",
    "ServiceCategory": "Storage",
}


def format_of(name: str) -> dict[str, Any]:
    return tomllib.loads((CATALOGUE / "imports" / f"{name}.toml").read_text("utf-8"))


def bill(folder: Path, *lines: dict[str, str]) -> Path:
    path = folder / "focus.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, BILL_HEADER)
        writer.writeheader()
        writer.writerows(lines)
    return path


def read_bill(folder: Path, *lines: dict[str, str], **options: Any) -> ServicesRead:
    return read_services(bill(folder, *lines), format_of("focus"), **options)


def amounts(read: ServicesRead, *keys: str) -> dict[tuple[str, ...], float]:
    return {
        tuple(row[key] for key in keys or ("service", "zone", "flow")): row["amount"] for row in read.rows.to_pylist()
    }


# -------------------------------------------------------------------------------------------------------- bills


def test_a_bill_gives_spend_hours_and_storage(tmp_path: Path) -> None:
    # Spend: 69.80 (effective before billed) + 11.60 = 81.40 €. Hours: 744. Storage: 100 GB for a month, 0.1/12 TB.year.
    read = read_bill(tmp_path, INSTANCE, VOLUME, entity="DSI")
    service = "AWS > AmazonEC2"
    assert amounts(read) == pytest.approx(
        {
            (service, "FRA", "spend_cloud_eur"): 81.40,
            (service, "FRA", "cloud:aws:m5.large"): 744,
            (service, "FRA", "storage_tb_year"): 0.1 / 12,
        },
        rel=1e-9,
    )
    assert read.rows.column_names == list(COLUMNS)
    assert {(row["entity"], row["quality"], row["hosting"]) for row in read.rows.to_pylist()} == {
        ("DSI", "high", "third_party")
    }
    assert (read.read, read.rejected, read.problems) == (2, 0, [])


def test_the_same_bill_as_parquet_with_typed_columns(tmp_path: Path) -> None:
    from datetime import datetime

    lines = [dict.fromkeys(BILL_HEADER, "") | line for line in (INSTANCE, VOLUME)]
    table = pa.Table.from_pylist(lines)
    for name in ("EffectiveCost", "BilledCost", "ConsumedQuantity"):
        numbers = pa.array([float(line[name]) if line[name] else None for line in lines], pa.float64())
        table = table.set_column(table.column_names.index(name), name, numbers)
    for name in ("ChargePeriodStart", "ChargePeriodEnd"):
        days = pa.array([datetime.fromisoformat(line[name]) for line in lines], pa.timestamp("ms", "UTC"))
        table = table.set_column(table.column_names.index(name), name, days)
    pq.write_table(table, tmp_path / "focus.parquet")
    read = read_services(tmp_path / "focus.parquet", format_of("focus"))
    assert amounts(read) == amounts(read_bill(tmp_path, INSTANCE, VOLUME))


def test_nothing_that_names_people_leaves_the_bill(tmp_path: Path) -> None:
    read = read_bill(tmp_path, INSTANCE, INSTANCE | {"BillingCurrency": "USD"})
    assert "Jeanne" not in repr(read) and "jeanne" not in repr(read.rows.to_pylist())
    assert "Colonnes non lues, car elles peuvent nommer des personnes : BillingAccountName, SubAccountName, Tags." in [
        note.replace("\u00a0", " ") for note in read.notes
    ]


def test_only_usage_is_kept(tmp_path: Path) -> None:
    tax, purchase = ({"ChargeCategory": category, "EffectiveCost": "1000"} for category in ("Tax", "Purchase"))
    read = read_bill(tmp_path, INSTANCE, INSTANCE | tax, INSTANCE | purchase)
    assert amounts(read)["AWS > AmazonEC2", "FRA", "spend_cloud_eur"] == pytest.approx(69.80, rel=1e-9)
    assert "Purchase (1), Tax (1)" in " ".join(read.notes)
    assert read.rejected == 0


def test_hours_that_are_not_those_of_an_instance(tmp_path: Path) -> None:
    beside = INSTANCE | {"x_UsageType": "EUW3-EBSOptimized:m5.large"}
    unused = INSTANCE | {"CommitmentDiscountStatus": "Unused"}
    memory = INSTANCE | {"ConsumedUnit": "GiB-Hours", "x_UsageType": "", "SkuId": "N2 Instance Ram"}
    read = read_bill(tmp_path, INSTANCE, beside, unused, memory)
    # What is used counts once by its hours; what is paid beside counts by its cost.
    assert amounts(read) == pytest.approx(
        {
            ("AWS > AmazonEC2", "FRA", "spend_cloud_eur"): 69.80,
            ("AWS > AmazonEC2 > autres lignes", "FRA", "spend_cloud_eur"): 3 * 69.80,
            ("AWS > AmazonEC2", "FRA", "cloud:aws:m5.large"): 744,
        },
        rel=1e-9,
    )


@pytest.mark.parametrize(
    ("provider", "sku", "flow"),
    [
        ("Amazon Web Services", "EUW3-InstanceUsage:db.r6g.2xlarge", "cloud:aws:db.r6g.2xlarge"),
        ("Microsoft", "Standard_D4s_v5", "cloud:azure:standard_d4s_v5"),
        ("Google Cloud", "n2-standard-4 in Paris", "cloud:gcp:n2-standard-4"),
        ("OVHcloud", "b3-16.consumption", "cloud:ovhcloud:b3-16"),
        ("Scaleway", "compute PRO2-XXS run", "cloud:scaleway:pro2-xxs"),
    ],
)
def test_instances_are_named_as_each_provider_names_them(tmp_path: Path, provider: str, sku: str, flow: str) -> None:
    read = read_bill(tmp_path, INSTANCE | {"ProviderName": provider, "x_UsageType": sku, "ConsumedUnit": "Hours"})
    assert flow in {row["flow"] for row in read.rows.to_pylist()}


@pytest.mark.parametrize(
    ("unit", "quantity", "tb_year"),
    [
        ("GB-Months", "12000", 1.0),
        ("GB-Hours", "8760000", 1.0),
        ("GiB-Hours", "8760000", 1.073741824),
        ("TB-Month", "12", 1.0),
        ("gibibyte month", "12000", 1.073741824),
    ],
)
def test_units_of_storage(tmp_path: Path, unit: str, quantity: str, tb_year: float) -> None:
    read = read_bill(tmp_path, VOLUME | {"ConsumedUnit": unit, "ConsumedQuantity": quantity})
    assert amounts(read)["AWS > AmazonEC2", "FRA", "storage_tb_year"] == pytest.approx(tb_year, rel=1e-9)


def test_an_unknown_region_leaves_the_zone_empty_and_is_told(tmp_path: Path) -> None:
    read = read_bill(tmp_path, INSTANCE | {"RegionId": "mars-north-1"})
    assert {row["zone"] for row in read.rows.to_pylist()} == {None}
    assert any("mars-north-1" in note for note in read.notes)


def test_a_region_belongs_to_its_provider(tmp_path: Path) -> None:
    # eu-west-2 is London at AWS and Paris at Outscale.
    read = read_bill(tmp_path, INSTANCE | {"RegionId": "eu-west-2"})
    assert {row["zone"] for row in read.rows.to_pylist()} == {"GBR"}
    read = read_bill(tmp_path, INSTANCE | {"RegionId": "eu-west-2", "ProviderName": "3DS OUTSCALE"})
    assert {row["zone"] for row in read.rows.to_pylist()} == {"FRA"}


def test_two_years_in_one_file_need_a_choice(tmp_path: Path) -> None:
    old = INSTANCE | {"ChargePeriodStart": "2024-12-01T00:00:00Z", "ChargePeriodEnd": "2025-01-01T00:00:00Z"}
    with pytest.raises(CannotUse) as refused:
        read_bill(tmp_path, INSTANCE, old)
    assert "--year 2025" in refused.value.problems[0].remedy
    read = read_bill(tmp_path, INSTANCE, old, year=2024)
    assert amounts(read)["AWS > AmazonEC2", "FRA", "spend_cloud_eur"] == pytest.approx(69.80, rel=1e-9)
    assert read.notes[-1].replace("\u00a0", " ") == (
        "Le fichier couvre 1 mois sur 12 : le reste de l’année n’est pas compté."
    )


def test_dates_costs_and_credits_that_cannot_be_used(tmp_path: Path) -> None:
    over = INSTANCE | {"ChargePeriodStart": "2025-12-31T00:00:00Z", "ChargePeriodEnd": "2026-01-02T00:00:00Z"}
    undated = INSTANCE | {"ChargePeriodStart": "soon", "ChargePeriodEnd": ""}
    costless = INSTANCE | {"EffectiveCost": "n/a"}
    credit = INSTANCE | {"EffectiveCost": "-5.00", "x_ServiceCode": "AmazonS3", "ConsumedUnit": "Requests"}
    read = read_bill(tmp_path, INSTANCE, over, undated, costless, credit)
    assert amounts(read)["AWS > AmazonEC2", "FRA", "spend_cloud_eur"] == pytest.approx(69.80, rel=1e-9)
    assert [(problem.line, problem.value) for problem in read.problems] == [
        (3, "2025-12-31T00:00:00Z"),
        (4, "soon"),
        (5, "n/a"),
        (None, "AWS > AmazonS3"),
    ]
    assert read.rejected == 3


def test_a_file_that_is_no_bill_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Nom;Modèle\nPC1;Latitude 5440\n", "utf-8")
    with pytest.raises(CannotUse, match="ChargeCategory, BillingCurrency, ServiceName, ConsumedUnit"):
        read_services(path, format_of("focus"))


def test_the_order_of_lines_never_shows(tmp_path: Path) -> None:
    lines = [INSTANCE | {"EffectiveCost": f"0.{i}1", "ConsumedQuantity": f"{i}.7"} for i in range(1, 40)]
    assert read_bill(tmp_path, *lines[::-1]).rows == read_bill(tmp_path, *lines).rows


LINE = st.fixed_dictionaries(
    {
        "ChargeCategory": st.sampled_from(["Usage", "usage", "Tax", "", "£"]),
        "BillingCurrency": st.sampled_from(["EUR", "eur", "USD", ""]),
        "EffectiveCost": st.sampled_from(["1.5", "1,5", "-2", "", "?", "1e400"]),
        "ConsumedQuantity": st.sampled_from(["3", "", "x", "1e18"]),
        "ConsumedUnit": st.sampled_from(["Hrs", "GB-Mo", "", "Requests", "'\""]),
        "RegionId": st.sampled_from(["eu-west-3", "", "%", "a'b"]),
        "ProviderName": st.sampled_from(["AWS", "", "O'Cloud"]),
        "ChargePeriodStart": st.sampled_from(["2025-03-01T00:00:00Z", "2025-03-01", "01/03/2025", "", "hier"]),
        "x_UsageType": st.text(max_size=12),
    }
)


@settings(max_examples=examples(30), deadline=None)
@given(lines=st.lists(LINE, max_size=6))
def test_every_line_is_kept_left_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, str]]
) -> None:
    try:
        read = read_bill(tmp_path_factory.mktemp("bill"), *[JANUARY | {"ChargePeriodEnd": ""} | line for line in lines])
    except CannotUse as refused:
        assert all(problem.what and problem.remedy for problem in refused.problems)
        return
    assert 0 <= read.rejected <= read.read <= len(lines)
    assert all(row["amount"] is None or row["amount"] >= 0 for row in read.rows.to_pylist())


# --------------------------------------------------------------------------------------------------- statements

AWS_HEADER = (
    "last_refresh_timestamp,location,model_version,payer_account_id,product_code,region_code,total_lbm_emissions_unit,"
    "total_lbm_emissions_value,total_mbm_emissions_unit,total_mbm_emissions_value,total_scope_1_emissions_value,"
    "total_scope_2_lbm_emissions_value,total_scope_3_lbm_emissions_value,usage_account_id,usage_period_start,usage_period_end"
)


def aws(folder: Path, *lines: str) -> ServicesRead:
    path = folder / "aws.csv"
    path.write_text("\n".join([AWS_HEADER, *lines]), "utf-8")
    return read_services(path, format_of("aws_carbon"), entity="DSI")


def aws_line(month: int, version: str, location_based: str, unit: str = "MTCO2e", scope_3: str = "0.01") -> str:
    start, end = f"2025-{month:02d}-01 00:00:00Z", f"2025-{month + 1:02d}-01 00:00:00Z"
    return (
        f"2025-12-15 00:00:00Z,EU (Paris),{version},123456789012,AmazonEC2,eu-west-3,{unit},{location_based},"
        f"MTCO2e,0.002,0.001,0.02,{scope_3},210987654321,{start},{end}"
    )


def test_an_aws_statement_in_tonnes_on_both_bases(tmp_path: Path) -> None:
    # 0.031 t + 0.029 t = 60 kg on the local mix; 2 × 0.002 t = 4 kg on the market, apart.
    read = aws(tmp_path, aws_line(1, "v3.0.0", "0.031"), aws_line(2, "v3.0.0", "0.029"))
    assert amounts(read, "service", "flow", "basis", "boundary") == pytest.approx(
        {
            ("AWS > AmazonEC2", "declared_impact", "location", "scopes 1, 2, 3"): 60,
            # the market column of scope 2 is not in this file
            ("AWS > AmazonEC2", "declared_impact", "market", "scopes 1"): 4,
        },
        rel=1e-9,
    )
    row = read.rows.to_pylist()[0]
    assert (row["criterion"], row["stage"], row["supplier_quality"], row["zone"]) == ("gwp", "use", 2, "FRA")
    assert "210987654321" not in repr(read.rows.to_pylist())


def test_two_versions_of_a_method_for_one_month_are_not_added(tmp_path: Path) -> None:
    # January in v2 and v3: v3 alone. February in v2 only: kept, and the mix of versions is told.
    read = aws(tmp_path, aws_line(1, "v2.0.0", "9"), aws_line(1, "v3.0.0", "0.031"), aws_line(2, "v2.0.0", "0.029"))
    located = {row["basis"]: row["amount"] for row in read.rows.to_pylist()}
    assert located["location"] == pytest.approx(60, rel=1e-9)
    assert any("v2.0.0, v3.0.0" in note for note in read.notes)


def test_an_unknown_unit_is_refused_once_per_line(tmp_path: Path) -> None:
    read = aws(tmp_path, aws_line(1, "v3.0.0", "0.031", unit="stones"), aws_line(2, "v3.0.0", "0.029"))
    assert [(problem.value, problem.line) for problem in read.problems] == [("stones", 2)]
    assert (read.read, read.rejected) == (2, 1)


@pytest.mark.parametrize("separator", [".", "_"])
def test_a_google_export_as_csv(tmp_path: Path, separator: str) -> None:
    header = (
        "usage_month,project.id,service.description,location.region,carbon_model_version,"
        "carbon_footprint_total_kgCO2e.location_based,carbon_footprint_total_kgCO2e.market_based,"
        "carbon_footprint_kgCO2e.scope1,carbon_footprint_kgCO2e.scope2.location_based,carbon_footprint_kgCO2e.scope3"
    ).replace(".", separator)
    path = tmp_path / "google.csv"
    path.write_text(f"{header}\n2025-01-01,projet-dsi,Compute Engine,europe-west9,14,12.5,3.5,0.5,8,4\n", "utf-8")
    read = read_services(path, format_of("google_carbon"))
    assert amounts(read, "service", "zone", "basis", "boundary") == {
        ("Google Cloud > Compute Engine", "FRA", "location", "scopes 1, 2, 3"): 12.5,
        ("Google Cloud > Compute Engine", "FRA", "market", "scopes 1, 3"): 3.5,
    }


def test_a_google_export_as_json_lines(tmp_path: Path) -> None:
    record = {
        "usage_month": "2025-01-01",
        "service": {"description": "Cloud Storage", "id": "95FF"},
        "location": {"region": "europe-west1"},
        "carbon_model_version": "14",
        "carbon_footprint_total_kgCO2e": {"location_based": 2.0, "market_based": 0.5},
    }
    path = tmp_path / "google.json"
    path.write_text(json.dumps(record) + "\n" + json.dumps(record | {"usage_month": "2025-02-01"}) + "\n", "utf-8")
    read = read_services(path, format_of("google_carbon"))
    assert amounts(read, "service", "zone", "basis") == {
        ("Google Cloud > Cloud Storage", "BEL", "location"): 4.0,
        ("Google Cloud > Cloud Storage", "BEL", "market"): 1.0,
    }


def impact(kg: float) -> dict[str, float]:
    return {"kg_co2_equivalent": kg, "m3_water_usage": kg / 100}


def scaleway(total: float) -> dict[str, Any]:
    def sku(product: str, kg: float) -> dict[str, Any]:
        return {
            "sku": f"/{product}/run",
            "service_category": "compute",
            "product_category": product,
            "total_sku_impact": impact(kg),
        }

    zone = {"zone": "fr-par-1", "total_zone_impact": impact(9), "skus": [sku("instances", 5), sku("block_storage", 4)]}
    region = {
        "region": "fr-par",
        "total_region_impact": impact(11),
        "zones": [zone],
        "skus": [sku("object_storage", 2)],
    }
    return {
        "start_date": "2025-01-01T00:00:00Z",
        "end_date": "2026-01-01T00:00:00Z",
        "total_impact": impact(total),
        "projects": [{"project_id": "11111111-aaaa", "total_project_impact": impact(11), "regions": [region]}],
    }


def test_a_scaleway_tree_gives_its_leaves_and_not_its_totals(tmp_path: Path) -> None:
    path = tmp_path / "scaleway.json"
    path.write_text(json.dumps(scaleway(11)), "utf-8")
    read = read_services(path, format_of("scaleway_carbon"), entity="DSI")
    assert amounts(read, "service", "zone", "supplier_quality") == {
        ("Scaleway > instances", "FRA", 4): 5,
        ("Scaleway > block_storage", "FRA", 4): 4,
        ("Scaleway > object_storage", "FRA", 4): 2,
    }
    # A whole year, details that add up to the total announced: nothing to say but the basis and the columns not read.
    assert [note for note in read.notes if "mois" in note or "annoncé" in note] == []
    assert "11111111" not in repr(read)


def test_details_that_do_not_reach_the_total_announced_are_told(tmp_path: Path) -> None:
    path = tmp_path / "scaleway.json"
    path.write_text(json.dumps(scaleway(20)), "utf-8")
    notes = read_services(path, format_of("scaleway_carbon")).notes
    assert "Les détails font 11 et le total annoncé 20 : des lignes manquent peut-être." in [
        note.replace("\u00a0", " ") for note in notes
    ]


def azure(folder: Path) -> Path:
    rows = [
        {"dataType": "OverallSummaryData", "latestMonthEmissions": 3.0, "previousMonthEmissions": 2.9},
        {"dataType": "MonthlySummaryData", "latestMonthEmissions": 1.0, "date": "2025-01-01", "carbonIntensity": 22.0},
        {"dataType": "MonthlySummaryData", "latestMonthEmissions": 2.0, "date": "2025-02-01", "carbonIntensity": 22.0},
    ]
    path = folder / "azure.json"
    path.write_text(json.dumps({"value": rows}), "utf-8")
    return path


def test_azure_declares_kilograms(tmp_path: Path) -> None:
    read = read_services(azure(tmp_path), format_of("azure_carbon"))
    assert amounts(read, "service", "criterion") == {("Azure", "gwp"): 3.0}
    assert {row["boundary"] for row in read.rows.to_pylist()} == {"scopes demandés (carbonScopeList)"}
    assert any("carbonScopeList" in note for note in read.notes)


def test_a_statement_without_unit_asks_the_user_for_it(tmp_path: Path) -> None:
    written = format_of("azure_carbon")
    written["values"][0]["unit"] = ""
    with pytest.raises(CannotUse, match="ne dit pas l’unité"):
        read_services(azure(tmp_path), written)
    read = read_services(azure(tmp_path), written, unit="tCO2e")
    assert amounts(read, "service", "criterion") == {("Azure", "gwp"): 3000.0}


@pytest.mark.parametrize("text", ["{", '{"value": 3}', "[]", "[[[]]]", '{"value": [{"dataType": 3}]}', "[" * 100_000])
def test_a_wrong_json_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(text, "utf-8")
    with pytest.raises(CannotUse) as refused:
        read_services(path, format_of("azure_carbon"), unit="kgCO2e")
    assert refused.value.problems[0].remedy


def test_a_statement_typed_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "declarations.csv"
    path.write_text(
        "Fournisseur;Service;Critère;Valeur;Unité;Base;Frontière;Qualité du facteur fournisseur\n"
        "Hébergeur Ouest;messagerie;gwp;0,7;t CO2 eq;location;scopes 1, 2, 3;3\n"
        "Hébergeur Ouest;messagerie;Changement climatique;90;kg éq. CO2;market;scopes 1, 2;3\n"
        "Hébergeur Ouest;messagerie;Ressources minérales et métalliques;0,002;kg Sb eq;;;\n"
        "Hébergeur Ouest;agenda;bonheur;3;kg;;;\n"
        "Hébergeur Ouest;agenda;adpe;3;MJ;;;\n"
        "Hébergeur Ouest;agenda;gwp;beaucoup;kg;;;\n",
        "utf-8",
    )
    read = read_services(path, format_of("supplier_statement"), entity="DSI")
    assert amounts(read, "service", "criterion", "basis", "stage") == pytest.approx(
        {
            ("messagerie", "gwp", "location", "use"): 700,
            ("messagerie", "gwp", "market", "use"): 90,
            ("messagerie", "adpe", None, "use"): 0.002,
        },
        rel=1e-9,
    )
    assert {problem.value for problem in read.problems} == {"bonheur", "MJ", "beaucoup"}
    assert (read.read, read.rejected) == (6, 3)


# ---------------------------------------------------------------------------------------------------- catalogue


def test_the_tables_of_services_agree_with_the_others() -> None:
    providers = {row["provider"] for row in text_rows("cloud_providers")}
    criteria = {row["code"] for row in text_rows("criteria")}
    regions = text_rows("cloud_regions")
    assert {row["provider"] for row in regions} <= providers
    assert {row["zone"] for row in regions} <= {row["zone"] for row in text_rows("zones")}
    assert len({(row["provider"], row["region"]) for row in regions}) == len(regions)
    assert {row["criterion"] for row in text_rows("impact_units")} <= criteria
    for path in (CATALOGUE / "imports").glob("*.toml"):
        described = tomllib.loads(path.read_text("utf-8"))
        if described.get("reader") == "services":
            assert described.get("provider", "AWS") in providers
            assert {value["criterion"] for value in described.get("values", [])} <= criteria
