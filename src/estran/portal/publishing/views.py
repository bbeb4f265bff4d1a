"""Pages of publishing: what the officer opens, the public page and its files, the page of a link without account."""

import json
import re
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estran.common.files import read_csv
from estran.common.language import _
from estran.portal.common.views import CSV, whole_number
from estran.portal.organisations import proof
from estran.portal.organisations.access import Access, View, access_required
from estran.portal.organisations.models import Membership, Organisation, Role
from estran.portal.publishing import work
from estran.portal.publishing.forms import LinkForm, OpenDataForm, OpenForm
from estran.portal.publishing.models import PageLink, Publication
from estran.portal.results import baselines, figures
from estran.portal.results.deciding import Decision
from estran.portal.results.figures import KeptSummary
from estran.portal.results.models import Run
from estran.reporting import open_data
from estran.reporting.blocks import Block, Heading, Paragraph
from estran.reporting.chapters import missing, summary
from estran.reporting.chapters.breakdowns import breakdown

TYPES = {
    ".csv": CSV, ".json": "application/json", ".jsonld": "application/ld+json",
    ".html": "text/html; charset=utf-8", ".pdf": "application/pdf",
}  # fmt: skip
NAMES_SHOWN = 200  # entities on the page; all are in the file
# What a name of a person often comes with: a title, an electronic address, a telephone or staff number.
PERSON = re.compile(r"@|\b(?:M|MM|Mr|Mme|Mmes|Mlle|Dr)\b\.?\s+[A-ZÉÈÀ]|\d{6,}")


# ------------------------------------------------------------------------------------------------------- the officer


@access_required(read=Role.OFFICER, write=None)
def index(request: HttpRequest, access: Access) -> HttpResponse:
    """The frozen runs, and what of each is open."""
    frozen = access.of(Run).filter(baseline__isnull=False).select_related("baseline")
    opened = {one.run_id: one for one in access.of(Publication) if one.open}
    values = {"runs": frozen, "opened": opened, "public": access.url("open_data:all")}
    return render(request, "publishing/index.html", values)


@access_required(read=Role.OFFICER)
def run(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One frozen run: prepare its open data, look at them, open them, close them; give links to its page."""
    run = access.get(Run, pk=number, baseline__isnull=False)
    baselines.show_move(request, run)
    action = request.POST.get("action", "")
    data_form = OpenDataForm(request.POST if action == "open_data" else None)
    open_form = OpenForm(request.POST if action == "open" else None)
    link_form = LinkForm(request.POST if action == "link" else None)
    if action == "open_data" and data_form.is_valid():
        address = request.build_absolute_uri(access.url("open_data:year", run.year))
        access.record(_("a demandé les données ouvertes {year}").format(year=run.year))
        return redirect(work.prepare_publication(access, run, data_form.cleaned_data["licence"], address).address)
    if action == "link" and link_form.is_valid():
        if page := proof.ask(request):
            return page
        about = link_form.cleaned_data["about"]
        access.add(PageLink, run=run, about=about)
        work.ask_report(access, run)
        access.record(_("a créé un lien vers le bilan {year}").format(year=run.year))
        return access.redirect_with(request, _("Le lien est créé : copiez-le et envoyez-le."), "publishing:run", number)
    if action in ("close", "revoke") or (action == "open" and open_form.is_valid()):
        _act(request, access, run, action)
        return access.redirect("publishing:run", number)
    publication = access.of(Publication).filter(run=run).first()
    if publication and publication.closed_at:
        publication = None
    values = {
        "run": run, "publication": publication, "links": run.links.filter(revoked_at__isnull=True),
        "data_form": data_form, "open_form": open_form, "link_form": link_form, "report": work.report_files(run),
        "extract": _extract(access, publication) if publication and publication.prepared_at else {},
        "decision": Decision(run, figures.of(run)),
        "resources": open_data.columns(), "build": request.build_absolute_uri, "shown": NAMES_SHOWN,
    }  # fmt: skip
    wrong = any(form.errors for form in (data_form, open_form, link_form))
    return render(request, "publishing/run.html", values, status=422 if wrong else 200)


def _act(request: HttpRequest, access: Access, run: Run, action: str) -> None:
    """Open, close or revoke; nothing where there is nothing to do."""
    now = timezone.now()
    publications = access.of(Publication).filter(run=run, closed_at__isnull=True)
    if action == "open":
        what = _("a ouvert les données {year} au public")
        try:
            with transaction.atomic():
                done = publications.filter(prepared_at__isnull=False, opened_at__isnull=True).update(opened_at=now)
        except IntegrityError:
            messages.error(request, _("Un autre bilan de cette année est déjà ouvert : fermez-le d’abord."))
            return
    elif action == "close":
        what = _("a fermé les données {year} au public")
        done = publications.filter(opened_at__isnull=False).update(closed_at=now)
    else:
        what = _("a révoqué un lien vers le bilan {year}")
        links = run.links.filter(revoked_at__isnull=True, pk=whole_number(request.POST.get("link", "")))
        done = links.update(revoked_at=now)
    if done:
        access.record(what.format(year=run.year))


def _extract(access: Access, publication: Publication) -> dict[str, Any]:
    """The first lines of the inventory, the entities it names, and those whose name may be that of a person."""
    rows = list(read_csv(publication.folder / "inventaire.csv"))
    entities = sorted({row["entite"] for row in rows if row["entite"]})
    people = [name.casefold() for name in access.of(Membership).values_list("person__name", flat=True) if name]
    doubtful = [
        entity for entity in entities if PERSON.search(entity) or any(name in entity.casefold() for name in people)
    ]
    return {"rows": rows[:5], "entities": entities, "doubtful": doubtful}


@access_required(read=Role.OFFICER, write=None)
def file(request: HttpRequest, access: Access, number: int, name: str) -> HttpResponse:
    """A file of open data that is prepared, before it is open."""
    return _file(access.of(Publication).filter(run=number, prepared_at__isnull=False, closed_at__isnull=True), name)


@access_required(read=Role.OFFICER, write=None)
def report(request: HttpRequest, access: Access, number: int, report: str) -> HttpResponse:
    """The report of a frozen run: a PDF, or the page."""
    return _report(access.get(Run, pk=number, baseline__isnull=False), report)


def _file(publications: QuerySet, name: str) -> HttpResponse:
    """A file of the first of these publications."""
    publication = publications.first()
    known = {*(f"{resource}.csv" for resource in open_data.columns()), open_data.SCHEMA, open_data.METADATA}
    if publication is None or name not in known:
        raise Http404
    return _attached(publication.folder / name, name)


def _report(run: Run, name: str) -> HttpResponse:
    """A file of the report of a run, never shown as a page of the portal: it has a style of its own."""
    files = work.report_files(run)
    if name not in files:
        raise Http404
    return _attached(files[name], f"bilan-{run.year}{files[name].suffix}")


def _attached(path: Path, name: str) -> FileResponse:
    return FileResponse(path.open("rb"), content_type=TYPES[path.suffix], as_attachment=True, filename=name)


# --------------------------------------------------------------------------------------------------------- everyone


def _public(view: View) -> View:
    """A page or a file that everyone may read and keep, from any site."""

    @require_safe
    @wraps(view)
    def open_to_all(request: HttpRequest, **arguments: Any) -> HttpResponse:
        response = view(request, **arguments)
        response["Access-Control-Allow-Origin"] = "*"
        if not response["Content-Type"].startswith("text/html"):
            # A page says who is signed in: it stays out of shared caches.
            response["Cache-Control"] = "public, max-age=600"
        return response

    return open_to_all


def _opened(slug: str, **where: Any) -> tuple[Organisation, QuerySet]:
    """An organisation and what it opened to everyone, else 404."""
    organisation = get_object_or_404(Organisation, slug=slug)
    opened = organisation.publications.filter(opened_at__isnull=False, closed_at__isnull=True, **where)
    publications = opened.select_related("run__inventory", "run__baseline")
    if not publications:
        raise Http404
    return organisation, publications


@_public
def public(request: HttpRequest, slug: str) -> HttpResponse:
    """The years that an organisation opened."""
    organisation, publications = _opened(slug)
    values = {"organisation": organisation, "publications": publications}
    return render(request, "publishing/public.html", values)


@_public
def catalogue(request: HttpRequest, slug: str) -> HttpResponse:
    """Every open year as one DCAT catalogue, for the portals that harvest it."""
    organisation, publications = _opened(slug)
    datasets = [json.loads((one.folder / open_data.METADATA).read_text("utf-8")) for one in publications]
    address = request.build_absolute_uri(reverse("open_data:all", args=(slug,)))
    content = open_data.catalogue_of(datasets, organisation.name, address)
    return JsonResponse(content, content_type=TYPES[".jsonld"], json_dumps_params={"ensure_ascii": False})


@_public
def public_year(request: HttpRequest, slug: str, year: int) -> HttpResponse:
    """One open year: the figure, its interval, the files, what their columns mean, the licence."""
    organisation, (publication, *_others) = _opened(slug, year=year)
    baselines.show_move(request, publication.run)
    values = {
        "organisation": organisation, "publication": publication, "run": publication.run,
        "shown": _public_blocks(figures.of(publication.run)),
        "resources": open_data.columns(), "licence": open_data.licences()[publication.licence],
        "sizes": {path.name: path.stat().st_size for path in publication.folder.iterdir()},
        "schema": open_data.SCHEMA, "metadata": open_data.METADATA,
    }  # fmt: skip
    return render(request, "publishing/public_year.html", values)


def _public_blocks(figures: KeptSummary, *, quantities: bool = False) -> Iterator[Block]:
    """What everyone may read of a run: the figure, what it means, its parts, that it is a minimum, what weighs."""
    yield summary.headline(figures)
    yield Paragraph(f"{figures.perimeter['label']}, {figures.year}.")
    yield summary.meaning(figures)
    yield summary.parts(figures)
    yield from summary.minimum(figures)
    yield Heading(_("Ce qui pèse"), anchor="weighs")
    heads = _("Empreinte par famille"), _("Famille")
    rows = figures.families
    yield breakdown(figures, "families", heads[0], heads, rows, quantities=quantities, total=figures.carbon)


@_public
def public_file(request: HttpRequest, slug: str, year: int, name: str) -> HttpResponse:
    """A file of an open year, at an address that stays."""
    return _file(_opened(slug, year=year)[1], name)


# ------------------------------------------------------------------------------------------------------- by a link


@require_safe
def shared(request: HttpRequest, link: str) -> HttpResponse:
    """The page of a frozen run that a link opens: the figure, what weighs, what is missing, the report."""
    page_link = _page_link(link)
    run = page_link.run
    baselines.show_move(request, run)
    values = {"link": page_link, "run": run, "shown": _shared_blocks(figures.of(run)), "report": work.report_files(run)}
    return render(request, "publishing/shared.html", values)


def _shared_blocks(figures: KeptSummary) -> Iterator[Block]:
    """What everyone may read, what weighs most, and what is not counted."""
    yield from _public_blocks(figures, quantities=True)
    yield Heading(_("Ce qui n’est pas compté"), anchor="missing")
    if figures.gaps:
        yield from missing.extent(figures)
        yield missing.heaviest_gaps(figures, remedies=False)
    else:
        yield Paragraph(_("Rien de ce qui a été donné ne manque au calcul."))


@require_safe
def shared_report(request: HttpRequest, link: str, report: str) -> HttpResponse:
    """The report of the frozen run that a link opens."""
    return _report(_page_link(link).run, report)


def _page_link(token: str) -> PageLink:
    link = PageLink.of(token)
    if link is None or not link.run.frozen:
        raise Http404
    return link
