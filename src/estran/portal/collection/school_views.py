"""The referent of a school, through a link and without account: who you are and what you send; what was read of it.

The third screen, the school's own result, is in results.
"""

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from estran.catalogue.labels import words_of
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.importing import canonical
from estran.importing.inspection_text import type_label
from estran.importing.recognition import matching
from estran.portal.collection import (
    campaigns,
    deliveries,
    prefilled,
    readings,
    settling,
    short_forms,
    statuses,
    versions,
)
from estran.portal.collection.answer_views import choose_version, keep_upload, say_corrected, say_dates
from estran.portal.collection.campaigns import Referent, by_link
from estran.portal.collection.forms import RejectedRow, UploadForm, changed_rows
from estran.portal.collection.models import Answer
from estran.portal.common.forms import Count, field_errors
from estran.portal.common.views import XLSX, download, render_form, whole_number
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import READING, WRITING

COUNTS = "school"  # the form of those who have no file


class PupilsForm(forms.Form):
    """How many pupils, for the figure per pupil."""

    pupils = Count(label=_("Nombre d’élèves"), help_text=_("pour le résultat par élève"))


@by_link(*READING, *WRITING)
def start(request: HttpRequest, referent: Referent) -> HttpResponse:
    """First screen: the school and the year; a file as it is, or counts."""
    answer = referent.answer
    if answer is None:
        return render(request, "collection/school_closed.html", {"referent": referent})
    if request.method == "POST" and "dates" in request.POST:
        job = queue.run_at_once(say_dates(request, referent, answer))
        return redirect(referent.address("read" if job.state == Job.DONE else "start"))
    counting = request.method == "POST" and request.POST.get("send") == "counts"
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" and not counting else UploadForm()
    pupils = PupilsForm(request.POST or None, initial={"pupils": answer.pupils})
    earlier = short_forms.earlier_counts(answer, COUNTS)
    people = short_forms.people_of(answer)
    counts = short_forms.Amounts(COUNTS, request.POST if counting else None, initial=earlier, people=people)
    filled, problems = counts if counting else form, []
    if request.method == "POST" and pupils.is_valid() and filled.is_valid():
        try:
            job = queue.run_at_once(_send(referent, answer, filled))
            if job.state != Job.FAILED:
                Answer.objects.filter(pk=answer.pk).update(pupils=pupils.cleaned_data["pupils"] or answer.pupils)
                referent.record(_("inventaire envoyé"))
                if any(one.needs_columns for one in referent.waiting):
                    return redirect(referent.address("columns"))
                return redirect(referent.address("read" if job.state == Job.DONE else "start"))
            problems = job.problems
        except CannotUse as error:
            problems = [asdict(problem) for problem in error.problems]
    values = {
        "referent": referent, "answer": answer, "form": form, "counts": counts, "pupils": pupils, "problems": problems,
        "counting": counting, "sent": referent.sent.exists(), "points_of": field_errors,
        "unknown": [one for one in referent.waiting if one.needs_columns and one.kept],
        "asked": [one for one in referent.waiting if one.question],
        "unread": [one for one in campaigns.unread_files([answer]) if one.reading],
    }  # fmt: skip
    refused = form.errors or counts.errors or pupils.errors or problems
    return render(request, "collection/school_start.html", values, status=422 if refused else 200)


def _send(referent: Referent, answer: Answer, filled: Any) -> Job:
    """Send a valid form: counts, or a file. Errors: CannotUse."""
    if isinstance(filled, short_forms.Amounts):
        return short_forms.send_form(referent, answer, COUNTS, filled.rows(answer.entity.path))
    return keep_upload(referent, answer, {**filled.cleaned_data, "keeps_entities": False})


@by_link(*READING, *WRITING)
def read(request: HttpRequest, referent: Referent) -> HttpResponse:
    """Second screen: what was read, the labels to settle and the rejected rows, then « c’est tout »."""
    answer = referent.answer
    sent = list(referent.sent.select_related("organisation", "answer__entity", "answer__campaign"))
    if answer is None or not sent:
        return redirect(referent.address("start"))
    asked = versions.proposals([answer])
    if request.method == "POST" and "version" in request.POST:
        one = get_object_or_404(answer.deliveries, pk=whole_number(request.POST["version"]))
        if answer.accepted_at or one.pk not in (change.after.pk for change in asked):
            raise PermissionDenied
        choose_version(request, referent, one, request.POST.get("choice", ""))
        return redirect(referent.address("read"))
    labels = settling.labels_to_settle(referent.organisation, sent)
    words = statuses.words_to_settle(referent.organisation, sent)
    rejected = next((one for one in sent if one.rejected and one.kept), None)
    shown = (labels, request.POST) if request.method == "POST" else (labels[: settling.PAGE],)
    form = settling.SettleForm(*shown)
    if request.method == "POST" and not form.errors:
        settling.decide_labels(referent, form.decided, referent.entity)
        statuses.decide_words(referent, words, request.POST, referent.entity)
        if rejected and (changes := changed_rows(deliveries.rejected_rows(rejected), request.POST)):
            say_corrected(request, rejected, changes)
        if "finish" in request.POST and asked and not answer.accepted_at:
            messages.error(request, _("Dites d’abord lequel des deux envois compte."))
        elif "finish" in request.POST:
            Answer.objects.filter(pk=answer.pk).update(finished_at=timezone.now())
            referent.record(_("réponse terminée"))
            return redirect(referent.address("thanks"))
        messages.success(request, _("C’est enregistré."))
        return redirect(referent.address("read"))
    values = {
        "referent": referent, "answer": answer, "readings": [*map(readings.describe_reading, sent)],
        "asked": asked, "decides": not answer.accepted_at,
        "counted": _counted(sent), "labels": labels, "quantity": sum(label.quantity for label in labels),
        "words": words, "meanings": words_of("status"),
        "type_label": type_label, "rejected_by": rejected,
        "rows": [*map(RejectedRow, deliveries.rejected_rows(rejected)[: settling.PAGE])] if rejected else [],
    }  # fmt: skip
    return render_form(request, form, "collection/school_read.html", **values)


@by_link(*READING)
def template(request: HttpRequest, referent: Referent) -> HttpResponse:
    """The spreadsheet of the school, with the rows of last year."""
    if referent.answer is None:
        raise Http404
    return download(prefilled.write_workbook(referent.answer), prefilled.workbook_name(referent.answer), XLSX)


def _counted(sent: list[Any]) -> list[tuple[str, float]]:
    """What was recognised, by item type, the most numerous first."""
    totals: dict[str, float] = {}
    for path in (path for delivery in sent for path in delivery.folder.glob("inventory.*")):
        table = canonical.read_small_table(path, "inventory")[0]
        for row in table.group_by("item_type").aggregate([("quantity", "sum")]).to_pylist():
            totals[row["item_type"]] = totals.get(row["item_type"], 0) + (row["quantity_sum"] or 0)
    types = matching.item_types()
    named = [(types[code]["label_fr"], quantity) for code, quantity in totals.items() if code in types]
    return sorted(named, key=lambda one: -one[1])
