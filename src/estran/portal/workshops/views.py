"""The facilitator's screen: who is there, what came in, the spread when he opens it, what the room agrees on."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from markupsafe import Markup

from estran.common.language import _, ngettext
from estran.portal.common.catalogue_rows import rows
from estran.portal.diagnostic import assessment
from estran.portal.diagnostic.forms import AgreedForm
from estran.portal.diagnostic.models import Diagnostic, Finding, Question
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Session, Spread
from estran.portal.workshops.phone_views import SENT_BEFORE, VALUES, chosen, level_said
from estran.reporting.charts import Bar


@access_required(read=Role.OFFICER)
def start(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Open a session of one of the three workshops of a diagnostic; then its screen."""
    diagnostic = access.get(Diagnostic, pk=number)
    workshop = request.POST.get("workshop", "")
    if workshop not in {row["workshop"] for row in rows("diagnostic_workshops")}:
        if request.method == "POST":
            messages.error(request, _("Choisissez l’un des trois ateliers."))
        return redirect("diagnostic:diagnostic", access.organisation.slug, number)
    session = sessions.start(access, diagnostic=diagnostic, workshop=int(workshop))
    access.record(_("a ouvert l’atelier {code}").format(code=session.code))
    return redirect("workshops:session", access.organisation.slug, session.pk)


@access_required(read=Role.OFFICER)
def session(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The screen of the room; every gesture is a POST with its `do`, and any officer may make it."""
    found: Session = access.get(Session, pk=number)
    if found.vision_id:
        return redirect("workshops:vision_room", access.organisation.slug, found.vision_id)
    questions = sessions.questions(found)
    findings = assessment.findings_by_code(found.diagnostic)
    shown = _on_screen(found, questions, findings)
    form = AgreedForm(request.POST if request.POST.get("do") == "agree" else None, question=shown,
                      initial=_agreed(found, shown))  # fmt: skip
    if request.method == "POST" and not (form.is_bound and not form.is_valid()):
        _do(request, access, found, shown, form)
        place = reverse("workshops:session", args=(access.organisation.slug, number))
        return redirect(f"{place}#shown-head" if request.POST.get("do") in ("show", "spread", "agree") else place)
    spread = found.spreads.filter(question=shown, answers__gt=0).first()
    values = screen(request, access, found) | {
        "questions": questions, "shown": shown, "form": form, "findings": findings,
        "received": sessions.received(found), "challenged": sessions.challenged(found),
        "level_said": level_said, "spread": spread, "bars_of": spread_bars(shown, spread) if spread else {},
        "next": _next(questions, shown), "fewest": sessions.FEWEST,
    }  # fmt: skip
    return render(request, "workshops/screen.html", values, status=422 if form.errors else 200)


def _on_screen(found: Session, questions: list[Question], findings: dict[str, Finding]) -> Question:
    """The question chosen, else the first one asked that the room has not concluded, else the first one asked."""
    chosen = next((one for one in questions if one.pk == found.question_id), None)
    asked = [one for one in questions if one.asked]
    open_ = (one for one in asked if not (one.code in findings and findings[one.code].settled))
    return chosen or next(open_, (asked or questions)[0])


def _next(questions: list[Question], shown: Question) -> Question | None:
    """The question asked after the one on the screen; after the last, none."""
    return next((one for one in questions if one.asked and one.code > shown.code), None)


def screen(request: HttpRequest, access: Access, found: Session) -> dict[str, Any]:
    """What the screens of every kind of session share: the address, its QR code, who is there."""
    address = request.build_absolute_uri(reverse("workshops:join", args=(found.code,)))
    return {
        "session": found, "address": address, "code": qr_code(address),
        "presences": found.presences.filter(people__gt=0).select_related("entity").order_by("-people", "entity__name"),
        "mine": found.facilitator_id == access.person.pk,
    }  # fmt: skip


def qr_code(address: str) -> Markup:
    """The QR code of an address, as SVG in the page."""
    drawn = segno.make(address, error="m").svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None)
    return Markup(drawn)  # nosec — drawn by us from our own address


def _agreed(found: Session, question: Question) -> dict[str, Any]:
    """What the form shows: what the room agreed on, else what was filled in before."""
    finding = Finding.objects.filter(diagnostic=found.diagnostic, question=question).first()
    if finding is None:
        return {}
    return {"importance": finding.importance, "practice": finding.practice, "note": finding.note}


def steer(request: HttpRequest, access: Access, found: Session) -> bool:
    """The gestures of every session: pause, resume, close, take over. False when it is another one."""
    do = request.POST.get("do")
    if do == "pause":
        sessions.pause(found)
    elif do == "resume":
        sessions.resume(found)
    elif do == "take":
        sessions.take_over(found, access.person)
    elif do == "close":
        if "sure" not in request.POST:
            messages.error(request, _("Cochez la case pour terminer : c’est définitif."))
            return True
        sessions.close(found)
        access.record(_("a terminé l’atelier {code}").format(code=found.code))
        messages.success(request, _("Atelier terminé : les réponses de chacun sont effacées."))
    else:
        return False
    return True


def _do(request: HttpRequest, access: Access, found: Session, shown: Question, form: AgreedForm) -> None:
    do = request.POST.get("do")
    if steer(request, access, found):
        return
    if do in ("spread", "agree"):  # the screen stays on what the room speaks of
        Session.objects.filter(pk=found.pk).update(question=shown)
    if do == "show":
        chosen = request.POST.get("question", "")
        known = {str(one.pk): one for one in sessions.questions(found)}
        if chosen in known:
            Session.objects.filter(pk=found.pk).update(question=known[chosen])
    elif do == "spread" and not found.closed:
        if not sessions.publish(found, shown):
            n = sessions.waiting(found, shown)
            said = ngettext(
                "Il manque {n} réponse nouvelle pour montrer les réponses sans en trahir une.",
                "Il manque {n} réponses nouvelles pour montrer les réponses sans en trahir une.",
                n,
            )
            messages.error(request, said.format(n=n))
    elif do == "agree":
        given = form.cleaned_data
        kept = {"agreed_importance": given["importance"], "agreed_practice": given["practice"], "note": given["note"]}
        Finding.objects.update_or_create(
            diagnostic=found.diagnostic, question=shown, defaults=kept | {"settled_at": timezone.now()}
        )
        messages.success(request, _("Valeur de la salle enregistrée pour {code}.").format(code=shown.code))


def spread_bars(question: Question, spread: Spread) -> dict[str, list[Bar]]:
    """How many people chose each level and each importance, ready to draw."""
    unknown = {"": _("Je ne sais pas")}
    levels = {str(level): text for level, text in enumerate(question.levels)} | unknown
    importances = {str(value): text for value, text in assessment.importance_labels().items()} | unknown
    return {
        name: [Bar(label, spread_of.get(value, 0), str(spread_of.get(value, 0))) for value, label in labels.items()]
        for name, labels, spread_of in (
            ("practice", levels, spread.practice),
            ("importance", importances, spread.importance),
        )
    }


@access_required(read=Role.OFFICER)
def entry(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Quick entry of a sheet of paper: one page, one sheet, the key of the page keeps it from being entered twice."""
    found: Session = access.get(Session, pk=number)
    asked = sessions.asked(found)
    if found.closed or not asked:
        messages.error(request, _("Cet atelier est terminé : ses feuilles ne peuvent plus être saisies."))
        return redirect("workshops:session", access.organisation.slug, number)
    wrong: list[Question] = []
    if request.method == "POST":
        answers = {}
        for question in asked:
            texts = {name: request.POST.get(f"{name}_{question.code}", "") for name in VALUES}
            try:
                if any(texts.values()):
                    answers[question] = tuple(chosen(texts[name], most) for name, most in VALUES.items())
            except ValueError:
                wrong.append(question)
        if not wrong:
            try:
                sessions.enter_sheet(found, sessions.usable(request.POST.get("key", "")), answers)
                messages.success(request, _("Feuille enregistrée."))
            except (ValueError, sessions.Refused):
                messages.error(request, SENT_BEFORE)
            return redirect("workshops:entry", access.organisation.slug, number)
    values = {
        "session": found, "asked": asked, "wrong": wrong, "typed": request.POST,
        "key": request.POST.get("key") or sessions.new_key(),
    }  # fmt: skip
    return render(request, "workshops/entry.html", values, status=422 if wrong else 200)
