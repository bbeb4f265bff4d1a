"""The completeness card of a run: which data would make its interval narrower, and by how much."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from estran.analysis import completeness
from estran.common.language import _
from estran.portal.organisations.access import Access, access
from estran.portal.results.models import Run


@access(write=None)
def card(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """What filling dates, electricity or quantities would do to the interval, at the same total."""
    run = here.get(Run, pk=number, computed_at__isnull=False)
    found = completeness.measure_completeness(run.folder)
    values = {"run": run, "found": asdict(found) if found else None, "label": label}
    return render(request, "results/completeness.html", values)


def label(code: str) -> str:
    """A kind of data, in words."""
    return {
        completeness.DATES: _("les dates d’achat et de retrait"),
        completeness.ELECTRICITY: _("l’électricité mesurée"),
        completeness.QUANTITIES: _("les quantités vérifiées"),
    }[code]
