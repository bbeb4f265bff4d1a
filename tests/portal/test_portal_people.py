"""People: added with a link to copy, given a role, taken away, erased; strong passwords, a pause after wrong ones."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from conftest import PASSWORD, World
from estran.portal.collection.models import SchoolLink
from estran.portal.management.commands.work import forget_old
from estran.portal.organisations import passwords
from estran.portal.organisations.models import AuditLine, Entity, Membership, Organisation, Person, Role

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
STRONG = "une phrase que personne ne devine"


def member(world: World, who: str) -> Membership:
    return Membership.objects.get(person=world.people[who])


def act(world: World, who: str, **values: object) -> tuple[int, str]:
    answer = world.client("administrator").post(world.url(f"personnes/{member(world, who).pk}/"), values)
    return answer.status_code, answer.content.decode()


# ---------------------------------------------------------------------------------------------------- signing in


def test_a_person_signs_in_with_capitals_or_not(world: World) -> None:
    answer = Client().post("/connexion/", {"username": "Officer@Essai.fr", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_wrong_password_says_the_same_as_an_unknown_address(world: World) -> None:
    errors = [
        re.search(
            "<ul>(.*?)</ul>", Client().post("/connexion/", {"username": who, "password": "faux"}).content.decode(), re.S
        )
        for who in ("officer@essai.fr", "nobody@essai.fr")
    ]
    assert errors[0] and errors[1] and errors[0][1] == errors[1][1]


def test_sign_in_pauses_after_eight_wrong_passwords_even_for_the_right_one(world: World) -> None:
    browser = Client()
    for attempt in range(8):
        browser.post("/connexion/", {"username": f"{'oO'[attempt % 2]}fficer@essai.fr", "password": "faux"})
    answer = browser.post("/connexion/", {"username": "officer@essai.fr", "password": PASSWORD})
    assert (answer.status_code, "Compte en pause" in answer.content.decode()) == (429, True)
    other = Client().post("/connexion/", {"username": "reader@essai.fr", "password": PASSWORD})
    assert other.status_code == 302


@pytest.mark.parametrize("weak", ["court", "123456789012", "motdepasse", "reader@essai.fr"])
def test_a_weak_password_is_refused(world: World, weak: str) -> None:
    address = passwords.password_link(world.people["reader"])
    assert Client().post(address, {"new_password1": weak, "new_password2": weak}).status_code == 422


def test_a_password_link_serves_once(world: World) -> None:
    address = passwords.password_link(world.people["reader"])
    chosen = {"new_password1": STRONG, "new_password2": STRONG}
    assert Client().post(address, chosen)["Location"] == "/connexion/"
    assert Client().get(address).status_code == 404
    assert Client().post("/connexion/", {"username": "reader@essai.fr", "password": STRONG}).status_code == 302


@pytest.mark.parametrize("address", ["/mot-de-passe/MQ/x-y/", "/mot-de-passe/%20/x/", "/mot-de-passe/MQ/é/"])
def test_a_forged_password_link_is_not_found(world: World, address: str) -> None:
    assert Client().get(address).status_code == 404


def test_changing_ones_password_keeps_the_session(world: World) -> None:
    browser = world.client("reader")
    chosen = {"old_password": PASSWORD, "new_password1": STRONG, "new_password2": STRONG}
    assert browser.post("/compte/", chosen).status_code == 302
    assert browser.get("/compte/").status_code == 200


def test_a_page_asked_before_signing_in_comes_after(world: World) -> None:
    asked = Client().get(world.url("bilans/"))
    assert asked["Location"] == "/connexion/?next=/o/essai/bilans/"
    answer = Client().post(
        asked["Location"], {"username": "reader@essai.fr", "password": PASSWORD, "next": "/o/essai/bilans/"}
    )
    assert answer["Location"] == "/o/essai/bilans/"
    elsewhere = {"username": "reader@essai.fr", "password": PASSWORD, "next": "https://ailleurs.example/"}
    assert Client().post("/connexion/", elsewhere)["Location"] == "/"


# -------------------------------------------------------------------------------------------- who may do what


def test_the_administrator_adds_a_person_and_copies_the_link(world: World) -> None:
    browser = world.client("administrator")
    added = browser.post(
        world.url("personnes/"), {"email": "Nouvelle@Essai.fr", "name": "Nouvelle Personne", "role": Role.READER}
    )
    person = Person.objects.get(email="nouvelle@essai.fr")
    assert not person.has_usable_password()
    page = browser.post(added["Location"], {"action": "link"}).content.decode()
    link = re.search(r"http://testserver(/mot-de-passe/[^<\s]+/)", page)
    assert link
    assert Client().post(link[1], {"new_password1": STRONG, "new_password2": STRONG}).status_code == 302


def test_a_role_changes_and_the_log_says_so_without_a_name(world: World) -> None:
    status, _page = act(world, "reader", action="role", role=Role.CONTRIBUTOR, entities=[world.school.pk])
    changed = member(world, "reader")
    assert (status, changed.role, list(changed.entities.all())) == (302, Role.CONTRIBUTOR, [world.school])
    line = AuditLine.objects.first()
    assert line and (line.person, line.what) == (world.people["administrator"], "a changé un rôle (contribution)")


def test_an_entity_of_another_authority_cannot_be_given(world: World) -> None:
    foreign = Entity.objects.create(organisation=world.other, name="Direction étrangère")
    status, _page = act(world, "reader", action="role", role=Role.CONTRIBUTOR, entities=[foreign.pk])
    assert (status, member(world, "reader").role) == (422, Role.READER)


@pytest.mark.parametrize("action", [{"action": "remove"}, {"action": "erase"}, {"action": "role", "role": 1}])
def test_the_last_administrator_stays(world: World, action: dict[str, object]) -> None:
    status, page = act(world, "administrator", **action)
    assert (status, "la dernière personne qui administre" in page) == (422, True)
    assert member(world, "administrator").role == Role.ADMINISTRATOR


def test_someone_of_another_authority_cannot_be_taken_over(world: World) -> None:
    """Adding the officer of another authority to one's own must not give his password away, nor erase him there."""
    guest = Membership.objects.create(
        organisation=world.organisation, person=world.people["stranger"], role=Role.READER
    )
    browser, place = world.client("administrator"), world.url(f"personnes/{guest.pk}/")
    for action in ("link", "erase"):
        answer = browser.post(place, {"action": action})
        assert (answer.status_code, "/mot-de-passe/" in answer.content.decode()) == (422, False)
    assert browser.post(place, {"action": "remove"}).status_code == 302
    assert world.client("stranger").get("/o/autre/").status_code == 200


def test_a_person_taken_away_no_longer_enters(world: World) -> None:
    browser = world.client("reader")
    assert browser.get(world.url()).status_code == 200
    assert act(world, "reader", action="remove")[0] == 302
    assert browser.get(world.url()).status_code == 404


def test_the_administrator_closes_the_sessions_of_a_person(world: World) -> None:
    reader = world.client("reader")
    assert reader.get(world.url()).status_code == 200
    assert act(world, "reader", action="sessions")[0] == 302
    assert reader.get(world.url()).status_code == 302
    assert world.client("administrator").get(world.url()).status_code == 200


def test_erasing_a_person_leaves_her_acts_under_a_number(world: World) -> None:
    world.access("officer").record("a gelé le bilan 2025")
    officer = world.people["officer"]
    assert act(world, "officer", action="erase")[0] == 302
    officer.refresh_from_db()
    assert (officer.email, officer.name) == (f"efface-{officer.pk}@invalid", f"Personne effacée n° {officer.pk}")
    assert not officer.is_active and not officer.has_usable_password()
    log = world.client("administrator").get(world.url("journal/")).content.decode()
    assert f"Personne effacée n° {officer.pk}" in log and "a gelé le bilan 2025" in log
    assert "officer@essai.fr" not in log and ">Officer<" not in log
    assert world.client("officer").get(world.url()).status_code == 302, "the session is over"


def test_what_must_not_be_kept_is_forgotten(world: World) -> None:
    old, recent = (
        AuditLine.objects.create(organisation=world.organisation, what=what, at=timezone.now() - timedelta(days=days))
        for what, days in (("old", 367), ("recent", 364))
    )
    forget_old()
    assert list(AuditLine.objects.all()) == [recent] and old.pk


# ------------------------------------------------------------------------------------------- links, the database


def test_a_school_link_opens_until_it_is_revoked_or_past(world: World) -> None:
    link = world.link
    assert SchoolLink.of(link.token) == link
    SchoolLink.objects.filter(pk=link.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    assert SchoolLink.of(link.token) is None
    later = timezone.now() + timedelta(days=1)
    SchoolLink.objects.filter(pk=link.pk).update(ends_at=later, revoked_at=timezone.now())
    assert SchoolLink.of(link.token) is None


@pytest.mark.parametrize(
    "change",
    [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: ("2" if t[0] != "2" else "3") + t[1:], lambda t: ""],
)
def test_a_forged_link_opens_nothing(world: World, change: object) -> None:
    assert callable(change) and SchoolLink.of(change(world.link.token)) is None


def test_a_link_lasts_sixty_days(world: World) -> None:
    assert world.link.ends_at and 59 <= (world.link.ends_at - timezone.now()).days <= 60


def test_the_database_refuses_what_the_rules_refuse(world: World) -> None:
    wrong = [
        lambda: Membership.objects.create(organisation=world.organisation, person=world.people["reader"], role=1),
        lambda: Membership.objects.filter(person=world.people["reader"]).update(role=9),
        lambda: Person.objects.filter(pk=world.people["reader"].pk).update(email="Reader@Essai.fr"),
        lambda: Entity.objects.create(organisation=world.organisation, name=world.school.name),
        lambda: Entity.objects.filter(pk=world.school.pk).update(kind="castle"),
    ]
    for change in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_contributor_writes_for_his_entities_and_those_below(world: World) -> None:
    room = Entity.objects.create(organisation=world.organisation, name="Salle 1", parent=world.school)
    near = Entity.objects.create(organisation=world.organisation, name=world.school.name + " annexe")
    assert room.path == "Collège Alice Guy > Salle 1"
    assert set(world.access("contributor").entities()) == {world.school, room}
    assert set(world.access("officer").entities()) == {world.directorate, world.school, world.other_school, room, near}


def test_the_first_administrator_comes_from_the_server(db: None) -> None:
    output = StringIO()
    call_command(
        "account", "Premiere@Ville.fr", organisation="Ville d’Essai", site="https://estran.ville.fr", stdout=output
    )
    link = re.search(r"https://estran\.ville\.fr(/mot-de-passe/\S+)", output.getvalue())
    assert link and Client().get(link[1]).status_code == 200
    place = Organisation.objects.get()
    assert (place.slug, place.memberships.get().role) == ("ville-dessai", Role.ADMINISTRATOR)
