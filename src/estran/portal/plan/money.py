"""The money of the plan in three lines that are never added: new costs, new savings, savings won before the plan."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone

from estran.portal.plan.effects import NOT_PROJECTED, won_before
from estran.portal.plan.models import Action, Budget, Strategy

COSTS = ("investment", "running")


@dataclass(frozen=True)
class Unspent:
    """A credit of a past year that was never spent: it counts in no total."""

    action: Action
    line: Budget


@dataclass
class Money:
    """Euros by year: what is spent or forecast by nature, what is newly saved, what an earlier decision already saves.

    A year that nothing says is not in it: unknown is not zero. `uncosted` are the open actions without any amount.
    """

    costs: dict[str, dict[int, float]] = field(default_factory=lambda: {nature: {} for nature in COSTS})
    saved: dict[int, float] = field(default_factory=dict)
    won: dict[int, float] = field(default_factory=dict)
    unspent: list[Unspent] = field(default_factory=list)
    uncosted: list[Action] = field(default_factory=list)

    def total(self, nature: str) -> float:
        """The sum over the years of a nature of costs."""
        return sum(self.costs[nature].values())

    @property
    def years(self) -> list[int]:
        """The years that have an amount."""
        return sorted({year for line in (*self.costs.values(), self.saved, self.won) for year in line})


def count_money(actions: Iterable[Action], strategy: Strategy | None, first: int, last: int) -> Money:
    """The money of actions from a year to another: what was spent, else what is forecast for a year not yet over."""
    money, this_year = Money(), timezone.localdate().year
    for action in actions:
        lines = [line for line in action.budgets.all() if first <= line.year <= last]
        known = [line for line in lines if line.forecast is not None or line.actual is not None]
        if action.open and action.status not in NOT_PROJECTED and not known:
            money.uncosted.append(action)
        for line in known:
            if line.actual is None and line.year < this_year:
                money.unspent.append(Unspent(action, line))
                continue
            euros = line.forecast if line.actual is None else line.actual
            if line.nature in COSTS:
                into = money.costs[line.nature]
            else:
                into = money.won if won_before(action, strategy) else money.saved
            into[line.year] = into.get(line.year, 0.0) + (euros or 0.0)
    return money
