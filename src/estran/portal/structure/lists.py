"""Lists of entities: an extract of the Annuaire de l’éducation, a spreadsheet, lines pasted; compared, taken in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.db import transaction

from estran.common.bounded import call_bounded
from estran.common.files import csv_text
from estran.common.language import _
from estran.common.problems import Problem
from estran.common.shipped import row_labels
from estran.common.vocabulary import text_key
from estran.importing import canonical
from estran.importing.column_maps import ColumnMap
from estran.importing.recognition.header_guesses import Proposal
from estran.portal.common import storage
from estran.portal.common.catalogue_rows import codes_by_spelling
from estran.portal.organisations.access import Access
from estran.portal.organisations.identifiers import compact_code, uai_fault
from estran.portal.organisations.models import Entity, Organisation
from estran.portal.structure import entities
from estran.portal.structure.models import ReceivedList

TABLE = "entities"
UAI = re.compile(r"\b\d{7}\s?[A-Za-z]\b")
NEW, CHANGED, SAME, WRONG = "new", "changed", "same", "wrong"


@dataclass(frozen=True)
class Line:
    """A row of a list: what it gives, the entity it is of, what would change, what is wrong."""

    number: int
    given: Mapping[str, Any]
    entity: Entity | None
    changes: tuple[str, ...]
    fault: str

    @property
    def state(self) -> str:
        """new, changed, same or wrong."""
        if self.fault:
            return WRONG
        return NEW if self.entity is None else CHANGED if self.changes else SAME

    @property
    def state_label(self) -> str:
        """The state in words, with what would change."""
        words = {NEW: _("à ajouter"), SAME: _("déjà là"), CHANGED: ", ".join(self.changes), WRONG: self.fault}
        return words[self.state]


def keep_file(access: Access, given: Any, *, schools: bool) -> ReceivedList:
    """Keep a file that was sent."""
    name = storage.clean_file_name(given.name)
    sha256, _folder = storage.keep_folder(
        lambda new: FileSystemStorage(new).save(name, given), "uploads", access.organisation.pk
    )
    return access.add(ReceivedList, file=f"{sha256}/{name}", schools=schools)


def keep_text(access: Access, text: str, *, schools: bool) -> ReceivedList:
    """Keep lines that were pasted: copied from a spreadsheet, or written one entity a line."""
    name, content = _("lignes collées") + ".csv", csv_text(pasted_rows(text, schools=schools)).encode()
    sha256, _folder = storage.keep_folder(
        lambda new: (new / name).write_bytes(content), "uploads", access.organisation.pk
    )
    return access.add(ReceivedList, file=f"{sha256}/{name}", schools=schools)


def pasted_rows(text: str, *, schools: bool) -> list[list[str]]:
    """The rows of pasted lines, headers first: those of the text, else UAI, name and town by what cells look like."""
    lines = [line for line in text.splitlines() if line.strip()]
    sign = next((sign for sign in "\t;" if any(sign in line for line in lines)), "," if schools else "\n")
    rows = [[cell.strip(' "') for cell in line.split(sign)] for line in lines]
    known = {text_key(one) for one in ("uai", "name", "nom", "commune", "nom_etablissement", "etablissement", "sorte")}
    if rows and known & {text_key(cell) for cell in rows[0]}:
        return rows
    made = [["UAI", "Nom", "Commune"]]
    for cells in rows:
        whole = " ".join(cells)
        code = UAI.search(whole)
        left = [UAI.sub("", cell).strip(" -–,") for cell in cells]
        left = [cell for cell in left if cell]
        made.append([code[0] if code else "", left[0] if left else "", left[1] if len(left) > 1 else ""])
    return made


def map_of(proposal: Proposal) -> ColumnMap | None:
    """The map of a list whose headers say word for word what names an entity; None when a person must say it."""
    sure = {one.column for one in proposal.guesses if one.sure}
    return proposal.map if "name" in sure else None


def keep_columns(received: ReceivedList, columns: ColumnMap) -> None:
    """Note what the columns of a list are."""
    received.columns = asdict(columns)
    received.save(update_fields=["columns"])


def read_lines(received: ReceivedList) -> tuple[list[Line], list[Problem]]:
    """The rows of a list beside the entities there are, and the faults of those that could not be read."""
    column_map = ColumnMap(**received.columns)
    read = partial(canonical.read_small_table, maps=[column_map])
    table, problems = call_bounded(received.path.name, read, received.path, TABLE)
    known = list(received.organisation.entities.select_related("parent").prefetch_related("successors"))
    by_uai = {one.uai: one for one in known if one.uai}
    by_name: dict[str, Entity] = {}
    for one in known:
        for text in (*one.former_paths, one.path, one.name):
            by_name[text_key(text)] = one
    seen: set[str] = set()
    lines = []
    for number, row in enumerate(table.to_pylist()):
        given = {name: value for name, value in row.items() if value not in (None, "")}
        given["uai"] = compact_code(given.get("uai", ""))
        named = by_name.get(text_key(given["name"]))
        if named and given["uai"] and named.uai and named.uai != given["uai"]:
            named = None  # two schools of one name
        entity = by_uai.get(given["uai"]) or named
        fault = uai_fault(given["uai"]) if given["uai"] else ""
        key = given["uai"] or text_key(given["name"])
        if key in seen:
            fault = fault or _("deux fois dans la liste")
        seen.add(key)
        lines.append(Line(number, given, entity, tuple(_changes(entity, given)) if entity else (), fault))
    return lines, problems


def _changes(entity: Entity, given: Mapping[str, Any]) -> Iterable[str]:
    if given["name"] != entity.name and text_key(given["name"]) != text_key(entity.path):
        yield _("s’appellera {name}").format(name=given["name"])
    if given["uai"] and given["uai"] != entity.uai:
        yield _("UAI {uai}").format(uai=given["uai"])
    if given.get("town") and given["town"] != entity.town:
        yield _("commune : {town}").format(town=given["town"])
    if (owner := _owner(given)) and owner != entity.owner:
        yield _("propriétaire : {owner}").format(owner=row_labels("owners")[owner])
    if given.get("closed_on") and given["closed_on"] != entity.closed_on:
        yield _("fermera le {day}").format(day=f"{given['closed_on']:%d/%m/%Y}")
    if given.get("successors") and given["successors"] != entities.successors_text(entity):
        yield _("deviendra {names}").format(names=given["successors"].replace("|", ", "))
    if given.get("parent") and given["parent"] != (entity.parent.name if entity.parent else ""):
        yield _("fera partie de {name}").format(name=given["parent"])


def _owner(given: Mapping[str, Any]) -> str:
    return codes_by_spelling("owners").get(text_key(given.get("owner", "")), "")


def is_usual(line: Line, school_type: str) -> bool:
    """A row that an authority of this kind takes at once: its kind of school, public, open."""
    sector, state = text_key(line.given.get("sector", "")), text_key(line.given.get("state", ""))
    its_type = text_key(line.given.get("type", ""))
    fits = not school_type or not its_type or its_type.startswith(text_key(school_type))
    return line.state in (NEW, CHANGED) and fits and sector in ("", "public") and not state.startswith("ferme")


def take_in(organisation: Organisation, lines: Iterable[Line]) -> int:
    """Create, rename, close, merge or split what the rows say; how many entities were touched."""
    done, later = 0, []
    with transaction.atomic():
        for line in lines:
            if line.state in (WRONG, SAME):
                continue
            entity = line.entity or _new_entity(organisation, line.given)
            _update(entity, line.given)
            done += 1
            if line.given.keys() & {"parent", "successors", "closed_on"}:
                later.append((entity, line.given))
        for entity, given in later:  # once all are there
            _place(entity, given)
    return done


def _new_entity(organisation: Organisation, given: Mapping[str, Any]) -> Entity:
    kind = entities.kind_of(given.get("type", "") or given["name"], given["uai"])
    apart = given.get("town") or given["uai"]
    return Entity.objects.create(
        organisation=organisation, name=given["name"][:200], kind=kind,
        path=entities.free_path(organisation, given["name"][:200], apart), opened_on=None,
    )  # fmt: skip


def _update(entity: Entity, given: Mapping[str, Any]) -> None:
    entity.uai = given["uai"] or entity.uai
    entity.town = given.get("town", entity.town)[:100]
    entity.owner = _owner(given) or entity.owner
    entity.save()
    if text_key(given["name"]) != text_key(entity.path):
        entities.rename_entity(entity, given["name"][:200], entity.parent)


def _place(entity: Entity, given: Mapping[str, Any]) -> None:
    entity.refresh_from_db()
    parent = entities.find_entity(entity.organisation, given["parent"]) if given.get("parent") else None
    if parent and not entity.holds(parent.path):
        entities.rename_entity(entity, entity.name, parent)
    names = [name.strip() for name in given.get("successors", "").split("|") if name.strip()]
    closed: date | None = given.get("closed_on")
    if closed and names:
        entities.split_entity(entity, closed, names)
    elif closed:
        entities.close_entity(entity, closed, list(entity.successors.all()))
