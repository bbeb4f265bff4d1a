"""What every page shares: the template environment, with figures written as in the report, and private caching."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from jinja2 import Environment, StrictUndefined

from estran import __version__
from estran.catalogue import labels
from estran.common import formatting, language
from estran.common.language import _
from estran.portal.common.languages import in_language, other_language
from estran.reporting.chapters import missing, summary
from estran.reporting.figures import Figures, within_sentence
from estran.reporting.writers.html_writer import write_blocks


def environment(**options: Any) -> Environment:
    """The environment of the templates: texts through `_`, figures and charts of the report, `url` and `static`."""
    own = {"undefined": StrictUndefined, "extensions": ["jinja2.ext.i18n"], "finalize": in_language}
    environment = Environment(**options | own)
    environment.install_gettext_callables(_, language.ngettext, newstyle=True)  # type: ignore[attr-defined]
    write = Figures("")
    environment.filters |= {
        "quantity": write.quantity, "number": write.number, "count": formatting.count, "percent": write.percent,
        "unit_text": write.unit_text, "column_unit": formatting.column_unit, "cell": write.cell,
        "signed": write.signed, "between": write.between, "within_sentence": within_sentence,
        "extent": lambda row, unit: write.range(row["low"], row["high"], unit), "day": day, "moment": moment,
    }  # fmt: skip
    environment.globals |= {
        "url": lambda name, *args, **kwargs: reverse(name, args=args, kwargs=kwargs),
        "static": static,
        "messages_of": get_messages,
        "words": labels,
        "blocks": write_blocks,
        "chapters": summary,
        "missing": missing,
        "version": __version__,
        "language": language.current_language, "other_language": other_language,
        # What a page has without a request (an error of the server); the context of a request goes over it.
        "request": None, "access": None, "signed_in": False, "section": "", "menu": menu,
    }  # fmt: skip
    return environment


def context(request: HttpRequest) -> dict[str, Any]:
    """What every template knows: the access of this page, if it belongs to an organisation."""
    return {"access": getattr(request, "access", None), "signed_in": request.user.is_authenticated}


def menu(request: HttpRequest, section: str) -> list[dict[str, Any]]:
    """The menu of an organisation: four or five doors, and the pages behind the one where `section` is.

    Each has its label, its address, and whether it is `current`: the page shown is this one, or one below it.
    """
    access = request.access
    doors: list[tuple[str, dict[str, str]]] = [
        (_("Accueil"), {"home": _("Accueil")}),
        (_("Empreinte"), {
            "results:runs": _("Bilans"), "collection:campaigns": _("Collecte"), "years:years": _("Années"),
            "indicators:indicators": _("Indicateurs"), "registers": _("Registres"),
            "overlays:corrections": _("Corrections"), "overlays:values": _("Nos valeurs"),
        }),
        (_("Démarche"), {
            "plan:strategy": _("Stratégie"), "plan:actions": _("Actions"), "diagnostic:charter": _("Charte"),
            "diagnostic:diagnostics": _("Diagnostic"), "workshops:visions": _("Vision"),
            "requests:requests": _("Demandes"),
        }),
    ]  # fmt: skip
    if access.manages:
        doors.append((_("Publier"), {"publishing:index": _("Données ouvertes"), "assembly:reports": _("Rapports")}))
    people = {"organisations:people": _("Personnes")} if access.administers else {}
    tasks = {"structure:tasks": _("Qui fait quoi")} if access.manages else {}
    doors.append((_("Organisation"), {
        "structure:who": _("Qui nous sommes"), "structure:entities": _("Directions et sites"),
        "structure:schools": _("Établissements"), **tasks, **people,
    }))  # fmt: skip
    entries = []
    for label, names in doors:
        pages = [
            {"label": text, "address": access.url(name), "current": name == section} for name, text in names.items()
        ]
        entries.append({**pages[0], "label": label, "current": section in names, "pages": pages})
    return entries


def day(value: date | datetime | str | None) -> str:
    """A date as people write it: « 31 décembre 2025 »."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return formatting.day(value if isinstance(value, str) else value.isoformat()[:10])


def moment(value: datetime | None) -> str:
    """A date with its hour: « 31 décembre 2025 à 14 h 05 »."""
    if value is None:
        return "–"
    return _("{day} à {hour}").format(day=day(value), hour=timezone.localtime(value).strftime("%H\u00a0h\u00a0%M"))


def private(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Pages of the portal stay out of shared caches, those of someone signed in out of all; no sensor of the device."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store" if request.user.is_authenticated else "private, no-cache"
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response

    return middleware
