"""In a browser: a register typed and imported, an indicator with its target, then the data opened to everyone."""

from __future__ import annotations

from typing import Any

import browser as browsers
import pytest
from following import PURCHASE, work_done
from playwright.sync_api import Browser, expect

from conftest import YEAR, World
from estran.portal.publishing import work
from estran.portal.results.models import Baseline, Run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SIZES = [(360, False), (1280, True)]


@pytest.mark.parametrize(("width", "script"), SIZES)
def test_the_officer_keeps_a_register_and_follows_an_indicator(
    browser: Browser, live_server: Any, world: World, run: Run, width: int, script: bool
) -> None:
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": script}
    with browsers.opened(browser, live_server.url, world.client("officer"), **options) as (page, _visit):
        page.goto(world.url("registres/"))
        page.get_by_role("link", name="Achats numériques").click()
        page.get_by_role("link", name="Ajouter une ligne").click()
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_role("alert")).to_contain_text("points à corriger")
        for name in ("line_id", "item_type", "quantity", "amount_excl_vat"):
            page.locator(f"#id_{name}").fill(PURCHASE[name])
        for name in ("order_date", "invoice_date"):
            page.locator(f"#id_{name}").fill(f"{YEAR}-03-02")
        for name in ("agec_category", "origin", "acquisition_mode", "perimeter"):
            page.locator(f"#id_{name}").select_option(PURCHASE[name])
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_role("status")).to_contain_text("La ligne est ajoutée.")
        page.get_by_role("link", name="Importer un fichier").click()
        text = ";".join(PURCHASE) + "\n" + ";".join({**PURCHASE, "line_id": "B", "origin": "refurbished"}.values())
        page.locator("#id_file").set_input_files(
            {"name": "achats.csv", "mimeType": "text/csv", "buffer": text.encode()}
        )
        page.get_by_role("button", name="Importer").click()
        expect(page.locator("main")).to_contain_text("1 ligne est dans le registre")

        page.goto(world.url("indicateurs/AC01/cible/"))
        page.locator("#id_target").fill("30")
        page.locator("#id_year").fill("2030")
        page.get_by_role("button", name="Enregistrer").click()
        page.goto(world.url("indicateurs/"))
        page.get_by_role("button", name="Mettre à jour les indicateurs").click()
        work_done()
        page.goto(world.url("indicateurs/AC01/"))
        expect(page.locator(".big")).to_contain_text("50")  # one purchase out of two, of the same amount
        expect(page.locator("main")).to_contain_text("Cible")


@pytest.mark.parametrize(("width", "script"), SIZES)
def test_data_are_prepared_looked_at_and_opened_to_everyone(
    browser: Browser, live_server: Any, world: World, run: Run, width: int, script: bool
) -> None:
    Baseline.objects.create(run=run, decided_on="2026-03-16", decision="Référence", sha256="0" * 64)
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": script}
    with browsers.opened(browser, live_server.url, world.client("officer"), **options) as (page, _visit):
        page.goto(world.url("publication/"))
        page.get_by_role("link", name=str(YEAR)).click()
        page.get_by_role("button", name="Préparer les fichiers").click()
        assert [job.kind for job in work_done()] == ["open data"]
        assert not work.report_files(run)
        page.goto(world.url(f"publication/{run.pk}/"))
        expect(page.locator("main")).to_contain_text("ne sont vus de personne")
        page.get_by_label("J’ai relu les noms d’entités").check()
        page.get_by_role("button", name="Ouvrir au public").click()
        expect(page.locator("main")).to_contain_text("Ouvertes à tous")
    with browsers.opened(browser, live_server.url, world.client("anonymous"), **options) as (page, _visit):
        page.goto(f"/donnees/essai/{YEAR}/")
        expect(page.locator("main")).to_contain_text("Licence Ouverte 2.0")
        with page.expect_download() as waited:
            page.get_by_role("link", name="totaux.csv").click()
        assert waited.value.suggested_filename == "totaux.csv"
