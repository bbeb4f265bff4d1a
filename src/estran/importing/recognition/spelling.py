"""Words that people misspell, and the nearest ones of the trade: « protable » → `portable`."""

import re
from collections.abc import Collection, Iterable
from functools import cache, lru_cache

from estran.common.shipped import text_rows
from estran.common.vocabulary import limit, text_key


def words_of_patterns(patterns: Iterable[str]) -> frozenset[str]:
    """The words of four letters and more that regular expressions are made of, with and without what is optional."""
    texts = [re.sub(r"\\[a-zA-Z]", " ", pattern) for pattern in patterns]
    forms = [form for text in texts for form in (re.sub(r"\w\?", "", text), text.replace("?", ""))]
    return frozenset(word for text in forms for word in re.findall(r"(?<![a-z])[a-z]{4,}(?![a-z])", text))


@cache
def label_words() -> frozenset[str]:
    """The words that labels are told by: those of the rules on labels and of the names of types."""
    types = [text_key(row[name]) for row in text_rows("item_types") for name in ("label_fr", "label_en")]
    return words_of_patterns([*(row["label"] for row in text_rows("label_rules")), *types])


def nearest_word(word: str, words: Collection[str]) -> tuple[str, float]:
    """The word itself if it is known, short or a code; else the nearest of the words, and how near, from 0 to 100."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if len(word) < 4 or word in words or not word.isalpha():
        return word, 100
    near = process.extractOne(word, words, scorer=OSA.normalized_similarity, score_cutoff=0.74)
    return (near[0], 100 * near[1]) if near else (word, 100)


@lru_cache(maxsize=100_000)
def mend_label(label: str) -> str:
    """A label as compared, its long words put right where one sign is wrong: sure enough to be read without asking."""
    return " ".join(_mend_word(word) for word in label.split())


@lru_cache(maxsize=100_000)
def _mend_word(word: str) -> str:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    known = word in label_words() or word.rstrip("sx") in label_words()
    if known or len(word) < limit("mended_letters") or not word.isalpha():
        return word
    near = process.extractOne(word, sorted(label_words()), scorer=OSA.distance, score_cutoff=1)
    return near[0] if near else word
