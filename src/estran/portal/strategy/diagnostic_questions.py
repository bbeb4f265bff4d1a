"""The questions of an authority: those of the catalogue first, then its own versions; a version that served stays."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation, Person
from estran.portal.strategy.models.diagnostic import LEVELS, Facet, Question, Questionnaire
from estran.portal.strategy.plan_catalogue import rows

KEPT = ("code", "text", "levels", "evidence", "targets", "indicator", "minutes", "asked")


def latest(here: Access) -> Questionnaire:
    """The latest version; the first one is what the catalogue proposes."""
    return here.of(Questionnaire).first() or _from_catalogue(here.organisation, here.person)


@transaction.atomic
def change(here: Access, question: Question, facet_label: str, **values: Any) -> Question:
    """Change a question of the latest version, in a new version if that one has served; the question as changed."""
    if question.questionnaire.used:
        question = _copy(question.questionnaire, here.person).questions.get(code=question.code)
    for name, value in values.items():
        setattr(question, name, value)
    question.save()
    Facet.objects.filter(pk=question.facet_id).update(label=facet_label)
    return question


@transaction.atomic
def _from_catalogue(organisation: Organisation, person: Person) -> Questionnaire:
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    if known := organisation.questionnaires.first():
        return known
    made = Questionnaire.objects.create(organisation=organisation, number=1, made_by=person)
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
    return made


def _copy(old: Questionnaire, person: Person) -> Questionnaire:
    newest = old.organisation.questionnaires.aggregate(newest=Max("number"))["newest"]
    made = Questionnaire.objects.create(organisation=old.organisation, number=newest + 1, made_by=person)
    facets = {
        facet.pk: Facet.objects.create(questionnaire=made, code=facet.code, workshop=facet.workshop, label=facet.label)
        for facet in old.facets.all()
    }
    for question in old.questions.all():
        Question.objects.create(
            organisation=old.organisation,
            questionnaire=made,
            facet=facets[question.facet_id],
            **{name: getattr(question, name) for name in KEPT},
        )
    return made
