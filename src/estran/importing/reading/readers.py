"""From the bytes of a file to a table of texts: any separator, encoding or workbook, header found, lines numbered."""

import codecs
import csv
import gzip
import hashlib
import io
import re
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from estran.common.files import sha256
from estran.common.language import _
from estran.common.problems import refuse_file
from estran.common.shipped import row_labels
from estran.common.sql import identifier, parquet_scan, quoted
from estran.common.validation_messages import refusing_damaged
from estran.common.vocabulary import limit
from estran.importing.reading import workbooks
from estran.importing.reading.blocks import Block, cut_blocks
from estran.importing.reading.sheets import CountKnownHeaders, Sheet, check_width, find_header_row, trim_header

# How to read a CSV that Estran wrote: the quote is given, for the first rows may hold none while a later one does.
OWN_CSV: dict[str, Any] = {"header": True, "delimiter": ",", "quotechar": '"', "escapechar": '"', "all_varchar": True}
_SEPARATORS = ";,\t|"
_SAMPLE = 256 * 1024
_CHUNK = 1 << 22
_NOT_CP1252 = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")  # letters of a Mac: å, ç, è, ê, ù
_TWICE = re.compile(
    "Ã[\x80-\xbf\u0152-\u2122]"
)  # an accent of UTF-8 that was read as cp1252 and written in UTF-8 again
_ODD_SPACES = (b"\xc2\xa0", b"\xe2\x80\xaf", b"\xe2\x80\x89")  # no-break, thin no-break, thin


def read_sheet(path: Path, recognise: CountKnownHeaders, work: Path) -> Sheet:
    """The table of a CSV, XLSX, XLS, ODS or Parquet file, in a workbook that with most known headers: `read_sheets`."""
    return read_sheets(path, recognise, work)[0]


def read_sheets(path: Path, recognise: CountKnownHeaders, work: Path) -> list[Sheet]:
    """Every sheet that is a list, best known first; `work` receives temporary files. Errors: CannotUse."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(_SAMPLE)
        if head.startswith(b"\x1f\x8b"):
            return _gzip(path, recognise, work)
    except FileNotFoundError:
        raise refuse_file(path, _("Le fichier n’existe pas."), _("Vérifier le chemin et le nom du fichier.")) from None
    except OSError:
        what = _("Le fichier ne peut pas être ouvert.")
        raise refuse_file(path, what, _("Vérifier le droit de lecture et que ce n’est pas un dossier.")) from None
    if not head.strip(b"\x00\t\r\n \xef\xbb\xbf\xfe\xff"):
        raise refuse_file(path, _("Le fichier est vide."), _("Refaire l’export et vérifier qu’il contient des lignes."))
    if head.startswith(b"PAR1"):
        return [_parquet(path)]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")):
        return workbooks.read_workbook(path, head, recognise, work)
    _refuse_other_kinds(path, head)
    return _text(path, head, recognise, work)


def read_texts(path: Path, recognise: CountKnownHeaders, work: Path) -> list[tuple[Sheet, list[dict[str, Any]]]]:
    """Every sheet that is a list, best known first, and its rows by column (see `Sheet.scan`). Errors: CannotUse."""
    import duckdb

    tables = []
    with duckdb.connect() as con, refusing_damaged(path):
        for sheet in read_sheets(path, recognise, work):
            result = con.sql(f"SELECT * FROM {sheet.scan} ORDER BY line")
            rows = [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
            tables.append((sheet, rows))
    return tables


def _gzip(path: Path, recognise: CountKnownHeaders, work: Path) -> list[Sheet]:
    """The sheets of the one file that gzip holds: exports of bills come so. Errors: CannotUse (damaged, too large)."""
    inner = work / f"{hashlib.sha256(str(path).encode()).hexdigest()[:12]}-{path.stem}"
    left = limit("unpacked_bytes")
    try:
        with gzip.open(path) as packed, inner.open("wb") as file:
            while chunk := packed.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    what = _("Le fichier compressé est trop grand une fois ouvert.")
                    raise refuse_file(path, what, _("Le découper par mois, ou l’exporter en Parquet."))
                file.write(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        what = _("Le fichier compressé est abîmé ou incomplet.")
        raise refuse_file(path, what, _("Copier ou télécharger de nouveau le fichier.")) from None
    return [replace(sheet, file=path, sha256=sha256(path)) for sheet in read_sheets(inner, recognise, work)]


def _refuse_other_kinds(path: Path, head: bytes) -> None:
    remedy = _("Donner le tableau exporté de l’outil d’inventaire, au format CSV, XLSX, XLS, ODS ou Parquet.")
    for begins, kind in row_labels("other_files", "begins_hex").items():
        magic = bytes.fromhex(begins)
        if head.startswith(magic) and (len(magic) > 2 or b"\x00" in head):
            what = _("Ce n’est pas un tableau, mais un fichier de type « {kind} ».").format(kind=kind)
            raise refuse_file(path, what, remedy)
    if re.match(rb"\s*(<!doctype html|<html|<\?xml|<table)", head[:400].removeprefix(codecs.BOM_UTF8), re.IGNORECASE):
        raise refuse_file(path, _("Ce n’est pas un tableau, mais une page web ou un fichier XML."), remedy)
    if _encoding_of_head(head) is None:
        raise refuse_file(path, _("Le fichier n’est pas du texte : son contenu est binaire."), remedy)


# ---------------------------------------------------------------------------------------------------------- text


def _encoding_of_head(head: bytes) -> str | None:
    """utf-8, utf-16…, cp1252, or None for binary; UTF-8 is still to be proved on the whole file."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if zeros := head.count(0):
        halves = (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])) if zeros > len(head) * 0.3 else ()
        return next((name for name, half in halves if half.count(0) > zeros * 0.9), None)
    controls = sum(head.count(code) for code in range(1, 32) if code not in (9, 10, 12, 13))
    return None if controls > len(head) * 0.02 + 1 else "utf-8"


@dataclass(frozen=True)
class _TextBytes:
    """What the bytes of a text say: fingerprint, encoding, how many quotes, blank lines, spaces of other widths."""

    sha256: str
    encoding: str
    quotes: int
    blank_lines: bool
    odd_spaces: bool


def _inspect_bytes(path: Path, encoding: str) -> _TextBytes:
    """One pass over the bytes, at most one chunk in memory. Errors: CannotUse (an endless line)."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    quotes, blank, odd, other, last = 0, False, False, False, b"\n"
    longest, open_line = limit("line_bytes") * (2 if encoding.startswith("utf-16") else 1), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            quotes += chunk.count(b'"')
            window = last + chunk
            blank = blank or b"\n\n" in window or b"\n\r\n" in window or (b"\r" in chunk and b"\n" not in chunk)
            odd = odd or any(sign[:1] in chunk and sign in chunk for sign in _ODD_SPACES)
            last = window[-2:]
            open_line = _length_of_open_line(chunk, open_line, longest)
            if open_line > longest:
                size = f"{limit('line_bytes'):,}".replace(",", "\u202f")
                what = _("Une ligne dépasse {size} caractères : ce n’est pas un tableau ligne par ligne.")
                remedy = _("Refaire l’export en CSV avec une ligne par matériel, ou l’enregistrer en XLSX.")
                raise refuse_file(path, what.format(size=size), remedy)
            if encoding == "utf-8":
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    encoding = "cp1252"
            other = other or any(sign in chunk for sign in _NOT_CP1252)
    if encoding == "cp1252" and other:
        encoding = "mac_roman"
    return _TextBytes(digest.hexdigest(), encoding, quotes, blank, odd or encoding != "utf-8")


def _length_of_open_line(chunk: bytes, length: int, longest: int) -> int:
    """The length of the line that goes on after a chunk (`length`: before it), or of one in it beyond `longest`."""
    end = b"\n" if b"\n" in chunk else b"\r"
    start = -length
    while len(chunk) - start > longest:
        last = chunk.rfind(end, max(start, 0), start + longest + 1)
        if last < 0:
            return len(chunk) - start
        start = last + 1
    last = chunk.rfind(end)
    return len(chunk) - (start if last < 0 else last + 1)


def _decode_again(line: str) -> str:
    """A line of a text that was encoded twice, as it was first; another one as it is."""
    try:
        return line.encode("cp1252").decode("utf-8") if _TWICE.search(line) else line
    except UnicodeError:
        return line


def _clean_copy(path: Path, encoding: str, work: Path, *, twice: bool = False) -> Path:
    """The same text in UTF-8, ends of line as LF, a space on blank lines (so that they still count as lines)."""
    copy = work / f"{hashlib.sha256(str(path).encode()).hexdigest()[:12]}.csv"
    with (
        path.open(encoding=encoding, errors="replace", newline=None) as source,
        copy.open("w", encoding="utf-8", newline="\n") as target,
    ):
        last = "\n"
        while lines := source.readlines(_CHUNK):
            text = "".join(map(_decode_again, lines) if twice else lines)
            text = text.replace("\x00", "").replace("\ufeff", "")
            if last == "\n" and text.startswith("\n"):
                text = " " + text
            target.write(re.sub(r"\n(?=\n)", "\n ", text))
            last = text[-1:] or last
    return copy


def _text(path: Path, head: bytes, recognise: CountKnownHeaders, work: Path) -> list[Sheet]:
    inspected = _inspect_bytes(path, _encoding_of_head(head) or "utf-8")
    twice = inspected.encoding == "utf-8" and _TWICE.search(head.decode("utf-8", errors="replace")) is not None
    unclean = inspected.encoding != "utf-8" or inspected.blank_lines or twice
    clean = _clean_copy(path, inspected.encoding, work, twice=twice) if unclean else path
    with clean.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        sample = file.read(_SAMPLE)
    quote = '"' if inspected.quotes % 2 == 0 else ""
    separator, rows = _separator(sample, quote, recognise)
    if quote and inspected.quotes and _swallows_lines(sample, separator, rows, recognise):
        quote = ""
        separator, rows = _separator(sample, quote, recognise)
    notes = () if quote else (_("Un guillemet n’est jamais refermé : les guillemets sont lus comme du texte."),)
    if len(sample) < _SAMPLE:  # the whole file: a person may have put several lists in it
        blocks = cut_blocks(_records(sample, separator, quote, most=len(sample)), recognise)
        if len(blocks) > 1:
            return _lists_of_text(path, blocks, notes, inspected.sha256, work)
    index = find_header_row(rows, recognise)
    header = trim_header(rows[index])
    check_width(path, header, index + 1)
    names = [f"c{i}" for i in range(len(header) + 3)]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    parallel = "true" if inspected.quotes == 0 else "false"
    source = (
        f"read_csv({quoted(str(clean))}, auto_detect=false, header=false, delim={quoted(separator)},"
        f" quote='{quote}', escape='{quote}', null_padding=true, strict_mode=false, parallel={parallel},"
        f" max_line_size={4 * limit('line_bytes')}, columns={{{columns}}})"
    )
    spaces = (" \t\n\r\u00a0\u202f\u2009" if inspected.odd_spaces else " ") + ("" if quote else '"')
    cells = ", ".join(f"{_cell(name, spaces)} AS {name}" for name in names[: len(header)])
    extra = ", ".join(_cell(name, spaces) for name in names[len(header) :])
    scan = (
        f"(SELECT line, {cells}, concat_ws(' ', {extra}) AS extra FROM"
        f" (SELECT row_number() OVER () AS line, * FROM {source}) WHERE line > {index + 1})"
    )
    above = tuple(map(tuple, rows[:index]))
    return [Sheet(path, header, index + 1, scan, inspected.sha256, notes=notes, above=above)]


def _lists_of_text(
    path: Path, blocks: list[Block], notes: tuple[str, ...], fingerprint: str, work: Path
) -> list[Sheet]:
    """The lists that a text holds, each with its rows."""
    notes = (*notes, *workbooks.note_on_blocks(blocks, ""))
    sheets = []
    for number, block in enumerate(blocks):
        sheet = workbooks.sheet_of_block(path, block, block.place if number else "")
        read = workbooks.write_texts(sheet, block.rows[block.header + 1 :], fingerprint, work)
        sheets.append(replace(read, notes=(*(() if number else notes), *read.notes)))
    return sheets


def _cell(name: str, spaces: str) -> str:
    """A cell without the spaces around it, NULL when nothing is left; the common space is trimmed fastest."""
    return f"nullif(trim({name}), '')" if spaces == " " else f"nullif(trim({name}, '{spaces}'), '')"


def _records(sample: str, separator: str, quote: str, most: int = 0) -> list[list[str]]:
    """The first rows of a text, at most `most`: by default those where a header is looked for."""
    options: dict[str, Any] = {"quotechar": '"'} if quote else {"quoting": csv.QUOTE_NONE}
    rows: list[list[str]] = []
    csv.field_size_limit(4 * limit("line_bytes"))
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator, **options):
            rows.append([cell.strip().strip('"') if not quote else cell.strip() for cell in row])
            if len(rows) >= (most or limit("header_lines") * 3):
                break
    except csv.Error:
        pass
    return rows or [[sample.strip()]]


def _swallows_lines(sample: str, separator: str, rows: list[list[str]], recognise: CountKnownHeaders) -> bool:
    """A quote that is never closed makes one cell of the next lines: read as text, more rows have their width."""
    width = len(trim_header(rows[find_header_row(rows, recognise)]))

    def whole(quote: str) -> int:
        return sum(len(row) == width for row in _records(sample, separator, quote, most=len(sample)))

    cells = (cell for row in _records(sample, separator, '"', most=len(sample)) for cell in row)
    many = any("\n" in cell and separator in cell for cell in cells)  # the end of a line alone is a text on two lines
    return many and whole("") > whole('"')


def _separator(sample: str, quote: str, recognise: CountKnownHeaders) -> tuple[str, list[list[str]]]:
    """The separator whose best row holds most known headers; then the one that cuts most lines the same way."""

    def worth(separator: str) -> tuple[int, int, int]:
        rows = candidates[separator]
        widths = [len(row) for row in rows if any(row)]
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        best = max((recognise(row) for row in rows[: limit("header_lines")]), default=0)
        return best, widths.count(usual) if usual > 1 else 0, usual

    candidates = {separator: _records(sample, separator, quote) for separator in _SEPARATORS}
    chosen = max(_SEPARATORS, key=worth)
    return chosen, candidates[chosen]


# ------------------------------------------------------------------------------------------------------ Parquet


def _parquet(path: Path) -> Sheet:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError, ValueError):
        what = _("Le fichier Parquet est abîmé ou incomplet.")
        raise refuse_file(path, what, _("Refaire l’export ou copier de nouveau le fichier.")) from None
    header = list(schema.names)
    check_width(path, header, 1)
    cells = ", ".join(f"CAST({identifier(name)} AS VARCHAR) AS c{i}" for i, name in enumerate(header))
    rows = parquet_scan(path, "file_row_number = true")
    scan = f"(SELECT file_row_number + 2 AS line, {cells}, '' AS extra FROM {rows})"
    return Sheet(path, header, 1, scan, sha256(path), typed=True)
