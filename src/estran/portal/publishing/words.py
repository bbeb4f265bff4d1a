"""Small words of a French sentence: numbers in letters, fractions, lists, articles before a label."""

from collections.abc import Sequence

from estran.common import formatting
from estran.common.language import _
from estran.common.shipped import text_rows

MOST_IN_LETTERS = 20


def count_words(n: int) -> str:
    """A small whole number in letters: « huit »; a larger one in figures."""
    letters = {int(row["value"]): row["word"] for row in text_rows("number_words")}
    return letters.get(n, formatting.count(n)) if n <= MOST_IN_LETTERS else formatting.count(n)


def fraction_words(share: float) -> str:
    """A share (0 to 1) in tenths: « six dixièmes », « la moitié »."""
    tenths = round(share * 10)
    if tenths == 5:
        return _("la moitié")
    if tenths in (0, 10):
        return formatting.percent(round(share, 2))
    return _("{n} dixièmes").format(n=count_words(tenths)) if tenths > 1 else _("un dixième")


def joined(texts: Sequence[str]) -> str:
    """« a, b et c »."""
    if len(texts) < 2:
        return "".join(texts)
    return _("{first} et {last}").format(first=", ".join(texts[:-1]), last=texts[-1])


def lowered(label: str) -> str:
    """A label within a sentence: its capital goes, unless it begins an acronym."""
    return label[:1].lower() + label[1:] if not label[1:2].isupper() else label


def sentence(text: str) -> str:
    """A text as a sentence: its capital and its full stop."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "»")) else f"{text}."
