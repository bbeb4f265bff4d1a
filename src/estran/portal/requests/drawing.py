"""The requests as value × footprint: bubbles of one size, readable on a phone as on a wall."""

from collections.abc import Iterable
from dataclasses import dataclass

from estran.portal.requests.models import Request

HEIGHT, TOP, BOTTOM = 320, 44, 280  # of the drawing, in pixels; its width is that of the page
LEFT, RIGHT = 6.0, 94.0  # per cent of the width
RADIUS, NARROW = 11, 320  # pixels; the narrowest page, where bubbles are the closest


@dataclass(frozen=True)
class Point:
    """A request that has a value (0 to 1) and a footprint (kg CO2 eq a year); `number` names it in the table too."""

    request: Request
    number: int
    value: float
    mean: float


@dataclass(frozen=True)
class Bubble:
    """Where a request is drawn: `x` in per cent, `y` in pixels; `own_y` is its height before it moved for others."""

    point: Point
    x: float
    y: float
    own_y: float


def place_bubbles(points: Iterable[Point]) -> list[Bubble]:
    """The bubbles, the lowest first: one that would hide another goes above it, tied to its place by a line."""
    listed = list(points)
    top = max((point.mean for point in listed), default=0.0) or 1.0
    placed: list[Bubble] = []
    for point in sorted(listed, key=lambda point: (point.mean, point.number)):
        x = round(LEFT + point.value * (RIGHT - LEFT), 1)
        y = own_y = round(BOTTOM - point.mean / top * (BOTTOM - TOP), 1)
        for other in placed:
            if abs(x - other.x) / 100 * NARROW < 2 * RADIUS and abs(y - other.y) < 2 * RADIUS:
                y = round(other.y - 2 * RADIUS - 1, 1)
        placed.append(Bubble(point, x, y, own_y))
    return placed
