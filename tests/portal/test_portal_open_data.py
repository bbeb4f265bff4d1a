"""Publishing: nothing is public before the officer opens it, nothing personal ever is; links that are revoked."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from following import light, page_text, work_done
from typer.testing import CliRunner

from conftest import YEAR, World
from estran.cli import commands
from estran.portal.jobs.models import Job
from estran.portal.publishing import work
from estran.portal.publishing.models import PageLink, Publication
from estran.portal.results import baselines
from estran.portal.results.models import Run
from estran.reporting import open_data

pytestmark = pytest.mark.django_db
PUBLIC = f"/donnees/essai/{YEAR}/"


@pytest.fixture
def frozen(world: World, run: Run) -> Run:
    """The run of the year, frozen."""
    baselines.freeze_run(
        world.access(), run, decided_on=date(2026, 3, 16), decision="Année de référence", number="2026-41"
    )
    return Run.objects.get(pk=run.pk)


@pytest.fixture
def anyone() -> Client:
    """Someone without account."""
    return Client()


def act(world: World, run: Run, action: str, **more: str) -> str:
    """What the officer does on the page of a frozen run; the words of the page that follows."""
    officer, address = world.client("officer"), world.url(f"publication/{run.pk}/")
    officer.post(address, {"action": action, **more})
    work_done()
    return page_text(officer.get(address))


def opened(world: World, run: Run) -> Publication:
    """Open data prepared, looked at, opened."""
    act(world, run, "open_data", licence="etalab-2.0")
    act(world, run, "open", read="on")
    return Publication.objects.get()


def test_nothing_is_public_before_the_officer_opens_it_nor_after_it_is_closed(
    world: World, frozen: Run, anyone: Client
) -> None:
    addresses = (PUBLIC, "/donnees/essai/", "/donnees/essai/catalogue.jsonld", PUBLIC + "totaux.csv")
    assert {anyone.get(address).status_code for address in addresses} == {404}
    page = act(world, frozen, "open_data", licence="etalab-2.0")
    assert "ne sont vus de personne" in page and "entités nommées" in page
    assert {anyone.get(address).status_code for address in addresses} == {404}
    assert "Ouvertes à tous" in act(world, frozen, "open", read="on")
    assert {anyone.get(address).status_code for address in addresses} == {200}
    act(world, frozen, "close")
    assert {anyone.get(address).status_code for address in addresses} == {404}


def test_the_officer_reads_the_names_before_opening_and_those_of_people_are_pointed_at(
    world: World, frozen: Run, anyone: Client
) -> None:
    act(world, frozen, "open_data", licence="etalab-2.0")
    made = Publication.objects.get()
    names = "Cabinet de Mme Le Bihan", "Poste d’Officer", "Direction du numérique", "agent@essai.fr"
    rows = [f"{name},laptop,Portable,Poste de travail,,2020,1" for name in names]
    (made.folder / "inventaire.csv").write_text(
        "\n".join(["entite,type,type_libelle,famille,etat,annee_achat,quantite", *rows]), "utf-8"
    )
    officer, address = world.client("officer"), world.url(f"publication/{frozen.pk}/")
    refused = officer.post(address, {"action": "open"})
    assert refused.status_code == 422 and "Relisez les noms" in page_text(refused)
    doubtful = page_text(refused).partition("font penser à une personne")[2].partition("entités nommées")[0]
    assert "Mme Le Bihan" in doubtful and "Poste d’Officer" in doubtful and "agent@essai.fr" in doubtful
    assert "Direction du numérique" not in doubtful
    assert anyone.get(PUBLIC).status_code == 404


def test_a_run_that_is_not_frozen_is_not_published(world: World, run: Run) -> None:
    assert world.client("officer").get(world.url(f"publication/{run.pk}/")).status_code == 404
    assert "il n’y a rien à publier" in page_text(world.client("officer").get(world.url("publication/")))


def test_the_public_page_says_the_figure_the_licence_and_what_each_column_means(
    world: World, frozen: Run, anyone: Client
) -> None:
    opened(world, frozen)
    answer = anyone.get(PUBLIC)
    assert light(answer) and "Licence Ouverte 2.0" in page_text(answer) and "annee_achat" in page_text(answer)
    assert "entre" in page_text(answer)


def test_the_files_are_those_of_the_engine_at_an_address_that_stays(
    world: World, frozen: Run, anyone: Client, tmp_path: object
) -> None:
    made = opened(world, frozen)
    address = f"http://testserver{PUBLIC}"
    about = open_data.About(world.organisation.name, address, timezone.localdate(made.prepared_at).isoformat())
    for path in open_data.write_open_data(frozen.folder, frozen.place / "again", about):
        answer = anyone.get(PUBLIC + path.name)
        assert b"".join(answer.streaming_content) == path.read_bytes()  # type: ignore[attr-defined]
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "attachment" in answer["Content-Disposition"]


def test_no_personal_nor_sensitive_column_leaves(world: World, frozen: Run, anyone: Client) -> None:
    opened(world, frozen)
    words = ("serial", "serie", "item_id", "site", "room", "salle", "modele", "label")
    for name in open_data.columns():
        header = b"".join(anyone.get(f"{PUBLIC}{name}.csv").streaming_content).split(b"\n")[0].decode()  # type: ignore[attr-defined]
        assert not {*words} & {*header.split(",")}


def test_the_catalogue_for_machines_names_each_open_year(world: World, frozen: Run, anyone: Client) -> None:
    opened(world, frozen)
    answer = anyone.get("/donnees/essai/catalogue.jsonld")
    assert answer["Content-Type"] == "application/ld+json"
    found = json.loads(answer.content)
    assert found["@type"] == "dcat:Catalog"
    assert [row["@id"] for row in found["dcat:dataset"]] == [f"http://testserver{PUBLIC}"]


@pytest.mark.slow
def test_the_command_written_in_the_export_gives_the_same_impacts_and_the_text_of_the_page(
    world: World, frozen: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = world.client("reader")
    packed = reader.get(world.url(f"bilans/{frozen.pk}/export.zip"))
    with zipfile.ZipFile(io.BytesIO(packed.getvalue())) as archive:
        archive.extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    notice = Path("LISEZMOI.txt").read_text("utf-8")
    [command] = [line.split() for line in notice.splitlines() if line.strip().startswith("estran compute")]
    shutil.move(f"bilan-{YEAR}", "publié")
    done = CliRunner().invoke(commands.app, command[1:])
    assert done.exit_code in (0, 1), done.output
    assert Path(f"bilan-{YEAR}/impacts.csv").read_bytes() == Path("publié/impacts.csv").read_bytes()
    told = CliRunner().invoke(commands.app, ["explain", f"bilan-{YEAR}", "--item-type", "laptop", "--criterion", "gwp"])
    page = page_text(reader.get(world.url(f"bilans/{frozen.pk}/origine/?criterion=gwp&item_type=laptop")))
    lines = [" ".join(line.split()) for line in told.stdout.splitlines() if line.strip()]
    assert len(lines) > 10 and [line for line in lines if line not in page] == []


def test_a_file_that_is_no_part_of_the_data_is_not_found(world: World, frozen: Run, anyone: Client) -> None:
    opened(world, frozen)
    for name in ("run.json", "..%2f..%2fportail.sqlite3", "inventory.parquet"):
        assert anyone.get(PUBLIC + name).status_code == 404


def test_open_data_are_written_whole_or_not_at_all(world: World, frozen: Run) -> None:
    world.client("officer").post(
        world.url(f"publication/{frozen.pk}/"), {"action": "open_data", "licence": "etalab-2.0"}
    )
    made = Publication.objects.get()
    made.folder.mkdir(parents=True)
    (made.folder / "totaux.csv").write_text("half", "utf-8")
    work_done()
    assert (made.folder / "totaux.csv").read_text("utf-8") != "half"
    act(world, frozen, "open", read="on")
    before = (made.folder / "totaux.csv").read_bytes()
    Job.objects.filter(kind="open data").update(state=Job.WAITING, attempts=0)
    work_done()
    assert (made.folder / "totaux.csv").read_bytes() == before


def test_an_unknown_licence_is_refused(world: World, frozen: Run) -> None:
    answer = world.client("officer").post(
        world.url(f"publication/{frozen.pk}/"), {"action": "open_data", "licence": "MIT"}
    )
    assert answer.status_code == 422 and not Publication.objects.exists()


# ---------------------------------------------------------------------------------------------------------------- links


@pytest.fixture
def quick_report(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The report written at once, as a word; the endings that were asked for."""
    asked: list[str] = []

    def write(run: object, output: object, *_more: object) -> object:
        asked.append(output.suffix)  # type: ignore[attr-defined]
        output.parent.mkdir(parents=True, exist_ok=True)  # type: ignore[attr-defined]
        output.write_bytes(b"%PDF" if output.suffix == ".pdf" else b"<html>")  # type: ignore[attr-defined]
        return output

    monkeypatch.setattr(work.reports, "report", write)
    yield asked


def test_a_link_opens_the_frozen_page_and_its_pdf_without_account_until_it_is_revoked(
    world: World, frozen: Run, anyone: Client, quick_report: list[str]
) -> None:
    act(world, frozen, "link", about="Assemblée de mars")
    link = PageLink.objects.get()
    answer = anyone.get(f"/elus/{link.token}/")
    assert (
        light(answer)
        and "délibération n° 2026-41" in page_text(answer)
        and "Télécharger le rapport (PDF)" in page_text(answer)
    )
    assert quick_report == [".pdf", ".html"], "the page comes last: it says that no PDF will come"
    pdf = anyone.get(f"/elus/{link.token}/rapport.pdf")
    assert pdf["Content-Type"] == "application/pdf" and b"".join(pdf.streaming_content) == b"%PDF"  # type: ignore[attr-defined]
    assert anyone.get(world.url()).status_code == 302  # nothing else is open
    act(world, frozen, "revoke", link=str(link.pk))
    assert anyone.get(f"/elus/{link.token}/").status_code == 404
    assert anyone.get(f"/elus/{link.token}/rapport.pdf").status_code == 404


def test_a_forged_link_or_that_of_a_school_opens_nothing(
    world: World, frozen: Run, anyone: Client, quick_report: list[str]
) -> None:
    act(world, frozen, "link", about="Assemblée")
    token = PageLink.objects.get().token
    for forged in (token[:-1] + "x", "1", world.link.token):
        assert anyone.get(f"/elus/{forged}/").status_code == 404


def test_where_the_library_of_the_pdf_is_missing_the_page_is_given_and_it_is_said(
    world: World, frozen: Run, anyone: Client, monkeypatch: pytest.MonkeyPatch, quick_report: list[str]
) -> None:
    write = work.reports.report

    def without_pango(run: object, output: object) -> object:
        if output.suffix == ".pdf":  # type: ignore[attr-defined]
            raise OSError("cannot load library 'libpango-1.0-0'")
        return write(run, output)  # type: ignore[arg-type]

    monkeypatch.setattr(work.reports, "report", without_pango)
    page = act(world, frozen, "link", about="Assemblée")
    assert "la bibliothèque Pango manque" in page
    token = PageLink.objects.get().token
    assert "Télécharger le rapport (page web)" in page_text(anyone.get(f"/elus/{token}/"))
    assert "attachment" in anyone.get(f"/elus/{token}/rapport.html")["Content-Disposition"]


def test_the_report_of_the_engine_is_what_the_link_gives(world: World, frozen: Run, anyone: Client) -> None:
    act(world, frozen, "link", about="Assemblée")
    token = PageLink.objects.get().token
    pdf = b"".join(anyone.get(f"/elus/{token}/rapport.pdf").streaming_content)  # type: ignore[attr-defined]
    assert pdf.startswith(b"%PDF")


def test_another_officer_cannot_open_close_or_revoke(world: World, frozen: Run, quick_report: list[str]) -> None:
    act(world, frozen, "link", about="Assemblée")
    link = PageLink.objects.get()
    stranger = world.client("stranger")
    address = f"/o/autre/publication/{frozen.pk}/"
    assert stranger.post(address, {"action": "revoke", "link": str(link.pk)}).status_code == 404
    link.refresh_from_db()
    assert link.open


def test_public_pages_cost_few_queries(
    world: World, frozen: Run, anyone: Client, django_assert_num_queries: object
) -> None:
    opened(world, frozen)
    with django_assert_num_queries(2):  # type: ignore[operator]
        anyone.get(PUBLIC)
