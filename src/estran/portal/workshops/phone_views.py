"""The pages of participants: no account, no name. Each works without script; with it, what is not sent waits."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from estran.common.language import _
from estran.portal.diagnostic import assessment
from estran.portal.diagnostic.models import LEVELS, Finding, Question
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Group, Participant, Session, Vision

COOKIE = "atelier"
COOKIE_DAYS = 3
UNKNOWN = "?"
VALUES = {"importance": 3, "practice": 4}  # what a question asks, and its largest value
SENT_BEFORE = _("Cet envoi a déjà servi. Rechargez la page et répondez à nouveau.")
Page = Callable[..., HttpResponse]


@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """Where a code is typed."""
    code = "".join(request.GET.get("code", "").split()).upper()
    if code and Session.objects.filter(code=code).exists():
        return redirect("workshops:join", code)
    return render(request, "workshops/enter.html", {"code": code, "page": ""}, status=404 if code else 200)


def of_session(view: Page) -> Page:
    """Give a page its session; a closed one says so (410), a paused one asks phones to try again (503)."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, code: str, **arguments: Any) -> HttpResponse:
        if code != code.upper():
            return redirect(request.path.replace(code, code.upper()))
        known = Session.objects.select_related("organisation", "diagnostic", "vision", "question")
        session = known.filter(code=code).first()
        if session is None:
            raise Http404
        if session.running:
            try:
                return view(request, session, **arguments)
            except sessions.Over:
                session.refresh_from_db()
        status = 410 if session.closed else 503
        return render(request, "workshops/halt.html", {"session": session, "page": ""}, status=status)

    return guarded


def of_participant(view: Page) -> Page:
    """Give a page its session and its participant; who has not joined goes to the entrance."""

    @of_session
    @wraps(view)
    def guarded(request: HttpRequest, session: Session, **arguments: Any) -> HttpResponse:
        who = sessions.participant(session, request.COOKIES.get(COOKIE, ""))
        if who is None:
            return redirect("workshops:join", session.code)
        return view(request, session, who, **arguments)

    return guarded


@of_session
def join(request: HttpRequest, session: Session) -> HttpResponse:
    """The entrance: what is kept and what is not; then the page the room is on."""
    who = sessions.participant(session, request.COOKIES.get(COOKIE, ""))
    if who:
        return redirect(_now(session, who))
    directorates = sessions.directorates(session)
    if request.method == "POST":
        token = request.POST.get("token", "")
        if len(token) < 20:
            token = secrets.token_urlsafe(24)
        number = request.POST.get("directorate", "")
        entity = directorates.filter(pk=number).first() if number.isdecimal() else None
        try:
            who = sessions.join(session, token, entity)
        except sessions.Refused:
            return _refused(request, session, _("Cet atelier est complet."))
        response = redirect(_now(session, who))
        response.set_cookie(
            COOKIE, token, max_age=COOKIE_DAYS * 24 * 3600, path=f"/a/{session.code}/", httponly=True,
            samesite="Lax", secure=request.is_secure(),
        )  # fmt: skip
        return response
    values = {"session": session, "directorates": directorates, "token": secrets.token_urlsafe(24), "page": ""}
    return render(request, "workshops/join.html", values)


def _now(session: Session, who: Participant) -> str:
    """The address of what the room is on: the question on the screen, else the first not answered."""
    if session.vision:
        return f"/a/{session.code}/{'idees' if session.vision.phase == Vision.IDEAS else 'points'}/"
    asked = sessions.asked(session)
    done = set(who.answers.values_list("question_id", flat=True))
    numbers = {question.pk: number for number, question in enumerate(asked, 1)}
    on_screen = numbers.get(session.question_id or 0)
    if on_screen and session.question_id not in done:
        return f"/a/{session.code}/{on_screen}/"
    first = next((numbers[question.pk] for question in asked if question.pk not in done), None)
    return f"/a/{session.code}/{first}/" if first else f"/a/{session.code}/constats/"


@of_participant
def question(request: HttpRequest, session: Session, who: Participant, question: int) -> HttpResponse:
    """One question: its importance, the practice in the organisation, or « je ne sais pas »."""
    asked = sessions.asked(session)
    if not 1 <= question <= len(asked):
        raise Http404
    shown = asked[question - 1]
    wrong = False
    if request.method == "POST":
        try:
            values = [chosen(request.POST.get(name, ""), most) for name, most in VALUES.items()]
            sessions.answer(who, shown, *values, key=sessions.usable(request.POST.get("key", "")))
            return redirect(f"/a/{session.code}/{'constats' if question == len(asked) else question + 1}/")
        except ValueError:
            wrong = True
        except sessions.Refused:
            return _refused(request, session, SENT_BEFORE)
    mine = who.answers.filter(question=shown).first()
    page = {
        "session": session, "question": shown, "number": question, "asked": asked, "mine": mine, "wrong": wrong,
        "done": set(who.answers.values_list("question_id", flat=True)), "key": sessions.new_key(),
        "importances": assessment.importance_labels(), "page": question,
    }  # fmt: skip
    return render(request, "workshops/question.html", page, status=422 if wrong else 200)


def chosen(text: str, most: int) -> int | None:
    """The value chosen, from 0 to `most`; None for « je ne sais pas ». Errors: ValueError for anything else."""
    if text == UNKNOWN:
        return None
    if not text.isdecimal() or int(text) > most:
        raise ValueError(text)
    return int(text)


@of_participant
def others(request: HttpRequest, session: Session, who: Participant) -> HttpResponse:
    """The values filled in before the session; anyone may ask to discuss one."""
    if session.diagnostic is None:
        raise Http404
    filled = [question for question in sessions.questions(session) if not question.asked]
    if request.method == "POST":
        ticked = request.POST.getlist("discuss")
        sessions.challenge(who, [question for question in filled if str(question.pk) in ticked])
        return redirect(f"/a/{session.code}/merci/")
    findings = assessment.findings_by_code(session.diagnostic)
    values = {
        "session": session, "page": "constats", "asked": sessions.asked(session),
        "done": set(who.answers.values_list("question_id", flat=True)), "key": sessions.new_key(),
        "rows": [(question, level_said(question, findings), evidence(question, findings)) for question in filled],
        "mine": set(who.challenges.values_list("question_id", flat=True)),
    }  # fmt: skip
    return render(request, "workshops/others.html", values)


def level_said(question: Question, findings: dict[str, Finding]) -> str:
    """The level filled in for a question, in its own words."""
    finding = findings.get(question.code)
    level = finding.practice if finding else None
    return question.levels[level] if level is not None and level < LEVELS else _("Je ne sais pas")


def evidence(question: Question, findings: dict[str, Finding]) -> str:
    """The evidence given for what was filled in."""
    return findings[question.code].evidence if question.code in findings else ""


@of_participant
def thanks(request: HttpRequest, session: Session, who: Participant) -> HttpResponse:
    """Everything is sent; the participant may still come back to a question."""
    asked = sessions.asked(session)
    done = set(who.answers.values_list("question_id", flat=True))
    values = {"session": session, "page": "merci", "asked": asked, "done": done}
    return render(request, "workshops/thanks.html", values)


@of_participant
def ideas(request: HttpRequest, session: Session, who: Participant) -> HttpResponse:
    """One idea at a time, and those already sent from this phone."""
    if session.vision is None:
        raise Http404
    wrong = False
    if request.method == "POST":
        try:
            text = " ".join(request.POST.get("text", "").split())[:300]
            sessions.idea(who, session, text, sessions.usable(request.POST.get("key", "")))
            return redirect(f"/a/{session.code}/idees/")
        except ValueError:
            wrong = True
        except sessions.Refused:
            return _refused(request, session, SENT_BEFORE)
    values = {
        "session": session, "wrong": wrong, "key": sessions.new_key(), "page": "idees",
        "mine": who.ideas.all(),
    }  # fmt: skip
    return render(request, "workshops/ideas.html", values, status=422 if wrong else 200)


@of_participant
def points(request: HttpRequest, session: Session, who: Participant) -> HttpResponse:
    """The points a participant has to give, spread over the groups as he likes."""
    if session.vision is None:
        raise Http404
    if session.vision.phase != Vision.POINTS:
        values = {"session": session, "page": "points"}
        return render(request, "workshops/points_wait.html", values)
    groups = list(session.vision.groups.order_by("pk"))
    wrong = False
    if request.method == "POST":
        given = {group: _given(request, group) for group in groups}
        wrong = not 0 < sum(given.values()) <= session.vision.points_each
        if not wrong:
            sessions.give_points(who, given)
            return redirect(f"/a/{session.code}/merci/")
    values = {
        "session": session, "groups": groups, "wrong": wrong, "key": sessions.new_key(), "page": "points",
        "mine": dict(who.points.values_list("group_id", "points")),
    }  # fmt: skip
    return render(request, "workshops/points.html", values, status=422 if wrong else 200)


def _given(request: HttpRequest, group: Group) -> int:
    text = request.POST.get(f"g{group.pk}", "") or "0"
    return int(text) if text.isdecimal() and len(text) < 4 else 1000


def _refused(request: HttpRequest, session: Session, why: str) -> HttpResponse:
    return render(request, "workshops/halt.html", {"session": session, "why": why, "page": ""}, status=409)
