"""What mends a source: what the headers of a file are, asked of who sent it; the maps kept; what was corrected."""

import tempfile
from dataclasses import replace
from pathlib import Path

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from estran.catalogue.labels import words_of
from estran.common.language import _
from estran.importing import corrections
from estran.importing.column_maps import IN_ESTATES
from estran.portal.collection import column_maps, deliveries
from estran.portal.collection.answer_views import read_if_small
from estran.portal.collection.campaigns import Referent, by_link, current_deliveries
from estran.portal.collection.column_maps import ColumnsForm
from estran.portal.collection.merging import keep_answer_estate
from estran.portal.collection.models import Delivery, SavedMap
from estran.portal.collection.views import answer_of
from estran.portal.common import storage
from estran.portal.common.views import download, whole_number
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import READING, WRITING, Access, access_required
from estran.portal.organisations.models import Role


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def columns(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What the headers of a file that was sent are; posted, it is read so, and so are those like it that wait."""
    sent = access.of(Delivery).select_related("organisation", "answer__entity", "answer__campaign")
    delivery = get_object_or_404(sent, pk=number)
    answer_of(access, delivery.answer_id)
    access.entity(pk=delivery.answer.entity_id)
    if not delivery.kept:
        raise Http404
    form = columns_form(request, delivery)
    if request.method == "POST" and not form.errors:
        entity = None if access.manages else delivery.answer.entity
        column_maps.keep_map(access, form.map, entity)
        access.record(_("a dit ce que sont les colonnes de « {name} »").format(name=delivery.name))
        job = read_if_small(deliveries.read_with_map(access, delivery, form.map))
        if access.manages:
            deliveries.read_waiting(access)
        return redirect(job.address)
    values = {"delivery": delivery, "answer": delivery.answer, "tables": words_of("list")}
    return column_maps.show_columns(request, "collection/columns.html", form, **values)


def columns_form(request: HttpRequest, delivery: Delivery) -> ColumnsForm:
    """The form about the headers of a file; `?table=` asks it for another table."""
    table = request.POST.get("table") or request.GET.get("table", "")
    table = table if table in IN_ESTATES else ""
    maps = column_maps.maps_for(delivery.organisation, delivery.answer.entity)
    form = column_maps.ask_columns(request, delivery.file, table, maps)
    form.proposal = replace(form.proposal, file=delivery.name)
    return form


@by_link(*READING, *WRITING)
def school_columns(request: HttpRequest, referent: Referent) -> HttpResponse:
    """The same for the referent of a school: the last file of its own that waits for it."""
    waiting = [one for one in referent.waiting if one.needs_columns and one.kept]
    if not waiting:
        return redirect(referent.address("read"))
    delivery = waiting[0]
    form = columns_form(request, delivery)
    if request.method == "POST" and not form.errors:
        column_maps.keep_map(referent, form.map, referent.entity)
        referent.record(_("colonnes du fichier dites"))
        job = read_if_small(deliveries.read_with_map(referent, delivery, form.map))
        if job.state == Job.FAILED:
            for problem in job.problems:
                messages.error(request, f"{problem['what']} {problem['remedy']}")
            return redirect(referent.address("columns"))
        return redirect(referent.address("read" if job.state == Job.DONE else "start"))
    return column_maps.show_columns(
        request, "collection/school_columns.html", form, referent=referent, delivery=delivery
    )


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def saved_maps(request: HttpRequest, access: Access) -> HttpResponse:
    """The maps that are kept, and removing one: the officer all, a contributor those of his entities."""
    maps = access.of(SavedMap).select_related("entity", "person")
    if not access.manages:
        maps = maps.filter(entity__in=access.entities())
    if request.method == "POST":
        one = get_object_or_404(maps, pk=whole_number(request.POST.get("delete", "")))
        one.delete()
        access.record(_("a retiré la carte de colonnes « {name} »").format(name=one.name))
        text = _("La carte « {name} » est retirée ; les fichiers déjà lus ne changent pas.")
        return access.redirect_with(request, text.format(name=one.name), "collection:saved_maps")

    return render(request, "collection/saved_maps.html", {"maps": maps, "label_of": column_maps.label_of})


@access_required(read=Role.CONTRIBUTOR, write=None)
def corrections_zip(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What was corrected in what an entity sent: a table, and the files that GLPI injects."""
    answer = answer_of(access, number)
    if not current_deliveries([answer]).exists():
        raise Http404
    _sha256, folder = keep_answer_estate(answer)
    members: dict[str, Path | bytes] = {}
    with tempfile.TemporaryDirectory() as work:
        headers = corrections.headers_of(deliveries.import_summary(folder))
        for path in corrections.write_for_glpi(folder, Path(work), headers):
            members[f"glpi/{path.name}"] = path.read_bytes()
    if (folder / corrections.FILE).exists():
        members[corrections.FILE] = folder / corrections.FILE
    if not members:
        return access.redirect_with(request, _("Rien n’a été corrigé dans cette réponse."), "collection:answer", number)
    return download(storage.zip_bytes(members), "corrections.zip", "application/zip")
