"""Pages of the registers kept row by row: the list, one row, the import and what it made, the files given out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from estran.common.language import _
from estran.common.vocabulary import limit
from estran.portal import storage
from estran.portal.estates import register_files, registers
from estran.portal.estates.register_forms import ImportForm, RowForm
from estran.portal.estates.register_rows import RegisterRow
from estran.portal.estates.register_work import KIND
from estran.portal.estates.registers import Register
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access, access
from estran.portal.organisations.models import Role

PAGE = 25


@access(write=None)
def rows(request: HttpRequest, here: Access, register: str) -> HttpResponse:
    """The rows of a register, 25 per page, of every year or of one."""
    found = _register(register)
    years = {
        row["year"]: row["n"]
        for row in here.of(RegisterRow).filter(register=found.name).values("year").annotate(n=Count("pk"))
    }
    year = int(asked) if (asked := request.GET.get("annee", "")).isdecimal() and int(asked) in years else None
    page = Paginator(registers.rows(here.organisation, found, year), PAGE).get_page(request.GET.get("page"))
    values = {
        "register": found,
        "page": page,
        "years": sorted(filter(None, years)),
        "year": year,
        "cell": registers.cell,
    }
    return render(request, "estates/register.html", values)


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def add(request: HttpRequest, here: Access, register: str) -> HttpResponse:
    """A new row."""
    found = _register(register)
    form = RowForm(found, here, request.POST or None)
    if request.method == "POST" and form.is_valid():
        registers.made(here.organisation, here.person, found, form.values, form.cleaned_data["entity"]).save()
        here.record(_("a ajouté une ligne au registre « {name} »").format(name=found.label))
        messages.success(request, _("La ligne est ajoutée."))
        return redirect("registers:rows", here.organisation.slug, register)
    return _form(request, found, form)


@access(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit(request: HttpRequest, here: Access, register: str, number: int) -> HttpResponse:
    """A row: its values, changed or removed. A contributor has those of his entities alone."""
    found = _register(register)
    row = _row(here, found, number)
    if request.method == "POST" and "delete" in request.POST:
        row.delete()
        here.record(_("a retiré une ligne du registre « {name} »").format(name=found.label))
        messages.success(request, _("La ligne est retirée."))
        return redirect("registers:rows", here.organisation.slug, register)
    initial = {**RowForm.texts(found, row.values), "entity": row.entity_id}
    form = RowForm(found, here, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        new = registers.made(here.organisation, here.person, found, form.values, form.cleaned_data["entity"])
        new.pk, new.changed_at = row.pk, timezone.now()
        new.save()
        here.record(_("a changé une ligne du registre « {name} »").format(name=found.label))
        messages.success(request, _("La ligne est changée."))
        return redirect("registers:rows", here.organisation.slug, register)
    return _form(request, found, form, row)


@access(read=Role.OFFICER)
def take_in(request: HttpRequest, here: Access, register: str) -> HttpResponse:
    """Rows of a file: those of the same name are replaced, so that the same file can be given again."""
    found = _register(register)
    form = ImportForm(here, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given, entity = form.cleaned_data["file"], form.cleaned_data["entity"]
        name = re.sub(r"[^\w.-]+", "-", Path(given.name).name)[-80:]
        sha256, _folder = storage.keep(lambda new: _save(new / name, given), "uploads", here.organisation.pk)
        here.record(_("a importé « {file} » dans le registre « {name} »").format(file=name, name=found.label))
        title = _("Import dans « {name} »").format(name=found.label)
        subject = {"register": register, "file": f"{sha256}/{name}", "entity": entity.pk if entity else None}
        job = queue.ask(here, KIND, f"{register} {sha256} {timezone.now().isoformat()}", title, **subject)
        return redirect((queue.at_once(job) if given.size < limit("upload_at_once_bytes") else job).address)
    return render(
        request, "estates/register_import.html", {"register": found, "form": form}, status=422 if form.errors else 200
    )


@access(write=None)
def taken_in(request: HttpRequest, here: Access, register: str, number: int) -> HttpResponse:
    """What an import made: rows read and replaced, rows left out with their faults, types nobody knows."""
    job = here.get(Job, pk=number, kind=KIND, state=Job.DONE, subject__register=register)
    report = json.loads(storage.folder("uploads", here.organisation.pk, f"import-{job.pk}.json").read_text("utf-8"))
    values = {"register": _register(register), "report": report, "file": Path(job.subject["file"]).name}
    return render(request, "estates/register_imported.html", values)


@access(write=None)
def as_csv(request: HttpRequest, here: Access, register: str) -> HttpResponse:
    """The register as a CSV file that the import reads back."""
    found = _register(register)
    content = register_files.as_csv(found, registers.rows(here.organisation, found))
    return register_files.download(f"{found.address}.csv", content, register_files.CSV)


@access(write=None)
def as_xlsx(request: HttpRequest, here: Access, register: str) -> HttpResponse:
    """The register as a workbook that the import reads back."""
    found = _register(register)
    content = register_files.as_xlsx(found, registers.rows(here.organisation, found))
    return register_files.download(f"{found.address}.xlsx", content, register_files.XLSX)


def _register(address: str) -> Register:
    """The register of an address, else 404."""
    if address not in registers.kept():
        raise Http404
    return registers.kept()[address]


def _row(here: Access, register: Register, number: int) -> RegisterRow:
    """A row the person writes, else 404."""
    found = registers.rows(here.organisation, register)
    return get_object_or_404(found if here.manages else found.filter(entity__in=here.entities()), pk=number)


def _form(request: HttpRequest, register: Register, form: RowForm, row: RegisterRow | None = None) -> HttpResponse:
    values: dict[str, Any] = {"register": register, "form": form, "row": row, "types": registers.types().values()}
    return render(request, "estates/register_row.html", values, status=422 if form.errors else 200)


def _save(path: Path, given: Any) -> None:
    with path.open("wb") as file:
        for chunk in given.chunks():
            file.write(chunk)
