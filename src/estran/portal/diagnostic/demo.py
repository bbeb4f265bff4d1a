"""The approach of the fictional département: its charter, two passes of the diagnostic."""

from __future__ import annotations

import hashlib
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
# Between the passes, one question was said in other words: it no longer compares.
REWORDED = ("Q53", "Un an après, l’effet réel d’un nouvel outil est-il vérifié avec ceux qui s’en servent\u00a0?")


def load(access: Access) -> None:
    """Write it all."""
    _charter(access)
    for year in YEARS:
        _pass(access, year)


def _charter(access: Access) -> None:
    said = dict(read_layouts("approach")["charter"])
    name, page = said.pop("file"), f"<h1>{said['title']}</h1><p>Document d’une collectivité fictive.</p>"
    content = HTML(string=page).write_pdf()
    made = Charter.objects.create(
        organisation=access.organisation, made_by=access.person, file_name=name,
        sha256=hashlib.sha256(content).hexdigest(), **said,
    )  # fmt: skip
    made.document.parent.mkdir(parents=True, exist_ok=True)
    made.document.write_bytes(content)
    for row in read_facts("charter_proofs"):
        TargetProof.objects.create(organisation=access.organisation, **row)
    for row in read_facts("charter_reviews"):
        TargetReview.objects.create(
            organisation=access.organisation, target=row["target"], year=int(row["year"]), done=row["done"] == "oui",
            why=row["why"], made_by=access.person,
        )  # fmt: skip


def _pass(access: Access, year: int) -> None:
    version = questionnaires.latest(access) if year == YEARS[0] else _reworded(access)
    rooms = [row for row in read_facts("workshops") if row["year"] == str(year)]
    made = Diagnostic.objects.create(
        organisation=access.organisation, questionnaire=version, year=year, made_by=access.person,
        started_on=date.fromisoformat(rooms[0]["date"]), ended_on=date.fromisoformat(rooms[-1]["date"]),
    )  # fmt: skip
    held = {row["workshop"]: moment(row["date"]) for row in rooms}
    questions = {question.code: question for question in version.questions.select_related("facet")}
    for row in (row for row in read_facts("diagnostic") if row["year"] == str(year)):
        question = questions[row["question"]]
        value = {"importance": int(row["importance"]), "practice": int(row["practice"]) if row["practice"] else None}
        given: dict[str, Any] = {f"filled_{name}": one for name, one in value.items()} | {"evidence": row["said"]}
        if question.asked:
            given = {f"agreed_{name}": one for name, one in value.items()} | {"note": row["said"]}
            given["settled_at"] = held[str(question.facet.workshop)]
        Finding.objects.create(diagnostic=made, question=question, **given)
    for row in (row for row in read_facts("diagnostic_priorities") if row["year"] == str(year)):
        Priority.objects.create(diagnostic=made, rank=int(row["rank"]), target=row["target"])


def _reworded(access: Access) -> Questionnaire:
    code, text = REWORDED
    question = questionnaires.latest(access).questions.select_related("facet").get(code=code)
    questionnaires.write(access, code, question.facet.code, text=text)
    version = questionnaires.adopt(access)
    if version is None:
        raise ValueError("the reworded questions of the demonstration are at fault")
    return version


def moment(day: str) -> datetime:
    """When a workshop of a day takes place."""
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time(14)))
