"""The pictures of the guides of the plan and of the requests, taken on a served demonstration.

python docs/plan_pictures.py ADDRESS PASSWORD
"""

from __future__ import annotations

import shutil
import sys

from playwright.sync_api import Page, sync_playwright
from workshop_pictures import IMAGES, home, sign_in

WIDTH = 1000


def main(address: str, password: str) -> None:
    """Take them all."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(base_url=address, viewport={"width": WIDTH, "height": 900}).new_page()
        sign_in(page, password)
        place = home(page)
        keep(page, f"{place}strategie/", "strategie", "Ce qui a été voté", "Décision demandée")
        keep(page, f"{place}strategie/effets/", "effets", "Effets du plan", "De 2026 à")
        keep(page, f"{place}votes/", "votes", "Votes", "Enregistrer un vote")
        page.goto(f"{place}demandes/")
        page.locator("figure").screenshot(path=IMAGES / "plan-demandes.png")
        page.get_by_role("link", name="Gestion technique de douze collèges").click()
        keep(page, page.url, "demande", "Gestion technique", "Instruction")
        browser.close()


def keep(page: Page, address: str, name: str, first: str, after: str) -> None:
    """A page from what holds a text to what comes before another."""
    page.goto(address)
    tops = [box["y"] for text in (first, after) if (box := page.locator("main").get_by_text(text).first.bounding_box())]
    margin = 24
    clip = {"x": 0, "y": tops[0] - margin, "width": WIDTH, "height": tops[1] - tops[0] + margin - 8}
    page.screenshot(path=IMAGES / f"plan-{name}.png", full_page=True, clip=clip)


if __name__ == "__main__":
    main(*sys.argv[1:])
