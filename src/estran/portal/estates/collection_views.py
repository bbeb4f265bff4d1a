"""Pages of a campaign: opening one, the board, reminders, the central file, labels to settle, headcounts."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from estran.common import formatting
from estran.common.language import _, ngettext
from estran.common.problems import CannotUse
from estran.portal.estates import central, collection, reading, settling, short_forms
from estran.portal.estates.collection import Standing
from estran.portal.estates.collection_forms import CampaignForm, CentralForm, SettleForm
from estran.portal.estates.models import Answer, Campaign, Delivery, Headcount, LabelChoice
from estran.portal.organisations.access import Access, access
from estran.portal.organisations.models import Entity, Role

PAGE = 50  # entities on the board
CHOICES = 10  # decisions shown, the latest first


@access()
def campaigns(request: HttpRequest, here: Access) -> HttpResponse:
    """The campaigns, the latest first, and opening the one of a year."""
    form = CampaignForm(request.POST or None, instance=Campaign(organisation=here.organisation))
    if request.method == "POST" and form.is_valid():
        if here.of(Campaign).filter(year=form.cleaned_data["year"]).exists():
            form.add_error("year", _("La collecte de cette année existe déjà."))
        else:
            campaign = form.save()
            collection.complete(campaign)
            here.record(_("a ouvert la collecte {year}").format(year=campaign.year))
            return redirect("estates:board", here.organisation.slug, campaign.pk)
    values = {"form": form, "campaigns": here.of(Campaign)[:20]}
    return render(request, "estates/campaigns.html", values, status=422 if form.errors else 200)


@access()
def board(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """How far each entity is; the officer makes links for all schools and accepts all that is complete."""
    campaign = _campaign(here, number)
    collection.complete(campaign)
    standings = collection.standings(campaign, collection.answers(here, campaign))
    if request.method == "POST":
        _for_all(request, here, standings)
        return redirect("estates:board", here.organisation.slug, number)
    state, words = request.GET.get("etat", ""), request.GET.get("nom", "").strip()
    shown = [one for one in standings if state in ("", one.state) and words.lower() in one.answer.entity.name.lower()]
    waiting = Delivery.objects.filter(answer__campaign=campaign, read_at__isnull=True).count()
    values = {
        "campaign": campaign,
        "page": Paginator(shown, PAGE).get_page(request.GET.get("page")),
        "counts": {code: sum(1 for one in standings if one.state == code) for code in collection.STATES},
        "said": collection.said,
        "state": state,
        "words": words,
        "waiting": waiting,
        "complete": sum(1 for one in standings if one.state == collection.RECEIVED),
        "labels": collection.labels_left(here, campaign),
        "schools": any(one.answer.entity.kind == Entity.SCHOOL for one in standings),
        "without_link": sum(1 for one in standings if one.link is None and one.answer.entity.kind == Entity.SCHOOL),
    }
    return render(request, "estates/board.html", values)


def _for_all(request: HttpRequest, here: Access, standings: list[Standing]) -> None:
    if request.POST.get("action") == "links":
        n = collection.make_links(here, standings)
        said = ngettext("{n} lien est ouvert pour 60 jours.", "{n} liens sont ouverts pour 60 jours.", n)
    else:
        n = collection.accept(here, [one for one in standings if one.state == collection.RECEIVED])
        said = ngettext("{n} réponse est acceptée.", "{n} réponses sont acceptées.", n)
    here.record(said.format(n=n))
    messages.success(request, said.format(n=n))


@access(read=Role.OFFICER)
def campaign(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """Until when, and what those who answer read."""
    found = _campaign(here, number)
    form = CampaignForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("C’est enregistré."))
        return redirect("estates:board", here.organisation.slug, number)
    values = {"form": form, "campaign": found}
    return render(request, "estates/campaign.html", values, status=422 if form.errors else 200)


@access(read=Role.OFFICER, write=None)
def reminders(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """What to write to each school that has not answered, ready to copy, with its link."""
    found = _campaign(here, number)
    late = _late(found)
    values = {
        "campaign": found,
        "page": Paginator(late, settling.PAGE).get_page(request.GET.get("page")),
        "text": lambda standing: reminder(request, found, standing),
        "without_link": sum(1 for one in late if one.link is None),
        "schools": here.of(Entity).filter(kind=Entity.SCHOOL).exists(),
    }
    return render(request, "estates/reminders.html", values)


@access(read=Role.OFFICER, write=None)
def reminders_csv(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """The same as a table, for a mailing."""
    found = _campaign(here, number)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow([_("UAI"), _("Établissement"), _("Lien"), _("Fin du lien"), _("Texte")])
    for one in _late(found):
        entity, link = one.answer.entity, one.link
        row = (entity.uai, entity.name, link_address(request, one), f"{link.ends_at:%d/%m/%Y}" if link else "")
        writer.writerow([formatting.plain(cell) for cell in (*row, reminder(request, found, one))])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="relances-{found.year}.csv"'
    return response


def _late(campaign: Campaign) -> list[Standing]:
    schools = campaign.answers.select_related("entity").filter(entity__kind=Entity.SCHOOL)
    standings = collection.standings(campaign, schools)
    return [one for one in standings if one.state in (collection.TO_START, collection.TO_SETTLE)]


def link_address(request: HttpRequest, standing: Standing) -> str:
    """The whole address of the link of a school, empty without an open one."""
    if standing.link is None:
        return ""
    return request.build_absolute_uri(reverse("school:start", args=(standing.link.token,)))


def reminder(request: HttpRequest, campaign: Campaign, standing: Standing) -> str:
    """What to write to a school, whatever the tool it is sent with."""
    if standing.state == collection.TO_SETTLE:
        asked = _("Nous avons bien reçu votre inventaire ; il reste quelques points à régler, cinq minutes suffisent.")
    else:
        asked = _("Nous n’avons pas encore reçu votre inventaire ; votre tableau habituel convient, tel qu’il est.")
    lines = [_("Bonjour,"), asked, link_address(request, standing) or _("(lien à ouvrir)")]
    lines.append(_("Merci de répondre avant le {day}.").format(day=f"{campaign.closes_on:%d/%m/%Y}"))
    return "\n\n".join(lines)


@access(read=Role.OFFICER)
def central_file(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """One file for all schools, split by UAI code; the queue reads the parts."""
    found = _campaign(here, number)
    form = CentralForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _take_central(request, here, found, form.cleaned_data)
            return redirect("estates:board", here.organisation.slug, number)
        except CannotUse as error:
            for problem in error.problems:
                form.add_error("file", f"{problem.what} {problem.remedy}")
    values = {"campaign": found, "form": form}
    return render(request, "estates/central.html", values, status=422 if form.errors else 200)


def _take_central(request: HttpRequest, here: Access, found: Campaign, given: dict[str, Any]) -> None:
    name = given["file"].name
    codes = set(here.of(Entity).exclude(uai="").values_list("uai", flat=True))
    parts = central.split(name, given["content"], codes)
    answers, unknown = central.schools(found, parts, make=given["makes_schools"])
    for code, answer in answers.items():
        for i, content in enumerate(parts.parts[code]):
            sha256 = hashlib.sha256(content).hexdigest()
            part = f"{PurePath(name).stem[:60]} {code}.csv"
            reading.receive(here, answer, part, content, sha256, adds=i > 0)
    said = ngettext("{n} collège est dans ce fichier.", "{n} collèges sont dans ce fichier.", len(answers))
    messages.success(request, said.format(n=len(answers)))
    if unknown:
        if given["makes_schools"]:
            said = ngettext("{n} collège a été créé.", "{n} collèges ont été créés.", len(unknown))
        else:
            said = (
                ngettext("{n} code UAI est inconnu", "{n} codes UAI sont inconnus", len(unknown)) + "\u00a0: {codes}."
            )
        messages.warning(request, said.format(n=len(unknown), codes=", ".join(unknown[:20])))
    if parts.without:
        said = ngettext(
            "{n} ligne sans code UAI est laissée.", "{n} lignes sans code UAI sont laissées.", parts.without
        )
        messages.warning(request, said.format(n=parts.without))
    said = ngettext(
        "a déposé un fichier central pour {n} collège", "a déposé un fichier central pour {n} collèges", len(answers)
    )
    here.record(said.format(n=len(answers)))


@access(write=Role.CONTRIBUTOR)
def labels(request: HttpRequest, here: Access, number: int) -> HttpResponse:
    """The labels to settle in a campaign, the heaviest first; one decision is for every row that carries the label."""
    found = _campaign(here, number)
    deliveries = collection.current(collection.answers(here, found))
    waiting = settling.labels(here.organisation, deliveries)
    page = Paginator(waiting, settling.PAGE).get_page(request.GET.get("page"))
    form = SettleForm(waiting, request.POST) if request.method == "POST" else SettleForm(page)
    if request.method == "POST" and "undo" in request.POST:
        choice = here.get(
            LabelChoice, pk=_whole(request.POST["undo"]), **({} if here.manages else {"person": here.person})
        )
        settling.undo(choice)
        messages.success(request, _("« {label} » est de nouveau à régler.").format(label=choice))
        return redirect("estates:labels", here.organisation.slug, number)
    if request.method == "POST":
        n = settling.decide(here, form.decisions)
        if n:
            said = ngettext("{n} libellé est réglé.", "{n} libellés sont réglés.", n)
            messages.success(request, said.format(n=n))
        if not form.errors:
            return redirect("estates:labels", here.organisation.slug, number)
        form.lines = form.errors
    values = {
        "campaign": found,
        "page": page,
        "form": form,
        "quantity": sum(label.quantity for label in waiting),
        "type_label": settling.type_label,
        "choices": here.of(LabelChoice).select_related("person", "entity")[:CHOICES],
    }
    return render(request, "estates/labels.html", values, status=422 if form.errors else 200)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0


@access()
def headcounts(request: HttpRequest, here: Access) -> HttpResponse:
    """How many people of each kind, at which date; an earlier count stays."""
    form = short_forms.HeadcountForm(request.POST or None)
    if request.method == "POST" and "remove" in request.POST:
        here.get(Headcount, pk=_whole(request.POST["remove"])).delete()
        messages.success(request, _("L’effectif est retiré."))
        return redirect("estates:headcounts", here.organisation.slug)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        Headcount.objects.update_or_create(
            organisation=here.organisation,
            who=given["who"],
            date=given["date"],
            defaults={"value": given["value"], "source": given["source"]},
        )
        messages.success(request, _("L’effectif est enregistré."))
        return redirect("estates:headcounts", here.organisation.slug)
    values = {"form": form, "rows": here.of(Headcount)[:60], "people": short_forms.people}
    return render(request, "estates/headcounts.html", values, status=422 if form.errors else 200)


def _campaign(here: Access, number: int) -> Campaign:
    found = here.get(Campaign, pk=number)
    found.organisation = here.organisation
    return found


def answer_of(here: Access, number: int) -> Answer:
    """An answer the person may see: a contributor, one of his entities; else 404."""
    answer = get_object_or_404(here.of(Answer).select_related("entity", "campaign", "organisation"), pk=number)
    if here.role == Role.CONTRIBUTOR:
        here.entity(pk=answer.entity_id)
    return answer
