"""The requests of the fictional département."""

import json

from estran.demo.files import read_facts
from estran.portal.organisations.access import Access
from estran.portal.plan.demo import entity_of, read_day
from estran.portal.requests import footprint
from estran.portal.requests.models import Grade, Option, Request


def load_requests(access: Access) -> None:
    """Load twelve requests; their footprints are asked of the queue."""
    for row in read_facts("requests"):
        dates = {name: read_day(row[name]) for name in ("received_on", "decided_on", "live_on", "review_on")}
        numbers = {name: _read_number(row[name]) for name in ("items", "investment", "running", "years", "saving_kg")}
        texts = ("title", "need", "saving_what", "saving_source", "decision", "reasons", "review", "review_text")
        request = Request.objects.create(
            organisation=access.organisation, entity=entity_of(access, row["directorate"]), small=row["small"] == "yes",
            ai_use=row["ai_use"] == "yes", made_by=access.person, **dates, **numbers,
            **{name: row[name] for name in texts},
        )  # fmt: skip
        for criterion, level in _pairs(row["grades"], "|"):
            Grade.objects.create(
                organisation=access.organisation, request=request, criterion=criterion, level=int(level)
            )
        for option in filter(None, row["sizing"].split("|")):
            kind, _colon, quantities = option.partition(":")
            sizing = {code: float(quantity) for code, quantity in _pairs(quantities, ";")}
            Option.objects.create(organisation=access.organisation, request=request, kind=kind, sizing=sizing)
        footprint.ask_footprint(access, request)


def _pairs(text: str, separator: str) -> list[tuple[str, str]]:
    return [(pair.partition("=")[0], pair.partition("=")[2]) for pair in text.split(separator) if pair]


def _read_number(text: str) -> float | None:
    return json.loads(text) if text else None
