"""What a label or a model that nothing recognises may be: item types for a person to choose from, never chosen alone.

A word is put right when one of the trade, of a maker or of a family is near (« OptPlex »); a code when a known model
has the same digits or the same letters (« E55110 »). The text so mended is matched as any other.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from estran.common.language import _
from estran.common.shipped import text_rows
from estran.common.vocabulary import text_key
from estran.importing.recognition import matching
from estran.importing.recognition.known_models import FAMILY, shipped_tables
from estran.importing.recognition.matching import Candidate, Description, Match, match_descriptions
from estran.importing.recognition.model_words import model_words, read_maker, telling_runs
from estran.importing.recognition.spelling import nearest_word, words_of_patterns

_MOST_BLOCK = 4000  # names compared to one text
_OF_MODELS = ("known_model", "model_code", "family", "model_rule")  # evidence that a text names a model, not a kind


@dataclass(frozen=True)
class _Mended:
    """A description in which a text was put right: what it became, and how near that is, from 0 to 100."""

    description: Description
    text: str
    score: int


def suggest_types(description: Description, most: int = 3) -> tuple[Candidate, ...]:
    """The item types that one description may be of, the likeliest first."""
    return suggest_all([description], most)[0]


def suggest_all(descriptions: Sequence[Description], most: int = 3) -> list[tuple[Candidate, ...]]:
    """The item types that each description may be of, the likeliest first.

    Both readings, where label and model contradict each other; none for what is no item of the catalogue.
    """
    matches = match_descriptions([(one, False) for one in descriptions], {})
    open_ones = [one for one, match in zip(descriptions, matches, strict=True) if _is_open(match)]
    mended = {one: [*_mend_codes(one), *_mend_words(one)] for one in dict.fromkeys(open_ones)}
    tried = [near for nears in mended.values() for near in nears]
    outcomes = match_descriptions([(near.description, False) for near in tried], {})
    read_as = {id(near): match for near, match in zip(tried, outcomes, strict=True)}
    answers = []
    for description, match in zip(descriptions, matches, strict=True):
        types = list(match.candidates)
        if _is_open(match):
            nears = sorted(mended[description], key=lambda near: -near.score)
            read = [(near, read_as[id(near)]) for near in nears if read_as[id(near)].item_type]
            types += [_near_candidate(outcome.item_type, near) for near, outcome in read]
            if not any(outcome.how in _OF_MODELS for _near, outcome in read):
                types += _by_label(description)
            types += _of_list(description)
        elif match.item_type:
            types.append(Candidate(match.item_type, 100, match.reason))
        first = {one.item_type: one for one in reversed(types)}
        answers.append(tuple(first[code] for code in dict.fromkeys(one.item_type for one in types))[:most])
    return answers


def _is_open(match: Match) -> bool:
    """Nothing is known of it: neither a type, nor two, nor that it is none of the catalogue."""
    return match.state == matching.TO_SETTLE and match.how not in ("conflict", "several", "left_out")


def _near_candidate(item_type: str, near: _Mended) -> Candidate:
    text = near.text if re.search(r"\d", near.text) else matching.item_types()[item_type]["label_fr"]
    return Candidate(item_type, near.score, _alike(text))


def _alike(text: str) -> str:
    return _("ressemble à « {label} »").format(label=text)


# ------------------------------------------------------------------------------------------------------------- words


@cache
def _vocabulary() -> frozenset[str]:
    """The words of four letters and more that rules, types and families are made of."""
    tables = shipped_tables()
    families = [key for key in tables.keys if key.isalpha() and any(row.level == FAMILY for row in tables.rows(key))]
    patterns = [row[name] for row in text_rows("label_rules") for name in ("label", "model")]
    return words_of_patterns([*patterns, *families, *matching.type_labels()])


@cache
def _maker_words() -> frozenset[str]:
    """The words that name makers."""
    names = [name for row in text_rows("label_rules") for name in row["manufacturer"].split("|")]
    names += [name for row in text_rows("makers") for name in row["written"].split("|")]
    return frozenset(word for name in names for word in name.split() if len(word) >= 4)


def _mend_words(description: Description) -> Iterable[_Mended]:
    """The description with its unknown words replaced by the nearest ones of the vocabulary."""
    changed = {}
    scores = []
    for name, words in (("manufacturer", _maker_words()), ("model", _known_words()), ("label", _known_words())):
        text = text_key(getattr(description, name))
        better = [nearest_word(word, words) for word in text.split()]
        scores += [score for _word, score in better if score < 100]
        changed[name] = " ".join(word for word, _score in better)
    if scores:
        text = changed["model"] or changed["label"]
        yield _Mended(replace(description, **changed), text, round(min(scores)))


@cache
def _known_words() -> frozenset[str]:
    return _vocabulary() | _maker_words()


# ------------------------------------------------------------------------------------------------------------- codes


@cache
def _blocks() -> dict[str, list[str]]:
    """Digits of a known key, and its letters → the keys that have them."""
    blocks: dict[str, list[str]] = {}
    for key in shipped_tables().keys:
        for part in _parts(key):
            blocks.setdefault(part, []).append(key)
    return blocks


def _parts(key: str) -> list[str]:
    """The digits of a key, and its letters, where there are two at least."""
    return [part for part in (re.sub("[^0-9]", "", key), re.sub("[^a-z]", "", key)) if len(part) >= 2]


def _mend_codes(description: Description) -> Iterable[_Mended]:
    """The description with its model replaced by known ones of the same maker, a sign or two away."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    tables, manufacturer = shipped_tables(), description.manufacturer
    text = description.model or description.label
    maker = read_maker(manufacturer) or read_maker(text)
    words = model_words(text, maker)
    for run in list(telling_runs(words))[:3]:
        key = "".join(run)
        keys = list(dict.fromkeys(known for part in _parts(key) for known in _blocks().get(part, ())))[:_MOST_BLOCK]
        near = process.extract(key, keys, scorer=OSA.distance, score_cutoff=1 if len(key) < 8 else 2, limit=20)
        rows = [(row, distance) for known, distance, _place in near for row in tables.rows(known)]
        of_maker = [(row, distance) for row, distance in rows if not maker or row.maker == maker]
        extra = " ".join(word for word in words if word not in run)
        for row, distance in of_maker[:8]:
            model = f"{row.name or row.key} {extra}".strip()
            mended = replace(description, manufacturer=manufacturer or row.maker, model=model, label="")
            yield _Mended(mended, model, round(100 * (1 - distance / len(key))))
        if of_maker:
            return


# ------------------------------------------------------------------------------------------------------ last resorts


def _by_label(description: Description) -> Iterable[Candidate]:
    """The types whose label looks most like that of the list, whatever places and small words both have."""
    from rapidfuzz import fuzz, process

    text = _telling(text_key(description.label)) or _telling(text_key(description.model))
    if not text:
        return
    labels = _telling_labels()
    for known, score, _index in process.extract(text, list(labels), scorer=fuzz.WRatio, limit=12, score_cutoff=70):
        code = labels[known]
        yield Candidate(code, round(score), _alike(matching.item_types()[code]["label_fr"]))


@cache
def _telling_labels() -> dict[str, str]:
    """What labels of types say without small words → their code; none for the type that says not to count."""
    return {_telling(text): code for text, code in matching.type_labels().items() if code != matching.NOT_COUNTED}


def _telling(text: str) -> str:
    """The words of a text but for those of small_words.csv, which would bring any two texts near."""
    return " ".join(word for word in text.split() if word not in _small_words())


@cache
def _small_words() -> frozenset[str]:
    return frozenset(row["word"] for row in text_rows("small_words"))


def _of_list(description: Description) -> Iterable[Candidate]:
    """The usual type of that kind of list."""
    for row in text_rows("list_kinds"):
        if row["kind"] == description.kind and row["usual"]:
            yield Candidate(row["usual"], 50, _("liste de la sorte « {kind} »").format(kind=row["label_fr"]))
