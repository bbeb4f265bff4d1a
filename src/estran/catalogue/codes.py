"""Codes as people write them: a code or its label, in French or in English, and what comes near when neither is known.

No command guesses: a text that names nothing is refused, with the nearest names beside their codes.
"""

from collections.abc import Collection, Iterable
from functools import cache

from estran.common.language import _, current_language
from estran.common.shipped import text_rows
from estran.common.vocabulary import text_key

KINDS = {  # what a text names → its tables, with the column of the code
    "criterion": (("criteria", "code"),),
    "item_type": (("item_types", "code"), ("flows", "flow")),
    "stage": (("stages", "stage"),),
    "family": (("families", "family"),),
    "zone": (("zones", "zone"),),
}
SHOWN = 3  # near names offered
_NEAR = 60  # of 100, how much alike two names are at least
_TELLING = 4  # letters of a text that may be a part of a label
_SHORT = 12  # a list that is no longer is given whole


def code_named(kind: str, text: str) -> str:
    """The code that a text names: itself, or that of the label it is; the text as it is written when it names nothing.

    The kind may be any column: one without codes leaves every text as it is.
    """
    codes, written = _codes(kind), text.strip()
    return text if written in codes.values() else codes.get(text_key(written), text)


def describe_code(kind: str, code: str) -> str:
    """A code followed by its label, as `gwp (Changement climatique)`."""
    label = _label(kind, code)
    return f"{code} ({label})" if label and label != code else code


def remedy_near(kind: str, text: str, known: Collection[str]) -> str:
    """What to write in place of a text that names none of these codes: the nearest ones, else all of them if few."""
    near = [describe_code(kind, code) for code in _nearest(kind, text, known)]
    listed = ", ".join(describe_code(kind, code) for code in known) if len(known) <= _SHORT else ""
    if near and listed:
        return _("Le plus proche : {near}. Choisir parmi : {names}.").format(near=near[0], names=listed)
    if near:
        return _("Les plus proches : {near}.").format(near=", ".join(near))
    names = listed or ", ".join(list(known)[:_SHORT]) + ", …"
    return _("Choisir parmi : {names}.").format(names=names)


def _nearest(kind: str, text: str, known: Collection[str]) -> list[str]:
    """The codes whose code or label is most like a text, best first."""
    from rapidfuzz import fuzz

    words = text_key(text)

    def likeness(code: str) -> float:
        label = text_key(_label(kind, code))
        within = fuzz.partial_ratio(words, label) if len(words) >= _TELLING else 0
        return max(fuzz.ratio(words, code.lower()), fuzz.ratio(words, label), 0.95 * within)

    ranked = sorted(((likeness(code), code) for code in known), key=lambda one: (-one[0], one[1]))
    return [code for score, code in ranked[:SHOWN] if score >= _NEAR]


def _label(kind: str, code: str) -> str:
    return _labels(kind, current_language()).get(code, "")


@cache
def _labels(kind: str, lang: str) -> dict[str, str]:
    return {row[key]: row[f"label_{lang}"] for row, key in _rows(kind)}


@cache
def _codes(kind: str) -> dict[str, str]:
    """The code of each label, of both languages, and of each code."""
    every = list(_rows(kind))
    by_label = {text_key(row[f"label_{lang}"]): row[key] for row, key in every for lang in ("en", "fr")}
    return by_label | {text_key(row[key]): row[key] for row, key in every}


def _rows(kind: str) -> Iterable[tuple[dict[str, str], str]]:
    """The rows of the tables of a kind, each with the column of its code; parts stand among the words."""
    if kind == "part":
        yield from ((row, "code") for row in text_rows("words") if row["kind"] == "part")
    for table, key in KINDS.get(kind, ()):
        yield from ((row, key) for row in text_rows(table))
