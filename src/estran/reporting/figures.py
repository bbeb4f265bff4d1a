"""Figures of a document in one language: cells of a column, intervals, what weighs most."""

from collections.abc import Iterable, Sequence
from functools import partial
from math import ceil, floor, log10
from typing import Any

from estran.common import formatting
from estran.common.formatting import Step
from estran.common.language import _

Row = dict[str, Any]
Unit = tuple[str, float]  # of a column, and its size in the unit of the files: what `column_unit` gives
NONE = "–"


def with_unit(caption: str, unit: str) -> str:
    """The caption of a table whose figures are in one unit."""
    return f"{caption} ({unit})"


class Figures:
    """The functions of `formatting` in one language, and figures of rows with mean, low and high."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.quantity = partial(formatting.quantity, lang=lang)
        self.number = partial(formatting.number, lang=lang)
        self.percent = partial(formatting.percent, lang=lang)
        self.unit_text = partial(formatting.unit_text, lang=lang)
        self.interval = partial(formatting.interval, lang=lang)

    def at_most(self, bound: float, unit: str) -> str:
        """A bound with its unit, two digits rounded up: nothing that stays under it may be above what is read."""
        place = 10.0 ** (floor(log10(bound)) - 1) if bound > 0 else 1.0
        return self.quantity(ceil(bound / place - 1e-9) * place, unit)

    def count(self, value: float | None) -> str:
        """A number of things; a dash when it is not known."""
        return NONE if value is None else formatting.count(value, self.lang)

    def day(self, date: str | None) -> str:
        """A date in full, or that it is not known."""
        return formatting.day(date, self.lang) if date else _("date inconnue")

    def column(self, values: Iterable[float | None], unit: str) -> tuple[Unit, str]:
        """The unit of a column, and how its head says it."""
        scale = formatting.column_unit([value for value in values if value is not None], unit)
        return scale, self.unit_text(scale[0])

    def step(self, total: float, unit: str, digits: int = 3) -> Step:
        """The step of figures beside a total: three digits of it in sentences, one more in tables from 1 000 on."""
        return formatting.step_beside(total, unit, self.lang, digits)

    def cell(self, value: float | None, unit: Unit, digits: int = 2) -> str:
        """A figure in the unit of its column."""
        return formatting.cell(value, unit[1], self.lang, digits)

    def total(self, value: float | None, unit: Unit) -> str:
        """A total beside its causes: one digit more, for the sum to be followed."""
        return self.cell(value, unit, digits=3)

    def signed(self, value: float | None, unit: Unit) -> str:
        """A change in the unit of its column, with its sign."""
        return formatting.signed(value, unit[1], self.lang)

    def range(self, low: float | None, high: float | None, unit: Unit) -> str:
        """The 95 % interval in a cell: « 3 300 à 5 100 »."""
        if low is None or high is None:
            return NONE
        return _("{low} à {high}").format(low=self.cell(low, unit), high=self.cell(high, unit))

    def between(self, row: Row, unit: str) -> str:
        """The interval alone, beside the figure: « entre 3 300 et 5 100 »; nothing when it is not known."""
        return self.interval(row["mean"], row["low"], row["high"], unit).partition(", ")[2]

    def whole(self, row: Row, unit: str) -> str:
        """The figure and its interval in one clause."""
        return self.interval(row["mean"], row["low"], row["high"], unit)

    def leaders(self, rows: Sequence[Row], most: int = 3) -> str:
        """The named rows that weigh most: « poste de travail (50 %), réseau (18 %) et impression (8 %) »."""
        named = [row for row in rows if row["code"]][:most]
        texts = [f"{within_sentence(str(row['label']))}\u00a0({self.percent(row['share'])})" for row in named]
        if len(texts) == 1:
            return texts[0]
        return _("{first} et {last}").format(first=", ".join(texts[:-1]), last=texts[-1])


def within_sentence(text: str) -> str:
    """A label within a sentence; acronyms keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
