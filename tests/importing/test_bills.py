"""Bills as each cloud exports them: FOCUS of four versions, AWS CUR 1 and 2, Azure EA and MCA, Google Cloud.

Each fixture is typed here in the columns of the tool; the same year of use must give the same activities whatever the
file: 48 hours of an m5.large in Paris for 5 €, 500 GB kept for 12 months for 120 €.
"""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from estran.common.problems import CannotUse
from estran.importing import estate_import

Rows = list[dict[str, str]]


def write(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def activities(path: Path) -> dict[tuple[str, str, str], float]:
    """Service, zone and flow → amount, as the estate holds them."""
    estate_import.import_files([path], estate=path.parent / "parc")
    with (path.parent / "parc" / "inventory.csv").open(encoding="utf-8") as file:
        return {(row["service"], row["zone"], row["flow"]): float(row["amount"]) for row in csv.DictReader(file)}


def focus(version: str) -> Rows:
    """Lines of a FOCUS export of AWS: 1.3 renames the provider, 1.2 puts the type of an instance in SkuPriceDetails."""
    base = {
        "BilledCost": "5.00",
        "BillingAccountName": "Jeanne",
        "BillingCurrency": "EUR",
        "ChargeCategory": "Usage",
        "ChargePeriodStart": "2025-01-01T00:00:00Z",
        "ChargePeriodEnd": "2025-01-03T00:00:00Z",
        "ConsumedQuantity": "48",
        "ConsumedUnit": "Hours",
        "EffectiveCost": "5.00",
        "RegionId": "eu-west-3",
        "ServiceCategory": "Compute",
        "ServiceName": "EC2",
        "Tags": "{}",
    }
    late = version in ("1.2", "1.3")
    base |= {"ServiceProviderName" if version == "1.3" else "ProviderName": "Amazon Web Services"}
    base |= {"SkuPriceDetails": '{"InstanceType": "m5.large"}'} if late else {"x_UsageType": "EUW3-BoxUsage:m5.large"}
    storage = {"ConsumedQuantity": "6000", "ConsumedUnit": "GB-Months", "ServiceCategory": "Storage"}
    storage |= {"SkuPriceDetails": "NULL"} if late else {"x_UsageType": "EUW3-TimedStorage-ByteHrs"}
    storage |= {"ServiceName": "S3", "BilledCost": "130", "EffectiveCost": "120"}
    return [base, base | storage, base | {"ChargeCategory": "Tax", "ServiceName": "NULL"}]


CUR = {
    "bill/PayerAccountId": "123456789012",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2025-01-01T00:00:00Z",
    "lineItem/UsageEndDate": "2025-01-02T00:00:00Z",
    "lineItem/ProductCode": "EC2",
    "lineItem/UsageType": "EUW3-BoxUsage:m5.large",
    "lineItem/UsageAmount": "24.0000000000",
    "lineItem/CurrencyCode": "EUR",
    "lineItem/UnblendedCost": "3.0000000000",
    "product/regionCode": "eu-west-3",
    "pricing/unit": "Hrs",
    "reservation/EffectiveCost": "0.0",
}
# A reserved instance: the line costs nothing, what it was paid is in its own column.
RESERVED = CUR | {
    "lineItem/LineItemType": "DiscountedUsage",
    "lineItem/UnblendedCost": "0.0",
    "reservation/EffectiveCost": "2.0",
}
STORED = CUR | {
    "lineItem/ProductCode": "S3",
    "lineItem/UsageType": "EUW3-TimedStorage-ByteHrs",
    "lineItem/UsageAmount": "6000",
    "lineItem/UnblendedCost": "120",
    "pricing/unit": "GB-Mo",
}
CUR_1: Rows = [CUR, RESERVED, STORED, CUR | {"lineItem/LineItemType": "Tax", "lineItem/UnblendedCost": "25"}]
SNAKE = {
    "bill/PayerAccountId": "bill_payer_account_id",
    "lineItem/LineItemType": "line_item_line_item_type",
    "lineItem/UsageStartDate": "line_item_usage_start_date",
    "lineItem/UsageEndDate": "line_item_usage_end_date",
    "lineItem/ProductCode": "line_item_product_code",
    "lineItem/UsageType": "line_item_usage_type",
    "lineItem/UsageAmount": "line_item_usage_amount",
    "lineItem/CurrencyCode": "line_item_currency_code",
    "lineItem/UnblendedCost": "line_item_unblended_cost",
    "product/regionCode": "product_region_code",
    "pricing/unit": "pricing_unit",
    "reservation/EffectiveCost": "reservation_effective_cost",
}
CUR_2: Rows = [{SNAKE[name]: value for name, value in row.items()} for row in CUR_1]
IN_PARIS = {
    ("AWS > EC2", "FRA", "spend_cloud_eur"): 5.0,
    ("AWS > EC2", "FRA", "cloud:aws:m5.large"): 48.0,
    ("AWS > S3", "FRA", "spend_cloud_eur"): 120.0,
    ("AWS > S3", "FRA", "storage_tb_year"): 0.5,
}


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_every_version_of_focus(version: str, kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / "focus.csv", focus(version))
    if kind == "parquet":
        pyarrow.parquet.write_table(pyarrow.csv.read_csv(path), path := tmp_path / "focus.parquet")
    assert activities(path) == pytest.approx(IN_PARIS, rel=1e-9)


@pytest.mark.parametrize("rows", [CUR_1, CUR_2], ids=["cur 1", "cur 2"])
@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet"])
def test_cost_and_usage_reports_of_aws(rows: Rows, kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / "cur.csv", rows)
    if kind == "csv.gz":
        packed = tmp_path / "cur.csv.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        path = packed
    elif kind == "parquet":
        pyarrow.parquet.write_table(pyarrow.csv.read_csv(path), path := tmp_path / "cur.parquet")
    assert activities(path) == pytest.approx(IN_PARIS, rel=1e-9)


def azure(day: str, quantity: str, **more: str) -> dict[str, str]:
    return {
        "AccountOwnerId": "jeanne@ville.example",
        "ResourceLocation": "francecentral",
        "Date": day,
        "MeterCategory": "Virtual Machines",
        "MeterSubCategory": "Dsv3 Series",
        "MeterName": "D2s v3",
        "UnitOfMeasure": "100 Hours",
        "Quantity": quantity,
        "CostInBillingCurrency": "2.5",
        "AdditionalInfo": '{"UsageType":"ComputeHR","ServiceType":"Standard_D2s_v3","VMName":null}',
        "BillingCurrencyCode": "EUR",
        "ChargeType": "Usage",
        **more,
    }


LICENCE = {"MeterCategory": "Virtual Machines Licenses", "UnitOfMeasure": "1 Hour", "CostInBillingCurrency": "1"}
BLOB = {
    "MeterCategory": "Storage",
    "MeterName": "Hot LRS Data Stored",
    "UnitOfMeasure": "1 GB/Month",
    "AdditionalInfo": "",
    "CostInBillingCurrency": "120",
}


@pytest.mark.parametrize("day", ["0.24", "24"], ids=["quantities in hundreds of hours", "quantities in hours"])
@pytest.mark.parametrize("camel_case", [False, True], ids=["EA", "MCA"])
def test_usage_details_of_azure(day: str, camel_case: bool, tmp_path: Path) -> None:
    # 1/13 is the 13 January: month first. The unit of a « 100 Hours » is an hour; hours of licences are no machine's.
    rows = [
        azure("1/13/2025", day),
        azure("12/1/2025", day),
        azure("12/1/2025", "24", **LICENCE),
        azure("12/1/2025", "6000", **BLOB),
        azure("12/1/2025", "1", ChargeType="Purchase"),
    ]
    if camel_case:
        rows = [{name[0].lower() + name[1:]: value for name, value in row.items()} for row in rows]
    assert activities(write(tmp_path / "azure.csv", rows)) == pytest.approx(
        {
            ("Azure > Virtual Machines", "FRA", "cloud:azure:standard_d2s_v3"): 48.0,
            ("Azure > Virtual Machines", "FRA", "spend_cloud_eur"): 5.0,
            ("Azure > Virtual Machines Licenses", "FRA", "spend_cloud_eur"): 1.0,
            ("Azure > Storage", "FRA", "spend_cloud_eur"): 120.0,
            ("Azure > Storage", "FRA", "storage_tb_year"): 0.5,
        },
        rel=1e-9,
    )


def test_the_billing_export_of_google(tmp_path: Path) -> None:
    line = {
        "billing_account_id": "0",
        "service.description": "Compute Engine",
        "sku.description": "N1 Predefined Instance Core running in Paris",
        "usage_start_time": "2025-01-01 00:00:00 UTC",
        "location.region": "europe-west9",
        "cost": "12.5",
        "currency": "EUR",
        "usage.amount_in_pricing_units": "48",
        "usage.pricing_unit": "hour",
        "cost_type": "regular",
    }
    kept = {"service.description": "Cloud Storage", "sku.description": "Standard Storage Paris", "cost": "20"}
    kept |= {"usage.amount_in_pricing_units": "12000", "usage.pricing_unit": "gibibyte month"}
    rows = [line, line | kept, line | {"cost_type": "tax", "cost": "4"}]
    assert activities(write(tmp_path / "gcp.csv", rows)) == pytest.approx(
        {
            ("Google Cloud > Compute Engine", "FRA", "spend_cloud_eur"): 12.5,
            ("Google Cloud > Cloud Storage", "FRA", "spend_cloud_eur"): 20.0,
            ("Google Cloud > Cloud Storage", "FRA", "storage_tb_year"): 1.073741824,
        },
        rel=1e-9,
    )


def test_a_json_file_without_months_or_of_no_format_says_why(tmp_path: Path) -> None:
    details = [{"dataType": "ItemDetailsData", "itemName": "eastus", "latestMonthEmissions": 0.1}]
    (tmp_path / "details.json").write_text(json.dumps({"value": details}), "utf-8")
    report = estate_import.import_files([tmp_path / "details.json"], estate=tmp_path / "parc")
    assert "ItemDetailsData" in report.problems[0].what
    (tmp_path / "other.json").write_text('[{"a": 1}]', "utf-8")
    with pytest.raises(CannotUse, match="d’aucun format connu"):
        estate_import.import_files([tmp_path / "other.json"], estate=tmp_path / "parc")


def test_the_consumption_of_scaleway(tmp_path: Path) -> None:
    """Money in units and billionths; the month is that of the answer."""
    line = {"value": {"currency_code": "EUR", "units": 12, "nanos": 500000000}, "product_name": "PRO2-S",
            "resource_name": "jeanne", "sku": "/compute/pro2_s/run_par1", "project_id": "p", "category_name": "Compute",
            "unit": "hour", "billed_quantity": "744", "consumer_id": "c"}  # fmt: skip
    bucket = line | {"category_name": "Object Storage", "product_name": "Glacier", "unit": "GB", "billed_quantity": "3"}
    bucket |= {"value": {"currency_code": "EUR", "units": 0, "nanos": 40000000}, "sku": "/storage/glacier"}
    answer = {"consumptions": [line, bucket], "total_count": 2, "updated_at": "2025-01-31T22:00:00Z"}
    (tmp_path / "scaleway.json").write_text(json.dumps(answer), encoding="utf-8")
    spent = {key[0]: amount for key, amount in activities(tmp_path / "scaleway.json").items() if "spend" in key[2]}
    assert spent == pytest.approx({"Scaleway > Compute": 12.5, "Scaleway > Object Storage": 0.04})


def test_the_usage_of_ovhcloud(tmp_path: Path) -> None:
    instance = {"reference": "b3-8", "region": "GRA11", "quantity": {"unit": "Hour", "value": 744}, "totalPrice": 37.2,
                "details": [{"instanceId": "i", "totalPrice": 37.2}]}  # fmt: skip
    volume = {"type": "classic", "region": "GRA11", "quantity": {"unit": "GiBh", "value": 74400}, "totalPrice": 4.0}
    usage = {"id": "u", "period": {"from": "2025-01-01T00:00:00+00:00", "to": "2025-01-31T23:59:59+00:00"},
             "hourlyUsage": {"instance": [instance], "volume": [volume]}, "monthlyUsage": {"instance": []}}  # fmt: skip
    (tmp_path / "ovh.json").write_text(json.dumps(usage), encoding="utf-8")
    read = activities(tmp_path / "ovh.json")
    assert {key: read[key] for key in read if "spend" in key[2]} == pytest.approx(
        {("OVHcloud > instance", "FRA", "spend_cloud_eur"): 37.2, ("OVHcloud > volume", "FRA", "spend_cloud_eur"): 4.0}
    )
    assert any("b3-8" in key[2] for key in read)
