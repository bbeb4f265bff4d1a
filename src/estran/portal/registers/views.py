"""Pages of the registers kept row by row: the list, one row, the import and what it made, the files given out."""

import json
from pathlib import Path

from django.core.files.storage import FileSystemStorage
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from estran.common.language import _
from estran.common.shipped import row_labels
from estran.common.vocabulary import limit
from estran.portal.collection import column_maps
from estran.portal.common import storage
from estran.portal.common.views import CSV, XLSX, download, edit_listed_row, render_form, whole_number
from estran.portal.jobs import queue
from estran.portal.jobs.models import Job
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.registers import registers
from estran.portal.registers.forms import ImportForm, RowForm
from estran.portal.registers.models import RegisterRow
from estran.portal.registers.registers import Register

PAGE = 25


@access_required(write=None)
def rows(request: HttpRequest, access: Access, address: str) -> HttpResponse:
    """The rows of a register, 25 per page, of every year or of one."""
    register = _register(address)
    own = access.of(RegisterRow).filter(register=register.name)
    years = sorted(own.filter(year__isnull=False).values_list("year", flat=True).distinct())
    year = asked if (asked := whole_number(request.GET.get("annee", ""))) in years else None
    pages = Paginator(registers.register_rows(access.organisation, register, year), PAGE)
    values = {
        "register": register, "page": pages.get_page(request.GET.get("page")), "years": years, "year": year,
        "cell": registers.cell_text,
    }  # fmt: skip
    return render(request, "registers/rows.html", values)


@access_required(read=Role.CONTRIBUTOR, write=Role.CONTRIBUTOR)
def edit(request: HttpRequest, access: Access, address: str, number: int | None = None) -> HttpResponse:
    """A row, new or not: its values, changed or removed. A contributor has those of his entities alone."""
    register = _register(address)
    rows = registers.register_rows(access.organisation, register)
    own = rows if access.manages else rows.filter(entity__in=access.entities())
    row = None if number is None else get_object_or_404(own, pk=number)
    named, back = {"name": register.label}, access.url("registers:rows", address)
    entry = _("a changé une ligne du registre « {name} »") if row else _("a ajouté une ligne au registre « {name} »")
    heading = _("Ligne de « {name} »") if row else _("Ajouter à « {name} »")
    note = _("La ligne quitte le registre. Les bilans gelés ne changent pas.")
    removal = {"title": _("Retirer cette ligne"), "button": _("Retirer la ligne"), "note": note}
    return edit_listed_row(
        request, access, RowForm(register, access, request.POST or None, row), back,
        saved=(entry.format(**named), _("La ligne est changée.") if row else _("La ligne est ajoutée.")),
        removed=(_("a retiré une ligne du registre « {name} »").format(**named), _("La ligne est retirée.")),
        heading=heading.format(**named), section="registers", back=back,
        above=[(access.url("registers"), _("Registres")), (back, register.label)],
        choices=row_labels("item_types").values() if registers.TYPE in register.names else (),
        removal=removal if row else None,
    )  # fmt: skip


@access_required(read=Role.OFFICER)
def take_in(request: HttpRequest, access: Access, address: str) -> HttpResponse:
    """Rows of a file: those of the same name are replaced, so that the same file can be given again."""
    register = _register(address)
    form = ImportForm(access, request.POST or None, request.FILES or None)
    if form.is_valid():
        given, entity = form.cleaned_data["file"], form.cleaned_data["entity"]
        name = storage.clean_file_name(given.name)
        sha256, _folder = storage.keep_folder(
            lambda new: FileSystemStorage(new).save(name, given), "uploads", access.organisation.pk
        )
        access.record(_("a importé « {file} » dans le registre « {name} »").format(file=name, name=register.label))
        title = _("Import dans « {name} »").format(name=register.label)
        subject = {"register": address, "file": f"{sha256}/{name}", "entity": entity.pk if entity else None}
        job = queue.ask_job(access, "register", f"{address} {sha256} {timezone.now().isoformat()}", title, **subject)
        return redirect((queue.run_at_once(job) if given.size < limit("upload_at_once_bytes") else job).address)
    return render_form(request, form, "registers/import.html", register=register)


@access_required(read=Role.OFFICER)
def columns(request: HttpRequest, access: Access, address: str, number: int) -> HttpResponse:
    """What the headers of a file are that no register knows; posted, it is read so, and those like it after it."""
    register = _register(address)
    job = access.get(Job, pk=number, kind="register", subject__register=address)
    path = storage.folder("uploads", access.organisation.pk) / job.subject["file"]
    maps = column_maps.maps_for(access.organisation, table=register.name)
    form = column_maps.ask_columns(request, path, register.name, maps)
    if request.method == "POST" and not form.errors:
        column_maps.keep_map(access, form.map, None)
        access.record(_("a dit ce que sont les colonnes de « {name} »").format(name=path.name))
        key = f"{address} {timezone.now().isoformat()}"
        again = queue.ask_job(access, "register", key, job.title, **job.subject)
        small = path.stat().st_size < limit("upload_at_once_bytes")
        return redirect((queue.run_at_once(again) if small else again).address)
    return column_maps.show_columns(request, "registers/columns.html", form, register=register, file=path.name)


@access_required(write=None)
def taken_in(request: HttpRequest, access: Access, address: str, number: int) -> HttpResponse:
    """What an import made: rows read and replaced, rows left out with their faults, types nobody knows."""
    job = access.get(Job, pk=number, kind="register", state=Job.DONE, subject__register=address)
    report = json.loads(storage.folder("uploads", access.organisation.pk, f"import-{job.pk}.json").read_text("utf-8"))
    values = {"register": _register(address), "report": report, "file": Path(job.subject["file"]).name}
    return render(request, "registers/imported.html", values)


@access_required(write=None)
def export(request: HttpRequest, access: Access, address: str, ending: str) -> HttpResponse:
    """The register as a CSV file or a workbook, which the import reads back."""
    write, kind = (registers.download_csv, CSV) if ending == "csv" else (registers.download_workbook, XLSX)
    return download(write(access.organisation, _register(address)), f"{address}.{ending}", kind)


def _register(address: str) -> Register:
    """The register of an address, else 404."""
    if address not in registers.kept_registers():
        raise Http404
    return registers.kept_registers()[address]
