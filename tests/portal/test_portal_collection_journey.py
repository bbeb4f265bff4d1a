"""The collection in a browser, for those who use no mouse, a large zoom, colours of their own, or no script."""

from __future__ import annotations

import base64
import re
from typing import Any

import browser as browsers
import pytest
from collecting import SCHOOL_CSV, answer_of, upload
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect
from test_portal_pages import pages

from conftest import World
from estran.portal.collection.models import Campaign, Delivery, LabelChoice
from estran.portal.estates.models import Inventory
from estran.portal.organisations import passwords
from estran.portal.organisations.models import Membership, Person
from estran.portal.results.models import Run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
LABELS = SCHOOL_CSV + "Boîte noire;;;2;2020;\n"


def tab_to(page: Page, wanted: Locator, most: int = 80) -> None:
    """Press Tab until this is focused; what is focused on the way can be seen."""
    for _press in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert focused[0] == "BODY" or focused[1] != "none", "the focus shows"
        if wanted.evaluate("one => one === document.activeElement"):
            return
    pytest.fail(f"not reached with Tab: {wanted}")


# ----------------------------------------------------------------------------------------- from start to figure

NAMES = {
    "administrator": "Yann Le Goff",
    "officer": "Claire Morvan",
    "contributor": "Inès Kerbrat",
    "reader": "Luc Prigent",
}
OFFICE = """Type;Marque;Modèle;Nombre;Année
Ordinateur portable;Dell;Latitude 5440;1 450;2022
Écran;Iiyama;ProLite XUB2493;1 600;2021
Téléphone IP;Alcatel;;600;2019
Portabl DELL 14;;;6;2021
Concentrateur de salle;;;14;2018
"""
SCHOOL = """Type de matériel;Nombre;Année;Professeur
PC fixe;une centaine;2019;
PC portable;32;2021;Mme Dupont
Vidéoprojecteur;28;2018;
Zinzin du CDI;4;2020;
"""


def test_a_year_is_collected_by_its_people_from_the_campaign_to_the_figure(
    browser: Browser, live_server: Any, world: World
) -> None:
    """An officer, a contributor, a referent by the link, the administrator; the pictures of the guides are taken."""
    Membership.objects.get(person=world.people["contributor"]).entities.set([world.directorate])
    for who, name in NAMES.items():
        Person.objects.filter(pk=world.people[who].pk).update(name=name)
    screen, phone = {"viewport": {"width": 1000, "height": 700}}, {"viewport": {"width": 390, "height": 800}}
    with browsers.opened(browser, live_server.url, world.client("officer"), **screen) as (officer, _visit):
        officer.goto(world.url("collectes/"))
        officer.get_by_role("button", name="Ouvrir la collecte").click()
        expect(officer.get_by_role("heading", name=f"Collecte {timezone.localdate().year - 1}")).to_be_visible()
        board = officer.url
        officer.get_by_role("button", name="Ouvrir 1 lien de collège").click()
        expect(officer.get_by_role("status")).to_contain_text("1 lien est ouvert pour 60 jours")
        with browsers.opened(browser, live_server.url, world.client("contributor"), **screen) as (page, _visit):
            page.goto(board)
            page.get_by_role("link", name=world.directorate.name).click()
            page.get_by_label("Le fichier", exact=True).set_input_files(file_of("Parc de la direction.csv", OFFICE))
            browsers.guide(page, "contribuer-envoi")
            page.get_by_role("button", name="Envoyer").click()
            expect(page.locator("main")).to_contain_text("2 libellés à régler, 20 matériels")
            browsers.guide(page, "contribuer-lu")
        with browsers.opened(browser, live_server.url, **phone) as (page, _visit):
            page.goto(f"/ecole/{world.link.token}/")
            page.get_by_label("Le fichier", exact=True).set_input_files(file_of("Inventaire du collège.csv", SCHOOL))
            page.get_by_label("Nombre d’élèves").first.fill("430")
            browsers.guide(page, "referent-envoi", 840)
            page.get_by_role("button", name="Envoyer le fichier").click()
            expect(page.locator("main")).to_contain_text("« une centaine » 100")
            browsers.guide(page, "referent-lu")
            page.get_by_label("Autre type").fill("Tablette")
            page.get_by_role("button", name="C’est tout, terminer").click()
            expect(page.get_by_role("heading", name="Merci, rien d’autre à faire")).to_be_visible()
            expect(page.locator("main")).to_contain_text("par élève")
            browsers.guide(page, "referent-merci")
        officer.goto(board)
        expect(officer.locator("main")).to_contain_text("1 à commencer, 1 reçu, 1 à régler, 0 accepté")
        browsers.guide(officer, "collecte-tableau")
        officer.get_by_role("link", name="Régler 2 libellés").click()
        browsers.guide(officer, "collecte-libelles")
        officer.get_by_role("group", name="Portabl").get_by_role("radio").first.check()
        officer.get_by_role("group", name="Concentrateur").get_by_label("ou ne pas compter").fill("simple répartiteur")
        officer.get_by_role("button", name="Enregistrer les choix").click()
        expect(officer.get_by_role("status")).to_contain_text("2 libellés sont réglés")
        officer.goto(board)
        officer.get_by_role("button", name="Accepter 2 réponses complètes").click()
        officer.get_by_role("link", name="Calculer le bilan").click()
        officer.get_by_role("button", name=re.compile("^Calculer le bilan")).click()
        officer.goto(world.url("bilans/"))
    with browsers.opened(browser, live_server.url, world.client("administrator"), **screen) as (page, _visit):
        page.goto(world.url("personnes/"))
        browsers.guide(page, "administrer-personnes")
        page.get_by_role("link", name=NAMES["reader"]).click()
        browsers.guide(page, "administrer-personne")
        page.goto(world.url("journal/"))
        expect(page.locator("main")).to_contain_text("lien est ouvert pour 60 jours")
        browsers.guide(page, "administrer-journal")
    assert Inventory.objects.get().rows == 8


def file_of(name: str, text: str) -> Any:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


# --------------------------------------------------------------------------------------------------- keyboard alone


def test_labels_are_settled_and_one_choice_undone_with_the_keyboard_alone(
    browser: Browser, live_server: Any, world: World, campaign: Campaign
) -> None:
    upload(world, answer_of(campaign, world.school), LABELS)
    with browsers.opened(browser, live_server.url, world.client("officer")) as (page, _visit):
        page.goto(world.url(f"collectes/{campaign.pk}/libelles/"))
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        group = {text: page.get_by_role("group", name=text) for text in ("Machin", "Truc", "Boîte noire")}
        tab_to(page, group["Machin"].get_by_label("Autre type"))
        page.keyboard.type("Écran (taille inconnue)")
        tab_to(page, group["Truc"].get_by_label("ou ne pas compter, parce que"))
        page.keyboard.type("mobilier")
        radio = group["Boîte noire"].get_by_role("radio").first
        if radio.count():
            tab_to(page, radio)
            page.keyboard.press("Space")
            expect(radio).to_be_checked()
        else:
            tab_to(page, group["Boîte noire"].get_by_label("Autre type"))
            page.keyboard.type("Commutateur réseau")
        tab_to(page, page.get_by_role("button", name="Enregistrer les choix de cette page"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("3 libellés sont réglés")
        expect(page.locator("main")).to_contain_text("Tous les libellés reçus ont leur type")
        assert LabelChoice.objects.count() == 3
        tab_to(page, page.get_by_role("button", name="Annuler Truc du foyer"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("de nouveau à régler")
        expect(page.get_by_role("group", name="Truc")).to_be_visible()
        browsers.picture(page, "libelles-clavier")
    assert not LabelChoice.objects.filter(label="Truc du foyer").exists()


# ------------------------------------------------------------------------------------------------- sending a file

DROP = """([field, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(text), one => one.charCodeAt(0))], "inventaire.csv"));
    for (const type of ["dragover", "drop"])
        field.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("way", ["dropped", "chosen", "chosen without script"])
@pytest.mark.parametrize("who", ["officer", "link_holder"])
def test_a_file_is_sent_by_dropping_it_or_by_the_form(
    browser: Browser, live_server: Any, world: World, campaign: Campaign, who: str, way: str, width: int
) -> None:
    answer = answer_of(campaign, world.school)
    place = world.url(f"reponses/{answer.pk}/") if who == "officer" else f"/ecole/{world.link.token}/"
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": way != "chosen without script"}
    with browsers.opened(browser, live_server.url, world.client(who), **options) as (page, visit):
        page.goto(place)
        field = page.get_by_label("Le fichier")
        if way == "dropped":
            zone = page.locator(".field", has=field)
            page.evaluate(DROP, [zone.element_handle(), base64.b64encode(SCHOOL_CSV.encode()).decode()])
            assert field.evaluate("one => one.files[0].name") == "inventaire.csv"
        else:
            field.set_input_files({"name": "inventaire.csv", "mimeType": "text/csv", "buffer": SCHOOL_CSV.encode()})
        page.get_by_role("button", name=re.compile("^Envoyer( le fichier)?$")).click()
        expect(page.locator("main")).to_contain_text("2 libellés à régler")
        assert visit.complaints == []
    assert Delivery.objects.get().rows == 4


# ------------------------------------------------------------------------------------------------- zoom, colours

# What cannot be read or reached: text cut off by its box, a field or a button outside the window but in a table
# that scrolls by itself.
LOST = """() => [...document.querySelectorAll("main *, header *, footer *")].filter(one => {
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    if (one.closest(".scroll, .hidden, .skip, svg, details:not([open]) > :not(summary)") || !box.width) return false;
    const cut = style.overflowX === "hidden" && one.scrollWidth > one.clientWidth + 1;
    return cut || box.right > innerWidth + 1 || box.left < -1;
}).map(one => one.outerHTML.slice(0, 120))"""


def test_nothing_is_lost_at_a_zoom_of_two_on_any_page(
    browser: Browser, live_server: Any, world: World, run: Run, numbers: dict[str, int]
) -> None:
    """A window of 1,280 pixels zoomed twice: 640 of CSS, two device pixels each."""
    options = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}
    faults = []
    with browsers.opened(browser, live_server.url, world.client("officer"), **options) as (page, _visit):
        for address, place in [*pages(world, numbers), *((place, place) for place in school_pages(world))]:
            page.goto(place)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append(f"{address}: scrolls sideways")
            faults += [f"{address}: lost {html}" for html in page.evaluate(LOST)]
    assert faults == []


def school_pages(world: World) -> list[str]:
    return [f"/ecole/{world.link.token}/{screen}" for screen in ("", "lu/", "merci/")]


def test_the_pages_of_a_school_hold_in_forced_colours_and_have_titles_and_a_statement(
    browser: Browser, live_server: Any, world: World, campaign: Campaign
) -> None:
    upload(world, answer_of(campaign, world.school), LABELS)
    options = {"forced_colors": "active", "bypass_csp": True, "viewport": {"width": 360, "height": 800}}
    titles = set()
    with browsers.opened(browser, live_server.url, **options) as (page, _visit):
        for place in school_pages(world):
            page.goto(place)
            titles.add(page.title())
            shapeless = page.eval_on_selector_all(
                "input:not([type=hidden], [type=radio], [type=checkbox]), .button",
                "them => them.filter(one => getComputedStyle(one).borderTopStyle === 'none').map(one => one.outerHTML)",
            )
            assert shapeless == [], place
            assert browsers.violations(page) == []
            browsers.picture(page, f"ecole-{place.split('/')[3] or 'debut'}-couleurs-forcees")
            expect(page.locator("footer").get_by_role("link", name=re.compile("^Accessibilité"))).to_be_visible()
        assert len(titles) == 3 and all(title.endswith("Estran") for title in titles)
        page.locator("footer").get_by_role("link", name=re.compile("^Accessibilité")).click()
        for heading in ("État de conformité", "Signaler une difficulté", "Voies de recours"):
            expect(page.get_by_role("heading", name=heading)).to_be_visible()


# ------------------------------------------------------------------------------------------------- error summaries


def forms_filled_wrong(world: World, campaign: Campaign) -> dict[str, tuple[str, dict[str, str], str]]:
    """Pages with a form: who, what is typed by label, the button."""
    answer = answer_of(campaign, world.school)
    own = f"reponses/{answer.pk}/"
    return {
        world.url("collectes/"): ("officer", {"Répondre avant le": "2001-01-01"}, "Ouvrir la collecte"),
        world.url("effectifs/"): ("officer", {"Combien": "beaucoup"}, "Enregistrer"),
        world.url(own): ("officer", {}, "Envoyer"),
        world.url(own + "saisie/school/"): ("officer", {"Ordinateurs fixes": "plein"}, "Enregistrer"),
        world.url(f"reponses/{answer_of(campaign, world.directorate).pk}/saisie/rooms/"): (
            "officer",
            {"PUE": "mauvais"},
            "Enregistrer",
        ),
        world.url("glpi/"): ("officer", {}, "Enregistrer"),
        world.url("personnes/"): ("administrator", {"Adresse électronique": "pas une adresse"}, "Ajouter"),
        world.url("registres/achats/ajouter/"): ("officer", {}, "Enregistrer"),
        "/compte/": ("reader", {}, "Changer"),
        passwords.password_link(world.people["contributor"]): (
            "anonymous",
            {"Nouveau mot de passe": "court"},
            "Choisir",
        ),
        "/connexion/": ("anonymous", {"Adresse électronique": "a@b.fr", "Mot de passe": "faux"}, "Se connecter"),
        f"/ecole/{world.link.token}/": ("link_holder", {"Nombre d’élèves": "beaucoup"}, "Envoyer le fichier"),
    }


def test_an_error_summary_has_the_focus_and_leads_to_each_field(
    browser: Browser, live_server: Any, world: World, campaign: Campaign
) -> None:
    for place, (who, typed, button) in forms_filled_wrong(world, campaign).items():
        with browsers.opened(browser, live_server.url, world.client(who), bypass_csp=True) as (page, _visit):
            page.goto(place)
            for label, text in typed.items():
                page.locator("main").get_by_label(label).first.fill(text)
            page.evaluate("document.querySelectorAll('main form').forEach(one => one.noValidate = true)")
            page.locator("main").get_by_role("button", name=re.compile(f"^{button}")).first.click()
            summary = page.locator("#errors")
            expect(summary, place).to_be_visible()
            expect(summary, place).to_be_focused()
            expect(summary.get_by_role("heading"), place).to_contain_text("à corriger")
            for link in summary.get_by_role("link").all():
                link.click()
                field = page.locator(":focus")
                assert field.evaluate("one => one.matches('input, select, textarea')"), (place, link.inner_text())
                assert field.get_attribute("aria-invalid") == "true", (place, link.inner_text())
                described = (field.get_attribute("aria-describedby") or "").split()
                said = [page.locator(f"#{one}").inner_text() for one in described]
                assert any(said), (place, link.inner_text())
            assert browsers.violations(page) == [], place
