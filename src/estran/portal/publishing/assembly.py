"""Composes the report to the assembly and the yearly review: blocks from frozen runs, the diagnostic and the plan.

Every figure carries its number: that of the run, or of the projection of a run. Nothing is computed here.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from estran.analysis.decomposition import Comparison, compare_runs, comparison_sentences
from estran.catalogue import labels
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.common.shipped import text_rows
from estran.portal.diagnostic import assessment
from estran.portal.diagnostic.models import Diagnostic
from estran.portal.organisations.access import Access
from estran.portal.plan import effects, objective_status, votes
from estran.portal.plan.models import PLAN, STRATEGY, Act, Action, Ambition, Budget, Strategy
from estran.portal.plan.objective_status import ObjectiveStatus, format_value, status_of_objectives
from estran.portal.publishing.models import AssemblyReport
from estran.portal.results.models import Run
from estran.projection.results import ProjectionResults
from estran.reporting.blocks import Block, Document, Heading, Items, PageBreak, Paragraph, Table
from estran.reporting.chapters import breakdowns, confidence, conformity, method, projection, sources, summary
from estran.reporting.run_summary import RunSummary

UNIT = "kg CO2 eq"
SHOWN = 30  # rows of a table of actions


class _Report:
    """What a report is made of: a run, the run of the reference year, what changed between them; the access."""

    def __init__(self, access: Access, run: Run) -> None:
        self.access, self.run = access, run
        self.summary = RunSummary(run.folder, Labels("fr"), reference(run))
        self.base = access.of(Run).filter(baseline__isnull=False, year__lt=run.year).order_by("year").first()

    @cached_property
    def change(self) -> Comparison | None:
        """From the reference year to the run, explained; None without two years that compare."""
        try:
            return compare_runs(self.base.folder, self.run.folder) if self.base else None
        except CannotUse:
            return None


def compose(access: Access, kind: str, run: Run, session: date) -> Document:
    """The document of a session."""
    if kind == AssemblyReport.PLAN:
        title, chapters = _("Stratégie de numérique responsable : rapport à l’assemblée"), _assembly_chapters()
    else:
        title, chapters = _("Stratégie de numérique responsable : revue annuelle"), _review_chapters()
    report = _Report(access, run)
    blocks: list[Block] = [Heading(_("En une page")), *_one_page(report), PageBreak()]
    for heading, *parts in chapters:
        blocks += [Heading(heading), *(block for part in parts for block in part(report))]
    subtitle = _("{name}, séance du {day}").format(name=access.organisation, day=_day(session))
    return Document(title, subtitle, "fr", str(access.organisation), blocks)


def _assembly_chapters() -> list[tuple[Any, ...]]:
    """The chapters of the report to the assembly, after its first page: a heading, and the functions of its parts."""
    return [
        (_("Le point de référence et ses limites"), _baseline, _limits),
        (_("Les indicateurs"), _weights, _readings),
        (_("Le diagnostic"), _diagnostic),
        (_("Les objectifs et les actions"), _objectives, _actions),
        (_("Les effets attendus"), _effects),
        (_("Le budget"), _budget),
        (_("Annexes"), _votes, _annexes),
    ]


def _review_chapters() -> list[tuple[Any, ...]]:
    """The chapters of the yearly review."""
    return [
        (_("Ce qui a été fait, ce qui ne l’a pas été"), _statuses, _slipped),
        (_("Où en sont les objectifs"), _objectives, _readings),
        (_("Ce qui a été observé"), _observed),
        (_("Ce qui a bougé depuis les votes"), _moved),
        (_("Le budget"), _budget),
        (_("Les limites de ce chiffre"), _limits),
    ]


def reference(run: Run) -> str:
    """The number that a figure of a run carries."""
    return _("bilan n° {n}").format(n=run.pk)


def _one_page(report: _Report) -> Iterator[Block]:
    first, *rest = summary.figure(report.summary)
    yield first
    if asked := report.access.of(Strategy).values_list("asked", flat=True).first():
        yield Paragraph(_("Décision demandée : {what}").format(what=asked), "lead")
    yield from rest
    if report.summary.families:
        yield from breakdowns.shares(report.summary)
        yield breakdowns.parts(report.summary)
    if report.base:
        text = _("Année de référence : {year}, {figure} ({ref}).")
        sentences = [text.format(year=report.base.year, figure=_figure(report.base), ref=reference(report.base))]
        if report.change:
            sentences += comparison_sentences(report.change, report.summary.names)[:2]
        yield Paragraph(" ".join(sentences))
    if rows := status_of_objectives(report.access)[: objective_status.MOST_SHOWN]:
        columns = (
            ("l", _("Objectif"), lambda row: row.objective.title),
            ("r", _("Aujourd’hui"), _read),
            ("r", _("Cible"), lambda row: format_value(row.objective.target, row.objective.unit)),
            ("r", _("Échéance"), lambda row: _year(row.objective.due_on)),
            ("l", _("État"), lambda row: row.label),
        )
        yield Table.of(_("Les objectifs, aujourd’hui"), "", rows, columns)


def _read(row: ObjectiveStatus) -> str:
    """The last reading with its source, which is the number of a run when one gave it."""
    if row.reading is None:
        return "–"
    return f"{objective_status.format_reading(row.reading, row.objective.unit)} ({row.reading.source})"


def _day(day: date) -> str:
    return formatting.day(day.isoformat())


def _year(day: date | None) -> str:
    return str(day.year) if day else "–"


def _limits(report: _Report) -> Iterator[Block]:
    yield Heading(_("Ce qui n’est pas compté"), 2, "gaps-short")
    yield from confidence.gaps(report.summary)
    yield Heading(_("Avec d’autres facteurs"), 2)
    yield from confidence.factor_sets(report.summary)
    yield Heading(_("Qualité des données"), 2)
    yield confidence.quality(report.summary)
    yield confidence.limits(report.summary)


def _weights(report: _Report) -> Iterator[Block]:
    if report.summary.families:
        yield breakdowns.families(report.summary)
        yield from breakdowns.stages(report.summary)


def _annexes(report: _Report) -> Iterator[Block]:
    yield Heading(_("Méthode"), 2)
    yield from method.rules()
    yield method.perimeter(report.summary)
    yield from method.exclusions(report.summary)
    yield from breakdowns.criteria(report.summary)
    yield Heading(_("Sources"), 2)
    yield sources.source_list(report.summary)
    yield Heading(_("Liste de conformité"), 2)
    text = _("Ce que la RCP (annexe C) demande à un rapport de bilan, et ce que contient le rapport complet ({ref}). "
             "Ce document en est un résumé.")  # fmt: skip
    yield Paragraph(text.format(ref=report.summary.cited))
    yield conformity.checklist(report.summary)


def _baseline(report: _Report) -> Iterator[Block]:
    text = _("Bilan {year}, gelé par la décision du {day} : {decision} {figure} ({ref}).")
    for run in report.access.of(Run).filter(baseline__isnull=False).select_related("baseline").order_by("year"):
        values = {"year": run.year, "day": _day(run.baseline.decided_on), "decision": run.baseline.decision}
        yield Paragraph(text.format(**values, figure=_figure(run), ref=reference(run)))


def _figure(run: Run) -> str:
    return formatting.interval(run.mean or 0.0, run.low, run.high, UNIT)


def _readings(report: _Report) -> Iterator[Block]:
    if rows := [row for row in status_of_objectives(report.access) if row.objective.indicator]:
        columns = (
            ("l", _("Indicateur"), lambda row: objective_status.indicator_label(row.objective)),
            ("r", _("Départ"), lambda row: objective_status.format_start(row.objective)),
            ("r", _("Aujourd’hui"), _read),
            ("r", _("Attendu"), lambda row: format_value(row.expected, row.objective.unit)),
            ("r", _("Cible"), lambda row: format_value(row.objective.target, row.objective.unit)),
        )
        yield Table.of(_("Indicateurs des objectifs, avec la source de chaque relevé"), "", rows, columns)


def _diagnostic(report: _Report) -> Iterator[Block]:
    last, *before = report.access.of(Diagnostic).select_related("questionnaire")[:2] or [None]
    if last is None:
        yield Paragraph(_("Aucun diagnostic n’a encore été mené."))
        return
    assessed = assessment.assess_diagnostic(last)
    heads = [_("Facette"), _("Importance (0 à 3)"), _("Pratique (0 à 4)"), _("Priorité")]
    rows = [[at.label, _mark(at.importance), _mark(at.practice), at.priority_label or "–"] for at in assessed.facets]
    if before:
        since = {one.label: one for one in assessment.compare_diagnostics(before[0], last)}
        heads.append(_("De {before} à {after}, mêmes questions").format(before=before[0].year, after=last.year))
        for row in rows:
            one = since.get(row[0])
            row.append(f"{_mark(one.before)} → {_mark(one.after)}" if one else "–")
    yield Table(_("Diagnostic {year}").format(year=last.year), heads, rows, "lrrl" + "r" * (len(heads) - 4))
    if assessed.priorities:
        priorities = " ; ".join(at.label for at in assessed.priorities)
        yield Paragraph(_("Les priorités choisies en salle : {labels}.").format(labels=priorities))


def _mark(value: float | None) -> str:
    return "–" if value is None else formatting.number(value)


def _objectives(report: _Report) -> Iterator[Block]:
    rows = status_of_objectives(report.access)
    if not rows:
        yield Paragraph(_("Aucun objectif n’est encore écrit."))
    titles = dict(report.access.of(Ambition).values_list("pk", "title"))
    for ambition, group in groupby(rows, key=lambda row: row.objective.ambition_id):
        yield Heading(titles.get(ambition, _("Autres objectifs")), 2)
        lines = []
        for row in group:
            objective = row.objective
            missing = _(" Il manque : {what}.").format(what=", ".join(objective.missing)) if objective.missing else ""
            slipped = f" {objective.slipped}" if objective.slipped else ""
            lines.append(f"{objective.title} : {row.label}.{missing}{slipped}")
        yield Items(lines)


def _actions(report: _Report) -> Iterator[Block]:
    actions = list(report.access.of(Action).select_related("entity", "pilot"))
    columns = (
        ("l", _("Code"), lambda one: one.code),
        ("l", _("Action"), lambda one: one.title),
        ("l", _("Statut"), lambda one: one.status_label),
        ("l", _("Pilote"), lambda one: one.piloted_by or (one.entity.name if one.entity else "–")),
        ("l", _("Élu référent"), lambda one: one.elected or "–"),
        ("l", _("Fin"), lambda one: _year(one.ends_on)),
    )
    if actions:
        yield Table.of(_("Les actions du plan"), "", actions[:SHOWN], columns)
    if len(actions) > SHOWN:
        yield Paragraph(_("{n} autres actions sont dans le tableur du plan.").format(n=len(actions) - SHOWN), "note")


def _effects(report: _Report) -> Iterator[Block]:
    last, fresh = effects.latest_projection(report.access)
    if last is None:
        yield Paragraph(_("Les effets ne sont pas encore calculés."))
    else:
        if not fresh:
            yield Paragraph(_("Le plan a changé depuis ce calcul : les chiffres sont ceux du plan d’alors."), "note")
        ref = _("projection n° {p} du {run}").format(p=last.pk, run=reference(last.run))
        yield from projection.outline(projection.Projection(ProjectionResults(last.folder), report.summary.names, ref))
    yield Heading(_("Ce qui a été observé"), 2)
    yield from _observed(report)


def _observed(report: _Report) -> Iterator[Block]:
    """What moved since the reference year, cause by cause, and whether it is more than the doubt."""
    if report.base is None:
        yield Paragraph(_("Il faut deux bilans gelés, d’années différentes, pour dire ce qui a été observé."), "note")
        return
    values: dict[str, Any] = {"before": report.base.year, "after": report.run.year}
    values |= {"first": reference(report.base), "last": reference(report.run)}
    if report.change is None:
        text = _("Les bilans {before} ({first}) et {after} ({last}) ne se comparent pas.")
        yield Paragraph(text.format(**values), "note")
        return
    yield Paragraph(_("Toutes actions confondues, entre le {first} et le {last} :").format(**values))
    yield Items(comparison_sentences(report.change, report.summary.names))
    whole = report.change.whole
    unit = formatting.column_unit([whole.before, whole.after], report.summary.carbon["unit"])
    moved = [
        [labels.cause(cause), formatting.signed(effect, unit[1])]
        for cause, effect in whole.effects.items()
        if whole.moved(cause)
    ]
    first, last = (formatting.cell(total, unit[1], digits=3) for total in (whole.before, whole.after))
    rows = [[str(report.base.year), first], *moved, [str(report.run.year), last]]
    caption = _("Ce qui a changé, par cause ({first} et {last})").format(**values)
    yield Table(caption, [_("Cause"), formatting.unit_text(unit[0])], rows)


def _budget(report: _Report) -> Iterator[Block]:
    years: dict[int, dict[tuple[str, str], float]] = {}
    for line in report.access.of(Budget):
        cells = years.setdefault(line.year, {})
        for name in ("forecast", "actual"):
            if (euros := getattr(line, name)) is not None:
                cells[line.nature, name] = cells.get((line.nature, name), 0.0) + euros
    if not years:
        yield Paragraph(_("Aucun budget n’est encore renseigné."))
        return
    given = {key for cells in years.values() for key in cells}
    columns = [key for nature in Budget.NATURES for name in ("forecast", "actual") if (key := (nature, name)) in given]
    words = {"forecast": _("prévu"), "actual": _("réalisé")}
    heads = [f"{Budget(nature=nature).nature_label}, {words[name]}".capitalize() for nature, name in columns]
    rows = [
        [str(year), *(formatting.count(cells[key]) if key in cells else "–" for key in columns)]
        for year, cells in sorted(years.items())
    ]
    totals = [sum(cells.get(key, 0.0) for cells in years.values()) for key in columns]
    rows.append([_("Total"), *map(formatting.count, totals)])
    yield Table(_("Euros par année, toutes actions ; un tiret : non renseigné"), [_("Année"), *heads], rows)


def _votes(report: _Report) -> Iterator[Block]:
    columns = (
        ("l", _("Objet"), lambda act: votes.kind_label(act.version.kind)),
        ("l", _("Séance"), lambda act: _day(act.session)),
        ("l", _("Délibération"), lambda act: act.number),
        ("l", _("Pour / contre / abstentions"), "{0.votes_for} / {0.votes_against} / {0.abstentions}".format),
        ("l", _("Transmis le"), lambda act: _day(act.transmitted_on) if act.transmitted_on else "–"),
    )
    if acts := list(report.access.of(Act).select_related("version")):
        yield Heading(_("Votes"), 2)
        yield Table.of(_("Ce que l’assemblée a adopté"), "", acts, columns)
    checked = report.access.of(Strategy).values_list("checked", flat=True).first() or []
    states = {True: _("oui"), False: _("pas encore")}
    rows = text_rows("strategy_checklist")
    yield Heading(_("Liste du décret 2022-1084, facultative pour un département"), 2)
    yield Items([f"{row['label_fr']} : {states[row['code'] in checked]}" for row in rows])


def _statuses(report: _Report) -> Iterator[Block]:
    counts = Counter(action.status_label for action in report.access.of(Action))
    rows = [[label, str(count)] for label, count in counts.most_common()]
    yield Table(_("Les actions, par statut"), [_("Statut"), _("Actions")], rows)


def _slipped(report: _Report) -> Iterator[Block]:
    late = [one for one in report.access.of(Action) if one.overdue or one.status in ("late", "blocked", "paused")]
    lines = [f"{one.code} {one.title} : {one.status_label.lower()}" for one in late]
    objectives = [row.objective for row in status_of_objectives(report.access) if row.objective.slipped]
    lines += [f"{one.title} : {one.slipped}" for one in objectives]
    if lines:
        yield Paragraph(_("Ce qui a glissé, et pourquoi :"))
        yield Items(lines)


def _moved(report: _Report) -> Iterator[Block]:
    for kind in (STRATEGY, PLAN):
        act: Any = votes.last_vote(report.access, kind)
        if act is None:
            continue
        rows = [[row["what"], row["field"], row["before"], row["after"]] for row in votes.changes_since_vote(act)]
        caption = _("Depuis le vote du {day} : {what}").format(day=_day(act.session), what=votes.kind_label(kind))
        if rows:
            yield Table(caption, [_("Où"), _("Quoi"), _("Voté"), _("Aujourd’hui")], rows[:SHOWN], "llll")
        else:
            yield Paragraph(_("{caption} : rien n’a bougé.").format(caption=caption))
