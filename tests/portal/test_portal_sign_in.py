"""Nobody gets in: guessing is slowed, sessions end, a second factor, who is at the keyboard is asked again."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt
from diagnosing import session as workshop_of
from django.core.management import call_command
from django.test import Client, RequestFactory
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from conftest import PASSWORD, World
from estran.portal.collection.models import SchoolLink
from estran.portal.organisations import passwords, second_factor, throttling
from estran.portal.organisations.models import AuditLine, Membership, Person, Role, Session
from estran.portal.organisations.sessions import browser_name

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
SOMEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(who: str, password: str = PASSWORD, browser: Client | None = None, **more: Any) -> tuple[Client, Any]:
    browser = browser or Client()
    return browser, browser.post("/connexion/", {"username": f"{who}@essai.fr", "password": password}, **more)


def later(browser: Client, **time: int) -> None:
    """What the browser's session says happened that much earlier."""
    kept, by = browser.session, timedelta(**time)
    kept["proved"] = kept.get("proved", 0) - int(by.total_seconds())
    kept["visit"] = kept["visit"] | {"opened": kept["visit"]["opened"] - int(by.total_seconds())}
    used_at = kept.used_at
    kept.save()
    row = Session.objects.get(pk=kept.session_key)
    Session.objects.filter(pk=row.pk).update(
        used_at=used_at - by, expire_date=min(used_at - by + timedelta(hours=1), row.expire_date)
    )


def enrol(browser: Client) -> tuple[TOTPDevice, list[str]]:
    """Turn the second factor on as a person does; the recovery codes shown."""
    page = browser.get("/compte/second-facteur/").content.decode()
    assert "<svg" in page and "http" not in re.search(r"<svg.*?</svg>", page, re.S)[0].replace("www.w3.org", "")
    device = TOTPDevice.objects.get(confirmed=False)
    assert second_factor.secret(device) in page
    page = browser.post("/compte/second-facteur/", {"action": "confirm", "code": code(device)}).content.decode()
    device.refresh_from_db()
    assert device.confirmed
    TOTPDevice.objects.update(last_t=-1)  # as if half a minute had gone by
    return device, re.findall(r"<code>([A-Z2-7]{4}(?: [A-Z2-7]{4}){5})</code>", page)


def code(device: TOTPDevice) -> str:
    return f"{totp(device.bin_key):06}"


# ------------------------------------------------------------------------------------------------------ guessing


def test_an_address_that_tries_many_accounts_is_paused_and_others_are_not(world: World, settings: Any) -> None:
    settings.FAILURES_BY_ADDRESS = 10
    for number in range(10):
        assert sign_in(f"nobody{number}", "faux", **SOMEWHERE)[1].status_code == 200
    assert sign_in("officer", **SOMEWHERE)[1].status_code == 429
    assert sign_in("officer", REMOTE_ADDR="203.0.113.10")[1].status_code == 302


@pytest.mark.parametrize(
    ("proxies", "headers", "address"),
    [
        (0, {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "203.0.113.9"),
        (1, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "forged, 198.51.100.1"}, "198.51.100.1"),
        (2, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "forged, 198.51.100.1, 10.0.0.1"}, "198.51.100.1"),
        (1, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "2001:db8:1:2:3::4"}, "2001:db8:1:2::"),
        (1, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "<script>"}, None),
        (1, {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": ""}, None),
        (0, {"REMOTE_ADDR": "127.0.0.1"}, None),
    ],
)
def test_the_address_is_the_one_that_the_nearest_proxy_gives(
    settings: Any, proxies: int, headers: dict[str, str], address: str | None
) -> None:
    settings.PROXIES = proxies
    assert throttling.client_address(RequestFactory().get("/", **headers)) == address


@pytest.mark.slow
def test_two_hundred_phones_of_one_room_join_and_guessing_its_code_is_slowed(world: World) -> None:
    workshop = workshop_of(world)
    for number in range(200):  # one in three mistypes once
        phone = Client(**SOMEWHERE)
        if number % 3 == 0:
            assert phone.get("/a/", {"code": f"WRONG{number}"}).status_code == 404
        assert phone.get("/a/", {"code": workshop.code})["Location"] == f"/a/{workshop.code}/"
        joined = phone.post(f"/a/{workshop.code}/", {"token": f"token-of-phone-number-{number:03}"})
        assert joined.status_code == 302
    guesser = Client(**SOMEWHERE)
    answers = [guesser.get(f"/a/GUESS{number}/").status_code for number in range(60)]
    assert (answers[0], answers[-1]) == (404, 429)
    assert guesser.get(f"/a/{workshop.code}/").status_code == 429, "a right guess is not told from a wrong one"
    assert phone.get(joined["Location"]).status_code == 200, "whoever has joined goes on"
    assert Client(REMOTE_ADDR="203.0.113.10").get(f"/a/{workshop.code}/").status_code == 200
    assert sign_in("officer", **SOMEWHERE)[1].status_code == 302, "accounts are counted apart"


def test_a_failure_stands_in_the_journal_of_the_organisations_of_the_account_alone(world: World) -> None:
    for _number in range(12):
        sign_in("officer", "faux")
    sign_in("nobody", "faux")
    lines = [line.what for line in AuditLine.objects.filter(person=world.people["officer"])]
    assert lines[0] == "a été mis en pause\u00a0: trop de mots de passe ou de codes faux"
    assert lines[1:] == ["a été refusé\u00a0: mot de passe ou code faux"] * (len(lines) - 1) and len(lines) == 8
    page = world.client("administrator").get(world.url("journal/")).content.decode()
    assert "a été refusé" in page
    assert not AuditLine.objects.filter(organisation=world.other, person=world.people["officer"]).exists()


@pytest.mark.parametrize(
    "weak",
    ["Motdepasse2024!", "azertyuiop123", "M0tdep@sse!!!!", "marseille13000", "JeT'aimeJeT'aime", "Été2024Été2024",
     "qwerty-qwerty", "mamanetpapa1234"],
)  # fmt: skip
def test_a_password_that_french_people_use_is_refused(world: World, weak: str) -> None:
    page = Client().post(
        passwords.password_link(world.people["reader"]), {"new_password1": weak, "new_password2": weak}
    )
    assert page.status_code == 422 and "parmi les premiers" in page.content.decode()


# ------------------------------------------------------------------------------------------------------ sessions


def test_a_session_ends_when_nothing_is_asked_and_after_a_day_whatever_is(world: World) -> None:
    browser, _answer = sign_in("reader")
    later(browser, minutes=50)
    assert browser.get("/compte/").status_code == 200
    later(browser, minutes=50)
    assert browser.get("/compte/").status_code == 200, "used meanwhile"
    later(browser, minutes=61)
    assert browser.get("/compte/")["Location"] == "/connexion/?next=/compte/"
    browser, _answer = sign_in("reader")
    for _time in range(14):
        later(browser, minutes=55)
        answer = browser.get("/compte/")
    assert answer.status_code == 302


def test_what_was_typed_in_a_session_that_ended_is_sent_after_signing_in(world: World) -> None:
    browser, _answer = sign_in("administrator")
    later(browser, minutes=61)
    sent = {"email": "nouvelle@essai.fr", "name": "Nouvelle « Personne »", "role": "1"}
    answer = browser.post(world.url("personnes/"), sent)
    assert answer["Location"] == "/connexion/?next=/compte/saisie/"
    answer = browser.post(
        answer["Location"], {"username": "administrator@essai.fr", "password": PASSWORD, "next": "/compte/saisie/"}
    )
    page = browser.get(answer["Location"]).content.decode()
    assert 'action="/o/essai/personnes/"' in page and "Nouvelle « Personne »" in page
    assert not Person.objects.filter(email=sent["email"]).exists()
    typed = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert typed.pop("csrfmiddlewaretoken") and typed == sent
    assert browser.post(world.url("personnes/"), typed).status_code == 302
    assert Person.objects.filter(email=sent["email"]).exists()


def test_what_someone_typed_is_not_shown_to_another(world: World) -> None:
    browser, _answer = sign_in("administrator")
    later(browser, minutes=61)
    browser.post(world.url("personnes/"), {"email": "secret@essai.fr"})
    sign_in("reader", browser=browser)
    assert browser.get("/compte/saisie/")["Location"] == "/"


def test_ones_sessions_are_listed_and_the_others_closed(world: World) -> None:
    here, _answer = sign_in("reader", **SOMEWHERE, HTTP_USER_AGENT=FIREFOX)
    there, _answer = sign_in("reader")
    stranger = world.client("officer")
    page = here.get("/compte/sessions/").content.decode()
    assert page.count('<th scope="row">') == 2 and "Firefox, Windows" in page and "203.0.113.9" in page
    assert stranger.get("/compte/sessions/").content.decode().count('<th scope="row">') == 1
    here.post("/compte/sessions/")
    assert (here.get("/compte/").status_code, there.get("/compte/").status_code) == (200, 302)
    assert stranger.get("/compte/").status_code == 200
    here.post("/deconnexion/")
    assert not Session.objects.filter(person=world.people["reader"]).exists(), "the address goes with the session"


def test_an_open_screen_does_not_close_the_other_sessions(world: World) -> None:
    here, there = sign_in("reader")[0], sign_in("reader")[0]
    later(here, minutes=11)
    assert here.post("/compte/sessions/").status_code == 403
    assert there.get("/compte/").status_code == 200


def test_another_password_closes_the_other_sessions(world: World) -> None:
    strong = "une phrase que personne ne devine"
    here, there = sign_in("reader")[0], sign_in("reader")[0]
    here.post("/compte/", {"old_password": PASSWORD, "new_password1": strong, "new_password2": strong})
    assert (here.get("/compte/").status_code, there.get("/compte/").status_code) == (200, 302)
    assert Session.objects.filter(person=world.people["reader"]).count() == 1


def test_only_words_of_the_browser_are_kept() -> None:
    assert browser_name(FIREFOX) == "Firefox, Windows"
    assert browser_name("x" * 5000) == "Navigateur inconnu"


# ------------------------------------------------------------------------------------------------- second factor


def test_signing_in_asks_for_a_code_that_serves_once(world: World) -> None:
    browser, _answer = sign_in("reader")
    device, codes = enrol(browser)
    assert len(codes) == 8
    thief, answer = sign_in("reader")
    assert answer["Location"] == "/connexion/code/"
    assert thief.get("/compte/").status_code == 302, "the password alone opens nothing"
    assert thief.post("/connexion/code/", {"code": "000000"}).status_code == 422
    TOTPDevice.objects.update(throttling_failure_count=0)
    first = code(device)
    assert thief.post("/connexion/code/", {"code": first})["Location"] == "/"
    assert thief.get("/compte/").status_code == 200
    again, _answer = sign_in("reader")
    assert again.post("/connexion/code/", {"code": first}).status_code == 422


def test_a_recovery_code_serves_once_and_is_not_kept_as_it_is(world: World) -> None:
    _device, codes = enrol(sign_in("reader")[0])
    typed = codes[3].lower().replace(" ", "-")
    for status in (302, 422):
        browser, _answer = sign_in("reader")
        assert browser.post("/connexion/code/", {"code": typed}).status_code == status
    tokens = set(StaticToken.objects.values_list("token", flat=True))
    assert len(tokens) == 7 and not any(token[:4] == shown[:4] for token in tokens for shown in codes)
    assert second_factor.recovery_codes_left(world.people["officer"]) == 0


def test_codes_are_slowed_as_passwords_are(world: World) -> None:
    enrol(sign_in("reader")[0])
    browser, _answer = sign_in("reader")
    statuses = [browser.post("/connexion/code/", {"code": f"{number:06}"}).status_code for number in range(9)]
    assert statuses[0] == 422 and statuses[-1] == 429
    assert sign_in("reader")[1].status_code == 429


def test_the_code_of_another_person_opens_nothing(world: World) -> None:
    device, codes = enrol(sign_in("officer")[0])
    enrol(sign_in("reader")[0])
    for other in (code(device), codes[0]):
        browser, _answer = sign_in("reader")
        assert browser.post("/connexion/code/", {"code": other}).status_code == 422


def test_the_code_page_needs_a_password_first(world: World) -> None:
    assert Client().get("/connexion/code/")["Location"] == "/connexion/"
    assert Client().post("/connexion/code/", {"code": "123456"})["Location"] == "/connexion/"


def test_administrators_enrol_once_the_site_asks_and_nobody_is_locked_out(world: World, settings: Any) -> None:
    settings.SECOND_FACTOR_ASKED = True
    browser, _answer = sign_in("administrator")
    for place in ("", "personnes/", "bilans/"):
        assert browser.get(world.url(place))["Location"] == "/compte/second-facteur/"
    assert browser.post(world.url("personnes/"), {"email": "x@essai.fr"})["Location"] == "/compte/second-facteur/"
    assert "qui administre en a un" in browser.get("/compte/second-facteur/").content.decode()
    device, _codes = enrol(browser)
    assert browser.get(world.url("personnes/")).status_code == 200
    browser.post("/compte/second-facteur/", {"action": "off"})
    assert second_factor.is_on(world.people["administrator"]), "asked: it cannot be taken off"
    for who in ("officer", "contributor", "reader"):
        assert sign_in(who)[0].get(world.url()).status_code == 200
    browser, _answer = sign_in("administrator")
    assert browser.post("/connexion/code/", {"code": code(device)}).status_code == 302
    assert browser.get(world.url("personnes/")).status_code == 200


def test_a_lost_phone_is_put_right_from_the_server_or_by_an_administrator(world: World) -> None:
    enrol(sign_in("reader")[0])
    call_command("account", "reader@essai.fr", without_second_factor=True, stdout=StringIO())
    assert sign_in("reader")[1]["Location"] == "/"
    enrol(sign_in("reader")[0])
    number = Membership.objects.get(person=world.people["reader"]).pk
    for who, status in (("officer", 403), ("stranger", 404), ("administrator", 302)):
        answer = world.client(who).post(world.url(f"personnes/{number}/"), {"action": "second-factor"})
        assert answer.status_code == status
        assert second_factor.is_on(world.people["reader"]) == (status != 302)


def test_erasing_a_person_takes_the_second_factor_and_the_sessions(world: World) -> None:
    enrol(sign_in("reader")[0])
    world.people["reader"].erase()
    assert not TOTPDevice.objects.exists() and not StaticToken.objects.exists()
    assert not Session.objects.filter(person=world.people["reader"]).exists()


# ------------------------------------------------------------------------------------------- who is at the keyboard


def reader_page(world: World) -> str:
    return world.url(f"personnes/{Membership.objects.get(person=world.people['reader']).pk}/")


@pytest.mark.parametrize("action", ["link", "role", "remove", "erase"])
def test_the_password_is_asked_again_before_what_engages(world: World, action: str) -> None:
    browser, _answer = sign_in("administrator")
    later(browser, minutes=11)
    sent = {"action": action, "role": str(int(Role.OFFICER))}
    asked = browser.post(reader_page(world), sent)
    page = asked.content.decode()
    assert asked.status_code == 403 and "Confirmer que c’est vous" in page and "/mot-de-passe/" not in page
    member = Membership.objects.filter(person=world.people["reader"]).first()
    assert member and member.role == Role.READER
    typed = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert typed.pop("csrfmiddlewaretoken") and typed == sent
    place = reader_page(world)
    assert browser.post(place, typed | {"proof_password": "faux"}).status_code == 422
    kept = AccessAttempt.objects.get()
    assert "faux" not in kept.post_data
    assert browser.post(place, typed | {"proof_password": PASSWORD}).status_code in (200, 302)
    assert browser.post(place, {"action": "?"}).status_code in (404, 422), "proved for ten minutes"


def test_the_password_is_asked_again_before_links_without_account(world: World, campaign: Any) -> None:
    SchoolLink.objects.all().delete()
    browser, _answer = sign_in("officer")
    later(browser, minutes=11)
    board = world.url(f"collectes/{campaign.pk}/")
    assert browser.post(board, {"action": "links"}).status_code == 403
    assert not SchoolLink.objects.exists()
    assert browser.post(board, {"action": "links", "proof_password": PASSWORD}).status_code == 302
    assert SchoolLink.objects.exists()


def test_a_password_guessed_at_an_open_screen_is_slowed_too(world: World) -> None:
    browser, _answer = sign_in("administrator")
    later(browser, minutes=11)
    page, sent = reader_page(world), {"action": "erase", "proof_password": "faux"}
    statuses = [browser.post(page, sent).status_code for _time in range(9)]
    assert statuses[0] == 422 and statuses[-1] == 429
    assert Membership.objects.filter(person=world.people["reader"]).exists()


def test_the_password_in_use_cannot_be_guessed_where_it_is_changed(world: World) -> None:
    browser, _answer = sign_in("reader")
    sent = {"old_password": "faux-ancien", "new_password1": "neuf neuf phrase", "new_password2": "neuf neuf phrase"}
    statuses = [browser.post("/compte/", sent).status_code for _time in range(9)]
    assert statuses[0] == 422 and statuses[-1] == 429
    kept = AccessAttempt.objects.get().post_data
    assert "faux" not in kept and "neuf" not in kept
    assert browser.post("/compte/", sent | {"old_password": PASSWORD}).status_code == 429
    assert world.people["reader"].check_password(PASSWORD)


def test_a_second_factor_is_turned_on_or_off_by_who_knows_the_password(world: World) -> None:
    browser, _answer = sign_in("reader")
    later(browser, minutes=11)
    assert browser.get("/compte/second-facteur/").status_code == 403
    assert browser.post("/compte/second-facteur/", {"action": "off"}).status_code == 403
    assert browser.post("/compte/second-facteur/", {"proof_password": PASSWORD}).status_code == 200
