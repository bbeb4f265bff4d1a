"""Composes the report to the assembly and the yearly review: blocks from frozen runs, the diagnostic and the plan.

Every figure carries its number: that of the run, or of the projection of a run. Nothing is computed here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils import timezone

from estran.analysis.decomposition import Comparison, compare_runs, comparison_sentences
from estran.catalogue import labels
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal.common import catalogue_rows
from estran.portal.diagnostic import assessment
from estran.portal.diagnostic.models import Diagnostic
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Membership
from estran.portal.plan import effects, objective_status, votes
from estran.portal.plan.models import PLAN, STRATEGY, Act, Action, Ambition, Budget, Strategy
from estran.portal.publishing.models import AssemblyReport
from estran.portal.results.models import Run
from estran.projection.results import ProjectionResults
from estran.reporting.blocks import Block, Document, Heading, Items, PageBreak, Paragraph, Table
from estran.reporting.chapters import breakdowns, confidence, conformity, method, projection, sources, summary
from estran.reporting.run_summary import RunSummary

UNIT = "kg CO2 eq"
SHOWN = 30  # rows of a table of actions


@dataclass(frozen=True)
class _Report:
    """What a report is made of: the access, the run with its facts and its number, the run of the reference year."""

    access: Access
    run: Run
    facts: RunSummary
    ref: str
    base: Run | None
    strategy: Strategy | None

    @cached_property
    def change(self) -> Comparison | None:
        """From the reference year to the run, explained; None without two years that compare."""
        try:
            return compare_runs(self.base.folder, self.run.folder) if self.base else None
        except CannotUse:
            return None


def compose(access: Access, kind: str, run: Run, session: date) -> Document:
    """The document of a session."""
    base = access.of(Run).filter(baseline__isnull=False, year__lt=run.year).order_by("year").first()
    made = _Report(
        access,
        run,
        RunSummary(run.folder, Labels("fr"), reference(run)),
        reference(run),
        base,
        access.of(Strategy).first(),
    )
    sections = {AssemblyReport.ASSEMBLY: _assembly, AssemblyReport.REVIEW: _review}[kind]
    titles = {
        AssemblyReport.ASSEMBLY: _("Stratégie de numérique responsable : rapport à l’assemblée"),
        AssemblyReport.REVIEW: _("Stratégie de numérique responsable : revue annuelle"),
    }
    subtitle = _("{name}, séance du {day}").format(name=access.organisation, day=formatting.day(session.isoformat()))
    return Document(titles[kind], subtitle, "fr", str(access.organisation), list(sections(made)))


def ask(access: Access, kind: str, run: Run, session: date) -> Job:
    """Compose a report in the queue, from what is there when its turn comes."""
    key = f"{kind} {run.pk} {session} {timezone.now():%Y-%m-%d %H:%M:%S.%f}"
    subject = {"report": kind, "run": run.pk, "session": session.isoformat(), "membership": access.membership.pk}
    return queue.ask_job(access, "assembly", key, AssemblyReport(kind=kind).said.capitalize(), **subject)


@queue.register_work("assembly")
def write(job: Job) -> str:
    """Work: compose the report and keep it; done again, it gives the same report."""
    asked = job.subject
    membership = Membership.objects.select_related("person", "organisation").get(pk=asked["membership"])
    access = Access(membership.person, membership.organisation, membership)
    made = access.of(AssemblyReport).filter(job=job).first()
    if made is None:
        run, session = access.of(Run).get(pk=asked["run"]), date.fromisoformat(asked["session"])
        document = compose(access, asked["report"], run, session)
        made = AssemblyReport.objects.create(
            organisation=access.organisation, kind=asked["report"], run=run, session=session, job=job,
            content=document.as_values(), made_by=access.person,
        )  # fmt: skip
        access.record(_("a composé : {what} (n° {n})").format(what=made.said, n=made.pk))
    return reverse("assembly:report", args=(access.organisation.slug, made.pk))


def reference(run: Run) -> str:
    """The number that a figure of a run carries."""
    return _("bilan n° {n}").format(n=run.pk)


def _assembly(made: _Report) -> Iterator[Block]:
    yield Heading(_("En une page"))
    yield from _one_page(made)
    yield PageBreak()
    yield Heading(_("Le point de référence et ses limites"))
    yield from _baseline(made.access)
    yield from _limits(made.facts)
    yield Heading(_("Les indicateurs"))
    yield from _weights(made.facts)
    yield from _readings(made.access)
    yield Heading(_("Le diagnostic"))
    yield from _diagnostic(made.access)
    yield Heading(_("Les objectifs et les actions"))
    yield from _objectives(made.access)
    yield from _actions(made.access)
    yield Heading(_("Les effets attendus"))
    yield from _effects(made)
    yield Heading(_("Le budget"))
    yield from _budget(made.access)
    yield Heading(_("Annexes"))
    yield from _votes(made.access)
    yield from _annexes(made.facts)


def _review(made: _Report) -> Iterator[Block]:
    yield Heading(_("En une page"))
    yield from _one_page(made)
    yield PageBreak()
    yield Heading(_("Ce qui a été fait, ce qui ne l’a pas été"))
    yield from _statuses(made.access)
    yield from _slipped(made.access)
    yield Heading(_("Où en sont les objectifs"))
    yield from _objectives(made.access)
    yield from _readings(made.access)
    yield Heading(_("Ce qui a été observé"))
    yield from _observed(made)
    yield Heading(_("Ce qui a bougé depuis les votes"))
    yield from _moved(made.access)
    yield Heading(_("Le budget"))
    yield from _budget(made.access)
    yield Heading(_("Les limites de ce chiffre"))
    yield from _limits(made.facts)


def _one_page(made: _Report) -> Iterator[Block]:
    first, *rest = (*summary.figure(made.facts), *summary.weights(made.facts))
    yield first
    if made.strategy and made.strategy.asked:
        yield Paragraph(_("Décision demandée : {what}").format(what=made.strategy.asked), "lead")
    yield from rest
    if made.base:
        said = _("Année de référence : {year}, {figure} ({ref}).")
        told = [said.format(year=made.base.year, figure=_figure(made.base), ref=reference(made.base))]
        if made.change:
            told += [
                comparison_sentences(made.change, made.facts.names)[0],
                _("Les écarts sont calculés avant tout arrondi."),
            ]
        yield Paragraph(" ".join(told))
    rows = objective_status.status_of_objectives(made.access)[: objective_status.MOST_SHOWN]
    if rows:
        yield Table(
            _("Les objectifs, aujourd’hui"),
            [_("Objectif"), _("Aujourd’hui"), _("Cible"), _("Échéance"), _("État")],
            [
                [
                    row.objective.title,
                    _read(row),
                    objective_status.format_value(row.objective.target, row.objective.unit),
                    str(row.objective.due_on.year) if row.objective.due_on else "–",
                    row.label,
                ]
                for row in rows
            ],
            "lrrrl",
        )


def _read(row: objective_status.ObjectiveStatus) -> str:
    """The last reading with its source, which is the number of a run when one gave it."""
    if row.reading is None:
        return "–"
    return f"{objective_status.format_reading(row.reading, row.objective.unit)} ({row.reading.source})"


def _limits(facts: RunSummary) -> Iterator[Block]:
    yield Heading(_("Ce qui n’est pas compté"), 2, "gaps-short")
    yield from confidence.gaps(facts)
    yield Heading(_("Avec d’autres facteurs"), 2)
    yield from confidence.factor_sets(facts)
    yield Heading(_("Qualité des données"), 2)
    yield confidence.quality(facts)
    yield confidence.limits(facts)


def _weights(facts: RunSummary) -> Iterator[Block]:
    if facts.families:
        yield breakdowns.families(facts)
        yield from breakdowns.stages(facts)


def _annexes(facts: RunSummary) -> Iterator[Block]:
    yield Heading(_("Méthode"), 2)
    yield from method.rules()
    yield method.perimeter(facts)
    yield from method.exclusions(facts)
    yield from breakdowns.criteria(facts)
    yield Heading(_("Sources"), 2)
    yield sources.source_list(facts)
    yield Heading(_("Liste de conformité"), 2)
    text = _("Ce que la RCP (annexe C) demande à un rapport de bilan, et ce que contient le rapport complet ({ref}) : "
             "« estran report ». Ce document en est un résumé.")  # fmt: skip
    yield Paragraph(text.format(ref=facts.cited))
    yield conformity.checklist(facts)


def _baseline(access: Access) -> Iterator[Block]:
    for one in access.of(Run).filter(baseline__isnull=False).select_related("baseline").order_by("year"):
        said = _("Bilan {year}, gelé par la décision du {day} : {decision} {figure} ({ref}).")
        day, figure = formatting.day(one.baseline.decided_on.isoformat()), _figure(one)
        yield Paragraph(
            said.format(year=one.year, day=day, decision=one.baseline.decision, figure=figure, ref=reference(one))
        )


def _figure(run: Run) -> str:
    return formatting.interval(run.mean or 0.0, run.low, run.high, UNIT)


def _readings(access: Access) -> Iterator[Block]:
    rows = [row for row in objective_status.status_of_objectives(access) if row.objective.indicator]
    if rows:
        heads = [_("Indicateur"), _("Départ"), _("Aujourd’hui"), _("Attendu"), _("Cible")]
        cells = [
            [
                objective_status.indicator_label(row.objective),
                objective_status.format_start(row.objective),
                _read(row),
                objective_status.format_value(row.expected, row.objective.unit),
                objective_status.format_value(row.objective.target, row.objective.unit),
            ]
            for row in rows
        ]
        yield Table(_("Indicateurs des objectifs, avec la source de chaque relevé"), heads, cells)


def _diagnostic(access: Access) -> Iterator[Block]:
    passes = list(access.of(Diagnostic).select_related("questionnaire")[:2])
    if not passes:
        yield Paragraph(_("Aucun diagnostic n’a encore été mené."))
        return
    last = passes[0]
    found = assessment.assess_diagnostic(last)
    heads = [_("Facette"), _("Importance (0 à 3)"), _("Pratique (0 à 4)"), _("Priorité")]
    rows = [[at.label, _mark(at.importance), _mark(at.practice), at.priority_label or "–"] for at in found.facets]
    if len(passes) > 1:
        since = {one.label: one for one in assessment.compare_diagnostics(passes[1], last)}
        heads.append(_("De {before} à {after}, mêmes questions").format(before=passes[1].year, after=last.year))
        for row in rows:
            one = since.get(row[0])
            row.append(f"{_mark(one.before)} → {_mark(one.after)}" if one else "–")
    yield Table(_("Diagnostic {year}").format(year=last.year), heads, rows, "lrrl" + "r" * (len(heads) - 4))
    if found.priorities:
        said = _("Les priorités choisies en salle : {labels}.")
        yield Paragraph(said.format(labels=" ; ".join(at.label for at in found.priorities)))


def _mark(value: float | None) -> str:
    return "–" if value is None else formatting.number(value)


def _objectives(access: Access) -> Iterator[Block]:
    rows = objective_status.status_of_objectives(access)
    if not rows:
        yield Paragraph(_("Aucun objectif n’est encore écrit."))
    known = {one.pk: one for one in access.of(Ambition)}
    for pk, found in groupby(rows, key=lambda row: row.objective.ambition_id):
        yield Heading(known[pk].title if pk in known else _("Autres objectifs"), 2)
        said = []
        for row in found:
            one = row.objective
            missing = _(" Il manque : {what}.").format(what=", ".join(one.missing)) if one.missing else ""
            slipped = f" {one.slipped}" if one.slipped else ""
            said.append(f"{one.title} : {row.label}.{missing}{slipped}")
        yield Items(said)


def _actions(access: Access) -> Iterator[Block]:
    found = list(access.of(Action).select_related("entity", "pilot"))
    rows = [
        [
            one.code,
            one.title,
            one.status_label,
            one.piloted_by or (one.entity.name if one.entity else "–"),
            one.elected or "–",
            _year(one),
        ]
        for one in found[:SHOWN]
    ]
    if rows:
        heads = [_("Code"), _("Action"), _("Statut"), _("Pilote"), _("Élu référent"), _("Fin")]
        yield Table(_("Les actions du plan"), heads, rows, "llllll")
    if len(found) > SHOWN:
        yield Paragraph(_("{n} autres actions sont dans le tableur du plan.").format(n=len(found) - SHOWN), "note")


def _year(action: Action) -> str:
    return str(action.ends_on.year) if action.ends_on else "–"


def _effects(made: _Report) -> Iterator[Block]:
    found, fresh = effects.latest_projection(made.access)
    if found is None:
        yield Paragraph(_("Les effets ne sont pas encore calculés."))
    else:
        if not fresh:
            yield Paragraph(_("Le plan a changé depuis ce calcul : les chiffres sont ceux du plan d’alors."), "note")
        ref = _("projection n° {p} du {run}").format(p=found.pk, run=reference(found.run))
        yield from projection.outline(projection.Projection(ProjectionResults(found.folder), made.facts.names, ref))
    yield Heading(_("Ce qui a été observé"), 2)
    yield from _observed(made)


def _observed(made: _Report) -> Iterator[Block]:
    """What moved since the reference year, cause by cause, and whether it is more than the doubt."""
    if made.base is None:
        yield Paragraph(_("Il faut deux bilans gelés, d’années différentes, pour dire ce qui a été observé."), "note")
        return
    values = {"before": made.base.year, "first": reference(made.base), "after": made.run.year, "last": made.ref}
    if made.change is None:
        said = _("Les bilans {before} ({first}) et {after} ({last}) ne se comparent pas.")
        yield Paragraph(said.format(**values), "note")
        return
    yield Paragraph(_("Toutes actions confondues, entre le {first} et le {last} :").format(**values))
    yield Items(comparison_sentences(made.change, made.facts.names))
    whole = made.change.whole
    unit = formatting.column_unit([whole.before, whole.after], made.facts.carbon["unit"])
    moved = [
        [labels.cause(cause), formatting.signed(effect, unit[1])]
        for cause, effect in whole.effects.items()
        if whole.moved(cause)
    ]
    first, last = (formatting.cell(total, unit[1], digits=3) for total in (whole.before, whole.after))
    rows = [[str(made.base.year), first], *moved, [str(made.run.year), last]]
    caption = _("Ce qui a changé, par cause ({first} et {last})").format(**values)
    yield Table(caption, [_("Cause"), formatting.unit_text(unit[0])], rows)


def _budget(access: Access) -> Iterator[Block]:
    found: dict[int, dict[tuple[str, str], float]] = {}
    for line in access.of(Budget):
        year = found.setdefault(line.year, {})
        for name in ("forecast", "actual"):
            if (euros := getattr(line, name)) is not None:
                year[line.nature, name] = year.get((line.nature, name), 0.0) + euros
    if not found:
        yield Paragraph(_("Aucun budget n’est encore renseigné."))
        return
    given = {key for cells in found.values() for key in cells}
    columns = [key for nature in Budget.NATURES for name in ("forecast", "actual") if (key := (nature, name)) in given]
    words = {"forecast": _("prévu"), "actual": _("réalisé")}
    heads = [
        _("Année"),
        *(f"{Budget(nature=nature).nature_label}, {words[name]}".capitalize() for nature, name in columns),
    ]
    rows = [
        [str(year), *(formatting.count(cells[key]) if key in cells else "–" for key in columns)]
        for year, cells in sorted(found.items())
    ]
    totals = [sum(cells.get(key, 0.0) for cells in found.values()) for key in columns]
    rows.append([_("Total"), *map(formatting.count, totals)])
    yield Table(_("Euros par année, toutes actions ; un tiret : non renseigné"), heads, rows)


def _votes(access: Access) -> Iterator[Block]:
    rows = [
        [
            votes.kind_label(act.version.kind), formatting.day(act.session.isoformat()), act.number,
            f"{act.votes_for} / {act.votes_against} / {act.abstentions}",
            formatting.day(act.transmitted_on.isoformat()) if act.transmitted_on else "–",
        ]
        for act in access.of(Act).select_related("version")
    ]  # fmt: skip
    if rows:
        yield Heading(_("Votes"), 2)
        heads = [_("Objet"), _("Séance"), _("Délibération"), _("Pour / contre / abstentions"), _("Transmis le")]
        yield Table(_("Ce que l’assemblée a adopté"), heads, rows, "lllll")
    checked = (access.of(Strategy).values_list("checked", flat=True).first()) or []
    states = {True: _("oui"), False: _("pas encore")}
    listed = [
        f"{row['label_fr']} : {states[row['code'] in checked]}"
        for row in catalogue_rows.table_rows("strategy_checklist")
    ]
    yield Heading(_("Liste du décret 2022-1084, facultative pour un département"), 2)
    yield Items(listed)


def _statuses(access: Access) -> Iterator[Block]:
    counts: dict[str, int] = {}
    for one in access.of(Action):
        counts[one.status_label] = counts.get(one.status_label, 0) + 1
    rows = [[said, str(count)] for said, count in sorted(counts.items(), key=lambda row: -row[1])]
    yield Table(_("Les actions, par statut"), [_("Statut"), _("Actions")], rows)


def _slipped(access: Access) -> Iterator[Block]:
    late = [one for one in access.of(Action) if one.overdue or one.status in ("late", "blocked", "paused")]
    said = [f"{one.code} {one.title} : {one.status_label.lower()}" for one in late]
    said += [
        f"{row.objective.title} : {row.objective.slipped}"
        for row in objective_status.status_of_objectives(access)
        if row.objective.slipped
    ]
    if said:
        yield Paragraph(_("Ce qui a glissé, et pourquoi :"))
        yield Items(said)


def _moved(access: Access) -> Iterator[Block]:
    for kind in (STRATEGY, PLAN):
        act: Any = votes.last_vote(access, kind)
        if act is None:
            continue
        rows = [[row["what"], row["field"], row["before"], row["after"]] for row in votes.changes_since_vote(act)]
        day = formatting.day(act.session.isoformat())
        caption = _("Depuis le vote du {day} : {what}").format(day=day, what=votes.kind_label(kind))
        if rows:
            yield Table(caption, [_("Où"), _("Quoi"), _("Voté"), _("Aujourd’hui")], rows[:SHOWN], "llll")
        else:
            yield Paragraph(_("{caption} : rien n’a bougé.").format(caption=caption))
