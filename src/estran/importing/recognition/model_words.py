"""The words of a model as fleets, firmware and makers write it: its maker, what tells it apart, the key it is known by.

All the words are tables of catalogue/models: makers, spellings, fillers, words that say nothing alone, details.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from estran.common.shipped import text_rows
from estran.common.vocabulary import text_key


@cache
def threshold(name: str) -> float:
    """One of the figures of model_thresholds.csv."""
    return {row["threshold"]: float(row["value"]) for row in text_rows("model_thresholds")}[name]


@cache
def _makers(column: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """Every text that names a maker (`written`, or `brands` that stay in the model), and the maker of each."""
    makers = {text: row["maker"] for row in text_rows("makers") for text in row[column].split("|") if text}
    return whole_words("|".join(sorted(makers, key=len, reverse=True))), makers


def read_maker(text: str) -> str:
    """The maker that a text names, under its name of makers.csv; an empty text when it names none."""
    plain = text_key(text)
    for column in ("written", "brands"):
        pattern, makers = _makers(column)
        if hit := pattern.search(plain):
            return makers[hit.group()]
    return ""


def whole_words(pattern: str) -> re.Pattern[str]:
    """A pattern that is met between words only."""
    return re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])")


@cache
def _words_of(kind: str) -> re.Pattern[str]:
    return whole_words("|".join(row["word"] for row in text_rows("model_words") if row["kind"] == kind))


@cache
def _spellings(maker: str) -> tuple[re.Pattern[str], tuple[tuple[re.Pattern[str], str], ...]]:
    """The spellings of a maker's models, and the pattern of any of them."""
    rows = [row for row in text_rows("model_spellings") if row["maker"] in ("", maker)]
    each = tuple((re.compile(row["pattern"]), row["replacement"]) for row in rows)
    return re.compile("|".join(pattern.pattern for pattern, _by in each)), each


@lru_cache(maxsize=200_000)
def plain_model(text: str, maker: str = "") -> str:
    """A model in lower case without accents, its spellings made one, without the words of its maker."""
    plain = text_key(text)
    any_of_them, spellings = _spellings(maker)
    if any_of_them.search(plain):
        for pattern, replacement in spellings:
            plain = pattern.sub(replacement, plain)
    if maker:
        pattern, makers = _makers("written")
        plain = pattern.sub(lambda hit: "" if makers[hit.group()] == maker else hit.group(), plain)
    return " ".join(plain.split())


def model_words(text: str, maker: str = "") -> list[str]:
    """The words that tell a model apart: no maker, no filler, no memory or processor, none twice."""
    plain = plain_model(text, maker)
    if _words_of("placeholder").fullmatch(plain):
        return []
    for kind in ("setup", "filler"):
        plain = _words_of(kind).sub(" ", plain)
    return list(dict.fromkeys(plain.split()))


def model_key(text: str, manufacturer: str = "") -> str:
    """The key that a model is known by: its words joined ("HP EliteBook 840 G3 Notebook PC" → "elitebook840g3")."""
    return "".join(model_words(text, read_maker(manufacturer) or read_maker(text)))


def telling_runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    """The words of a model that follow each other and may name it, longest text first: letters and digits, one word at
    least that says more than a generation, a size or a feature."""
    most = int(threshold("run_words"))
    runs = {
        tuple(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + most, len(words)) + 1)
    }
    for run in sorted(runs, key=lambda run: (-len("".join(run)), run)):
        text = "".join(run)
        least = threshold("code_length" if text[0].isalpha() else "number_first_length")
        if len(text) >= least and not text.isdigit() and any(_tells(word) for word in run):
            yield run


@lru_cache(maxsize=100_000)
def _tells(word: str) -> bool:
    return any(sign.isdigit() for sign in word) and not _words_of("weak").fullmatch(word)


def whole_run(words: list[str]) -> str:
    """All the words of a model joined, when they hold a digit: an exact model even where no word tells it alone."""
    text = "".join(words)
    return text if len(text) >= threshold("code_length") and re.search(r"\d", text) else ""


def family_word(words: list[str]) -> str:
    """The family that a model begins with: letters alone, or those before its number ("macbookpro9" → "macbookpro")."""
    letters = re.match("[a-z]*", words[0]).group() if words else ""  # type: ignore[union-attr]
    whole = bool(words) and letters == words[0]
    least = threshold("family_length") if whole else threshold("glued_family_length")
    return letters if len(letters) >= least else ""


LEFT_OUT = "left out"  # in model_details.csv: a fact that is no thing of its own, like the screen of an all-in-one


@cache
def _details() -> tuple[tuple[frozenset[str], str, re.Pattern[str], str], ...]:
    rows = text_rows("model_details")
    return tuple(
        (frozenset(row["base"].split("|")), row["maker"], whole_words(row["pattern"]), row["becomes"]) for row in rows
    )


@lru_cache(maxsize=200_000)
def detailed_type(item_type: str, text: str, maker: str, *, of_facts: bool = False) -> str:
    """The type that the words of a model make of a type: a desktop "micro" is a mini one. `of_facts`: it may also be
    LEFT_OUT, which nothing that a list asks is."""
    plain = plain_model(text, maker)
    for bases, makers, pattern, becomes in _details():
        fits = item_type in bases and (not makers or maker in makers.split("|")) and (of_facts or becomes != LEFT_OUT)
        if fits and pattern.search(plain):
            item_type = becomes
    return item_type


@cache
def _sizes() -> tuple[tuple[str, re.Pattern[str], float], ...]:
    rows = text_rows("laptop_sizes")
    return tuple((row["maker"], whole_words(row["pattern"]), float(row["inches"])) for row in rows)


@lru_cache(maxsize=200_000)
def named_inches(text: str, maker: str) -> float | None:
    """The screen of a laptop in inches, when its maker writes it in the name (Latitude 5*4*00, ThinkPad T*14*)."""
    plain = plain_model(text, maker)
    return next((inches for of, pattern, inches in _sizes() if of == maker and pattern.search(plain)), None)


@cache
def type_class(item_type: str) -> str:
    """The class of a type: types of one class are details of one another, types of two classes contradict."""
    return {row["item_type"]: row["class"] for row in text_rows("type_classes")}.get(item_type, item_type)


def agreed_type(types: Mapping[str, float], least: float) -> tuple[str, float]:
    """The type that enough machines agree on, as detailed as they do, and their share; no type when they do not."""
    classes: dict[str, float] = {}
    for item_type, machines in types.items():
        name = type_class(item_type)
        classes[name] = classes.get(name, 0) + machines
    chosen = max(sorted(classes), key=lambda name: classes[name])
    share = classes[chosen] / sum(types.values())
    if share < least:
        return "", share
    inside = {item_type: machines for item_type, machines in types.items() if type_class(item_type) == chosen}
    detail = max(sorted(inside), key=lambda name: inside[name])
    agreed = inside[detail] >= threshold("model_share") * classes[chosen]
    return (detail if agreed else chosen), share


@cache
def _machine_types() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Maker, pattern and item type of each number range; several types of one range are joined by `|`."""
    ranges: dict[tuple[str, str], list[str]] = {}
    for row in text_rows("machine_types"):
        ranges.setdefault((row["maker"], row["pattern"]), []).append(row["item_type"])
    return tuple((maker, re.compile(pattern), "|".join(types)) for (maker, pattern), types in ranges.items())


@cache
def machine_type_makers() -> frozenset[str]:
    """The makers that number their machines so."""
    return frozenset(row["maker"] for row in text_rows("machine_types"))


def machine_type(word: str, maker: str, *, alone: bool = False) -> tuple[str, str] | None:
    """The machine type that a word is (its first four signs, and the item type its number range stands for, if any:
    several joined by `|`); None when it is no code of this maker. `alone`: it is all that the model says, so that 10GB
    is a code and no memory."""
    for of, pattern, item_type in _machine_types():
        if of == maker and pattern.fullmatch(word) and (alone or not _words_of("setup").fullmatch(word)):
            return word[:4], item_type
    return None
