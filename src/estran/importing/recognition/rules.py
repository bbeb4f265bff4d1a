"""The rules that lead from a text to an item type: lines of catalogue/imports/label_rules.csv.

A rule reads labels (the words of the trade) or models (the names that makers give); it may name a maker or a kind of
list. A weak rule reads a word that says little (« PC », « ordinateur »): it serves only where nothing else is known.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from estran.common.shipped import text_rows
from estran.common.vocabulary import text_key

# What another word brings along: « avec sacoche » says nothing of what the thing is.
_ALONG = re.compile(
    r"(?:\+|&|(?<![a-z])(?:avec|with|incl\w*|y compris|mit|con|et sa|et son|et ses)\s).*", re.IGNORECASE
)


@dataclass(frozen=True, eq=False)
class Rule:
    """A line of label_rules.csv; those that say the same make one, whose pattern finds any of their texts."""

    rank: int
    kind: str
    makers: tuple[str, ...]
    pattern: re.Pattern[str]
    item_type: str
    flag: str
    weak: bool
    label_only: bool

    @property
    def is_accessory(self) -> bool:
        """What the label names goes with another thing, or is none of the catalogue: it says so whatever the model."""
        return self.rank >= 2

    def reads_code(self, text: str) -> bool:
        """What it reads in the text is a code, not words alone."""
        hit = self.pattern.search(text)
        return hit is not None and re.search(r"\d", hit.group()) is not None

    def is_of(self, everything: str) -> bool:
        """One of its makers is named, or it names none."""
        return not self.makers or any(f" {name} " in f" {everything} " for name in self.makers)


@cache
def _rules(column: str) -> list[Rule]:
    """The rules on `label` or on `model`; those that say the same description make one pattern, longest text first."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in text_rows("label_rules"):
        if row[column]:
            same = ("rank", "kind", "manufacturer", "item_type", "flag", "weak", "label_only")
            groups.setdefault(tuple(row[name] for name in same), []).append(row[column])
    return [
        Rule(
            int(rank or 0),
            kind,
            tuple(manufacturer.split("|")) if manufacturer else (),
            _words(sorted(patterns, key=len, reverse=True), whole=column == "label"),
            item_type,
            flag,
            weak == "yes",
            label_only == "yes",
        )
        for (rank, kind, manufacturer, item_type, flag, weak, label_only), patterns in groups.items()
    ]


def _words(patterns: Sequence[str], whole: bool = True) -> re.Pattern[str]:
    """The patterns as whole words; a model may go on after its pattern (`proliant dl` + `380`)."""
    return re.compile(r"(?<![a-z0-9])(?:" + "|".join(patterns) + ")" + (r"(?![a-z0-9])" if whole else ""))


@cache
def _by_maker(column: str) -> tuple[tuple[Rule, ...], dict[str, list[Rule]]]:
    """The rules that name no maker, and those that do by the first word of its names."""
    named: dict[str, list[Rule]] = {}
    for rule in _rules(column):
        for first in {name.split()[0] for name in rule.makers}:
            named.setdefault(first, []).append(rule)
    return tuple(rule for rule in _rules(column) if not rule.makers), named


@lru_cache(maxsize=200_000)
def _fitting(column: str, text: str, kind: str, makers: frozenset[str]) -> tuple[Rule, ...]:
    """The rules found in a text, most specific first: highest rank, not weak, naming the maker, the kind, longest.

    makers: the words that may name one.
    """
    general, named = _by_maker(column)
    asked = dict.fromkeys((*general, *(rule for word in sorted(makers) for rule in named[word])))
    fitting: list[tuple[tuple[int, bool, bool, bool, int], Rule]] = []
    for rule in asked:
        if rule.kind in ("", kind) and (hit := rule.pattern.search(text)):
            length = len(hit.group())
            fitting.append(((rule.rank, not rule.weak, bool(rule.makers), bool(rule.kind), length), rule))
    return tuple(rule for _worth, rule in sorted(fitting, key=lambda one: one[0], reverse=True))


def _found(column: str, text: str, everything: str, kind: str) -> tuple[Rule, ...]:
    return _fitting(column, text, kind, frozenset(set(everything.split()) & _by_maker(column)[1].keys()))


def find_rule(column: str, text: str, everything: str, kind: str) -> Rule | None:
    """The most specific rule found in a text; `everything` names its maker; on models, of the kind of list."""
    for rule in _found(column, text, everything, kind):
        if rule.is_of(everything) and (column == "label" or is_listed(rule.item_type, kind)):
            return rule
    return None


def find_word(model: str, everything: str, kind: str) -> Rule | None:
    """The most specific word of labels found in a model (« Ecran tactile 15 »), but those that say nothing there."""
    for rule in _found("label", model, everything, kind):
        if not (rule.weak or rule.label_only) and is_listed(rule.item_type, kind):
            return rule
    return None


def main_words(label: str) -> str:
    """A label as compared, without what comes along with the thing (« PC portable + sacoche » → `pc portable`)."""
    return text_key(_ALONG.sub("", label)) or text_key(label)


@cache
def is_listed(item_type: str, kind: str) -> bool:
    """A list of that kind may hold that type; one without kind holds any."""
    admitted = next((row["item_types"] for row in text_rows("list_kinds") if row["kind"] == kind), "")
    return re.match(admitted, item_type) is not None


def find_list_kind(file_name: str) -> str:
    """The kind of list that a file name announces (`glpi_ordinateurs.csv` → computer); empty for none, or several."""
    words = text_key(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", file_name)).split()
    kinds = {row["kind"] for row in text_rows("list_kinds") if set(words) & set(row["file_words"].split("|"))}
    return kinds.pop() if len(kinds) == 1 else ""
