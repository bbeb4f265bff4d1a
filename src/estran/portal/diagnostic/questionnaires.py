"""Versions of the questions of an authority: the first is that of the catalogue, each next one is prepared as a draft.

An adopted version never changes. There is one draft at a time; it can be adopted once nothing in it is wrong.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from estran.common.language import _, ngettext
from estran.common.shipped import text_rows
from estran.portal.diagnostic.models import ASKED, LEVELS, Facet, Question, Questionnaire
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation

Row = dict[str, Any]
COPIED_FIELDS = ("code", "text", "levels", "evidence", "targets", "indicator", "minutes", "asked")
WORKSHOPS = (1, 2, 3)
MOST_QUESTIONS = 120  # more than three workshops can speak of, and than one page can show


def current_version(access: Access) -> Questionnaire:
    """The version in force; the first one is what the catalogue proposes."""
    return adopted_versions(access).first() or _create_first_version(access)


def adopted_versions(access: Access) -> Any:
    """Every version, the one in force first."""
    return access.of(Questionnaire).filter(adopted_at__isnull=False)


def find_draft(access: Access) -> Questionnaire | None:
    """The draft of the next version, if one is open."""
    return access.of(Questionnaire).filter(adopted_at=None).first()


@transaction.atomic
def open_draft(access: Access) -> Questionnaire:
    """The draft of the next version; without one, a copy of the version in force."""
    current_version(access)
    Organisation.objects.select_for_update().get(pk=access.organisation.pk)
    if existing := find_draft(access):
        return existing
    current = current_version(access)
    number = current.number + 1
    version = access.add(Questionnaire, number=number)
    facets = current.facets.values("code", "workshop", "label")
    questions = [
        {name: getattr(question, name) for name in COPIED_FIELDS} | {"facet": question.facet.code}
        for question in current.questions.select_related("facet")
    ]
    return fill_version(version, facets, questions)


def fill_version(version: Questionnaire, facets: Iterable[Row], questions: Iterable[Row]) -> Questionnaire:
    """Add facets and questions to a draft, which comes back; the `facet` of a question is the code of one."""
    by_code = {facet["code"]: Facet.objects.create(questionnaire=version, **facet) for facet in facets}
    for question in questions:
        values = question | {"facet": by_code[question["facet"]]}
        Question.objects.create(organisation=version.organisation, questionnaire=version, **values)
    return version


@transaction.atomic
def write_question(access: Access, code: str, facet: str, **values: Any) -> Question:
    """Write a question of the draft under its code, a new one if none has it; `facet` is the code of a facet."""
    version = open_draft(access)
    question = version.questions.filter(code=code).first() or Question(
        organisation=access.organisation, questionnaire=version, code=code
    )
    question.questionnaire, question.facet = version, version.facets.get(code=facet)
    for name, value in values.items():
        setattr(question, name, value)
    question.save()
    return question


def remove_question(access: Access, code: str) -> None:
    """Take a question out of the draft."""
    open_draft(access).questions.filter(code=code).delete()


def next_free_code(access: Access) -> str:
    """A code that no version has used: a question keeps its code from version to version."""
    numbers = re.findall(r"\bQ(\d+)\b", " ".join(access.of(Question).values_list("code", flat=True)))
    return f"Q{max(map(int, numbers), default=0) + 1:02d}"


def check_version(version: Questionnaire) -> list[str]:
    """Everything that keeps a draft from being adopted, each with its remedy."""
    questions = list(version.questions.select_related("facet"))
    problems = []
    for workshop, n in count_asked_questions(version).items():
        too_many = ngettext(
            "Atelier {workshop} : {n} question en salle. Il en faut {most} : remplissez-en {gap} d’avance.",
            "Atelier {workshop} : {n} questions en salle. Il en faut {most} : remplissez-en {gap} d’avance.",
            n,
        )
        too_few = ngettext(
            "Atelier {workshop} : {n} question en salle. Il en faut {most} : posez-en {gap} de plus.",
            "Atelier {workshop} : {n} questions en salle. Il en faut {most} : posez-en {gap} de plus.",
            n,
        )
        if n != ASKED:
            text = too_many if n > ASKED else too_few
            problems.append(text.format(workshop=workshop, n=n, most=ASKED, gap=abs(n - ASKED)))
    for text, n in Counter(question.text for question in questions).items():
        if n > 1:
            codes = ", ".join(question.code for question in questions if question.text == text)
            problems.append(_("{codes} : la même question est posée deux fois. Gardez-en une.").format(codes=codes))
    used = {question.facet_id for question in questions}
    for facet in version.facets.all():
        if facet.pk not in used:
            text = _("La facette « {label} » n’a aucune question : donnez-lui en une, ou videz son nom.")
            problems.append(text.format(label=facet.label))
    if len(questions) > MOST_QUESTIONS:
        text = _("{n} questions : plus que les {most} dont trois ateliers peuvent parler. Retirez-en.")
        problems.append(text.format(n=len(questions), most=MOST_QUESTIONS))
    return problems


def count_asked_questions(version: Questionnaire) -> dict[int, int]:
    """How many questions each workshop asks on phones."""
    counted = Counter(version.questions.filter(asked=True).values_list("facet__workshop", flat=True))
    return {workshop: counted[workshop] for workshop in WORKSHOPS}


@transaction.atomic
def adopt_draft(access: Access) -> Questionnaire | None:
    """Make the draft the version in force; None, and nothing changes, without a draft or with a problem in it."""
    version = access.of(Questionnaire).select_for_update().filter(adopted_at=None).first()
    if version is None or check_version(version):
        return None
    version.adopted_at = timezone.now()
    version.save()
    return version


def compare_versions(old: Questionnaire, new: Questionnaire) -> list[tuple[Question, str, bool]]:
    """The questions that a version adds, removes or changes, with what differs; True: passes still compare on it."""
    before, after = (
        {question.code: question for question in version.questions.select_related("facet")} for version in (old, new)
    )
    changes = []
    for code, question in sorted((before | after).items()):
        if code not in before or code not in after:
            changes.append((question, _("retirée") if code in before else _("ajoutée"), False))
        elif differences := _differences(before[code], question):
            changes.append((question, ", ".join(differences), before[code].fingerprint == question.fingerprint))
    return changes


def _differences(old: Question, new: Question) -> list[str]:
    moved = (old.facet.code, old.facet.workshop) != (new.facet.code, new.facet.workshop)
    others = any(getattr(old, name) != getattr(new, name) for name in ("evidence", "targets", "indicator", "minutes"))
    checks = (
        (old.text != new.text, _("question reformulée")),
        (old.levels != new.levels, _("niveaux reformulés")),
        (old.asked != new.asked, _("posée en salle") if new.asked else _("remplie d’avance")),
        (moved, _("change de facette ou d’atelier")),
        (others, _("preuve, cibles, indicateur ou minutes")),
    )
    return [text for differs, text in checks if differs]


@transaction.atomic
def _create_first_version(access: Access) -> Questionnaire:
    organisation = Organisation.objects.select_for_update().get(pk=access.organisation.pk)
    if existing := adopted_versions(access).first():
        return existing
    version = Questionnaire.objects.create(organisation=organisation, number=1, made_by=access.person)
    facets = [
        {"code": row["facet"], "workshop": int(row["workshop"]), "label": row["label_fr"]}
        for row in text_rows("diagnostic_facets")
    ]
    questions = [
        {
            "code": row["code"], "facet": row["facet"], "text": row["question_fr"], "evidence": row["evidence_fr"],
            "levels": [row[f"level_{level}_fr"] for level in range(LEVELS)],
            "targets": row["charter_targets"].split("|"), "indicator": row["indicator"],
            "minutes": int(row["minutes"]), "asked": row["ask_in_workshop"] == "yes",
        }
        for row in text_rows("diagnostic")
    ]  # fmt: skip
    fill_version(version, facets, questions)
    version.adopted_at = timezone.now()
    version.save()
    return version
