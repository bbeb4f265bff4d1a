"""Pages of the report to the assembly: compose one, give it in three formats, keep the officer's template."""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from estran.common.language import _
from estran.portal.common import storage, views
from estran.portal.jobs import queue
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.publishing import work
from estran.portal.publishing.forms import ReportForm, TemplateForm
from estran.portal.publishing.models import AssemblyReport, Template
from estran.reporting.blocks import Document, Heading
from estran.reporting.writers import write_document

KINDS = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
}


@access_required(read=Role.OFFICER)
def reports(request: HttpRequest, access: Access) -> HttpResponse:
    """The reports composed; POST composes one, from what is there now."""
    form = ReportForm(access, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        job = work.ask_assembly_report(access, given["kind"], given["run"], given["session"])
        return redirect(queue.run_at_once(job).address)
    values = {"reports": access.of(AssemblyReport).select_related("run"), "templates": access.of(Template)}
    return views.render_form(request, form, "publishing/assembly.html", **values)


@access_required(read=Role.OFFICER, write=None)
def report(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A report: its plan, and its three formats."""
    report = access.get(AssemblyReport, pk=number)
    headings = [one for one in Document.of_values(report.content).blocks if isinstance(one, Heading) and one.level == 1]
    return render(request, "publishing/assembly_report.html", {"report": report, "headings": headings})


@access_required(read=Role.OFFICER, write=None)
def download(request: HttpRequest, access: Access, number: int, name: str) -> HttpResponse:
    """A report in a format: rapport.docx, rapport.odt or rapport.pdf."""
    report = access.get(AssemblyReport, pk=number)
    form = name.removeprefix("rapport")
    if form not in KINDS or name == form:
        raise Http404
    template = access.of(Template).filter(form=form).first()
    content = write_document(Document.of_values(report.content), form, template.path.read_bytes() if template else None)
    return views.download(content, f"rapport-{report.session}{form}", KINDS[form])


@access_required(read=Role.OFFICER)
def template(request: HttpRequest, access: Access) -> HttpResponse:
    """Give a template for one of the editable formats."""
    form = TemplateForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        suffix, name, content = form.cleaned_data["file"]
        sha256 = hashlib.sha256(content).hexdigest()
        path = storage.folder("files", access.organisation.pk, sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        values = {"name": name[:200], "sha256": sha256}
        Template.objects.update_or_create(organisation=access.organisation, form=suffix, defaults=values)
        return access.redirect_with(request, _("Le modèle servira aux prochains rapports."), "assembly:reports")
    return views.render_form(request, form, "publishing/template.html")
