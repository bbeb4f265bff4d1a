"""The format of a sheet: a column map that a person made, one of the catalogue, or what a person is asked.

A list is asked about when no format knows it, or when one knows few of its headers while others would say more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.validation_messages import refusing_damaged
from estran.common.vocabulary import limit, text_key
from estran.importing import canonical, column_maps, formats
from estran.importing.column_maps import ColumnMap
from estran.importing.formats import IGNORE, UNKNOWN_HEADERS, RecognisedFormat
from estran.importing.reading import readers
from estran.importing.reading.sheets import Sheet
from estran.importing.recognition import crosstabs

if TYPE_CHECKING:
    import duckdb

    from estran.importing.recognition.header_guesses import Proposal

# What a person makes of a list, given what proposes a map for a table (empty: the one it seems to be); None: nothing.
Propose = Callable[[str], "Proposal"]
Ask = Callable[[Propose], ColumnMap | None]


@dataclass
class FormatFinder:
    """How the sheets of one import are recognised.

    given: the map that the call names, for the files that have its headers. maps: those of the overlay, and for some
    files more. ask: a person who can answer. always: each list is asked about, known or not.
    """

    format: str
    overlay: Path
    given: ColumnMap | None = None
    maps: list[ColumnMap] = field(default_factory=list)
    of_files: Mapping[Path, Sequence[ColumnMap]] = field(default_factory=dict)
    ask: Ask | None = None
    always: bool = False

    @property
    def _open(self) -> bool:
        """No format of a tool is imposed."""
        return self.format in ("auto", formats.SCHOOL)

    def _known_maps(self, file: Path) -> list[ColumnMap]:
        return [*([self.given] if self.given else ()), *self.of_files.get(file, ()), *self.maps]

    def count_known(self, row: list[str], codes: Sequence[str], file: Path) -> int:
        """How many headers of a row a format or a map knows: to find the header among the first rows."""
        known = [len(one.choose(row)) for one in self._known_maps(file)] if self._open else []
        return max(formats.count_known_headers(row, codes), *known, 0)

    def recognise(self, con: duckdb.DuckDBPyConnection, sheet: Sheet) -> RecognisedFormat:
        """The format of a sheet. Errors: CannotUse, with the map to write; its problem has the code `headers`."""
        where, header, maps = (sheet.file, sheet.header, sheet.header_line), sheet.header, self._known_maps(sheet.file)
        if not self._open:
            return formats.recognise_format(sheet.file, header, self.format, {}, sheet.header_line)
        if not self.always:
            given = self.given if self.given and set(self.given.choose(header).values()) - {IGNORE} else None
            if known := given or column_maps.find_map(header, maps):
                return column_maps.apply_map(known, *where)
        chosen = {place: name for one in maps if not one.whole for place, name in one.choose(header).items()}
        wanted = formats.SCHOOL if chosen else self.format
        try:
            recognised = formats.recognise_format(sheet.file, header, wanted, chosen, sheet.header_line)
        except CannotUse as error:
            if error.problems[0].code != formats.UNKNOWN_HEADERS:
                raise
            return self._ask(con, sheet, error.problems[0].what, chosen)
        apart = recognised.layout.options.get("reader") or recognised.layout.format in (
            *(formats.REJECTS, formats.UNMATCHED),
        )
        if apart or not (self.always or (self.format == "auto" and not chosen and _is_to_complete(sheet, recognised))):
            return recognised
        return self._ask(con, sheet, recognised, chosen)

    def _ask(
        self,
        con: duckdb.DuckDBPyConnection,
        sheet: Sheet,
        known: RecognisedFormat | str,
        chosen: Mapping[int, str],
    ) -> RecognisedFormat:
        """Ask what the headers are; a list that a format knows is asked about only if something may be gained.

        known: what a format makes of it, or why none knows it.
        """
        from estran.importing.recognition import header_guesses

        where, maps = (sheet.file.name, sheet.header_line), self._known_maps(sheet.file)
        cells = ", ".join(f"c{i}" for i in range(len(sheet.header)))
        rows = con.execute(f"SELECT {cells} FROM {sheet.rows} LIMIT {limit('guess_rows')}").fetchall()
        recognised = None if isinstance(known, str) else known
        placed = dict(chosen)
        if recognised:
            placed |= {place: name for name, places in recognised.places.items() for place in places}

        def propose(table: str) -> Proposal:
            of_table = placed if not recognised or table in ("", recognised.layout.table) else {}
            table = table or (recognised.layout.table if recognised else "")
            one = header_guesses.propose_map(*where, sheet.header, rows, table, maps, of_table)
            if not recognised:
                return one
            unknown = tuple(text for text in recognised.ignored if text_key(text))
            known_headers = len(sheet.header) - len(unknown)
            return replace(one, format=recognised.layout.label, known=known_headers, unknown=unknown)

        proposal = propose("")
        if not self.always:
            if completed := _complete(sheet, proposal, recognised, placed):
                return completed
            gained = [one for one in proposal.guesses if one.place not in placed and one.column not in ("", IGNORE)]
            if recognised and (not gained or not _is_half_known(sheet, recognised)):
                return recognised
        answer = self.ask(propose) if self.ask else None
        if answer is None:
            raise CannotUse(_refusal(sheet, proposal, known if isinstance(known, str) else ""))
        column_maps.keep_map(answer, self.overlay)
        self.maps.append(answer)
        return column_maps.apply_map(answer, sheet.file, sheet.header, sheet.header_line)


def _is_to_complete(sheet: Sheet, recognised: RecognisedFormat) -> bool:
    """Headers are left that the words of the catalogue may say: in a free list any, in a tool's when many are."""
    is_free = recognised.layout.format == formats.SCHOOL and bool(recognised.ignored)
    return is_free or _is_half_known(sheet, recognised)


def _complete(
    sheet: Sheet, proposal: Proposal, recognised: RecognisedFormat | None, placed: Mapping[int, str]
) -> RecognisedFormat | None:
    """A free list read by the words of its headers alone, when they are word for word those of the catalogue and tell
    enough; None when a person has to be asked."""
    if proposal.table != column_maps.INVENTORY or (recognised and recognised.layout.format != formats.SCHOOL):
        return None
    layout = formats.layouts(formats.SCHOOL)[0]
    by_words = {one.place: one.column for one in proposal.guesses if one.sure and one.place not in placed}
    unsure = any(one.column not in ("", IGNORE) and not one.sure for one in proposal.guesses)
    columns = {*placed.values(), *by_words.values()} - {IGNORE}
    if (
        not by_words
        or column_maps.missing_columns(proposal.table, columns)
        or (recognised is None and (unsure or proposal.contested))
    ):
        return None
    one = formats.recognise_with_choices(layout, sheet.header, {**placed, **by_words}, fuzzy=False)
    understood = {*placed, *by_words, *(guess.place for guess in proposal.guesses if guess.personal)}
    half = 100 * len(understood) >= limit("half_known_percent") * sum(map(bool, sheet.header))
    if len(columns) < limit("sure_headers") or not (half or columns >= {"manufacturer", "model"}):
        return None
    known = column_maps.targets(column_maps.INVENTORY)
    read_as = [
        _("« {header} » = {column}").format(header=sheet.header[place], column=known[column].label)
        for place, column in sorted(by_words.items())
        if column != IGNORE
    ]
    return replace(one, reason=f"{one.reason} ({', '.join(read_as)})") if read_as else None


def _is_half_known(sheet: Sheet, recognised: RecognisedFormat) -> bool:
    """The format knows few of the headers (limits.csv), those of people and those it leaves out on purpose included."""
    headers = [text for text in sheet.header if text]
    known = formats.count_headers_of(recognised.layout, sheet.header, recognised.places)
    known += len(recognised.personal)
    return len(headers) >= limit("half_known_headers") and 100 * known < limit("half_known_percent") * len(headers)


def _refusal(sheet: Sheet, proposal: Proposal, what: str) -> Problem:
    """What is not understood, and the map to write, guesses filled in."""
    if proposal.format:
        names = ", ".join(f"« {text} »" for text in proposal.unknown[:20])
        what = _("« {format} » ne connaît que {known} en-têtes sur {total} ; non compris : {names}.")
        total = proposal.known + len(proposal.unknown)
        what = what.format(format=proposal.format, known=proposal.known, total=total, names=names)
    remedy = _(
        "Dans un terminal, « --map » demande ce qu’est chaque colonne. Ou bien corriger ce texte, l’enregistrer sous "
        "{file} et le donner par « --map {file} » :"
    )
    if proposal.format:
        remedy = _("« --format » le lit comme ce format. Sinon, une carte :") + " " + remedy
    text = "".join(f"\n    {line}" if line else "\n" for line in column_maps.map_text(proposal.map).splitlines())
    file = f"{column_maps.file_stem(sheet.file.stem)}.toml"
    return Problem(what, remedy.format(file=file) + text, sheet.file.name, sheet.header_line, code=UNKNOWN_HEADERS)


def propose_for_file(path: Path, table: str = "", maps: Sequence[ColumnMap] = ()) -> Proposal:
    """What the headers of a file may be, for a page that asks; of a workbook, those of the first sheet to ask about.

    table: of the rows, if it is known already. Errors: CannotUse when the file cannot be read.
    """
    from estran.importing.recognition import header_guesses

    asked: list[Proposal] = []
    with tempfile.TemporaryDirectory() as folder, canonical.connect() as con, refusing_damaged(path):
        finder = FormatFinder("auto", Path(folder), maps=list(maps), ask=lambda propose: asked.append(propose("")))
        if table:
            sheet = readers.read_sheet(path, partial(header_guesses.count_named, table), Path(folder))
            rows = con.execute(f"SELECT * EXCLUDE (line, extra) FROM {sheet.rows} LIMIT {limit('guess_rows')}")
            return header_guesses.propose_map(path.name, sheet.header_line, sheet.header, rows.fetchall(), table, maps)
        known = partial(finder.count_known, codes=list(formats.formats()), file=path)
        sheets = readers.read_sheets(path, known, Path(folder))
        sheets = [one for sheet in sheets for one in crosstabs.unpivot_crosstab(con, sheet)]
        for sheet in (*sheets, sheets[0]):
            with suppress(CannotUse):
                finder.recognise(con, sheet)
            if asked:
                break
            finder.always = sheet is sheets[-1]  # all are known: the first one is asked about all the same
    return asked[0]
