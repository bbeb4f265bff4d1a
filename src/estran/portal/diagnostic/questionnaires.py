"""The questions of an authority: those of the catalogue first, then its own versions, each prepared as a draft.

A version never changes. What is edited is the draft of the next one, a single one at a time; it becomes a version when
nothing in it is at fault.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from estran.common.language import _, ngettext
from estran.portal.common.catalogue_rows import rows
from estran.portal.diagnostic.models import ASKED, LEVELS, Facet, Question, Questionnaire
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation

KEPT = ("code", "text", "levels", "evidence", "targets", "indicator", "minutes", "asked")
WORKSHOPS = (1, 2, 3)
MOST_QUESTIONS = 120  # more than three workshops can speak of, and than one page can show


def latest(access: Access) -> Questionnaire:
    """The version in force; the first one is what the catalogue proposes."""
    return versions(access).first() or _from_catalogue(access)


def versions(access: Access) -> Any:
    """Every version, the one in force first."""
    return access.of(Questionnaire).filter(adopted_at__isnull=False)


def draft(access: Access) -> Questionnaire | None:
    """The draft of the next version, if one is open."""
    return access.of(Questionnaire).filter(adopted_at=None).first()


@transaction.atomic
def open_draft(access: Access) -> Questionnaire:
    """The draft of the next version; without one, a copy of the version in force."""
    latest(access)
    Organisation.objects.select_for_update().get(pk=access.organisation.pk)
    if known := draft(access):
        return known
    old = latest(access)
    made = Questionnaire.objects.create(
        organisation=access.organisation, number=old.number + 1, made_by=access.person, adopted_at=None
    )
    facets = {
        facet.pk: Facet.objects.create(questionnaire=made, code=facet.code, workshop=facet.workshop, label=facet.label)
        for facet in old.facets.all()
    }
    for question in old.questions.all():
        values = {name: getattr(question, name) for name in KEPT}
        Question.objects.create(
            organisation=access.organisation, questionnaire=made, facet=facets[question.facet_id], **values
        )
    return made


@transaction.atomic
def write(access: Access, code: str, facet: str, **values: Any) -> Question:
    """Write a question of the draft under its code, a new one if none has it; `facet` is the code of a facet."""
    within = open_draft(access)
    question = within.questions.filter(code=code).first() or Question(
        organisation=access.organisation, questionnaire=within, code=code
    )
    question.questionnaire, question.facet = within, within.facets.get(code=facet)
    for name, value in values.items():
        setattr(question, name, value)
    question.save()
    return question


def remove(access: Access, code: str) -> None:
    """Take a question out of the draft."""
    open_draft(access).questions.filter(code=code).delete()


def free_code(access: Access) -> str:
    """A code that no version gave: a question keeps its own for ever."""
    numbers = re.findall(r"\bQ(\d+)\b", " ".join(access.of(Question).values_list("code", flat=True)))
    return f"Q{max(map(int, numbers), default=0) + 1:02d}"


def faults(version: Questionnaire) -> list[str]:
    """What keeps a draft from becoming a version, all at once, with what to do."""
    questions = list(version.questions.select_related("facet"))
    said = []
    for workshop, n in asked(version).items():
        if n > ASKED:
            text = ngettext(
                "Atelier {workshop} : {n} question en salle. Il en faut {most} : remplissez-en {gap} d’avance.",
                "Atelier {workshop} : {n} questions en salle. Il en faut {most} : remplissez-en {gap} d’avance.",
                n,
            )
        elif n < ASKED:
            text = ngettext(
                "Atelier {workshop} : {n} question en salle. Il en faut {most} : posez-en {gap} de plus.",
                "Atelier {workshop} : {n} questions en salle. Il en faut {most} : posez-en {gap} de plus.",
                n,
            )
        else:
            continue
        said.append(text.format(workshop=workshop, n=n, most=ASKED, gap=abs(n - ASKED)))
    for text, n in Counter(question.text for question in questions).items():
        if n > 1:
            twice = ", ".join(question.code for question in questions if question.text == text)
            said.append(_("{codes} : la même question est posée deux fois. Gardez-en une.").format(codes=twice))
    used = {question.facet_id for question in questions}
    for facet in version.facets.all():
        if facet.pk not in used:
            what = _("La facette « {label} » n’a aucune question : donnez-lui en une, ou videz son nom.")
            said.append(what.format(label=facet.label))
    if len(questions) > MOST_QUESTIONS:
        what = _("{n} questions : plus que les {most} dont trois ateliers peuvent parler. Retirez-en.")
        said.append(what.format(n=len(questions), most=MOST_QUESTIONS))
    return said


def asked(version: Questionnaire) -> dict[int, int]:
    """How many questions each workshop asks on phones."""
    counted = Counter(version.questions.filter(asked=True).values_list("facet__workshop", flat=True))
    return {workshop: counted[workshop] for workshop in WORKSHOPS}


@transaction.atomic
def adopt(access: Access) -> Questionnaire | None:
    """Make the draft the version in force; None, and nothing changes, without a draft or with a fault."""
    made = access.of(Questionnaire).select_for_update().filter(adopted_at=None).first()
    if made is None or faults(made):
        return None
    made.adopted_at = timezone.now()
    made.save()
    return made


@dataclass(frozen=True)
class Change:
    """A question that differs between two versions: what is said of it, and whether passes still compare it."""

    code: str
    text: str
    said: str
    compares: bool


def changes(old: Questionnaire, new: Questionnaire) -> list[Change]:
    """What a version changes in the one before, question by question."""
    before = {question.code: question for question in old.questions.select_related("facet")}
    after = {question.code: question for question in new.questions.select_related("facet")}
    found = []
    for code in sorted(before | after):
        was, now = before.get(code), after.get(code)
        if now is None and was:
            found.append(Change(code, was.text, _("retirée"), False))
        elif was is None and now:
            found.append(Change(code, now.text, _("ajoutée"), False))
        elif was and now and (said := _differences(was, now)):
            found.append(Change(code, now.text, ", ".join(said), was.fingerprint == now.fingerprint))
    return found


def _differences(was: Question, now: Question) -> list[str]:
    said = []
    if was.text != now.text:
        said.append(_("question reformulée"))
    if was.levels != now.levels:
        said.append(_("niveaux reformulés"))
    if was.asked != now.asked:
        said.append(_("posée en salle") if now.asked else _("remplie d’avance"))
    if (was.facet.code, was.facet.workshop) != (now.facet.code, now.facet.workshop):
        said.append(_("change de facette ou d’atelier"))
    if any(getattr(was, name) != getattr(now, name) for name in ("evidence", "targets", "indicator", "minutes")):
        said.append(_("preuve, cibles, indicateur ou minutes"))
    return said


@transaction.atomic
def _from_catalogue(access: Access) -> Questionnaire:
    organisation = Organisation.objects.select_for_update().get(pk=access.organisation.pk)
    if known := versions(access).first():
        return known
    made = Questionnaire.objects.create(organisation=organisation, number=1, made_by=access.person)
    facets = {
        row["facet"]: Facet.objects.create(
            questionnaire=made, code=row["facet"], workshop=int(row["workshop"]), label=row["label_fr"]
        )
        for row in rows("diagnostic_facets")
    }
    for row in rows("diagnostic"):
        Question.objects.create(
            organisation=organisation,
            questionnaire=made,
            facet=facets[row["facet"]],
            code=row["code"],
            text=row["question_fr"],
            levels=[row[f"level_{level}_fr"] for level in range(LEVELS)],
            evidence=row["evidence_fr"],
            targets=row["charter_targets"].split("|"),
            indicator=row["indicator"],
            minutes=int(row["minutes"]),
            asked=row["ask_in_workshop"] == "yes",
        )
    made.adopted_at = timezone.now()
    made.save()
    return made
