"""The lists that GLPI exports on 31 December: the headers, the language and the habits of each come from the facts."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from estran.demo.files import Cell, Writer, read_layouts
from estran.demo.office import Device, entity_name


def write_glpi_exports(writer: Writer, year: int, devices: list[Device]) -> None:
    """The lists of the whole authority, and the one of the roads directorate."""
    shown = [device for device in devices if device.shown(year)]
    for name, layout in read_layouts("glpi_lists").items():
        chosen = _roads(shown) if name == "roads" else (device for device in shown if device.list == name)
        rows: list[list[Cell]] = [[header for _meaning, header in layout["columns"]]]
        for device in chosen:
            record = _record(device, year, layout["dates"])
            rows.append([record[meaning] for meaning, _header in layout["columns"]])
        path = f"{year}/glpi/{layout['file']}"
        writer.csv(path, rows, ";", layout["encoding"], csv.QUOTE_ALL, layout["newline"])


def _roads(devices: list[Device]) -> Iterator[Device]:
    """A quarter of the roads directorate's computers: serial numbers in groups or in lower case."""
    for device in devices:
        if (device.list, device.unit["code"], device.number % 4) == ("computers", "DRM", 0) and not device.withdrawal:
            text = device.serial.lower() if device.number % 8 == 0 else f"{device.serial[:3]}-{device.serial[3:]}"
            yield replace(device, serial=text)


def _record(device: Device, year: int, dates: str) -> dict[str, Cell]:
    """What GLPI shows of a device at the end of a year, by meaning of column."""
    number, out = device.number, device.out(year)
    first, last = device.user
    purchase, withdrawal = device.purchase, device.withdrawal if out and device.withdrawal_dated else None
    if device.swapped and withdrawal:
        purchase, withdrawal = withdrawal, purchase
    in_stock = device.spare and device.purchase.year == year
    room = "Local technique" if device.list == "network" else f"Bureau {100 + number % 240}"
    updated = date(year, 12, 31) - timedelta(days=number % 90)
    return {
        "name": device.name,
        "id": number,
        "entity": entity_name(device.unit),
        "status": "Réformé" if out else "En stock" if in_stock else "En service",
        "manufacturer": device.manufacturer,
        "serial": device.serial,
        "type": device.type,
        "model": device.model,
        "size": device.size,
        "os": _system(device, year),
        "location": f"{device.site} > {room}",
        "updated": f"{updated} {8 + number % 10:02d}:{number % 60:02d}",
        "cpu": device.cpu,
        "login": f"{first[:1]}{last}".lower().replace(" ", "").replace("'", ""),
        "user": f"{last.upper()} {first}".strip(),
        "technician": "LE BIHANIC Soazig",
        "group": f"{device.unit['code']} > {device.service}",
        "inventory": f"TB{number:07d}",
        "ip": f"10.{20 + len(device.site) % 12}.{number // 250 % 250}.{number % 250 + 2}",
        "mac": "02:" + ":".join(f"{number * prime % 256:02x}" for prime in (7, 31, 101, 211, 59)),
        "purchase": purchase.strftime(dates) if device.dated else "",
        "delivery": device.purchase.strftime(dates) if device.dated and number % 3 == 0 else "",
        "withdrawal": withdrawal.strftime(dates) if withdrawal else "",
        "value": f"{device.price_eur:.2f}".replace(".", ",") if device.dated else "",
        "pages": (year - device.purchase.year + 1) * (1800 + number % 37 * 450),
        "global": "Non",
        "comment": device.comment if out else "",
    }


def _system(device: Device, year: int) -> str:
    """The operating system an inventory agent reads."""
    if device.kind in ("vm", "server"):
        return "Debian GNU/Linux" if device.number % 3 else "Microsoft Windows Server 2019 Standard"
    if device.manufacturer == "Apple":
        return "iPadOS" if device.kind == "tablet" else "macOS"
    if device.kind == "tablet":
        return "Android"
    version = 11 if year == 2025 and device.purchase.year >= 2018 else 10
    return f"Microsoft Windows {version} Professionnel"
