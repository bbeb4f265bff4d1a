"""The timeline of actions: one bar each over the years of the strategy, as it is drawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from estran.portal.plan.models import Action, Strategy

LEFT, WIDTH, ROW_HEIGHT = 150, 640, 22  # pixels of the drawing


@dataclass(frozen=True)
class Bar:
    """One action on the timeline, in pixels; `open_end`: no end date is known."""

    action: Action
    x: float
    width: float
    y: int
    open_end: bool


@dataclass(frozen=True)
class Timeline:
    """The bars of dated actions, the years with their place, the line of today; `without`: actions without a date."""

    bars: list[Bar]
    years: list[tuple[int, float]]
    today: float | None
    height: int
    without: list[Action]


def lay_out_timeline(actions: Iterable[Action], strategy: Strategy | None) -> Timeline:
    """The actions that have a start or an end, over whole years."""
    listed = list(actions)
    dated = [action for action in listed if action.starts_on or action.ends_on]
    without = [action for action in listed if not (action.starts_on or action.ends_on)]
    today = timezone.localdate()
    dates = [day.year for action in dated for day in (action.starts_on, action.ends_on) if day] or [today.year]
    first, last = min(dates), max([*dates, *([strategy.to_year] if strategy else [])]) + 1
    scale = (WIDTH - LEFT) / ((date(last, 1, 1) - date(first, 1, 1)).days)

    def x(day: date) -> float:
        return round(LEFT + (day - date(first, 1, 1)).days * scale, 1)

    bars = []
    for row, action in enumerate(dated):
        start, end = action.starts_on or action.ends_on, action.ends_on or date(last, 1, 1)
        assert start
        begin = x(start)
        bars.append(
            Bar(action, begin, max(3.0, round(x(end) - begin, 1)), 24 + row * ROW_HEIGHT, action.ends_on is None)
        )
    step = max(1, (last - first) // 10 + 1)
    years = [(year, x(date(year, 1, 1))) for year in range(first, last, step)]
    now = x(today) if date(first, 1, 1) <= today < date(last, 1, 1) else None
    return Timeline(bars, years, now, 24 + len(dated) * ROW_HEIGHT + 6, without)
