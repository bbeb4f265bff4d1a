"""The portal in French or in English: the language of a request, and texts that were written before it was known.

The choice of the person (the link at the foot of each page, kept by a cookie) goes before the languages of the browser.
What people typed stays as they wrote it. Labels of forms and texts of the catalogue are known in French first: they are
put into the language of the page when it is written.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.functional import Promise

from estran.common.language import _, current_language, speaking
from estran.common.shipped import translated_texts

CHOICE = "langue"  # of an address: the language that a person chooses


def speak_language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer each request in its language, Django’s own messages too."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.GET.get(CHOICE, "")
        known = dict(settings.LANGUAGES)
        language = chosen if chosen in known else translation.get_language_from_request(request)
        with speaking(language), translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        if chosen in known:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME, language, settings.LANGUAGE_COOKIE_AGE,
                secure=settings.HTTPS, httponly=True, samesite="Lax",
            )  # fmt: skip
        return response

    return middleware


def other_language(request: HttpRequest) -> dict[str, str]:
    """The other language: its code, its name, and the query that shows this page in it."""
    code = "fr" if current_language() == "en" else "en"
    query = request.GET.copy()
    query[CHOICE] = code
    return {"code": code, "name": dict(settings.LANGUAGES)[code], "query": query.urlencode()}


def in_language(value: Any) -> Any:
    """A text that a page writes, in its language where it is one of the catalogue or of the code."""
    if current_language() == "fr" or type(value) is not str:
        return str(value) if isinstance(value, Promise) else value
    text = _(value)
    return text if text != value else translated_texts().get(value, value)


class Renderer(DjangoTemplates):
    """Django’s templates of fields, with the choices of lists in the language of the page."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """The text of a template of Django."""
        for _name, options, _index in context.get("widget", {}).get("optgroups", ()):
            for option in options:
                option["label"] = in_language(str(option["label"]))
        return super().render(template_name, context, request)
