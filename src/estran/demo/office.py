"""The office equipment of the fictional département: thousands of devices that live from one year to the next.

A device is drawn once, with its dates, its user and the faults of its record. Draws come from one generator per kind,
so a line added to the facts moves nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from estran.demo.files import read_facts, read_layouts

AUTHORITY = "Département du Trieux-et-Blavet"
SEED = 20221117
YEARS = (2023, 2024, 2025)
PLACEHOLDERS = ("To be filled by O.E.M.", "System Serial Number", "0", "N/A")
LETTERS, DIGITS = "ABCDEFGHJKLMNPRSTUVWXYZ", "0123456789"


@dataclass(frozen=True)
class Device:
    """One device and the record GLPI keeps of it; `shown_until` is the last year it stays in the exports."""

    number: int
    list: str
    kind: str
    unit: dict[str, str]
    site: str
    service: str
    name: str
    manufacturer: str
    model: str
    type: str
    serial: str
    purchase: date
    size: str = ""
    cpu: str = ""
    price_eur: float = 0.0
    user: tuple[str, str] = ("", "")
    withdrawal: date | None = None
    shown_until: int = 9999
    spare: bool = False
    dated: bool = True
    withdrawal_dated: bool = True
    swapped: bool = False
    comment: str = ""

    def out(self, year: int) -> bool:
        """It left before the end of the year."""
        return self.withdrawal is not None and self.withdrawal.year <= year

    def shown(self, year: int) -> bool:
        """The export of the end of the year lists it."""
        return self.purchase.year <= year <= self.shown_until


def random_stream(topic: str) -> Random:
    """A generator of draws that only this topic uses."""
    return Random(f"{SEED} {topic}")


def draw_serial(draw: Random, pattern: str) -> str:
    """A serial number after a pattern: # a digit, @ a letter, * one of both."""
    signs = {"#": DIGITS, "@": LETTERS, "*": LETTERS + DIGITS}
    return "".join(draw.choice(signs[sign]) if sign in signs else sign for sign in pattern)


def draw_day(draw: Random, year: int) -> date:
    """Any day of the year."""
    return date(year, 1, 1) + timedelta(days=draw.randrange(365))


def directorate(code: str) -> dict[str, str]:
    """The facts of a directorate."""
    return next(row for row in read_facts("directorates") if row["code"] == code)


def entity_name(unit: dict[str, str]) -> str:
    """The place of a directorate in the hierarchy of GLPI."""
    return f"{AUTHORITY} > {unit['name']}"


def invent_devices() -> list[Device]:
    """Every device of the office lists that lived between 2023 and 2025, in the order of the facts."""
    result: list[Device] = []
    for row in read_facts("fleet"):
        result += _lives(row, len(result))
    return result


def _lives(row: dict[str, str], numbered: int) -> list[Device]:
    """The devices of one kind: the stock of 2022, then purchases and withdrawals, the oldest leaving first."""
    draw = random_stream(row["kind"])
    models = [model for model in read_facts("models") if model["kind"] == row["kind"]]
    stock, newest = int(row["stock_2022"]), min(2022, max(int(model["last"]) for model in models))
    bought = [draw.randint(int(row["oldest"]), newest) for _i in range(stock)]
    bought += [year for year in YEARS for _i in range(int(row[f"bought_{year}"]))]
    lives = [_device(draw, row, models, year, numbered + i + 1) for i, year in enumerate(bought)]
    leaving = sorted(range(stock), key=lambda i: lives[i].purchase.toordinal() + draw.randrange(900))
    for year in YEARS:
        count = int(row[f"withdrawn_{year}"])
        for i in leaving[:count]:
            lives[i] = _withdrawn(draw, lives[i], year)
        leaving = leaving[count:]
    return lives


def _device(draw: Random, row: dict[str, str], models: list[dict[str, str]], year: int, number: int) -> Device:
    layout = read_layouts("glpi_lists")[row["list"]]
    sold = [model for model in models if int(model["first"]) <= year <= int(model["last"])]
    model = draw.choices(sold, [float(one["weight"]) for one in sold])[0]
    units = read_facts("directorates")
    unit = draw.choices(units, [float(one["agents"]) * float(one[row["list"]]) for one in units])[0]
    names = read_facts("names")
    chance = draw.random()
    return Device(
        number=number,
        list=row["list"],
        kind=row["kind"],
        unit=unit,
        site=draw.choice(unit["sites"].split("|")),
        service=draw.choice(unit["services"].split("|")),
        name=f"{layout['prefix']}-{unit['code']}-{number:05d}",
        manufacturer=model["manufacturer"],
        model=model["typo"] if chance < 0.03 else model["model"],
        type="" if 0.97 < chance < 0.975 else draw.choice(model["glpi_type"].split("|")),
        serial=draw.choice(PLACEHOLDERS) if draw.random() < 0.01 else draw_serial(draw, model["serial"]),
        purchase=draw_day(draw, year),
        size=model["size_inch"],
        cpu=model["cpu"],
        price_eur=round(float(model["price_eur"]) * draw.uniform(0.9, 1.12), 2),
        user=(draw.choice(names)["first"], draw.choice(names)["last"]),
        spare=draw.random() < 0.12,
        dated=draw.random() >= layout["without_date"],
    )


def _withdrawn(draw: Random, device: Device, year: int) -> Device:
    """Out in the year, mostly with a date; GLPI keeps some records afterwards; a few dates are typed back to front."""
    return replace(
        device,
        withdrawal=draw_day(draw, year),
        shown_until=year + (draw.random() < 0.12),
        withdrawal_dated=draw.random() >= 0.06,
        swapped=draw.random() < 0.012,
        comment="Don à l'association Reprise en Main, certificat joint" if draw.random() < 0.25 else "",
    )


def list_virtual_machines(names: Iterable[str]) -> list[Device]:
    """Virtual machines that an inventory agent reported as computers."""
    draw = random_stream("virtual machines as computers")
    return [
        Device(
            number=90000 + i,
            list="computers",
            kind="vm",
            unit=directorate("DSN"),
            site="Kerjouan",
            service="Infrastructures",
            name=name,
            manufacturer="VMware, Inc.",
            model="VMware Virtual Platform",
            type="VMware",
            serial="VMware-42 1a " + draw_serial(draw, "## ## ## ## ##"),
            purchase=date(2020, 1, 1),
            cpu="Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz",
            dated=False,
        )
        for i, name in enumerate(names)
    ]


def invent_panels(all_devices: Iterable[Device]) -> list[Device]:
    """Screens of laptops, reported as monitors by the inventory agent."""
    draw = random_stream("panels")
    laptops = [device for device in all_devices if device.kind == "laptop" and not device.out(2025)]
    result = []
    for i, laptop in enumerate(draw.sample([laptop for laptop in laptops if laptop.purchase.year < 2023], 74)):
        model = draw.choice(read_facts("panels"))
        result.append(
            replace(
                laptop,
                number=91000 + i,
                list="monitors",
                kind="panel",
                name=f"{laptop.name}-ecran",
                manufacturer=model["manufacturer"],
                model=model["model"],
                type="Écran intégré" if i % 3 else "",
                serial="0",
                size=model["size_inch"],
                dated=False,
            )
        )
    return result
