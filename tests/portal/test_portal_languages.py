"""The portal in two languages: that of the browser, else that which a person chose; a form and the catalogue follow."""

from __future__ import annotations

from conftest import World


def test_a_page_speaks_the_language_of_the_browser_or_of_the_choice(world: World) -> None:
    client = world.client("administrator")
    french = client.get("/o/essai/bilans/estimation/")
    assert '<html lang="fr">' in french.text
    assert 'href="?langue=en"' in french.text
    english = client.get("/o/essai/bilans/estimation/", HTTP_ACCEPT_LANGUAGE="en-GB,en;q=0.9")
    assert '<html lang="en">' in english.text
    assert "Computers" in english.text or "computers" in english.text
    assert english.headers["Content-Language"] == "en"
    assert "Sign out" in english.text
    chosen = client.get("/o/essai/bilans/?langue=en")
    assert chosen.cookies["langue"]["httponly"]
    assert '<html lang="en">' in client.get("/o/essai/").text
    refused = client.post("/o/essai/objectifs/nouveau/", {"title": ""})
    assert "Ce champ" not in refused.text
    assert "This field is required" in refused.text
    assert '<html lang="fr">' in client.get("/o/essai/?langue=fr").text
