"""Who may do what, on every address of the portal and for every verb: one line per address.

The table goes on in the files access_*.txt. Columns: anonymous, stranger (another authority), reader, contributor (of
one school), officer, administrator.
`in` is the way to the sign-in page, `ok` any answer that is neither a refusal nor an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from conftest import World

pytestmark = pytest.mark.django_db
WHO = ("anonymous", "stranger", "reader", "contributor", "officer", "administrator")

TABLE = """
address                                 verb  anonymous stranger reader contributor officer administrator
                                        GET   in        ok       ok     ok          ok      ok
                                        POST  405       405      405    405         405     405
connexion/                              GET   ok        ok       ok     ok          ok      ok
connexion/                              POST  ok        ok       ok     ok          ok      ok
connexion/code/                         GET   ok        ok       ok     ok          ok      ok
connexion/code/                         POST  ok        ok       ok     ok          ok      ok
deconnexion/                            GET   405       405      405    405         405     405
deconnexion/                            POST  ok        ok       ok     ok          ok      ok
oidc/depart/                            GET   404       404      404    404         404     404
oidc/depart/                            POST  405       405      405    405         405     405
oidc/retour/                            GET   404       404      404    404         404     404
oidc/retour/                            POST  405       405      405    405         405     405
compte/                                 GET   in        ok       ok     ok          ok      ok
compte/                                 POST  in        ok       ok     ok          ok      ok
compte/second-facteur/                  GET   in        ok       ok     ok          ok      ok
compte/second-facteur/                  POST  in        ok       ok     ok          ok      ok
compte/sessions/                        GET   in        ok       ok     ok          ok      ok
compte/sessions/                        POST  in        ok       ok     ok          ok      ok
compte/saisie/                          GET   in        ok       ok     ok          ok      ok
compte/saisie/                          POST  405       405      405    405         405     405
compte/fournisseur/                     GET   in        404      404    404         404     404
compte/fournisseur/                     POST  in        405      405    405         405     405
compte/confirmee/                       GET   in        404      404    404         404     404
compte/confirmee/                       POST  405       405      405    405         405     405
mot-de-passe/<number>/<token>/          GET   404       404      404    404         404     404
mot-de-passe/<number>/<token>/          POST  404       404      404    404         404     404
accessibilite/                          GET   ok        ok       ok     ok          ok      ok
accessibilite/                          POST  405       405      405    405         405     405
sante/                                  GET   ok        ok       ok     ok          ok      ok
sante/                                  POST  405       405      405    405         405     405
o/<slug>/                               GET   in        404      ok     ok          ok      ok
o/<slug>/                               POST  in        404      405    405         405     405
o/<slug>/personnes/                     GET   in        404      403    403         403     ok
o/<slug>/personnes/                     POST  in        404      403    403         403     ok
o/<slug>/personnes/<number>/            GET   in        404      403    403         403     ok
o/<slug>/personnes/<number>/            POST  in        404      403    403         403     ok
o/<slug>/journal/                       GET   in        404      403    403         403     ok
o/<slug>/journal/                       POST  in        404      405    405         405     405
o/<slug>/travaux/<number>/              GET   in        404      ok     ok          ok      ok
o/<slug>/travaux/<number>/              POST  in        404      403    403         ok      ok
o/<slug>/bilans/                        GET   in        404      ok     ok          ok      ok
o/<slug>/bilans/                        POST  in        404      405    405         405     405
o/<slug>/bilans/estimation/             GET   in        404      403    403         ok      ok
o/<slug>/bilans/estimation/             POST  in        404      403    403         ok      ok
o/<slug>/bilans/<number>/               GET   in        404      ok     ok          ok      ok
o/<slug>/bilans/<number>/               POST  in        404      405    405         405     405
o/<slug>/bilans/<number>/origine/       GET   in        404      ok     ok          ok      ok
o/<slug>/bilans/<number>/origine/       POST  in        404      405    405         405     405
o/<slug>/bilans/<number>/geler/         GET   in        404      403    403         ok      ok
o/<slug>/bilans/<number>/geler/         POST  in        404      403    403         ok      ok
o/<slug>/bilans/<number>/refaire/       GET   in        404      403    403         ok      ok
o/<slug>/bilans/<number>/refaire/       POST  in        404      403    403         ok      ok
o/<slug>/bilans/<number>/export.zip     GET   in        404      ok     ok          ok      ok
o/<slug>/bilans/<number>/export.zip     POST  in        404      405    405         405     405
o/<slug>/bilans/<number>/preuves.xlsx   GET   in        404      ok     ok          ok      ok
o/<slug>/bilans/<number>/preuves.xlsx   POST  in        404      405    405         405     405
"""


def rows() -> list[tuple[str, str, dict[str, str]]]:
    rows = []
    tables = [TABLE, *(path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("access_*.txt")))]
    for line in (line for table in tables for line in table.strip().splitlines()[1:]):
        *address, verb = line.split()[: -len(WHO)]
        rows.append(("".join(address), verb, dict(zip(WHO, line.split()[-len(WHO) :], strict=True))))
    return rows


def addresses(resolver: Any = None, prefix: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        text = prefix + str(pattern.pattern).replace("<int:", "<").replace("<slug:", "<").replace("<str:", "<")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, text)
        elif isinstance(pattern, URLPattern):
            yield text


def test_every_address_has_its_lines_in_the_table() -> None:
    assert sorted({(address, verb) for address in addresses() for verb in ("GET", "POST")}) == sorted(
        (address, verb) for address, verb, _expected in rows()
    )


def filled(world: World, numbers: dict[str, int], address: str) -> str:
    """The address with what each `<…>` stands for: a number is named by the word before it, else by the first one."""
    words = address.replace("<slug>", world.organisation.slug).split("/")
    for place, word in enumerate(words):
        if word == "<number>":
            words[place] = str(numbers.get(words[place - 1], numbers.get(words[2] if len(words) > 2 else "", 0)))
        elif word.startswith("<"):
            words[place] = str(numbers.get(word[1:-1], word))
    return "/" + "/".join(words)


def outcome(answer: Any) -> str:
    if answer.status_code == 302 and answer["Location"].startswith("/connexion/?next="):
        return "in"
    return "ok" if answer.status_code in (200, 302, 422) else str(answer.status_code)


@pytest.mark.parametrize(("address", "verb", "expected"), rows(), ids=lambda value: str(value) if value else "root")
def test_each_person_gets_what_the_table_says(
    world: World, numbers: dict[str, int], address: str, verb: str, expected: dict[str, str]
) -> None:
    place = filled(world, numbers, address)
    answers = {who: outcome(world.client(who).generic(verb, place)) for who in WHO}
    assert answers == expected


@pytest.mark.parametrize(("address", "verb"), [(a, v) for a, v, _ in rows() if "<number>" in a])
def test_what_belongs_to_another_authority_is_not_found_under_ones_own(
    world: World, numbers: dict[str, int], address: str, verb: str
) -> None:
    place = filled(world, numbers, address).replace("/essai/", "/autre/")
    assert world.client("stranger").generic(verb, place).status_code in (403, 404, 405)


@pytest.mark.slow
def test_no_other_verb_changes_anything(world: World, numbers: dict[str, int]) -> None:
    for address, _verb, _expected in rows():
        for verb in ("PUT", "PATCH", "DELETE", "TRACE"):
            answer = world.client("administrator").generic(verb, filled(world, numbers, address))
            assert answer.status_code == 405, (verb, address)
