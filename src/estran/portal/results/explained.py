"""A figure opened, kept beside its run: the steps of the run are carried out again only the first time it is asked."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping

from estran.footprint import explain
from estran.portal.results.models import Run

PARTS = ("entity", "item_type", "stage")


def figure(asked: Mapping[str, str]) -> explain.Figure:
    """The figure that an address asks for: criterion, entity, item_type, stage; none of them is the whole."""
    return explain.Figure(asked.get("criterion", ""), *(asked.get(name) or None for name in PARTS))


def text(run: Run, asked: explain.Figure) -> str:
    """The text that `estran explain` prints for this figure. Errors: CannotUse, nothing under that name."""
    name = hashlib.sha256(repr(asked).encode()).hexdigest()[:24]
    kept = run.place / "origins" / f"{name}.txt"
    if not kept.exists():
        said = explain.text(explain.explain(run.folder, asked))
        kept.parent.mkdir(exist_ok=True)
        partial = kept.with_suffix(".part")
        partial.write_text(said, encoding="utf-8")
        partial.replace(kept)
    return kept.read_text("utf-8")


def command(run: Run, asked: explain.Figure) -> str:
    """The command that prints the same text."""
    given = {"criterion": asked.criterion} | {name: getattr(asked, name) for name in PARTS}
    options = (f"--{name.replace('_', '-')} {shlex.quote(value)}" for name, value in given.items() if value)
    return " ".join(["estran explain", run.folder.name, *options])
