"""What was understood of a delivery before anything is computed, for its page: see importing.inspection."""

from dataclasses import dataclass
from typing import Any

from estran.engine.perimeter import PEOPLE
from estran.importing import inspection, inspection_text
from estran.importing.inspection_text import Advice, Table
from estran.portal.collection.models import Delivery
from estran.portal.organisations.access import Access
from estran.portal.organisations.models import Entity

AGENTS = PEOPLE[0]


@dataclass(frozen=True)
class Understood:
    """The sentence of the three states, what looks odd, and the tables."""

    states: str
    note: str
    odd: list[Advice]
    tables: list[Table]


def understood(access: Access, delivery: Delivery, report: dict[str, Any]) -> Understood:
    """What was understood of a delivery, set against the headcount where it is known.

    report: see deliveries.delivery_report.
    """
    facts = report["inspection"]
    odd = [*inspection.computers_per_person(facts.computers, _agents(access, delivery)), *facts.oddities]
    tables = [
        inspection_text.types_table(facts),
        inspection_text.evidence_table(facts),
        inspection_text.heaviest_table(facts),
    ]
    advice = [inspection_text.describe_oddity(one) for one in odd]
    return Understood(inspection_text.states_sentence(facts), inspection_text.estimate_note(), advice, tables)


def _agents(access: Access, delivery: Delivery) -> int:
    """The agents of the organisation, 0 when unknown; those of a school are not known."""
    if delivery.answer.entity.kind == Entity.SCHOOL:
        return 0
    counts = access.organisation.headcounts.filter(who=AGENTS, date__year__lte=delivery.answer.campaign.year)
    last = counts.order_by("-date").first()
    return last.value if last else 0
