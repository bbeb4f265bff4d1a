"""The results of a diagnostic: each facet and each target of the charter placed on importance × practice.

The grid of the charter shows each target with that place, its proof, its actions, its yearly reviews.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import ceil
from statistics import fmean, median
from typing import Any

from estran.common.shipped import text_rows
from estran.portal.common.catalogue_rows import Row
from estran.portal.diagnostic import questionnaires
from estran.portal.diagnostic.models import Charter, Diagnostic, Finding, TargetProof, TargetReview
from estran.portal.organisations.access import Access
from estran.portal.plan.models import Action


@dataclass(frozen=True)
class Place:
    """Where a facet or a target stands: importance 0 to 3, mean practice 0 to 4, performance 1 to 4, its priority.

    They are None while nothing is known. `known` questions out of `questions` have a level of practice.
    """

    code: str
    label: str
    known: int
    questions: int
    importance: int | None = None
    practice: float | None = None
    performance: int | None = None
    priority: int | None = None
    priority_label: str = ""
    reading: str = ""


@dataclass(frozen=True)
class Axis:
    """An axis of the charter's grid with what stands for each of its targets."""

    label: str
    targets: list[Any]


@dataclass(frozen=True)
class Comparison:
    """A facet in two passes, over the questions whose text and levels are the same: mean practice before and after."""

    label: str
    same: int
    questions: int
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Results:
    """The results of a pass."""

    facets: list[Place]
    axes: list[Axis]  # the most urgent target first
    priorities: list[Place]
    open: int  # questions asked in the room and not settled yet


def assess_diagnostic(diagnostic: Diagnostic) -> Results:
    """Place every facet and every target of a pass, by axis, with the priorities the room ranked."""
    findings = findings_by_code(diagnostic)
    questions = list(diagnostic.questionnaire.questions.select_related("facet"))
    facets = [
        place_findings(facet.code, facet.label, [findings.get(q.code) for q in questions if q.facet_id == facet.pk])
        for facet in diagnostic.questionnaire.facets.all()
    ]
    targets = {
        row["code"]: place_findings(
            row["code"], row["label_fr"], [findings.get(q.code) for q in questions if row["code"] in q.targets]
        )
        for row in text_rows("charter_targets")
    }
    axes = [Axis(axis.label, sorted(axis.targets, key=urgency_of_place)) for axis in group_by_axis(targets)]
    ranked = [targets[priority.target] for priority in diagnostic.priorities.all()]
    open_questions = sum(1 for q in questions if q.asked and not (q.code in findings and findings[q.code].settled))
    return Results(facets, axes, ranked, open_questions)


def group_by_axis(targets: dict[str, Any]) -> list[Axis]:
    """What stands for each target of the charter, by its code, under the axes of the grid and in its order."""
    rows = text_rows("charter_targets")
    return [
        Axis(axis["label_fr"], [targets[row["code"]] for row in rows if row["axis"] == axis["axis"]])
        for axis in text_rows("charter_axes")
    ]


def findings_by_code(diagnostic: Diagnostic) -> dict[str, Finding]:
    """The findings of a pass, by code of question."""
    return {finding.question.code: finding for finding in diagnostic.findings.select_related("question")}


def place_findings(code: str, label: str, answers: Iterable[Finding | None]) -> Place:
    """Place a facet or a target: the mean of its known practices, the median of its known importances rounded up."""
    findings = list(answers)
    practices = [finding.practice for finding in findings if finding and finding.practice is not None]
    importances = [finding.importance for finding in findings if finding and finding.importance is not None]
    if not practices or not importances:
        return Place(code, label, len(practices), len(findings))
    practice, importance = fmean(practices), ceil(median(importances))
    performance = max(int(row["value"]) for row in scale_values("performance") if float(row["from_mean"]) <= practice)
    row = priority_matrix()[importance, performance]
    return Place(
        code, label, len(practices), len(findings), importance, practice, performance,
        int(row["priority"]), row["label_fr"], row["reading_fr"],
    )  # fmt: skip


def urgency_of_place(place: Place) -> tuple[int, float, str]:
    """Sort key: the highest priority first, then the lowest practice; what is not known last."""
    priority, practice = (-1 if place.priority is None else place.priority), place.practice
    return -priority, 9 if practice is None else practice, place.code


@cache
def scale_values(name: str) -> list[Row]:
    """The values of a scale, from the smallest."""
    return [row for row in text_rows("diagnostic_scales") if row["scale"] == name]


@cache
def importance_labels() -> dict[int, str]:
    """The words for each importance."""
    return {int(row["value"]): row["label_fr"] for row in scale_values("importance")}


@cache
def priority_matrix() -> dict[tuple[int, int], Row]:
    """Importance and performance → their row of the priority matrix."""
    return {(int(row["importance"]), int(row["performance"])): row for row in text_rows("priority_matrix")}


def compare_diagnostics(before: Diagnostic, after: Diagnostic) -> list[Comparison]:
    """Two passes, facet by facet, on the questions that are word for word the same and known in both."""
    old, new = (
        {finding.question.fingerprint: finding.practice for finding in findings_by_code(diagnostic).values()}
        for diagnostic in (before, after)
    )
    compared = []
    for facet in after.questionnaire.facets.prefetch_related("questions"):
        questions = [question.fingerprint for question in facet.questions.all()]
        levels = [(old.get(fingerprint), new.get(fingerprint)) for fingerprint in questions]
        pairs = [(was, now) for was, now in levels if was is not None and now is not None]
        means = [fmean(values) for values in zip(*pairs, strict=True)] if pairs else [None, None]
        compared.append(Comparison(facet.label, len(pairs), len(questions), means[0], means[1]))
    return compared


@dataclass(frozen=True)
class Target:
    """A target of the grid, for one authority. `late`: it joined the grid after the charter was signed."""

    code: str
    label: str
    row: Row
    late: bool
    place: Place | None
    proof: str
    actions: list[Action]
    indicators: list[Row]
    reviews: list[TargetReview]


def read_grid(access: Access) -> list[Axis]:
    """Every axis with its targets, as they stand today."""
    charter = access.of(Charter).first()
    diagnostic = access.of(Diagnostic).select_related("questionnaire").first()
    axes = assess_diagnostic(diagnostic).axes if diagnostic else []
    places = {place.code: place for axis in axes for place in axis.targets}
    proofs = dict(access.of(TargetProof).values_list("target", "text"))
    actions, reviews = list(access.of(Action)), list(access.of(TargetReview))
    indicators = {row["code"]: row for row in text_rows("indicators")}
    questions = (diagnostic.questionnaire if diagnostic else questionnaires.current_version(access)).questions.all()
    targets = {}
    for row in text_rows("charter_targets"):
        code = row["code"]
        linked = [action for action in actions if code in action.targets]
        codes = [question.indicator for question in questions if code in question.targets]
        codes += [indicator for action in linked for indicator in action.indicators]
        targets[code] = Target(
            code,
            row["label_fr"],
            row,
            bool(charter and row["added"] > charter.signed_on.isoformat()),
            places.get(code),
            proofs.get(code, ""),
            linked,
            [indicators[name] for name in dict.fromkeys(codes) if name in indicators],
            [review for review in reviews if review.target == code],
        )
    return group_by_axis(targets)


def find_target(access: Access, code: str) -> Target | None:
    """One target of the grid, or None."""
    return next((target for axis in read_grid(access) for target in axis.targets if target.code == code), None)


@dataclass(frozen=True)
class Review:
    """The review of a year: the targets reviewed, those done first, and how many are left; every year reviewed."""

    year: int
    reviewed: list[tuple[Target, TargetReview]]
    done: int
    left: int
    years: list[int]


def review_of_year(axes: list[Axis], year: int) -> Review | None:
    """The review of a year, or of the latest one; None without any."""
    targets = [target for axis in axes for target in axis.targets]
    years = sorted({review.year for target in targets for review in target.reviews}, reverse=True)
    if not years:
        return None
    year = year if year in years else years[0]
    reviews = [(target, review) for target in targets for review in target.reviews if review.year == year]
    reviews.sort(key=lambda pair: not pair[1].done)
    done = sum(review.done for _target, review in reviews)
    return Review(year, reviews, done, len(targets) - len(reviews), years)
