"""The words that people write and read: limits, texts of choices and units, headers that name a person.

Read from the tables of catalogue/schema: limits.csv, choices.csv, personal.csv.
"""

import re
from functools import cache, lru_cache
from unicodedata import combining, normalize

from estran.common.shipped import text_rows


@cache
def limit(name: str) -> int:
    """One of the limits of limits.csv."""
    return {row["limit"]: int(row["value"]) for row in text_rows("limits")}[name]


@cache
def written_forms() -> dict[str, dict[str, str]]:
    """choices.csv: kind (a choice, a unit…) → text as written, lower case without accents → code."""
    kinds: dict[str, dict[str, str]] = {}
    for row in text_rows("choices"):
        for text in row["written"].split("|"):
            kinds.setdefault(row["kind"], {})[text] = row["code"]
    return kinds


@cache
def choice_labels(kind: str) -> dict[str, str]:
    """choices.csv: code → how pages show it in French, for a kind like `purchases.origin` or `boolean`."""
    return {row["code"]: row["label_fr"] for row in text_rows("choices") if row["kind"] == kind and row["label_fr"]}


def plain_text(text: str) -> str:
    """A text as DuckDB's strip_accents(lower(…)) makes it: how the import compares what cells hold."""
    return "".join(sign for sign in normalize("NFD", text.lower()) if not combining(sign))


@lru_cache(maxsize=100_000)
def text_key(text: str) -> str:
    """A header or label as compared: lower case, no accent, one space for any other sign."""
    plain = normalize("NFKD", text.replace("\ufeff", "").replace("\u2019", "'")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", plain.lower()).strip()
