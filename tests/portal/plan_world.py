"""A small strategy with one thing of each kind, for the pages of the plan and of requests."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from conftest import World
from estran.portal.plan import actions, votes
from estran.portal.plan.models import Action, Ambition, Objective, PlanFile, Step, Strategy
from estran.portal.publishing.models import AssemblyReport
from estran.portal.requests.models import Request
from estran.portal.results.models import Run
from estran.reporting.blocks import Document, Heading

VOTE = {"number": "2023-21", "votes_for": 40, "votes_against": 0, "abstentions": 14}


def strategy(world: World, run: Run | None = None) -> Strategy:
    return Strategy.objects.create(
        organisation=world.organisation, title="Stratégie 2023-2030", from_year=2023, to_year=2030, base_run=run,
        reduction=0.15, asked="Prendre acte du bilan.",
    )  # fmt: skip


def objective(world: World) -> Objective:
    ambition = Ambition.objects.create(organisation=world.organisation, title="Garder plus longtemps")
    return Objective.objects.create(
        organisation=world.organisation, ambition=ambition, title="Garder les ordinateurs huit ans", indicator="EQ01",
        unit="ans", start=6.0, start_on=date(2023, 12, 31), target=8.0, due_on=date(2030, 12, 31),
    )  # fmt: skip


def action(world: World, code: str = "A01", **more: object) -> Action:
    values: dict[str, object] = {"title": "Porter à 5 ans la durée d’usage des ordinateurs", "status": "doing"}
    return Action.objects.create(organisation=world.organisation, code=code, **values | more)


def seen(page: Any) -> dict[str, str]:
    """The state that the form of a page was made from, to be sent back with it."""
    return dict(re.findall(r'name="(version)" value="(\d+)"', page.content.decode()))


LEVER = {"where": {"item_type": ["laptop", "desktop"]}, "parameter": "lifetime_years", "set": 7.0, "from": 2026}
BEFORE = {"value": 4.0, "source": "inventaire de 2018"}


def request(world: World, **more: object) -> Request:
    values: dict[str, object] = {"title": "Capteurs de bâtiments", "need": "Régler le chauffage.", "small": False}
    return Request.objects.create(organisation=world.organisation, **values | {"entity": world.directorate} | more)


def numbers(world: World, run: Run) -> dict[str, Any]:
    """What `<number>` stands for in the addresses of plans and requests."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    access = world.access()
    strategy(world, run)
    goal = objective(world)
    one = action(world, objective=goal, starts_on=date(2024, 1, 1), ends_on=date(2027, 12, 31))
    step = Step.objects.create(organisation=world.organisation, action=one, title="Marché")
    file = actions.attach_file(access, one, SimpleUploadedFile("note.txt", b"bonjour"))
    read = PlanFile.objects.create(
        organisation=world.organisation, name="plan.xlsx", sha256="0" * 64,
        report={"added": 1, "changed": 0, "explained": 0, "understood": [["Titre", "Titre"]], "unknown": []}
        | {"notes": []},
    )  # fmt: skip
    act = votes.record_vote(access, "strategy", session=date(2023, 2, 9), **VOTE)
    return {
        "ambitions": goal.ambition_id, "objectifs": goal.pk, "actions": one.pk, "place": 1, "etapes": step.pk,
        "fichiers": file.pk, "plans-lus": read.pk, "votes": act.pk, "demandes": request(world).pk,
        "rapports": report(world, run).pk, "moment": "founding", "field": "H1",
    }  # fmt: skip


def report(world: World, run: Run) -> AssemblyReport:
    """The report of a session on a run, kept."""
    content = {"report": Document("Rapport", blocks=[Heading("En une page")]).as_values()}
    return AssemblyReport.objects.create(
        organisation=world.organisation, kind=AssemblyReport.PLAN, run=run, session=date(2026, 6, 18),
        content=content,
    )  # fmt: skip
