"""The models of a list that have a sheet in models.csv, by whatever spelling."""

from collections.abc import Iterable, Sequence

from estran.common.vocabulary import text_key


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
