"""The pictures of the guide of the workshops, taken on a served demonstration.

    python docs/workshop_pictures.py ADDRESS PASSWORD

A workshop is opened in the last diagnostic, phones answer it at random but always the same, and it is closed after.
"""

from __future__ import annotations

import random
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
OFFICER = "yann.le-goff@trieux-et-blavet.example"
PHONES = 24
A4 = 794, 1123  # pixels of a sheet at 96 dpi


def main(address: str, password: str) -> None:
    """Take them all."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}).new_page()
        sign_in(page, password)
        results(page)
        questions(page)
        paper(page)
        workshop(browser, page, address)
        browser.close()


def sign_in(page: Page, password: str) -> None:
    page.goto("/connexion/")
    page.locator("[name=username]").fill(OFFICER)
    page.locator("[name=password]").fill(password)
    page.locator("main button").first.click()
    page.wait_for_url("**/o/**")


def home(page: Page) -> str:
    """The address of the authority."""
    home = re.match(r".*/o/[\w-]+/", page.url)
    assert home
    return home[0]


def keep(page: Page, name: str, height: int | None = None) -> None:
    """What is seen of a page, or its top down to a height."""
    path, width = IMAGES / f"atelier-{name}.png", page.evaluate("innerWidth")
    if height:
        page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    else:
        page.screenshot(path=path)


def last_pass(page: Page) -> None:
    page.goto(f"{home(page)}diagnostic/")
    page.locator("main ul li a").first.click()


def results(page: Page) -> None:
    """The map of the facets, and the table that names them."""
    last_pass(page)
    page.locator("#map-head").locator("xpath=..").screenshot(path=IMAGES / "atelier-carte.png")


def questions(page: Page) -> None:
    """A draft in which a question is no longer asked in the room; given up after."""
    page.goto(f"{home(page)}questions/")
    page.get_by_role("button", name="Modifier les questions").click()
    page.get_by_role("link", name="Q02", exact=True).click()
    page.get_by_label("Posée sur les téléphones").uncheck()
    page.get_by_role("button", name="Enregistrer dans le brouillon").click()
    page.reload()  # without the message
    keep(page, "brouillon", 1150)
    page.get_by_text("Abandonner ce brouillon").click()
    page.get_by_label("Oui, tout ce qui y est écrit est perdu").check()
    page.get_by_role("button", name="Abandonner").click()


def paper(page: Page) -> None:
    """A sheet as it comes out of the printer."""
    last_pass(page)
    page.get_by_role("link", name="Feuilles à imprimer").click()
    page.set_viewport_size({"width": A4[0], "height": A4[1]})
    page.emulate_media(media="print")
    keep(page, "papier")
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})


def workshop(browser: Browser, page: Page, address: str) -> None:
    """The screen of the room and a phone, while people answer."""
    last_pass(page)
    page.get_by_role("button", name="Ouvrir", exact=True).click()
    code = page.locator(".entrance strong").inner_text()
    drawn = random.Random(PHONES)
    for number in range(PHONES):
        phone = browser.new_context(base_url=address, viewport={"width": 360, "height": 740})
        take_part(phone, code, drawn)
        if number == 0:
            seen = phone.new_page()
            seen.goto(f"/a/{code}/2/")
            keep(seen, "telephone")
        phone.close()
    page.reload()
    page.get_by_role("button", name="Montrer les réponses").click()
    page.goto(page.url.split("#")[0])
    keep(page, "ecran", 1400)
    page.get_by_text("Terminer l’atelier").click()
    page.get_by_label("C’est fini").check()
    page.get_by_role("button", name="Terminer pour de bon").click()


def take_part(phone: BrowserContext, code: str, drawn: random.Random) -> None:
    """A phone joins from a directorate and answers the first question."""
    entrance = phone.request.get(f"/a/{code}/").text()
    fields = dict(re.findall(r'name="(csrfmiddlewaretoken|token)" value="([\w-]+)"', entrance))
    directorates = re.findall(r'<option value="(\d+)">', entrance)
    phone.request.post(f"/a/{code}/", form=fields | {"directorate": drawn.choice(directorates[:4])})
    page = phone.request.get(f"/a/{code}/1/").text()
    sent = dict(re.findall(r'name="(csrfmiddlewaretoken|key)" value="([\w-]+)"', page))
    practice, importance = drawn.choice(["1", "2", "2", "3", "3", "3", "4", "?"]), drawn.choice(["1", "2", "3", "3"])
    phone.request.post(f"/a/{code}/1/", form=sent | {"practice": practice, "importance": importance})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
