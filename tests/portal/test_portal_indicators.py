"""Indicators in the portal: those of the command line, their targets, what is typed with its proof, legal counters."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from following import light, page_text, row, work_done
from pytest import approx

from conftest import YEAR, World
from estran.analysis import indicators
from estran.common.shipped import row_labels
from estran.portal.indicators import computation
from estran.portal.indicators.models import Target, Typed
from estran.portal.jobs.models import Job
from estran.portal.results.models import Run

pytestmark = pytest.mark.django_db


def updated(world: World) -> computation.State:
    """Ask for the indicators and compute them."""
    world.client("officer").post(world.url("indicateurs/"))
    assert [job.state for job in work_done()] == [Job.DONE]
    return computation.read_state(world.organisation)


def test_the_values_are_those_of_the_command_line(world: World, run: Run) -> None:
    state = updated(world)
    assert state.fresh and state.followed
    by_hand = indicators.follow_indicators([run.folder])
    assert {row.code: row.value for row in state.followed.indicators if row.kind != "register"} == {
        row.code: row.value for row in by_hand.indicators if row.kind != "register"
    }
    assert len(state.followed.indicators) == 86


def test_the_twelve_come_first_and_every_page_is_light(world: World, run: Run) -> None:
    updated(world)
    reader = world.client("reader")
    page = reader.get(world.url("indicateurs/"))
    assert page.content.decode().count("<tr>") == 13 and light(page)
    for theme in row_labels("themes", "theme"):
        assert light(reader.get(world.url(f"indicateurs/?theme={theme}")))
    for code in computation.declared():
        assert light(reader.get(world.url(f"indicateurs/{code}/")))
    for group in computation.groups():
        assert light(reader.get(world.url(f"indicateurs/saisies/?sujet={group}")))
    assert light(reader.get(world.url("indicateurs/textes/"))) and light(reader.get(world.url("registres/")))


def test_a_change_is_noticed_and_the_last_values_stay_until_the_update(world: World, run: Run) -> None:
    updated(world)
    reader, address = world.client("reader"), world.url("indicateurs/")
    assert "ont changé depuis ce calcul" not in page_text(reader.get(address))
    row(world)
    assert "ont changé depuis ce calcul" in page_text(reader.get(address))
    assert updated(world).fresh


TARGET = {"target": "1,5", "year": "2030", "start": "2,5", "start_year": "2020", "owner": "DSI", "source": "Plan"}


def test_a_target_gives_the_expected_value_of_each_year_and_says_who_answers_for_it(world: World, run: Run) -> None:
    officer = world.client("officer")
    assert officer.post(world.url("indicateurs/EQ03/cible/"), TARGET).status_code == 302
    state = updated(world)
    [found] = state.of("EQ03")
    assert (found.target, found.target_year) == (1.5, 2030)
    assert found.expected == approx(2.0)  # halfway from 2.5 in 2020 to 1.5 in 2030
    page = page_text(officer.get(world.url("indicateurs/EQ03/")))
    assert "Qui en répond : DSI" in page and "2,5 en 2020" in page and "attendu 2" in page
    every = officer.get(world.url("indicateurs/"))
    assert "DSI" in page_text(every) and light(every)
    assert 'id="way-EQ03-chart" class="chart" role="img"' in every.content.decode()
    officer.post(world.url("indicateurs/EQ03/cible/"), {"delete": "yes"})
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"start_year": ""}, "Donnez la valeur de départ et son année, ou aucune."),
        ({"start_year": "2031"}, "L’année de départ précède celle de la cible."),
        ({"target": "beaucoup"}, "Saisissez un nombre."),
    ],
)
def test_a_target_that_says_nothing_is_refused(world: World, wrong: dict[str, str], why: str) -> None:
    answer = world.client("officer").post(world.url("indicateurs/EQ03/cible/"), {**TARGET, **wrong})
    assert answer.status_code == 422 and why in page_text(answer)


def test_a_typed_figure_has_its_date_its_source_a_comment_and_a_proof(world: World, run: Run) -> None:
    officer = world.client("officer")
    updated(world)
    assert "Pas encore connu en 2025 : à saisir" in page_text(officer.get(world.url("indicateurs/US04/")))
    for quantity, value in (("workstations_off", "30"), ("workstations_managed", "40")):
        answer = officer.post(
            world.url(f"indicateurs/saisies/{quantity}/{YEAR}/"),
            {
                "value": value,
                "date": "2025-11-30",
                "source": "Parc",
                "comment": "relevé du soir",
                "evidence": "note 12",
            },
        )
        assert answer.status_code == 302
    [found] = updated(world).of("US04")
    assert (found.value, found.denominator_date) == (75.0, "2025-11-30")
    page = page_text(officer.get(world.url("indicateurs/US04/")))
    assert "relevé du soir" in page and "note 12" in page and "75 %" in page
    kept = Typed.objects.get(quantity="workstations_off")
    assert (kept.changed_by, kept.date) == (world.people["officer"], date(2025, 11, 30))


def test_the_yearly_total_of_a_register_that_is_not_kept_is_enough(world: World, run: Run) -> None:
    for quantity, value in (("repaired_items", 30), ("broken_items", 40)):
        Typed.objects.create(organisation=world.organisation, quantity=quantity, year=YEAR, value=value, source="SAV")
    [found] = updated(world).of("EQ06")
    assert found.value == 75.0


def test_nobody_types_what_a_run_or_a_kept_register_gives(world: World) -> None:
    officer = world.client("officer")
    for quantity in ("footprint_kg", "it_purchases_eur", "nothing"):
        assert officer.get(world.url(f"indicateurs/saisies/{quantity}/{YEAR}/")).status_code == 404


def test_a_register_feeds_its_indicators_and_its_legal_counters_with_their_numbers(world: World, run: Run) -> None:
    """15,600 € of new computers and 7,800 € of refurbished ones: a third, above the 20 % of the decree."""
    row(world, amount_excl_vat="15600")
    row(world, line_id="2025-02", origin="refurbished", amount_excl_vat="7800")
    [found] = updated(world).of("AC01")
    assert found.value == approx(100 / 3)
    page = page_text(world.client("reader").get(world.url("registres/")))
    assert "Achats issus du réemploi, informatique et téléphonie (décret 2024-134) : atteint" in page
    assert "33,33 % (seuil 20 %)" in page and "AGEC 2020-105 art. 58" in page
    assert "33,33 %" in page_text(world.client("reader").get(world.url("indicateurs/textes/")))


def test_an_unknown_indicator_or_register_is_not_found(world: World) -> None:
    for address in ("indicateurs/ZZ99/", "indicateurs/ZZ99/cible/", "registres/inconnu/"):
        assert world.client("officer").get(world.url(address)).status_code == 404


def test_pages_cost_as_many_queries_whatever_they_show(
    world: World, run: Run, django_assert_num_queries: object
) -> None:
    updated(world)
    reader = world.client("reader")
    for address, queries in (
        ("indicateurs/", 11),
        ("indicateurs/?theme=R2", 11),
        ("indicateurs/EQ03/", 10),
        ("registres/", 5),
    ):
        with django_assert_num_queries(queries):  # type: ignore[operator]
            reader.get(world.url(address))


def test_without_a_run_the_page_says_what_to_do_and_asks_for_nothing(world: World) -> None:
    page = page_text(world.client("officer").get(world.url("indicateurs/")))
    assert "faites d’abord une estimation ou un bilan" in page and "Mettre à jour" not in page


@pytest.mark.slow
def test_the_work_done_twice_gives_the_same(world: World, run: Run, tmp_path: Path) -> None:
    updated(world)
    kept = next((Path(str(tmp_path)) / "data" / "indicators").iterdir())
    before = kept.read_bytes()
    Job.objects.filter(kind="indicators").update(state=Job.WAITING, attempts=0)
    work_done()
    assert kept.read_bytes() == before


def test_a_legal_minimum_that_is_missed_is_one_of_the_alerts_of_the_home_page(world: World, run: Run) -> None:
    row(world, amount_excl_vat="15600")
    updated(world)
    page = page_text(world.client("reader").get(world.url()))
    assert "Le minimum légal n’est pas atteint : Achats issus du réemploi, informatique et téléphonie" in page


def test_every_page_of_an_authority_that_has_nothing_works(world: World) -> None:
    officer = world.client("officer")
    addresses = ["annees/", "annees/autres-outils/ajouter/", "indicateurs/", "indicateurs/textes/", "registres/"]
    addresses += ["indicateurs/saisies/", "publication/"]
    addresses += [f"indicateurs/{code}/{rest}" for code in computation.declared() for rest in ("", "cible/")]
    for address in addresses:
        answer = officer.get(world.url(address))
        assert answer.status_code == 200 and light(answer), address
    officer.post(world.url("indicateurs/"))
    officer.post(world.url("annees/"))
    assert [job.state for job in work_done()] == [Job.DONE]  # there are no years to compute again
