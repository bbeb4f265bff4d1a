"""Pages of results: the first estimate, the runs, one run, where a figure comes from, the decision that freezes it."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from estran.analysis import completeness as analysis
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal.estates import estimate
from estran.portal.estates.forms import EstimateForm
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.results import baselines, calculation, explained, export, figures, flow
from estran.portal.results.forms import FreezeForm
from estran.portal.results.models import Run
from estran.portal.results.question import Question

PAGE = 50  # runs


@access_required(read=Role.OFFICER)
def first_estimate(request: HttpRequest, access: Access) -> HttpResponse:
    """Fourteen counts, and at once a figure with its interval."""
    form = EstimateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {code: value for code, value in form.cleaned_data.items() if value}
        year = given.pop("year")
        estimate.keep_headcounts(access, date(year, 12, 31), given, _("première estimation"))
        job = calculation.ask(access, estimate.make_inventory(access, year, given))
        return redirect(queue.run_at_once(job).address)
    return render(request, "results/first_estimate.html", {"form": form}, status=422 if form.errors else 200)


@access_required(write=None)
def runs(request: HttpRequest, access: Access) -> HttpResponse:
    """Every run, the latest year first."""
    every = list(access.of(Run).select_related("inventory", "baseline", "organisation"))
    page = Paginator(every, PAGE).get_page(request.GET.get("page"))
    asked = [str(one.pk) for one in page if not one.computed_at]
    jobs = {job.key: job for job in access.of(Job).filter(kind="run", key__in=asked)} if asked else {}
    return render(request, "results/runs.html", {"page": page, "runs": [(one, jobs.get(str(one.pk))) for one in page]})


@access_required(write=None)
def run(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One run: the figure, how sure it is, what moved, what is missing, what comes next; the rest in the address."""
    found = _computed(access, number)
    view = found.view_of(request.GET.get("view", ""))
    known = figures.of(found, view)
    values = {
        "run": found,
        "figures": known,
        "reference": figures.of(found),
        "asked": Question.read(request.GET, view, known),
        "opens": _part_address(access, found, view),
        "no_flow": request.GET.get("view") == Run.FLOW != view,
        "moved": baselines.moved(found) if found.frozen else "",
    }
    return render(request, "results/run.html", values)


def _part_address(access: Access, found: Run, view: str) -> Callable[[dict[str, Any]], str]:
    """Where a sub-total is explained."""
    address = reverse("results:origin", args=(access.organisation.slug, found.pk))
    other = {} if view == Run.STOCK else {"view": view}
    return lambda row: f"{address}?{urlencode({'criterion': 'gwp', 'part': row['code']} | other)}"


@access_required(write=None)
def origin(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Where a figure comes from: the same text as on the command line."""
    found = _computed(access, number)
    asked = explained.Asked.read(found, request.GET)
    if job := explained.long_work(access, asked, request.get_full_path()):
        return redirect(job.address)
    try:
        text = asked.text
    except CannotUse as error:
        raise Http404(str(error)) from None
    values = {"run": found, "asked": asked, "opened": explained.sections(text)}
    return render(request, "results/origin.html", values)


@access_required(read=Role.OFFICER)
def freeze(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Freeze a run as the reference, with the decision; it never changes again."""
    found = _computed(access, number)
    form = FreezeForm(request.POST or None, initial={"number": ""})
    if found.frozen:
        messages.info(request, _("Ce bilan est déjà gelé."))
        return redirect("results:run", access.organisation.slug, number)
    if request.method == "POST" and form.is_valid():
        baselines.freeze(access, found, **form.cleaned_data)
        messages.success(request, _("Le bilan {year} est gelé : il ne changera plus.").format(year=found.year))
        return redirect("results:run", access.organisation.slug, number)
    values: dict[str, Any] = {"run": found, "form": form, "figures": figures.of(found)}
    return render(request, "results/freeze.html", values, status=422 if form.errors else 200)


@access_required(read=Role.OFFICER)
def again(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Compute the inventory of a run again, with the catalogue and headcounts of today: a new run."""
    found = _computed(access, number)
    if request.method == "POST":
        job = calculation.ask(access, found.inventory, corrects=found)
        return redirect((queue.run_at_once(job) if found.inventory.rows < explained.LONG else job).address)
    return render(request, "results/again.html", {"run": found})


@access_required(write=None)
def export_zip(request: HttpRequest, access: Access, number: int) -> HttpResponse | FileResponse:
    """What a run was computed from, and the run: the command line gives the same bytes from it."""
    found = _computed(access, number)
    if job := export.long_work(access, found, request.path):
        return redirect(job.address)
    name = f"bilan-{found.year}-{found.pk}.zip"
    return FileResponse(export.file(found).open("rb"), as_attachment=True, filename=name)


def _computed(access: Access, number: int) -> Run:
    """A computed run of the organisation, else 404."""
    return access.get(Run, pk=number, computed_at__isnull=False)


@access_required(read=Role.OFFICER)
def compute_flow(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Ask for the flow view of a run; it is then read on the page of the run."""
    run = access.get(Run, pk=number, computed_at__isnull=False)
    if request.method == "POST":
        title = _("Vue des achats du bilan {year}").format(year=run.year)
        asked = queue.ask_job if run.folder_of(Run.FLOW).exists() else explained.missing
        job = asked(access, "flow", str(run.pk), title, run=run.pk)
        short = run.inventory.rows < explained.LONG
        return redirect((queue.run_at_once(job) if short else job).address)
    return redirect(flow.address(run))


@access_required(write=None)
def completeness(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What filling dates, electricity or quantities would do to the interval, at the same total."""
    run = access.get(Run, pk=number, computed_at__isnull=False)
    found = analysis.measure_completeness(run.folder)
    values = {"run": run, "found": asdict(found) if found else None, "label": completeness_label}
    return render(request, "results/completeness.html", values)


def completeness_label(code: str) -> str:
    """A kind of data, in words."""
    return {
        analysis.DATES: _("les dates d’achat et de retrait"),
        analysis.ELECTRICITY: _("l’électricité mesurée"),
        analysis.QUANTITIES: _("les quantités vérifiées"),
    }[code]
