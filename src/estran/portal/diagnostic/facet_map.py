"""The map of the facets of a pass on importance × practice, as it is drawn over the priority matrix."""

from dataclasses import dataclass

from estran.common.language import _
from estran.portal.diagnostic.assessment import Place, priority_matrix

LEFT, TOP, COLUMN, BAND = 112, 8, 132, 90  # pixels of the drawing
FIRST_X, FIRST_Y, STEP_X, STEP_Y, IN_A_ROW = 15, 31, 25, 23, 5  # of the marks within a cell


@dataclass(frozen=True)
class Mark:
    """A facet on the map: its number, its centre in pixels, and its text alternative."""

    number: int
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix behind the map: its corner in pixels, its priority and the label of it."""

    x: float
    y: float
    priority: int
    label: str


def lay_out_cells() -> list[Cell]:
    """The sixteen cells of the priority matrix, where the map draws them."""
    return [
        Cell(LEFT + (performance - 1) * COLUMN, TOP + (3 - importance) * BAND, int(row["priority"]), row["label_fr"])
        for (importance, performance), row in priority_matrix().items()
    ]


def lay_out_marks(facets: list[Place]) -> list[Mark]:
    """The known facets on the map, practice across and importance up, side by side within a cell."""
    taken: dict[tuple[int, int], int] = {}
    placed = []
    for number, place in enumerate(facets, 1):
        if place.importance is None or place.practice is None or place.performance is None:
            continue
        cell = (place.importance, place.performance)
        rank = taken[cell] = taken.get(cell, -1) + 1
        row, column = divmod(rank, IN_A_ROW)
        x = LEFT + (place.performance - 1) * COLUMN + FIRST_X + column * STEP_X
        y = TOP + (3 - place.importance) * BAND + FIRST_Y + row * STEP_Y
        practice = f"{place.practice:.1f}".replace(".", ",")
        text = _("{label} : importance {importance} sur 3, pratique {practice} sur 4")
        text = text.format(label=place.label, importance=place.importance, practice=practice)
        placed.append(Mark(number, x, y, text))
    return placed
