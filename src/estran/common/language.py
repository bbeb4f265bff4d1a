"""Texts a user reads: written in French in the code, in English in locale/en/…/estran.po.

The .po file is read as it is: no compiled copy to keep in step, and no library to load for it.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("fr", "en")
ENGLISH = Path(__file__).parent.parent / "locale" / "en" / "LC_MESSAGES" / "estran.po"
Translations = dict[str, tuple[str, ...]]  # French text → English text, or its singular and plural

_language = "fr"  # of the process
_own: ContextVar[str] = ContextVar("language", default="")  # of one request, over that of the process


def use_language(language: str | None = None) -> str:
    """Set the language of every later message; without one, LANG decides, and French is the default."""
    global _language
    wanted = (language or os.environ.get("LC_ALL") or os.environ.get("LANG") or "fr")[:2].lower()
    _language = "en" if wanted == "en" else "fr"
    return _language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Every message of this thread in a language, whatever that of the process, until the end."""
    before = _own.set(language)
    try:
        yield
    finally:
        _own.reset(before)


def current_language() -> str:
    """The language in use: fr or en."""
    return _own.get() or _language


@cache
def read_translations() -> Translations:
    """The English of every text; those without any are left out."""
    translations: Translations = {}
    for entry in ENGLISH.read_text(encoding="utf-8").split("\n\n"):
        strings: dict[str, str] = {}
        for line in entry.splitlines():
            if line.startswith("msg"):
                keyword, _space, line = line.partition(" ")
            if line.startswith('"'):
                strings[keyword] = strings.get(keyword, "") + json.loads(line)  # quoted like a JSON string
        forms = tuple(text for keyword, text in strings.items() if keyword.startswith("msgstr"))
        if forms and all(forms):
            translations[strings["msgid"]] = forms
    return translations


def _(message: str) -> str:
    """The message in the language in use."""
    if current_language() == "fr":
        return message
    return read_translations().get(message, (message,))[0]


def ngettext(singular: str, plural: str, n: int) -> str:
    """The message for n things in the language in use; in French none is singular too."""
    if current_language() == "fr":
        return singular if n in (0, 1) else plural
    return read_translations().get(singular, (singular, plural))[0 if n == 1 else -1]


def colon(label: str, text: str) -> str:
    """A label and what is said of it: « label : text »."""
    return _(" : ").join((label, text))
