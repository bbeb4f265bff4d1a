"""The requests as value × footprint: bubbles of one size, readable on a phone as on a wall."""

from typing import Any

HEIGHT, TOP, BOTTOM = 320, 44, 280  # of the drawing, in pixels; its width is that of the page
LEFT, RIGHT = 6.0, 94.0  # per cent of the width
RADIUS, NARROW = 11, 320  # pixels; the narrowest page, where bubbles are the closest


def place_bubbles(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of requests whose value and footprint are known, numbered, the lowest first.

    Each gets its `x` in per cent and its `y` in pixels; one that would hide another goes above it, tied to its own
    height (`own_y`) by a line.
    """
    known = [row for row in rows if row["score"].value is not None and row["option"] and row["option"].mean is not None]
    top = max((row["option"].mean for row in known), default=0.0) or 1.0
    for number, row in enumerate(known, 1):
        y = round(BOTTOM - row["option"].mean / top * (BOTTOM - TOP), 1)
        row |= {"number": number, "x": round(LEFT + row["score"].value * (RIGHT - LEFT), 1), "y": y, "own_y": y}
    known.sort(key=lambda row: row["option"].mean)
    for place, row in enumerate(known):
        for other in known[:place]:
            if abs(row["x"] - other["x"]) / 100 * NARROW < 2 * RADIUS and abs(row["y"] - other["y"]) < 2 * RADIUS:
                row["y"] = round(other["y"] - 2 * RADIUS - 1, 1)
    return known
