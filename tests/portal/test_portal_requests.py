"""Requests: from the need to the decision in five screens, a small one in two; unknown is never zero."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import plan_world
import pytest
from python_calamine import CalamineWorkbook

from conftest import World
from estran.analysis import explain
from estran.catalogue.labels import Labels
from estran.common.formatting import quantity
from estran.engine import runs
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.requests import footprint, scoring
from estran.portal.requests.models import Grade, Option, Request, Thresholds
from estran.reporting.blocks import plain_texts
from estran.reporting.chapters.explanation import explanation

pytestmark = pytest.mark.django_db

GATES = {"G01": 4, "G02": 4, "G03": 4}
VALUE = {"V01": 2, "V02": 3, "V03": 3, "V04": 3, "V05": 3}
FRUGALITY = {"S01": 2, "S02": 2, "S03": 3, "S04": 3, "S05": 2, "S06": 3, "S07": 2}
NEED = {"title": "Badgeuse", "need": "Compter les repas.", "years": "5", "ai_use": "false"}


# -------------------------------------------------------------------------------------------------------------- scoring


def test_the_score_is_weighted_by_hand() -> None:
    # Value: (12×2 + 14×3 + 8×3 + 8×3 + 8×3) ÷ (50×4) = 138 ÷ 200.
    # Frugality: (12×2 + 12×2 + 6×3 + 6×3 + 4×2 + 6×3 + 4×2) ÷ (50×4) = 118 ÷ 200.
    score = scoring.score_request(GATES | VALUE | FRUGALITY)
    assert (score.value, score.frugality, score.outcome) == (0.69, 0.59, "go")


def test_what_is_not_filled_in_leaves_the_score_with_its_weight_and_is_shown() -> None:
    levels = GATES | VALUE | FRUGALITY
    del levels["V02"]
    score = scoring.score_request(levels)
    # (12×2 + 8×3 + 8×3 + 8×3) ÷ (36×4): V02 is not a zero.
    assert score.value == pytest.approx(96 / 144)
    assert score.missing == ["Bénéfice pour les habitants"]


def test_with_less_than_half_of_the_weight_a_block_has_no_score_and_the_decision_waits() -> None:
    score = scoring.score_request(GATES | {"V01": 4, "V03": 4} | FRUGALITY)
    assert (score.value, score.outcome) == (None, "")


@pytest.mark.parametrize(
    ("levels", "outcome"),
    [
        (GATES | VALUE | FRUGALITY | {"G01": 0}, "no_go"),
        (GATES | VALUE | FRUGALITY | {"G03": 0}, "no_go"),
        (GATES | VALUE | FRUGALITY | {"G02": 0}, "redesign"),
        (GATES | dict.fromkeys(VALUE, 1) | FRUGALITY, "no_go"),
        (GATES | dict.fromkeys(VALUE, 2) | FRUGALITY, "redesign"),
        (GATES | VALUE | dict.fromkeys(FRUGALITY, 1), "redesign"),
        (GATES | VALUE | FRUGALITY | {"S01": 0}, "redesign"),
        (GATES | dict.fromkeys(VALUE, 0) | {"V01": 4} | FRUGALITY, "redesign"),  # a legal duty
        ({code: level for code, level in (GATES | VALUE | FRUGALITY).items() if code != "S02"}, ""),
        ({code: level for code, level in (GATES | VALUE | FRUGALITY).items() if code != "G02"}, ""),
    ],
)
def test_the_rules_of_the_grid(levels: dict[str, int], outcome: str) -> None:
    assert scoring.score_request(levels).outcome == outcome


@pytest.mark.parametrize(("cost", "items", "small"), [(15000, 20, True), (15001, 20, False), (0, 21, False),
                                                      (None, 3, False), (500, None, False)])  # fmt: skip
def test_an_unknown_cost_or_number_is_not_small(cost: float | None, items: int | None, small: bool) -> None:
    assert scoring.is_small(cost, items, Thresholds(cost=15000, items=20)) is small


# -------------------------------------------------------------------------------------------------------------- screens


def post(world: World, who: str, address: str, given: dict[str, Any]) -> str:
    """Fill in the page as a browser does, with the state of the request it was made from."""
    seen = plan_world.seen(world.client(who).get(world.url(address)))
    answer = world.client(who).post(world.url(address), given | seen)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].removeprefix(world.url())


def test_a_small_request_goes_from_need_to_decision_in_two_screens(world: World) -> None:
    given = NEED | {"entity": world.directorate.pk, "items": "3", "investment": "2 000", "running": "100"}
    second = post(world, "officer", "demandes/nouvelle/", given)
    assert second.endswith("/questions/")
    page = world.client("officer").get(world.url(second)).content.decode()
    assert page.count("Pourquoi (") == 4, "four questions only"
    decision = {"d-decision": "go", "d-decided_on": "2026-02-01", "d-reasons": "Utile et sobre"}
    end = post(world, "officer", second, {"G01": 4, "G02": 4, "S01": 3, "S07": 4} | decision)
    page = world.client("reader").get(world.url(end)).content.decode()
    assert "retenue" in page and "Utile et sobre" in page


def test_an_appraised_request_goes_from_need_to_decision_in_five_screens(world: World) -> None:
    given = NEED | {"entity": world.directorate.pk, "title": "GTB", "investment": "90000", "running": "4000"}
    place = post(world, "officer", "demandes/nouvelle/", given)
    visited = ["demandes/nouvelle/", place]
    place = post(world, "officer", place, {code: str(level) for code, level in (GATES | VALUE).items()})
    visited.append(place)
    sizing = {"project-laptop": "10", "nothing-laptop": "10", "nothing-paper_sheet_virgin": "20 000"}
    saving = {"saving_what": "gaz", "saving_kg": "40000", "saving_source": "étude de la GTB, 2025"}
    place = post(world, "officer", place, sizing | saving)
    visited.append(place)
    assert queue.run_at_once(Job.objects.get(kind="request")).state == "done"
    place = post(world, "officer", place, {code: str(level) for code, level in FRUGALITY.items()})
    visited.append(place)
    page = world.client("officer").get(world.url(place)).content.decode()
    project, nothing = Option.objects.get(kind="project"), Option.objects.get(kind="nothing")
    assert project.mean and nothing.mean and nothing.mean > project.mean
    assert quantity(project.mean, "kg CO2 eq") in page and quantity(nothing.mean, "kg CO2 eq") in page
    assert "non renseigné" in page, "no shared tool was sized"
    assert quantity(40000 - project.mean, "kg CO2 eq") in page and "jamais retranché du bilan" in page
    end = post(world, "officer", place, {"decision": "go", "decided_on": "2026-02-01", "reasons": "Utile"})
    assert [part.rsplit("/", 2)[-2] for part in visited] == [
        "nouvelle", "valeur", "dimensionnement", "sobriete", "decision",
    ]  # fmt: skip
    assert Request.objects.get().decision == "go" and end.startswith("demandes/")


def sized(world: World, **sizing: dict[str, float]) -> Request:
    request = plan_world.request(world)
    for kind, quantities in sizing.items():
        Option.objects.create(organisation=world.organisation, request=request, kind=kind, sizing=quantities)
    job = footprint.ask_footprint(world.access(), request)
    if job:
        assert queue.run_at_once(job).state == "done", job.problems
    return request


def test_the_footprint_opens_with_where_it_comes_from_and_is_that_of_the_engine(world: World) -> None:
    request = sized(world, project={"laptop": 10.0}, nothing={"paper_sheet_virgin": 20000.0})
    page = world.client("reader").get(world.url(f"demandes/{request.pk}/origine/?option=project")).content.decode()
    assert "Calcul" in page and "Source" in page and "Le projet" in page
    opened = explanation(explain.explain_figure(request.folder, explain.Figure("gwp", "Le projet")), Labels("fr"))
    assert next(iter(plain_texts(opened))) in page
    assert runs.read_json(request.folder)["counts"]["rows"] == 2
    # 20 000 sheets at 4.58 g: the paper of doing nothing, computed by hand.
    assert request.options.get(kind="nothing").mean == pytest.approx(91.6)


def test_what_has_no_factor_is_said_and_not_counted_as_zero(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every line of the shipped sizing has a factor: one more, of a type for which no public factor exists.
    reader = {"badge_reader": {"column": "item_type", "value": "badge_reader"}}
    shipped, labels = footprint.rows_by_code("request_sizing"), footprint.row_labels("request_sizing")
    monkeypatch.setattr(footprint, "rows_by_code", lambda _name: shipped | reader)
    monkeypatch.setattr(footprint, "row_labels", lambda _name: labels | {"badge_reader": "Lecteurs de badge"})
    request = sized(world, project={"badge_reader": 200.0}, nothing={"laptop": 1.0})
    project = request.options.get(kind="project")
    assert project.mean is None
    assert any("Lecteurs de badge" in gap for gap in project.gaps)
    page = world.client("reader").get(world.url(f"demandes/{request.pk}/")).content.decode()
    assert "Lecteurs de badge" in page and "pas encore calculé" in page


def test_nothing_at_all_is_a_zero_that_somebody_wrote(world: World) -> None:
    request = sized(world, nothing={"laptop": 0.0})
    assert request.options.get(kind="nothing").mean == 0.0


def test_a_directorate_submits_for_itself_and_another_does_not_fill_it_in(world: World) -> None:
    given = NEED | {"entity": world.school.pk}
    place = post(world, "contributor", "demandes/nouvelle/", given)
    assert world.client("contributor").get(world.url(place)).status_code == 200
    other = plan_world.request(world, entity=world.other_school)
    assert world.client("contributor").get(world.url(f"demandes/{other.pk}/valeur/")).status_code == 403
    refused = world.client("contributor").post(
        world.url("demandes/nouvelle/"), given | {"entity": world.other_school.pk}
    )
    assert refused.status_code == 422


def test_only_officers_decide(world: World) -> None:
    request = plan_world.request(world, entity=world.school, small=True)
    given = {"G01": 4, "d-decision": "go", "d-decided_on": "2026-02-01", "d-reasons": "Je décide"}
    post(world, "contributor", f"demandes/{request.pk}/questions/", given)
    request.refresh_from_db()
    assert request.decision == ""


def test_a_saving_without_its_source_is_refused(world: World) -> None:
    request = plan_world.request(world)
    answer = world.client("officer").post(world.url(f"demandes/{request.pk}/dimensionnement/"), {"saving_kg": "1000"})
    assert answer.status_code == 422
    assert "Dites d’où vient cette économie." in answer.content.decode()


def test_the_review_is_due_twelve_months_after_the_launch(world: World) -> None:
    request = plan_world.request(
        world, decision="go", decided_on=date(2024, 1, 10), reasons="Utile", live_on=date(2024, 2, 29)
    )
    assert request.review_due == date(2025, 2, 28)
    given = {"review_on": "2025-03-03", "review": "rethink", "review_text": "Peu utilisé"}
    post(world, "officer", f"demandes/{request.pk}/bilan/", given)
    page = world.client("reader").get(world.url(f"demandes/{request.pk}/")).content.decode()
    assert "revoir" in page and "Peu utilisé" in page


def test_the_roadmap_is_the_export_of_what_is_kept_and_unknown_is_said(world: World) -> None:
    kept = plan_world.request(world, decision="go", decided_on=date(2026, 1, 10), reasons="Utile")
    plan_world.request(world, title="Refusée", decision="no_go", decided_on=date(2026, 1, 10), reasons="Inutile")
    for code, level in (GATES | VALUE).items():
        Grade.objects.create(organisation=world.organisation, request=kept, criterion=code, level=level)
    content = world.client("reader").get(world.url("demandes/feuille-de-route.xlsx")).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["Demande", "Capteurs de bâtiments"]
    kept_row = dict(zip(rows[0], rows[1], strict=True))
    assert (kept_row["Valeur (%)"], kept_row["Sobriété (%)"], kept_row["Coût complet (€)"]) == (
        69,
        "non renseigné",
        "non renseigné",
    )


def test_the_size_of_a_small_request_is_the_organisations_own(world: World) -> None:
    post(world, "officer", "demandes/taille/", {"cost": "1000", "items": "2"})
    given = NEED | {"entity": world.directorate.pk, "items": "3", "investment": "500", "running": "0"}
    assert post(world, "officer", "demandes/nouvelle/", given).endswith("/valeur/")
