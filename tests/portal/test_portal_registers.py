"""Registers kept row by row: what is typed, imported and given out; who may; a formula stays text."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from following import PURCHASE, light, page_text, row, work_done
from python_calamine import CalamineWorkbook

from conftest import World
from estran.portal.jobs.models import Job
from estran.portal.registers import registers
from estran.portal.registers.models import RegisterRow

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
HEADER = "Mois ou année;Direction ou site;Ramettes achetées;Format;Papier recyclé\n"


def given(world: World, register: str, name: str, content: bytes) -> str:
    """Import a file as the officer; the words of the page that says what it made."""
    officer = world.client("officer")
    answer = officer.post(world.url(f"registres/{register}/importer/"), {"file": SimpleUploadedFile(name, content)})
    return page_text(officer.get(answer["Location"]))


def test_a_row_is_typed_as_people_write_and_kept_as_values(world: World) -> None:
    answer = world.client("officer").post(world.url("registres/achats/ajouter/"), PURCHASE)
    assert answer.status_code == 302
    kept = RegisterRow.objects.get()
    assert (kept.register, kept.year, kept.key) == ("purchases", 2025, "2025-01")
    assert kept.values == {
        "line_id": "2025-01", "order_date": "2025-03-02", "invoice_date": "2025-03-25", "item_type": "laptop",
        "agec_category": "it_and_phones_2024", "quantity": 10, "amount_excl_vat": 7800.5, "origin": "new",
        "acquisition_mode": "purchase", "perimeter": "administration",
    }  # fmt: skip


def test_what_cannot_be_read_is_said_beside_its_field_with_a_remedy(world: World) -> None:
    wrong = {**PURCHASE, "amount_excl_vat": "dix", "invoice_date": "31/02/2025"}
    answer = world.client("officer").post(world.url("registres/achats/ajouter/"), wrong)
    assert answer.status_code == 422
    assert "« dix » n’est pas un nombre" in page_text(answer) and "« 31/02/2025 » n’est pas une date" in page_text(
        answer
    )
    assert 'href="#id_amount_excl_vat"' in answer.content.decode()
    assert not RegisterRow.objects.exists()


def test_a_row_is_changed_then_removed(world: World) -> None:
    purchase = row(world)
    officer, address = world.client("officer"), world.url(f"registres/achats/{purchase.pk}/")
    assert 'value="7800,5"' in officer.get(address).content.decode()
    officer.post(address, {**PURCHASE, "quantity": "12"})
    purchase.refresh_from_db()
    assert purchase.values["quantity"] == 12
    officer.post(address, {"delete": "yes"})
    assert not RegisterRow.objects.exists()


def test_the_list_has_25_rows_per_page_and_one_year_at_a_time(world: World) -> None:
    for number in range(30):
        row(world, line_id=f"A{number:02d}", invoice_date=f"{2024 + number % 2}-05-01")
    reader, address = world.client("reader"), world.url("registres/achats/")
    first = reader.get(address)
    assert first.content.decode().count("<tr>") - 1 == 25
    assert "Page 1 sur 2" in page_text(first) and "30 lignes" in page_text(first)
    assert reader.get(address + "?page=2").content.decode().count("<tr>") - 1 == 5
    assert "15 lignes" in page_text(reader.get(address + "?annee=2024"))


@pytest.mark.parametrize("address", registers.kept_registers())
def test_every_page_of_every_register_is_light(world: World, address: str) -> None:
    officer = world.client("officer")
    for rest in ("", "ajouter/", "importer/"):
        answer = officer.get(world.url(f"registres/{address}/{rest}"))
        assert answer.status_code == 200 and light(answer), rest


def test_a_list_costs_as_many_queries_whatever_its_rows(world: World, django_assert_num_queries: object) -> None:
    for number in range(30):
        row(world, line_id=f"A{number:02d}")
    client = world.client("reader")
    with django_assert_num_queries(6):  # type: ignore[operator]
        client.get(world.url("registres/achats/"))


def test_an_import_keeps_the_good_rows_and_says_the_faults_by_line(world: World) -> None:
    text = HEADER + "03/2025;DSN;1 250;A4;oui\n2025-13;DRH;4;A4;non\n04/2025;DRH;beaucoup;A5;non\n"
    page = given(world, "papier", "papier.csv", text.encode())
    assert "1 ligne est dans le registre" in page and "2 lignes laissées" in page
    assert "3 Mois ou année « 2025-13 » n’est ni une année ni un mois." in page
    assert "4 Ramettes achetées « beaucoup » n’est pas un nombre" in page
    assert "4 Format « A5 » n’est pas une valeur de « Format ». Mettre l’une de ces valeurs : A4, A3." in page
    assert RegisterRow.objects.get().values["reams"] == 1250


def test_a_file_given_again_doubles_nothing_and_a_corrected_one_takes_its_place(world: World) -> None:
    text = HEADER + "2025;DSN;100;A4;oui\n2025;DRH;40;A4;oui\n"
    given(world, "papier", "papier.csv", text.encode())
    assert "à la place de 2 lignes" in given(world, "papier", "papier.csv", text.encode())
    given(world, "papier", "papier.csv", text.replace("100", "120").encode())
    assert sorted(kept.values["reams"] for kept in RegisterRow.objects.all()) == [40, 120]


def test_an_import_stopped_before_its_end_is_taken_up_again_and_doubles_nothing(world: World) -> None:
    given(world, "papier", "papier.csv", (HEADER + "2025;DSN;100;A4;oui\n").encode())
    Job.objects.update(state=Job.WAITING)
    assert [job.state for job in work_done()] == [Job.DONE]
    assert RegisterRow.objects.count() == 1


def test_a_file_that_is_no_table_is_refused(world: World) -> None:
    officer, address = world.client("officer"), world.url("registres/papier/importer/")
    answer = officer.post(address, {"file": SimpleUploadedFile("note.pdf", b"%PDF")})
    assert answer.status_code == 422 and "Donnez un fichier CSV, XLSX ou ODS." in page_text(answer)
    answer = officer.post(address, {"file": SimpleUploadedFile("vide.csv", b"a;b\n1;2\n")})
    assert "Les colonnes de «\u00a0vide.csv\u00a0»" in officer.get(answer["Location"]).content.decode()
    assert not RegisterRow.objects.exists()


def test_a_type_the_catalogue_does_not_know_is_said_and_its_row_kept(world: World) -> None:
    header = ";".join(PURCHASE)
    line = ";".join({**PURCHASE, "item_type": "licence"}.values())
    assert "Types que le catalogue ne connaît pas : licence" in given(
        world, "achats", "a.csv", f"{header}\n{line}\n".encode()
    )
    assert RegisterRow.objects.get().values["item_type"] == "licence"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_is_given_out_is_read_back_as_it_was(world: World, ending: str) -> None:
    row(world, ecolabel="TCO Certified ; n° 12", recycled_content="oui", ecolabel_valid_until="2027-01-31")
    row(world, line_id="2025-02", origin="gift", gift_flat_value="100", contract_ref="=12")
    before = sorted(RegisterRow.objects.values_list("key", "values"), key=str)
    packed = world.client("reader").get(world.url(f"registres/achats/export.{ending}"))
    assert "attachment" in packed["Content-Disposition"]
    RegisterRow.objects.all().delete()
    given(world, "achats", f"achats.{ending}", packed.content)
    assert sorted(RegisterRow.objects.values_list("key", "values"), key=str) == before


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_formula_stays_text_in_every_file(world: World, formula: str) -> None:
    purchase = row(world)
    purchase.values["contract_ref"] = formula
    purchase.save()
    reader = world.client("reader")
    text = reader.get(world.url("registres/achats/export.csv")).content.decode("utf-8-sig")
    cells = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert cells[0]["Référence du marché"] == "'" + formula
    book = reader.get(world.url("registres/achats/export.xlsx")).content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert formula.strip() in [str(cell).strip() for cell in sheet[1]]


def test_a_contributor_writes_for_his_entities_alone(world: World) -> None:
    contributor = world.client("contributor")
    address = world.url("registres/achats/")
    assert contributor.post(address + "ajouter/", PURCHASE).status_code == 422  # for which school?
    own = {**PURCHASE, "entity": str(world.school.pk)}
    assert contributor.post(address + "ajouter/", own).status_code == 302
    other = {**PURCHASE, "entity": str(world.other_school.pk)}
    assert contributor.post(address + "ajouter/", other).status_code == 422
    purchase = row(world, world.other_school)
    assert contributor.post(f"{address}{purchase.pk}/", {"delete": "yes"}).status_code == 404
    assert contributor.post(f"{address}{RegisterRow.objects.get(entity=world.school).pk}/", own).status_code == 302


def test_another_authority_sees_none_of_the_rows(world: World) -> None:
    row(world)
    assert "Ce registre est vide" in page_text(world.client("stranger").get("/o/autre/registres/achats/"))
