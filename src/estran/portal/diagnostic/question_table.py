"""The questions of a version as one table, out in CSV or XLSX, and back into the draft: whole, or not at all."""

import re
from typing import Any

from django.db import transaction

from estran.common import vocabulary
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import text_rows
from estran.portal.common import spreadsheets
from estran.portal.common.views import whole_number
from estran.portal.diagnostic import questionnaires
from estran.portal.diagnostic.models import LEVELS, Questionnaire
from estran.portal.organisations.access import Access

COLUMNS = {row["field"]: row for row in text_rows("diagnostic_columns")}
CODE_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,7}")
BLANKS = re.compile(r"[ \t\r\n]+")  # and not the no-break space, which belongs to the words of a question
Cells = dict[str, str]


def table_of_questions(version: Questionnaire) -> list[list[str]]:
    """The headers, then one row a question; each repeats the name and the workshop of its facet."""
    lines = [[row["header"] for row in COLUMNS.values()]]
    for question in version.questions.select_related("facet").order_by("facet__workshop", "facet__code", "code"):
        cells: dict[str, Any] = {
            "code": question.code, "workshop": question.facet.workshop, "facet": question.facet.code,
            "facet_label": question.facet.label, "text": question.text, "evidence": question.evidence,
            "targets": "|".join(question.targets), "indicator": question.indicator, "minutes": question.minutes,
            "asked": _("oui") if question.asked else _("non"),
        }  # fmt: skip
        cells |= {f"level_{level}": text for level, text in enumerate(question.levels)}
        lines.append([str(cells[field]) for field in COLUMNS])
    return lines


def write_workbook(version: Questionnaire) -> bytes:
    """The table as an XLSX, the header frozen, long texts wrapped."""
    widths = [36 if int(row["most"]) >= 200 else 14 for row in COLUMNS.values()]
    return spreadsheets.write_workbook(_("Questions"), table_of_questions(version), widths, frozen=(1, 1))


def import_table(access: Access, name: str, content: bytes) -> list[str]:
    """Replace the draft by a table; the headers that were not recognised. Errors: CannotUse, all problems at once."""
    sheet, lines = spreadsheets.read_rows("diagnostic_columns", name, content)
    fields = spreadsheets.match_columns("diagnostic_columns", sheet.header)
    absent = [row for field, row in COLUMNS.items() if row["required"] == "yes" and field not in fields.values()]
    if absent:
        what, remedy = _("La colonne manque."), _("Repartir du tableau exporté, ou ajouter cette colonne.")
        raise CannotUse(*(Problem(what, remedy, name, sheet.header_line, row["header"]) for row in absent))
    rows = [
        (int(line["line"]), {field: BLANKS.sub(" ", line[f"c{place}"] or "") for place, field in fields.items()})
        for line in lines
    ]
    reader = _TableReader(
        name, [(line, dict.fromkeys(COLUMNS, "") | cells) for line, cells in rows if any(cells.values())]
    )
    if reader.problems:
        raise CannotUse(*sorted(reader.problems, key=lambda problem: problem.line or 0))
    facets = [
        {"code": code, "workshop": int(cells["workshop"]), "label": cells["facet_label"]}
        for code, cells in reader.facets.items()
    ]
    with transaction.atomic():
        draft = questionnaires.open_draft(access)
        draft.questions.all().delete()
        draft.facets.all().delete()
        questionnaires.fill_version(draft, facets, [row for row in reader.questions if row["code"]])
        for values in reader.questions:
            if not values["code"]:
                questionnaires.write_question(access, **values | {"code": questionnaires.next_free_code(access)})
        access.record(_("a remplacé le brouillon de questions par un tableau ({n})").format(n=len(reader.questions)))
    return [header for place, header in enumerate(sheet.header) if header and place not in fields]


class _TableReader:
    """Reads rows into questions and facets, and gathers every problem with its line and column."""

    def __init__(self, name: str, rows: list[tuple[int, Cells]]) -> None:
        self.name, self.problems = name, list[Problem]()
        self.facets: dict[str, dict[str, Any]] = {}  # by code, as their first rows give them
        self.questions: list[dict[str, Any]] = []
        codes: set[str] = set()
        if not rows:
            self.refuse(1, "text", "", _("Aucune question."), _("Donner une question par ligne."))
        for line, cells in rows:
            self.check_texts(line, cells)
            code = cells["code"]
            if code in codes:
                self.refuse(line, "code", code, _("Code déjà pris."), _("Donner un code à chaque question, ou aucun."))
            codes |= {code} - {""}
            self.read_facet(line, cells)
            self.questions.append(self.question_values(line, cells))

    def refuse(self, line: int, field: str, value: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(what, remedy, self.name, line, COLUMNS[field]["header"], value[:80]))

    def check_texts(self, line: int, cells: Cells) -> None:
        """Check the texts of a row: filled in when required, not too long, and codes that are codes."""
        for field, value in cells.items():
            most = int(COLUMNS[field]["most"])
            if not value and COLUMNS[field]["required"] == "yes":
                self.refuse(line, field, value, _("Cellule vide."), _("Remplir cette cellule."))
            if len(value) > most:
                what = _("{n} caractères, {most} au plus.").format(n=len(value), most=most)
                self.refuse(line, field, value, what, _("Raccourcir le texte."))
            if field in ("code", "facet") and value and not CODE_PATTERN.fullmatch(value):
                remedy = _("Écrire des lettres sans accent, des chiffres ou un tiret, huit au plus.")
                self.refuse(line, field, value, _("Ce n’est pas un code."), remedy)

    def read_facet(self, line: int, cells: Cells) -> None:
        """Read the facet of a row: it has one name and one workshop, the same on each of its rows."""
        if cells["workshop"] and cells["workshop"] not in map(str, questionnaires.WORKSHOPS):
            self.refuse(line, "workshop", cells["workshop"], _("Atelier inconnu."), _("Écrire 1, 2 ou 3."))
        first = self.facets.setdefault(cells["facet"], cells)
        for field in ("workshop", "facet_label"):
            if cells[field] and first[field] != cells[field]:
                what = _("La facette {code} dit plus haut « {first} ».").format(code=cells["facet"], first=first[field])
                self.refuse(line, field, cells[field], what, _("Écrire la même chose, ou donner un autre code."))

    def question_values(self, line: int, cells: Cells) -> dict[str, Any]:
        """Read the fields of a question."""
        targets = [code.strip() for code in re.split(r"[|,;]", cells["targets"]) if code.strip()]
        known = {row["code"] for row in text_rows("charter_targets")}
        for target in targets:
            if target not in known:
                remedy = _("Prendre un code de la grille de la charte, par exemple ONR-1.2, ou laisser vide.")
                self.refuse(line, "targets", target, _("Cible inconnue."), remedy)
        if cells["indicator"] and cells["indicator"] not in {row["code"] for row in text_rows("indicators")}:
            remedy = _("Prendre le code d’un indicateur du catalogue, ou laisser vide.")
            self.refuse(line, "indicator", cells["indicator"], _("Indicateur inconnu."), remedy)
        minutes = whole_number(cells["minutes"] or "1")
        if not 1 <= minutes <= 60:
            self.refuse(
                line, "minutes", cells["minutes"], _("Ce n’est pas un temps."), _("Écrire des minutes, de 1 à 60.")
            )
        asked = vocabulary.written_forms()["boolean"].get(vocabulary.text_key(cells["asked"]), "")
        if cells["asked"] and not asked:
            self.refuse(line, "asked", cells["asked"], _("Ni oui ni non."), _("Écrire oui ou non."))
        copied = ("code", "facet", "text", "evidence", "indicator")
        return {name: cells[name] for name in copied} | {
            "levels": [cells[f"level_{level}"] for level in range(LEVELS)], "targets": targets,
            "minutes": minutes, "asked": asked == "true",
        }  # fmt: skip
