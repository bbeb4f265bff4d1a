"""`make models`: the tables of known models, made again from the facts of their sources, offline.

A source keeps its facts as read, compressed, beside its `source.toml` (catalogue/sources/<id>/facts.csv.xz), and gets
one table, catalogue/models/<id>.csv: a table holds facts of one licence only. One row per thing to look up:

- level `model`: the key of an exact model; without an item type when its reports disagree, then with the types;
- level `code`: words of a model that are enough under its maker (« E7440 »), and machine types of Lenovo;
- level `family`: a word without digits (« latitude ») whose models are all of one class.

What a form factor means, the words to leave out, the details that a name gives, the corrections and the thresholds are
tables of catalogue/models too, written by hand.
"""

import csv
import io
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from estran.common.shipped import CATALOGUE, text_rows
from estran.importing.recognition import model_words as words_of

COLUMNS = ("key", "maker", "level", "item_type", "machines", "share", "inches", "kwh", "kg", "several", "name")
Row = dict[str, str]


@dataclass(frozen=True)
class Report:
    """What a fact says of a model: its type, how many machines were seen, and the figures that come with it."""

    maker: str
    name: str
    item_type: str
    machines: int = 1
    inches: float | None = None
    kwh: float | None = None
    kg: float | None = None
    codes: tuple[tuple[str, str], ...] = ()  # machine types in the name, each with the item type of its range


@dataclass
class Evidence:
    """What all the reports of one key say."""

    types: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)
    inches: Counter[float] = field(default_factory=Counter)
    kwh: list[float] = field(default_factory=list)
    kg: list[float] = field(default_factory=list)

    def add(self, report: Report, name: str, *, figures: bool = True) -> None:
        """One more report of the key, under this name; `figures`: with its energy and its kilograms."""
        self.types[report.item_type] += report.machines
        self.names[name] += report.machines
        if report.inches:
            self.inches[report.inches] += report.machines
        if figures:
            self.kwh += [report.kwh] if report.kwh else []
            self.kg += [report.kg] if report.kg else []


# ----------------------------------------------------------------------------------------------------- facts → reports


def read_facts(source: str) -> list[Row]:
    """The facts of a source as they were read."""
    with lzma.open(CATALOGUE / "sources" / source / "facts.csv.xz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def computers(facts: Iterable[Row], source: str) -> Iterator[Report]:
    """Form factors of computers, with the machines seen; a machine type of Lenovo stands inside the name."""
    for row in facts:
        yield from _reports(source, row["form_factor"], row["manufacturer"], [row["model"]], int(row["machines"]))


def monitors(facts: Iterable[Row], source: str) -> Iterator[Report]:
    """Screens with their true diagonal; small ones and built-in panels are left out."""
    panels = words_of.whole_words("|".join(row["word"] for row in text_rows("model_words") if row["kind"] == "panel"))
    for row in facts:
        inches = float(row["inches"])
        if inches >= words_of.threshold("screen_inches") and not panels.search(words_of.text_key(row["vendor"])):
            yield from _reports(source, "monitor", row["vendor"], [row["name"]], int(row["reports"]), inches=inches)


def certified(facts: Iterable[Row], source: str) -> Iterator[Report]:
    """Certified products; the name stands in one column or another, further models after commas."""
    for row in facts:
        texts = ",".join((row["model_name"], row["model_number"], row["other_models"]))
        names = [re.sub(r"[*#]+|^\d+\)|\(.*?\)", " ", name).strip(" -") for name in re.split(r"[,;]", texts)]
        names = [name for name in names if any(sign.isdigit() for sign in name)]
        yield from _reports(
            *(source, row["product_type"], row["brand"], names),
            inches=_number(row["screen_inches"]),
            kwh=_number(row["tec_kwh_per_year"]),
        )


def printers(facts: Iterable[Row], source: str) -> Iterator[Report]:
    """Printers by family of driver; a model that is also in the list of scanners is a multifunction."""
    lists: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in facts:
        hint = row["kind_hint"] or "printer"
        lists[row["manufacturer"], re.sub(r" series$", "", row["model"], flags=re.IGNORECASE)].add(hint)
    for (maker, model), hints in sorted(lists.items()):
        form = next(iter(sorted(hints - {"scanner_or_mfp"})), "scanner_or_mfp")
        if len(hints) > 1 and "scanner_or_mfp" in hints and form in ("printer", "printer_laser", "printer_inkjet"):
            form = "printer_inkjet_mfp" if form == "printer_inkjet" else "printer_mfp"
        yield from _reports(source, form, maker, [model])


def rack_devices(facts: Iterable[Row], source: str) -> Iterator[Report]:
    """Network and rack devices under their model and their part number."""
    for row in facts:
        yield from _reports(source, row["inferred_type"], row["manufacturer"], [row["model"], row["part_number"]])


def makers_sheets(facts: Iterable[Row], source: str) -> Iterator[Report]:
    """Makers' sheets: total footprint in kilograms, typical energy; names joined by strokes are several models."""
    for row in facts:
        names = re.split(r"\s*/\s*", re.sub(r"\(.*?\)", " ", row["name"]))
        figures = {"inches": _number(row["screen_size"]), "kwh": _number(row["yearly_tec"])}
        yield from _reports(
            *(source, row["subcategory"], row["manufacturer"], names), kg=_number(row["gwp_total"]), **figures
        )


READERS = {
    "boavizta_pcf_2023": makers_sheets,
    "debian_printers_2025": printers,
    "device_types_2025": rack_devices,
    "energy_star_2023": certified,
    "linuxhw_dmi_2025": computers,
    "linuxhw_edid_2025": monitors,
}


def _reports(
    source: str,
    form: str,
    manufacturer: str,
    names: list[str],
    machines: int = 1,
    *,
    inches: float | None = None,
    kwh: float | None = None,
    kg: float | None = None,
) -> Iterator[Report]:
    """A report per name of a fact, its type corrected and detailed; none of a form that no type stands for."""
    forms, corrected = _of_source("model_forms", "form", source), _of_source("model_corrections", "name", source)
    maker = words_of.read_maker(manufacturer) or words_of.text_key(manufacturer)
    for name in dict.fromkeys(filter(None, names)):
        given = corrected.get(name) or forms.get(form) or form
        item_type = words_of.detailed_type(given, f"{manufacturer} {name}", maker, of_facts=True)
        words = name.split()
        codes = [(word, code) for word in words if (code := words_of.machine_type(word.lower(), maker))]
        plain = " ".join(word for word in words if word not in {word for word, _code in codes})
        if item_type in _known_types():
            size = inches or (
                words_of.named_inches(plain, maker) if words_of.type_class(item_type) == "laptop" else None
            )
            yield Report(
                *(maker, plain, item_type, machines, size, kwh, kg), codes=tuple(code for _word, code in codes)
            )


@cache
def _of_source(table: str, key: str, source: str) -> Row:
    return {row[key]: row["item_type"] for row in text_rows(table) if row["source"] == source}


@cache
def _known_types() -> frozenset[str]:
    return frozenset(row["code"] for row in text_rows("item_types"))


def _number(text: str) -> float | None:
    try:
        return float(text) or None
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------------------ reports → rows


def make_rows(reports: Iterable[Report]) -> list[Row]:
    """The rows of the table of a source, sorted."""
    models: dict[tuple[str, str], Evidence] = defaultdict(Evidence)
    codes: dict[tuple[str, str], Evidence] = defaultdict(Evidence)
    families: dict[tuple[str, str], Evidence] = defaultdict(Evidence)
    machine_types: set[tuple[str, str]] = set()
    for report in reports:
        words = words_of.model_words(report.name, report.maker)
        machine_types |= {(report.maker, code) for code, _item_type in report.codes}
        for code, _item_type in report.codes:
            codes[report.maker, code].add(report, code)
        runs = list(words_of.telling_runs(words))
        if key := words_of.whole_run(words):
            models[report.maker, key].add(report, report.name)
        for run in runs:
            if run != tuple(words):
                codes[report.maker, "".join(run)].add(report, " ".join(run), figures=False)
        if family := words_of.family_word(words):
            families[report.maker, family].add(report, "".join(words), figures=False)
    rows = [_row("model", *key, one, words_of.threshold("model_share")) for key, one in models.items()]
    share = words_of.threshold("code_share")
    shortest = _shortest(
        [
            _row("code", *key, one, share)
            for key, one in codes.items()
            if key not in models and (key in machine_types or _is_enough(key[1], one))
        ]
    )
    rows = [*_without_said_by_codes(rows, shortest), *shortest]
    least = words_of.threshold("family_machines")
    share = words_of.threshold("family_share")
    rows += [
        _row("family", *key, one, share) | {"name": "", "inches": ""}
        for key, one in families.items()
        if one.types.total() >= least and len(one.names) > 1
    ]
    return sorted(rows, key=lambda row: (row["level"], row["maker"], row["key"]))


def _shortest(rows: list[Row]) -> list[Row]:
    """The codes that hold no shorter code of the same type, which says as much: « T14 », not « ThinkPad T14 »."""
    shortest: dict[tuple[str, str], Row] = {}
    for row in sorted(rows, key=lambda row: (len(row["key"]), row["key"])):
        words = row["name"].split()
        parts = (
            "".join(words[start:end])
            for start in range(len(words))
            for end in range(start + 1, len(words) + 1)
            if end - start < len(words)
        )
        if not any(
            shorter["item_type"] == row["item_type"]
            for part in parts
            if (shorter := shortest.get((row["maker"], part)))
        ):
            shortest[row["maker"], row["key"]] = row
    return [row | {"name": ""} for row in shortest.values()]


def _without_said_by_codes(models: list[Row], codes: list[Row]) -> list[Row]:
    """The models but those seen so little that a code they hold says all of it."""
    known = {(row["maker"], row["key"]): (row["item_type"], row["inches"]) for row in codes}
    few, least = words_of.threshold("few_machines"), int(words_of.threshold("code_length"))

    def says_all(row: Row) -> bool:
        key = row["key"]
        parts = (key[start:end] for start in range(len(key)) for end in range(start + least, len(key) + 1))
        return any(known.get((row["maker"], part)) == (row["item_type"], row["inches"]) for part in parts)

    return [row for row in models if int(row["machines"]) > few or row["kwh"] or row["kg"] or not says_all(row)]


def _is_enough(code: str, evidence: Evidence) -> bool:
    short = len(code) <= words_of.threshold("short_code_length")
    return not short or evidence.types.total() >= words_of.threshold("short_code_machines")


def _row(level: str, maker: str, key: str, evidence: Evidence, least: float) -> Row:
    item_type, share = words_of.agreed_type(evidence.types, least)
    inches = _agreed_inches(evidence.inches)
    return {
        "key": key,
        "maker": maker,
        "level": level,
        "item_type": item_type,
        "machines": str(evidence.types.total()),
        "share": f"{share:.3g}",
        "inches": f"{inches:g}" if inches else "",
        "kwh": f"{_median(evidence.kwh):g}" if evidence.kwh else "",
        "kg": f"{_median(evidence.kg):g}" if evidence.kg else "",
        "several": "" if item_type else "|".join(f"{one} {evidence.types[one]}" for one in sorted(evidence.types)),
        "name": max(sorted(evidence.names), key=lambda name: evidence.names[name]),
    }


def _agreed_inches(sizes: Counter[float]) -> float | None:
    """The diagonal that most machines agree on, but for a rounding."""
    if not sizes:
        return None
    middle = max(sorted(sizes), key=lambda size: sizes[size])
    near = sum(times for size, times in sizes.items() if abs(size - middle) <= words_of.threshold("same_inches"))
    return middle if near >= words_of.threshold("model_share") * sizes.total() else None


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else round((ordered[middle - 1] + ordered[middle]) / 2, 3)


def table_text(rows: list[Row]) -> str:
    """The rows as the catalogue writes a table."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def main(folder: Path = CATALOGUE / "models", sources: Iterable[str] = READERS) -> None:
    """Write the table of every source that keeps facts."""
    for source in sources:
        text = table_text(make_rows(READERS[source](read_facts(source), source)))
        (folder / f"{source}.csv").write_text(text, encoding="utf-8", newline="")
        print(f"{source}.csv  {text.count(chr(10)) - 1} lignes, {len(text.encode()) // 1000} ko")


if __name__ == "__main__":
    main()
