"""Whoever sends an answer writes for its entity alone, unless he manages; what an answer touches is named."""

from __future__ import annotations

import csv
import signal
from functools import partial
from io import StringIO

import pytest
from collecting import accept, answer_of, page, plain, sent, upload

from conftest import YEAR, World
from estran.portal.collection import deliveries, merging
from estran.portal.collection.models import Answer, Campaign, Delivery
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.models import Membership, Role
from estran.portal.results import calculation
from estran.portal.results import views as results
from estran.portal.results.models import Run

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
MIXED = """Entité;Type;Nombre
Collège Alice Guy;Tablette;7
Direction du numérique;Ordinateur portable;9000
Collège Alice Guy > Techno;Tablette;2
Collège Alice Guyot;Tablette;5
;Tablette;1
"""
OWN = {"Collège Alice Guy": 8, "Collège Alice Guy > Techno": 2}
ALL = {"": 1, "Collège Alice Guy": 7, "Collège Alice Guy > Techno": 2, "Collège Alice Guyot": 5}
ALL["Direction du numérique"] = 9000


def held(folder) -> dict[str, float]:  # type: ignore[no-untyped-def]
    """Entity → items of the inventory of an estate."""
    counts: dict[str, float] = {}
    for row in csv.DictReader((folder / "inventory.csv").open(encoding="utf-8")):
        counts[row["entity"]] = counts.get(row["entity"], 0) + float(row["quantity"])
    return counts


def year_of(campaign: Campaign) -> dict[str, float]:
    return held(merging.merge_inventory(campaign, None).folder)


@pytest.fixture
def answer(world: World, campaign: Campaign) -> Answer:
    """That of the school of the contributor."""
    return answer_of(campaign, world.school)


# --------------------------------------------------------------------------------------------------------- at reading


def test_rows_of_other_entities_are_set_aside_with_place_value_and_remedy(world: World, answer: Answer) -> None:
    delivery = upload(world, answer, MIXED, who="contributor", keeps_entities="on")
    assert held(delivery.folder) == OWN
    assert (delivery.rows, delivery.rejected, delivery.set_aside) == (3, 2, 2)
    rejected = deliveries.rejected_rows(delivery)
    assert [(row["line"], row["column"], row["value"]) for row in rejected] == [
        ("3", "entity", "Direction du numérique"),
        ("5", "entity", "Collège Alice Guyot"),
    ]
    said = plain(page(world, f"depots/{delivery.pk}/rejets/", "contributor"))
    assert "« Direction du numérique » n’est ni l’entité qui envoie ce fichier" in said
    assert "demander à qui pilote la collecte" in said
    accept(world, answer)
    assert year_of(answer.campaign) == OWN


@pytest.mark.parametrize("who", ["officer", "administrator"])
def test_whoever_manages_writes_for_several_entities(world: World, answer: Answer, who: str) -> None:
    delivery = upload(world, answer, MIXED, who=who, keeps_entities="on")
    assert (held(delivery.folder), delivery.set_aside) == (ALL, 0)
    accept(world, answer)
    assert year_of(answer.campaign) == ALL


def test_a_colleague_a_reader_and_a_stranger_send_nothing(world: World, campaign: Campaign) -> None:
    """The contributor is a colleague of the other school."""
    given = {"keeps_entities": "on"}
    address = world.url(f"reponses/{answer_of(campaign, world.other_school).pk}/")
    for who, status in {"contributor": 404, "reader": 403, "stranger": 404}.items():
        assert world.client(who).post(address, {"file": sent(MIXED), **given}).status_code == status, who
    assert not Delivery.objects.exists()


def test_the_holder_of_a_link_writes_for_the_school_whatever_the_file_and_the_form_say(
    world: World, answer: Answer
) -> None:
    given = {"send": "file", "pupils": "", "file": sent(MIXED), "keeps_entities": "on"}
    world.client("link_holder").post(f"/ecole/{world.link.token}/", given)
    assert held(Delivery.objects.get().folder) == {"Collège Alice Guy": 9015}


def test_a_row_put_right_does_not_change_its_entity(world: World, answer: Answer) -> None:
    """The file of rejected rows, sent back with the name of another entity."""
    delivery = upload(world, answer, "Type;Nombre\nTablette;plein\nTablette;2\n", who="contributor")
    given = world.client("contributor").get(world.url(f"depots/{delivery.pk}/rejets.csv")).content.decode("utf-8-sig")
    row = next(csv.DictReader(StringIO(given), delimiter=";"))
    forged = StringIO()
    writer = csv.DictWriter(forged, [*row], delimiter=";")
    writer.writeheader()
    writer.writerow({**row, "quantity": "9000", "entity": "Direction du numérique"})
    address = world.url(f"depots/{delivery.pk}/rejets/")
    world.client("contributor").post(address, {"file": sent(forged.getvalue())})
    delivery.refresh_from_db()
    assert held(delivery.folder) == {"Collège Alice Guy": 9002}


def test_a_row_set_aside_is_put_right_with_the_entity_that_sends(world: World, answer: Answer) -> None:
    delivery = upload(world, answer, MIXED, who="contributor", keeps_entities="on")
    rows = {row["value"]: row["source"] for row in deliveries.rejected_rows(delivery)}
    changes = {rows["Collège Alice Guyot"]: {"entity": ""}, rows["Direction du numérique"]: {"entity": "Cabinet"}}
    deliveries.correct_rows(delivery, changes)
    assert held(delivery.folder) == OWN | {"Collège Alice Guy": 13}
    assert (delivery.rejected, delivery.set_aside) == (1, 1)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("rooms", "room,entity,it_kwh\nSalle A,Direction du numérique,88000\nSalle B,,10\n"),
        ("vms", "vm,host,entity\nv1,h1,Direction du numérique\nv2,h1,Collège Alice Guy\n"),
        (
            "inventory",
            "entity,provider,model,requests,output_tokens_per_request\n"
            "Direction du numérique,openai,gpt-4o,1000000,100\nCollège Alice Guy,openai,gpt-4o,10,100\n",
        ),
    ],
)
@pytest.mark.parametrize("keeps", [{}, {"keeps_entities": "on"}])
def test_every_table_that_names_entities_is_checked(
    world: World, answer: Answer, table: str, text: str, keeps: dict[str, str]
) -> None:
    delivery = upload(world, answer, text, who="contributor", **keeps)
    assert table in {path.stem for path in delivery.tables}
    content = "".join(path.read_text("utf-8") for path in delivery.tables)
    assert "Direction du numérique" not in content and "Collège Alice Guy" in content
    assert delivery.set_aside == 1


def test_what_counts_for_the_whole_organisation_is_given_by_whoever_manages(world: World, answer: Answer) -> None:
    text = "item_type,model,kwh_per_year,lifetime_years,source\nlaptop,Latitude 5440,20,40,fiche\n"
    delivery = upload(world, answer, text, who="contributor")
    assert (delivery.rejected, delivery.rows) == (1, 0)
    assert "vaut pour toute l’organisation" in (delivery.folder / "rejects.csv").read_text("utf-8")
    assert upload(world, answer, text).rejected == 0


# --------------------------------------------------------------------------------------------------------- at merging


def test_a_room_of_another_entity_is_not_replaced_at_merging(world: World, answer: Answer) -> None:
    other = answer_of(answer.campaign, world.directorate)
    upload(world, other, "room,it_kwh,entity\nSalle A,50000,Direction du numérique\n")
    upload(world, answer, "room,it_kwh\nSalle A,1\nSalle du collège,300\n", who="contributor")
    for one in (other, answer):
        upload(world, one, "Type;Nombre\nTablette;1\n", adds="on")
    accept(world, other, answer)
    folder = merging.merge_inventory(answer.campaign, None).folder
    rooms = {row["room"]: (row["it_kwh"], row["entity"]) for row in csv.DictReader((folder / "rooms.csv").open())}
    assert {name: kwh.partition(".")[0] for name, (kwh, _entity) in rooms.items()} == {
        "Salle A": "50000",
        "Salle du collège": "300",
    }
    assert "Salle A" in (folder / "rejects.csv").read_text("utf-8")


def test_rights_are_checked_again_when_the_answers_are_merged(world: World, answer: Answer) -> None:
    upload(world, answer, MIXED, keeps_entities="on")
    accept(world, answer)
    Membership.objects.filter(person=world.people["officer"]).update(role=Role.CONTRIBUTOR)
    assert year_of(answer.campaign) == OWN
    said = plain(page(world, f"collectes/{answer.campaign_id}/bilan/", "administrator"))
    assert "2 lignes d’autres entités n’entrent plus dans le bilan" in said


def test_an_answer_forged_in_the_database_writes_for_its_entity_alone(world: World, answer: Answer) -> None:
    """As one that was read before the entities of rows were checked; then with its file erased."""
    delivery = upload(world, answer, MIXED, keeps_entities="on")
    Delivery.objects.update(person=world.people["contributor"])
    accept(world, answer)
    assert year_of(answer.campaign) == OWN
    deliveries.erase_sent(delivery)
    assert year_of(answer.campaign) == OWN


def test_a_contributor_who_sends_the_file_of_an_officer_again_stands_for_it(world: World, answer: Answer) -> None:
    first = upload(world, answer, MIXED, keeps_entities="on")
    again = upload(world, answer, MIXED, who="contributor", keeps_entities="on")
    assert again == first and held(again.folder) == OWN


def test_an_officer_takes_over_what_was_set_aside(world: World, answer: Answer) -> None:
    delivery = upload(world, answer, MIXED, who="contributor", keeps_entities="on")
    address = world.url(f"depots/{delivery.pk}/")
    for who, status in {"contributor": 403, "reader": 403, "stranger": 404}.items():
        assert world.client(who).post(address, {"action": "take_over"}).status_code == status, who
    assert "Reprendre à mon nom" not in page(world, f"depots/{delivery.pk}/", "contributor")
    assert "Reprendre à mon nom" in page(world, f"depots/{delivery.pk}/")
    world.client("officer").post(address, {"action": "take_over"})
    delivery.refresh_from_db()
    assert (held(delivery.folder), delivery.set_aside) == (ALL, 0)
    assert delivery.person == world.people["officer"]


# ----------------------------------------------------------------------------------------------------------- the pages


def test_the_pages_name_every_entity_that_an_answer_touches_and_what_was_set_aside(
    world: World, answer: Answer
) -> None:
    upload(world, answer, MIXED, keeps_entities="on")
    board = plain(page(world, f"collectes/{answer.campaign_id}/"))
    assert "écrit aussi pour Direction du numérique (1 ligne, 9 000 matériels)" in board
    shown = plain(page(world, f"reponses/{answer.pk}/"))
    assert "Direction du numérique autre entité 1 9 000" in shown and "Collège Alice Guy > Techno" in shown.replace(
        "&gt;", ">"
    )
    accept(world, answer)
    merged = plain(page(world, f"collectes/{answer.campaign_id}/bilan/"))
    assert "Cette réponse écrit aussi pour Direction du numérique (1 ligne, 9 000 matériels)" in merged
    upload(world, answer, MIXED, who="contributor", keeps_entities="on")
    assert "dont 2 mises de côté" in plain(page(world, f"collectes/{answer.campaign_id}/"))
    assert "2 lignes sont mises de côté" in plain(page(world, f"reponses/{answer.pk}/"))


# ------------------------------------------------------------------------------------- a large merge goes to the queue


@pytest.fixture
def large(world: World, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address where the year of a campaign with much in it is asked for."""
    monkeypatch.setattr(results, "limit", lambda _name: 0)
    upload(world, answer, "Type;Nombre\nTablette;7\n")
    accept(world, answer)
    return f"collectes/{answer.campaign_id}/bilan/"


def test_a_large_merge_is_not_done_in_the_request_and_is_asked_once(world: World, large: str) -> None:
    officer = world.client("officer")
    asked = officer.post(world.url(large))
    job = Job.objects.get(kind="merge")
    assert (job.state, asked["Location"]) == (Job.WAITING, job.address)
    assert not Run.objects.exists()
    assert "Vous pouvez fermer cette page" in plain(page(world, f"travaux/{job.pk}/"))
    shown = plain(page(world, large))
    assert "Ce bilan est en cours de calcul" in shown and "Calculer le bilan" not in shown
    Answer.objects.update(accepted_at=None)
    accept(world, *Answer.objects.filter(deliveries__isnull=False))
    again = officer.post(world.url(large), follow=True)
    assert "déjà en cours de calcul" in plain(again.content.decode())
    assert Job.objects.filter(kind="merge").count() == 1
    assert queue.run_next_job()
    run = Run.objects.get()
    job.refresh_from_db()
    assert (job.state, job.address) == (Job.DONE, world.url(f"bilans/{run.pk}/"))
    assert "Calculer le bilan" in plain(page(world, large))


def test_a_merge_that_was_killed_is_done_by_the_next_worker_and_gives_one_run(
    world: World, large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.client("officer").post(world.url(large))

    class Killed(BaseException):
        pass

    def die(*_given: object) -> None:
        raise Killed

    for place, name in ((calculation.merging, "merge_inventory"), (calculation, "ask_run"), (queue, "run_at_once")):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(place, name, die)
            job = queue.take_job()
            Job.objects.filter(pk=job.pk).update(attempts=1)  # type: ignore[union-attr]
            job.attempts = 1  # type: ignore[union-attr]
            queue.run_job(job)  # type: ignore[arg-type]
        queue.free_jobs()
    for _time in range(3):
        queue.run_next_job()
    run = Run.objects.get()
    assert (run.year, run.computed_at is None) == (YEAR, False)
    assert run.organisation.inventories.count() == 1
    assert Job.objects.get(kind="merge").state == Job.DONE


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGKILL])
def test_a_merge_whose_reader_died_says_why_and_is_not_tried_again(
    world: World, large: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.client("officer").post(world.url(large))
    die = partial(deliveries.call_bounded, "parc.csv", signal.raise_signal, number)
    monkeypatch.setattr(deliveries, "call_bounded", lambda *_given, **_more: die())
    assert queue.run_next_job() and not queue.run_next_job()
    job = Job.objects.get(kind="merge")
    assert (job.state, job.attempts) == (Job.FAILED, 1)
    assert job.problems[0]["what"] in plain(page(world, f"travaux/{job.pk}/"))
    assert "Le dernier calcul n’a pas abouti" in plain(page(world, large))
