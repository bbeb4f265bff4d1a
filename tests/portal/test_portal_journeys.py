"""Three authorities that start from an empty portal, in a browser, with and without script, on a phone and a screen.

Gestures are counted: a field filled, a choice made, a button or a link pressed. No address is typed after the first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import browser as browsers
import pytest
from django.test import Client
from django.utils import timezone
from following import work_done
from playwright.sync_api import Browser, Page, TimeoutError, expect

from conftest import PASSWORD
from estran.portal.organisations.access import Access
from estran.portal.organisations.identifiers import uai_letter
from estran.portal.organisations.models import Entity, Membership, Organisation, Person, Role
from estran.portal.results import baselines
from estran.portal.results.models import Run
from estran.portal.structure.screens import ADDRESSES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
WAIT = 60_000  # milliseconds: a loaded machine
YEAR = timezone.localdate().year - 1
HEADS = "identifiant_de_l_etablissement;nom_etablissement;type_etablissement;statut_public_prive;nom_commune\n"
ANNUAIRE = HEADS + "".join(
    f"0{number}{uai_letter(str(number))};Collège n° {number - 790000};Collège;Public;Rive\n"
    for number in range(790001, 790013)
)
UGLY = """Inventaire du matériel;;;
;;;
Type de matériel;Nombre;Date d'achat;Observations
PC fixe;une centaine;2019;
Portables élèves;32;01/09/2021;chariot
Vidéoprojecteur;28;2018;
Zinzin du CDI;4;le mois dernier;
TOTAL;164;;
"""
OFFICE = "Type;Marque;Modèle;Nombre;Année\nOrdinateur portable;Dell;Latitude 5440;620;2022\nÉcran;Iiyama;;700;2021\n"


class Hand:
    """What a person does on a page; `gestures` counts it, `wide` notes the pages wider than the screen."""

    def __init__(self, page: Page) -> None:
        self.page, self.gestures, self.wide = page, 0, list[str]()

    def _done(self) -> None:
        self.gestures += 1
        if self.page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            self.wide.append(self.page.title())

    def press(self, name: str, *, exact: bool = False) -> None:
        """A button, else a link, of this name; the menu is opened first where it is folded and holds it."""
        button, link = (self.page.get_by_role(role, name=name, exact=exact) for role in ("button", "link"))
        menu = self.page.locator("summary", has_text="Menu")
        try:
            expect(button.or_(link).or_(menu).filter(visible=True).first).to_be_visible(timeout=WAIT)
            if not button.count() and not link.count():
                menu.click()
                self.gestures += 1
                expect(link.first).to_be_visible(timeout=WAIT)
        except (AssertionError, TimeoutError) as stuck:
            raise AssertionError(f"no « {name} » on {self.page.url}: {self.page.inner_text('body')}") from stuck
        (button if button.count() else link).first.click()
        self._done()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=False).first.fill(text)
        self._done()

    def choose(self, label: str, choice: str) -> None:
        self.page.get_by_label(label).first.select_option(label=choice)
        self._done()

    def give(self, label: str, name: str, text: str) -> None:
        given = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
        self.page.get_by_label(label).first.set_input_files(given)
        self._done()

    def tick(self, label: str) -> None:
        self.page.get_by_label(label).first.check()
        self._done()


Begin = Callable[[str], tuple[Organisation, Client]]


@pytest.fixture
def begin() -> Begin:
    """A function that makes what `account` makes on an empty portal: an organisation and the person who administers."""

    def make(name: str) -> tuple[Organisation, Client]:
        organisation = Organisation.objects.create(name=name, slug="debut")
        person = Person.objects.create_user("debut@exemple.fr", PASSWORD, "Camille Le Goff")
        Membership.objects.create(organisation=organisation, person=person, role=Role.ADMINISTRATOR)
        client = Client()
        client.force_login(person, "django.contrib.auth.backends.ModelBackend")
        return organisation, client

    return make


def say_who(hand: Hand, kind: str, siren: str, agents: int) -> None:
    """The first two screens, from the home page."""
    hand.press("Commencer")
    hand.choose("Sorte de collectivité", kind)
    hand.fill("SIREN", siren)
    hand.fill("Agents au 31 décembre", str(agents))
    hand.press("Enregistrer et continuer")


WAYS = [(True, 1280), (False, 360)]


@pytest.mark.parametrize(("script", "width"), WAYS, ids=["script-1280", "no-script-360"])
def test_a_commune_of_60_agents_goes_alone_from_nothing_to_its_public_page(
    browser: Browser, live_server: Any, begin: Begin, script: bool, width: int
) -> None:
    organisation, client = begin("Commune de Port-Halen")
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": script, "bypass_csp": True}
    with browsers.opened(browser, live_server.url, client, **options) as (page, _visit):
        page.set_default_timeout(WAIT)
        hand = Hand(page)
        page.goto("/")
        say_who(hand, "Commune", "217900018", 60)
        hand.press("La liste est complète")
        hand.press("Aucun établissement à compter")
        hand.press("C’est bien réparti")
        hand.press("Faire une première estimation")
        hand.fill("Ordinateurs portables", "40")
        hand.fill("Ordinateurs fixes", "25")
        hand.fill("Écrans", "60")
        hand.fill("Smartphones", "20")
        hand.press("Calculer l’estimation")
        expect(page.get_by_role("heading", name=f"Bilan {YEAR}")).to_be_visible(timeout=WAIT)
        expect(page.get_by_role("heading", name="À qui est le matériel")).to_be_visible(timeout=WAIT)
        hand.press("Geler ce bilan")
        hand.fill("Date de la décision", timezone.localdate().isoformat())
        hand.fill("Objet de la décision", "Première mesure du numérique de la commune")
        hand.press("Geler définitivement")
        hand.press("Publier")
        hand.press(str(YEAR))
        hand.press("Préparer les fichiers")
        work_done()
        hand.press("Actualiser")
        hand.tick("J’ai relu les noms d’entités")
        hand.press("Ouvrir au public")
        expect(page.locator("main")).to_contain_text("Ouvertes à tous depuis", timeout=WAIT)
        browsers.picture(page, f"parcours-commune-{width}")
        print(f"{organisation.name}, {width} px: {hand.gestures} gestures")
        assert hand.wide == [] and hand.gestures <= 30, (hand.wide, hand.gestures)
    public = Client().get(f"/donnees/{organisation.slug}/{YEAR}/")
    assert public.status_code == 200 and "Commune de Port-Halen" in public.content.decode()


@pytest.mark.parametrize(("script", "width"), WAYS, ids=["script-1280", "no-script-360"])
def test_a_departement_of_12_schools_takes_ugly_files_to_its_first_footprint(
    browser: Browser, live_server: Any, begin: Begin, script: bool, width: int
) -> None:
    organisation, client = begin("Département de la Rive")
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": script, "bypass_csp": True}
    with browsers.opened(browser, live_server.url, client, **options) as (page, _visit):
        page.set_default_timeout(WAIT)
        hand = Hand(page)
        page.goto("/")
        say_who(hand, "Département", "227900016", 800)
        hand.press("La liste est complète")
        hand.give("Ou un fichier", "annuaire.csv", ANNUAIRE)
        hand.press("Voir ce qui sera ajouté")
        hand.press("Ajouter les lignes cochées")
        assert organisation.entities.filter(kind="school", owner="school").count() == 12
        hand.press("La liste est complète")
        hand.press("C’est bien réparti")
        hand.press("Empreinte")
        hand.press("Collecte", exact=True)
        hand.press("Ouvrir la collecte")
        expect(page.locator("main")).to_contain_text("13 à commencer", timeout=WAIT)
        board = page.url
        for entity, text in (("Administration", OFFICE), ("Collège n° 1", UGLY)):
            hand.press(entity, exact=True)
            hand.give("Le fichier", f"{entity}.csv", text)
            hand.press("Envoyer")
            work_done()
            hand.press("Collecte", exact=True)
            hand.press(str(YEAR))
        assert page.url == board
        expect(page.locator("main")).to_contain_text("1 reçu", timeout=WAIT)
        hand.press("Accepter 1 réponse complète")
        hand.press("Calculer le bilan")
        hand.press(f"Calculer le bilan {YEAR}")
        work_done()
        page.goto(f"/o/{organisation.slug}/")
        expect(page.get_by_role("heading", name=f"L’empreinte {YEAR}")).to_be_visible(timeout=WAIT)
        browsers.picture(page, f"parcours-departement-{width}")
        print(f"{organisation.name}, {width} px: {hand.gestures} gestures")
        assert hand.wide == [] and hand.gestures <= 40, (hand.wide, hand.gestures)


@pytest.mark.parametrize(("script", "width"), WAYS, ids=["script-1280", "no-script-360"])
def test_an_epci_comes_back_for_its_second_year_with_a_site_closed_and_one_renamed(
    browser: Browser, live_server: Any, begin: Begin, script: bool, width: int
) -> None:
    organisation, client = begin("Communauté de communes des Îles")
    organisation.screens, organisation.kind = [*ADDRESSES], "epci"
    organisation.save()
    names = ("Siège", "Piscine", "Office de tourisme")
    entities = [Entity.objects.create(organisation=organisation, kind=Entity.SITE, name=name) for name in names]
    counts = {"year": str(YEAR - 1), "agents": "120", "laptops": "90", "monitors": "100"}
    client.post("/o/debut/bilans/estimation/", counts)
    membership = Membership.objects.select_related("organisation").get()
    access, run = Access(membership.person, membership.organisation, membership), Run.objects.get()
    baselines.freeze_run(access, run, decided_on=date(YEAR, 3, 1), decision="Première année", number="")
    options = {"viewport": {"width": width, "height": 800}, "java_script_enabled": script, "bypass_csp": True}
    with browsers.opened(browser, live_server.url, client, **options) as (page, _visit):
        page.set_default_timeout(WAIT)
        hand = Hand(page)
        page.goto("/")
        hand.press("Organisation")
        hand.press("Directions et sites")
        hand.press("Piscine")
        page.get_by_text("La fermer, la fusionner, la scinder").click()
        hand.fill("Fermée le", f"{YEAR}-09-01")
        hand.press("La fermer à cette date")
        hand.press("Siège")
        hand.fill("Nom", "Maison des services")
        hand.press("Enregistrer")
        hand.press("Empreinte")
        hand.press("Collecte", exact=True)
        hand.press("Ouvrir la collecte")
        expect(page.locator("main")).to_contain_text("2 à commencer", timeout=WAIT)
        hand.press("Maison des services")
        hand.give("Le fichier", "siege.csv", OFFICE)
        hand.press("Envoyer")
        work_done()
        hand.press("Collecte", exact=True)
        hand.press(str(YEAR))
        hand.press("Accepter 1 réponse complète")
        hand.press("Calculer le bilan")
        hand.press(f"Calculer le bilan {YEAR}")
        work_done()
        page.goto("/o/debut/")
        expect(page.get_by_role("heading", name=f"L’empreinte {YEAR}")).to_be_visible(timeout=WAIT)
        expect(page.locator("main")).to_contain_text(f"Année de référence : {YEAR - 1}", timeout=WAIT)
        browsers.picture(page, f"parcours-epci-{width}")
        print(f"{organisation.name}, {width} px: {hand.gestures} gestures")
        assert hand.wide == [] and hand.gestures <= 30, (hand.wide, hand.gestures)
    entities[0].refresh_from_db()
    assert entities[0].path == "Maison des services" and entities[0].former_paths == ["Siège"]
