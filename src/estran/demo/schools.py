"""The middle schools: each keeps its inventory in its own way, and renews its rooms at its own pace.

A school holds lots (things of one kind bought together) that live from year to year. The spreadsheet of a year shows
them, one row per lot or per device, with the headers, words and habits of its layout.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from string import Template
from typing import Any

from estran.demo.files import Cell, Sheet, Writer, read_facts, read_layouts
from estran.demo.office import YEARS, draw_day, draw_serial, random_stream

DATES = {"fr": "%d/%m/%Y", "month": "%m/%Y", "iso": "%Y-%m-%d"}
FUNDERS = ("departement", "etablissement", "etat", "don")
COMMENTS = ("", "", "", "", "à renouveler", "manque un chargeur", "prêt familles", "en panne : 1")


@dataclass(frozen=True)
class Lot:
    """Things of one kind bought together; `left` is the day they went; `serials` has one number per thing."""

    number: int
    kind: dict[str, str]
    model: dict[str, str]
    quantity: int
    bought: date
    price_eur: float
    funder: str
    room: str
    chance: int
    serials: tuple[str, ...] = ()
    left: date | None = None


@dataclass(frozen=True)
class School:
    """A middle school and all its lots from 2023 to 2025; `pupils` at the autumn of each year."""

    uai: str
    name: str
    commune: str
    pupils: dict[int, int]
    layout: dict[str, Any]
    lots: tuple[Lot, ...]

    def entity(self) -> str:
        """Its name in the perimeter and the results."""
        return f"{self.name} ({self.commune})"

    def file(self) -> str:
        """The name of its spreadsheet: the importer takes the entity from it."""
        return f"{self.entity()}.{self.layout['file']}"

    def there(self, year: int) -> Iterator[Lot]:
        """The lots still there at the end of a year."""
        return (lot for lot in self.lots if lot.bought.year <= year and (lot.left is None or lot.left.year > year))

    def listed(self, year: int) -> list[Lot]:
        """The lots its inventory lists: those there and, where a column can say so, those gone in the year."""
        if "withdrawal" not in dict(self.layout["columns"]):
            return list(self.there(year))
        return [lot for lot in self.lots if lot.bought.year <= year and (lot.left is None or lot.left.year >= year)]


def invent_schools() -> list[School]:
    """The 59 middle schools, in the order of the facts."""
    return [
        School(
            uai=row["uai"],
            name=row["name"],
            commune=row["commune"],
            pupils={year: int(row[f"pupils_{year}"]) for year in YEARS},
            layout=read_layouts("school_layouts")[row["layout"]],
            lots=tuple(_lots(row)),
        )
        for row in read_facts("colleges")
    ]


def _lots(school: dict[str, str]) -> list[Lot]:
    """The lots of one school: the stock of 2022, a little renewal each year, one large renewal in its turn."""
    draw = random_stream(school["uai"])
    lots: list[Lot] = []
    for kind in read_facts("school_kinds"):
        life = int(kind["life_years"])
        wanted = float(kind["per_100_pupils"]) * int(school["pupils_2023"]) / 100 * draw.uniform(0.75, 1.25)
        total = int(wanted) + (draw.random() < wanted % 1)
        mine = [_lot(draw, kind, part, draw.randint(2021 - life, 2022)) for part in _parts(draw, total)]
        for year in YEARS:
            renewing = school["renewed_in"] == str(year)
            by_age = sorted((i for i, lot in enumerate(mine) if lot.left is None), key=lambda i: mine[i].bought)
            for i in by_age if renewing else by_age[:1]:
                if year - mine[i].bought.year > life + (0 if renewing else 3):
                    mine[i] = replace(mine[i], left=draw_day(draw, year))
                    mine.append(_lot(draw, kind, round(mine[i].quantity * float(kind["replaced_by"])), year))
        lots += [lot for lot in mine if lot.quantity > 0]
    lots = [replace(lot, number=i + 1) for i, lot in enumerate(lots)]
    if not read_layouts("school_layouts")[school["layout"]].get("items"):
        return lots
    return [
        replace(lot, serials=tuple(draw_serial(draw, lot.model["serial"]) for _i in range(lot.quantity)))
        for lot in lots
    ]


def _parts(draw: Random, total: int) -> Iterator[int]:
    """A stock cut into the purchases it came from."""
    while total > 0:
        part = min(total, max(1, round(total * draw.uniform(0.3, 0.8))))
        yield part
        total -= part


def _lot(draw: Random, kind: dict[str, str], quantity: int, year: int) -> Lot:
    models = [model for model in read_facts("school_models") if model["kind"] == kind["kind"]]
    model = draw.choice([one for one in models if int(one["first"]) <= year <= int(one["last"])])
    return Lot(
        number=0,
        kind=kind,
        model=model,
        quantity=quantity,
        bought=draw_day(draw, year),
        price_eur=round(float(model["price_eur"]) * draw.uniform(0.92, 1.1), 2),
        funder=draw.choices(FUNDERS, [int(kind[funder]) for funder in FUNDERS])[0],
        room=draw.choice(kind["rooms"].split("|")),
        chance=draw.randrange(10_000),
    )


def write_schools(writer: Writer, year: int, all_schools: Iterable[School]) -> None:
    """One spreadsheet per school, as its secretary or technician would send it at the end of the year."""
    for school in all_schools:
        layout = school.layout
        listed = school.listed(year)
        parts = [[lot for lot in listed if lot.kind["sheet"] == number] for number in ("1", "2")]
        named = zip(layout["sheets"], parts, strict=True) if "sheets" in layout else [("Inventaire", listed)]
        sheets = [_sheet(school, year, name, lots) for name, lots in named]
        _slip(school, year, sheets[-1].rows)
        path = f"{year}/colleges/{school.file()}"
        if layout["file"] == "xlsx":
            writer.xlsx(path, sheets, date(year, 12, 31))
        elif layout["file"] == "ods":
            writer.ods(path, sheets)
        else:
            writer.csv(path, sheets[0].rows, layout["separator"], layout["encoding"], newline="\r\n")


def _sheet(school: School, year: int, name: str, lots: list[Lot]) -> Sheet:
    """One sheet: titles, header, lots or devices, total."""
    layout = school.layout
    words = {
        "name": school.name,
        "commune": school.commune,
        "uai": school.uai,
        "year": str(year),
        "next_year": str(year + 1),
    }
    rows: list[list[Cell]] = [[Template(line).substitute(words)] for line in layout.get("title", ())]
    merged = layout.get("merged", [])
    merged_row = len(rows)
    if merged:
        rows.append([text if i == 0 else None for text, width in merged for i in range(width)])
    meanings = [meaning for meaning, _header in layout["columns"]]
    rows.append([header for _meaning, header in layout["columns"]])
    for lot in lots:
        for i in range(lot.quantity if layout.get("items") else 1):
            known = _cells(school, year, lot, i)
            rows.append([known[meaning] for meaning in meanings])
    if "total" in layout:
        total: dict[str, Cell] = {meanings[0]: layout["total"], "quantity": sum(lot.quantity for lot in lots)}
        rows.append([total.get(meaning) for meaning in meanings])
    return Sheet(name, rows, merged_row, merged)


def _slip(school: School, year: int, rows: list[list[Cell]]) -> None:
    """Cells that nobody can read, near the end of the sheet, in the schools named by the facts."""
    meanings = [meaning for meaning, _header in school.layout["columns"]]
    for i, slip in enumerate(read_facts("school_slips")):
        if (slip["uai"], slip["year"]) == (school.uai, str(year)):
            rows[-3 - i % 7][meanings.index(slip["column"])] = slip["cell"]


def _cells(school: School, year: int, lot: Lot, index: int) -> dict[str, Cell]:
    """What the layout may show of a lot, or of its device of this index, by meaning of column."""
    layout = school.layout
    labels = next(row for row in read_facts("school_labels") if row["kind"] == lot.kind["kind"])[
        layout["labels"]
    ].split("|")
    label = labels[lot.chance % len(labels)]
    left = lot.left if lot.left and lot.left.year <= year else None
    return {
        "establishment": school.entity(),
        "uai": school.uai,
        "label": label,
        "name": f"{school.uai[-4:]}-{lot.number:03d}-{index + 1:02d}",
        "manufacturer": lot.model["manufacturer"],
        "model": lot.model["model"],
        "quantity": _number(layout, lot.quantity, label),
        "date": _date(layout, lot.bought) if lot.chance % 12 else None,
        "price": lot.price_eur if layout["file"] != "csv" else f"{lot.price_eur:.2f} €".replace(".", ","),
        "funder": layout["funders"].get(lot.funder, ""),
        "room": lot.room,
        "serial": lot.serials[index] if lot.serials else "",
        "number": f"{lot.bought.year}-{lot.number:03d}-{index + 1:02d}",
        "comment": COMMENTS[lot.chance % len(COMMENTS)],
        "status": "En réserve" if lot.chance % 17 == 0 else "En service",
        "user": f"Élève {lot.chance % 90 + index + 1}" if lot.kind["kind"] == "laptop_pupil" else "",
        "withdrawal": _date(layout, left) if left else None,
    }


def _number(layout: dict[str, Any], number: int, label: str) -> Cell:
    if layout["numbers"] == "comma":
        return f"{number},00"
    return f"{number} {label.split()[0]}" if layout["numbers"] == "words" and number > 9 else number


def _date(layout: dict[str, Any], when: date) -> Cell:
    """A date, a year, or a text, as the layout writes them."""
    if layout["dates"] == "cell":
        return when
    return when.year if layout["dates"] == "year" else when.strftime(DATES[layout["dates"]])
