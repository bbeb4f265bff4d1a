"""What people write in a free spreadsheet where a number or a date is expected: SQL on the texts of a sheet.

The words are lines of catalogue/schema/choices.csv, kinds `count`, `about_count`, `about`, `not_a_count`, `month`.
"""

from __future__ import annotations

import re

from estran.common.sql import quoted
from estran.common.vocabulary import written_forms

_NUMBER = r"\d{1,3}(?: \d{3})+|\d+"
_YEAR, _MONTH = r"^(?:19|20)\d\d$", r"^\d{1,2}[/. -](?:19|20)\d\d$"
_SCHOOL_YEAR = r"^((?:19|20)\d\d) ?[-/] ?((?:19|20)\d\d)$"


def count(text: str) -> str:
    """How many things: « 15 PC », « 15 (dont 3 HS) », « dix », « environ 30 », « une vingtaine de PC ».

    Another text stays as it is, for a person to correct.
    """
    number = rf"^{_about()}(?:[x×] ?)?({_NUMBER})(?: ?[a-z. ]+| ?\(.*\))?$"
    spelled = rf"^{_about()}(?:une )?({_any('count')}|{_any('about_count')})(?: [a-z. ]+)?$"
    words, said = _map(written_forms()["count"] | written_forms()["about_count"]), _plain(text)
    return f"coalesce(replace({_part(said, number, 1)}, ' ', ''), {words}[{_part(said, spelled, 1)}], {text})"


def is_about(text: str) -> str:
    """Whether the number is only about right."""
    shape = rf"^(?:{_any('about')}|[~≈])|^(?:une )?(?:{_any('about_count')})(?: |$)"
    return f"coalesce(regexp_matches({_plain(text)}, {quoted(shape)}), false)"


def counted_label(label: str) -> tuple[str, str]:
    """The number of things that a label says, NULL when it says none, and the label without it.

    « 15 PC fixes », « 3 x imprimantes », « Tablettes (12) », « Écrans : 8 »; not « 22 pouces », a measure.
    """
    first = r"^(\d{1,4}) ?(?:[x×*] ?| )(\pL.*)$"
    last = r"^(.*[^\s:(x×])(?:\s+\((\d{1,4})\)|\s*:\s*(\d{1,4})|\s+[x×] ?(\d{1,2}))$"
    measure = rf"^\d+ ?(?:{_any('not_a_count')})(?:[^a-z]|$)"
    counts = f"NOT regexp_matches({_plain(label)}, {quoted(measure)})"
    leading = [f"CASE WHEN {counts} THEN {_part(label, first, group)} END" for group in (1, 2)]
    trailing = [_part(label, last, group) for group in (2, 3, 4)]
    return (
        f"coalesce({leading[0]}, {', '.join(trailing)})",
        f"coalesce({leading[1]}, {_part(label, last, 1)}, {label})",
    )


def date(text: str) -> str:
    """« 12 mars 2020 »; the middle of a month, of a year, of a school year. Another text stays as it is."""
    said, shape = _plain(text), rf"^(?:(\d{{1,2}})(?:er)? )?({_any('month')})\.? ((?:19|20)\d\d)$"
    month = f"{_map(written_forms()['month'])}[{_part(said, shape, 2)}]"
    first, second = (f"TRY_CAST({_part(said, _SCHOOL_YEAR, group)} AS INT)" for group in (1, 2))
    return (
        f"CASE WHEN regexp_matches({text}, '{_YEAR}') THEN {text} || '-07-01'"
        f" WHEN regexp_matches({text}, '{_MONTH}') THEN '15/' || translate({text}, '.- ', '///')"
        f" WHEN {month} IS NOT NULL"
        f" THEN coalesce({_part(said, shape, 1)}, '15') || '/' || {month} || '/' || {_part(said, shape, 3)}"
        f" WHEN {first} + 1 = {second} THEN CAST({second} AS VARCHAR) || '-01-01'"
        f" ELSE {text} END"
    )


def is_partial(text: str) -> str:
    """Whether a date is only a year, a month or a school year."""
    shape = rf"{_YEAR}|{_MONTH}|{_SCHOOL_YEAR}|^(?:{_any('month')})\.? (?:19|20)\d\d$"
    return f"coalesce(regexp_matches({_plain(text)}, {quoted(shape)}), false)"


def _plain(text: str) -> str:
    """SQL: lower case, no accent, one space between words."""
    return rf"trim(regexp_replace(strip_accents(lower({text})), '[\s\x{{a0}}\x{{202f}}]+', ' ', 'g'))"


def _part(text: str, pattern: str, group: int) -> str:
    """SQL: a group of a pattern, NULL when there is none."""
    return f"nullif(regexp_extract({text}, {quoted(pattern)}, {group}), '')"


def _any(kind: str) -> str:
    """The texts of a kind as alternatives of a pattern, the longest first."""
    return "|".join(sorted(map(re.escape, written_forms()[kind]), key=len, reverse=True))


def _about() -> str:
    return f"(?:(?:{_any('about')}|[~≈]) ?)?"


def _map(words: dict[str, str]) -> str:
    return "MAP {" + ", ".join(f"{quoted(word)}: {quoted(code)}" for word, code in words.items()) + "}"
