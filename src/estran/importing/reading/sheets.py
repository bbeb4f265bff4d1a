"""A sheet: a table of texts as any reader gives it, with its header found and its lines numbered.

A line number is the row a spreadsheet shows. Nothing here knows what a column means: the caller gives
`recognise`, which counts the headers it knows in a row of cells.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from estran.common.language import _
from estran.common.problems import refuse_file
from estran.common.vocabulary import limit

CountKnownHeaders = Callable[[list[str]], int]


@dataclass(frozen=True)
class Sheet:
    """A table of texts: `scan` is SQL giving `line` BIGINT, one VARCHAR `c0`… per header, and `extra`.

    name: of the sheet in its file. above: the cells of the rows above the header, what some tools say once for all.
    """

    file: Path
    header: list[str]
    header_line: int
    scan: str
    sha256: str
    name: str = ""
    notes: tuple[str, ...] = ()
    typed: bool = False
    above: tuple[tuple[str, ...], ...] = ()

    @property
    def title(self) -> str:
        """The text alone above the header, or an empty text."""
        return title_above(self.above)

    @property
    def rows(self) -> str:
        """SQL of `scan` without its blank rows."""
        cells = [*(f"c{i}" for i in range(len(self.header))), "nullif(extra, '')", "NULL"]
        return f"(SELECT * FROM {self.scan} WHERE coalesce({', '.join(cells)}) IS NOT NULL)"


def find_header_row(rows: list[list[str]], recognise: CountKnownHeaders) -> int:
    """Index of the header: the row with most known headers, else the first full row of the usual width.

    One known header alone may be a word of a cell (« Direction »): it is believed of a list of one column.
    """
    rows = rows[: limit("header_lines")]
    known = [recognise(row) for row in rows]
    filled = [sum(1 for cell in row if cell) for row in rows]
    usual = max(filled, default=0)
    if max(known, default=0) > min(1, usual - 1):
        return known.index(max(known))
    return next((i for i, count in enumerate(filled) if count >= max(1, usual * 0.7)), 0)


def title_above(rows: Sequence[Sequence[str]]) -> str:
    """The text alone in its row nearest to the end of these rows, or an empty text."""
    for row in reversed(rows):
        cells = [cell for cell in row if cell]
        if len(cells) == 1:
            return cells[0]
        if cells:
            break
    return ""


def trim_header(header: list[str]) -> list[str]:
    """Without the empty cells at the end, which many exports add."""
    cells = [cell.strip() for cell in header]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return cells


def check_width(path: Path, header: list[str], line: int) -> None:
    """Refuse a table with more columns than a fleet list can have."""
    if len(header) > limit("columns"):
        what = _("Le tableau a {n} colonnes, plus que les {most} admises.").format(n=len(header), most=limit("columns"))
        remedy = _("Exporter seulement les colonnes utiles : type, modèle, fabricant, série, quantité, dates, entité.")
        raise refuse_file(path, what, remedy, line)
