"""Every page in a browser: light, accessible, whole at every width; and the first journey, with and without script."""

from __future__ import annotations

import re
from typing import Any

import browser as browsers
import pytest
from playwright.sync_api import Browser, expect
from test_portal_access import filled, rows

from conftest import COUNTS, YEAR, World
from estran.portal.results.models import Run

pytestmark = pytest.mark.django_db(transaction=True)
KILOBYTES, REQUESTS, ELEMENTS = 60, 12, 700


def pages(world: World, numbers: dict[str, int]) -> list[tuple[str, str]]:
    """The addresses that show an officer a page (not a file), as in the table and filled."""
    places = [
        (address, filled(world, numbers, address))
        for address, verb, expected in rows()
        if verb == "GET" and expected["officer"] == "ok" and address
    ]
    answers = [(place, world.client("officer").get(place[1])) for place in places]
    return [
        place
        for place, answer in answers
        if answer.get("Content-Type", "").startswith("text/html")
        and "attachment" not in answer.get("Content-Disposition", "")
    ]


def slug(address: str) -> str:
    return re.sub(r"[^a-z]+", "-", address.replace("o/<slug>/", "").replace("<number>", "n")).strip("-") or "accueil"


@pytest.mark.parametrize("width", [320, pytest.param(1280, marks=pytest.mark.slow)])
def test_every_page_is_light_accessible_and_fits(
    browser: Browser, live_server: Any, world: World, run: Run, numbers: dict[str, int], width: int
) -> None:
    faults = []
    options = {"viewport": {"width": width, "height": 800}, "bypass_csp": True}  # axe is not ours: CSP would refuse it
    with browsers.opened(browser, live_server.url, world.client("officer"), **options) as (page, visit):
        for address, place in pages(world, numbers):
            visit.forget()
            page.goto(place)
            measured = {
                "kB": sum(visit.fetched.values()) / 1000,
                "requests": len(visit.fetched),
                "elements": page.evaluate("document.querySelectorAll('*').length"),
                "overflow": page.evaluate("document.documentElement.scrollWidth - innerWidth"),
            }
            limits = {"kB": KILOBYTES, "requests": REQUESTS, "elements": ELEMENTS, "overflow": 0}
            faults += [f"{address}: {measured[name]} {name}" for name, most in limits.items() if measured[name] > most]
            outside = [url for url in visit.fetched if not url.startswith((live_server.url, "data:"))]
            faults += [f"{address}: fetches {url}" for url in outside]
            faults += [f"{address}: {fault}" for fault in browsers.violations(page)]
            browsers.picture(page, f"{slug(address)}-{width}")
    assert faults == []


@pytest.mark.slow
def test_no_page_breaks_its_own_content_security_policy_and_each_has_a_title_of_its_own(
    browser: Browser, live_server: Any, world: World, run: Run, numbers: dict[str, int]
) -> None:
    titles = {}
    with browsers.opened(browser, live_server.url, world.client("officer")) as (page, visit):
        for address, place in pages(world, numbers):
            answer = page.goto(place)
            assert answer and "default-src 'none'" in answer.headers["content-security-policy"]
            if page.url.endswith(place) and address.startswith("o/"):  # a published page has several addresses
                titles[address] = page.title()
        assert visit.complaints == []
    assert len(set(titles.values())) == len(titles), titles


def test_the_keyboard_reaches_the_content_first_then_everything(
    browser: Browser, live_server: Any, world: World, run: Run
) -> None:
    with browsers.opened(browser, live_server.url, world.client("officer")) as (page, _visit):
        page.goto(world.url(f"bilans/{run.pk}/"))
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
        wanted = page.locator("main :is(a, summary, button:visible, [tabindex='0'])").count()
        reached = set()
        for _press in range(wanted + 20):
            reached.add(page.evaluate("document.activeElement.outerHTML"))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none" or page.evaluate("document.activeElement === document.body")
            page.keyboard.press("Tab")
        assert any("Exporter ce calcul" in html for html in reached)


def test_forced_colours_leave_the_shape_of_what_acts_and_the_place_one_is_at(
    browser: Browser, live_server: Any, world: World, run: Run
) -> None:
    options = {"forced_colors": "active", "bypass_csp": True}
    with browsers.opened(browser, live_server.url, world.client("officer"), **options) as (page, _visit):
        for name, place in (("accueil", world.url()), ("bilan", world.url(f"bilans/{run.pk}/"))):
            page.goto(place)
            borders = page.eval_on_selector_all(
                ".button, .tag", "them => them.map(one => parseFloat(getComputedStyle(one).borderTopWidth))"
            )
            assert borders and all(width >= 1 for width in borders), borders
            assert page.locator("nav [aria-current]").count() >= 1
            assert browsers.violations(page) == []
            browsers.picture(page, f"{name}-couleurs-forcees")


@pytest.mark.slow
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_officer_goes_from_fourteen_counts_to_a_frozen_reference(
    browser: Browser, live_server: Any, world: World, width: int, script: bool
) -> None:
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": script}
    with browsers.opened(browser, live_server.url, **options) as (page, _visit):
        page.goto("/")
        page.get_by_label("Adresse électronique").fill("officer@essai.fr")
        page.get_by_label("Mot de passe").fill("un mot de passe assez long")
        page.get_by_role("button", name="Se connecter").click()
        expect(page.get_by_role("heading", name="Prochaine étape")).to_be_visible()
        page.get_by_role("link", name="Faire une première estimation").click()
        page.get_by_label("Année du bilan").fill(str(YEAR))
        for code, count in COUNTS.items():
            page.locator(f"[name={code}]").fill(str(count))
        page.get_by_role("button", name="Calculer l’estimation").click()
        expect(page.get_by_role("heading", name=f"Bilan {YEAR}")).to_be_visible()
        figure = page.locator(".big").inner_text()
        page.get_by_role("link", name="D’où vient ce chiffre\u00a0?", exact=True).click()
        expect(page.locator("main")).to_contain_text(f"{figure} en {YEAR}")
        page.get_by_role("link", name="Revenir au bilan").click()
        page.get_by_role("link", name="Geler ce bilan").click()
        page.get_by_label("Date de la décision").fill("2026-03-16")
        page.get_by_role("button", name="Geler définitivement").click()
        expect(page.get_by_role("heading", name="1 point à corriger")).to_be_visible()
        page.get_by_label("Objet de la décision").fill("Année de référence de la stratégie")
        page.get_by_role("button", name="Geler définitivement").click()
        expect(page.get_by_role("status")).to_contain_text("gelé : il ne changera plus")
        page.get_by_role("link", name="Accueil").click()
        expect(page.locator("main").get_by_role("listitem").filter(has_text="Empreinte")).to_contain_text(
            "fait, 16 mars 2026"
        )
