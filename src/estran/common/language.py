"""Texts a user reads: written in French in the code, translated by gettext (locale/en/…/estran.po)."""

from __future__ import annotations

import gettext
import io
import os
from pathlib import Path

LANGUAGES = ("fr", "en")
_translations: gettext.NullTranslations = gettext.NullTranslations()
_language = "fr"


def use_language(language: str | None = None) -> str:
    """Set the language of every later message; without one, LANG decides, and French is the default."""
    global _translations, _language
    wanted = (language or os.environ.get("LC_ALL") or os.environ.get("LANG") or "fr")[:2].lower()
    _translations = _english() if wanted == "en" else gettext.NullTranslations()
    _language = "en" if wanted == "en" else "fr"
    return _language


def current_language() -> str:
    """The language in use: fr or en."""
    return _language


def _english() -> gettext.NullTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    path = Path(__file__).parent.parent / "locale" / "en" / "LC_MESSAGES" / "estran.po"
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale="en"))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _(message: str) -> str:
    """The message in the language in use."""
    return _translations.gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The message for n things in the language in use; in French none is singular too."""
    return _translations.ngettext(singular, plural, 1 if _language == "fr" and n == 0 else n)
