"""Pages of results: the first estimate, the runs, one run, where a figure comes from, the decision that freezes it.

The run of a campaign and the own result of a school come last.
"""

from dataclasses import asdict
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.analysis import completeness as analysis
from estran.analysis import explain
from estran.catalogue.labels import Labels, words_of
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.common.vocabulary import limit
from estran.portal.collection import campaigns
from estran.portal.collection.campaigns import Referent, by_link
from estran.portal.collection.deliveries import sent_place
from estran.portal.collection.models import Campaign
from estran.portal.common.views import XLSX, download, render_form, whole_number
from estran.portal.estates import estimate
from estran.portal.estates.forms import EstimateForm
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import READING, Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.results import baselines, calculation, explained, export, figures, owners
from estran.portal.results.deciding import Decision
from estran.portal.results.forms import FreezeForm, WithdrawForm
from estran.portal.results.models import Run
from estran.portal.results.question import Question
from estran.reporting.chapters.others import beside_others
from estran.reporting.evidence import evidence_workbook
from estran.reporting.run_summary import RunSummary

RUNS_PER_PAGE = 50
ROWS_PER_PAGE = 25
MOST_ROWS = 2000  # that pages reach; beyond, an entity or a type is chosen first


@access_required(read=Role.OFFICER)
def first_estimate(request: HttpRequest, access: Access) -> HttpResponse:
    """Fourteen counts, and at once a figure with its interval."""
    form = EstimateForm(request.POST or None)
    if form.is_valid():
        counts = {code: value for code, value in form.cleaned_data.items() if value}
        year = counts.pop("year")
        estimate.keep_headcounts(access, date(year, 12, 31), counts, _("première estimation"))
        job = calculation.ask_run(access, estimate.make_inventory(access, year, counts))
        return redirect(queue.run_at_once(job).address)
    return render_form(request, form, "results/first_estimate.html")


@access_required(write=None)
def list_runs(request: HttpRequest, access: Access) -> HttpResponse:
    """Every run, the latest year first."""
    runs = list(access.of(Run).select_related("inventory", "baseline", "organisation"))
    page = Paginator(runs, RUNS_PER_PAGE).get_page(request.GET.get("page"))
    asked = [str(run.pk) for run in page if not run.computed_at]
    jobs = {job.key: job for job in access.of(Job).filter(kind="run", key__in=asked)} if asked else {}
    return render(request, "results/runs.html", {"page": page, "runs": [(run, jobs.get(str(run.pk))) for run in page]})


def _computed_run(request: HttpRequest, access: Access, number: int) -> Run:
    """A computed run of the organisation, else 404; the page says at once when it is no longer what was frozen."""
    run: Run = access.get(Run, pk=number, computed_at__isnull=False)
    baselines.show_move(request, run)
    return run


@access_required(write=None)
def show_run(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One run: the figure, how sure it is, what moved, what is missing, what comes next; the rest in the address."""
    run = _computed_run(request, access, number)
    wanted = request.GET.get("view", "")
    view = run.view_of(wanted)
    shown = figures.of(run, view)
    origin, common = access.url("results:origin", number), {"view": view} if view != Run.STOCK else {}
    values = {
        "run": run, "figures": shown, "reference": figures.of(run), "asked": Question.read(request.GET, view, shown),
        "opens": lambda row: f"{origin}?{urlencode({'criterion': 'gwp', 'part': row['code']} | common)}",
        "no_flow": wanted == Run.FLOW != view,
        "owners": list(owners.owners_table(run, shown)) if view == Run.STOCK else [],
    }  # fmt: skip
    return render(request, "results/run.html", values)


@access_required(write=None)
def show_origin(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Where a figure comes from: the same text as on the command line."""
    run = _computed_run(request, access, number)
    asked = explained.Asked.read(run, request.GET)
    if job := explained.ensure_opened(access, asked, request.get_full_path()):
        return redirect(job.address)
    try:
        opened = asked.blocks
    except CannotUse as error:
        raise Http404(str(error)) from None
    values = {"run": run, "asked": asked, "opened": opened}
    return render(request, "results/origin.html", values)


@access_required(write=None)
def list_rows(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The rows behind the figure that the address asks for, the heaviest first or in the order of the files."""
    run = _computed_run(request, access, number)
    asked = explained.Asked.read(run, request.GET)
    if job := explained.ensure_opened(access, asked, request.get_full_path()):
        return redirect(job.address)
    order = request.GET.get("order", "heaviest")
    page = min(max(whole_number(request.GET.get("page", "")), 1), MOST_ROWS // ROWS_PER_PAGE)
    try:
        behind = explain.rows_behind(
            asked.folder, asked.tables, asked.figure, heaviest=order != "file", start=(page - 1) * ROWS_PER_PAGE,
            most=ROWS_PER_PAGE,
        )  # fmt: skip
    except CannotUse as error:
        raise Http404(str(error)) from None
    labels = Labels()
    whole = figures.of(run, asked.view).carbon
    criterion = labels.describe_criterion(asked.figure.criterion or whole["code"])
    unit = criterion["unit"]
    values: dict[str, Any] = {
        "run": run, "asked": asked, "behind": behind, "criterion": criterion, "order": order,
        "lines": [
            explained.show_row(row, labels, unit, sent_place(access.organisation, row["source"] or ""))
            for row in behind.rows
        ],
        "parts": explained.parts_asked(asked, labels), "whole": whole,
        "page": Paginator(range(min(behind.number, MOST_ROWS)), ROWS_PER_PAGE).get_page(page), "most": MOST_ROWS,
    }  # fmt: skip
    return render(request, "results/rows.html", values)


@access_required(read=Role.OFFICER)
def freeze(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Freeze a run as the reference, with the decision; it never changes again."""
    run = _computed_run(request, access, number)
    if run.frozen:
        messages.info(request, _("Ce bilan est déjà gelé."))
        return access.redirect("results:run", number)
    if run.withdrawn_at:
        messages.info(request, _("Ce bilan est retiré : remettez-le d’abord, s’il est juste."))
        return access.redirect("results:run", number)
    decision = Decision(run, figures.of(run))
    form = FreezeForm(request.POST or None, odd=decision.oddities, initial={"number": ""})
    if form.is_valid():
        baselines.freeze_run(access, run, **form.cleaned_data)
        messages.success(request, _("Le bilan {year} est gelé : il ne changera plus.").format(year=run.year))
        return access.redirect("results:run", number)
    return render_form(request, form, "results/freeze.html", run=run, figures=decision.figures, decision=decision)


@access_required(read=Role.OFFICER)
def withdraw(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Withdraw a run or an estimate with the reason, or put it back; a frozen one stays."""
    run = _computed_run(request, access, number)
    form = WithdrawForm(request.POST if request.method == "POST" and "back" not in request.POST else None)
    if run.frozen:
        messages.info(
            request, _("Ce bilan est gelé : il ne se retire pas. Une correction fait un nouveau calcul, à côté.")
        )
        return access.redirect("results:run", number)
    if "back" in request.POST:
        run.put_back()
        access.record(_("a remis le bilan {year} (n° {n})").format(year=run.year, n=run.pk))
        return access.redirect_with(request, _("Le bilan compte de nouveau."), "results:run", number)
    if form.is_valid():
        run.withdraw(access.person, form.cleaned_data["reason"])
        text = _("a retiré le bilan {year} (n° {n}) : {reason}")
        access.record(text.format(year=run.year, n=run.pk, reason=run.withdrawn_for))
        text = _("Le bilan {year} est retiré : il ne compte plus. Il reste dans la liste, d’où il se remet.")
        return access.redirect_with(request, text.format(year=run.year), "results:runs")
    return render_form(request, form, "results/withdraw.html", run=run, figures=figures.of(run))


@access_required(read=Role.OFFICER)
def compute_again(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Compute the inventory of a run again, with the catalogue and headcounts of today: a new run."""
    run = _computed_run(request, access, number)
    if request.method == "POST":
        return _redirect_to_work(run, calculation.ask_run(access, run.inventory, corrects=run))
    return render(request, "results/again.html", {"run": run})


@access_required(read=Role.OFFICER)
def compute_flow(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Ask for the flow view of a run; it is then read on the page of the run."""
    run = _computed_run(request, access, number)
    if request.method == "POST":
        title = _("Vue des achats du bilan {year}").format(year=run.year)
        ask = queue.ask_job if run.folder_of(Run.FLOW).exists() else explained.ask_again
        return _redirect_to_work(run, ask(access, "flow", str(run.pk), title, run=run.pk))
    return redirect(calculation.flow_url(run))


def _redirect_to_work(run: Run, job: Job) -> HttpResponse:
    """The page of a job about a run, which is done at once when the run is small."""
    return redirect((job if run.large else queue.run_at_once(job)).address)


@access_required(write=None)
def export_zip(request: HttpRequest, access: Access, number: int) -> HttpResponse | FileResponse:
    """What a run was computed from, and the run: the command line gives the same bytes from it."""
    run = _computed_run(request, access, number)
    if job := export.ensure_zip(access, run, request.path):
        return redirect(job.address)
    return FileResponse(export.zip_path(run).open("rb"), as_attachment=True, filename=f"bilan-{run.year}-{run.pk}.zip")


@access_required(write=None)
def list_evidence(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """For a verifier, a workbook: the checklist, and the evidence to keep for what weighs most."""
    run = _computed_run(request, access, number)
    asked = explained.Asked.read(run, {})
    if job := explained.ensure_opened(access, asked, request.path):
        return redirect(job.address)
    content = evidence_workbook(run.folder, Labels(), asked.tables)
    return download(content, f"preuves-{run.year}-{run.pk}.xlsx", XLSX)


@access_required(write=None)
def show_completeness(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What filling dates, electricity or quantities would do to the interval, at the same total."""
    run = _computed_run(request, access, number)
    result = analysis.measure_completeness(run.folder)
    values = {"run": run, "figures": figures.of(run), "result": asdict(result) if result else None}
    return render(request, "results/completeness.html", values)


@access_required(write=None)
def show_others(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What others publish beside this run, on their perimeter."""
    run = _computed_run(request, access, number)
    summary = RunSummary(run.folder, Labels(), _("bilan n° {n}").format(n=run.pk))
    return render(request, "results/others.html", {"run": run, "content": list(beside_others(summary))})


# --- the run of a campaign, the own result of a school -----------------------------------------------------------


@access_required(read=Role.OFFICER)
def merge_campaign(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What goes into the inventory of the year, what does not yet; then the run."""
    campaign = access.get(Campaign, pk=number)
    last = calculation.last_merge(campaign)
    statuses = campaigns.answer_statuses(campaign, campaign.answers.select_related("entity"))
    by_state = {code: [status for status in statuses if status.state == code] for code in campaigns.STATES}
    if request.method == "POST":
        if last and not last.ended:
            messages.info(request, _("Ce bilan est déjà en cours de calcul : il n’est pas demandé deux fois."))
            return redirect(last.address)
        job = calculation.ask_merge(access, campaign)
        rows = sum(status.rows + status.rejected for status in by_state[campaigns.ACCEPTED])
        return redirect((queue.run_at_once(job) if rows <= limit("merged_at_once_rows") else job).address)
    values = {"campaign": campaign, "by_state": by_state, "state_label": words_of("answer_state").get, "last": last}
    return render(request, "results/merge.html", values)


@by_link(*READING)
def show_school_result(request: HttpRequest, referent: Referent) -> HttpResponse:
    """Third screen: the school's own result, and nothing else to do."""
    answer = referent.answer
    if answer is None or not referent.sent.exists():
        return redirect(referent.address("start"))
    job = queue.run_at_once(calculation.ask_school(referent, answer))
    shown = calculation.school_figures(job) if job.state == Job.DONE else None
    return render(request, "results/school_thanks.html", {"referent": referent, "answer": answer, "figures": shown})
