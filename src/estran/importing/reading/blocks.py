"""The lists of one sheet: side by side with an empty column between, or one below the other, each under its header.

Nothing here knows what a column means: the caller gives `recognise`, which counts the headers it knows in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from estran.common.vocabulary import limit, text_key
from estran.importing.reading.extents import name_cell
from estran.importing.reading.sheets import CountKnownHeaders, find_header_row, title_above

Rows = list[list[str]]
_LEAST = 2  # headers known of a list
_SHARE = 0.6  # of the cells of a header that are known, for a row amid others to be one
_LONGEST = 60  # signs of a header


@dataclass(frozen=True)
class Block:
    """A list of a sheet: its rows (header included, cut to its columns), the first line and column of them, from 0.

    header: index of the header in `rows`.
    """

    rows: Rows
    top: int
    left: int
    header: int

    @property
    def holds_rows(self) -> bool:
        """There is something below the header: of two rows of headers, the first heads nothing."""
        return any(any(row) for row in self.rows[self.header + 1 :])

    @property
    def title(self) -> str:
        """The text alone above the header, or an empty text."""
        return title_above(self.rows[: self.header])

    @property
    def place(self) -> str:
        """The cell that the header begins in, such as F3."""
        return name_cell(self.left + 1, self.top + self.header + 1)


def cut_blocks(rows: Rows, recognise: CountKnownHeaders) -> list[Block]:
    """The lists of a sheet, at least one: those side by side, each with those below each other in its columns."""
    first = find_header_row(rows, recognise)
    if not rows or recognise(rows[first]) < _LEAST:
        return [Block(rows, 0, 0, first)]
    blocks: list[Block] = []
    for left, right in _spans(rows, first, recognise):
        columns = [row[left:right] for row in rows] if (left, right) != (0, None) else rows
        starts = _headers(columns, recognise)
        top = 0
        for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
            part = columns[top:end] if end == len(rows) else columns[top : _end_of_list(columns, end)]
            blocks += _side_by_side(Block(part, top, left, start - top), recognise)
            top = top + len(part)
    return [block for block in blocks if block.holds_rows] or blocks[:1]


def _spans(rows: Rows, first: int, recognise: CountKnownHeaders) -> list[tuple[int, int | None]]:
    """The columns of each list where an empty column parts two or more of them; else all columns."""
    width = max(map(len, rows))
    names = rows[first] + [""] * (width - len(rows[first]))
    empty = {i for i in range(width) if not names[i] and not any(row[i] for row in rows if i < len(row))}
    groups = [list(span) for is_empty, span in groupby(range(width), key=lambda i: i in empty) if not is_empty]
    spans = [(group[0], group[-1] + 1) for group in groups]
    known = [span for span in spans if _known_of(rows, span, recognise) >= _LEAST]
    return [*known] if len(known) > 1 and not _is_one_list(names, known, recognise) else [(0, None)]


def _is_one_list(names: list[str], spans: list[tuple[int, int]], recognise: CountKnownHeaders) -> bool:
    """Empty columns stand inside one list: its header has no name twice, and is known as well whole as in parts."""
    parts = [names[left:right] for left, right in spans]
    keys = [key for part in parts for key in map(text_key, part) if key]
    counts = list(map(recognise, parts))
    return len(set(keys)) == len(keys) and min(counts) >= _LEAST and recognise(names) >= sum(counts)


def _known_of(rows: Rows, span: tuple[int, int], recognise: CountKnownHeaders) -> int:
    """How many headers of a list are known in these columns, wherever its header is."""
    part = [row[slice(*span)] for row in rows[: limit("header_lines")]]
    return recognise(part[find_header_row(part, recognise)])


def _headers(rows: Rows, recognise: CountKnownHeaders) -> list[int]:
    """The best known header, and the other rows that are the header of a list; the same one again is none."""
    best = find_header_row(rows, recognise)
    seen: dict[tuple[str, ...], bool] = {}
    above: tuple[str, ...] = ()
    starts = []
    for index, row in enumerate(rows):
        cells = tuple(cell for cell in row if cell)
        if index != best and (len(cells) < _LEAST or any(len(cell) > _LONGEST or cell[0].isdigit() for cell in cells)):
            continue
        if cells not in seen:
            known = recognise(list(cells))
            seen[cells] = index == best or known >= max(_LEAST, _SHARE * len(cells))
        if seen[cells] and (keys := tuple(map(text_key, cells))) != above:
            starts.append(index)
            above = keys
    return starts


def _end_of_list(rows: Rows, header: int) -> int:
    """Where the rows above a header end: neither blank, nor a text alone that is the title of what follows."""
    end = header
    while end:
        filled = sum(map(bool, rows[end - 1]))
        stands_apart = end == header or end < 2 or not any(rows[end - 2])
        if filled > 1 or (filled and not stands_apart):
            break
        end -= 1
    return end


def _side_by_side(block: Block, recognise: CountKnownHeaders) -> list[Block]:
    """The lists of a block, cut where a column is empty from its header down; the block if less than two are known."""
    below = block.rows[block.header :]
    names = below[0]
    empty = {i for i, name in enumerate(names) if not name and not any(row[i] for row in below if i < len(row))}
    spans = [list(span) for is_empty, span in groupby(range(len(names)), key=lambda i: i in empty) if not is_empty]
    spans = spans if len(spans) > 1 else _repeated(names)
    lists = [(span[0], span[-1] + 1) for span in spans if recognise(names[span[0] : span[-1] + 1]) >= _LEAST]
    if len(lists) < 2 or _is_one_list(names, lists, recognise):
        return [block]
    blocks = []
    for left, right in lists:
        cut = [row[left:right] for row in block.rows]
        blocks.append(Block(cut, block.top, block.left + left, block.header))
    return blocks


def _repeated(names: list[str]) -> list[list[int]]:
    """The columns of a header that is the same one several times in a row (Type, Nombre, Type, Nombre)."""
    keys = [text_key(name) for name in names]
    for width in range(2, len(keys) // 2 + 1):
        if len(keys) % width == 0 and all(keys[i] and keys[i] == keys[i % width] for i in range(len(keys))):
            return [[*range(left, left + width)] for left in range(0, len(keys), width)]
    return []
