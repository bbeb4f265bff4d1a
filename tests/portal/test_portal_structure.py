"""The organisation: its start in four screens, its entities created, renamed, closed, merged, split, in or out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from collecting import sent
from django.utils import timezone

from conftest import YEAR, World
from estran.engine.perimeter import read_perimeter
from estran.portal.collection import campaigns
from estran.portal.collection.models import Answer, Campaign, Delivery
from estran.portal.estates.models import Headcount
from estran.portal.estates.scope import perimeter_text
from estran.portal.organisations.identifiers import siren_fault, uai_fault
from estran.portal.organisations.models import Counting, Entity, Organisation
from estran.portal.results import figures, owners
from estran.portal.results.models import Run
from estran.portal.structure import entities, lists, screens
from estran.portal.structure.models import ReceivedList

pytestmark = pytest.mark.django_db
START = "organisation/"

ANNUAIRE = """Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Statut_public_prive;Nom_commune;Mail
0750655E;Collège des Iris;Collège;Public;Rive-sur-Loire;ce.0750655e@ac-exemple.fr
0790001Z;Collège du Pont;Collège;Public;Pont-l’Abbé;x@ac-exemple.fr
0790003Z;Collège Saint-Jean;Collège;Privé;Rive-sur-Loire;y@ac-exemple.fr
0790004A;Lycée Marie Curie;Lycée;Public;Rive-sur-Loire;z@ac-exemple.fr
"""


def text(world: World, rest: str, who: str = "officer") -> str:
    return world.client(who).get(world.url(rest)).content.decode()


def test_a_siren_and_a_uai_are_checked_and_the_right_letter_is_told() -> None:
    assert siren_fault("227900016") == "" and "Luhn" not in siren_fault("227900017")
    assert "ne se vérifie pas" in siren_fault("227900017") and "neuf chiffres" in siren_fault("22790001")
    # 750655 = 23 × 32 637 + 4: the fifth letter.
    assert uai_fault("0750655E") == "" and "la lettre est E" in uai_fault("0750655F")


def test_an_empty_portal_begins_with_four_screens_each_with_its_minutes_and_what_remains(world: World) -> None:
    client = world.client("officer")
    Organisation.objects.filter(pk=world.organisation.pk).update(screens=[])
    assert "Commencer" in text(world, "") and "maintenant, en 18 minutes" in text(world, "")
    page = text(world, START)
    assert "Il reste 4 écrans" in page and "le SIREN" in page and "3 minutes, à vous" in page
    given = {"name": "Département d’essai", "kind": "departement", "siren": "227 900 017", "agents": "800"}
    refused = client.post(world.url(START), given | {"administration": "on"})
    assert refused.status_code == 422 and "ne se vérifie pas" in refused.content.decode()
    answer = client.post(world.url(START), given | {"siren": "227 900 016", "administration": "on"})
    assert answer["Location"].endswith("organisation/entites/")
    assert Entity.objects.get(kind=Entity.ADMINISTRATION).name == "Administration"
    agents = Headcount.objects.get(who="agents")
    assert (agents.value, agents.date) == (800, date(timezone.localdate().year - 1, 12, 31))
    assert "Nos collèges" in text(world, "organisation/etablissements/")
    assert "Reprendre" in text(world, "") and "fait" in text(world, START)
    for screen in ("entites", "etablissements", "taches"):
        client.post(world.url(f"organisation/{screen}/"), {"done": "yes"})
    assert "Faire une première estimation" in text(world, "")
    assert all(one.done for one in screens.list_screens(world.access()))


def test_an_extract_of_the_annuaire_is_read_at_once_and_the_schools_of_the_authority_are_ticked(world: World) -> None:
    world.organisation.kind = "departement"
    world.organisation.save()
    client, page = world.client("officer"), world.url("organisation/etablissements/")
    answer = client.post(page, {"lines": "", "file": sent(ANNUAIRE, "annuaire.csv")}, follow=True)
    shown = answer.content.decode()
    assert "4 lignes lues" in shown and shown.count("checked") == 1  # the others: a wrong letter, private, a lycée
    assert "0790001Z" in shown and "la lettre est X" in shown and "ac-exemple" not in shown
    received = ReceivedList.objects.get()
    client.post(world.url(f"listes/{received.pk}/"), {"row": ["0"]})
    school = Entity.objects.get(uai="0750655E")
    assert (school.name, school.town, school.kind, school.owner) == (
        "Collège des Iris", "Rive-sur-Loire", Entity.SCHOOL, "school",
    )  # fmt: skip
    again = client.get(world.url(f"listes/{received.pk}/")).content.decode()
    assert "déjà là" in again


def test_pasted_lines_need_no_header_and_unknown_headers_are_asked(world: World) -> None:
    client, page = world.client("officer"), world.url("organisation/entites/")
    client.post(page, {"lines": "Direction des finances\nMédiathèque"})
    received = ReceivedList.objects.get()
    assert "Médiathèque" in text(world, f"listes/{received.pk}/")
    client.post(world.url(f"listes/{received.pk}/"), {"row": ["0", "1"]})
    assert Entity.objects.filter(name__in=("Direction des finances", "Médiathèque")).count() == 2
    asked = client.post(
        page, {"lines": "", "file": sent("Machin;Truc\nDirection des routes;x\n", "a.csv")}, follow=True
    )
    assert "Dites au moins où est le nom" in asked.content.decode()
    number = ReceivedList.objects.order_by("pk").last().pk
    said = {"map": "yes", "c0": "name", "c1": "ignore", "name": "nos directions"}
    assert "Direction des routes" in client.post(world.url(f"listes/{number}/"), said, follow=True).content.decode()
    rows = lists.pasted_rows("0750655E\tCollège des Iris\tRive\nCollège du Pont 0790001X", schools=True)
    assert rows[1:] == [["0750655E", "Collège des Iris", "Rive"], ["0790001X", "Collège du Pont", ""]]


def test_a_table_given_back_renames_closes_and_merges(world: World) -> None:
    table = "Nom;UAI;Fermée le;Devient\nCollège Alice Guy;;31/08/2025;Collège Jean Zay\nCollège Zay;0790002B;;\n"
    world.other_school.uai = "0790002Y"
    world.other_school.save()
    client = world.client("officer")
    client.post(world.url("organisation/entites/"), {"lines": table.replace("0790002B", "0790002Y")})
    received = ReceivedList.objects.get()
    shown = text(world, f"listes/{received.pk}/")
    assert "fermera le 31/08/2025" in shown and "s’appellera Collège Zay" in shown
    client.post(world.url(f"listes/{received.pk}/"), {"row": ["0", "1"]})
    closed, kept = Entity.objects.get(pk=world.school.pk), Entity.objects.get(pk=world.other_school.pk)
    assert closed.closed_on == date(2025, 8, 31) and list(closed.successors.all()) == [kept]
    assert kept.name == "Collège Zay" and kept.former_paths == ["Collège Jean Zay"]
    assert "Collège Zay" in text(world, "organisation/entites.csv")


def test_an_entity_by_form_is_split_reopened_and_erased_only_while_it_sent_nothing(world: World) -> None:
    client, page = world.client("officer"), world.url(f"entites/{world.directorate.pk}/")
    client.post(page, {"action": "close", "closed_on": "2025-06-30", "successors": "DSI\nDirection de la donnée"})
    assert [one.name for one in world.directorate.successors.all()] == ["DSI", "Direction de la donnée"]
    assert Entity.objects.get(name="DSI").opened_on == date(2025, 6, 30)
    client.post(page, {"action": "reopen"})
    world.directorate.refresh_from_db()
    assert world.directorate.closed_on is None
    campaign = Campaign.objects.create(organisation=world.organisation, year=YEAR, closes_on=date(2099, 1, 1))
    campaigns.add_missing_answers(campaign)
    answer = Answer.objects.get(entity=world.directorate)
    Delivery.objects.create(organisation=world.organisation, answer=answer, name="x.csv", sha256="0" * 64)
    client.post(page, {"action": "erase"})
    assert "a déjà envoyé" in text(world, f"entites/{world.directorate.pk}/")
    client.post(world.url(f"entites/{world.school.pk}/"), {"action": "erase"})
    assert not Entity.objects.filter(pk=world.school.pk).exists()


def test_a_closed_school_and_a_body_left_out_by_a_dated_choice_leave_the_counts_of_their_years(world: World) -> None:
    mdph = Entity.objects.create(organisation=world.organisation, kind=Entity.BODY, name="MDPH [Rive]")
    page = world.url(f"entites/{mdph.pk}/")
    assert "à décider" in text(world, "organisation/entites/")
    choice = {"action": "count", "counted": "no", "since": f"{YEAR}-03-01", "reason": "service informatique propre"}
    assert world.client("officer").post(page, choice).status_code == 302
    entities.close_entity(world.school, date(YEAR, 8, 31), [])
    counted = world.organisation.entities.counted_in
    assert not {mdph, world.school} & set(counted(YEAR)) and {mdph, world.school} <= set(counted(YEAR - 1))
    campaign = Campaign.objects.create(organisation=world.organisation, year=YEAR, closes_on=date(2099, 1, 1))
    campaigns.add_missing_answers(campaign)
    names = {one.entity.name for one in campaigns.visible_answers(world.access(), campaign)}
    assert names == {"Direction du numérique", "Collège Jean Zay"}
    scope = perimeter_text(world.organisation, YEAR)
    assert "service informatique propre (choix du 01/03/2025)" in scope
    assert "exclusions" not in perimeter_text(world.organisation, YEAR - 1)


def test_a_perimeter_leaves_out_the_entity_of_an_exclusion_and_its_parts(world: World, tmp_path: Path) -> None:
    mdph = Entity.objects.create(organisation=world.organisation, kind=Entity.BODY, name="MDPH [Rive]")
    Counting.objects.create(entity=mdph, counted=False, since=date(YEAR, 1, 1), reason="à part")
    path = tmp_path / "perimeter.toml"
    path.write_text(perimeter_text(world.organisation, YEAR), encoding="utf-8")
    scope = read_perimeter(path)
    assert [scope.holds(name) for name in ("MDPH [Rive]", "MDPH [Rive] > Accueil", "MDPH", "SDIS")] == [
        False, False, True, True,
    ]  # fmt: skip


def test_two_schools_of_one_name_stay_apart_and_a_renamed_one_is_still_known(world: World) -> None:
    other = entities.free_path(world.organisation, "Collège Jean Zay", "Rive")
    assert other == "Collège Jean Zay (Rive)"
    entities.rename_entity(world.school, "Collège Agnès Varda", None)
    assert entities.find_entity(world.organisation, "collège alice guy") == world.school


def test_the_totals_by_owner_add_up_on_the_page_of_a_run(world: World, run: Run) -> None:
    rows = owners.by_owner(run)
    assert [row["label"] for row in rows] == ["L’établissement scolaire (EPLE)", "La collectivité"]
    assert sum(row["mean"] for row in rows) == pytest.approx(figures.of(run).carbon["mean"])
    assert "À qui est ce qui pèse" in text(world, f"bilans/{run.pk}/")
