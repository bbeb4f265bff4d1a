"""The charter of the fictional département, and the two passes of its diagnostic."""

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from weasyprint import HTML

from estran.demo.files import read_facts, read_layouts
from estran.portal.diagnostic import questionnaires
from estran.portal.diagnostic.models import (
    Charter,
    Diagnostic,
    Finding,
    Priority,
    Questionnaire,
    TargetProof,
    TargetReview,
)
from estran.portal.organisations.access import Access

YEARS = (2022, 2025)
# Between the passes, one question was reworded: the passes do not compare on it.
REWORDED = "Q53"
NEW_WORDS = "Un an après, l’effet réel d’un nouvel outil est-il vérifié avec ceux qui s’en servent\u00a0?"


def load_diagnostics(access: Access) -> None:
    """Load the charter and both passes."""
    _load_charter(access)
    for year in YEARS:
        _load_diagnostic(access, year)


def _load_charter(access: Access) -> None:
    facts = dict(read_layouts("approach")["charter"])
    name, page = facts.pop("file"), f"<h1>{facts['title']}</h1><p>Document d’une collectivité fictive.</p>"
    charter = Charter.objects.create(organisation=access.organisation, made_by=access.person, **facts)
    charter.store_document(name, HTML(string=page).write_pdf())
    for row in read_facts("charter_proofs"):
        TargetProof.objects.create(organisation=access.organisation, **row)
    for row in read_facts("charter_reviews"):
        TargetReview.objects.create(
            organisation=access.organisation, target=row["target"], year=int(row["year"]), done=row["done"] == "oui",
            why=row["why"], made_by=access.person,
        )  # fmt: skip


def _load_diagnostic(access: Access, year: int) -> None:
    version = questionnaires.current_version(access) if year == YEARS[0] else _adopt_reworded_question(access)
    workshops = [row for row in read_facts("workshops") if row["year"] == str(year)]
    diagnostic = Diagnostic.objects.create(
        organisation=access.organisation, questionnaire=version, year=year, made_by=access.person,
        started_on=date.fromisoformat(workshops[0]["date"]), ended_on=date.fromisoformat(workshops[-1]["date"]),
    )  # fmt: skip
    held_at = {row["workshop"]: moment(row["date"]) for row in workshops}
    questions = {question.code: question for question in version.questions.select_related("facet")}
    for row in (row for row in read_facts("diagnostic") if row["year"] == str(year)):
        question = questions[row["question"]]
        levels = {"importance": int(row["importance"]), "practice": int(row["practice"]) if row["practice"] else None}
        finding: dict[str, Any] = {f"filled_{name}": level for name, level in levels.items()} | {
            "evidence": row["said"]
        }
        if question.asked:
            finding = {f"agreed_{name}": level for name, level in levels.items()} | {"note": row["said"]}
            finding["settled_at"] = held_at[str(question.facet.workshop)]
        Finding.objects.create(diagnostic=diagnostic, question=question, **finding)
    for row in (row for row in read_facts("diagnostic_priorities") if row["year"] == str(year)):
        Priority.objects.create(diagnostic=diagnostic, rank=int(row["rank"]), target=row["target"])


def _adopt_reworded_question(access: Access) -> Questionnaire:
    question = questionnaires.current_version(access).questions.select_related("facet").get(code=REWORDED)
    questionnaires.write_question(access, REWORDED, question.facet.code, text=NEW_WORDS)
    version = questionnaires.adopt_draft(access)
    if version is None:
        raise ValueError("the reworded questions of the demonstration are at fault")
    return version


def moment(day: str) -> datetime:
    """When a workshop of a day takes place."""
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time(14)))
