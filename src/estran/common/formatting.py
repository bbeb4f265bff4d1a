"""How figures are written for people: two significant digits, units that scale, French or English typography.

`lang` is fr or en, the language in use without it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10

from estran.common.language import current_language

_SPACE = "\u00a0"  # between a number and its unit or its percent sign
_THIN = "\u202f"  # between French thousands
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# Unit of the files → units people read, smallest first, each with its size in the unit of the files.
_LADDERS: dict[str, tuple[tuple[str, float], ...]] = {
    "kg": (("µg", 1e-9), ("mg", 1e-6), ("g", 1e-3), ("kg", 1.0), ("t", 1e3)),
    "kWh": (("Wh", 1e-3), ("kWh", 1.0), ("MWh", 1e3), ("GWh", 1e6), ("TWh", 1e9)),
    "MJ": (("kJ", 1e-3), ("MJ", 1.0), ("GJ", 1e3), ("TJ", 1e6), ("PJ", 1e9)),
    "kBq": (("Bq", 1e-3), ("kBq", 1.0), ("MBq", 1e3), ("GBq", 1e6)),
    "mol": (("mmol", 1e-3), ("mol", 1.0), ("kmol", 1e3)),
}
# Chemical and plural forms, the same word being read in the unit of a criterion.
_WORDS = {
    "fr": {"CO2": "CO₂", "H+": "H⁺", "m3": "m³", "m2": "m²", "eq": "éq", "eq.": "éq"}
    | {"disease incidence": "cas de maladies", "item": "unités", "year": "ans", "EUR": "€"},
    "en": {"CO2": "CO₂", "H+": "H⁺", "m3": "m³", "m2": "m²", "eq": "eq", "eq.": "eq"}
    | {"disease incidence": "disease cases", "item": "units", "year": "years", "EUR": "€"},
}
# Units of one thing: the words of several are those of _WORDS.
_SINGULAR = {"fr": {"ans": "an", "unités": "unité"}, "en": {"years": "year", "units": "unit"}}

# Units within a sentence, of one thing and of several.
_NAMES = {
    "fr": {"t": ("tonne", "tonnes"), "kg": ("kilogramme", "kilogrammes"), "g": ("gramme", "grammes")},
    "en": {"t": ("tonne", "tonnes"), "kg": ("kilogram", "kilograms"), "g": ("gram", "grams")},
}


def rounded(value: float, digits: int = 2) -> float:
    """The value with this many significant digits (rule Q13)."""
    return round(value, digits - 1 - floor(log10(abs(value)))) if value else 0.0


def number(value: float, lang: str = "", digits: int = 2) -> str:
    """A number with two significant digits, in the typography of `lang`: « 4 100 », « 0,38 », « 2,3 × 10⁻⁵ »."""
    value = rounded(value, digits)
    if value and (abs(value) < 1e-3 or abs(value) >= 1e12):
        exponent = floor(log10(abs(value)))
        power = str(exponent).translate(_SUPERSCRIPT)
        return f"{number(value / 10**exponent, lang, digits)}{_SPACE}×{_SPACE}10{power}"
    decimals = max(0, digits - 1 - floor(log10(abs(value)))) if value else 0
    text = f"{value:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return _localised(text, lang)


def count(value: float, lang: str = "") -> str:
    """A number of things, every digit kept to the unit: « 10 440 »."""
    return decimal(value, 0, lang)


def money(value: float, lang: str = "") -> str:
    """An amount of euros to the cent: « 1 234,50 € »."""
    text = _localised(f"{value:,.2f}", lang)
    return f"€{text}" if _english(lang) else f"{text}{_SPACE}€"


def percent(share: float | None, lang: str = "") -> str:
    """A share (0 to 1) as a percentage; never rounded up to all or down to nothing."""
    if share is None:
        return "–"
    sign = "%" if _english(lang) else f"{_SPACE}%"
    if 0 < share < 0.001:
        return f"<{_SPACE}{number(0.1, lang)}{sign}"
    if 0.995 <= share < 1:
        return f">{_SPACE}99{sign}"
    return f"{number(share * 100, lang)}{sign}"


def unit_text(unit: str, lang: str = "") -> str:
    """A unit of the files as people read it: « kg CO2 eq » → « kg CO₂ éq »."""
    words = _WORDS["en" if _english(lang) else "fr"]
    return words.get(unit) or _SPACE.join(words.get(word, word) for word in unit.split())


def unit_words(unit: str, value: float, lang: str = "") -> str:
    """The unit of climate change within a sentence, without its gas: « t CO2 eq » → « tonnes »; others as they are."""
    head, _space, rest = unit.partition(" ")
    names = _NAMES["en" if _english(lang) else "fr"]
    if rest != "CO2 eq" or head not in names:
        return unit_text(unit, lang)
    return names[head][0 if abs(value) == 1 or (not _english(lang) and abs(value) < 2) else 1]


def decimal(value: float, decimals: int, lang: str = "") -> str:
    """A number with this many decimals: « 1 170 », « 56,3 »."""
    return _localised(f"{value:,.{decimals}f}", lang)


def agreed(unit: str, value: float, lang: str = "") -> str:
    """The words of a unit beside a value: of one thing or of several; in French several begin at two."""
    is_one = abs(value) == 1 or (not _english(lang) and abs(value) < 2)
    return _SINGULAR["en" if _english(lang) else "fr"].get(unit, unit) if is_one else unit


def quantity(value: float | None, unit: str, lang: str = "", digits: int = 2) -> str:
    """A figure with its unit, scaled to be read: 4 130 000 kg CO2 eq → « 4 100 t CO₂ éq »; an unknown one is « – »."""
    if value is None:
        return "–"
    name, size = _scale(value, unit, digits)
    shown = rounded(value / size, digits)
    written = agreed(unit_text(name, lang), shown, lang)
    return f"{number(shown, lang, digits)}{_SPACE}{written}" if name else number(shown, lang, digits)


def interval(mean: float, low: float | None, high: float | None, unit: str, lang: str = "") -> str:
    """The figure and its 95 % interval in one clause, in one unit: « 4 100 t CO₂ éq, entre 3 300 et 5 100 ».

    Two significant digits, one or two more only when a bound would otherwise read the same as the figure (rule Q13).
    """
    if low is None or high is None:
        return quantity(mean, unit, lang)
    digits = 2
    while digits < 4 and len({rounded(value, digits) for value in (low, mean, high)}) < len({low, mean, high}):
        digits += 1
    name, size = _scale(mean, unit, digits)
    low_text, high_text = (number(value / size, lang, digits) for value in (low, high))
    between = f"between {low_text} and {high_text}" if _english(lang) else f"entre {low_text} et {high_text}"
    return f"{number(mean / size, lang, digits)}{_SPACE}{unit_text(name, lang)}, {between}"


def column_unit(values: Iterable[float], unit: str) -> tuple[str, float]:
    """One unit for a whole column, that of its largest value, and its size in the unit of the files."""
    return _scale(max((abs(value) for value in values), default=0.0), unit, 2)


@dataclass(frozen=True)
class Step:
    """A unit, and the step that figures which are added or subtracted are all rounded to: the reader can check them."""

    unit: tuple[str, float]
    step: float
    lang: str

    def rounded(self, value: float) -> int:
        """How many steps a value is."""
        return round(value / self.unit[1] / self.step)

    def shared(self, values: Sequence[float], total: int) -> list[int]:
        """Values in steps whose sum is `total` steps: the largest remainders are rounded up."""
        exact = [value / self.unit[1] / self.step for value in values]
        steps = [floor(value) for value in exact]
        order = sorted(range(len(exact)), key=lambda place: steps[place] - exact[place])
        for place in order[: max(0, total - sum(steps))]:
            steps[place] += 1
        return steps

    def cell(self, steps: int, value: float | None = None, *, signed: bool = False) -> str:
        """A number of steps in the unit; a `value` that is less than half a step is « < 1 », never 0."""
        if not steps and value:
            return f"<\u00a0{number(self.step, self.lang)}"
        decimals = max(0, -floor(log10(self.step)))
        text = decimal(steps * self.step, decimals, self.lang)
        return f"+{text}" if signed and steps > 0 else text

    def bound(self, value: float) -> str:
        """A bound beside such figures: no finer than them, two digits from ten steps on, three from a hundred."""
        steps = value / self.unit[1] / self.step
        if abs(steps) < 10:
            return self.cell(round(steps), value)
        return number(value / self.unit[1], self.lang, 2 if abs(steps) < 1000 else 3)

    def words(self, steps: int, value: float | None = None, *, signed: bool = False) -> str:
        """The same within a sentence, with its unit: « 1 170 tonnes »."""
        unit = unit_words(self.unit[0], (steps or 2) * self.step, self.lang)
        return f"{self.cell(steps, value, signed=signed)}{_SPACE}{unit}"


def step_beside(total: float, unit: str, lang: str = "", digits: int = 3) -> Step:
    """The step of figures beside a total: three digits of it in sentences, one more in tables from 1 000 on."""
    name, size = column_unit([total], unit)
    place = floor(log10(abs(total / size))) if total else 2
    return Step((name, size), 10.0 ** (place - min(digits, max(3, place + 1)) + 1), lang)


def cell(value: float | None, size: float, lang: str = "", digits: int = 2) -> str:
    """A figure in the unit of its column, of this size; the smallest ones are « < 0,01 », never 0."""
    if value is None:
        return "–"
    if 0 < value / size < 0.01:
        return f"<{_SPACE}{number(0.01, lang)}"
    return number(value / size, lang, digits)


def signed(value: float | None, size: float, lang: str = "") -> str:
    """A change in the unit of its column, with its sign: « +12 », « −3,4 »; the smallest ones are « < 0,01 »."""
    if value is None:
        return "–"
    if 0 < abs(value) / size < 0.01:
        return f"<{_SPACE}{number(0.01, lang)}"
    text = number(value / size, lang)
    return f"+{text}" if value > 0 else text


def converted(value: float, unit: str, to: str) -> float | None:
    """A value in another unit of the same kind (« t CO2 eq » → « kg CO2 eq »), None when there is no way."""
    head, _space, rest = unit.partition(" ")
    base, _space, rest_of_base = to.partition(" ")
    sizes = dict(_LADDERS.get(base, ((base, 1.0),)))
    return value * sizes[head] if head in sizes and rest == rest_of_base else None


def day(text: str, lang: str = "") -> str:
    """An ISO date as people write it: « 31 décembre 2025 », « 1er janvier 2026 »."""
    from datetime import date

    from babel.dates import format_date

    written = format_date(date.fromisoformat(text), "long", locale="en_GB" if _english(lang) else "fr")
    if not _english(lang) and written.startswith("1 "):
        written = "1er" + written[1:]
    return written.replace(" ", _SPACE, 1)


def _english(lang: str) -> bool:
    return (lang or current_language()) == "en"


def _scale(value: float, unit: str, digits: int) -> tuple[str, float]:
    """The unit to show a value in, and its size in the unit of the files."""
    head, _space, rest = unit.partition(" ")
    steps = _LADDERS.get(head)
    if steps is None or not value:
        return unit, 1.0
    size_of_value = abs(rounded(value, digits))
    name, size = next((step for step in reversed(steps) if size_of_value >= step[1]), steps[0])
    return f"{name} {rest}".strip(), size


def _localised(text: str, lang: str) -> str:
    text = text.replace("-", "−")
    return text if _english(lang) else text.replace(",", _THIN).replace(".", ",")


def plain(text: str) -> str:
    """A text as a cell of a CSV file: what a spreadsheet would take for a formula is marked by an apostrophe."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
