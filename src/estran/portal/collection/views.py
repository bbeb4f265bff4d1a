"""Pages of a campaign: opening one, the board, reminders, the central file, labels to settle, headcounts."""

from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from estran.catalogue.labels import words_of
from estran.common.language import _, ngettext
from estran.common.problems import CannotUse
from estran.importing.inspection_text import type_label
from estran.portal.collection import campaigns, central, deliveries, glpi, settling, statuses, versions
from estran.portal.collection.campaigns import AnswerStatus
from estran.portal.collection.forms import CampaignForm, CentralForm, GlpiForm
from estran.portal.collection.models import Answer, Campaign, GlpiSource, LabelChoice, StatusChoice
from estran.portal.common.spreadsheets import write_csv
from estran.portal.common.views import CSV, download, render_form, whole_number
from estran.portal.organisations import proof
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.identifiers import uai_fault
from estran.portal.organisations.models import Entity, Role

PAGE = 50  # entities on the board
CHOICES = 10  # decisions shown, the latest first
WRONG_CODES = 10  # that are told one by one


@access_required()
def list_campaigns(request: HttpRequest, access: Access) -> HttpResponse:
    """The campaigns, the latest first, and opening the one of a year."""
    form = CampaignForm(request.POST or None, instance=Campaign(organisation=access.organisation))
    if request.method == "POST" and form.is_valid():
        if access.of(Campaign).filter(year=form.cleaned_data["year"]).exists():
            form.add_error("year", _("La collecte de cette année existe déjà."))
        else:
            campaign = form.save()
            campaigns.add_missing_answers(campaign)
            access.record(_("a ouvert la collecte {year}").format(year=campaign.year))
            return access.redirect("collection:board", campaign.pk)
    return render_form(request, form, "collection/campaigns.html", campaigns=access.of(Campaign)[:20])


@access_required()
def board(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """How far each entity is; the officer makes links for all schools and accepts all that is complete."""
    campaign = _campaign(access, number)
    campaigns.add_missing_answers(campaign)
    answers = campaigns.answer_statuses(campaign, campaigns.visible_answers(access, campaign))
    if request.method == "POST":
        if request.POST.get("action") == "links":
            if page := proof.ask(request):
                return page
            n = campaigns.open_links(access, answers)
            text = ngettext("{n} lien est ouvert pour 60 jours.", "{n} liens sont ouverts pour 60 jours.", n)
        elif (choice := request.POST.get("action")) in (versions.COUNT, versions.KEEP):
            asked = versions.proposals([one.answer.pk for one in answers])
            for change in asked:
                versions.decide(change.after, choice)
            n = len(asked)
            if choice == versions.COUNT:
                text = ngettext("{n} fichier compte maintenant.", "{n} fichiers comptent maintenant.", n)
            else:
                text = ngettext("{n} fichier ne compte pas.", "{n} fichiers ne comptent pas.", n)
        else:
            n = campaigns.accept_answers(access, [one for one in answers if one.state == campaigns.RECEIVED])
            text = ngettext("{n} réponse est acceptée.", "{n} réponses sont acceptées.", n)
        access.record(text.format(n=n))
        return access.redirect_with(request, text.format(n=n), "collection:board", number)
    state, words = request.GET.get("etat", ""), request.GET.get("nom", "").strip()
    shown = [one for one in answers if state in ("", one.state) and words.lower() in one.answer.entity.name.lower()]
    values = {
        "campaign": campaign, "page": Paginator(shown, PAGE).get_page(request.GET.get("page")),
        "counts": {code: sum(1 for one in answers if one.state == code) for code in campaigns.STATES},
        "state_label": words_of("answer_state").get, "state": state, "words": words,
        "unread": campaigns.unread_files([one.answer.pk for one in answers]),
        "asked": versions.proposals([one.answer.pk for one in answers]), "most": settling.PAGE,
        "labels": campaigns.count_unknown_labels(access, campaign),
        "statuses": any(one.words for one in answers),
        "schools": any(one.answer.entity.kind == Entity.SCHOOL for one in answers),
        "without_link": sum(1 for one in answers if one.needs_link),
    }  # fmt: skip
    return render(request, "collection/board.html", values)


@access_required(read=Role.OFFICER)
def campaign(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Until when, and what those who answer read."""
    campaign = _campaign(access, number)
    form = CampaignForm(request.POST or None, instance=campaign)
    if request.method == "POST" and form.is_valid():
        form.save()
        return access.redirect_with(request, _("C’est enregistré."), "collection:board", number)
    return render_form(request, form, "collection/campaign.html", campaign=campaign)


@access_required(read=Role.OFFICER, write=None)
def reminders(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """What to write to each school that has not answered, ready to copy, with its link."""
    campaign = _campaign(access, number)
    late = _late(campaign)
    values = {
        "campaign": campaign, "page": Paginator(late, settling.PAGE).get_page(request.GET.get("page")),
        "text": lambda status: reminder(request, campaign, status),
        "without_link": sum(1 for one in late if one.link is None),
        "schools": access.of(Entity).filter(kind=Entity.SCHOOL).exists(),
    }  # fmt: skip
    return render(request, "collection/reminders.html", values)


@access_required(read=Role.OFFICER, write=None)
def reminders_csv(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The same as a table, for a mailing."""
    campaign = _campaign(access, number)
    rows = [[_("UAI"), _("Établissement"), _("Lien"), _("Fin du lien"), _("Texte")]]
    for one in _late(campaign):
        entity, until = one.answer.entity, f"{one.link.ends_at:%d/%m/%Y}" if one.link else ""
        rows.append([entity.uai, entity.name, link_address(request, one), until, reminder(request, campaign, one)])
    return download(write_csv(rows), f"relances-{campaign.year}.csv", CSV)


def _late(campaign: Campaign) -> list[AnswerStatus]:
    schools = campaigns.counted_answers(campaign).filter(entity__kind=Entity.SCHOOL)
    statuses = campaigns.answer_statuses(campaign, schools)
    return [one for one in statuses if one.state in (campaigns.TO_START, campaigns.TO_SETTLE)]


def link_address(request: HttpRequest, status: AnswerStatus) -> str:
    """The whole address of the link of a school, empty without an open one."""
    return request.build_absolute_uri(reverse("school:start", args=(status.link.token,))) if status.link else ""


def reminder(request: HttpRequest, campaign: Campaign, status: AnswerStatus) -> str:
    """What to write to a school, whatever the tool it is sent with."""
    if status.state == campaigns.TO_SETTLE:
        asked = _("Nous avons bien reçu votre inventaire ; il reste quelques points à régler, cinq minutes suffisent.")
    else:
        asked = _("Nous n’avons pas encore reçu votre inventaire ; votre tableau habituel convient, tel qu’il est.")
    until = _("Merci de répondre avant le {day}.").format(day=f"{campaign.closes_on:%d/%m/%Y}")
    return "\n\n".join([_("Bonjour,"), asked, link_address(request, status) or _("(lien à ouvrir)"), until])


@access_required(read=Role.OFFICER)
def central_file(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """One file for all schools, split by UAI code; the queue reads the parts."""
    campaign = _campaign(access, number)
    form = CentralForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _take_central(request, access, campaign, form.cleaned_data)
            return access.redirect("collection:board", number)
        except CannotUse as error:
            for problem in error.problems:
                form.add_error("file", f"{problem.what} {problem.remedy}")
    return render_form(request, form, "collection/central.html", campaign=campaign)


def _take_central(request: HttpRequest, access: Access, campaign: Campaign, given: dict[str, Any]) -> None:
    name = given["file"].name
    codes = set(access.of(Entity).exclude(uai="").values_list("uai", flat=True))
    parts = central.split_by_school(name, given["file"].read(), codes)
    answers, unknown = central.school_answers(campaign, parts, make=given["makes_schools"])
    for code, answer in answers.items():
        for i, content in enumerate(parts.parts[code]):
            part = f"{PurePath(name).stem[:60]} {code}.csv"
            deliveries.receive_delivery(access, answer, part, content, adds=i > 0)
    if n := sum(1 for one in answers.values() if one.finished_at or one.accepted_at):
        text = ngettext(
            "{n} collège a déjà terminé : ce qu’il a envoyé compte tant que vous n’avez pas choisi, ici.",
            "{n} collèges ont déjà terminé : ce qu’ils ont envoyé compte tant que vous n’avez pas choisi, ici.",
            n,
        )
        messages.warning(request, text.format(n=n))
    n = len(answers)
    text = ngettext("{n} collège est dans ce fichier.", "{n} collèges sont dans ce fichier.", n)
    messages.success(request, text.format(n=n))
    text = ngettext("a déposé un fichier central pour {n} collège", "a déposé un fichier central pour {n} collèges", n)
    access.record(text.format(n=n))
    for code in [code for code in unknown if uai_fault(code)][:WRONG_CODES]:
        messages.error(request, _("{fault} Ses lignes sont laissées.").format(fault=uai_fault(code)))
    unknown = [code for code in unknown if not uai_fault(code)]
    if n := len(unknown):
        if given["makes_schools"]:
            text = ngettext("{n} collège a été créé.", "{n} collèges ont été créés.", n)
        else:
            text = ngettext("{n} code UAI est inconnu", "{n} codes UAI sont inconnus", n) + "\u00a0: {codes}."
        messages.warning(request, text.format(n=n, codes=", ".join(unknown[:20])))
    if n := parts.without:
        text = ngettext("{n} ligne sans code UAI est laissée.", "{n} lignes sans code UAI sont laissées.", n)
        messages.warning(request, text.format(n=n))


@access_required(write=Role.CONTRIBUTOR)
def labels(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The labels and the statuses to settle in a campaign, the heaviest first; one decision is for every row alike."""
    campaign = _campaign(access, number)
    deliveries = campaigns.current_deliveries(campaigns.visible_answers(access, campaign))
    waiting = settling.labels_to_settle(access.organisation, deliveries)
    page = Paginator(waiting, settling.PAGE).get_page(request.GET.get("page"))
    groups = settling.group_labels(waiting)
    shown = (waiting, request.POST, groups) if request.method == "POST" else (page, None, groups)
    form = settling.SettleForm(*shown)
    words = statuses.words_to_settle(access.organisation, deliveries)
    if request.method == "POST" and {"undo", "undo-status"} & request.POST.keys():
        own = {} if access.manages else {"person": access.person}
        if "undo" in request.POST:
            choice = access.get(LabelChoice, pk=whole_number(request.POST["undo"]), **own)
            settling.undo_choice(choice)
        else:
            choice = access.get(StatusChoice, pk=whole_number(request.POST["undo-status"]), **own)
            statuses.undo_choice(choice)
        messages.success(request, _("« {label} » est de nouveau à régler.").format(label=choice))
        return access.redirect("collection:labels", number)
    if request.method == "POST":
        if n := settling.decide_labels(access, form.decided):
            text = ngettext("{n} libellé est réglé.", "{n} libellés sont réglés.", n)
            messages.success(request, text.format(n=n))
        if n := statuses.decide_words(access, words, request.POST):
            text = ngettext("{n} statut est réglé.", "{n} statuts sont réglés.", n)
            messages.success(request, text.format(n=n))
        if not form.errors:
            return access.redirect("collection:labels", number)
        form.labels = [one for one in form.labels if one.error]
        form.groups = [one for one in form.groups if one.error]
    values = {"campaign": campaign, "page": page, "type_label": type_label}
    values |= {"words": words, "meanings": words_of("status")}
    values["statuses"] = access.of(StatusChoice).select_related("person", "entity")[:CHOICES]
    values["choices"] = access.of(LabelChoice).select_related("person", "entity")[:CHOICES]
    quantity = sum(label.quantity for label in waiting)
    return render_form(request, form, "collection/labels.html", quantity=quantity, **values)


def _campaign(access: Access, number: int) -> Campaign:
    campaign = access.get(Campaign, pk=number)
    campaign.organisation = access.organisation
    return campaign


def answer_of(access: Access, number: int) -> Answer:
    """An answer the person may see: a contributor, one of his entities; else 404."""
    answer = get_object_or_404(access.of(Answer).select_related("entity", "campaign", "organisation"), pk=number)
    if access.role == Role.CONTRIBUTOR:
        access.entity(pk=answer.entity_id)
    return answer


@access_required(read=Role.OFFICER)
def glpi_source(request: HttpRequest, access: Access) -> HttpResponse:
    """Say where GLPI is, or fetch its lists into the answer of an entity."""
    known = access.of(GlpiSource).first()
    fetching = request.method == "POST" and "fetch" in request.POST
    posted = request.POST if request.method == "POST" and not fetching else None
    form = GlpiForm(posted, instance=known or GlpiSource(organisation=access.organisation))
    if fetching and known:
        answers = access.of(Answer).filter(entity__kind__in=(Entity.DIRECTORATE, Entity.OTHER))
        answer = get_object_or_404(answers.select_related("entity", "campaign"), pk=whole_number(request.POST["fetch"]))
        return redirect(glpi.ask_fetch(access, answer).address)
    if request.method == "POST" and form.is_valid():
        form.save()
        access.record(_("a réglé l’accès à GLPI"))
        messages.success(request, _("L’accès à GLPI est enregistré ; les jetons sont chiffrés."))
        return access.redirect("collection:glpi")
    campaign = access.of(Campaign).first()
    answers = campaign.answers.select_related("entity").exclude(entity__kind=Entity.SCHOOL)[:50] if campaign else []
    return render_form(request, form, "collection/glpi.html", known=known, campaign=campaign, answers=answers)
