"""Every form and every address, for each kind of people, with what nobody would write on purpose.

Never an error of the server, never a word of another authority, the access that the tables of test_portal_access say,
and nothing written by who may not write. What a request writes is undone before the next.
"""

from __future__ import annotations

import copy
import io
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models, transaction
from django.test import Client
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from page_forms import Form, forms_of
from test_portal_access import WHO, filled, outcome, rows

from conftest import PASSWORD, ROLES, World, all_numbers, first_estimate
from estran.portal.collection.models import SchoolLink
from estran.portal.organisations.models import Entity, Membership, Person

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MARK = "QZXautre"  # stands in every text of the other authority, and nowhere else
FOUR_BYTES = "\U0001d518" * 80
NASTY = (
    "", " ", "\x00", "a\x00b", FOUR_BYTES, "é" * 10_000, "x" * 300, "-1", "0", "9" * 25, "9" * 5000, "-" + "9" * 25,
    "1e400", "nan", "inf", "1,5", "\u0663", "²", "½", "2025-02-30", "0001-01-01", "9999-12-31", "10000-01-01",
    "31/12/9999", "2147483648", "../../../etc/passwd", "=1+1", "<script>alert(1)</script>", "' OR 1=1 --",
    "a\r\nX-Y: z", "\u202eabc", "{{7*7}}", "{0.__class__}", "%s%n%x", "[]", '{"a": 1}', "None", "\ufffd",
    "a\u0300" * 200, "*", "https://[", "a@b", "\ufeff",
)  # fmt: skip
CHOSEN = ("", "\x00", "-1", "9" * 25, "9" * 5000, "\u0663", "²", FOUR_BYTES, "x" * 300)  # in place of a choice
NAMES = (
    "", ".", "..", "a.csv", "a.xlsx", "A" * 250 + ".csv", FOUR_BYTES + ".csv", "a\x00.csv", "../../a.csv", "a.csv.exe",
    "=1+1.csv", "CON.csv", "a.docx", "a.ods", "a.json", "a.pdf",
)  # fmt: skip
CONTENTS = (
    b"", b"\x00" * 100, b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\xff\xfe" + "é".encode("utf-16-le"), b";;;\n;;;\n",
    b"Type;Nombre\nTablette;3\n", b'"', b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"{}", b"%PDF-1.4\n", b"\r",
)  # fmt: skip
# Tables that note who tried, the session of a browser, a second factor not chosen yet: they may be written for anyone.
NOTED = ("organisations_session", "axes_", "organisations_auditline", "otp_totp_totpdevice")


def group_of(address: str) -> str:
    """The first word of an address, after that of the organisation."""
    return address.removeprefix("o/<slug>/").partition("/")[0]


GROUPS = sorted({group_of(address) for address, _verb, _expected in rows()})


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


# ------------------------------------------------------------------------------------------------ sending and undoing


@contextmanager
def undone(client: Client) -> Iterator[list[str]]:
    """What is written inside is undone; gives the statements that wrote, those of NOTED tables apart."""
    wrote, cookies = list[str](), copy.deepcopy(client.cookies)

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")) and not any(name in sql[:80] for name in NOTED):
            wrote.append(sql)
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(watch):
        yield wrote
        transaction.set_rollback(True)
    client.cookies = cookies


def browser(world: World, who: str) -> Client:
    client = world.client(who)
    client.raise_request_exception = False
    return client


def send(client: Client, form: Form, data: dict[str, Any]) -> Any:
    """Send a form as a browser would; where it leads is opened too, and its answer given if that one fails."""
    data = {name: value for name, value in data.items() if value is not None}
    path = form.action.partition("?")[0]
    answered = client.post(form.action, data) if form.method == "post" else client.get(path, data)
    if answered.status_code == 302 and answered["Location"].startswith("/"):
        then = client.get(answered["Location"])
        return then if then.status_code >= 500 else answered
    return answered


def failed(answered: Any) -> str:
    """What an answer that is an error of the server was raised by, and where; empty for any other."""
    if answered.status_code < 500:
        return ""
    if not answered.exc_info:
        return str(answered.status_code)
    kind, value, trace = answered.exc_info
    frames = [frame for frame in traceback.extract_tb(trace) if "/estran/" in frame.filename]
    places = [f"{frame.filename.rpartition('estran/')[2]}:{frame.lineno}" for frame in frames[::-1]]
    return f"{kind.__name__}: {str(value)[:100]} at {' < '.join(places[:2])}"


def upload(name: str, content: bytes) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def forms_shown(world: World, numbers: dict[str, Any], group: str = "") -> Iterator[tuple[Form, str]]:
    """Each form that a page shows (those of a group of addresses, if one is given), with one who sees it."""
    met = set()
    for who in ("administrator", "contributor", "anonymous"):
        for address, verb, expected in rows():
            if verb != "GET" or expected[who] != "ok" or (group and group_of(address) != group):
                continue
            client, place = browser(world, who), filled(world, numbers, address)
            with undone(client):
                answered = client.get(place)
            for form in forms_of(place, answered):
                if form.key not in met and form.action != "/deconnexion/":
                    met.add(form.key)
                    yield form, who


def sendings(form: Form) -> Iterator[dict[str, Any]]:
    """The form as a person fills it, then each field in turn with each nasty value, missing, given twice, as a file."""
    plain = form.filled()
    for place, button in enumerate(form.buttons):
        yield plain | button
        for name, one in form.fields.items():
            free = one.kind not in ("file", "select", "multiple", "checkbox", "radio", "hidden", "submit")
            for value in NASTY if free and place == 0 else CHOSEN:
                yield plain | button | {name: [value]}
            yield plain | button | {name: None}
            yield plain | button | {name: ["1", "2"]}
            yield plain | button | {name: SimpleUploadedFile("a.csv", b"a;b\n")}
    first = form.buttons[0]
    for name in (one.name for one in form.fields.values() if one.kind == "file"):
        for file in NAMES:
            yield plain | first | {name: upload(file, b"Type;Nombre\nTablette;3\n")}
        for ending in ("csv", "xlsx", "ods", "docx", "json"):
            for content in CONTENTS:
                yield plain | first | {name: upload(f"a.{ending}", content)}


def changed(form: Form, data: dict[str, Any]) -> str:
    """What is not as a person would send it."""
    plain = form.filled()
    return str({name: str(value)[:60] for name, value in data.items() if value != plain.get(name)})


# ------------------------------------------------------------------------------------------------ forms, texts, numbers


@pytest.mark.parametrize("group", GROUPS)
def test_no_field_of_any_form_makes_the_server_fail(world: World, numbers: dict[str, Any], group: str) -> None:
    """Each field of each form with each nasty value, all other fields as a person would fill them."""
    failures: dict[str, str] = {}
    for form, who in forms_shown(world, numbers, group):
        client = browser(world, who)
        for data in sendings(form):
            with undone(client):
                answered = send(client, form, data)
            if what := failed(answered):
                failures.setdefault(what, f"{form.method} {form.action} {changed(form, data)}")
    assert failures == {}


def test_there_are_forms_to_fill_in(world: World, numbers: dict[str, Any]) -> None:
    shown = [form for form, _who in forms_shown(world, numbers)]
    assert len(shown) > 80
    assert sum(len(list(sendings(form))) for form in shown) > 10_000


def mark_texts(organisation: Any, mark: str = MARK) -> None:
    """Put a mark in every free text of what an authority has."""
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.local_concrete_fields}
        texts = [
            name for name in ("title", "name", "need", "about", "tool", "asked", "text")
            if isinstance(fields.get(name), (models.CharField, models.TextField)) and not fields[name].choices
        ]  # fmt: skip
        if texts and "organisation" in fields:
            marks = {name: mark[: fields[name].max_length] for name in texts}
            model._default_manager.filter(organisation=organisation).update(**marks)
    type(organisation).objects.filter(pk=organisation.pk).update(name=mark)


@pytest.mark.parametrize(
    "value", [FOUR_BYTES, "x" * 120, "<b>&\"'", "../..", "a\u0300" * 60, "\u202eabc", "{{ 7*7 }}%s", "."]
)
def test_what_people_named_wildly_is_shown_on_every_page_and_in_every_file(
    world: World, numbers: dict[str, Any], value: str
) -> None:
    client, failures = browser(world, "administrator"), {}
    mark_texts(world.organisation, value)
    for address, verb, expected in rows():
        if verb == "GET" and expected["administrator"] == "ok":
            with undone(client):
                if what := failed(client.get(filled(world, numbers, address))):
                    failures[address] = what
    assert failures == {}


@pytest.mark.parametrize(
    "wrong", ["0", "999999999", "9" * 25, "\u0663", "-1", "x" * 300, "%00", "..", "%F0%9D%94%98", "a%0d%0aX:y"]
)
def test_numbers_that_nobody_has_are_not_there(world: World, numbers: dict[str, Any], wrong: str) -> None:
    """Numbers, names and tokens of addresses that lead nowhere: no error, and nothing written."""
    client, failures = browser(world, "administrator"), {}
    for address, verb, _expected in rows():
        place = filled(world, dict.fromkeys(numbers, wrong), address)
        if place != filled(world, numbers, address):
            with undone(client) as wrote:
                answered = client.post(place) if verb == "POST" else client.get(place)
            if answered.status_code >= 500 or wrote:
                failures[verb, place] = failed(answered) or wrote
    assert failures == {}


# --------------------------------------------------------------------------------------------------- anyone, anything

texts = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=40), st.integers().map(str),
    st.floats().map(str), st.dates().map(str),
)  # fmt: skip
files = st.builds(upload, st.sampled_from(NAMES), st.one_of(st.sampled_from(CONTENTS), st.binary(max_size=300)))
sent_values = st.one_of(st.lists(texts, max_size=3), files)
# Names that addresses know, and names that no form shows.
UNSEEN = (
    *("page", "etat", "nom", "theme", "sujet", "annee", "indicateur", "critere", "view", "order", "version", "atelier"),
    *("option", "code", "next", "by", "entity", "item_type", "stage", "criterion"),
    *("action", "do", "delete", "number", "organisation", "role", "is_active", "person", "token"),
)


@pytest.fixture
def strange(world: World, numbers: dict[str, Any], computed: Any) -> dict[str, Any]:
    """One thing of each kind in the other authority, every text of it marked: what `<…>` stands for there."""
    people = {"stranger": world.people["stranger"]}
    for who, role in ROLES.items():
        people[who] = Person.objects.create_user(f"{who}.{MARK.lower()}@autre.fr", PASSWORD, f"{MARK} {who}")
        Membership.objects.create(organisation=world.other, person=people[who], role=role)
    directorate = Entity.objects.create(organisation=world.other, name=f"{MARK} directorate")
    school = Entity.objects.create(organisation=world.other, name=f"{MARK} school", kind=Entity.SCHOOL, uai="0010001A")
    there = replace(
        world, organisation=world.other, other=world.organisation, people=people, directorate=directorate,
        school=school, clients={},
        link=SchoolLink.objects.create(organisation=world.other, entity=school, made_by=people["officer"]),
    )  # fmt: skip
    made = all_numbers(there, first_estimate(there, computed))
    mark_texts(world.other)
    return made


@pytest.fixture
def forms(world: World, numbers: dict[str, Any]) -> dict[str, list[Form]]:
    """The forms that lead to each address of the tables."""
    places = {filled(world, numbers, address): address for address, _verb, _expected in rows()}
    by_address: dict[str, list[Form]] = {}
    for form, _who in forms_shown(world, numbers):
        by_address.setdefault(places.get(form.action.partition("?")[0], ""), []).append(form)
    return by_address


@settings(
    max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_whatever_is_sent_by_whoever_is_answered_as_the_tables_say(
    world: World, numbers: dict[str, Any], strange: dict[str, Any], forms: dict[str, list[Form]], data: st.DataObject
) -> None:
    """Who is refused without values is refused with any, and writes nothing; reading writes nothing; nobody of the
    authority reads a word of the other one, whichever of its numbers he asks for or sends."""
    address, verb, expected = data.draw(st.sampled_from(rows()), label="address")
    who = data.draw(st.sampled_from(WHO), label="who")
    private = address.startswith("o/<slug>/")
    theirs = private and data.draw(st.booleans(), label="numbers of the other authority")
    form = data.draw(st.sampled_from(forms.get(address, [None])), label="form")
    values: dict[str, Any] = form.filled() | data.draw(st.sampled_from(form.buttons)) if form else {}
    foreign = st.sampled_from(sorted({str(number) for number in strange.values()})).map(lambda number: [number])
    names = st.sampled_from([*values, *UNSEEN])
    values |= data.draw(st.dictionaries(names, sent_values | foreign, max_size=4), label="values")
    place, client = filled(world, strange if theirs else numbers, address), browser(world, who)
    with undone(client) as wrote:
        answered = client.post(place, values) if verb == "POST" else client.get(place, only_texts(values))
    assert failed(answered) == ""
    event(f"{who} {verb} {answered.status_code}")
    if expected[who] != "ok":
        assert outcome(answered) == expected[who] or (theirs and answered.status_code == 404)
    if expected[who] != "ok" or verb == "GET":
        assert wrote == []
    if who != "stranger" and private and not answered.streaming:
        assert MARK.encode() not in answered.content


def only_texts(values: dict[str, Any]) -> dict[str, Any]:
    """The values without the files, which no address holds."""
    return {name: value for name, value in values.items() if not isinstance(value, io.BytesIO)}
