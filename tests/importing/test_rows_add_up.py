"""No row is lost in silence: whatever the format, rows read, rejected and set aside are those of the file."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

import reading
from estran.common import table_schema
from estran.common.problems import CannotUse
from estran.importing import formats
from estran.importing.estate_import import ImportReport, import_files
from examples import examples

# What cells hold: values of many columns, faults, words that leave a row aside, signs that a CSV must quote.
CELLS = st.sampled_from(
    [
        *("", "", "12", "0", "-3", "1,5", "abc", "1e999", "NaN", "42 kg", "oui", "peut-être", "-", "n/a"),
        *("2025-01-01", "2025-02-01", "2024-05-01", "31/12/2025", "2025", "45363", "30/02/2025", "2025-12-01"),
        *("laptop", "Écran 24 pouces", "Serveur", "Total", "Sous-total", "gwp", "climat", "kgCO2e", "tCO2e", "inconnu"),
        *("Usage", "Tax", "EUR", "USD", "Hrs", "GB-Mo", "AWS", "OpenAI", "gpt-4o", "France", "FRA", "location"),
        *('dit "PC"', "a;b", "a,b", "deux\nlignes", "retour\rseul", "=1+1", "é\u2028è"),
    ]
)
SERVICES = [code for code, written in formats.formats().items() if written.get("reader") == "services"]
IN_JSON = {  # format → the list of its records, the first of several
    code: written["json"]["records"].split("|")[0]
    for code, written in formats.formats().items()
    if written.get("reader") == "services" and "json" in written
}


def headers_of(code: str) -> list[tuple[str, list[str]]]:
    """Of each kind of list of a format: its name, its headers."""
    written = formats.formats()[code]
    if code == formats.REJECTS:
        names = [column.column for column in table_schema.columns("inventory")]
        return [(code, [*written["signature"], *(name for name in names if name not in written["signature"]), "table"])]
    if "table" in written:
        return [(code, [column.column for column in table_schema.columns(written["table"])])]
    if code in SERVICES:
        headers = [text.split("|")[0] for text in written["signature"]]
        headers += [names[0] for names in written["columns"].values() if names]  # some formats write no category
        for value in written.get("values", []):
            headers += [value["value"], *([value["unit_column"]] if "unit_column" in value else [])]
        return [(code, list(dict.fromkeys(headers)))]
    return [
        (f"{code}-{n}", list(dict.fromkeys([*layout.signature[:1], *(names[0] for names in layout.columns.values())])))
        for n, layout in enumerate(formats.layouts(code))
    ]


LISTS = [(code, headers) for code in formats.formats() for _name, headers in headers_of(code)]
NAMES = [name for code in formats.formats() for name, _headers in headers_of(code)]


def filled(row: list[str]) -> bool:
    return any(cell.strip() for cell in row)


def write_file(folder: Path, code: str, headers: list[str], rows: list[list[str]], separator: str) -> Path:
    if code in IN_JSON:
        records = [dict(zip(headers, row, strict=False)) for row in rows]
        path = folder / "file.json"
        path.write_text(json.dumps({IN_JSON[code]: records}), encoding="utf-8")
        return path
    path = folder / "file.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows([headers, *rows])
    return path


def assert_rows_add_up(report: ImportReport, rows: int) -> None:
    counted = [(file.rows_read, file.rows_written, file.rejected, file.set_aside) for file in report.files]
    assert sum(file.rows_read for file in report.files) == rows
    assert all(min(counts) >= 0 and counts[0] == sum(counts[1:]) for counts in counted)
    rejected = sum(file.rejected for file in report.files)
    assert report.rejected == rejected
    path = report.estate / "rejects.csv"
    lines = reading.rows(path) if path.exists() else []
    if all(file.table != "labels" for file in report.files):
        assert len(lines) == rejected
        summary = json.loads((report.estate / "import.json").read_text("utf-8"))
        assert (summary["rejected"], summary["set_aside"]) == (rejected, report.set_aside)
    assert all(line["what"] and line["remedy"] and int(line["line"]) for line in lines)
    of_items = [file for file in report.files if file.table == "inventory" and file.format not in SERVICES]
    if of_items:
        assert report.rows == sum(file.rows_written for file in of_items)


@pytest.mark.parametrize(("code", "headers"), LISTS, ids=NAMES)
@settings(deadline=None, max_examples=examples(5))
@given(data=st.data())
def test_the_rows_of_a_file_of_any_format_add_up(code: str, headers: list[str], data: st.DataObject) -> None:
    wider = 0 if code in IN_JSON else data.draw(st.sampled_from([0, 0, 0, 2]))
    row = st.lists(CELLS, min_size=len(headers), max_size=len(headers) + wider)
    rows = data.draw(st.lists(row.filter(filled), min_size=1, max_size=12))
    if code == "ledger":  # an extract whose accounts are none is refused whole
        account = headers.index(formats.formats()[code]["columns"]["account"][0])
        for cells in rows:
            cells[account] = data.draw(st.sampled_from(["6156", "2051", "60612", "D/611/020", "7011"]))
    with tempfile.TemporaryDirectory() as folder:
        path = write_file(Path(folder), code, headers, rows, data.draw(st.sampled_from(",;\t")))
        try:
            report = import_files([path], code, estate=Path(folder) / "parc", year=2025, unit="kgCO2e", vat="included")
        except CannotUse:
            assert code in (formats.UNMATCHED, "statuses"), "nothing is settled: the whole file is refused, and says so"
            return
        assert_rows_add_up(report, len(rows))


# ------------------------------------------------------------------------------------------------ each way of leaving


def read(folder: Path, code: str, lines: list[dict[str, str]], **options: Any) -> ImportReport:
    headers = list(dict.fromkeys(name for line in lines for name in line))
    rows = [[line.get(name, "") for name in headers] for line in lines]
    path = write_file(folder, code, headers, rows, ",")
    report = import_files([path], code, estate=folder / "parc", **options)
    assert_rows_add_up(report, len(lines))
    return report


def counts(report: ImportReport) -> tuple[int, int, int]:
    (file,) = report.files
    return file.rows_written, file.rejected, file.set_aside


AI = {"provider": "OpenAI", "model": "gpt-4o", "requests": "1000", "output_tokens_per_request": "200"}
STATEMENT = {"service": "Visio", "criterion": "gwp", "amount": "12", "unit": "kg CO2 eq", "year": "2025"}
AWS = {
    "product_code": "AmazonEC2",
    "region_code": "eu-west-3",
    "usage_period_start": "2025-01-01",
    "usage_period_end": "2025-02-01",
    "model_version": "v3.0.0",
    "total_lbm_emissions_value": "0.5",
    "total_lbm_emissions_unit": "MTCO2e",
    "total_mbm_emissions_value": "0.1",
    "total_mbm_emissions_unit": "MTCO2e",
}
BILL = {
    "ChargeCategory": "Usage",
    "BillingCurrency": "EUR",
    "ServiceName": "Compute",
    "ConsumedUnit": "Hrs",
    "EffectiveCost": "10",
    "ChargePeriodStart": "2025-01-01",
    "ChargePeriodEnd": "2025-02-01",
    "ProviderName": "AWS",
}


def test_a_bad_row_of_ai_use_is_rejected_with_its_remedy(tmp_path: Path) -> None:
    report = read(tmp_path, "ai_use", [AI, AI | {"requests": "abc"}, AI, AI | {"requests": ""}])
    assert (counts(report), report.rejected) == ((2, 2, 0), 2)
    lines = reading.rows(tmp_path / "parc" / "rejects.csv")
    assert [(line["line"], line["column"], line["value"], line["table"]) for line in lines] == [
        ("3", "requests", "abc", "ai_use"),
        ("5", "requests", "", "ai_use"),
    ]
    assert [line["model"] for line in lines] == ["gpt-4o", "gpt-4o"]


def test_a_bad_row_of_a_typed_statement_is_rejected_whether_its_cell_or_its_unit_is_wrong(tmp_path: Path) -> None:
    faulty = [STATEMENT | {"amount": "beaucoup"}, STATEMENT | {"unit": "litres"}, STATEMENT | {"criterion": "joie"}]
    report = read(tmp_path, "supplier_statement", [STATEMENT, *faulty, STATEMENT | {"year": "2023"}], year=2025)
    assert counts(report) == (1, 3, 1)
    assert [line["line"] for line in reading.rows(tmp_path / "parc" / "rejects.csv")] == ["3", "4", "5"]
    assert "Lignes d’autres années, laissées\u00a0: 1." in report.files[0].notes


def test_a_line_of_a_supplier_with_a_fault_is_rejected_whole(tmp_path: Path) -> None:
    """Its other basis would be compared with that of other lines."""
    lines = [AWS, AWS | {"total_mbm_emissions_value": "beaucoup"}, AWS | {"usage_period_start": "hier"}]
    lines += [AWS | {"usage_period_start": "2024-01-01", "usage_period_end": "2024-02-01"}]
    lines += [AWS | {"total_lbm_emissions_value": "", "total_mbm_emissions_value": ""}, AWS | {"model_version": "v1.9"}]
    report = read(tmp_path, "aws_carbon", lines, year=2025)
    assert counts(report) == (1, 2, 3), "another year, no value at all, and an earlier version of the same month"
    amounts = {row["basis"]: float(row["amount"]) for row in reading.rows(tmp_path / "parc" / "inventory.csv")}
    assert amounts == {"location": 500.0, "market": 100.0}


def test_every_line_of_a_bill_has_its_end(tmp_path: Path) -> None:
    lines = [BILL, BILL | {"ChargeCategory": "Tax"}, BILL | {"BillingCurrency": "??"}, BILL | {"EffectiveCost": "dix"}]
    lines += [BILL | {"ServiceName": "Avoirs", "EffectiveCost": "-3"}, BILL | {"ChargePeriodStart": "2024-01-01"}]
    report = read(tmp_path, "focus", lines, year=2025)
    assert counts(report) == (1, 3, 2), (
        "no currency, no number, over two years; a tax, a service whose total is negative"
    )


def test_the_records_of_another_kind_are_set_aside(tmp_path: Path) -> None:
    month = {"dataType": "MonthlySummaryData", "latestMonthEmissions": "12", "date": "2025-01-01"}
    report = read(tmp_path, "azure_carbon", [month, month | {"dataType": "OverallSummaryData"}], unit="kgCO2e")
    assert counts(report) == (1, 0, 1)


def test_totals_and_rows_without_any_known_cell_are_set_aside(tmp_path: Path) -> None:
    lines = [{"Type": "Portable", "Nombre": "3"}, {"Type": "Total", "Nombre": "3"}]
    assert counts(read(tmp_path, "school", lines)) == (1, 0, 1)
    rooms = tmp_path / "rooms"
    rooms.mkdir()
    report = read(rooms, "canonical", [{"room": "A", "pue": "1.5", "wifi": "x"}, {"wifi": "y"}])
    assert counts(report) == (1, 0, 1)


def test_cells_beyond_the_header_reject_the_line_of_a_bill(tmp_path: Path) -> None:
    path = tmp_path / "focus.csv"
    path.write_text(
        ",".join(BILL) + "\n" + ",".join(BILL.values()) + ",EUR\n" + ",".join(BILL.values()) + "\n", "utf-8"
    )
    report = import_files([path], estate=tmp_path / "parc")
    assert_rows_add_up(report, 2)
    assert counts(report) == (1, 1, 0)


def test_every_sheet_of_services_of_a_workbook_is_read_once(tmp_path: Path) -> None:
    with Workbook(tmp_path / "ia.xlsx") as book:
        for name, requests in (("DSI", 10), ("DRH", 20)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, list(AI))
            sheet.write_row(1, 0, ["OpenAI", "gpt-4o", requests, 100])
    report = import_files([tmp_path / "ia.xlsx"], estate=tmp_path / "parc")
    assert_rows_add_up(report, 2)
    amounts = sorted(float(row["amount"]) for row in reading.rows(tmp_path / "parc" / "inventory.csv"))
    assert amounts == [1.0, 2.0]


def test_a_corrected_row_is_one_more_row_read_of_its_file(tmp_path: Path) -> None:
    """A row of another table stays rejected: it is put right in its own file."""
    parc, ai = tmp_path / "parc", tmp_path / "ia.csv"
    (tmp_path / "pc.csv").write_text("item_type,quantity\nlaptop,2\nlaptop,deux cents\n", encoding="utf-8")
    ai.write_text(f"{','.join(AI)},zone\nOpenAI,gpt-4o,abc,100,FRA\n", encoding="utf-8")
    report = import_files([tmp_path / "pc.csv", ai], estate=parc)
    assert report.rejected == 2
    text = (parc / "rejects.csv").read_text("utf-8")
    (parc / "rejects.csv").write_text(text.replace("deux cents", "200"), encoding="utf-8")
    report = import_files([parc / "rejects.csv"], estate=parc)
    assert (report.rows, report.rejected, counts(report)) == (2, 1, (1, 0, 1))
    kept = {file["name"]: file for file in json.loads((parc / "import.json").read_text("utf-8"))["files"]}
    assert (kept["pc.csv"]["rows_written"], kept["pc.csv"]["rejected"]) == (2, 0)
    assert [line["file"] for line in reading.rows(parc / "rejects.csv")] == ["ia.csv"]


def test_json_with_names_at_length_is_read_as_json_not_as_a_list_of_one_line(tmp_path: Path) -> None:
    sku = {"product_category": "Compute", "zone": "fr-par-1", "start_date": "2025-01-01", "end_date": "2025-02-01"}
    path = tmp_path / "impact.json"
    path.write_text(json.dumps({"skus": [sku | {"total_sku_impact.kg_co2_equivalent": 12}] * 2}), encoding="utf-8")
    for code in ("auto", "scaleway_carbon"):
        report = import_files([path], code, estate=tmp_path / code, year=2025)
        assert (report.files[0].format, report.files[0].rows_read) == ("scaleway_carbon", 2)


def test_rows_of_rejects_that_the_estate_never_saw_are_counted(tmp_path: Path) -> None:
    """A rejects.csv of another estate, of a table that is corrected in its own file: set aside, on screen and kept."""
    line = {"source": "ailleurs:3", "what": "?", "remedy": "!", "item_type": "laptop", "table": "rooms"}
    report = read(tmp_path, "rejects", [line])
    assert (counts(report), json.loads((report.estate / "import.json").read_text())["set_aside"]) == ((0, 0, 1), 1)
