"""Plans as spreadsheets: import with a report, in the columns of Territoires en Transitions or others; export."""

import hashlib
import re
from contextlib import suppress
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from estran.common import vocabulary
from estran.common.language import _, ngettext
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import text_rows
from estran.importing import canonical
from estran.importing.column_maps import PLAN, ColumnMap, find_map
from estran.importing.formats import IGNORE, UNKNOWN_HEADERS
from estran.portal.collection import column_maps
from estran.portal.common import catalogue_rows, spreadsheets
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
from estran.portal.plan.models import Action, Ambition, Objective, PlanFile
from estran.portal.plan.votes import LABEL_TABLES

Row = dict[str, Any]
Cell = str | float | date
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
KINDS = {row["field"]: row["kind"] for row in text_rows("plan_columns")}
HEADERS = {row["field"]: row["header"] for row in text_rows("plan_columns")}
# The import model of Territoires en Transitions: its first line is a title, the second the headers, the third explains
# them (FIRST_DATA_ROW = 4 in its parser); the site refuses a file that is not laid out so.
MODEL_HEADERS = ["Axe (x)", "Sous-axe (x.x)", "Sous-sous axe (x.x.x)"]
MODEL_HEADER_LINE, MODEL_FIRST_LINE = 2, 4
BARE_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?")  # a number as a spreadsheet holds it, not a code like 0123
NOT_UNDERSTOOD = {"date": _("date non lue"), "number": _("montant non lu"), "status": _("statut inconnu"),
            "priority": _("priorité inconnue")}  # fmt: skip
NO_TITLE = _("ligne sans titre d’action : gardée et rendue à l’export")


def number_headers(headers: list[str]) -> list[str]:
    """The headers, with a number on those that come again: « Montant € HT », « Montant € HT (2) »."""
    counts: dict[str, int] = {}
    numbered = []
    for header in headers:
        counts[header] = counts.get(header, 0) + 1
        numbered.append(header if counts[header] == 1 else f"{header} ({counts[header]})")
    return numbered


def import_plan(access: Access, name: str, content: bytes) -> PlanFile:
    """Import a spreadsheet into the plan, whole or not at all; the same file twice counts once. Errors: CannotUse."""
    sha256 = hashlib.sha256(content).hexdigest()
    if known := access.of(PlanFile).filter(sha256=sha256).first():
        return known
    maps = column_maps.maps_for(access.organisation, table=PLAN)
    sheet, rows = spreadsheets.read_rows("plan_columns", name, content, maps)
    fields = spreadsheets.match_columns("plan_columns", sheet.header)
    if known := find_map(sheet.header, maps):
        fields = _chosen_fields(known, sheet.header, fields)
    if "title" not in fields.values():
        what = _("Aucune colonne ne donne le titre des actions.")
        remedy = _("Nommer une colonne « Titre de la fiche action », « Titre » ou « Action ».")
        raise CannotUse(Problem(what, remedy, file=name, line=sheet.header_line, code=UNKNOWN_HEADERS))
    first_line = first_data_line(sheet.header, sheet.header_line)
    with transaction.atomic():
        reader = _PlanReader(access, number_headers(sheet.header), fields)
        report = reader.read_rows([row for row in rows if row["line"] >= first_line])
        report |= {"fields": {str(place): field for place, field in fields.items()}}
        report |= {"header_line": sheet.header_line, "explained": sum(row["line"] < first_line for row in rows)}
        n = report["added"] + report["changed"]
        access.record(ngettext("a importé un plan ({n} action)", "a importé un plan ({n} actions)", n).format(n=n))
        return access.add(PlanFile, name=name[:200], sha256=sha256, headers=sheet.header, report=report)


def _chosen_fields(known: ColumnMap, header: list[str], fields: dict[int, str]) -> dict[int, str]:
    """The field of each column as a map says, and where it says nothing as its header does."""
    chosen = known.choose(header)
    named = {place: field for place, field in chosen.items() if field != IGNORE}
    others = {place: field for place, field in fields.items() if place not in chosen and field not in named.values()}
    return dict(sorted({**named, **others}.items()))


def first_data_line(headers: list[str], line: int) -> int:
    """The line of the first action: below the headers, and below their explanation in the import model."""
    model = line == MODEL_HEADER_LINE and headers[: len(MODEL_HEADERS)] == MODEL_HEADERS
    return MODEL_FIRST_LINE if model else line + 1


class _PlanReader:
    """Reads rows into actions, and reports what was understood."""

    def __init__(self, access: Access, headers: list[str], fields: dict[int, str]) -> None:
        self.access, self.headers, self.fields = access, headers, fields
        self.notes: list[Row] = []
        self.replaced: list[Row] = []  # values of actions that the file replaced
        self.entities = {vocabulary.text_key(row.name): row for row in access.of(Entity)}
        self.ambitions = {row.title: row for row in access.of(Ambition)}
        self.objectives = {
            (row.ambition.title if row.ambition else "", row.title): row
            for row in access.of(Objective).select_related("ambition")
        }
        self.actions = list(access.of(Action))
        self.met: list[Action] = []  # actions that already have a row

    def read_rows(self, rows: list[Row]) -> Row:
        added = changed = 0
        alone: list[dict[str, str]] = []
        for row in rows:
            cells = {place: (row.get(f"c{place}") or "").strip() for place in range(len(self.headers))}
            texts = {field: cells[place] for place, field in self.fields.items()}
            if not texts["title"]:
                if any(cells.values()):
                    alone.append({self.headers[place]: text for place, text in cells.items() if text})
                    self.add_note(row["line"], "", " ".join(filter(None, cells.values())), NO_TITLE)
                    self.find_objective(texts, {})
                continue
            action, new = self.find_action(texts)
            extra = {self.headers[place]: text for place, text in cells.items() if place not in self.fields and text}
            self.fill_action(action, texts, extra, row["line"])
            added, changed = added + new, changed + (not new)
        understood = [[self.headers[place], HEADERS[field]] for place, field in self.fields.items()]
        unknown = [header for place, header in enumerate(self.headers) if place not in self.fields and header]
        return {
            "added": added, "changed": changed, "alone": alone, "notes": self.notes, "understood": understood,
            "unknown": unknown, "replaced": self.replaced,
        }  # fmt: skip

    def find_action(self, texts: dict[str, str]) -> tuple[Action, bool]:
        """The action of a row: that of its code, else of its title, else a new one; no action has two rows."""
        code, title = texts.get("code", "")[:20], texts["title"][:300]
        for action in self.actions:
            same = action.code == code if code else action.title.casefold() == title.casefold()
            if same and action not in self.met:
                self.met.append(action)
                return action, False
        taken = {action.code for action in self.actions}
        code = code or next(f"P{n:02d}" for n in range(1, 10_000) if f"P{n:02d}" not in taken)
        new = Action(organisation=self.access.organisation, code=code, position=len(self.actions), version=0)
        self.actions.append(new)
        self.met.append(new)
        return new, True

    def fill_action(self, action: Action, texts: dict[str, str], extra: dict[str, str], line: int) -> None:
        """Fill in an action from a row; a text that its column cannot hold goes to `extra`, with a note."""
        for place, field in self.fields.items():
            text, column = texts[field], self.headers[place]
            if field in ("ambition", "objective", "directorate", "code"):
                continue
            value = parse_cell(KINDS[field], text)
            if text and value is None:
                self.add_note(line, column, text, NOT_UNDERSTOOD[KINDS[field]])
            before = _cell_text(_cell_of_field(action, field)) if action.pk else ""
            setattr(action, field, "" if value is None and KINDS[field] in LABEL_TABLES else value)
            after = _cell_text(_cell_of_field(action, field))
            if before and before != after:
                self.replaced.append({"what": str(action), "column": column, "before": before, "after": after})
            if text and after != text:
                extra[column] = text
        if directorate := texts.get("directorate"):
            action.entity = self.entities.get(vocabulary.text_key(directorate))
            if action.entity is None:
                extra[self.header_of("directorate")] = directorate
        action.objective = self.find_objective(texts, extra) or action.objective
        action.extra = extra
        action.version += 1
        action.changed_at, action.changed_by = timezone.now(), self.access.person
        action.save()

    def find_objective(self, texts: dict[str, str], extra: dict[str, str]) -> Objective | None:
        """The objective that a row names, under its ambition; an ambition alone goes to `extra`."""
        ambition, title = texts.get("ambition", ""), texts.get("objective", "")
        if ambition and ambition[:200] not in self.ambitions:
            self.ambitions[ambition[:200]] = Ambition.objects.create(
                organisation=self.access.organisation, title=ambition[:200], position=len(self.ambitions)
            )
        if ambition and not title:
            extra[self.header_of("ambition")] = ambition
        if not title:
            return None
        named = (ambition[:200], title[:200])
        if named not in self.objectives:
            self.objectives[named] = Objective.objects.create(
                organisation=self.access.organisation, title=title[:200], position=len(self.objectives),
                ambition=self.ambitions.get(ambition[:200]),
            )  # fmt: skip
        return self.objectives[named]

    def header_of(self, field: str) -> str:
        return self.headers[next(place for place, name in self.fields.items() if name == field)]

    def add_note(self, line: int, column: str, text: str, what: str) -> None:
        self.notes.append({"line": line, "column": column, "text": text[:200], "what": what})


def parse_cell(kind: str, text: str) -> Any:
    """The value of a cell, None when it is empty or not of this kind."""
    if kind == "list":
        return [item.strip() for item in re.split(r"[|,;\n]", text) if item.strip()]
    if kind == "text":
        return text
    if kind == "date":
        return canonical.read_day(text)
    if kind == "number":
        plain = re.sub(r"[\s\u00a0\u202f€]", "", text)
        return float(plain.replace(",", ".")) if NUMBER.fullmatch(plain) else None
    return catalogue_rows.codes_by_spelling(LABEL_TABLES[kind]).get(vocabulary.text_key(text))


def plan_table(access: Access) -> tuple[list[str], list[list[Cell]]]:
    """The plan as a table, one action a row: headers of the last file read, then ours, then those of other files.

    The rows of that file that are no action come last, as they were.
    """
    actions = list(access.of(Action).select_related("objective__ambition", "entity", "pilot"))
    last = access.of(PlanFile).first()
    headers = number_headers(last.headers) if last else list(HEADERS.values())
    fields = spreadsheets.match_columns("plan_columns", headers)
    if last and "fields" in last.report:  # a map may have said what its columns are
        fields = {int(place): field for place, field in last.report["fields"].items()}
    ours = [field for field in HEADERS if field not in fields.values()]
    places = {headers[place]: field for place, field in fields.items()} | {HEADERS[field]: field for field in ours}
    others = (name for action in actions for name in action.extra)
    headers = list(dict.fromkeys((*headers, *(HEADERS[field] for field in ours), *others)))
    rows = [[_cell_of_column(action, header, places.get(header)) for header in headers] for action in actions]
    alone = last.report.get("alone", []) if last else []
    return headers, rows + [[_parse_text(row.get(header, "")) for header in headers] for row in alone]


def _cell_of_column(action: Action, header: str, field: str | None) -> Cell:
    """The cell of an action in a column: the text that was imported, as long as it means the same."""
    original = action.extra.get(header, "")
    if field is None:
        return _parse_text(original)
    cell = _cell_of_field(action, field)
    if original and (cell == "" or parse_cell(KINDS[field], original) == getattr(action, field, None)):
        return _parse_text(original) if KINDS[field] in ("date", "number") else original
    return cell


def _cell_text(cell: Cell) -> str:
    """The text of a cell."""
    if isinstance(cell, float):
        return f"{cell:.15g}"
    return cell.isoformat() if isinstance(cell, date) else cell


def _parse_text(text: str) -> Cell:
    """The number or date that a text stands for, as a spreadsheet would hold it; any other text as it is."""
    if BARE_NUMBER.fullmatch(text):
        return float(text)
    with suppress(ValueError):
        return date.fromisoformat(text) if len(text) == len("2026-12-31") else text
    return text


def _cell_of_field(action: Action, field: str) -> Cell:
    """A field of an action as a cell."""
    objective = action.objective
    if field == "ambition":
        return objective.ambition.title if objective and objective.ambition else ""
    if field == "objective":
        return objective.title if objective else ""
    if field == "directorate":
        return action.entity.name if action.entity else ""
    if field == "pilot_name":
        return action.piloted_by
    value = getattr(action, field)
    if isinstance(value, list):
        return ", ".join(value)
    if field in LABEL_TABLES:
        return catalogue_rows.code_label(LABEL_TABLES[field], value) if value else ""
    return "" if value is None else value


def write_workbook(access: Access) -> bytes:
    """The plan as an XLSX file, laid out as the last file imported."""
    headers, rows = plan_table(access)
    last = access.of(PlanFile).first()
    line = last.report.get("header_line", 1) if last else 1
    first = first_data_line(last.headers, line) if last else line + 1
    title = _("Plan d’action")
    above: list[list[str]] = [[title], *[[]] * (line - 2)] if line > 1 else []
    lines: list[Any] = [*above, headers, *[[]] * (first - line - 1), *rows]
    return spreadsheets.write_workbook(title, lines, [22] * len(headers), frozen=(line, 0))
