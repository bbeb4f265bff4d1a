"""Plans as spreadsheets: Territoires en Transitions' columns and others in, with a report; out again without loss."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import duckdb
from django.db import transaction
from django.utils import timezone

from estran.common import files, vocabulary
from estran.common.language import _, ngettext
from estran.common.problems import CannotUse, Problem
from estran.importing import readers
from estran.portal.common import catalogue_rows
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity
from estran.portal.plan.models import Action, Ambition, Objective, PlanFile

Row = dict[str, Any]
Cell = str | float | date
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S")
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
KINDS = {row["field"]: row["kind"] for row in catalogue_rows.table_rows("plan_columns")}
HEADERS = {row["field"]: row["header"] for row in catalogue_rows.table_rows("plan_columns")}
# The import model of Territoires en Transitions: its first line is a title, the second the headers, the third explains
# them (FIRST_DATA_ROW = 4 in its parser); the site refuses a file that is not laid out so.
MODEL = ["Axe (x)", "Sous-axe (x.x)", "Sous-sous axe (x.x.x)"]
MODEL_HEADERS_ON, MODEL_STARTS_ON = 2, 4
BARE = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?")  # a number as a spreadsheet holds it, not a code like 0123
NOT_TEXT = {"date": _("date non lue"), "number": _("montant non lu"), "status": _("statut inconnu"),
            "priority": _("priorité inconnue")}  # fmt: skip
ALONE = _("ligne sans titre d’action : gardée et rendue à l’export")


def columns(headers: list[str]) -> dict[int, str]:
    """Place of a column → the field it holds; the first column that names a field holds it."""
    known, found = catalogue_rows.codes_by_spelling("plan_columns"), dict[int, str]()
    for place, header in enumerate(headers):
        field = known.get(vocabulary.text_key(header))
        if field and field not in found.values():
            found[place] = field
    return found


def names(headers: list[str]) -> list[str]:
    """The headers, one that comes again being numbered: « Montant € HT », « Montant € HT (2) »."""
    met: dict[str, int] = {}
    said = []
    for header in headers:
        met[header] = met.get(header, 0) + 1
        said.append(header if met[header] == 1 else f"{header} ({met[header]})")
    return said


def receive(access: Access, name: str, content: bytes) -> PlanFile:
    """Read a spreadsheet into the plan, whole or not at all; the same file again changes nothing. Errors: CannotUse."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name).name or "plan")
        path.write_bytes(content)
        sha256 = files.sha256(path)
        if known := access.of(PlanFile).filter(sha256=sha256).first():
            return known
        sheet = readers.read_sheet(path, lambda row: len(columns(row)), Path(folder))
        with duckdb.connect() as db:
            found = db.sql(f"SELECT * FROM {sheet.scan} ORDER BY line")
            rows = [dict(zip(found.columns, line, strict=True)) for line in found.fetchall()]
    fields = columns(sheet.header)
    if "title" not in fields.values():
        what = _("Aucune colonne ne donne le titre des actions.")
        remedy = _("Nommer une colonne « Titre de la fiche action », « Titre » ou « Action ».")
        raise CannotUse(Problem(what, remedy, file=name, line=sheet.header_line))
    begins = MODEL_STARTS_ON if is_model(sheet.header, sheet.header_line) else sheet.header_line + 1
    with transaction.atomic():
        report = _Reader(access, names(sheet.header), fields).read([row for row in rows if row["line"] >= begins])
        report |= {"header_line": sheet.header_line, "explained": sum(row["line"] < begins for row in rows)}
        n = report["made"] + report["changed"]
        access.record(ngettext("a importé un plan ({n} action)", "a importé un plan ({n} actions)", n).format(n=n))
        return PlanFile.objects.create(
            organisation=access.organisation, name=name[:200], sha256=sha256, headers=sheet.header, report=report,
            made_by=access.person,
        )  # fmt: skip


def is_model(headers: list[str], line: int) -> bool:
    """The file is laid out as the import model of Territoires en Transitions."""
    return line == MODEL_HEADERS_ON and headers[: len(MODEL)] == MODEL


class _Reader:
    """Reads rows into actions and notes what was understood."""

    def __init__(self, access: Access, headers: list[str], fields: dict[int, str]) -> None:
        self.access, self.headers, self.fields = access, headers, fields
        self.notes: list[Row] = []
        self.replaced: list[Row] = []  # what was there and is no more
        self.entities = {vocabulary.text_key(one.name): one for one in access.of(Entity)}
        self.ambitions = {one.title: one for one in access.of(Ambition)}
        self.objectives = {
            (one.ambition.title if one.ambition else "", one.title): one
            for one in access.of(Objective).select_related("ambition")
        }
        self.actions = list(access.of(Action))
        self.met: list[Action] = []  # those of a row already read

    def read(self, rows: list[Row]) -> Row:
        made = changed = 0
        alone: list[dict[str, str]] = []
        for row in rows:
            cells = {place: (row.get(f"c{place}") or "").strip() for place in range(len(self.headers))}
            given = {field: cells[place] for place, field in self.fields.items()}
            if not given["title"]:
                if any(cells.values()):
                    alone.append({self.headers[place]: text for place, text in cells.items() if text})
                    self.note(row["line"], "", " ".join(filter(None, cells.values())), ALONE)
                    self.objective(given, {})
                continue
            action, new = self.action(given)
            extra = {self.headers[place]: text for place, text in cells.items() if place not in self.fields and text}
            self.fill(action, given, extra, row["line"])
            made, changed = made + new, changed + (not new)
        understood = [[self.headers[place], HEADERS[field]] for place, field in self.fields.items()]
        kept = [header for place, header in enumerate(self.headers) if place not in self.fields and header]
        return {
            "made": made, "changed": changed, "alone": alone, "notes": self.notes, "understood": understood,
            "kept": kept, "replaced": self.replaced,
        }  # fmt: skip

    def action(self, given: dict[str, str]) -> tuple[Action, bool]:
        """The action of a row: that of its code, else of its title, else a new one; no action has two rows."""
        code, title = given.get("code", "")[:20], given["title"][:300]
        for one in self.actions:
            same = one.code == code if code else one.title.casefold() == title.casefold()
            if same and one not in self.met:
                self.met.append(one)
                return one, False
        taken = {one.code for one in self.actions}
        code = code or next(f"P{n:02d}" for n in range(1, 10_000) if f"P{n:02d}" not in taken)
        made = Action(organisation=self.access.organisation, code=code, position=len(self.actions), version=0)
        self.actions.append(made)
        self.met.append(made)
        return made, True

    def fill(self, action: Action, given: dict[str, str], extra: dict[str, str], line: int) -> None:
        """Put what was read in the action; a text that is not what its column holds is kept apart, and said."""
        for place, field in self.fields.items():
            text = given[field]
            if field in ("ambition", "objective", "directorate", "code"):
                continue
            value = understood(KINDS[field], text)
            if text and value is None:
                self.note(line, self.headers[place], text, NOT_TEXT[KINDS[field]])
            was = _read_back(_written(action, field)) if action.pk else ""
            setattr(action, field, _empty(KINDS[field]) if value is None else value)
            now = _read_back(_written(action, field))
            if was and was != now:
                column = self.headers[place]
                self.replaced.append({"what": str(action), "column": column, "before": was, "after": now})
            if text and _read_back(_written(action, field)) != text:
                extra[self.headers[place]] = text
        if directorate := given.get("directorate"):
            action.entity = self.entities.get(vocabulary.text_key(directorate))
            if action.entity is None:
                extra[self.header("directorate")] = directorate
        action.objective = self.objective(given, extra) or action.objective
        action.extra = extra
        action.version += 1
        action.changed_at, action.changed_by = timezone.now(), self.access.person
        action.save()

    def objective(self, given: dict[str, str], extra: dict[str, str]) -> Objective | None:
        """The objective named by the row, under the ambition it names; an ambition alone is kept beside the action."""
        ambition, title = given.get("ambition", ""), given.get("objective", "")
        if ambition and ambition[:200] not in self.ambitions:
            self.ambitions[ambition[:200]] = Ambition.objects.create(
                organisation=self.access.organisation, title=ambition[:200], position=len(self.ambitions)
            )
        if ambition and not title:
            extra[self.header("ambition")] = ambition
        if not title:
            return None
        named = (ambition[:200], title[:200])
        if named not in self.objectives:
            self.objectives[named] = Objective.objects.create(
                organisation=self.access.organisation, title=title[:200], position=len(self.objectives),
                ambition=self.ambitions.get(ambition[:200]),
            )  # fmt: skip
        return self.objectives[named]

    def header(self, field: str) -> str:
        return self.headers[next(place for place, name in self.fields.items() if name == field)]

    def note(self, line: int, column: str, text: str, what: str) -> None:
        self.notes.append({"line": line, "column": column, "text": text[:200], "what": what})


def understood(kind: str, text: str) -> Any:
    """The value of a cell, None when it is empty or not of this kind."""
    if kind == "list":
        return [one.strip() for one in re.split(r"[|,;\n]", text) if one.strip()]
    if kind == "text":
        return text
    if kind == "date":
        return next(_dates(text), None)
    if kind == "number":
        plain = re.sub(r"[\s\u00a0\u202f€]", "", text)
        return float(plain.replace(",", ".")) if NUMBER.fullmatch(plain) else None
    return catalogue_rows.codes_by_spelling({"status": "action_statuses", "priority": "action_priorities"}[kind]).get(
        vocabulary.text_key(text)
    )


def _dates(text: str) -> Iterator[date]:
    for form in DATES:
        try:
            yield datetime.strptime(text, form).date()
        except ValueError:
            continue


def _empty(kind: str) -> Any:
    return {"list": [], "date": None, "number": None}.get(kind, "")


def table(access: Access) -> tuple[list[str], list[list[Cell]]]:
    """The plan as a table, one action a row: headers of the last file read, then ours, then those of other files.

    The rows of that file that are no action come last, as they were.
    """
    actions = list(access.of(Action).select_related("objective__ambition", "entity", "pilot"))
    last = access.of(PlanFile).first()
    headers = names(last.headers) if last else list(HEADERS.values())
    fields = columns(headers)
    ours = [field for field in HEADERS if field not in fields.values()]
    others = dict.fromkeys(name for action in actions for name in action.extra if name not in headers)
    others = dict.fromkeys(name for name in others if name not in {HEADERS[field] for field in ours})
    places = {headers[place]: field for place, field in fields.items()} | {HEADERS[field]: field for field in ours}
    headers = [*headers, *(HEADERS[field] for field in ours), *others]
    rows: list[list[Cell]] = [[_cell(action, header, places.get(header)) for header in headers] for action in actions]
    alone = last.report.get("alone", []) if last else []
    return headers, rows + [[_typed(row.get(header, "")) for header in headers] for row in alone]


def _cell(action: Action, header: str, field: str | None) -> Cell:
    """What a column of a file says of an action: the very text that was read while it still says the same."""
    raw = action.extra.get(header, "")
    if field is None:
        return _typed(raw)
    written = _written(action, field)
    if raw and (written == "" or understood(KINDS[field], raw) == getattr(action, field, None)):
        return _typed(raw) if KINDS[field] in ("date", "number") else raw
    return written


def _read_back(cell: Cell) -> str:
    """The text that a cell is read as."""
    if isinstance(cell, float):
        return f"{cell:.15g}"
    return cell.isoformat() if isinstance(cell, date) else cell


def _typed(text: str) -> Cell:
    """A number or a date of a spreadsheet, which was read as a text, as it was; any other text as it is."""
    if BARE.fullmatch(text):
        return float(text)
    try:
        return date.fromisoformat(text) if len(text) == len("2026-12-31") else text
    except ValueError:
        return text


def _written(action: Action, field: str | None) -> Cell:
    """A field of an action as a cell; nothing for a column of another file."""
    objective = action.objective
    if field is None:
        return ""
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
    if field in ("status", "priority"):
        return (action.status_said if field == "status" else action.priority_said) if value else ""
    return "" if value is None else value


def workbook(access: Access) -> bytes:
    """The plan as an XLSX file."""
    import xlsxwriter

    headers, rows = table(access)
    last = access.of(PlanFile).first()
    line = last.report.get("header_line", 1) if last else 1
    first = MODEL_STARTS_ON if last and is_model(last.headers, line) else line + 1
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True, "strings_to_formulas": False}) as book:
        title = _("Plan d’action")
        sheet = book.add_worksheet(title)
        bold, day = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.freeze_panes(line, 0)
        sheet.set_column(0, len(headers) - 1, 22)
        if line > 1:
            sheet.write_string(0, 0, title, bold)
        sheet.write_row(line - 1, 0, headers, bold)
        for number, row in enumerate(rows, first - 1):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, datetime.combine(cell, time()), day)
                elif isinstance(cell, str):
                    sheet.write_string(number, place, cell)
                else:
                    sheet.write_number(number, place, cell)
    return packed.getvalue()
