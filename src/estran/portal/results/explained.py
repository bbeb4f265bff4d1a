"""A figure opened. A run is opened once into tables kept beside it; any figure of it is then read there."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from estran.analysis import explain, explain_cache
from estran.analysis.explain_text import explanation_text
from estran.common.language import _
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.results.models import Run

PARTS = ("entity", "item_type", "stage", "family", "part")
LONG = 200_000  # rows of inventory from which a calculation is long work


@dataclass(frozen=True)
class Asked:
    """A figure of a run that an address asks for: the view of the run, the criterion and the parts."""

    run: Run
    view: str
    figure: explain.Figure

    @classmethod
    def read(cls, run: Run, asked: Mapping[str, str]) -> Asked:
        """The figure of an address; without part it is the whole."""
        figure = explain.Figure(asked.get("criterion", ""), *(asked.get(name) or None for name in PARTS))
        return cls(run, run.view_of(asked.get("view", "")), figure)

    @property
    def folder(self) -> Path:
        """The run folder that the figure is from."""
        return self.run.folder_of(self.view)

    @property
    def tables(self) -> Path:
        """Where this run is opened."""
        return self.run.place_of(self.view) / "opened"

    @property
    def text(self) -> str:
        """What `estran explain` prints of the figure. Errors: CannotUse, nothing under that name."""
        return explanation_text(explain.explain_figure(self.folder, self.figure, self.tables))

    def query(self, **others: str | int) -> str:
        """The figure as the end of an address."""
        parts = {name: getattr(self.figure, name) for name in ("criterion", *PARTS)}
        view = {} if self.view == Run.STOCK else {"view": self.view}
        return urlencode({name: value for name, value in (parts | view | others).items() if value})

    @property
    def command(self) -> str:
        """The command that prints the same text; the flow view is not in the folder that a person exports."""
        if self.view != Run.STOCK:
            return ""
        given = {name: getattr(self.figure, name) for name in ("criterion", *PARTS)}
        options = (f"--{name.replace('_', '-')} {shlex.quote(value)}" for name, value in given.items() if value)
        return " ".join(["estran explain", self.folder.name, *options])


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


def long_work(access: Access, asked: Asked, address: str) -> Job | None:
    """Open the run unless it is open already: at once, or as the work returned when its inventory is large.

    The work ends at `address`.
    """
    if asked.tables.exists():
        return None
    run = asked.run
    if run.inventory.rows < LONG:
        explain_cache.write_explain_cache(asked.folder, asked.tables)
        return None
    if len(address) > Job._meta.get_field("next_url").max_length:
        address = reverse("results:run", args=(access.organisation.slug, run.pk))
    key = f"{run.pk} {asked.view} {hashlib.sha256(address.encode()).hexdigest()[:24]}"
    title = _("Ouvrir les chiffres du bilan {year}").format(year=run.year)
    return missing(access, "origin", key, title, run=run.pk, view=asked.view, address=address)


def missing(access: Access, kind: str, key: str, title: str, **subject: Any) -> Job:
    """Work in the queue for what is not there, though it may have been made once, and removed since."""
    access.of(Job).filter(kind=kind, key=key, state=Job.DONE).delete()
    return queue.ask_job(access, kind, key, title, **subject)


def open_run(job: Job) -> str:
    """Open the run of a job, whole or not at all; the page asked then reads it."""
    run = Run.objects.select_related("inventory").get(pk=job.subject["run"])
    asked = Asked(run, job.subject["view"], explain.Figure(""))
    if not asked.tables.exists():
        explain_cache.write_explain_cache(asked.folder, asked.tables)
    return str(job.subject["address"])
