"""The perimeter of a run, of what the organisation has: its schools and its dated headcounts (S1, S2)."""

import json
import tomllib

from estran.common.language import _
from estran.engine import perimeter
from estran.portal.estates.estimate import SCHOOLS
from estran.portal.estates.models import Inventory
from estran.portal.organisations.models import Entity, Organisation


def perimeter_text(organisation: Organisation, year: int) -> str:
    """The perimeter file (TOML) of a year: the shipped one, the schools by name, the last headcounts known then."""
    shipped = tomllib.loads(perimeter.SHIPPED.read_text("utf-8"))
    schools = organisation.entities.filter(kind=Entity.SCHOOL).values_list("path", flat=True)
    known = tuple(shipped["schools"])
    patterns = [*known, "collèges", *(path for path in schools if not perimeter.matches(path, known))]
    label = _("{name}, collèges compris") if schools or _counts_schools(organisation) else "{name}"
    lines = [
        f"id = {_toml(organisation.slug)}",
        f"version = {_toml(str(year))}",
        f"valid_from = {year}-01-01",
        f"label = {_toml(label.format(name=organisation.name))}",
        f"entities = {_toml(shipped['entities'])}",
        f"schools = {_toml(patterns)}",
        "",
        "[include]",
        *(f"{use} = true" for use in shipped["include"]),
    ]
    # Of each kind of people, the last count up to the end of the year.
    heads = {head.who: head for head in organisation.headcounts.filter(date__year__lte=year).order_by("date")}
    for head in heads.values():
        lines += ["", "[[headcounts]]", f"who = {_toml(head.who)}", f"value = {head.value}", f"date = {head.date}"]
        lines += [f"source = {_toml(head.source)}"] if head.source else []
    return "\n".join(lines) + "\n"


def _counts_schools(organisation: Organisation) -> bool:
    """Pupils or schools are counted, or a first estimate has their equipment."""
    if organisation.headcounts.filter(who__in=("pupils", "schools")).exists():
        return True
    estimates = organisation.inventories.filter(kind=Inventory.ESTIMATE)
    return any(SCHOOLS in (one.folder / "inventory.csv").read_text("utf-8") for one in estimates)


def _toml(value: str | list[str]) -> str:
    """A text, or a list of texts: TOML writes them as JSON does."""
    return json.dumps(value, ensure_ascii=False)
