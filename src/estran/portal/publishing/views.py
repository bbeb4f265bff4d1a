"""Pages of publishing: what the officer opens, the public page and its files, the page of a link without account."""

import json
import re
from functools import wraps
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estran.common.language import _
from estran.portal.organisations.access import Access, View, access_required
from estran.portal.organisations.models import Membership, Organisation, Role
from estran.portal.publishing import run_pages, work
from estran.portal.publishing.forms import LinkForm, OpenDataForm, OpenForm
from estran.portal.publishing.models import PageLink, Publication
from estran.portal.results import figures
from estran.portal.results.models import Run
from estran.reporting import open_data

TYPES = {".csv": "text/csv; charset=utf-8", ".json": "application/json", ".jsonld": "application/ld+json"}
NAMES_SHOWN = 200  # entities on the page; all are in the file
# What a name of a person often comes with: a title, an electronic address, a telephone or staff number.
PERSON = re.compile(r"@|\b(?:M|MM|Mr|Mme|Mmes|Mlle|Dr)\b\.?\s+[A-ZÉÈÀ]|\d{6,}")
TYPES |= {".html": "text/html; charset=utf-8", ".pdf": "application/pdf"}


# ------------------------------------------------------------------------------------------------------- the officer


@access_required(read=Role.OFFICER, write=None)
def index(request: HttpRequest, access: Access) -> HttpResponse:
    """The frozen runs, and what of each is open."""
    frozen = access.of(Run).filter(baseline__isnull=False).select_related("baseline")
    opened = {made.run_id: made for made in access.of(Publication) if made.open}
    values = {"runs": frozen, "opened": opened, "public": reverse("open_data:all", args=(access.organisation.slug,))}
    return render(request, "publishing/index.html", values)


@access_required(read=Role.OFFICER)
def run(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One frozen run: prepare its open data, look at them, open them, close them; give links to its page."""
    found = access.get(Run, pk=number, baseline__isnull=False)
    action = request.POST.get("action", "")
    data_form = OpenDataForm(request.POST if action == "open_data" else None)
    open_form = OpenForm(request.POST if action == "open" else None)
    link_form = LinkForm(request.POST if action == "link" else None)
    if action == "open_data" and data_form.is_valid():
        return _prepare(request, access, found, data_form.cleaned_data["licence"])
    if action == "link" and link_form.is_valid():
        return _link(request, access, found, link_form.cleaned_data["about"])
    if action in ("close", "revoke") or (action == "open" and open_form.is_valid()):
        _act(request, access, found, action)
        return redirect("publishing:run", access.organisation.slug, number)
    made = access.of(Publication).filter(run=found).first()
    if made and made.closed_at:
        made = None
    values = {
        "run": found, "made": made, "data_form": data_form, "open_form": open_form, "link_form": link_form,
        "links": found.links.filter(revoked_at__isnull=True),
        "report": work.report_of(found), "said": _extract(access, made) if made and made.prepared_at else {},
        "resources": open_data.columns(),
        "build": request.build_absolute_uri, "shown": NAMES_SHOWN,
    }  # fmt: skip
    wrong = any(form.errors for form in (data_form, open_form, link_form))
    return render(request, "publishing/run.html", values, status=422 if wrong else 200)


def _prepare(request: HttpRequest, access: Access, found: Run, licence: str) -> HttpResponse:
    address = reverse("open_data:year", args=(access.organisation.slug, found.year))
    job = work.prepare(access, found, licence, request.build_absolute_uri(address))
    access.record(_("a demandé les données ouvertes {year}").format(year=found.year))
    return redirect(job.address)


def _link(request: HttpRequest, access: Access, found: Run, about: str) -> HttpResponse:
    PageLink.objects.create(organisation=access.organisation, run=found, about=about, made_by=access.person)
    work.report(access, found)
    access.record(_("a créé un lien vers le bilan {year}").format(year=found.year))
    messages.success(request, _("Le lien est créé : copiez-le et envoyez-le."))
    return redirect("publishing:run", access.organisation.slug, found.pk)


def _act(request: HttpRequest, access: Access, found: Run, action: str) -> None:
    """Open, close or revoke; nothing where there is nothing to do."""
    now = timezone.now()
    made = access.of(Publication).filter(run=found, closed_at__isnull=True)
    if action == "open":
        try:
            with transaction.atomic():
                done = made.filter(prepared_at__isnull=False, opened_at__isnull=True).update(opened_at=now)
        except IntegrityError:
            messages.error(request, _("Un autre bilan de cette année est déjà ouvert : fermez-le d’abord."))
            return
        what = _("a ouvert les données {year} au public")
    elif action == "close":
        done = made.filter(opened_at__isnull=False).update(closed_at=now)
        what = _("a fermé les données {year} au public")
    else:
        number = request.POST.get("link", "")
        links = found.links.filter(revoked_at__isnull=True, pk=int(number) if number.isdecimal() else 0)
        done, what = links.update(revoked_at=now), _("a révoqué un lien vers le bilan {year}")
    if done:
        access.record(what.format(year=found.year))


def _extract(access: Access, made: Publication) -> dict[str, Any]:
    """The first lines of the inventory, the entities it names, and those whose name may be that of a person."""
    import csv

    with (made.folder / "inventaire.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    entities = sorted({row["entite"] for row in rows if row["entite"]})
    people = [name.casefold() for name in access.of(Membership).values_list("person__name", flat=True) if name]
    doubtful = [
        entity for entity in entities if PERSON.search(entity) or any(name in entity.casefold() for name in people)
    ]
    return {"rows": rows[:5], "entities": entities, "doubtful": doubtful}


@access_required(read=Role.OFFICER, write=None)
def file(request: HttpRequest, access: Access, number: int, name: str) -> HttpResponse:
    """A file of open data that is prepared, before it is open."""
    made = access.of(Publication).filter(run=number, prepared_at__isnull=False, closed_at__isnull=True).first()
    return _download(made.folder if made else None, name)


@access_required(read=Role.OFFICER, write=None)
def report(request: HttpRequest, access: Access, number: int, report: str) -> HttpResponse:
    """The report of a frozen run: a PDF, or the page."""
    return _report(access.get(Run, pk=number, baseline__isnull=False), report)


def _download(folder: Path | None, name: str) -> HttpResponse:
    known = {*(f"{resource}.csv" for resource in open_data.columns()), open_data.SCHEMA, open_data.METADATA}
    if folder is None or name not in known:
        raise Http404
    path = folder / name
    return FileResponse(path.open("rb"), content_type=TYPES[path.suffix], as_attachment=True, filename=name)


def _report(found: Run, name: str) -> HttpResponse:
    files = work.report_of(found)
    if name not in files:
        raise Http404
    # Never shown as a page of the portal: it has a style of its own.
    said = f"bilan-{found.year}{files[name].suffix}"
    return FileResponse(
        files[name].open("rb"), content_type=TYPES[files[name].suffix], as_attachment=True, filename=said
    )


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


def _opened(slug: str) -> tuple[Organisation, list[Publication]]:
    organisation = get_object_or_404(Organisation, slug=slug)
    found = organisation.publications.filter(opened_at__isnull=False, closed_at__isnull=True).select_related(
        "run__inventory"
    )
    if not found:
        raise Http404
    return organisation, list(found)


def _of_year(slug: str, year: int) -> tuple[Organisation, Publication]:
    organisation, found = _opened(slug)
    made = next((made for made in found if made.year == year), None)
    if made is None:
        raise Http404
    return organisation, made


@_public
def public(request: HttpRequest, slug: str) -> HttpResponse:
    """The years that an organisation opened."""
    organisation, found = _opened(slug)
    return render(request, "publishing/public.html", {"organisation": organisation, "found": found})


@_public
def catalogue(request: HttpRequest, slug: str) -> HttpResponse:
    """Every open year as one DCAT catalogue, for the portals that harvest it."""
    organisation, found = _opened(slug)
    datasets = [json.loads((made.folder / open_data.METADATA).read_text("utf-8")) for made in found]
    address = request.build_absolute_uri(reverse("open_data:all", args=(slug,)))
    content = open_data.catalogue_of(datasets, organisation.name, address)
    return JsonResponse(content, content_type=TYPES[".jsonld"], json_dumps_params={"ensure_ascii": False})


@_public
def public_year(request: HttpRequest, slug: str, year: int) -> HttpResponse:
    """One open year: the figure, its interval, the files, what their columns mean, the licence."""
    organisation, made = _of_year(slug, year)
    values = {
        "organisation": organisation, "made": made, "run": made.run,
        "shown": run_pages.public_blocks(figures.of(made.run)),
        "resources": open_data.columns(), "licence": open_data.licences()[made.licence],
        "sizes": {path.name: path.stat().st_size for path in made.folder.iterdir()},
        "schema": open_data.SCHEMA, "metadata": open_data.METADATA,
    }  # fmt: skip
    return render(request, "publishing/public_year.html", values)


@_public
def public_file(request: HttpRequest, slug: str, year: int, name: str) -> HttpResponse:
    """A file of an open year, at an address that stays."""
    _organisation, made = _of_year(slug, year)
    return _download(made.folder, name)


# ------------------------------------------------------------------------------------------------------- by a link


@require_safe
def shared(request: HttpRequest, link: str) -> HttpResponse:
    """The page of a frozen run that a link opens: the figure, what weighs, what is missing, the report."""
    found = _shared(link)
    values = {
        "link": found,
        "run": found.run,
        "shown": run_pages.shared_blocks(figures.of(found.run)),
        "report": work.report_of(found.run),
    }
    return render(request, "publishing/shared.html", values)


@require_safe
def shared_report(request: HttpRequest, link: str, report: str) -> HttpResponse:
    """The report of the frozen run that a link opens."""
    return _report(_shared(link).run, report)


def _shared(token: str) -> PageLink:
    link = PageLink.of(token)
    if link is None or not link.run.frozen:
        raise Http404
    return link
