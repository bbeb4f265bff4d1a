"""What a diagnostic says: each facet and each target of the charter placed on importance × practice, then compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import ceil
from statistics import fmean, median

from estran.common.language import _
from estran.portal.common.catalogue_rows import Row, rows
from estran.portal.diagnostic.models import Diagnostic, Finding


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
    """An axis of the charter's grid with its targets, the most urgent first."""

    code: str
    label: str
    targets: list[Place]


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
    """A pass as pages show it."""

    facets: list[Place]
    axes: list[Axis]
    priorities: list[Place]
    open: int  # questions asked in the room and not settled yet


def of(diagnostic: Diagnostic) -> Results:
    """Read a pass: every facet, every target by axis, the priorities the room ranked."""
    findings = found(diagnostic)
    questions = list(diagnostic.questionnaire.questions.select_related("facet"))
    facets = [
        place(facet.code, facet.label, [findings.get(q.code) for q in questions if q.facet_id == facet.pk])
        for facet in diagnostic.questionnaire.facets.all()
    ]
    targets = {
        row["code"]: place(
            row["code"], row["label_fr"], [findings.get(q.code) for q in questions if row["code"] in q.targets]
        )
        for row in rows("charter_targets")
    }
    axis_of = {row["code"]: row["axis"] for row in rows("charter_targets")}
    axes = [
        Axis(
            row["axis"],
            row["label_fr"],
            sorted((t for t in targets.values() if axis_of[t.code] == row["axis"]), key=urgency),
        )
        for row in rows("charter_axes")
    ]
    ranked = [targets[chosen.target] for chosen in diagnostic.priorities.all()]
    waiting = sum(1 for q in questions if q.asked and not (q.code in findings and findings[q.code].settled))
    return Results(facets, axes, ranked, waiting)


def found(diagnostic: Diagnostic) -> dict[str, Finding]:
    """The findings of a pass, by code of question."""
    return {finding.question.code: finding for finding in diagnostic.findings.select_related("question")}


def place(code: str, label: str, findings: Iterable[Finding | None]) -> Place:
    """Place what these findings say: the mean of known practices, the median of known importances rounded up."""
    given = list(findings)
    practices = [f.practice for f in given if f and f.practice is not None]
    importances = [f.importance for f in given if f and f.importance is not None]
    if not practices or not importances:
        return Place(code, label, len(practices), len(given))
    practice, importance = fmean(practices), ceil(median(importances))
    performance = performance_of(practice)
    row = _matrix()[importance, performance]
    return Place(
        code, label, len(practices), len(given), importance, practice, performance,
        int(row["priority"]), row["label_fr"], row["reading_fr"],
    )  # fmt: skip


def performance_of(practice: float) -> int:
    """The performance (1 to 4) of a mean practice (0 to 4)."""
    return max(int(row["value"]) for row in scale("performance") if float(row["from_mean"]) <= practice)


def urgency(at: Place) -> tuple[int, float, str]:
    """Sorts places: the highest priority first, then the lowest practice; what is not known last."""
    return (-(at.priority if at.priority is not None else -1), at.practice if at.practice is not None else 9, at.code)


@cache
def scale(name: str) -> list[Row]:
    """The values of a scale, from the smallest."""
    return [row for row in rows("diagnostic_scales") if row["scale"] == name]


@cache
def importance_labels() -> dict[int, str]:
    """The words for each importance."""
    return {int(row["value"]): row["label_fr"] for row in scale("importance")}


@cache
def _matrix() -> dict[tuple[int, int], Row]:
    return {(int(row["importance"]), int(row["performance"])): row for row in rows("priority_matrix")}


def compare(before: Diagnostic, after: Diagnostic) -> list[Comparison]:
    """Two passes, facet by facet, on the questions that are word for word the same and known in both."""
    old = {f.question.fingerprint: f for f in found(before).values()}
    new = {f.question.fingerprint: f for f in found(after).values()}
    compared = []
    for facet in after.questionnaire.facets.prefetch_related("questions"):
        prints = [question.fingerprint for question in facet.questions.all()]
        pairs = [
            (old[p].practice, new[p].practice)
            for p in prints
            if p in old and p in new and old[p].practice is not None and new[p].practice is not None
        ]
        means = [fmean(values) for values in zip(*pairs, strict=True)] if pairs else [None, None]
        compared.append(Comparison(facet.label, len(pairs), len(prints), means[0], means[1]))
    return compared


# ------------------------------------------------------------------------------------------------------------- the map

LEFT, TOP, COLUMN, BAND = 112, 8, 132, 90  # pixels of the drawing
FIRST_X, FIRST_Y, STEP_X, STEP_Y, IN_A_ROW = 15, 31, 25, 23, 5  # of the marks within a cell


@dataclass(frozen=True)
class Mark:
    """A facet on the map: its number, where its centre is, and what it says."""

    number: int
    x: float
    y: float
    said: str


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix behind the map: where it is, its priority and its words."""

    x: float
    y: float
    priority: int
    label: str


def cells() -> list[Cell]:
    """The sixteen cells of the priority matrix, where the map draws them."""
    return [
        Cell(LEFT + (performance - 1) * COLUMN, TOP + (3 - importance) * BAND, int(row["priority"]), row["label_fr"])
        for (importance, performance), row in _matrix().items()
    ]


def marks(facets: list[Place]) -> list[Mark]:
    """The known facets on the map, practice across and importance up, side by side within a cell."""
    taken: dict[tuple[int, int], int] = {}
    drawn = []
    for number, at in enumerate(facets, 1):
        if at.importance is None or at.practice is None or at.performance is None:
            continue
        cell = (at.importance, at.performance)
        place_in_cell = taken[cell] = taken.get(cell, -1) + 1
        row, column = divmod(place_in_cell, IN_A_ROW)
        x = LEFT + (at.performance - 1) * COLUMN + FIRST_X + column * STEP_X
        y = TOP + (3 - at.importance) * BAND + FIRST_Y + row * STEP_Y
        said = _("{label} : importance {importance} sur 3, pratique {practice} sur 4")
        text = said.format(label=at.label, importance=at.importance, practice=f"{at.practice:.1f}".replace(".", ","))
        drawn.append(Mark(number, x, y, text))
    return drawn
