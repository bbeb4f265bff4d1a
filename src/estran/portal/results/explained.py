"""A figure opened. A run is opened once into tables kept beside it; any figure of it is then read there."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from estran.analysis import explain, explain_cache
from estran.catalogue.labels import Labels
from estran.common import formatting, table_schema
from estran.common.language import _
from estran.importing.row_corrections import value_label
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.results.models import Run
from estran.reporting.blocks import Block
from estran.reporting.chapters.explanation import explanation

PARTS = ("entity", "item_type", "stage", "family", "part")


@dataclass(frozen=True)
class Asked:
    """A figure of a run that an address asks for: the view of the run, the criterion and the parts."""

    run: Run
    view: str
    figure: explain.Figure

    @classmethod
    def read(cls, run: Run, query: Mapping[str, str]) -> Asked:
        """The figure of an address; without part it is the whole."""
        figure = explain.Figure(query.get("criterion", ""), *(query.get(name) or None for name in PARTS))
        return cls(run, run.view_of(query.get("view", "")), figure)

    @property
    def folder(self) -> Path:
        """The run folder that the figure is from."""
        return self.run.folder_of(self.view)

    @property
    def tables(self) -> Path:
        """Where this run is opened."""
        return self.run.place_of(self.view) / "opened"

    @property
    def blocks(self) -> list[Block]:
        """What `estran explain` shows of the figure. Errors: CannotUse, nothing under that name."""
        return list(explanation(explain.explain_figure(self.folder, self.figure, self.tables), Labels()))

    @property
    def _options(self) -> dict[str, Any]:
        return {name: getattr(self.figure, name) for name in ("criterion", *PARTS)}

    def query(self, **others: str | int) -> str:
        """The figure as the end of an address."""
        view = {} if self.view == Run.STOCK else {"view": self.view}
        return urlencode({name: value for name, value in (self._options | view | others).items() if value})

    @property
    def command(self) -> str:
        """The command that prints the same text; the flow view is not in the folder that a person exports."""
        if self.view != Run.STOCK:
            return ""
        options = (f"--{name.replace('_', '-')} {shlex.quote(value)}" for name, value in self._options.items() if value)
        return " ".join(["estran explain", self.folder.name, *options])


def ensure_opened(access: Access, asked: Asked, address: str) -> Job | None:
    """Open the run unless it is open already: at once, or as the work returned, that ends at `address`, when large."""
    if asked.tables.exists():
        return None
    run = asked.run
    if not run.large:
        explain_cache.write_explain_cache(asked.folder, asked.tables)
        return None
    if len(address) > Job._meta.get_field("next_url").max_length:
        address = access.url("results:run", run.pk)
    key = f"{run.pk} {asked.view} {hashlib.sha256(address.encode()).hexdigest()[:24]}"
    title = _("Ouvrir les chiffres du bilan {year}").format(year=run.year)
    return ask_again(access, "origin", key, title, run=run.pk, view=asked.view, address=address)


def ask_again(access: Access, kind: str, key: str, title: str, **subject: Any) -> Job:
    """Ask the queue for what is not there, though it may have been made once, and removed since."""
    access.of(Job).filter(kind=kind, key=key, state=Job.DONE).delete()
    return queue.ask_job(access, kind, key, title, **subject)


def open_run(job: Job) -> str:
    """Open the run of a job, whole or not at all; the page asked then reads it."""
    run = Run.objects.select_related("inventory").get(pk=job.subject["run"])
    asked = Asked(run, job.subject["view"], explain.Figure(""))
    if not asked.tables.exists():
        explain_cache.write_explain_cache(asked.folder, asked.tables)
    return str(job.subject["address"])


# --- the rows behind a figure ------------------------------------------------------------------------------------


def parts_asked(asked: Asked, labels: Labels) -> list[tuple[str, str]]:
    """What the figure is restricted to: the label of each part, and the address of the list without it."""
    parts = [(name, code) for name in PARTS if (code := getattr(asked.figure, name))]
    return [(code if name == "entity" else labels.label(name, code), asked.query(**{name: ""})) for name, code in parts]


def show_row(row: dict[str, Any], labels: Labels, unit: str, place: str) -> dict[str, Any]:
    """A row as the page shows it: where it stands in what was sent, its type, how its impact is computed."""
    stages = [row["made_factor"], row["ended_factor"]]
    embodied = [(row["made"], stages[0]), (row["ended"], stages[1])]
    if row["made"] == row["ended"]:  # the stock view: the same units at the three stages
        embodied = [(row["made"], sum(factor or 0.0 for factor in stages))]
    flow = labels.describe_flow(row["item_type"])["unit"] or "" if row["share"] is None else _("unités")
    products = [*((amount, factor, flow) for amount, factor in embodied), (row["kwh"], row["kwh_factor"], "kWh")]
    terms = [
        _("{amount} × {factor}").format(amount=f"{_number(amount)}\u00a0{name}".strip(), factor=_number(factor))
        for amount, factor, name in products if amount and factor
    ]  # fmt: skip
    return row | {
        "type": labels.label("item_type", row["item_type"]),
        "item_id": place if row["source"] == row["item_id"] else row["item_id"],
        "provenance": place if row["source"] != row["item_id"] else "",
        "units": _units(row),
        "sum": " + ".join(terms),
        "impact": formatting.quantity(row["value"], unit, digits=3),
        "corrected": [_cell(cell) for cell in row["corrected"]],
    }


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell that was put right: its column and the value before, in words."""
    labels = {column.column: column.label_fr.lower() for column in table_schema.columns("inventory")}
    return cell | {"label": labels[cell["name"]], "before_label": value_label(cell["name"], cell["before"])}


def _units(row: dict[str, Any]) -> str:
    """The units of an item: quantity × share × presence ÷ lifetime (A1); empty for an activity and in the flow view."""
    if row["lifetime_years"] is None or row["made"] is None or row["share"] is None:
        return ""
    numbers = [_number(row[name]) for name in ("quantity", "share", "presence", "lifetime_years", "made")]
    return "{} × {} × {} ÷ {} = {}".format(*numbers)


def _number(value: float) -> str:
    return formatting.number(value, digits=4)
