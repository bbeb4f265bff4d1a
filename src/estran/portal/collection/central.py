"""One file for all schools, split by their UAI code (seven digits and a letter): each school gets its rows."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.db import transaction

from estran.common.files import csv_text
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.importing import formats
from estran.importing.reading.sheets import Sheet
from estran.portal.collection.models import Answer, Campaign
from estran.portal.common import spreadsheets
from estran.portal.organisations.identifiers import uai_fault
from estran.portal.organisations.models import Entity

UAI = re.compile(r"^\d{7}[A-Z]$")
SAMPLE = 200  # rows looked at to find the column of the codes


@dataclass
class Split:
    """The rows of a file by school: UAI code → CSV text of each sheet; the name the file gives; rows without code."""

    parts: dict[str, list[bytes]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    without: int = 0


def split_by_school(name: str, content: bytes, known: Container[str] = ()) -> Split:
    """Split a file by UAI code, or by the codes `known` here. Errors: CannotUse (unreadable file, no such column)."""
    parts = Split()
    recognise = partial(formats.count_known_headers, codes=list(formats.formats()))
    for sheet, rows in spreadsheets.read_sheets(name, content, recognise):
        cells = [tuple(row[f"c{i}"] or "" for i in range(len(sheet.header))) for row in rows]
        _split_sheet(sheet, cells, parts, known)
    if not parts.parts:
        what = _("Aucune colonne de ce fichier ne porte de codes UAI (sept chiffres et une lettre).")
        raise CannotUse(Problem(what, _("Ajouter une colonne UAI, ou envoyer un fichier par collège."), file=name))
    return parts


def _split_sheet(sheet: Sheet, rows: list[tuple[str, ...]], parts: Split, known: Container[str]) -> None:
    def school(text: str) -> str:
        """The code of a school that a cell holds, or an empty text."""
        code = text.strip().upper().replace(" ", "")
        return code if code and (code in known or UAI.match(code)) else ""

    counts = [sum(1 for row in rows[:SAMPLE] if school(row[i])) for i in range(len(sheet.header))]
    place = counts.index(max(counts))
    if not counts[place]:
        return
    try:
        places = formats.recognise_format(sheet.file, sheet.header, "auto", {}, sheet.header_line).places
    except CannotUse:
        places = {}
    by_school: dict[str, list[Sequence[str]]] = {}
    for row in rows:
        if code := school(row[place]):
            by_school.setdefault(code, [sheet.header]).append(row)
            if places.get("entity") and (name := row[places["entity"][0]].strip()):
                parts.names.setdefault(code, name[:200])
        elif any(row):
            parts.without += 1
    for code, own in by_school.items():
        parts.parts.setdefault(code, []).append(csv_text(own).encode())


def school_answers(campaign: Campaign, parts: Split, *, make: bool) -> tuple[dict[str, Answer], list[str]]:
    """The answers of the schools of a file, and the codes that no school has.

    `make`: those are made into schools, unless their letter is wrong.
    """
    with transaction.atomic():
        organisation = campaign.organisation
        known = {entity.uai: entity for entity in organisation.entities.filter(uai__in=list(parts.parts))}
        unknown = [code for code in parts.parts if code not in known]
        for code in [code for code in unknown if make and not uai_fault(code)]:
            name = parts.names.get(code) or _("Collège {code}").format(code=code)
            if organisation.entities.filter(path=name).exists():
                name = f"{name} ({code})"
            known[code] = Entity.objects.create(organisation=organisation, kind=Entity.SCHOOL, name=name, uai=code)
        return {code: campaign.answer_of(entity) for code, entity in known.items()}, unknown
