"""Pages about what one entity sends: its answer, its files and what was read of them, rejected rows, short forms."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from estran.catalogue.labels import word
from estran.common.language import _, ngettext
from estran.common.problems import CannotUse
from estran.common.vocabulary import limit
from estran.importing.column_styles import DATE_ORDERS
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
from estran.portal.collection.campaigns import AnswerStatus
from estran.portal.collection.forms import FileAgain, RejectedRow, UploadForm, changed_rows
from estran.portal.collection.models import Answer, Delivery
from estran.portal.collection.views import answer_of, link_address, reminder
from estran.portal.common.forms import field_errors
from estran.portal.common.spreadsheets import write_csv
from estran.portal.common.views import CSV, XLSX, download, render_form, whole_number
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations import proof
from estran.portal.organisations.access import Access, access_required, managers_of
from estran.portal.organisations.models import Entity, Role


@access_required(write=Role.CONTRIBUTOR)
def answer(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What an entity sent, and sending more; the officer accepts it and keeps its link."""
    answer = answer_of(access, number)
    form = UploadForm()
    if request.method == "POST":
        access.entity(pk=answer.entity_id)
        if "dates" in request.POST:
            return redirect(read_if_small(say_dates(request, access, answer)).address)
        if "version" in request.POST:
            one = get_object_or_404(answer.deliveries, pk=whole_number(request.POST["version"]))
            choose_version(request, access, one, request.POST.get("choice", ""))
            return access.redirect("collection:answer", number)
        if "action" in request.POST:
            if request.POST["action"] == "link" and (page := proof.ask(request)):
                return page
            _officer_acts(request, access, answer)
            return access.redirect("collection:answer", number)
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                job = read_if_small(keep_upload(access, answer, form.cleaned_data))
                return redirect(job.next_url if job.state == Job.FAILED and job.next_url else job.address)
            except CannotUse as error:
                form.add_error("file", " ".join(f"{one.what} {one.remedy}" for one in error.problems))
    status = campaigns.answer_statuses(answer.campaign, [answer])[0]
    entities = Paginator(status.entities, settling.PAGE).get_page(request.GET.get("page"))
    values = {
        "answer": answer, "status": status, "entities": entities,
        "forms": short_forms.offered_forms(answer.entity),
        "unread": campaigns.unread_files([answer]), "asked": versions.proposals([answer]),
        "versions": versions.others_of(answer), "read_of": [*map(readings.describe_reading, status.deliveries)],
        "link": link_address(request, status),
        "reminder": reminder(request, answer.campaign, status), "school": answer.entity.kind == Entity.SCHOOL,
        "writes": access.may(Role.CONTRIBUTOR),
    }  # fmt: skip
    return render_form(request, form, "collection/answer.html", **values)


def keep_upload(sender: queue.Asker, answer: Answer, given: dict[str, Any]) -> Job:
    """Keep the file of a valid form and ask for it to be read. Errors: CannotUse."""
    name, content = given["file"].name, given["file"].read()
    keeps = bool(given.get("keeps_entities")) and deliveries.names_entities(name, content)
    adds = given.get("adds", False)
    return deliveries.receive_delivery(sender, answer, name, content, adds=adds, keeps_entities=keeps)


def choose_version(request: HttpRequest, sender: queue.Asker, delivery: Delivery, choice: str) -> None:
    """Do what a person decided of a version (see `versions.decide`), and say it; nothing for another word."""
    text = {
        versions.COUNT: _("« {name} » compte maintenant. Ce qu’il remplace reste plus bas, et revient d’un bouton."),
        versions.ADD: _("« {name} » compte maintenant, avec ce qui comptait déjà."),
        versions.KEEP: _("Rien n’a changé : « {name} » ne compte pas. Il reste parmi les versions."),
        versions.TAKE_BACK: _("« {name} » ne compte plus. Il reste parmi les versions, et revient d’un bouton."),
    }.get(choice)
    if text is None:
        return
    versions.decide(delivery, choice)
    sender.record(text.format(name=delivery.name))
    messages.success(request, text.format(name=delivery.name))


def say_dates(request: HttpRequest, sender: queue.Asker, answer: Answer) -> Job:
    """Ask for a file to be read with the order of day and month that was just chosen."""
    unread = answer.deliveries.filter(read_at__isnull=True)
    delivery = get_object_or_404(unread, pk=whole_number(request.POST.get("delivery", "")))
    if (dates := request.POST["dates"]) not in DATE_ORDERS:
        raise Http404
    return deliveries.read_with_dates(sender, delivery, dates)


def read_if_small(job: Job) -> Job:
    """The job, carried out within the request when what was sent is small."""
    delivery = Delivery.objects.get(pk=job.subject["delivery"])
    sizes = (path.stat().st_size for path in ([delivery.file] if delivery.kept else delivery.tables))
    return queue.run_at_once(job) if sum(sizes) <= limit("upload_at_once_bytes") else job


def _officer_acts(request: HttpRequest, access: Access, answer: Answer) -> None:
    if not access.manages:
        raise PermissionDenied
    statuses = campaigns.answer_statuses(answer.campaign, [answer])
    links = answer.entity.links.filter(revoked_at__isnull=True)
    action = request.POST["action"]
    if action == "accept" and request.POST.get("seen", statuses[0].seen) != statuses[0].seen:
        messages.error(
            request, _("Ce qui est reçu a changé depuis que cette page a été ouverte : relisez, puis acceptez.")
        )
        return
    if action == "accept" and campaigns.accept_answers(access, statuses):
        text = _("La réponse de {entity} est acceptée.")
    elif action == "reopen":
        Answer.objects.filter(pk=answer.pk).update(accepted_at=None, accepted_by=None)
        text = _("La réponse de {entity} est rouverte.")
    elif action == "link" and campaigns.open_links(access, statuses):
        text = _("Un lien est ouvert pour {entity}, pour 60 jours.")
    elif action == "revoke" and links.update(revoked_at=timezone.now()):
        text = _("Les liens de {entity} sont fermés.")
    else:
        return
    access.record(text.format(entity=answer.entity))
    messages.success(request, text.format(entity=answer.entity))


@access_required(write=Role.CONTRIBUTOR)
def delivery(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What was read of a file: rows, rejected, labels, what was dropped and why this format.

    POST says whether it counts, erases the file as sent, or lets an officer stand for the entities that it names.
    """
    delivery = _delivery(access, number)
    if request.method == "POST" and request.POST.get("action") == "take_over":
        if not access.manages:
            raise PermissionDenied
        access.record(_("a repris à son nom « {name} »").format(name=delivery.name))
        return redirect(read_if_small(deliveries.take_over(access, delivery)).address)
    if request.method == "POST":
        access.entity(pk=delivery.answer.entity_id)
        if request.POST.get("action") == "erase" and delivery.replaced_at:
            deliveries.erase_sent(delivery)
            text = _("Le fichier « {name} » est effacé tel qu’il a été envoyé ; ce qui en a été lu reste.")
            messages.success(request, text.format(name=delivery.name))
        else:
            choose_version(request, access, delivery, request.POST.get("choice", ""))
        return access.redirect("collection:answer", delivery.answer_id)
    labels = settling.labels_to_settle(access.organisation, [delivery])
    words = statuses.words_to_settle(access.organisation, [delivery])
    status = AnswerStatus(delivery.answer, [delivery], managers_of(access.organisation))
    reading = readings.describe_reading(delivery)
    values = {
        "status": status, "refused": sum(one.refused for one in status.others),
        "delivery": delivery, "answer": delivery.answer, "report": reading.report, "reading": reading,
        "words": words, "change": versions.change_of(delivery) if delivery.replaced_at else None,
        "labels": labels, "quantity": sum(label.quantity for label in labels), "writes": access.may(Role.CONTRIBUTOR),
    }  # fmt: skip
    return render(request, "collection/delivery.html", values)


@access_required(write=Role.CONTRIBUTOR)
def rejects(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The rejected rows of a file, put right here, or sent back as a file."""
    delivery = _delivery(access, number)
    rows = deliveries.rejected_rows(delivery)
    page = Paginator(rows, settling.PAGE).get_page(request.GET.get("page"))
    form = FileAgain(request.POST, request.FILES) if request.FILES else FileAgain()
    if request.method == "POST":
        access.entity(pk=delivery.answer.entity_id)
    if request.method == "POST" and delivery.kept:
        if request.FILES and form.is_valid():
            changes = deliveries.read_corrections(form.cleaned_data["file"].read())
            if not set(changes) & {row["source"] for row in rows}:
                form.add_error("file", _("Ce fichier n’est pas celui des lignes rejetées de cette page."))
        else:
            changes = changed_rows(rows, request.POST)
        if changes and not form.errors:
            say_corrected(request, delivery, changes)
            return access.redirect("collection:rejects", number)
    values = {"delivery": delivery, "answer": delivery.answer, "page": page, "rows": [*map(RejectedRow, page)]}
    return render_form(request, form, "collection/rejects.html", **values)


def say_corrected(request: HttpRequest, delivery: Delivery, changes: dict[str, dict[str, str]]) -> None:
    """Put rows right, and say how many are read now."""
    before = delivery.rejected
    deliveries.correct_rows(delivery, changes)
    n = before - delivery.rejected
    text = ngettext("{n} ligne corrigée est lue.", "{n} lignes corrigées sont lues.", n).format(n=n)
    messages.success(request, text) if n else messages.warning(request, _("Aucune de ces lignes n’est encore lisible."))


@access_required(write=None)
def rejects_csv(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The rejected rows as a file to put right and send back."""
    delivery = _delivery(access, number)
    rows = deliveries.rejected_rows(delivery)
    lines = [[value or "" for value in row.values()] for row in rows]
    return download(write_csv([*map(list, rows[:1]), *lines]), "lignes-rejetees.csv", CSV)


@access_required(write=None)
def template(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A spreadsheet for this entity, with the rows it had last year."""
    answer = answer_of(access, number)
    return download(prefilled.write_workbook(answer), prefilled.workbook_name(answer), XLSX)


@access_required(write=Role.CONTRIBUTOR)
def short_form(request: HttpRequest, access: Access, number: int, form: str) -> HttpResponse:
    """Counts or amounts for those who have no file."""
    answer = answer_of(access, number)
    if form not in short_forms.form_fields():
        raise Http404
    if request.method == "POST":
        access.entity(pk=answer.entity_id)
    is_table, posted = short_forms.is_table(form), request.POST if request.method == "POST" else None
    if is_table:
        filled: Any = short_forms.rows_form(form, posted, initial=short_forms.earlier_rows(answer, form))
    else:
        people = short_forms.people_of(answer)
        filled = short_forms.Amounts(form, posted, initial=short_forms.earlier_counts(answer, form), people=people)
    if posted is not None and filled.is_valid():
        rows = short_forms.filled_rows(filled) if is_table else filled.rows(answer.entity.path)
        job = queue.run_at_once(short_forms.send_form(access, answer, form, rows))
        if job.state == Job.DONE:
            if not versions.proposals([answer]):
                messages.success(request, _("C’est enregistré."))
            return access.redirect("collection:answer", number)
        return redirect(job.address)
    values = {"answer": answer, "form": filled, "title": word("form", form), "points_of": field_errors}
    name = "collection/rows_form.html" if is_table else "collection/amounts_form.html"
    return render(request, name, values, status=200 if posted is None else 422)


def _delivery(access: Access, number: int) -> Delivery:
    deliveries = access.of(Delivery).select_related("organisation", "answer__entity", "answer__campaign")
    delivery = get_object_or_404(deliveries, pk=number)
    answer_of(access, delivery.answer_id)
    if not delivery.read_at:
        raise Http404
    return delivery
