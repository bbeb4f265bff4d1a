"""All that a session of the assembly may be told, read once from the portal: nothing is computed here."""

from collections.abc import Iterator
from datetime import date
from functools import cached_property

from django.utils import timezone

from estran.analysis.decomposition import Comparison, compare_runs
from estran.analysis.indicators import Indicator
from estran.analysis.legal import Verdict
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.problems import CannotUse
from estran.common.shipped import text_rows
from estran.portal.diagnostic.models import Charter, Diagnostic, TargetProof, TargetReview
from estran.portal.indicators import computation
from estran.portal.organisations.access import Access
from estran.portal.plan import effects, votes
from estran.portal.plan.models import STRATEGY, Act, Action, Ambition, Projection, Strategy
from estran.portal.plan.money import Money, count_money
from estran.portal.plan.objective_status import ObjectiveStatus, status_of_objectives
from estran.portal.publishing import contradictions
from estran.portal.publishing.contradictions import Contradiction, Place, Statement
from estran.portal.publishing.models import AssemblyReport
from estran.portal.results.models import Run
from estran.portal.workshops.models import Session, Vision
from estran.projection.results import ProjectionResults
from estran.reporting.run_summary import RunSummary


class SessionFacts:
    """What a session is told of: an organisation, a frozen run or none, the day of the session or none yet."""

    def __init__(self, access: Access, run: Run | None = None, session: date | None = None) -> None:
        self.access, self.run, self.session = access, run, session

    # --- the footprint -----------------------------------------------------------------------------------------------

    @cached_property
    def summary(self) -> RunSummary | None:
        """The run in words and figures."""
        return RunSummary(self.run.folder, Labels("fr")) if self.run else None

    @cached_property
    def base(self) -> Run | None:
        """The run of the reference year, when it is of an earlier year."""
        if self.run is None:
            return None
        return self.access.of(Run).filter(baseline__isnull=False, year__lt=self.run.year).order_by("year").first()

    @cached_property
    def change(self) -> Comparison | None:
        """From the reference year to the run, explained; None without two years that compare."""
        try:
            return compare_runs(self.base.folder, self.run.folder) if self.base and self.run else None
        except CannotUse:
            return None

    # --- the plan ----------------------------------------------------------------------------------------------------

    @cached_property
    def strategy(self) -> Strategy | None:
        """The strategy."""
        return self.access.of(Strategy).select_related("base_run").first()

    @cached_property
    def ambitions(self) -> list[Ambition]:
        """The ambitions, in order."""
        return list(self.access.of(Ambition))

    @cached_property
    def objectives(self) -> list[ObjectiveStatus]:
        """The objectives with their state."""
        return status_of_objectives(self.access)

    @cached_property
    def actions(self) -> list[Action]:
        """Every action, with its steps, notes and budget."""
        rows = self.access.of(Action).select_related("entity", "objective", "pilot")
        return list(rows.prefetch_related("steps", "notes", "budgets"))

    @cached_property
    def projection(self) -> Projection | None:
        """The last projection computed."""
        return effects.last_computed(self.access)

    @cached_property
    def prospects(self) -> ProjectionResults | None:
        """What the last projection says."""
        return ProjectionResults(self.projection.folder) if self.projection else None

    @cached_property
    def money(self) -> Money:
        """The money of the years to come, to the end of the strategy."""
        first = (self.session or timezone.localdate()).year
        last = self.strategy.to_year if self.strategy else first + 5
        return count_money(self.actions, self.strategy, first, last)

    @cached_property
    def acts(self) -> list[Act]:
        """The votes that stand, the oldest first: a line that another corrects is left out."""
        return list(
            self.access.of(Act).filter(correction__isnull=True).select_related("version").order_by("session", "pk")
        )

    # --- the approach, the indicators --------------------------------------------------------------------------------

    @cached_property
    def charter(self) -> Charter | None:
        """The charter."""
        return self.access.of(Charter).first()

    @cached_property
    def diagnostics(self) -> list[Diagnostic]:
        """The passes of the diagnostic, the last first."""
        return list(self.access.of(Diagnostic).select_related("questionnaire"))

    @cached_property
    def workshops(self) -> list[Session]:
        """The workshops held, the oldest first."""
        rows = self.access.of(Session).filter(state=Session.CLOSED).select_related("diagnostic", "vision")
        return list(rows.prefetch_related("presences__entity", "spreads__question").order_by("opened_at", "pk"))

    @cached_property
    def vision(self) -> Vision | None:
        """The last workshop of vision that has a result."""
        return self.access.of(Vision).filter(phase=Vision.RESULT).first()

    @cached_property
    def reviews(self) -> list[TargetReview]:
        """The reviews of the charter's targets."""
        return list(self.access.of(TargetReview).order_by("target", "-year"))

    @cached_property
    def indicators(self) -> dict[str, dict[int, Indicator]]:
        """The indicators that are known: code → year → the indicator."""
        followed = computation.read_state(self.access.organisation).followed
        known: dict[str, dict[int, Indicator]] = {}
        for row in followed.indicators if followed else ():
            if row.value is not None:
                known.setdefault(row.code, {})[row.year] = row
        return known

    @cached_property
    def counters(self) -> list[Verdict]:
        """The legal counters of the last year."""
        followed = computation.read_state(self.access.organisation).followed
        return followed.counters if followed else []

    # --- what contradicts itself -------------------------------------------------------------------------------------

    @cached_property
    def contradictions(self) -> list[Contradiction]:
        """The contradictions that are in all this."""
        projected = {row["code"] for row in self.prospects.actions if not row["note"]} if self.prospects else set()
        voted = votes.last_vote(self.access, STRATEGY)
        observed = effects.read_observed(self.projection) if self.projection else None
        base = self.strategy.base_run if self.strategy else None
        reports = self.access.of(AssemblyReport).filter(session__lt=self.session) if self.session else []
        before = next((one for one in reports if one.asked), None)
        return contradictions.find_contradictions(contradictions.Facts(
            session=self.session,
            this_year=timezone.localdate().year,
            year=self.run.year if self.run else None,
            strategy=self.strategy,
            base_year=base.year if base else None,
            objectives=self.objectives,
            actions=[
                contradictions.BudgetedAction(one, list(one.budgets.all()), one.code in projected)
                for one in self.actions
            ],
            texts=list(self._texts()),
            counts={
                row["indicator"]: {
                    year: (one.numerator, one.value) for year, one in self.indicators.get(row["indicator"], {}).items()
                }
                for row in text_rows("counted_words")
            },
            causes=observed["parts"][0]["effects"] if observed else {},
            voted=votes.changes_since_vote(voted) if voted else [],
            stale=self.projection.pk if self.projection and not effects.latest_projection(self.access)[1] else None,
            asked_before=(formatting.day(before.session.isoformat()), before.asked) if before else None,
        ))  # fmt: skip

    def _texts(self) -> Iterator[Statement]:
        """The texts that people wrote, with the year they speak of."""
        this_year = timezone.localdate().year
        for action in self.actions:
            for note in action.notes.all():
                yield Statement(note.text, action.code, ("plan:action", action.pk), note.on.year)
        for row in self.objectives:
            one = row.objective
            yield Statement(one.slipped, one.title, ("plan:objective", one.pk), this_year)
        charter: Place = ("diagnostic:charter", None)
        for review in self.reviews:
            yield Statement(review.why, review.target, charter, review.year)
        for proof in self.access.of(TargetProof):
            yield Statement(proof.text, proof.target, charter, this_year)
        if self.strategy:
            yield Statement(self.strategy.text, self.strategy.title, ("plan:strategy", None), this_year)
