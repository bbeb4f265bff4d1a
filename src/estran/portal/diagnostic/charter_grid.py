"""The grid in which a charter is read: each target with its state, its proof, what carries it, its yearly reviews."""

from __future__ import annotations

from dataclasses import dataclass

from estran.portal.common.catalogue_rows import Row, rows
from estran.portal.diagnostic import assessment, questionnaires
from estran.portal.diagnostic.assessment import Place
from estran.portal.diagnostic.models import Charter, Diagnostic, TargetProof, TargetReview
from estran.portal.organisations.access import Access
from estran.portal.plan.models import Action


@dataclass(frozen=True)
class Target:
    """A target of the grid, for one authority. `late`: it joined the grid after the charter was signed."""

    row: Row
    late: bool
    place: Place | None
    proof: str
    actions: list[Action]
    indicators: list[Row]
    reviews: list[TargetReview]

    @property
    def code(self) -> str:
        """Its code in the grid."""
        return self.row["code"]

    @property
    def label(self) -> str:
        """Its name."""
        return self.row["label_fr"]


@dataclass(frozen=True)
class Axis:
    """An axis of the grid and its targets."""

    label: str
    targets: list[Target]


def grid(access: Access) -> list[Axis]:
    """Every axis with its targets, as they stand today."""
    charter = access.of(Charter).first()
    diagnostic = access.of(Diagnostic).select_related("questionnaire").first()
    places = {}
    if diagnostic:
        places = {at.code: at for axis in assessment.of(diagnostic).axes for at in axis.targets}
    proofs = dict(access.of(TargetProof).values_list("target", "text"))
    actions = list(access.of(Action))
    reviews = list(access.of(TargetReview))
    known = {row["code"]: row for row in rows("indicators")}
    questions = (diagnostic.questionnaire if diagnostic else questionnaires.latest(access)).questions.all()
    targets: dict[str, list[Target]] = {}
    for row in rows("charter_targets"):
        code = row["code"]
        linked = [action for action in actions if code in action.targets]
        codes = [question.indicator for question in questions if code in question.targets]
        codes += [indicator for action in linked for indicator in action.indicators]
        made = Target(
            row,
            bool(charter and row["added"] > charter.signed_on.isoformat()),
            places.get(code),
            proofs.get(code, ""),
            linked,
            [known[one] for one in dict.fromkeys(codes) if one in known],
            [review for review in reviews if review.target == code],
        )
        targets.setdefault(row["axis"], []).append(made)
    return [Axis(row["label_fr"], targets[row["axis"]]) for row in rows("charter_axes")]


def target(access: Access, code: str) -> Target | None:
    """One target of the grid, or None."""
    return next((one for axis in grid(access) for one in axis.targets if one.code == code), None)


@dataclass(frozen=True)
class Review:
    """What a year says of the charter: the targets reviewed, what is done first; how many were not looked at."""

    year: int
    said: list[tuple[Target, TargetReview]]
    left: int

    @property
    def done(self) -> int:
        """How many targets the year says done."""
        return sum(review.done for _target, review in self.said)


def review(axes: list[Axis], year: int | None) -> Review | None:
    """The review of a year, or of the latest one; None without any."""
    every = [target for axis in axes for target in axis.targets]
    known = years(axes)
    if not known:
        return None
    year = year if year in known else known[0]
    said = [(target, one) for target in every for one in target.reviews if one.year == year]
    return Review(year, sorted(said, key=lambda pair: not pair[1].done), len(every) - len(said))


def years(axes: list[Axis]) -> list[int]:
    """The years reviewed, the latest first."""
    return sorted({one.year for axis in axes for target in axis.targets for one in target.reviews}, reverse=True)
