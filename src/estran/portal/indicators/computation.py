"""The indicators and the legal counters of an organisation: computed from its runs, registers, typed figures, targets.

The engine does it (`estran indicators`), as work of the queue; the result is kept in indicators/<organisation>.json
with the version of what it was computed from, so that a page says when something was changed since.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from django.db.models import Count, Max

from estran import __version__
from estran.analysis import indicators, legal, quantities
from estran.analysis.indicators import FollowedIndicators, Indicator
from estran.catalogue.loading import read_table
from estran.common import table_schema
from estran.common.files import write_csv
from estran.common.language import _
from estran.portal.common import storage
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Organisation
from estran.portal.registers import registers
from estran.portal.results import years
from estran.portal.results.models import Run

Row = dict[str, Any]
KIND = "indicators"


@dataclass(frozen=True)
class Source:
    """A register that another room of the portal keeps: its rows, one word that changes with them, its page."""

    rows: Callable[[Organisation], list[Row]]
    stamp: Callable[[Organisation], str]
    page: str


kept_elsewhere: dict[str, Source] = {}


@dataclass(frozen=True)
class State:
    """The indicators as they were last computed: none before the first computation."""

    organisation: Organisation
    followed: FollowedIndicators | None
    version: str

    @cached_property
    def fresh(self) -> bool:
        """Nothing was changed since."""
        return self.version == version(self.organisation)

    @property
    def year(self) -> int | None:
        """The last year followed."""
        return max(row.year for row in self.followed.indicators) if self.followed else None

    def of(self, code: str) -> list[Indicator]:
        """An indicator in every year, oldest first."""
        return [row for row in self.followed.indicators if row.code == code] if self.followed else []


def read_state(organisation: Organisation) -> State:
    """The indicators as they were last computed."""
    path = _path(organisation)
    if not path.exists():
        return State(organisation, None, "")
    values = json.loads(path.read_text("utf-8"))
    if Run.objects.filter(pk__in=values.get("runs", []), withdrawn_at__isnull=False).exists():
        return State(organisation, None, "")  # until they are computed again without it
    counters = [
        legal.Verdict(**row | {"counters": [legal.Counter(**counter) for counter in row["counters"]]})
        for row in values["counters"]
    ]
    followed = FollowedIndicators([Indicator(**row) for row in values["indicators"]], counters, [])
    return State(organisation, followed, values["version"])


def version(organisation: Organisation) -> str:
    """What the indicators are computed from, as one word: it changes with a run, a row, a figure or a target."""
    runs = years.in_front(organisation)
    words = [__version__, *map(str, years.folders(organisation, runs)), *(run.sha256 for run in runs)]
    for rows in (organisation.register_rows, organisation.typed, organisation.targets):
        words += map(str, rows.aggregate(n=Count("pk"), last=Max("changed_at")).values())
    words += (source.stamp(organisation) for source in kept_elsewhere.values())
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:24]


def ask(access: Access) -> Job:
    """Compute the indicators from what is there now: long work."""
    return queue.ask_job(access, KIND, version(access.organisation), _("Mise à jour des indicateurs"))


def compute(job: Job) -> str:
    """Compute the indicators of a job's organisation and keep them."""
    organisation = job.organisation
    now, runs = version(organisation), years.in_front(organisation)
    if runs:
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work)
            registers.write_registers(organisation, folder)
            for name, source in kept_elsewhere.items():
                if rows := source.rows(organisation):
                    write_csv(folder / f"{name}.csv", [column.column for column in table_schema.columns(name)], rows)
            for name, columns, kept in (
                ("typed", ("quantity", "year", "value", "date", "source"), organisation.typed),
                ("targets", ("indicator", "target", "year", "start", "start_year"), organisation.targets),
            ):
                write_csv(folder / f"{name}.csv", columns, kept.order_by("pk").values(*columns))
            followed = indicators.follow_indicators(years.folders(organisation, runs), folder, folder / "targets.csv")
        values = {
            "version": now,
            "runs": [run.pk for run in runs],
            "indicators": [asdict(row) for row in followed.indicators],
            "counters": [asdict(row) for row in followed.counters],
        }
        storage.write_json(_path(organisation), values)
    return organisation.url("indicators:indicators")


def _path(organisation: Organisation) -> Path:
    return storage.folder("indicators", f"{organisation.pk}.json")


@cache
def declared() -> dict[str, Row]:
    """The declarations of the indicators, by code."""
    return {row["code"]: row for row in indicators.declared_indicators()}


@cache
def groups() -> dict[str, tuple[str, list[Row]]]:
    """What people type, by subject: the quantities that nothing gives, then the totals of registers kept nowhere."""
    subjects: dict[str, tuple[str, list[Row]]] = {"typed": (_("Ce qu’aucun registre ne donne"), [])}
    kept = {register.name for register in registers.kept_registers().values()} | kept_elsewhere.keys()
    subjects |= {
        name: (row["label_fr"], []) for name, row in quantities.declared_registers().items() if name not in kept
    }
    for row in quantities.declared_quantities().values():
        if row["table"] in subjects:
            subjects[row["table"]][1].append(row)
    return subjects


def quantities_of(declaration: Row) -> list[Row]:
    """The quantities that an indicator or a legal counter divides."""
    every = quantities.declared_quantities()
    names = quantities.names_of(f"{declaration['numerator']} {declaration['denominator'] or ''}")
    return [every[name] for name in names if name in every]


def counters_of_register(register: str, counters: Iterable[legal.Verdict]) -> list[legal.Verdict]:
    """The legal counters that a register feeds."""
    rules = {
        row["rule"]
        for row in read_table("legal_counters")
        if any(quantity["table"] == register for quantity in quantities_of(row))
    }
    return [verdict for verdict in counters if verdict.rule in rules]
