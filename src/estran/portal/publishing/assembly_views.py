"""Pages of the report to the assembly: compose one, give it in three formats, keep the officer's template."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.common.language import _
from estran.common.problems import CannotUse
from estran.portal import storage
from estran.portal.forms import Day
from estran.portal.jobs import queue
from estran.portal.organisations.access import Access, access
from estran.portal.organisations.models import Role
from estran.portal.publishing import assembly
from estran.portal.publishing.assembly_models import AssemblyReport, Template
from estran.portal.results.models import Run
from estran.reporting import blocks, documents
from estran.reporting.blocks import Document

KINDS = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
}
MEGABYTES = 10
_TRIAL = Document(
    "Essai", blocks=[blocks.heading_block("Essai"), blocks.table_block("Essai", ["a", "b"], [["1", "2"]])]
)


class ReportForm(forms.Form):
    """What to report, from which frozen run, to which session."""

    kind = forms.ChoiceField(
        label=_("Rapport"),
        choices=lambda: [
            (code, AssemblyReport(kind=code).said) for code in (AssemblyReport.ASSEMBLY, AssemblyReport.REVIEW)
        ],
    )  # fmt: skip
    run = forms.ModelChoiceField(Run.objects.none(), label=_("Bilan"), help_text=_("seuls les bilans gelés"))
    session = Day(label=_("Séance"))

    def __init__(self, here: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        runs: Any = self.fields["run"]
        runs.queryset = here.of(Run).filter(baseline__isnull=False)
        runs.initial, runs.empty_label = runs.queryset.order_by("-year", "-pk").first(), None
        runs.label_from_instance = lambda run: _("{year}, bilan n° {n}").format(year=run.year, n=run.pk)


class TemplateForm(forms.Form):
    """A template made by a word processor."""

    file = forms.FileField(
        label=_("Modèle"), help_text=_("DOCX, ODT ou OTT ; ses styles, en-têtes et pieds sont gardés")
    )

    def clean_file(self) -> Any:
        """Refuse what cannot be a template, by trying it."""
        file = self.cleaned_data["file"]
        form = "." + str(file.name).rpartition(".")[2].lower().replace("ott", "odt")
        if form not in (".docx", ".odt") or file.size > MEGABYTES * 2**20:
            raise forms.ValidationError(_("Donnez un fichier DOCX, ODT ou OTT de 10 Mo au plus."))
        content = file.read()
        try:
            documents.write_document(_TRIAL, form, content)
        except CannotUse as error:
            raise forms.ValidationError([f"{one.what} {one.remedy}" for one in error.problems]) from None
        return form, str(file.name), content


@access(read=Role.OFFICER)
def reports(request: HttpRequest, here: Access) -> HttpResponse:
    """The reports composed; POST composes one, from what is there now."""
    form = ReportForm(here, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        job = assembly.ask(here, given["kind"], given["run"], given["session"])
        return redirect(queue.at_once(job).address)
    values = {"form": form, "reports": here.of(AssemblyReport).select_related("run"), "templates": here.of(Template)}
    return render(request, "publishing/assembly.html", values, status=422 if form.errors else 200)


@access(read=Role.OFFICER, write=None)
def report(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """A report: its plan, and its three formats."""
    found = here.get(AssemblyReport, pk=number)
    headings = [block for block in found.content["blocks"] if block["kind"] == "heading" and block["level"] == 1]
    return render(request, "publishing/assembly_report.html", {"report": found, "headings": headings})


@access(read=Role.OFFICER, write=None)
def download(request: HttpRequest, here: Access, number: int, name: str) -> HttpResponse:
    """A report in a format: rapport.docx, rapport.odt or rapport.pdf."""
    found = here.get(AssemblyReport, pk=number)
    form = f".{name.rpartition('.')[2]}"
    if form not in KINDS or name != f"rapport{form}":
        raise Http404
    template = here.of(Template).filter(form=form).first()
    content = documents.write_document(
        Document.of_json(found.content), form, template.path.read_bytes() if template else None
    )
    response = HttpResponse(content, content_type=KINDS[form])
    response["Content-Disposition"] = f'attachment; filename="rapport-{found.session}{form}"'
    return response


@access(read=Role.OFFICER)
def template(request: HttpRequest, here: Access) -> HttpResponse:
    """Give a template for one of the editable formats."""
    form = TemplateForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        suffix, name, content = form.cleaned_data["file"]
        sha256 = hashlib.sha256(content).hexdigest()
        path = storage.folder("files", here.organisation.pk, sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        values = {"name": name[:200], "sha256": sha256}
        Template.objects.update_or_create(organisation=here.organisation, form=suffix, defaults=values)
        messages.success(request, _("Le modèle servira aux prochains rapports."))
        return redirect("assembly:reports", here.organisation.slug)
    return render(request, "publishing/template.html", {"form": form}, status=422 if form.errors else 200)
