"""Lists whose headers no format knows: what a person says of them in a page, kept as a map and tried the next time.

The map of someone who manages serves the whole organisation; that of a contributor or of a school, its entity alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from estran.catalogue.labels import words_of
from estran.common import table_schema
from estran.common.bounded import call_bounded
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.common.vocabulary import choice_labels
from estran.importing import column_maps, sheet_formats
from estran.importing.column_maps import ORDERS, PLAN, ColumnMap, Target
from estran.importing.formats import IGNORE
from estran.importing.recognition.header_guesses import Proposal
from estran.portal.collection.models import SavedMap
from estran.portal.jobs.queue import Asker
from estran.portal.organisations.models import Entity, Organisation


def maps_for(organisation: Organisation, entity: Entity | None = None, table: str = "") -> list[ColumnMap]:
    """The maps that a file may be read with: those of the organisation, and those of its entity; the latest first."""
    maps = organisation.column_maps.filter(Q(entity=None) | Q(entity=entity))
    return [one.as_map for one in (maps.filter(table=table) if table else maps)]


def keep_map(sender: Asker, one: ColumnMap, entity: Entity | None) -> SavedMap:
    """Keep a map for an entity, or for the whole organisation, in the place of the one of that name."""
    values: dict[str, Any] = {"columns": dict(one.columns), "dates": one.dates, "constants": dict(one.constants)}
    values["person"] = sender.person
    saved, _new = SavedMap.objects.update_or_create(
        organisation=sender.organisation, entity=entity, table=one.table, name=one.name, defaults=values
    )
    return saved


@dataclass
class Line:
    """A header of the page: its field, its first cells, what was chosen and why it was guessed."""

    name: str
    header: str
    column: str
    reason: str
    personal: bool
    cells: list[str]


@dataclass
class Needed:
    """A column that the table needs: its field, what was given for every row, what it admits (code → words)."""

    name: str
    column: str
    label: str
    value: str
    choices: dict[str, str]


@dataclass
class ColumnsForm:
    """What each header of a list is, as a page asks it, guesses filled in; posted, the answers and what is wrong."""

    proposal: Proposal
    posted: Mapping[str, str] | None = None
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.posted is not None:
            given = (*self._columns.values(), *self._constants)
            fault = column_maps.describe_missing(self.proposal.table, given)
            self.errors = [fault] if fault else self._twice

    @property
    def targets(self) -> dict[str, Target]:
        """The columns on offer."""
        return column_maps.targets(self.proposal.table)

    @property
    def lines(self) -> list[Line]:
        """The headers, in order."""
        rows, lines = self.proposal.rows, []
        for one in self.proposal.guesses:
            if one.header:
                cells = [row[one.place] for row in rows if one.place < len(row) and row[one.place]]
                name = f"c{one.place}"
                column = one.column if self.posted is None else self.posted.get(name, "")
                lines.append(Line(name, one.header, column, one.reason, one.personal, list(dict.fromkeys(cells))))
        return lines

    @property
    def name(self) -> str:
        """The name of the map."""
        given = (self.posted or {}).get("name", "").strip()
        return column_maps.file_stem(given) if given else self.proposal.map.name

    @property
    def dates(self) -> str:
        """The order of the dates."""
        given = (self.posted or {}).get("dates", "")
        return given if given in ORDERS else ""

    @property
    def _columns(self) -> dict[str, str]:
        known = self.targets
        return {
            line.header: line.column if line.column in known else IGNORE for line in self.lines if not line.personal
        }

    @property
    def needed(self) -> list[Needed]:
        """What every row needs: a file that no header gives it may be given one value for all its rows."""
        table, posted = self.proposal.table, self.posted or {}
        choices = {column.column: column.choices for column in table_schema.columns(table)} if table != PLAN else {}
        return [
            Needed(f"all-{name}", name, target.label, posted.get(f"all-{name}", "").strip(), self._words(choices, name))
            for name, target in self.targets.items()
            if target.required and table != PLAN
        ]

    def _words(self, choices: Mapping[str, tuple[str, ...]], column: str) -> dict[str, str]:
        words = choice_labels(f"{self.proposal.table}.{column}")
        return {code: words.get(code, code) for code in choices.get(column, ())}

    @property
    def _constants(self) -> dict[str, str]:
        given = set(self._columns.values())
        return {one.column: one.value for one in self.needed if one.value and one.column not in given}

    @property
    def _twice(self) -> list[str]:
        """Columns that two headers give: the first filled cell wins, which is seldom what is meant."""
        chosen = [column for column in self._columns.values() if column != IGNORE]
        text = _("« {name} » est choisi pour plusieurs en-têtes : n’en garder qu’un.")
        return [text.format(name=self.targets[one].label) for one in dict.fromkeys(chosen) if chosen.count(one) > 1]

    @property
    def map(self) -> ColumnMap:
        """The answers as a map."""
        return ColumnMap(self.name, self.proposal.table, self._columns, self.dates, self._constants)


def label_of(table: str, column: str) -> str:
    """What a column of a table is called."""
    target = column_maps.targets(table).get(column)
    return target.label if target else column


def ask_columns(request: HttpRequest, path: Path, table: str, maps: Iterable[ColumnMap]) -> ColumnsForm:
    """The form about the headers of a file, read by a process of its own. Errors: Http404 (a damaged file)."""
    try:
        proposal = call_bounded(path.name, sheet_formats.propose_for_file, path, table, list(maps))
    except CannotUse as error:
        raise Http404 from error
    return ColumnsForm(proposal, request.POST if request.method == "POST" else None)


def show_columns(request: HttpRequest, template: str, form: ColumnsForm, **values: Any) -> HttpResponse:
    """The page that asks what the headers of a file are."""
    values |= {"form": form, "dates": words_of("date_order")}
    return render(request, template, values, status=422 if form.errors else 200)
