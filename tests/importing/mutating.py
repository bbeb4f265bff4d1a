"""Files damaged at random, each known by its number: a seed of tests/data/files, as is or in another form.

Half of the changes are made inside the members of a workbook, whose outside alone would stop every reader at the door.
"""

from __future__ import annotations

import csv
import io
import random
import re
import zipfile
from datetime import datetime
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from referent_files import ods

SEEDS = Path(__file__).parents[1] / "data" / "files"
SIGNS = [b'"', b"'", b";", b",", b"\t", b"\r", b"\n", b"\r\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80"]
SIGNS += [
    b"<",
    b"&",
    b"&#0;",
    b"]]>",
    b"<!DOCTYPE x>",
    b"{",
    b"[" * 300,
    b'":',
    b"-",
    b"=1+1",
    b"\xe2\x80\xaf",
    b"\x1a",
]
NUMBERS = [
    b"-1",
    b"0",
    b"1e999",
    b"NaN",
    b"4294967296",
    b"99999999999999999999",
    b"0000-00-00",
    b"31/02/2021",
    b"1048576",
]
CELLS = [b"XFD1048576", b"A1048576", b"AAAA1", b"A0", b"ZZ99999999999", b"XFD1"]


def _rows(path: Path) -> list[list[str]]:
    text = path.read_text("utf-8")
    return list(csv.reader(io.StringIO(text), delimiter=";" if text.count(";") > text.count(",") else ","))


def _xlsx(rows: list[list[str]]) -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2025, 1, 1)})
        sheet = book.add_worksheet("Parc")
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, [int(cell) if cell.isdecimal() else cell for cell in row])
        sheet.merge_range(len(rows) + 1, 0, len(rows) + 2, 0, "fusion")
        book.add_worksheet("Vide")
    return packed.getvalue()


def _parquet(rows: list[list[str]]) -> bytes:
    width = max(map(len, rows))
    header = [f"{name}_{i}" if rows[0].index(name) != i else name for i, name in enumerate(rows[0])]
    header += [f"c{i}" for i in range(len(header), width)]
    cells = [[row[i] if i < len(row) else None for row in rows[1:]] for i in range(width)]
    packed = io.BytesIO()
    pq.write_table(pa.table(dict(zip(header, cells, strict=True))), packed)
    return packed.getvalue()


@cache
def seeds() -> dict[str, bytes]:
    """Name → bytes of every seed, the lists also as workbooks, Parquet and in another encoding."""
    files = {path.name: path.read_bytes() for path in sorted(SEEDS.iterdir())}
    for path in sorted(SEEDS.glob("*.csv")):
        rows = _rows(path)
        files[f"{path.stem}.xlsx"], files[f"{path.stem}.ods"] = _xlsx(rows), ods(Parc=rows)
        widths = [sum(map(bool, row)) for row in rows]
        files[f"{path.stem}.parquet"] = _parquet(rows[widths.index(max(widths)) :])  # its columns are its header
        files[f"{path.stem}-utf16.csv"] = path.read_text("utf-8").encode("utf-16")
    return files


def mutated(number: int) -> tuple[str, bytes]:
    """The file of a number: its name and its bytes."""
    chance = random.Random(number)
    name = chance.choice(list(seeds()))
    content = seeds()[name]
    if name.endswith((".xlsx", ".ods")) and chance.random() < 0.8:
        return name, _change_member(chance, content)
    return name, _change(chance, content)


def _change_member(chance: random.Random, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    likely = [name for name, _data in members if re.search(r"sheet1|sharedStrings|content|workbook|styles", name)]
    target = chance.choice(likely)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, _change(chance, data) if name == target else data)
    return packed.getvalue()


def _change(chance: random.Random, content: bytes) -> bytes:
    """One to six changes: a byte, a sign, a number, a place, a piece lost, doubled, moved or repeated, the end cut."""
    for _change in range(chance.choice((1, 1, 2, 3, 6))):
        place = chance.randrange(len(content) + 1)
        length = min(chance.choice((1, 2, 8, 40, 200)), len(content) - place)
        before, piece, after = content[:place], content[place : place + length], content[place + length :]
        match chance.randrange(9):
            case 0:
                content = before + chance.randbytes(length or 1) + after
            case 1:
                content = before + chance.choice(SIGNS) + piece + after
            case 2:
                content = before + after
            case 3:
                content = before + piece + piece + after
            case 4:
                other = chance.randrange(len(after) + 1)
                content = before + after[:other] + piece + after[other:]
            case 5:
                content = before + piece * chance.choice((20, 1000)) + after
            case 6:
                content = before or content
            case 7:
                content = _replace_one(chance, content, rb"\d+", NUMBERS)
            case 8:
                if b'r="' in content:
                    content = _replace_one(chance, content, rb'(?<=r=")[A-Z]*\d+', CELLS + NUMBERS)
                else:
                    repeat = b'<table:table-cell table:number-columns-repeated="' + chance.choice(NUMBERS) + b'"'
                    content = content.replace(b"<table:table-cell", repeat, 1) if b"table:" in content else content
    return content


def _replace_one(chance: random.Random, content: bytes, pattern: bytes, values: list[bytes]) -> bytes:
    places = [match.span() for match in re.finditer(pattern, content)]
    if not places:
        return content
    start, end = chance.choice(places)
    return content[:start] + chance.choice(values) + content[end:]
