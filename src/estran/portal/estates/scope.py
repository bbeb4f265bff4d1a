"""The perimeter of a run, written from what the organisation said: its schools and its dated headcounts (S1, S2)."""

import json
import tomllib

from estran.common.language import _
from estran.engine import perimeter
from estran.portal.estates.estimate import SCHOOLS
from estran.portal.estates.models import Headcount, Inventory
from estran.portal.organisations.models import Entity, Organisation


def perimeter_text(organisation: Organisation, year: int) -> str:
    """The perimeter file (TOML) of a year: the shipped one, the schools by name, the last headcounts known then."""
    shipped = tomllib.loads(perimeter.SHIPPED.read_text("utf-8"))
    schools = organisation.entities.filter(kind=Entity.SCHOOL).values_list("path", flat=True)
    patterns = [*shipped["schools"], "collèges", *(path for path in schools if not _known(path, shipped["schools"]))]
    named = _("{name}, collèges compris") if schools or _counts_schools(organisation) else "{name}"
    label = named.format(name=organisation.name)
    lines = [
        f"id = {_text(organisation.slug)}",
        f"version = {_text(str(year))}",
        f"valid_from = {year}-01-01",
        f"label = {_text(label)}",
        f"entities = {_list(shipped['entities'])}",
        f"schools = {_list(patterns)}",
        "",
        "[include]",
        *(f"{use} = true" for use in shipped["include"]),
    ]
    for head in _last(organisation, year):
        lines += ["", "[[headcounts]]", f"who = {_text(head.who)}", f"value = {head.value}", f"date = {head.date}"]
        lines += [f"source = {_text(head.source)}"] if head.source else []
    return "\n".join(lines) + "\n"


def _counts_schools(organisation: Organisation) -> bool:
    """Pupils or schools are counted, or a first estimate has their equipment."""
    if organisation.headcounts.filter(who__in=("pupils", "schools")).exists():
        return True
    estimates = organisation.inventories.filter(kind=Inventory.ESTIMATE)
    return any(SCHOOLS in (one.folder / "inventory.csv").read_text("utf-8") for one in estimates)


def _last(organisation: Organisation, year: int) -> list[Headcount]:
    """For each kind of people, the last count up to the end of the year."""
    latest: dict[str, Headcount] = {}
    for head in organisation.headcounts.filter(date__year__lte=year).order_by("date"):
        latest[head.who] = head
    return list(latest.values())


def _known(path: str, patterns: list[str]) -> bool:
    return perimeter.matches(path, tuple(patterns))


def _text(text: str) -> str:
    # A TOML basic string is written like a JSON one.
    return json.dumps(text, ensure_ascii=False)


def _list(texts: list[str]) -> str:
    return json.dumps(texts, ensure_ascii=False)
