"""The two computer rooms: meters or none, servers, virtual machines and the applications they carry."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from estran.demo.files import Cell, Writer, read_facts, read_layouts
from estran.demo.office import Device, directorate, draw_serial, entity_name, random_stream

# Sizes on offer: vCPU and GB of memory go together.
SIZES = ((1, 2), (2, 4), (2, 8), (4, 8), (4, 16), (8, 32), (16, 64))
DISKS_GB = (40, 60, 80, 120, 200, 500, 1500)


@dataclass(frozen=True)
class Server:
    """One device of a computer room."""

    name: str
    facts: dict[str, str]
    serial: str
    purchase: date
    withdrawal: date | None

    def out(self, year: int) -> bool:
        """It left before the end of the year."""
        return self.withdrawal is not None and self.withdrawal.year <= year

    def listed(self, year: int) -> bool:
        """The list of the end of the year holds it: there, or gone in the year."""
        return self.purchase.year <= year and not self.out(year - 1)


@dataclass(frozen=True)
class Machine:
    """A virtual machine and what is reserved for it; `since` is its first year."""

    name: str
    directorate: str
    application: str
    vcpu: int
    ram_gb: int
    storage_gb: int
    since: int


def invent_servers() -> list[Server]:
    """Every device of the two rooms from 2023 to 2025."""
    draw = random_stream("servers")
    return [
        Server(
            name=f"{row['prefix']}-{i + 1:02d}",
            facts=row,
            serial=draw_serial(draw, row["serial"]),
            purchase=date.fromisoformat(row["purchase_date"]),
            withdrawal=date.fromisoformat(row["withdrawal_date"]) if row["withdrawal_date"] else None,
        )
        for row in read_facts("servers")
        for i in range(int(row["quantity"]))
    ]


def invent_machines() -> list[Machine]:
    """The virtual machines of the applications: the first of each since 2023, a few others later."""
    draw = random_stream("virtual machines")
    result: list[Machine] = []
    for row in read_facts("applications"):
        for i in range(int(row["vms"])):
            vcpu, ram_gb = draw.choice(SIZES)
            since = draw.choices((2023, 2024, 2025), (86, 8, 6))[0]
            result.append(
                Machine(
                    name=f"vm-{row['directorate'].lower()}-{len(result) + 1:03d}",
                    directorate=row["directorate"],
                    application=row["application"],
                    vcpu=vcpu,
                    ram_gb=ram_gb,
                    storage_gb=draw.choice(DISKS_GB),
                    since=since if i else 2023,
                )
            )
    return result


def servers_as_computers(all_servers: list[Server], numbered: int) -> Iterator[Device]:
    """Half of the servers, as the inventory agent of GLPI also reports them: same serial numbers, written otherwise."""
    racks = [server for server in all_servers if server.facts["item_type"] == "server_rack"]
    for i, server in enumerate(racks[::2]):
        yield Device(
            number=numbered + i + 1,
            list="computers",
            kind="server",
            unit=directorate("DSN"),
            site="Kerjouan",
            service="Infrastructures",
            name=server.name.lower(),
            manufacturer=server.facts["manufacturer"],
            model=server.facts["model"],
            type="Serveur" if i % 2 else "Rack Mount Chassis",
            serial=f"{server.serial[:3]} {server.serial[3:]}".lower(),
            purchase=server.purchase,
            cpu="Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz",
            price_eur=float(server.facts["price_eur"]),
            withdrawal=server.withdrawal,
            shown_until=server.withdrawal.year if server.withdrawal else 9999,
        )


def write_rooms(writer: Writer, year: int, all_servers: list[Server], all_machines: list[Machine]) -> None:
    """The tables of what stands in the computer rooms, in Estran's own columns."""
    listed = [server for server in all_servers if server.listed(year)]
    hosts = [server.name for server in listed if server.facts["role"] == "hypervisor" and not server.out(year)]
    living = [machine for machine in all_machines if machine.since <= year]
    writer.csv(
        f"{year}/salles/serveurs.csv",
        [read_layouts("columns")["servers"], *(_server_row(server, year) for server in listed)],
    )
    writer.csv(f"{year}/salles/vms.csv", _machine_rows(living, hosts))
    writer.csv(f"{year}/salles/applications.csv", _application_rows(living))


def _server_row(server: Server, year: int) -> list[Cell]:
    gone = server.withdrawal if server.out(year) else None
    known: dict[str, Cell] = {
        **server.facts,
        "item_id": server.name,
        "entity": entity_name(directorate("DSN")),
        "site": "Kerjouan" if server.facts["room"].endswith("Kerjouan") else "Hôtel du Département",
        "serial": server.serial,
        "quantity": 1,
        "status": "réformé" if gone else "en service",
        "purchase_date": f"{server.purchase:%d/%m/%Y}",
        "withdrawal_date": f"{gone:%d/%m/%Y}" if gone else None,
        "zone": "FRA",
        "quality": "high",
    }
    return [known[name] for name in read_layouts("columns")["servers"]]


def _machine_rows(living: list[Machine], hosts: list[str]) -> Iterator[list[Cell]]:
    """On one host in eight the storage is not known; on one host shares were agreed, a tenth of it kept free."""
    yield read_layouts("columns")["vms"]
    agreed = len(range(3, len(living), len(hosts)))
    for i, machine in enumerate(living):
        host = i % len(hosts)
        yield [
            machine.name,
            hosts[host],
            machine.vcpu,
            machine.ram_gb,
            None if host % 8 == 5 else machine.storage_gb,
            2600 if i % 29 == 0 else None,
            round(0.9 / agreed, 4) if host == 3 else None,
            entity_name(directorate(machine.directorate)),
        ]


def _application_rows(living: list[Machine]) -> Iterator[list[Cell]]:
    """One application per machine; in one case in five its first machine also carries the data of the one before."""
    yield read_layouts("columns")["applications"]
    outside = {row["application"]: row["outside"] for row in read_facts("applications")}
    order = list(outside)
    before: Machine | None = None
    for machine in living:
        shared = before and before.application != machine.application and order.index(machine.application) % 5 == 0
        for carried, share in ((machine, "0,7"), (before, "0,3")) if shared else ((machine, None),):
            if carried:
                place = entity_name(directorate(carried.directorate))
                yield [carried.application, machine.name, share, outside[carried.application], place]
        before = machine
