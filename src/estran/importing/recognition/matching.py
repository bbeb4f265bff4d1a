"""From what a fleet list says of a description (label, manufacturer, model) to an item type of the catalogue.

Three states, visible to the user: recognised (exact label or rule), learned (a person's earlier choice), to settle.
Everything is done on distinct texts, never row by row. Rules are lines of catalogue/imports/label_rules.csv.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from estran.common.language import _
from estran.common.shipped import text_rows
from estran.common.vocabulary import text_key
from estran.importing import canonical

RECOGNISED, LEARNED, TO_SETTLE = "recognised", "learned", "to_settle"
_INCHES = re.compile(
    r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?)\s*(?:\"|''|”|″|pouces?\b|po\b|inch(?:es)?\b|in\b)", re.IGNORECASE
)


@dataclass(frozen=True)
class Description:
    """What a list says: its label, manufacturer, model, screen size, and the kind of list (code of list_kinds.csv)."""

    label: str = ""
    manufacturer: str = ""
    model: str = ""
    size: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Candidate:
    """A possible item type for a person to judge: score from 0 to 100, and why."""

    item_type: str
    score: int
    reason: str


@dataclass(frozen=True)
class Match:
    """The item type (empty when to settle), the state, the reason, and a flag: `virtual` or `internal_panel`.

    `how`: the evidence that decided, a code of catalogue/imports/evidence.csv.
    """

    item_type: str
    state: str
    reason: str
    flag: str = ""
    candidates: tuple[Candidate, ...] = ()
    how: str = "unknown"


@dataclass(frozen=True)
class _Rule:
    rank: int
    kind: str
    manufacturer: re.Pattern[str] | None
    pattern: re.Pattern[str]
    item_type: str
    flag: str
    weak: bool


@cache
def item_types() -> dict[str, dict[str, str]]:
    """Item types of the catalogue by code, but for `room`, which is computed and never listed."""
    return {row["code"]: row for row in text_rows("item_types") if row["code"] != "room"}


@cache
def _labels() -> dict[str, str]:
    """Code, French or English label, as compared → code."""
    names = ("code", "label_fr", "label_en")
    return {text_key(row[name]): code for code, row in item_types().items() for name in names}


def find_item_type(text: str) -> str:
    """The item type that a text names by its code or label, or an empty text."""
    return _labels().get(text_key(text), "")


@cache
def _rules(column: str) -> list[_Rule]:
    """The rules on `label` or on `model`; those that say the same description make one pattern, longest text first."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in text_rows("label_rules"):
        if row[column]:
            same = ("rank", "kind", "manufacturer", "item_type", "flag", "weak")
            groups.setdefault(tuple(row[name] for name in same), []).append(row[column])
    return [
        _Rule(
            int(rank or 0),
            kind,
            _words([manufacturer]) if manufacturer else None,
            _words(sorted(patterns, key=len, reverse=True), whole=column == "label"),
            item_type,
            flag,
            weak == "yes",
        )
        for (rank, kind, manufacturer, item_type, flag, weak), patterns in groups.items()
    ]


def _words(patterns: Sequence[str], whole: bool = True) -> re.Pattern[str]:
    """The patterns as whole words; a model may go on after its pattern (`proliant dl` + `380`)."""
    return re.compile(r"(?<![a-z0-9])(?:" + "|".join(patterns) + ")" + (r"(?![a-z0-9])" if whole else ""))


def find_list_kind(file_name: str) -> str:
    """The kind of list a file name announces (`glpi_ordinateurs.csv` → computer), or an empty text."""
    words = text_key(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", file_name)).split()
    for row in text_rows("list_kinds"):
        if any(word in words for word in row["file_words"].split("|")):
            return row["kind"]
    return ""


@lru_cache(maxsize=200_000)
def _fitting(column: str, text: str, kind: str) -> list[_Rule]:
    """The rules found in a text, most specific first: highest rank, then naming the maker, the kind, longest text."""
    allowed = next((row["item_types"] for row in text_rows("list_kinds") if row["kind"] == kind), "")
    fitting: list[tuple[tuple[int, bool, bool, int], _Rule]] = []
    for rule in _rules(column):
        fits = rule.kind in ("", kind) and re.match(allowed, rule.item_type)
        if fits and (hit := rule.pattern.search(text)):
            fitting.append(((rule.rank, rule.manufacturer is not None, bool(rule.kind), len(hit.group())), rule))
    return [rule for _worth, rule in sorted(fitting, key=lambda one: one[0], reverse=True)]


def _by_rule(column: str, text: str, maker: str, kind: str) -> _Rule | None:
    """The most specific rule found in a text whose maker, if it names one, is there."""
    fitting = _fitting(column, text, kind)
    return next((rule for rule in fitting if rule.manufacturer is None or rule.manufacturer.search(maker)), None)


@cache
def _details() -> dict[str, list[tuple[str, str, str]]]:
    """Type → those that are more precise, each from some inches to some others, if they are told by the screen."""
    details: dict[str, list[tuple[str, str, str]]] = {}
    for row in text_rows("type_details"):
        details.setdefault(row["generic"], []).append((row["specific"], row["inches_from"], row["inches_below"]))
    return details


def screen_inches(description: Description, from_digits: bool) -> float | None:
    """Screen diagonal: the size column, else `27"` or `27 pouces` in a text, else a monitor model's first digits."""
    if re.fullmatch(r"\d{1,3}([.,]\d+)?", plain := description.size.strip(' "\u2033\u201d')):
        return float(plain.replace(",", ".")) or None
    if written := _INCHES.search(f"{description.size} {description.model} {description.label}"):
        return float(written.group(1).replace(",", "."))
    digits = re.search(r"\d{2,4}", description.model or description.label) if from_digits else None
    return float(digits.group()[:2]) if digits and 15 <= int(digits.group()[:2]) <= 49 else None


def _sized(item_type: str, description: Description) -> str:
    """The type narrowed by its screen size, when the size is known."""
    ranges = [one for one in _details().get(item_type, []) if one[1] and one[2]]
    size = screen_inches(description, from_digits=item_type == "monitor") if ranges else None
    return next((one for one, low, high in ranges if size and float(low) <= size < float(high)), item_type)


def read_learned_labels(folder: Path | None) -> dict[tuple[str, ...], str]:
    """Choices of an overlay's labels.csv: (label, manufacturer, model) as compared → item type."""
    if folder is None or not (folder / "labels.csv").exists():
        return {}
    table, _faults = canonical.read_small_table(folder / "labels.csv", "labels")
    known = [row for row in table.to_pylist() if row["item_type"] in item_types()]
    names = ("label", "manufacturer", "model")
    return {tuple(text_key(row[name] or "") for name in names): row["item_type"] for row in known}


def match_description(
    description: Description, choices: dict[tuple[str, ...], str], exact_codes: bool = False
) -> Match:
    """The item type of one distinct text. `exact_codes`: a label that is a code of the catalogue stands as it is."""
    label, maker, model = text_key(description.label), text_key(description.manufacturer), text_key(description.model)
    if exact_codes and description.label in item_types():
        return Match(description.label, RECOGNISED, _("code du catalogue"), how="code")
    for asked in ((label, maker, model), (label, "", model), (label, "", "")):
        if chosen := choices.get(asked):
            return Match(chosen, LEARNED, _("choix appris"), how="learned")
    exact = _labels().get(label, "")
    everything = f"{maker} {model} {label}"
    by_label = _by_rule("label", label, everything, description.kind)
    if by_label and by_label.item_type == "" and not exact:
        return Match("", TO_SETTLE, _("ce libellé n’est pas un matériel du catalogue"), how="left_out")
    by_model = _by_rule("model", model or label, everything, description.kind)
    flag = next((rule.flag for rule in (by_model, by_label) if rule and rule.flag), "")
    base = exact or (by_label.item_type if by_label else "")
    free = not base or (not exact and by_label is not None and by_label.weak)
    variants = {row[0] for row in _details().get(base, [])}
    if by_model and by_model.item_type and (free or by_model.flag or by_model.item_type in variants):
        item_type, text = by_model.item_type, description.model or description.label
        how = _how(by_model, "model_rule")
        reason = _("règle sur le modèle « {text} »").format(text=text)
    elif base:
        item_type, how, reason = base, "exact_label", _("libellé du catalogue")
        if by_label and not exact:
            how = "weak_label" if by_label.weak else _how(by_label, "label_rule")
            reason = _("règle sur le libellé « {text} »").format(text=description.label)
    else:
        return Match("", TO_SETTLE, _("aucune règle ne reconnaît ce libellé"))
    return Match(_sized(item_type, description), RECOGNISED, reason, flag, how=how)


def _how(rule: _Rule, usual: str) -> str:
    """The evidence of a rule, a code of evidence.csv: some hold in one kind of list only."""
    return "list_rule" if rule.kind else usual


def suggest_types(description: Description, most: int = 3) -> tuple[Candidate, ...]:
    """The item types whose label looks most like what the list says, for a person to choose; never chosen alone."""
    from rapidfuzz import fuzz, process

    text = text_key(description.label) or text_key(f"{description.manufacturer} {description.model}")
    rule = _by_rule("label", text_key(description.label), text, description.kind)
    if not text or (rule and rule.item_type == ""):
        return ()
    types: dict[str, Candidate] = {}
    for known, score, _index in process.extract(text, list(_labels()), scorer=fuzz.WRatio, limit=12, score_cutoff=60):
        code = _labels()[known]
        label = item_types()[code]["label_fr"]
        types.setdefault(code, Candidate(code, round(score), _("ressemble à « {label} »").format(label=label)))
    return tuple(list(types.values())[:most])


def is_same_model(model: str, manufacturer: str, sheet_model: str, sheet_manufacturer: str = "") -> bool:
    """The model of a list is the model of a sheet: same maker when both say it, every word with a digit equal, the
    other words equal but for a typing error or for words that one of the two leaves out. « Latitude 5440 » is neither
    « 5400 » nor « E5440 ».
    """
    from rapidfuzz import fuzz

    maker, sheet_maker = text_key(manufacturer).split()[:1], text_key(sheet_manufacturer).split()[:1]
    if maker and sheet_maker and maker != sheet_maker:
        return False
    makers = set(maker + sheet_maker)
    sides = [[word for word in text_key(text).split() if word not in makers] for text in (model, sheet_model)]
    words, sheet_words = sides
    digits, sheet_digits = (_with_digits(side) for side in sides)
    if digits != sheet_digits or not words or not sheet_words:
        return False
    short, long = sorted(([word for word in side if word not in digits] for side in sides), key=len)
    if not short:
        return not long and bool(digits)
    return all(any(fuzz.ratio(word, other) >= 85 for other in long) for word in short)


def match_models(models: Iterable[tuple[str, str]], sheets: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(manufacturer, model) of a list → model of the only sheet (manufacturer, model) that is the same."""
    by_digits: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for maker, sheet in sheets:
        by_digits.setdefault(tuple(_with_digits(text_key(sheet).split())), []).append((maker, sheet))
    matched = {}
    for manufacturer, model in models:
        near = by_digits.get(tuple(_with_digits(text_key(model).split())), [])
        same = {sheet for maker, sheet in near if is_same_model(model, manufacturer, sheet, maker)}
        if len(same) == 1:
            matched[manufacturer, model] = same.pop()
    return matched


def _with_digits(words: list[str]) -> list[str]:
    return [word for word in words if any(sign.isdigit() for sign in word)]
