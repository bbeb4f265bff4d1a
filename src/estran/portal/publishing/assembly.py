"""Composes the report to the assembly and the yearly review: blocks from frozen runs, the diagnostic and the plan.

Every figure carries its number: that of the run, or of the projection of a run. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

from django.template import engines
from django.urls import reverse
from django.utils import timezone

from estran.footprint import chapters, curves, names, wording
from estran.footprint.documents import Block, Document, heading, items, table, text
from estran.footprint.facts import Facts
from estran.footprint.names import Names
from estran.footprint.projections import NOISE
from estran.footprint.prospects import Prospects
from estran.lang import _
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Membership
from estran.portal.publishing.assembly_models import AssemblyReport
from estran.portal.results.models import Run
from estran.portal.strategy import acts, diagnostic_results, plan_catalogue, plan_effects, plan_standing
from estran.portal.strategy.models.diagnostic import Diagnostic
from estran.portal.strategy.models.plan import PLAN, STRATEGY, Act, Action, Ambition, Budget, Strategy

UNIT = "kg CO2 eq"
SHOWN = 30  # rows of a table of actions


def compose(here: Access, kind: str, run: Run, session: date) -> Document:
    """The document of a session."""
    facts, ref = Facts(run.folder, Names("fr")), reference(run)
    strategy = here.of(Strategy).first()
    sections = {AssemblyReport.ASSEMBLY: _assembly, AssemblyReport.REVIEW: _review}[kind]
    titles = {
        AssemblyReport.ASSEMBLY: _("Stratégie de numérique responsable : rapport à l’assemblée"),
        AssemblyReport.REVIEW: _("Stratégie de numérique responsable : revue annuelle"),
    }
    subtitle = _("{name}, séance du {day}").format(name=here.organisation, day=wording.day(session.isoformat()))
    blocks = list(sections(here, strategy, run, facts, ref))
    return Document(titles[kind], subtitle, "fr", str(here.organisation), blocks)


def ask(here: Access, kind: str, run: Run, session: date) -> Job:
    """Compose a report in the queue, from what is there when its turn comes."""
    key = f"{kind} {run.pk} {session} {timezone.now():%Y-%m-%d %H:%M:%S.%f}"
    subject = {"report": kind, "run": run.pk, "session": session.isoformat(), "membership": here.membership.pk}
    return queue.ask(here, "assembly", key, AssemblyReport(kind=kind).said.capitalize(), **subject)


@queue.work("assembly")
def write(job: Job) -> str:
    """Work: compose the report and keep it; done again, it gives the same report."""
    asked = job.subject
    membership = Membership.objects.select_related("person", "organisation").get(pk=asked["membership"])
    here = Access(membership.person, membership.organisation, membership)
    made = here.of(AssemblyReport).filter(job=job).first()
    if made is None:
        run, session = here.of(Run).get(pk=asked["run"]), date.fromisoformat(asked["session"])
        document = compose(here, asked["report"], run, session)
        made = AssemblyReport.objects.create(
            organisation=here.organisation, kind=asked["report"], run=run, session=session, job=job,
            content=document.as_json(), made_by=here.person,
        )  # fmt: skip
        here.record(_("a composé : {what} (n° {n})").format(what=made.said, n=made.pk))
    return reverse("assembly:report", args=(here.organisation.slug, made.pk))


def reference(run: Run) -> str:
    """The number that a figure of a run carries."""
    return _("bilan n° {n}").format(n=run.pk)


def _assembly(here: Access, strategy: Strategy | None, run: Run, facts: Facts, ref: str) -> Iterator[Block]:
    yield heading(_("En une page"))
    yield from _one_page(here, strategy, run, facts, ref)
    yield heading(_("Le point de référence et ses limites"))
    yield from _baseline(here, run)
    yield from chapters.limits(facts, ref)
    yield heading(_("Les indicateurs"))
    yield from chapters.weights(facts, ref)
    yield from _readings(here)
    yield heading(_("Le diagnostic"))
    yield from _diagnostic(here)
    yield heading(_("Les objectifs et les actions"))
    yield from _objectives(here)
    yield from _actions(here)
    yield heading(_("Les effets attendus"))
    yield from _effects(here)
    yield heading(_("Le budget"))
    yield from _budget(here)
    yield Block("page")
    yield heading(_("Annexes"))
    yield from _votes(here)
    yield from chapters.annexes(facts, ref)


def _review(here: Access, strategy: Strategy | None, run: Run, facts: Facts, ref: str) -> Iterator[Block]:
    yield heading(_("En une page"))
    yield from _one_page(here, strategy, run, facts, ref)
    yield heading(_("Ce qui a été fait, ce qui ne l’a pas été"))
    yield from _statuses(here)
    yield from _slipped(here)
    yield heading(_("Où en sont les objectifs"))
    yield from _objectives(here)
    yield from _readings(here)
    yield heading(_("Ce qui a été observé"))
    yield from _observed(here)
    yield heading(_("Ce qui a bougé depuis les votes"))
    yield from _moved(here)
    yield heading(_("Le budget"))
    yield from _budget(here)
    yield heading(_("Les limites de ce chiffre"))
    yield from chapters.limits(facts, ref)


def _one_page(here: Access, strategy: Strategy | None, run: Run, facts: Facts, ref: str) -> Iterator[Block]:
    yield from chapters.summary(facts, ref)
    base = here.of(Run).filter(baseline__isnull=False, year__lt=run.year).order_by("year").first()
    if base:
        said = _("Année de référence : {year}, {figure} ({ref}).")
        figure = wording.quantity(base.mean, UNIT)
        yield text(said.format(year=base.year, figure=figure, ref=reference(base)))
    rows = plan_standing.shown(plan_standing.all_of(here))
    if rows:
        yield table(
            _("Les objectifs, aujourd’hui"),
            [_("Objectif"), _("Aujourd’hui"), _("Cible"), _("Échéance"), _("État")],
            [
                [
                    row.objective.title,
                    _read(row),
                    plan_standing.value(row.objective.target, row.objective.unit),
                    str(row.objective.due_on.year) if row.objective.due_on else "–",
                    row.said,
                ]
                for row in rows
            ],
            texts=(4,),
        )
    if strategy and strategy.asked:
        yield text(_("Décision demandée : {what}").format(what=strategy.asked), "lead")


def _read(row: plan_standing.Standing) -> str:
    """The last reading with its source, which is the number of a run when one gave it."""
    if row.reading is None:
        return "–"
    return f"{plan_standing.value(row.reading.value, row.objective.unit)} ({row.reading.source})"


def _baseline(here: Access, run: Run) -> Iterator[Block]:
    for one in here.of(Run).filter(baseline__isnull=False).select_related("baseline").order_by("year"):
        said = _("Bilan {year}, gelé par la décision du {day} : {decision} {figure} ({ref}).")
        day, figure = wording.day(one.baseline.decided_on.isoformat()), _figure(one)
        yield text(
            said.format(year=one.year, day=day, decision=one.baseline.decision, figure=figure, ref=reference(one))
        )


def _figure(run: Run) -> str:
    return wording.interval(run.mean or 0.0, run.low, run.high, UNIT)


def _readings(here: Access) -> Iterator[Block]:
    rows = [row for row in plan_standing.all_of(here) if row.objective.indicator]
    if rows:
        heads = [_("Indicateur"), _("Départ"), _("Aujourd’hui"), _("Attendu"), _("Cible")]
        cells = [
            [
                plan_standing.indicator_said(row.objective),
                plan_standing.value(row.objective.start, row.objective.unit),
                _read(row),
                plan_standing.value(row.expected, row.objective.unit),
                plan_standing.value(row.objective.target, row.objective.unit),
            ]
            for row in rows
        ]
        yield table(_("Indicateurs des objectifs, avec la source de chaque relevé"), heads, cells)


def _diagnostic(here: Access) -> Iterator[Block]:
    passes = list(here.of(Diagnostic).select_related("questionnaire")[:2])
    if not passes:
        yield text(_("Aucun diagnostic n’a encore été mené."))
        return
    last = passes[0]
    found = diagnostic_results.of(last)
    rows = [
        [at.label, "–" if at.importance is None else str(at.importance),
         "–" if at.practice is None else wording.number(at.practice), at.priority_label or "–"]
        for at in found.facets
    ]  # fmt: skip
    heads = [_("Facette"), _("Importance (0 à 3)"), _("Pratique (0 à 4)"), _("Priorité")]
    yield table(_("Diagnostic {year}").format(year=last.year), heads, rows, texts=(3,))
    if found.priorities:
        yield text(_("Les priorités choisies en salle :"))
        yield items([at.label for at in found.priorities])
    if len(passes) > 1:
        compared = [
            [one.label, *("–" if value is None else wording.number(value) for value in (one.before, one.after))]
            for one in diagnostic_results.compare(passes[1], last)
        ]
        heads = [_("Facette"), str(passes[1].year), str(last.year)]
        yield table(_("La pratique (0 à 4), sur les mêmes questions"), heads, compared)


def _objectives(here: Access) -> Iterator[Block]:
    rows = plan_standing.all_of(here)
    if not rows:
        yield text(_("Aucun objectif n’est encore écrit."))
    known = {one.pk: one for one in here.of(Ambition)}
    for pk, found in groupby(rows, key=lambda row: row.objective.ambition_id):
        if pk in known:
            yield heading(known[pk].title, 2)
        said = []
        for row in found:
            one = row.objective
            missing = _(" Il manque : {what}.").format(what=", ".join(one.missing)) if one.missing else ""
            slipped = f" {one.slipped}" if one.slipped else ""
            said.append(f"{one.title} : {row.said}.{missing}{slipped}")
        yield items(said)


def _actions(here: Access) -> Iterator[Block]:
    found = list(here.of(Action).select_related("entity", "pilot"))
    rows = [
        [one.code, one.title, one.status_said, one.piloted_by or (one.entity.name if one.entity else "–"), _year(one)]
        for one in found[:SHOWN]
    ]
    if rows:
        heads = [_("Code"), _("Action"), _("Statut"), _("Pilote"), _("Fin")]
        yield table(_("Les actions du plan"), heads, rows, texts=(1, 2, 3, 4))
    if len(found) > SHOWN:
        yield text(_("{n} autres actions sont dans le tableur du plan.").format(n=len(found) - SHOWN), "note")


def _year(action: Action) -> str:
    return str(action.ends_on.year) if action.ends_on else "–"


def _effects(here: Access) -> Iterator[Block]:
    strategy, plan = plan_effects.current(here)
    found, fresh = plan_effects.projection(here, strategy, plan)
    if found is None:
        yield text(_("Les effets ne sont pas encore calculés."))
        return
    ref = _("projection n° {p} du {run}").format(p=found.pk, run=reference(found.run))
    if not fresh:
        yield text(_("Le plan a changé depuis ce calcul : les chiffres sont ceux du plan d’alors."), "note")
    prospects = Prospects(found.folder)
    project, unit, joint = prospects.project, prospects.unit, prospects.joint
    last = next(row for row in prospects.years if row["year"] == project["cumulative_to"])
    said = _("Avec le plan, en {year} : {figure} ; sans action : {reference} ({ref}).")
    figure = wording.interval(last["plan_stock"], last["plan_stock_low"], last["plan_stock_high"], unit)
    without = wording.quantity(last["reference_stock"], unit)
    yield text(said.format(year=last["year"], figure=figure, reference=without, ref=ref), "lead")
    if project["target"]:
        yield text(
            _("Cible : {figure} ({ref}).").format(figure=wording.quantity(project["target"]["value"], unit), ref=ref)
        )
    drawn = curves.trajectory(engines["jinja2"].env, prospects, _("Trajectoire avec et sans le plan"), "fr")
    yield Block("picture", svg=str(drawn))
    said = _("De {first} à {last}, les actions évitent ensemble {together} ; additionnées une à une, {alone} : "
             "le recouvrement est de {overlap} ({ref}).")  # fmt: skip
    amounts = {name: wording.quantity(joint[name], unit) for name in ("together", "alone", "overlap")}
    yield text(said.format(first=project["base_year"] + 1, last=project["cumulative_to"], ref=ref, **amounts))
    counted = [row for row in prospects.actions if not row["note"]]
    scale = wording.column_unit([row["alone_stock"] for row in counted], unit)
    rows = [
        [f"{row['code']} {row['title']}", *(wording.cell(one, scale[1]) for one in _promised(row))] for row in counted
    ]
    if rows:
        heads = [_("Action"), _("Seule"), _("Ensemble"), _("Recouvrement")]
        caption = _("Évité jusqu’à l’année cible, en {unit} ({ref})")
        yield table(caption.format(unit=wording.unit_text(scale[0]), ref=ref), heads, rows)
    notes: dict[str, list[str]] = {}
    for row in prospects.actions:
        if row["note"]:
            notes.setdefault(row["note"], []).append(row["code"])
    yield items([_("{codes} : {why}").format(codes=", ".join(codes), why=why) for why, codes in notes.items()])
    yield from _observed(here)


def _promised(row: dict[str, Any]) -> tuple[float, float, float]:
    """What an action avoids alone, with the others, and what both counts share; a rounding is nothing."""
    alone, together = -row["alone_stock"], -row["share_stock"]
    shared = alone - together
    return alone, together, 0.0 if abs(shared) < NOISE * abs(alone) else shared


def _observed(here: Access) -> Iterator[Block]:
    found, _fresh = plan_effects.projection(here, None, "")
    since = plan_effects.read(found, "observed")
    if not since:
        yield text(_("Il faut deux bilans gelés, et une projection, pour dire ce qui a été observé."), "note")
        return
    whole = since["parts"][0]
    first, last = (_("bilan n° {n}").format(n=number) for number in since["runs"])
    unit = wording.column_unit([whole["before"], whole["after"]], UNIT)
    rows = [[names.cause(cause), wording.signed(moved, unit[1])] for cause, moved in whole["effects"].items() if moved]
    caption = _("Ce qui a changé entre {before} ({first}) et {after} ({last}), par cause, toutes actions confondues")
    caption = caption.format(before=since["years"][0], after=since["years"][1], first=first, last=last)
    yield table(caption, [_("Cause"), wording.unit_text(unit[0])], rows)


def _budget(here: Access) -> Iterator[Block]:
    found: dict[int, dict[tuple[str, str], float]] = {}
    for line in here.of(Budget):
        year = found.setdefault(line.year, {})
        for name in ("forecast", "actual"):
            if (euros := getattr(line, name)) is not None:
                year[line.nature, name] = year.get((line.nature, name), 0.0) + euros
    if not found:
        yield text(_("Aucun budget n’est encore renseigné."))
        return
    given = {key for cells in found.values() for key in cells}
    columns = [key for nature in Budget.NATURES for name in ("forecast", "actual") if (key := (nature, name)) in given]
    words = {"forecast": _("prévu"), "actual": _("réalisé")}
    heads = [_("Année"), *(f"{Budget(nature=nature).nature_said}, {words[name]}" for nature, name in columns)]
    rows = [
        [str(year), *(wording.count(cells[key]) if key in cells else "–" for key in columns)]
        for year, cells in sorted(found.items())
    ]
    yield table(_("Euros par année, toutes actions ; un tiret : non renseigné"), heads, rows)


def _votes(here: Access) -> Iterator[Block]:
    rows = [
        [
            acts.said(act.version.kind), wording.day(act.session.isoformat()), act.number,
            f"{act.votes_for} / {act.votes_against} / {act.abstentions}",
            wording.day(act.transmitted_on.isoformat()) if act.transmitted_on else "–",
        ]
        for act in here.of(Act).select_related("version")
    ]  # fmt: skip
    if rows:
        yield heading(_("Votes"), 2)
        heads = [_("Objet"), _("Séance"), _("Délibération"), _("Pour / contre / abstentions"), _("Transmis le")]
        yield table(_("Ce que l’assemblée a adopté"), heads, rows, texts=(1, 2, 3, 4))
    checked = (here.of(Strategy).values_list("checked", flat=True).first()) or []
    states = {True: _("oui"), False: _("pas encore")}
    listed = [
        f"{row['label_fr']} : {states[row['code'] in checked]}" for row in plan_catalogue.rows("strategy_checklist")
    ]
    yield heading(_("Liste du décret 2022-1084, facultative pour un département"), 2)
    yield items(listed)


def _statuses(here: Access) -> Iterator[Block]:
    counts: dict[str, int] = {}
    for one in here.of(Action):
        counts[one.status_said] = counts.get(one.status_said, 0) + 1
    rows = [[said, str(count)] for said, count in sorted(counts.items(), key=lambda row: -row[1])]
    yield table(_("Les actions, par statut"), [_("Statut"), _("Actions")], rows)


def _slipped(here: Access) -> Iterator[Block]:
    late = [one for one in here.of(Action) if one.overdue or one.status in ("late", "blocked", "paused")]
    said = [f"{one.code} {one.title} : {one.status_said.lower()}" for one in late]
    said += [
        f"{row.objective.title} : {row.objective.slipped}"
        for row in plan_standing.all_of(here)
        if row.objective.slipped
    ]
    if said:
        yield text(_("Ce qui a glissé, et pourquoi :"))
        yield items(said)


def _moved(here: Access) -> Iterator[Block]:
    for kind in (STRATEGY, PLAN):
        act: Any = acts.last(here, kind)
        if act is None:
            continue
        rows = [[row["what"], row["field"], row["before"], row["after"]] for row in acts.moved(act)]
        day = wording.day(act.session.isoformat())
        caption = _("Depuis le vote du {day} : {what}").format(day=day, what=acts.said(kind))
        if rows:
            yield table(caption, [_("Où"), _("Quoi"), _("Voté"), _("Aujourd’hui")], rows[:SHOWN], texts=(1, 2, 3))
        else:
            yield text(_("{caption} : rien n’a bougé.").format(caption=caption))
