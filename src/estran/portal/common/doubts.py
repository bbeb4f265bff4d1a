"""Values out of the ordinary: a form asks « vraiment ? » before it takes them. Thresholds, sentences: oddities.csv."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from statistics import median
from typing import Any

from django import forms

from estran.common import formatting
from estran.common.language import _
from estran.common.shipped import rows_by_code
from estran.importing.inspection import Oddity, oddity_limits
from estran.importing.inspection_text import describe_oddity

Doubt = tuple[str | None, Oddity]  # the field it is about, if it is about one


class AsksTwice(forms.BaseForm):
    """A form that takes values out of the ordinary only once a person has said that they are right.

    What was confirmed is these very doubts: another value asks again. The macro `sure` shows the box to tick.
    """

    sure_of = ""  # what there is to confirm, as one word

    def doubts(self, given: dict[str, Any]) -> Iterable[Doubt]:
        """What is out of the ordinary in valid values."""
        return ()

    def clean(self) -> dict[str, Any]:
        """Ask once about each doubt."""
        given = super().clean() or {}
        asked = [] if self.errors else [doubt for doubt in self.doubts(given) if _asks(doubt[1].code)]
        texts = [(field, _sentence(odd)) for field, odd in asked]
        if texts:
            self.sure_of = hashlib.sha256("".join(text for _field, text in texts).encode()).hexdigest()[:16]
            if self.data.get("sure") != self.sure_of:
                for field, text in texts:
                    self.add_error(field if field in self.fields else None, text)
        return given


def _asks(code: str) -> bool:
    """Somebody has to confirm it; others are only shown."""
    return rows_by_code("oddities")[code]["asks"] == "yes"


def _sentence(odd: Oddity) -> str:
    advice = describe_oddity(odd)
    return _("{what} : vraiment ? {remedy}").format(what=advice.what, remedy=advice.remedy)


def other_year(purchases: Mapping[str, int], year: int) -> list[Oddity]:
    """A list that seems to be of another year than the one it is sent for, by the years of its purchases."""
    silent, least = oddity_limits()["other_year"]
    rows = sum(purchases.values())
    newest = max(map(int, purchases), default=year)
    odd = []
    if rows >= least and newest < year - silent:
        odd.append(Oddity("other_year", {"newest": str(newest), "year": str(year)}))
    if later := sum(number for bought, number in purchases.items() if int(bought) > year):
        odd.append(Oddity("later_purchases", {"quantity": later, "year": str(year)}))
    return odd


def huge_count(label: str, quantity: float, people: float = 0) -> list[Oddity]:
    """More things of a kind than people could use, or very many where nobody counted the people."""
    huge, _least = oddity_limits()["huge_count"]
    each, least = oddity_limits()["computers_per_person"]
    odd = quantity >= least and quantity > each * people if people else quantity >= huge
    return [Oddity("huge_count", {"label": label, "quantity": quantity})] if odd else []


def headcount_moved(who: str, value: float, before: float, on: str) -> list[Oddity]:
    """A head count many times smaller or larger than the one known before it, of a date."""
    times, least = oddity_limits()["headcount_moved"]
    if min(value, before) < least or max(value, before) / min(value, before) < times:
        return []
    return [Oddity("headcount_moved", {"people": who, "value": value, "before": before, "date": on})]


def future_year(year: int, today: int) -> list[Oddity]:
    """A year that has not begun."""
    return [Oddity("future_year", {"year": str(year)})] if year > today else []


def times_median(ours: float, published: Collection[float], unit: str) -> list[Oddity]:
    """A figure per person many times that of comparable organisations, or of their publications."""
    times, _least = oddity_limits()["times_median"]
    middle = median(published) if published else 0
    if not middle or ours < times * middle:
        return []
    texts = {name: formatting.quantity(value, unit) for name, value in (("ours", ours), ("median", middle))}
    return [Oddity("times_median", {"ratio": ours / middle, **texts})]
