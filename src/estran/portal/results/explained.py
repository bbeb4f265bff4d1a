"""A figure opened, kept beside its run: the steps of the run are carried out again only the first time it is asked."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from estran.footprint import explain
from estran.lang import _
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.results.models import Run

PARTS = ("entity", "item_type", "stage", "family", "part")
LONG = 200_000  # rows of inventory from which opening a figure is long work


def figure(asked: Mapping[str, str]) -> explain.Figure:
    """The figure that an address asks for: its criterion and parts; without part it is the whole."""
    return explain.Figure(asked.get("criterion", ""), *(asked.get(name) or None for name in PARTS))


def text(run: Run, asked: explain.Figure) -> str:
    """The text that `estran explain` prints for this figure. Errors: CannotUse, nothing under that name."""
    kept = _kept(run, asked)
    if not kept.exists():
        said = explain.text(explain.explain(run.folder, asked))
        kept.parent.mkdir(exist_ok=True)
        partial = kept.with_suffix(".part")
        partial.write_text(said, encoding="utf-8")
        partial.replace(kept)
    return kept.read_text("utf-8")


@dataclass
class Section:
    """A heading of the text, and its entries: a line, and the lines indented under it."""

    heading: str
    entries: list[tuple[str, list[str]]]


def sections(said: str) -> list[Section]:
    """The text as headings and entries: the same lines, for a page to lay out."""
    found: list[Section] = []
    for line in filter(None, said.splitlines()):
        if not line.startswith(" "):
            found.append(Section(line, []))
        elif line.startswith("    "):
            found[-1].entries[-1][1].append(line.strip())
        else:
            found[-1].entries.append((line.strip(), []))
    return found


def long_work(here: Access, run: Run, asked: explain.Figure, address: str) -> Job | None:
    """The work that opens a figure of a large inventory, its result being read at `address`; None when it is short."""
    if run.inventory.rows < LONG or _kept(run, asked).exists():
        return None
    key = f"{run.pk} {_kept(run, asked).stem}"
    return queue.ask(here, "origin", key, _("Ouvrir un chiffre"), run=run.pk, figure=asdict(asked), address=address)


def _kept(run: Run, asked: explain.Figure) -> Path:
    name = hashlib.sha256(repr(asked).encode()).hexdigest()[:24]
    return run.place / "origins" / f"{name}.txt"


def command(run: Run, asked: explain.Figure) -> str:
    """The command that prints the same text."""
    given = {"criterion": asked.criterion} | {name: getattr(asked, name) for name in PARTS}
    options = (f"--{name.replace('_', '-')} {shlex.quote(value)}" for name, value in given.items() if value)
    return " ".join(["estran explain", run.folder.name, *options])
