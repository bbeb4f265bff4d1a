"""The charter: what was signed, the grid that only reads it, the review of each year."""

from __future__ import annotations

from datetime import date

import pytest
from diagnosing import agree, diagnostic
from django.core.files.uploadedfile import SimpleUploadedFile

from conftest import World
from estran.portal.diagnostic import assessment
from estran.portal.diagnostic.models import Charter, TargetReview
from estran.portal.plan.models import Action

pytestmark = pytest.mark.django_db
SIGNED = {
    "title": "Charte du numérique responsable de l’INR", "number": "2022-11-17-42", "approved_on": "2022-11-17",
    "signed_on": "2022-12-01", "signatory": "le président du conseil départemental",
}  # fmt: skip


def signed(world: World, on: date = date(2022, 12, 1)) -> Charter:
    return Charter.objects.create(
        organisation=world.organisation, title="Charte", number="42", approved_on=date(2022, 11, 17), signed_on=on,
        signatory="le président",
    )  # fmt: skip


def test_the_signed_document_is_recorded_kept_and_given_back(world: World) -> None:
    document = SimpleUploadedFile("annexe.pdf", b"%PDF-1.7 annexe de la deliberation")
    answer = world.client("officer").post(world.url("charte/signature/"), SIGNED | {"document": document})
    assert answer.status_code == 302
    page = world.client("reader").get(world.url("charte/")).content.decode().replace("\u00a0", " ")
    assert "délibération 2022-11-17-42 du 17 novembre 2022" in page
    assert "le 1er décembre 2022, par le président du conseil départemental" in page
    given = world.client("reader").get(world.url("charte/document/"))
    assert b"".join(given.streaming_content) == b"%PDF-1.7 annexe de la deliberation"
    assert "attachment" in given["Content-Disposition"]
    assert world.client("stranger").get("/o/autre/charte/document/").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"signed_on": "2022-11-01"}, "La signature précède la délibération"),
        ({"signed_on": "2999-01-01"}, "Cette date est à venir"),
        ({"document": SimpleUploadedFile("x.pdf", b"<html>")}, "ni un PDF ni un ODT"),
    ],
)
def test_what_cannot_have_been_signed_is_refused(world: World, wrong: dict[str, object], refusal: str) -> None:
    answer = world.client("officer").post(world.url("charte/signature/"), SIGNED | wrong)
    assert answer.status_code == 422 and refusal in answer.content.decode()
    assert not Charter.objects.exists()


def test_a_target_that_joined_the_grid_after_the_signature_says_so(world: World) -> None:
    """The four AI targets of August 2026 for a charter signed in 2022; none of them for one signed in 2027."""
    charter = signed(world)
    late = [target.code for axis in assessment.read_grid(world.access()) for target in axis.targets if target.late]
    assert late == ["ONR-1.8", "ONR-2.5", "ONR-3.8", "ONR-5.7"]
    page = world.client("reader").get(world.url("charte/")).content.decode()
    assert page.count("ajoutée après la signature") == 4
    charter.signed_on = date(2027, 1, 5)
    charter.save()
    assert "ajoutée après la signature" not in world.client("reader").get(world.url("charte/")).content.decode()


def test_the_grid_is_never_shown_as_the_charter(world: World) -> None:
    signed(world)
    page = world.client("reader").get(world.url("charte/")).content.decode()
    assert "n’en sont pas le texte" in page


def test_a_target_has_its_state_its_actions_and_its_indicators(world: World) -> None:
    diagnosis = diagnostic(world)
    agree(diagnosis, "Q04", 1, 3)
    Action.objects.create(
        organisation=world.organisation, code="E01", title="Ordinateurs gardés 5 ans", status="doing",
        targets=["ONR-1.2"], indicators=["EQ09"],
    )  # fmt: skip
    target = assessment.find_target(world.access(), "ONR-1.2")
    assert target and target.place and target.place.priority_label == "Prioritaire"  # mean 1, importance 3: key 32
    assert [action.code for action in target.actions] == ["E01"]
    codes = [row["code"] for row in target.indicators]
    assert codes[0] == "EQ01" and codes[-1] == "EQ09", "those of its questions, then those of its actions"
    page = world.client("reader").get(world.url("charte/cibles/ONR-1.2/")).content.decode()
    assert "E01 Ordinateurs gardés 5 ans</a>, en cours" in page


def test_a_year_is_reviewed_once_and_says_why(world: World) -> None:
    place = world.url("charte/cibles/ONR-1.2/")
    officer = world.client("officer")
    assert officer.post(place, {"do": "review", "year": "2024", "done": "no", "why": ""}).status_code == 422
    officer.post(place, {"do": "review", "year": "2024", "done": "no", "why": "Marché signé avant la règle."})
    officer.post(place, {"do": "review", "year": "2024", "done": "no", "why": "Marché de 2021 en cours jusqu’en 2025."})
    officer.post(place, {"do": "review", "year": "2025", "done": "yes", "why": "Règle de six ans adoptée."})
    kept = [(one.year, one.done, one.why) for one in TargetReview.objects.all()]
    assert kept == [(2025, True, "Règle de six ans adoptée."), (2024, False, "Marché de 2021 en cours jusqu’en 2025.")]
    assert "pas fait" in world.client("reader").get(place).content.decode()
    assert world.client("reader").post(place, {"do": "proof", "text": "x"}).status_code == 403


def test_a_year_is_read_at_a_glance_what_is_done_first_and_why(world: World) -> None:
    signed(world)
    reviews = [
        ("ONR-1.5", 2025, False, "Filière en cours."),
        ("ONR-1.2", 2025, True, "Six ans."),
        ("ONR-1.1", 2024, True, "x"),
    ]
    for target, year, done, why in reviews:
        TargetReview.objects.create(organisation=world.organisation, target=target, year=year, done=done, why=why)
    axes = assessment.read_grid(world.access())
    review = assessment.review_of_year(axes, 0)
    assert review and (review.year, review.done, review.left) == (2025, 1, 30)
    assert [target.code for target, _review in review.reviewed] == ["ONR-1.2", "ONR-1.5"]
    page = world.client("reader").get(world.url("charte/")).content.decode()
    assert "Revue 2025" in page and page.index("Six ans.") < page.index("Filière en cours.")
    assert "Revue 2024" in world.client("reader").get(world.url("charte/?annee=2024")).content.decode()
    assert "Revue 2025" in world.client("reader").get(world.url("charte/?annee=1999")).content.decode()


def test_a_proof_is_given_then_taken_back(world: World) -> None:
    place = world.url("charte/cibles/ONR-1.5/")
    world.client("officer").post(place, {"do": "proof", "text": "Convention avec l’association, 2023."})
    assert "Convention avec l’association, 2023." in world.client("reader").get(place).content.decode()
    world.client("officer").post(place, {"do": "proof", "text": ""})
    assert "Convention" not in world.client("reader").get(place).content.decode()
    assert world.client("reader").get(world.url("charte/cibles/ONR-9.9/")).status_code == 404
