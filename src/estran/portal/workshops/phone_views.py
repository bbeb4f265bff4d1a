"""Pages of participants, without account or name. Each works without script; with it, what cannot be sent waits."""

import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from estran.common.language import _
from estran.portal.common.languages import in_language
from estran.portal.common.views import whole_number
from estran.portal.diagnostic import assessment
from estran.portal.diagnostic.models import LEVELS, Finding, Question
from estran.portal.organisations import throttling
from estran.portal.workshops import sessions
from estran.portal.workshops.models import Group, Participant, Session, Vision

COOKIE = "__Secure-atelier" if settings.HTTPS else "atelier"
COOKIE_DAYS = 3
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")  # of a phone: it goes into a cookie
UNKNOWN = "?"
VALUES = {"importance": 3, "practice": 4}  # what a question asks, and its largest value
View = Callable[..., HttpResponse]


@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """Where a code is typed."""
    code = "".join(request.GET.get("code", "").split()).upper()
    if code and throttling.codes_are_paused(request):
        return _pause(request)
    if code and Session.objects.filter(code=code).exists():
        return redirect("workshops:join", code)
    if code:
        throttling.count_wrong_code(request)
    return render(request, "workshops/enter.html", {"code": code, "page": ""}, status=404 if code else 200)


def _pause(request: HttpRequest) -> HttpResponse:
    """Too many codes that do not exist came from this network; whoever has joined goes on."""
    return render(request, "workshops/paused.html", {"page": ""}, status=429)


def _joined(request: HttpRequest, session: Session) -> Participant | None:
    return sessions.find_participant(session, request.COOKIES.get(COOKIE, ""))


def session_required(view: View) -> View:
    """Give a view its session; a closed one answers 410, a paused one 503: phones try again; a refusal is 409."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, code: str, **arguments: Any) -> HttpResponse:
        if code != code.upper():
            return redirect(request.path.replace(code, code.upper()))
        open_sessions = Session.objects.select_related("organisation", "diagnostic", "vision", "question")
        session = open_sessions.filter(code=code).first()
        if throttling.codes_are_paused(request) and not (session and _joined(request, session)):
            return _pause(request)
        if session is None:
            throttling.count_wrong_code(request)
            raise Http404
        if session.running:
            try:
                return view(request, session, **arguments)
            except sessions.Refused as refusal:
                values = {"session": session, "why": str(refusal), "page": ""}
                return render(request, "workshops/halt.html", values, status=409)
            except sessions.SessionClosed:
                session.refresh_from_db()
        status = 410 if session.closed else 503
        return render(request, "workshops/halt.html", {"session": session, "page": ""}, status=status)

    return guarded


def participant_required(view: View) -> View:
    """Give a view its session and its participant; a phone that has not joined is sent to the entrance."""

    @session_required
    @wraps(view)
    def guarded(request: HttpRequest, session: Session, **arguments: Any) -> HttpResponse:
        participant = _joined(request, session)
        if participant is None:
            return redirect("workshops:join", session.code)
        return view(request, session, participant, **arguments)

    return guarded


@session_required
def join(request: HttpRequest, session: Session) -> HttpResponse:
    """The entrance, which says what is kept; then the page that the room is on."""
    participant = _joined(request, session)
    if participant:
        return redirect(_current_address(session, participant))
    directorates = sessions.directorates(session)
    if request.method == "POST":
        token = request.POST.get("token", "")
        token = token if TOKEN.fullmatch(token) else secrets.token_urlsafe(24)
        entity = directorates.filter(pk=whole_number(request.POST.get("directorate", ""))).first()
        participant = sessions.join_session(session, token, entity)
        response = redirect(_current_address(session, participant))
        response.set_cookie(
            COOKIE, token, max_age=COOKIE_DAYS * 24 * 3600, path=f"/a/{session.code}/", httponly=True,
            samesite="Lax", secure=request.is_secure(),
        )  # fmt: skip
        return response
    values = {"session": session, "directorates": directorates, "token": secrets.token_urlsafe(24), "page": ""}
    return render(request, "workshops/join.html", values)


def _current_address(session: Session, participant: Participant) -> str:
    """The address of the page that the room is on: the question on the screen, else the first not answered."""
    if session.vision:
        return f"/a/{session.code}/{'idees' if session.vision.phase == Vision.IDEAS else 'points'}/"
    questions = sessions.asked_questions(session)
    answered = set(participant.answers.values_list("question_id", flat=True))
    left = [question for question in questions if question.pk not in answered]
    shown = next((question for question in left if question.pk == session.question_id), left[0] if left else None)
    return f"/a/{session.code}/{questions.index(shown) + 1 if shown else 'constats'}/"


@participant_required
def question(request: HttpRequest, session: Session, participant: Participant, question: int) -> HttpResponse:
    """One question, by its place from 1: importance and practice in the organisation, or « je ne sais pas »."""
    questions = sessions.asked_questions(session)
    if not 1 <= question <= len(questions):
        raise Http404
    current = questions[question - 1]
    wrong = request.method == "POST"
    if wrong:
        with suppress(ValueError):
            choices = [parse_choice(request.POST.get(name, ""), most) for name, most in VALUES.items()]
            sessions.save_answer(participant, current, *choices, key=sessions.check_key(request.POST.get("key", "")))
            return redirect(f"/a/{session.code}/{'constats' if question == len(questions) else question + 1}/")
    answer = participant.answers.filter(question=current).first()
    values = _navigation(session, participant, question) | {
        "question": current, "answer": answer, "wrong": wrong, "importances": assessment.importance_labels(),
    }  # fmt: skip
    return render(request, "workshops/question.html", values, status=422 if wrong else 200)


def _navigation(session: Session, participant: Participant, page: int | str) -> dict[str, Any]:
    """The context of the pages of a diagnostic session: its questions, and those that the participant answered."""
    return {
        "session": session, "page": page, "key": sessions.new_key(), "questions": sessions.asked_questions(session),
        "answered": set(participant.answers.values_list("question_id", flat=True)),
    }  # fmt: skip


def parse_choice(text: str, most: int) -> int | None:
    """The value chosen, from 0 to `most`; None for « je ne sais pas ». Errors: ValueError for anything else."""
    if text == UNKNOWN:
        return None
    if text not in map(str, range(most + 1)):
        raise ValueError(text)
    return int(text)


@participant_required
def others(request: HttpRequest, session: Session, participant: Participant) -> HttpResponse:
    """The values filled in before the session; anyone may ask to discuss one."""
    if session.diagnostic is None:
        raise Http404
    filled = [question for question in sessions.questions_of_session(session) if not question.asked]
    if request.method == "POST":
        ticked = request.POST.getlist("discuss")
        sessions.save_challenges(participant, [question for question in filled if str(question.pk) in ticked])
        return redirect(f"/a/{session.code}/merci/")
    findings = assessment.findings_by_code(session.diagnostic)
    values = _navigation(session, participant, "constats") | {
        "rows": [(question, level_text(question, findings)) for question in filled], "findings": findings,
        "challenged": set(participant.challenges.values_list("question_id", flat=True)),
    }  # fmt: skip
    return render(request, "workshops/others.html", values)


def level_text(question: Question, findings: dict[str, Finding]) -> str:
    """The text of the level filled in for a question."""
    finding = findings.get(question.code)
    level = finding.practice if finding else None
    if level is None or level >= LEVELS:
        return _("Je ne sais pas")
    return str(in_language(question.levels[level]))


@participant_required
def thanks(request: HttpRequest, session: Session, participant: Participant) -> HttpResponse:
    """The last page, when everything is sent; the participant may still come back to a question."""
    return render(request, "workshops/thanks.html", _navigation(session, participant, "merci"))


@participant_required
def ideas(request: HttpRequest, session: Session, participant: Participant) -> HttpResponse:
    """One idea at a time, and those already sent from this phone."""
    if session.vision is None:
        raise Http404
    wrong = request.method == "POST"
    if wrong:
        with suppress(ValueError):
            text = " ".join(request.POST.get("text", "").split())[:300]
            sessions.save_idea(participant, session, text, sessions.check_key(request.POST.get("key", "")))
            return redirect(f"/a/{session.code}/idees/")
    values = {
        "session": session, "wrong": wrong, "key": sessions.new_key(), "page": "idees",
        "sent_ideas": participant.ideas.all(),
    }  # fmt: skip
    return render(request, "workshops/ideas.html", values, status=422 if wrong else 200)


@participant_required
def points(request: HttpRequest, session: Session, participant: Participant) -> HttpResponse:
    """The points of a participant, to give to one group or to several."""
    if session.vision is None:
        raise Http404
    if session.vision.phase != Vision.POINTS:
        return render(request, "workshops/points_wait.html", {"session": session, "page": "points"})
    groups = list(session.vision.groups.order_by("pk"))
    wrong = request.method == "POST"
    if wrong:
        points = {group: _parse_points(request, group) for group in groups}
        if 0 < sum(points.values()) <= session.vision.points_each:
            sessions.save_points(participant, points)
            return redirect(f"/a/{session.code}/merci/")
    values = {
        "session": session, "groups": groups, "wrong": wrong, "key": sessions.new_key(), "page": "points",
        "points": dict(participant.points.values_list("group_id", "points")),
    }  # fmt: skip
    return render(request, "workshops/points.html", values, status=422 if wrong else 200)


def _parse_points(request: HttpRequest, group: Group) -> int:
    text = request.POST.get(f"g{group.pk}", "") or "0"
    return int(text) if text.isdecimal() and len(text) < 4 else 1000
