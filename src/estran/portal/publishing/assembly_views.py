"""Pages of a session of the assembly: what contradicts itself, what a person writes, the documents, templates."""

import hashlib
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from estran.common.language import _, ngettext
from estran.common.shipped import in_words, rows_by_code, text_rows
from estran.portal.common import storage, views
from estran.portal.jobs import queue
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.publishing import assembly, passages, work
from estran.portal.publishing.contradictions import Place
from estran.portal.publishing.facts import SessionFacts
from estran.portal.publishing.forms import PassageForm, ReportForm, TemplateForm
from estran.portal.publishing.models import AssemblyReport, Template
from estran.portal.publishing.wording import body_of
from estran.portal.results.models import Run
from estran.reporting.assembly import outline
from estran.reporting.assembly.outline import Passage
from estran.reporting.writers import write_document

KINDS = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
TEXTS = (".docx", ".odt", ".pdf")
# The documents of a session: the name of the file, what it is, its formats.
FILES = {
    outline.PAGE: ("une-page", _("L’essentiel en une page"), TEXTS),
    outline.REPORT: ("rapport", _("Le rapport"), TEXTS),
    outline.ACT: ("deliberation", _("Le projet de délibération"), TEXTS),
    outline.ANNEX: ("annexes", _("Les annexes"), TEXTS),
    outline.SLIDES: ("diaporama", _("Le diaporama"), (".pptx",)),
    outline.NOTE: ("note-de-seance", _("La note de séance du rapporteur"), TEXTS),
}


@access_required(read=Role.OFFICER, write=None)
def reports(request: HttpRequest, access: Access) -> HttpResponse:
    """The five moments of the assembly, and the documents composed so far."""
    moments = [
        row | {"label": in_words(row, "label"), "meaning": in_words(row, "meaning")} for row in text_rows("moments")
    ]
    values = {
        "reports": access.of(AssemblyReport).select_related("run"), "templates": access.of(Template),
        "moments": moments, "body": body_of(SessionFacts(access)),
    }  # fmt: skip
    return render(request, "publishing/assembly.html", values)


def _address(access: Access, place: Place) -> str:
    page, number = place
    return access.url(page) if number is None else access.url(page, number)


def _moment(moment: str) -> dict[str, Any]:
    row = rows_by_code("moments").get(moment)
    if row is None:
        raise Http404
    return row | {"label": in_words(row, "label"), "meaning": in_words(row, "meaning")}


def _facts(access: Access) -> SessionFacts:
    """The facts of today, told of the last frozen run."""
    run = access.of(Run).filter(baseline__isnull=False).order_by("-year", "-pk").first()
    return SessionFacts(access, run, timezone.localdate())


@access_required(read=Role.OFFICER)
def prepare(request: HttpRequest, access: Access, moment: str) -> HttpResponse:
    """What is left before a session: contradictions, passages to write; POST composes the documents."""
    row = _moment(moment)
    form = ReportForm(access, assembly.needs_run(moment), request.POST or None)
    if form.is_valid():
        run, session = form.cleaned_data.get("run"), form.cleaned_data["session"]
        return redirect(queue.run_at_once(work.ask_assembly_report(access, moment, run, session)).address)
    facts = _facts(access)
    written = passages.passages_of(facts, moment, assembly.suggestion_facts(facts))
    fields = {
        name: [one for one in written if one.field == name] for name in dict.fromkeys(one.field for one in written)
    }
    answers = {one.subject: one for one in written if one.field == "H11"}
    alerts = [(alert, answers.get(alert.key), _address(access, alert.place)) for alert in facts.contradictions]
    values = {
        "moment": row, "fields": fields, "alerts": alerts if answers or not fields else [], "form": form,
        "open": sum(one.open for one in written), "titles": passages.fields(),
    }  # fmt: skip
    return views.render_form(request, form, "publishing/prepare.html", **values)


@access_required(read=Role.OFFICER)
def write(request: HttpRequest, access: Access, moment: str, field: str) -> HttpResponse:
    """The passages of a field; POST keeps one text, leaves it out, or accepts every suggestion."""
    row, facts = _moment(moment), _facts(access)
    rows = [one for one in passages.passages_of(facts, moment, assembly.suggestion_facts(facts)) if one.field == field]
    if not rows:
        raise Http404
    if request.method == "POST" and request.POST.get("action") == "accept":
        n = passages.accept_suggestions(access, moment, rows)
        text = ngettext("{n} proposition acceptée.", "{n} propositions acceptées.", n).format(n=n)
        return access.redirect_with(request, text, "assembly:prepare", moment)
    forms = [(one, _passage_form(request, one)) for one in rows]
    for one, form in forms:
        if form.is_bound and form.is_valid():
            left = request.POST.get("action") == "leave"
            passages.settle(access, moment, field, one.subject, "" if left else form.cleaned_data["text"])
            text = _("Le passage est laissé de côté.") if left else _("Le passage est gardé.")
            page = ("assembly:write", moment, field) if len(rows) > 1 else ("assembly:prepare", moment)
            return access.redirect_with(request, text, *page)
    values = {"moment": row, "forms": forms, "field": passages.fields()[field], "waiting": any(
        one.open and one.suggestion for one in rows)}  # fmt: skip
    wrong = any(form.errors for _one, form in forms)
    return render(request, "publishing/passages.html", values, status=422 if wrong else 200)


def _passage_form(request: HttpRequest, one: Passage) -> PassageForm:
    chosen = request.method == "POST" and request.POST.get("subject", "") == one.subject
    initial = {"text": one.suggestion if one.text is None else one.text, "subject": one.subject}
    return PassageForm(one.most_words, request.POST if chosen else None, initial=initial)


@access_required(read=Role.OFFICER, write=None)
def report(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The documents of a session, each in its formats."""
    report = access.get(AssemblyReport, pk=number)
    files = [
        (label, [f"{name}{form}" for form in forms])
        for key, (name, label, forms) in FILES.items()
        if assembly.report_blocks(report, key)
    ]
    return render(request, "publishing/assembly_report.html", {"report": report, "files": files})


@access_required(read=Role.OFFICER, write=None)
def download(request: HttpRequest, access: Access, number: int, name: str) -> HttpResponse:
    """A document in a format: rapport.docx, deliberation.odt, diaporama.pptx… or dossier.zip, all of them."""
    report = access.get(AssemblyReport, pk=number)
    if name == "dossier.zip":
        members: dict[str, Path | bytes] = {
            f"{place}-{stem}{forms[0]}": _written(access, report, key, forms[0])
            for place, (key, (stem, _label, forms)) in enumerate(FILES.items(), 1)
            if assembly.report_blocks(report, key)
        }
        return views.download(storage.zip_bytes(members), f"dossier-{report.session}.zip", "application/zip")
    for key, (stem, _label, forms) in FILES.items():
        form = name.removeprefix(stem)
        if form in forms and name != form and assembly.report_blocks(report, key):
            return views.download(_written(access, report, key, form), f"{stem}-{report.session}{form}", KINDS[form])
    raise Http404


def _written(access: Access, report: AssemblyReport, key: str, form: str) -> bytes:
    """A document in a format, in the template of the authority where it gave one."""
    document = assembly.report_blocks(report, key)
    assert document is not None
    template = access.of(Template).filter(form=form).first()
    return write_document(document, form, template.path.read_bytes() if template else None)


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
