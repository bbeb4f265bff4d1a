"""In a browser: two officers on one objective; levers without script; a request from the need to the decision."""

from __future__ import annotations

from typing import Any

import browser as browsers
import plan_world
import pytest
from following import work_done
from playwright.sync_api import Browser, Page, expect

from conftest import World
from estran.portal.plan.models import Action, Objective
from estran.portal.requests.models import Request

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SIZES = [(360, False), (1280, True)]


@pytest.mark.parametrize(("width", "script"), SIZES)
def test_two_officers_open_one_objective_and_the_second_chooses(
    browser: Browser, live_server: Any, world: World, width: int, script: bool
) -> None:
    objective = plan_world.objective(world)
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": script}
    address = world.url(f"objectifs/{objective.pk}/modifier/")
    with (
        browsers.opened(browser, live_server.url, world.client("officer"), **options) as (first, _one),
        browsers.opened(browser, live_server.url, world.client("administrator"), **options) as (second, _other),
    ):
        for page, target in ((first, "8,5"), (second, "7,5")):
            page.goto(address)
            page.get_by_label("Cible").fill(target)
        first.get_by_role("button", name="Enregistrer").click()
        expect(first.get_by_role("heading", level=1)).to_have_text(objective.title)
        second.get_by_role("button", name="Enregistrer").click()
        alert = second.get_by_role("alert")
        expect(alert).to_contain_text("Officer a écrit ici pendant que vous écriviez")
        expect(alert.get_by_role("row").filter(has_text="Cible")).to_contain_text("8,5")
        expect(alert.get_by_role("row").filter(has_text="Cible")).to_contain_text("7,5")
        assert Objective.objects.get().target == 8.5
        browsers.picture(second, f"deux-textes-{width}")
        second.get_by_role("link", name="Garder ce qui est enregistré").click()
        assert Objective.objects.get().target == 8.5
        second.go_back()
        second.get_by_role("button", name="Enregistrer ma version").click()
        expect(second.get_by_role("heading", level=1)).to_have_text(objective.title)
        assert Objective.objects.get().target == 7.5


@pytest.mark.parametrize(("width", "script"), SIZES)
def test_the_levers_of_an_action_are_added_changed_and_removed(
    browser: Browser, live_server: Any, world: World, width: int, script: bool
) -> None:
    action = plan_world.action(world)
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": script}
    with browsers.opened(browser, live_server.url, world.client("officer"), **options) as (page, _visit):
        page.goto(world.url(f"actions/{action.pk}/"))
        page.get_by_role("link", name="Dire ce que l’action change").click()
        for group, value in (("ordinateurs", "7"), ("écrans", "9")):
            page.get_by_role("link", name="Ajouter un changement").click()
            page.get_by_label("De quoi").select_option(group)
            page.get_by_label("Valeur ou multiplicateur").fill(value)
            page.get_by_label("D’où vient cette situation d’avant").fill("inventaire de 2025")
            page.get_by_role("button", name="Enregistrer").click()
        page.get_by_role("link", name="Modifier").nth(1).click()
        page.get_by_label("Valeur ou multiplicateur").fill("10")
        page.get_by_role("button", name="Enregistrer").click()
        page.get_by_role("button", name="Retirer").first.click()
        expect(page.locator("main section")).to_have_count(1)
        expect(page.locator("main")).to_contain_text("Durée d’usage (ans), écrans (partout)\u00a0: 10, depuis")
        browsers.picture(page, f"leviers-{width}")
    assert [lever["set"] for lever in Action.objects.get().levers] == [10.0]


def screens(page: Page) -> list[str]:
    """Every page with a form to send that was shown, kept as the person goes."""
    shown: list[str] = []
    page.on("load", lambda loaded: shown.append(loaded.url) if loaded.locator("main form button").count() else None)
    return shown


def asked(page: Page, world: World, cost: str) -> None:
    """The first screen: a need of the directorate, with its cost."""
    page.get_by_role("link", name="Déposer une demande").click()
    page.get_by_label("Demande", exact=True).fill("Badgeuse")
    page.get_by_label("Direction qui demande").select_option("Direction du numérique")
    page.get_by_label("Besoin").fill("Compter les repas.")
    page.get_by_label("Équipements ajoutés ou remplacés").fill("3")
    page.get_by_label("Investissement, en euros").fill(cost)
    page.get_by_label("Coût de fonctionnement par an, en euros").fill("100")
    page.get_by_role("button", name="Continuer").click()


def decided(page: Page) -> None:
    page.get_by_label("Motifs").fill("Utile et sobre")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("main .tag").first).to_have_text("retenue")


@pytest.mark.parametrize(("width", "script"), SIZES)
def test_a_small_request_is_decided_in_two_screens(
    browser: Browser, live_server: Any, world: World, width: int, script: bool
) -> None:
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": script}
    with browsers.opened(browser, live_server.url, world.client("officer"), **options) as (page, _visit):
        page.goto(world.url("demandes/"))
        shown = screens(page)
        asked(page, world, "2 000")
        for question in page.get_by_role("group").all():
            question.get_by_role("radio").last.check()
        decided(page)
    assert len(shown) == 2, shown
    assert Request.objects.get().small


@pytest.mark.parametrize(("width", "script"), SIZES)
def test_another_request_is_decided_in_five_screens_and_its_footprint_opens(
    browser: Browser, live_server: Any, world: World, width: int, script: bool
) -> None:
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": script}
    with browsers.opened(browser, live_server.url, world.client("officer"), **options) as (page, _visit):
        page.goto(world.url("demandes/"))
        shown = screens(page)
        asked(page, world, "90 000")
        for question in page.get_by_role("group").all():
            question.get_by_role("radio").last.check()
        page.get_by_role("button", name="Continuer").click()
        page.get_by_label("Ordinateurs portables (Le projet)").fill("10")
        page.get_by_label("Ordinateurs portables (Ne rien faire)").fill("0")
        page.get_by_role("button", name="Calculer et continuer").click()
        assert [job.state for job in work_done()] == ["done"]
        for question in page.get_by_role("group").all():
            question.get_by_role("radio").last.check()
        page.get_by_role("button", name="Continuer").click()
        cards = page.locator(".cards li")
        expect(cards.nth(1)).to_contain_text("0\u00a0kg CO₂ éq par an")
        expect(cards.nth(2)).to_contain_text("non renseigné")
        browsers.picture(page, f"decider-{width}")
        decided(page)
        assert len(shown) == 5, shown
        page.get_by_role("link", name="D’où vient ce chiffre").first.click()
        expect(page.locator("main")).to_contain_text("Source")
    assert not Request.objects.get().small
