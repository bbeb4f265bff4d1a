"""A fictional département, as the exports of its real tools would look: the estate of the demonstration and the tests.

In: text tables of invented facts, in `facts/`; nothing is data about a real authority. Out: the files of three yearly
snapshots, the same bytes on every machine, and the plan of how each is imported.
Read `write_demo` first; each module writes the exports of one kind of tool.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.demo import glpi, office, rooms, schools, tables
from estran.demo.files import FACTS, Writer, read_facts
from estran.demo.office import YEARS

OFFICE_FILES = (
    "glpi_ordinateurs.csv",
    "glpi_routes_ordinateurs.csv",
    "glpi_ecrans.csv",
    "glpi_imprimantes.csv",
    "glpi_telephones.csv",
    "glpi_network_devices.csv",
    "glpi_peripheriques.csv",
)
ROOM_FILES = ("rooms.csv", "serveurs.csv", "vms.csv", "applications.csv")
TYPED_FILES = ("factures.csv", "activites.csv", "declarations.csv", "ai_use.csv")
# Files of suppliers do not say whose service it is: the one who imports them does.
SUPPLIER_FILES = {"aws_focus.csv": "DSN", "aws_carbon_emissions.csv": "DSN", "scaleway_empreinte.json": "DEC"}


@dataclass(frozen=True)
class ImportCall:
    """One call of the importer for the estate of a year; `entity` is the one of every row, where the files say none."""

    year: int
    format: str
    files: tuple[Path, ...]
    entity: str | None = None


def write_demo(folder: Path) -> None:
    """Write the fictional département into a new folder, or over an earlier demonstration.

    Errors: CannotUse if the folder holds something else.
    """
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / "LISEZMOI.md").exists())):
        raise CannotUse(
            Problem(
                what=_("« {folder} » existe déjà et n'est pas une démonstration d'Estran.").format(folder=folder),
                remedy=_("Donner le nom d'un dossier nouveau ou vide."),
                file=str(folder),
            )
        )
    all_schools, all_servers, all_machines = schools.invent_schools(), rooms.invent_servers(), rooms.invent_machines()
    devices = office.invent_devices()
    devices += rooms.servers_as_computers(all_servers, len(devices))
    devices += office.list_virtual_machines(machine.name for machine in all_machines[:60])
    devices += office.invent_panels(devices)
    writer = Writer(folder)
    writer.text("LISEZMOI.md", _readme(all_schools))
    for name in ("defaults.csv", "labels.csv"):
        writer.data(f"overlay/{name}", (FACTS / name).read_bytes())
    tables.write_registers(writer)
    writer.data("plan.toml", (FACTS / "plan.toml").read_bytes())
    for year in YEARS:
        writer.text(f"{year}/perimeter.toml", _perimeter(year, all_schools))
        glpi.write_glpi_exports(writer, year, devices)
        rooms.write_rooms(writer, year, all_servers, all_machines)
        tables.write_services(writer, year)
        schools.write_schools(writer, year, all_schools)


def planned_imports(folder: Path, years: Sequence[int] = YEARS) -> list[ImportCall]:
    """The imports that turn the files of a written demonstration into one estate per year, in order.

    The rooms come first: of two rows with one serial number the first is kept (rule G4), and theirs names the room.
    """
    calls = []
    for year in years:
        base = folder / str(year)
        schools_in_order = tuple(base / "colleges" / school.file() for school in schools.invent_schools())
        calls += [
            ImportCall(year, "canonical", tuple(base / "salles" / name for name in ROOM_FILES)),
            ImportCall(year, "glpi", tuple(base / "glpi" / name for name in OFFICE_FILES)),
            ImportCall(year, "school", schools_in_order),
            ImportCall(
                year, "auto", tuple(file for name in TYPED_FILES if (file := base / "services" / name).exists())
            ),
        ]
        for code in dict.fromkeys(SUPPLIER_FILES.values()):
            files = (base / "services" / name for name, owner in SUPPLIER_FILES.items() if owner == code)
            if existing := tuple(file for file in files if file.exists()):
                calls.append(ImportCall(year, "auto", existing, office.entity_name(office.directorate(code))))
    return calls


def _pupils(all_schools: list[schools.School], year: int) -> int:
    return sum(school.pupils[year] for school in all_schools)


def _readme(all_schools: list[schools.School]) -> str:
    agents = next(row["value"] for row in read_facts("headcounts") if (row["year"], row["who"]) == ("2025", "agents"))
    words = {"agents": int(agents), "schools": len(all_schools), "pupils": _pupils(all_schools, 2025)}
    spaced = {name: f"{number:,}".replace(",", "\u202f") for name, number in words.items()}
    return Template((FACTS / "LISEZMOI.md").read_text("utf-8")).substitute(spaced, authority=office.AUTHORITY)


def _perimeter(year: int, all_schools: list[schools.School]) -> str:
    """The perimeter of a year, with its dated headcounts."""
    block = '\n[[headcounts]]\nwho = "{who}"\nvalue = {value}\ndate = {date}\nsource = "{source}"\n'
    teachers = next(row for row in read_facts("headcounts") if (row["year"], row["who"]) == (str(year), "teachers"))
    rows = [row for row in read_facts("headcounts") if row["year"] == str(year)]
    rows.append({**teachers, "who": "pupils", "value": str(_pupils(all_schools, year))})
    template = Template((FACTS / "perimeter.toml").read_text("utf-8"))
    return template.substitute(year=year, headcounts="".join(block.format(**row) for row in rows))
