"""The perimeter of a run, of what the organisation has: its schools and its dated headcounts (S1, S2)."""

import glob
import tomllib
from datetime import date

from django.db.models import Q

from estran.common.language import _
from estran.common.shipped import text_rows
from estran.common.toml_text import toml_text
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
    colleges = [row["code"] for row in text_rows("authority_kinds") if row["school_type"] == "Collège"]
    schools_in = (
        _("{name}, collèges compris")
        if organisation.kind in ("", *colleges)
        else _("{name}, établissements scolaires compris")
    )
    label = schools_in if schools or _counts_schools(organisation) else "{name}"
    # Of each kind of people, the last count up to the end of the year.
    last = {head.who: head for head in organisation.headcounts.filter(date__year__lte=year).order_by("date")}
    heads = [
        {"who": head.who, "value": head.value, "date": head.date, "source": head.source or None}
        for head in last.values()
    ]
    return toml_text({
        "id": organisation.slug, "version": str(year), "valid_from": date(year, 1, 1),
        "label": label.format(name=organisation.name), "entities": shipped["entities"], "schools": patterns,
        "include": dict.fromkeys(shipped["include"], True), "exclusions": _left_out(organisation, year),
        "headcounts": heads,
    })  # fmt: skip


def _left_out(organisation: Organisation, year: int) -> list[dict[str, str]]:
    """The entities that the last choice made for a year leaves out: what, why with the date of the choice, where."""
    rows = []
    for one in organisation.entities.filter(countings__isnull=False).distinct().prefetch_related("countings"):
        last = next((choice for choice in one.countings.all() if choice.since.year <= year), None)
        if last and not last.counted:
            reason = _("{reason} (choix du {day})").format(reason=last.reason, day=f"{last.since:%d/%m/%Y}")
            rows.append({"what": one.name, "reason": reason, "entity": glob.escape(one.path)})
    return rows


def _counts_schools(organisation: Organisation) -> bool:
    """Pupils or schools are counted, or a first estimate has their equipment."""
    if organisation.headcounts.filter(who__in=("pupils", "schools")).exists():
        return True
    estimates = organisation.inventories.filter(kind=Inventory.ESTIMATE)
    estimates = estimates.filter(Q(runs=None) | Q(runs__withdrawn_at=None)).distinct()
    return any(SCHOOLS in (one.folder / "inventory.csv").read_text("utf-8") for one in estimates)
