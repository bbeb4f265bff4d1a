"""A commune that starts from an empty portal, in a browser, and goes alone to its public page.

Gestures are counted: a field filled, a choice made, a button or a link pressed. No address is typed after the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import browser as browsers
import pytest
from django.test import Client
from django.utils import timezone
from following import work_done
from playwright.sync_api import Browser, Page, expect

from conftest import PASSWORD
from estran.portal.organisations.models import Membership, Organisation, Person, Role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
WAIT = 60_000  # milliseconds: a loaded machine
YEAR = timezone.localdate().year - 1


class Hand:
    """What a person does on a page; `gestures` counts it, `wide` notes the pages wider than the screen."""

    def __init__(self, page: Page) -> None:
        self.page, self.gestures, self.wide = page, 0, list[str]()

    def _done(self) -> None:
        self.gestures += 1
        if self.page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            self.wide.append(self.page.title())

    def press(self, name: str) -> None:
        """A button, else a link, of this name."""
        button = self.page.get_by_role("button", name=name)
        (button if button.count() else self.page.get_by_role("link", name=name)).first.click()
        self._done()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=False).first.fill(text)
        self._done()

    def choose(self, label: str, choice: str) -> None:
        self.page.get_by_label(label).first.select_option(label=choice)
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


def test_a_commune_of_60_agents_goes_alone_from_nothing_to_its_public_page(
    browser: Browser, live_server: Any, begin: Begin
) -> None:
    organisation, client = begin("Commune de Port-Halen")
    options = {"viewport": {"width": 1280, "height": 800}, "bypass_csp": True}
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
        browsers.picture(page, "parcours-commune")
        print(f"{organisation.name}, {hand.gestures} gestures")
        assert hand.wide == [] and hand.gestures <= 30, (hand.wide, hand.gestures)
    public = Client().get(f"/donnees/{organisation.slug}/{YEAR}/")
    assert public.status_code == 200 and "Commune de Port-Halen" in public.content.decode()
