"""What a table of counts by two columns and their totals may show without telling of too few (statistical secrecy)."""

from collections.abc import Mapping

import numpy as np

LEAST = 5  # authorities: a cell that counts fewer is hidden
ALL = "*"
Cell = tuple[str, str]


def suppressed_cells(counts: Mapping[Cell, int], least: int = LEAST) -> dict[Cell, str]:
    """The cells to hide, and why: `few`, or `deducible`, which would give a hidden cell back by subtraction.

    A cell is a pair of values; `*` stands for all of them. At each turn the smallest shown cell of a total that gives
    something back is hidden too, a total last, until nothing hidden can be worked out, alone or as a group of few.
    """
    cells = {cell: count for cell, count in counts.items() if count}
    hidden = {cell: "few" for cell, count in cells.items() if count < least}
    sums = _sums(cells)
    while weak := _weak(sums, cells, hidden, least):
        hidden[min(weak, key=lambda cell: (cell.count(ALL), cells[cell], cell))] = "deducible"
    return hidden


def _sums(cells: Mapping[Cell, int]) -> list[tuple[Cell, list[Cell]]]:
    """Every total and the cells that add up to it, along each column."""
    sums = []
    for total in cells:
        for place in (0, 1):
            if total[place] == ALL:
                parts = [cell for cell in cells if cell[place] != ALL and cell[1 - place] == total[1 - place]]
                sums.append((total, parts))
    return sums


def _weak(
    sums: list[tuple[Cell, list[Cell]]], cells: Mapping[Cell, int], hidden: Mapping[Cell, str], least: int
) -> set[Cell]:
    """The shown cells of the totals that give back a hidden cell, or the sum of hidden cells that together are few."""
    order = list(hidden)
    rows = [(total, parts) for total, parts in sums if any(cell in hidden for cell in (total, *parts))]
    matrix = np.array(
        [[(cell in parts) - float(cell == total) for cell in order] for total, parts in rows], dtype=float
    ).reshape(len(rows), len(order))
    # What the totals fix of the hidden cells: a cell is known when its own direction lies among theirs.
    known = np.diag(np.linalg.pinv(matrix) @ matrix) > 1 - 1e-9 if order else np.array([])
    given = {cell for cell, is_known in zip(order, known, strict=True) if is_known}
    weak: set[Cell] = set()
    near: set[Cell] = set()
    for total, parts in rows:
        shown = {cell for cell in (total, *parts) if cell not in hidden}
        near |= shown
        few = total in shown and 0 < sum(cells[cell] for cell in parts if cell in hidden) < least
        if few or given & {total, *parts}:
            weak |= shown
    return weak or (near if given else set())
