"""The grid of the charter: each target with its place in the diagnostic, its proof, its actions, its yearly reviews."""

from dataclasses import dataclass

from estran.portal.common.catalogue_rows import Row, table_rows
from estran.portal.diagnostic import assessment, questionnaires
from estran.portal.diagnostic.assessment import Axis, Place
from estran.portal.diagnostic.models import Charter, Diagnostic, TargetProof, TargetReview
from estran.portal.organisations.access import Access
from estran.portal.plan.models import Action


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
    axes = assessment.assess_diagnostic(diagnostic).axes if diagnostic else []
    places = {place.code: place for axis in axes for place in axis.targets}
    proofs = dict(access.of(TargetProof).values_list("target", "text"))
    actions = list(access.of(Action))
    reviews = list(access.of(TargetReview))
    indicators = {row["code"]: row for row in table_rows("indicators")}
    questions = (diagnostic.questionnaire if diagnostic else questionnaires.current_version(access)).questions.all()
    targets = {}
    for row in table_rows("charter_targets"):
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
    return assessment.group_by_axis(targets)


def find_target(access: Access, code: str) -> Target | None:
    """One target of the grid, or None."""
    return next((target for axis in read_grid(access) for target in axis.targets if target.code == code), None)


@dataclass(frozen=True)
class Review:
    """The review of a year: the targets reviewed, those done first, and how many are left to review."""

    year: int
    reviewed: list[tuple[Target, TargetReview]]
    done: int
    left: int


def review_of_year(axes: list[Axis], year: int | None) -> Review | None:
    """The review of a year, or of the latest one; None without any."""
    targets = [target for axis in axes for target in axis.targets]
    years = reviewed_years(axes)
    if not years:
        return None
    year = year if year in years else years[0]
    reviews = [(target, review) for target in targets for review in target.reviews if review.year == year]
    reviews.sort(key=lambda pair: not pair[1].done)
    return Review(year, reviews, sum(review.done for _target, review in reviews), len(targets) - len(reviews))


def reviewed_years(axes: list[Axis]) -> list[int]:
    """The years reviewed, the latest first."""
    return sorted({review.year for axis in axes for target in axis.targets for review in target.reviews}, reverse=True)
