"""The facilitator's screen: who is there, the answers received, the spread, the value that the room agrees on."""

from collections.abc import Iterable
from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from markupsafe import Markup

from estran.common.language import _, ngettext
from estran.common.shipped import text_rows
from estran.portal.common.views import render_form
from estran.portal.diagnostic import assessment
from estran.portal.diagnostic.forms import AgreedForm
from estran.portal.diagnostic.models import Diagnostic, Finding, Question
from estran.portal.organisations.access import Access, access_required
from estran.portal.organisations.models import Role
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Session
from estran.portal.workshops.phone_views import VALUES, level_text, parse_choice


@access_required(read=Role.OFFICER)
def start(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Open a session of one of the three workshops of a diagnostic; then its screen."""
    diagnostic = access.get(Diagnostic, pk=number)
    workshop = request.POST.get("workshop", "")
    if workshop not in {row["workshop"] for row in text_rows("diagnostic_workshops")}:
        if request.method == "POST":
            messages.error(request, _("Choisissez l’un des trois ateliers."))
        return access.redirect("diagnostic:diagnostic", number)
    session = sessions.start_session(access, diagnostic=diagnostic, workshop=int(workshop))
    access.record(_("a ouvert l’atelier {code}").format(code=session.code))
    return access.redirect("workshops:session", session.pk)


@access_required(read=Role.OFFICER)
def session(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The screen of the room; each command is a POST with its `do`, open to any officer."""
    session: Session = access.get(Session, pk=number)
    if session.vision_id:
        return access.redirect("workshops:vision_room", session.vision_id)
    questions = sessions.questions_of_session(session)
    findings = assessment.findings_by_code(session.diagnostic)
    asked = [question for question in questions if question.asked]
    chosen = [question for question in questions if question.pk == session.question_id]
    open_questions = [other for other in asked if not (other.code in findings and findings[other.code].settled)]
    question = (chosen or open_questions or asked or questions)[0]
    finding = findings.get(question.code)
    initial = {name: getattr(finding, name) for name in ("importance", "practice", "note")} if finding else {}
    sent = request.POST if request.POST.get("do") == "agree" else None
    form = AgreedForm(sent, question=question, initial=initial)
    if request.method == "POST" and not (form.is_bound and not form.is_valid()):
        _apply_command(request, access, session, question, form)
        address = access.url("workshops:session", number)
        return redirect(f"{address}#shown-head" if request.POST.get("do") in ("show", "spread", "agree") else address)
    following = (other for other in asked if other.code > question.code)
    spread = session.spreads.filter(question=question, answers__gt=0).first()
    values = screen_context(request, access, session) | {
        "questions": questions, "shown": question, "findings": findings, "spread": spread,
        "received": sessions.count_received(session), "level_text": level_text,
        "practices": count_choices(enumerate(question.levels), spread.practice) if spread else [],
        "importances": count_choices(assessment.importance_labels().items(), spread.importance) if spread else [],
        "next_question": next(following, None), "fewest": sessions.FEWEST_ANSWERS,
    }  # fmt: skip
    return render_form(request, form, "workshops/screen.html", **values)


def screen_context(request: HttpRequest, access: Access, session: Session) -> dict[str, Any]:
    """The context that the screens of every kind of session share: the address, its QR code, who is there."""
    address = request.build_absolute_uri(reverse("workshops:join", args=(session.code,)))
    code = segno.make(address, error="m").svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None)
    presences = session.presences.filter(people__gt=0).select_related("entity")
    return {
        "session": session, "address": address, "code": Markup(code),  # nosec — drawn by us
        "presences": presences.order_by("-people", "entity__name"),
        "facilitating": session.facilitator_id == access.person.pk,
    }  # fmt: skip


def apply_session_command(request: HttpRequest, access: Access, session: Session) -> bool:
    """Apply a command that every session knows: pause, resume, close, take over. False for any other."""
    command = request.POST.get("do")
    if command in ("pause", "resume"):
        sessions.set_state(session, Session.PAUSED if command == "pause" else Session.OPEN)
    elif command == "take":
        Session.objects.filter(pk=session.pk).update(facilitator=access.person)
    elif command == "close":
        if "sure" not in request.POST:
            messages.error(request, _("Cochez la case pour terminer : c’est définitif."))
            return True
        sessions.close_session(session)
        access.record(_("a terminé l’atelier {code}").format(code=session.code))
        messages.success(request, _("Atelier terminé : les réponses de chacun sont effacées."))
    else:
        return False
    return True


def _apply_command(
    request: HttpRequest, access: Access, session: Session, question: Question, form: AgreedForm
) -> None:
    command = request.POST.get("do")
    if apply_session_command(request, access, session):
        return
    if command in ("spread", "agree"):  # the screen stays on the question that the room discusses
        Session.objects.filter(pk=session.pk).update(question=question)
    if command == "show":
        for chosen in sessions.questions_of_session(session):
            if str(chosen.pk) == request.POST.get("question"):
                Session.objects.filter(pk=session.pk).update(question=chosen)
    elif command == "spread" and not session.closed:
        if not sessions.publish_spread(session, question):
            n = sessions.count_missing_answers(list(session.answers.filter(question=question)))
            text = ngettext(
                "Il manque {n} réponse nouvelle pour montrer les réponses sans en trahir une.",
                "Il manque {n} réponses nouvelles pour montrer les réponses sans en trahir une.",
                n,
            )
            messages.error(request, text.format(n=n))
    elif command == "agree":
        agreed = {f"agreed_{name}": form.cleaned_data[name] for name in ("importance", "practice")}
        agreed |= {"note": form.cleaned_data["note"], "settled_at": timezone.now()}
        Finding.objects.update_or_create(diagnostic=session.diagnostic, question=question, defaults=agreed)
        messages.success(request, _("Valeur de la salle enregistrée pour {code}.").format(code=question.code))


def count_choices(labels: Iterable[tuple[Any, str]], counts: dict[str, int]) -> list[tuple[str, int]]:
    """How many people chose each value, « je ne sais pas » last."""
    every = [(str(value), text) for value, text in labels] + [("", _("Je ne sais pas"))]
    return [(text, counts.get(value, 0)) for value, text in every]


@access_required(read=Role.OFFICER)
def entry(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Quick entry of a sheet of paper: one page, one sheet, the key of the page keeps it from being entered twice."""
    session: Session = access.get(Session, pk=number)
    questions = sessions.asked_questions(session)
    if session.closed or not questions:
        messages.error(request, _("Cet atelier est terminé : ses feuilles ne peuvent plus être saisies."))
        return access.redirect("workshops:session", number)
    wrong: list[Question] = []
    if request.method == "POST":
        answers = {}
        for question in questions:
            texts = {name: request.POST.get(f"{name}_{question.code}", "") for name in VALUES}
            try:
                if any(texts.values()):
                    answers[question] = tuple(parse_choice(texts[name], most) for name, most in VALUES.items())
            except ValueError:
                wrong.append(question)
        if not wrong:
            try:
                sessions.enter_sheet(session, sessions.check_key(request.POST.get("key", "")), answers)
                messages.success(request, _("Feuille enregistrée."))
            except (ValueError, sessions.Refused):
                messages.error(request, sessions.SENT_BEFORE)
            return access.redirect("workshops:entry", number)
    values = {
        "session": session, "questions": questions, "wrong": wrong, "typed": request.POST,
        "key": request.POST.get("key") or sessions.new_key(),
    }  # fmt: skip
    return render(request, "workshops/entry.html", values, status=422 if wrong else 200)
