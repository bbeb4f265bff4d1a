"""What moves on the demonstration estate since another edition: Markdown tables of impacts and of intervals (D1).

    python docs/moved.py REF

Compares tests/golden/demo, which `make check` proves, with the same files at a git reference: a tag or a commit.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import defaultdict
from math import fsum
from pathlib import Path

from estran.catalogue.labels import Labels
from estran.catalogue.loading import read_table
from estran.common import formatting
from estran.common.language import use_language

ROOT = Path(__file__).parent.parent
GOLDEN = "tests/golden/demo/2025/impacts.csv"
INTERVALS = "tests/golden/demo/2025/intervals.csv"
CATALOGUE = "src/estran/catalogue"
SMALLEST = 0.0005  # share of a total below which a family is not listed

Sums = dict[tuple[str, str], float]  # criterion, family ("" for the whole) → impact


def by_family(text: str) -> Sums:
    """The impacts of a golden table, modelled and declared, by criterion and family, then as a whole."""
    kinds = {row["code"]: row["family"] for row in read_table("item_types")}
    kinds |= {row["flow"]: row["family"] for row in read_table("flows")}
    sums: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        kind = row["item_type"]
        family = kinds.get(kind) or kinds.get(f"{kind.partition(':')[0]}:*") or "other"
        for part in ("", family):
            sums[row["criterion"], part].append(float(row["value"]))
    return {key: fsum(values) for key, values in sums.items()}


def table(before: Sums, after: Sums) -> str:
    """The rows that moved: each criterion as a whole, then its families; a sentence when nothing did."""
    known = Labels("fr")
    lines = []
    for criterion in sorted(
        {key[0] for key in (*before, *after)}, key=lambda code: known.describe_criterion(code)["rank"]
    ):
        whole = after.get((criterion, "")) or before.get((criterion, "")) or 0.0
        moved = [
            (family, before.get((criterion, family), 0.0), after.get((criterion, family), 0.0))
            for family in sorted({key[1] for key in (*before, *after) if key[0] == criterion})
        ]
        moved = [row for row in moved if abs(row[2] - row[1]) > SMALLEST * abs(whole)]
        moved.sort(key=lambda row: (row[0] != "", -abs(row[2] - row[1])))
        unit, size = formatting.column_unit(
            [value for row in moved for value in row[1:]], known.describe_criterion(criterion)["unit"]
        )
        for family, old, new in moved:
            name = known.label("family", family) if family else "**ensemble**"
            cells = (formatting.cell(old, size, digits=4), formatting.cell(new, size, digits=4))
            share = f"{(new - old) / old * 100:+.1f} %".replace(".", ",").replace("-", "−") if old else "nouveau"
            label = f"{known.label('criterion', criterion)} ({formatting.unit_text(unit)})"
            lines.append(f"| {label} | {name} | {cells[0]} | {cells[1]} | {share} |")
    if not lines:
        return "Aucun résultat de la démonstration ne bouge.\n"
    return "| critère | famille | avant | après | écart |\n|---|---|---|---|---|\n" + "\n".join(lines) + "\n"


def intervals(before: str, after: str) -> str:
    """The 95 % intervals of the whole that moved, from two golden tables; nothing when none did."""
    known, lines = Labels("fr"), []
    old, new = (
        {row["criterion"]: row for row in csv.DictReader(text.splitlines()) if row["entity"] == "*"}
        for text in (before, after)
    )
    for criterion in sorted({*old} & {*new}, key=lambda code: known.describe_criterion(code)["rank"]):
        sides = [[float(side[criterion][name]) for name in ("low95", "mean", "high95")] for side in (old, new)]
        if all(abs(b - a) <= SMALLEST * abs(a) for a, b in zip(*sides, strict=True)):
            continue
        unit, size = formatting.column_unit([*sides[0], *sides[1]], known.describe_criterion(criterion)["unit"])
        cells = [[formatting.cell(value, size, digits=3) for value in side] for side in sides]
        label = f"{known.label('criterion', criterion)} ({formatting.unit_text(unit)})"
        lines.append(" | ".join([f"| {label}", *(f"{mean} [{low} ; {high}]" for low, mean, high in cells)]) + " |")
    if not lines:
        return ""
    return "| critère | intervalle avant | intervalle après |\n|---|---|---|\n" + "\n".join(lines) + "\n"


def git(*arguments: str) -> str:
    """What git answers; its own words when it cannot."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{done.stderr.strip()}\n→ python docs/moved.py REF : une étiquette ou un commit qui a {GOLDEN}.")
    return done.stdout


def main(reference: str) -> None:
    """Print what moved since a git reference, and the tables of the catalogue that changed."""
    use_language("fr")
    before = by_family(git("show", f"{reference}:{GOLDEN}"))
    print(f"Ce qui bouge sur la démonstration (2025) depuis {reference} :\n")
    print(table(before, by_family((ROOT / GOLDEN).read_text("utf-8"))))
    if moved := intervals(git("show", f"{reference}:{INTERVALS}"), (ROOT / INTERVALS).read_text("utf-8")):
        print(moved)
    changed = [line.split("\t") for line in git("diff", "--numstat", reference, "--", CATALOGUE).splitlines()]
    tables = [f"`{Path(name).relative_to(CATALOGUE)}` (+{more} −{less})" for more, less, name in changed]
    print(f"Tables du catalogue changées : {', '.join(tables)}." if tables else "Le catalogue n’a pas changé.")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
