"""What was read of a file, as its pages show it: columns, rows, how labels were recognised, what is odd."""

from dataclasses import dataclass
from typing import Any

from estran.common import table_schema
from estran.engine.perimeter import PEOPLE
from estran.importing import inspection_text
from estran.importing.inspection import Inspection, computers_per_person, read_inspection
from estran.importing.inspection_text import Advice, Table
from estran.importing.recognition import matching
from estran.portal.collection.deliveries import import_summary, rows_of
from estran.portal.collection.models import Delivery
from estran.portal.common.doubts import other_year
from estran.portal.organisations.models import Entity


@dataclass(frozen=True)
class Reading:
    """What was read of a delivery. report: `import_summary`, and its rows by state of their labels."""

    delivery: Delivery
    report: dict[str, Any]

    @property
    def facts(self) -> Inspection | None:
        """What the import measured; none: nothing of equipment, or an older import."""
        return read_inspection(self.report["inspection"]) if "inspection" in self.report else None

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Each header that was read, and what it was read as."""
        known = [
            (header, column, file.get("table", "inventory"))
            for file in self.report["files"]
            for column, header in file.get("headers", {}).items()
        ]
        pairs = ((header, _label(column, table)) for header, column, table in known)
        return list(dict.fromkeys(pairs))

    @property
    def map_name(self) -> str:
        """The column map that it was read with, if any."""
        return next((file["map"] for file in self.report["files"] if file.get("map")), "")

    @property
    def notes(self) -> list[str]:
        """What was understood and is worth checking: sheets left aside, dates, totals."""
        return [note for file in self.report["files"] for note in file["notes"]]

    @property
    def odd(self) -> list[Advice]:
        """What is out of the ordinary, set against the year of the collection and the agents where they are known."""
        if (facts := self.facts) is None:
            return []
        answer = self.delivery.answer
        counts = answer.organisation.headcounts.filter(who=PEOPLE[0], date__year__lte=answer.campaign.year)
        last = None if answer.entity.kind == Entity.SCHOOL else counts.order_by("-date").first()
        per_person = computers_per_person(facts.computers, last.value if last else 0)
        odd = [*per_person, *other_year(facts.purchases, answer.campaign.year), *facts.oddities]
        return [inspection_text.describe_oddity(one) for one in odd]

    @property
    def states(self) -> str:
        """The shares of what is recognised, to settle and unknown, in a sentence."""
        return inspection_text.states_sentence(self.facts) if self.facts else ""

    @property
    def note(self) -> str:
        """What the estimate is, and is not."""
        return inspection_text.estimate_note()

    @property
    def tables(self) -> list[Table]:
        """By type, by what it was recognised by, and the heaviest labels."""
        makers = (inspection_text.types_table, inspection_text.evidence_table, inspection_text.heaviest_table)
        return [table(facts) for table in makers] if (facts := self.facts) else []


def _label(column: str, table: str) -> str:
    try:
        columns = table_schema.columns(table)
    except KeyError:
        return column
    return next((one.label_fr for one in columns if one.column == column), column)


def describe_reading(delivery: Delivery) -> Reading:
    """What was read of a delivery."""
    states = dict.fromkeys((matching.RECOGNISED, matching.LEARNED, matching.TO_SETTLE), 0)
    for row in rows_of(delivery.folder / "matches.csv"):
        states[row["state"]] = states.get(row["state"], 0) + int(row["rows"])
    return Reading(delivery, import_summary(delivery.folder) | {"states": states})
