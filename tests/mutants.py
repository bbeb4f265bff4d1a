"""Small faults put one by one into the SQL of the method: each must make a worked case or an example estate fail.

`python tests/mutants.py` (a part of `make slow`) draws 40 of them and prints those that live, with file and line.
Which ones are drawn depends on their text alone: a step renamed, or changed elsewhere, leaves the others drawn.
A fault that changes no figure stands in mutants_without_effect.csv, with the reason.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlglot.dialects import DuckDB
from sqlglot.tokens import Token, TokenType

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "estran"
METHODS = Path("engine", "methods")
METHOD = "rcp_si"
WITHOUT_EFFECT = Path(__file__).with_name("mutants_without_effect.csv")
TESTS = ("tests/engine/test_cases.py", "tests/engine/test_estates.py")
SWAPS = (
    ("+", "-"), ("*", "/"), ("<", "<="), (">", ">="), ("=", "<>"), ("AND", "OR"), ("MAX", "MIN"), ("GREATEST", "LEAST"),
    ("ASC", "DESC"),
)  # fmt: skip
OTHER = dict(SWAPS) | {after: before for before, after in SWAPS}
DROPPED = {"NOT": set[str](), "DISTINCT": set[str](), "LEFT": {"JOIN"}}  # and the words that must follow
ENDS_A_CONDITION = {"AND", "OR", "GROUP BY", "ORDER BY", "UNION", "HAVING", "JOIN", "LEFT", "CROSS", "SELECT"}


@dataclass(frozen=True)
class Mutant:
    """One fault: the file, the line, the text of the whole file with it, the line before and after."""

    file: str
    line: int
    text: str
    before: str
    after: str

    @property
    def draw(self) -> str:
        """What decides of the draw: nothing but the words of the line, without and with the fault."""
        return hashlib.sha256(f"{self.before}\n{self.after}".encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}\n    - {self.before}\n    + {self.after}"


def mutants(file: str, text: str) -> Iterator[Mutant]:
    """Every fault that one file can have."""
    tokens = DuckDB().tokenize(text)
    for start, end, put in faults(tokens):
        changed = text[:start] + put + text[end:]
        line = text.count("\n", 0, start)
        lines, others = text.splitlines(), changed.splitlines()
        yield Mutant(file, line + 1, changed, lines[line].strip(), others[line].strip())


def faults(tokens: list[Token]) -> Iterator[tuple[int, int, str]]:
    """The faults of a text as its tokens: characters from, to, and what takes their place."""
    for place, token in enumerate(tokens):
        word, start, end = token.text.upper(), token.start, token.end + 1
        following = tokens[place + 1] if place + 1 < len(tokens) else token
        if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
            continue
        if word == "*" and (following.text in (",", ")") or following.text.upper() == "FROM"):
            continue  # SELECT * and COUNT(*)
        if word in OTHER:
            yield start, end, OTHER[word]
        elif token.token_type == TokenType.NUMBER and not inside_type(tokens, place):
            yield start, end, f"({token.text} + 1)"
        elif word in DROPPED and following.text.upper() in (DROPPED[word] or {following.text.upper()}) - {"FROM"}:
            yield start, following.start, ""
        elif word in ("WHERE", "AND"):
            last = end_of_condition(tokens, place + 1)
            yield following.start, tokens[last].end + 1, "TRUE"
        elif word in ("COALESCE", "NULLIF") and (two := arguments(tokens, place + 1)):
            (a, b), (c, d) = two
            yield tokens[a].start, tokens[d].end + 1, f"{written(tokens, c, d)}, {written(tokens, a, b)}"


def inside_type(tokens: list[Token], place: int) -> bool:
    """Whether a number is a width, as in DECIMAL(38, 22)."""
    return any(tokens[place - back].text.upper() in ("DECIMAL", "VARCHAR") for back in (2, 4) if place >= back)


def end_of_condition(tokens: list[Token], place: int) -> int:
    """The last token of the condition that begins at a place."""
    depth = cases = 0
    for number in range(place, len(tokens)):
        word = tokens[number].text.upper()
        cases += (word == "CASE") - (word == "END")
        depth += (word == "(") - (word == ")")
        if depth < 0 or cases < 0 or (not depth and not cases and word in {*ENDS_A_CONDITION, "THEN", "WHEN", ","}):
            return number - 1
    return len(tokens) - 1


def arguments(tokens: list[Token], place: int) -> list[tuple[int, int]] | None:
    """The first and last tokens of each of the two arguments between the parentheses that open at a place."""
    depth, starts, ends = 0, [place + 1], []
    for number in range(place, len(tokens)):
        word = tokens[number].text
        depth += (word == "(") - (word == ")")
        if depth == 1 and word == ",":
            ends.append(number - 1)
            starts.append(number + 1)
        if not depth:
            ends.append(number - 1)
            break
    return list(zip(starts, ends, strict=True)) if len(starts) == 2 else None


def written(tokens: list[Token], first: int, last: int) -> str:
    """The text from a token to another, on one line."""
    kept = [tokens[first].text if tokens[first].token_type != TokenType.STRING else f"'{tokens[first].text}'"]
    for before, token in zip(tokens[first:last], tokens[first + 1 : last + 1], strict=True):
        text = f"'{token.text}'" if token.token_type == TokenType.STRING else token.text
        kept.append((" " if token.start > before.end + 1 else "") + text)
    return "".join(kept)


def drawn(number: int, seed: int) -> list[Mutant]:
    """Mutants at random, always the same for one seed and one text."""
    files = sorted((PACKAGE / METHODS / METHOD).glob("*.sql"))
    found = {one.draw: one for path in files for one in mutants(path.name, path.read_text("utf-8"))}
    by_draw = sorted(found, key=lambda draw: hashlib.sha256(f"{seed} {draw}".encode()).digest())
    return [found[draw] for draw in by_draw[:number]]


def lives(mutant: Mutant) -> bool:
    """Whether no test fails on a copy of the package whose method has the fault."""
    with tempfile.TemporaryDirectory() as work:
        copy = Path(work, "src", "estran")
        link(PACKAGE, copy, METHODS.parts[0])
        link(PACKAGE / METHODS.parts[0], copy / METHODS.parts[0], METHODS.parts[1])
        shutil.copytree(PACKAGE / METHODS, copy / METHODS)
        (copy / METHODS / METHOD / mutant.file).write_text(mutant.text, "utf-8")
        environment = os.environ | {"PYTHONPATH": str(copy.parent), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "no:django"]
        command += ["-c", os.devnull, "--rootdir", str(ROOT), "-o", f"pythonpath={ROOT / 'tests'}"]
        command += ["--basetemp", str(Path(work, "tests")), *TESTS]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode not in (0, 1):  # 1: a test failed
            raise RuntimeError(f"{mutant}\n{done.stdout}")
        return not done.returncode


def link(folder: Path, copy: Path, left: str) -> None:
    """A folder that holds links to everything of another, but for one name."""
    copy.mkdir(parents=True)
    for path in folder.iterdir():
        if path.name not in (left, "__pycache__"):
            (copy / path.name).symlink_to(path)


def main() -> None:
    """Draw mutants, try each, print those that live."""
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--number", type=int, default=40)
    reading.add_argument("--seed", type=int, default=2026)
    reading.add_argument("--list", action="store_true", help="print those drawn, try none")
    asked = reading.parse_args()
    chosen = drawn(asked.number, asked.seed)
    if asked.list:
        print("\n".join(map(str, chosen)))
        return
    with WITHOUT_EFFECT.open(encoding="utf-8", newline="") as file:
        reasons = {(row["before"], row["after"]): row["reason"] for row in csv.DictReader(file)}
    tried = [one for one in chosen if (one.before, one.after) not in reasons]
    living = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for one, alive in zip(tried, pool.map(lives, tried), strict=True):
            if alive:
                print(f"LIVES  {one}", flush=True)
            living += alive
    count = f"{len(tried) - living} killed, {living} live, {len(chosen) - len(tried)} change no figure"
    print(f"{len(chosen)} mutants: {count}")


if __name__ == "__main__":
    main()
