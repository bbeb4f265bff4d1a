"""How many models Estran knows that its tables never saw, and how often it is right: `make recognition`.

Tables are made from a part of the facts, and names of the other part are asked as agents and as people write them; then
the import itself reads them, label rules included. So are lists typed from memory before the rules were read
(tests/data/typed_models.csv), beside what they measured at first. Writes benchmarks/recognition.md.
"""

import csv
import hashlib
import importlib.util
import random
import re
import sys
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from estran.importing.recognition import known_models, matching
from estran.importing.recognition.model_words import model_key, type_class

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "benchmarks" / "recognition.md"
TYPED, MEASURED = (ROOT / "tests" / "data" / name for name in ("typed_models.csv", "typed_measures.csv"))
ASKED = 500  # names of a source that are asked, drawn once for all
MISSES = 12  # misses and errors that the page lists, of each question


def _load_make() -> Any:
    spec = importlib.util.spec_from_file_location("make_models", ROOT / "models" / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_models"] = module
    spec.loader.exec_module(module)
    return module


make = _load_make()


@dataclass(frozen=True)
class Name:
    """A model as its facts write it, what it is, and the machines seen of it."""

    manufacturer: str
    model: str
    item_type: str
    machines: int


@dataclass
class Score:
    """What became of the names of one question."""

    names: int = 0
    machines: int = 0
    recognised: int = 0
    right: int = 0
    right_machines: int = 0
    recognised_machines: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, name: Name, asked: tuple[str, str], answer: str) -> None:
        """One more name, and the type it was given (empty: none)."""
        self.names += 1
        self.machines += name.machines
        text = " ".join(filter(None, asked))
        if not answer:
            self.missed[f"{text} ({name.item_type})"] += name.machines
            return
        self.recognised += 1
        self.recognised_machines += name.machines
        if is_same_class(answer, name.item_type):
            self.right += 1
            self.right_machines += name.machines
        else:
            self.wrong[f"{text}: {name.item_type} read as {answer}"] += name.machines

    def line(self, what: str) -> str:
        """A line of the table: recall, precision, and right by quantity."""
        shares = (
            self.recognised / self.names,
            self.right / max(self.recognised, 1),
            self.right_machines / max(self.machines, 1),
        )
        return f"| {what} | {self.names:,} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |"


def is_same_class(one: str, other: str) -> bool:
    """No contradiction: details of one another, or a tablet that others call a laptop; `other` may be `one|another`."""
    near = {"laptop", "tablet"}
    classes = [{type_class(one), type_class(kind)} for kind in other.split("|")]
    return any(len(pair) == 1 or pair == near for pair in classes)


# ------------------------------------------------------------------------------------------------------------ questions


def reports_of(source: str) -> list[Any]:
    return list(make.READERS[source](make.read_facts(source), source))


def is_kept(report: Any) -> bool:
    """Whether the tables of the halves are made from this model; the same for every report of one model."""
    key = model_key(report.name, report.maker) or report.name
    return hashlib.sha256(f"{report.maker} {key}".encode()).digest()[0] % 2 == 0


def asked_names(reports: Iterable[Any]) -> list[Name]:
    """Distinct names with a digit and without disagreement, drawn."""
    seen: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for report in reports:
        if model_key(report.name, report.maker):
            seen[report.maker, report.name][report.item_type] += report.machines
    names = [
        Name(*key, next(iter(types)), types.total())
        for key, types in sorted(seen.items())
        if len({type_class(item_type) for item_type in types}) == 1
    ]
    return random.Random(1).sample(names, min(ASKED, len(names)))


@contextmanager
def tables_of(parts: dict[str, list[Any]]) -> Iterator[None]:
    """The tables of these reports take the place of those of the catalogue."""
    with tempfile.TemporaryDirectory() as place:
        for source, reports in parts.items():
            rows = make.make_rows(reports)
            (Path(place) / f"{source}.csv").write_text(make.table_text(rows), encoding="utf-8", newline="")
        made = known_models.Tables(sorted(Path(place).glob("*.csv")))
    shipped = known_models.shipped_tables
    known_models.shipped_tables = lambda: made
    try:
        yield
    finally:
        known_models.shipped_tables = shipped


def ask(names: list[Name], write: Callable[[Name], tuple[str, str]], score: Score, whole: Score) -> None:
    """The names as `write` writes them, to the tables alone, and to the import without a label."""
    asked = {name: write(name) for name in names}
    known = known_models.find_known_models(set(asked.values()))
    described = [(matching.Description(manufacturer=maker, model=model), False) for maker, model in asked.values()]
    matches = matching.match_descriptions(described, {})
    for (name, text), match in zip(asked.items(), matches, strict=True):
        first = next((one.item_type for one in known.get(text, ()) if one.item_type), "")
        score.add(name, text, first)
        whole.add(name, text, match.item_type)


# --------------------------------------------------------------------------------------------------------- typed lists


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def typed_lists() -> Iterator[tuple[str, Score]]:
    """What the import makes of each list typed from memory, without a label; a virtual machine is one when flagged."""
    for name in dict.fromkeys(row["list"] for row in read_rows(TYPED)):
        score = Score()
        rows = [row for row in read_rows(TYPED) if row["list"] == name]
        asked = [(row["manufacturer"], row["model"]) for row in rows]
        described = [(matching.Description(manufacturer=maker, model=model), False) for maker, model in asked]
        for row, text, match in zip(rows, asked, matching.match_descriptions(described, {}), strict=True):
            answer = "virtual" if match.flag == "virtual" else match.item_type
            score.add(Name(*text, row["item_type"], int(row["quantity"])), text, answer)
        yield name, score


# -------------------------------------------------------------------------------------------------------- ways to write


def as_agents(name: Name) -> tuple[str, str]:
    return name.manufacturer, name.model


def in_one_cell(name: Name) -> tuple[str, str]:
    return "", f"{name.manufacturer} {name.model}"


def without_fillers(name: Name) -> tuple[str, str]:
    fillers = r"\b(notebook|laptop|pc|desktop|business|series|edition|gen|generation|mobile workstation|monitor)\b"
    return name.manufacturer, re.sub(fillers, "", name.model, flags=re.IGNORECASE).lower()


def with_accents(name: Name) -> tuple[str, str]:
    return name.manufacturer.upper(), unicodedata.normalize("NFD", f'modèle {name.model.title()} - écran 15,6"')


def with_memory(name: Name) -> tuple[str, str]:
    return name.manufacturer, f"{name.model} i5 16 Go SSD 256Go"


def with_a_typo(name: Name) -> tuple[str, str]:
    """One letter of the model lost, doubled or changed with its neighbour; digits stay."""
    draw = random.Random(name.model)
    places = [place for place, sign in enumerate(name.model) if sign.isalpha()]
    if len(places) < 4:
        return name.manufacturer, name.model
    place = draw.choice(places[1:])
    before, sign, after = name.model[:place], name.model[place], name.model[place + 1 :]
    changed = draw.choice((before + after, before + sign * 2 + after, before[:-1] + sign + before[-1:] + after))
    return name.manufacturer, changed


def spaced(name: Name) -> tuple[str, str]:
    return name.manufacturer, re.sub(r"[-_/]", " ", name.model)


WAYS = {
    "as agents write it": as_agents,
    "maker in the model": in_one_cell,
    "no fillers, lower case": without_fillers,
    "accents, capitals, a word before": with_accents,
    "with processor and memory": with_memory,
    "spaces for strokes": spaced,
    "one typo": with_a_typo,
}


# ---------------------------------------------------------------------------------------------------------------- page


def main() -> None:
    reports = {source: reports_of(source) for source in make.READERS}
    lines, misses = [], []
    head = "| names of | names | recognised | right class | right by quantity |\n|---|---|---|---|---|"

    def measure(title: str, explained: str, rows: Iterable[tuple[str, Score, Score]]) -> None:
        alone, whole = [], []
        for what, score, both in rows:
            alone.append(score.line(what))
            whole.append(both.line(what))
            for name, counts in (("missed", both.missed), ("wrong", both.wrong)):
                if counts:
                    worst = "; ".join(f"{text} ×{n}" for text, n in counts.most_common(MISSES))
                    misses.append(f"- **{title}, {what}**, {name} ({len(counts)}): {worst}")
        lines.extend(["", f"## {title}", "", explained, "", "The tables alone:", "", head, *alone])
        lines.extend(["", "The import without a label, rules included:", "", head, *whole])
        print("\n".join(lines[-2 * len(alone) - 8 :]), flush=True)

    lines.extend(["", *TYPED_LISTS, "", head.replace("names of", "list, when"), *past_lines()])
    for name, score in typed_lists():
        lines.append(score.line(f"{name}, now"))
        misses.append(f"- **{name}**, missed: {'; '.join(score.missed) or '–'}; wrong: {'; '.join(score.wrong) or '–'}")
    print("\n".join(lines), flush=True)

    def halves() -> Iterable[tuple[str, Score, Score]]:
        kept = {source: [one for one in all_ if is_kept(one)] for source, all_ in reports.items()}
        with tables_of(kept):
            for source, all_ in reports.items():
                score, whole = Score(), Score()
                ask(asked_names(one for one in all_ if not is_kept(one)), as_agents, score, whole)
                yield source, score, whole

    def others() -> Iterable[tuple[str, Score, Score]]:
        for source, all_ in reports.items():
            with tables_of({name: rest for name, rest in reports.items() if name != source}):
                score, whole = Score(), Score()
                ask(asked_names(all_), as_agents, score, whole)
                yield source, score, whole

    def ways() -> Iterable[tuple[str, Score, Score]]:
        names = [name for all_ in reports.values() for name in asked_names(all_)[:200]]
        for what, write in WAYS.items():
            score, whole = Score(), Score()
            ask(names, write, score, whole)
            yield what, score, whole

    def codes() -> Iterable[tuple[str, Score, Score]]:
        seen = {
            (code, one.item_type)
            for one in reports["linuxhw_dmi_2025"]
            for code, item_type in one.codes
            if item_type and one.maker == "lenovo" and type_class(one.item_type) == type_class(item_type)
        }
        names = [Name("lenovo", code, item_type, 1) for code, item_type in sorted(seen)]
        kept = {source: [one for one in all_ if is_kept(one)] for source, all_ in reports.items()}
        with tables_of(kept):
            for what, write in {
                "four signs": lambda name: ("LENOVO", name.model.upper()),
                "whole code": lambda name: ("LENOVO", f"{name.model.upper()}S0AB00"),
                "inside a text": lambda name: ("Lenovo", f"Portable ({name.model.upper()}) salle 12"),
            }.items():
                score, whole = Score(), Score()
                ask(names, write, score, whole)
                yield what, score, whole

    measure("Unseen halves", "Half of the models of every source make the tables; the other half is asked.", halves())
    measure("One source against the others", "A source is asked of tables made from all the others.", others())
    measure(
        "Ways to write", "The tables of the catalogue, asked 200 names of each source, written in several ways.", ways()
    )
    measure("Machine types of Lenovo", "Asked of the tables of a half; ranges 20, 21, 80 to 83, 10, 90.", codes())
    PAGE.write_text("\n".join([*INTRODUCTION, *lines, "", "## Misses", "", *misses, ""]), encoding="utf-8")


def past_lines() -> list[str]:
    """What the typed lists measured when they were new, and after the first list alone had been worked on."""
    line = "| {list}, {when} | {names} | {recognised} % | {right} % | {quantity} % |"
    return [line.format(**row) for row in read_rows(MEASURED)]


TYPED_LISTS = [
    "## Lists typed from memory",
    "",
    "Fleets as people type them in an office, a school, a data centre, and names as agents write them, each with its",
    "true class. Lists 1 and 2 were typed before any rule was read, the others after: all before they were measured.",
    "Never changed since. The import reads maker and model, without a label. *At first*: before any miss was seen;",
    "*after list n*: when the misses of list n, and of no later one, had been worked on.",
]

INTRODUCTION = [
    "# Recognition",
    "",
    "Written by `make recognition` from the facts of `make models`. *Recognised*: names given a type; *right class*:",
    "of those, the share whose class (laptop, desktop, monitor…) is that of the facts; *right by quantity*: machines",
    "given their class, of all machines asked. Names whose own reports disagree are not asked. The facts are lists of",
    "makers and of enthusiasts: a public fleet has fewer models, more of each.",
]

if __name__ == "__main__":
    main()
