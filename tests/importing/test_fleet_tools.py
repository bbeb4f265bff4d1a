"""What the tools of a fleet export, given as it is: agents' inventories, RVTools, lists of agents, Snipe-IT."""

from __future__ import annotations

import base64
import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from estran.cli.display import runs as display_runs
from estran.common.problems import CannotUse
from estran.engine import runs
from estran.importing import estate_import
from estran.importing.estate_import import ImportReport
from estran.importing.reading import folders
from estran.importing.reading.edid import Edid, decode_edid


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(report: ImportReport, name: str, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row.get(column, "") for column in columns) for row in table(report.estate / name)]


def notes(report: ImportReport) -> list[str]:
    return [note for file in report.files for note in file.notes]


# ------------------------------------------------------------------------------------------------------------- EDID


def edid(maker: str, name: str, serial: str, wide_mm: int, high_mm: int, number: int = 0) -> str:
    """The 128 bytes of a screen, as a firmware lays them out, in base64."""
    letters = sum((ord(letter) - 64) << shift for letter, shift in zip(maker, (10, 5, 0), strict=True))
    data = bytearray(128)
    data[0:8] = b"\x00\xff\xff\xff\xff\xff\xff\x00"
    data[8:10] = letters.to_bytes(2, "big")
    data[12:16] = number.to_bytes(4, "little")
    data[21], data[22] = round(wide_mm / 10), round(high_mm / 10)
    timing = bytearray(18)
    timing[0:2] = b"\x02\x3a"
    timing[12], timing[13], timing[14] = wide_mm & 255, high_mm & 255, wide_mm >> 8 << 4 | high_mm >> 8
    texts = [
        bytes([0, 0, 0, kind, 0]) + f"{text}\n".encode().ljust(13)[:13] for kind, text in ((252, name), (255, serial))
    ]
    data[54:72], data[72:90] = timing, texts[0] if name else bytes(18)
    data[90:108] = texts[1] if serial else bytes(18)
    return base64.b64encode(bytes(data)).decode()


def test_an_edid_says_maker_name_serial_and_true_diagonal() -> None:
    # 527 × 296 mm: the square root of 527² + 296² is 604.4 mm, 23.8 inches
    assert decode_edid(edid("DEL", "DELL P2419H", "CN0ABC", 527, 296)) == Edid("DEL", "DELL P2419H", "CN0ABC", 23.8)
    assert decode_edid(edid("AUO", "", "", 309, 174)) == Edid("AUO", "", "", 14.0)
    assert decode_edid(edid("SAM", "", "", 0, 0, number=0x484E4D54)) == Edid("SAM", "", "484e4d54", None)
    assert decode_edid("AP///w==") is None
    assert decode_edid("not base64 !") is None


# ----------------------------------------------------------------------------------------------- agents' inventories


def machine(chassis: str, maker: str, model: str, serial: str, **more: Any) -> dict[str, Any]:
    bios = {"smanufacturer": maker, "smodel": model, "ssn": serial}
    hardware = {"chassis_type": chassis, "vmsystem": more.pop("vmsystem", "Physical"), "lastloggeduser": "jdupont"}
    content = {"hardware": hardware, "bios": bios, "users": [{"login": "jdupont"}], **more}
    return {"action": "inventory", "content": content, "deviceid": "PC-DUPONT-2025", "itemtype": "Computer"}


def network(kind: str, maker: str, model: str, serial: str, **more: Any) -> dict[str, Any]:
    device = {"type": kind, "manufacturer": maker, "model": model, "serial": serial, "ips": ["10.0.0.1"]}
    return {"action": "netinventory", "content": {"network_device": device, **more}, "itemtype": "NetworkEquipment"}


PANEL = {"base64": edid("AUO", "", "", 309, 174)}
SCREEN = {"base64": edid("DEL", "DELL P2419H", "CN0ABC", 527, 296), "serial": "CN0ABC"}
MACHINES = {
    "a.json": machine(
        "Notebook", "Dell Inc.", "Latitude 5420", "AB1", monitors=[PANEL, SCREEN], batteries=[{"name": "x"}]
    ),
    "b.json": machine("Desktop", "HP", "HP EliteDesk 800 G4 SFF", "CZ1", monitors=[SCREEN]),
    "c.json": machine("Other", "VMware, Inc.", "VMware Virtual Platform", "VMware-1", vmsystem="VMware"),
    "d.json": network(
        "Networking",
        "Cisco",
        "Catalyst 3750",
        "FOC1",
        network_components=[
            {"type": "stack", "name": "stack"},
            {"type": "chassis", "model": "WS-C3750G-48TS-S", "serial": "FOC1"},
            {"type": "chassis", "model": "WS-C3750G-48TS-S", "serial": "FOC2"},
        ],
    ),
    "e.json": network("Printer", "Hewlett-Packard", "HP LaserJet M507", "PH1"),
    "f.json": machine("Notebook", "Dell Inc.", "Latitude 5420", "AB1", partial=True) | {"partial": True},
    "g.json": machine(
        "Desktop", "Acme", "Zorglub", "To be filled by O.E.M.", batteries=[{"name": "y", "chemistry": "Li-ION"}]
    ),
    "h.json": machine(
        "Desktop",
        "HP",
        "HP EliteDesk 800 G4 SFF",
        "CZ2",
        batteries=[{"name": "Back-UPS 700"}],
        printers=[
            {"name": "Microsoft Print to PDF"},
            {"name": "P1", "driver": "HP LaserJet 1320", "serial": "CNB1"},
        ],
    ),
}


def write_machines(folder: Path) -> Path:
    folder.mkdir()
    for name, content in MACHINES.items():
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    return folder


def test_a_folder_of_inventories_is_read_whole(tmp_path: Path) -> None:
    folder = write_machines(tmp_path / "inventaires")
    (folder / "z.json").write_text('{"action":"inventory","content":{"hard')
    report = estate_import.import_files([folder], estate=tmp_path / "parc")

    assert rows(report, "inventory.csv", "item_type", "manufacturer", "model", "serial", "virtual") == [
        ("laptop_ultraportable", "Dell Inc.", "Latitude 5420", "AB1", ""),  # by its panel of 14 inches
        ("desktop", "HP", "HP EliteDesk 800 G4 SFF", "CZ1", ""),
        ("server", "VMware, Inc.", "VMware Virtual Platform", "VMware-1", "true"),
        ("", "Acme", "Zorglub", "", ""),  # said to be a desktop, with a battery
        ("desktop", "HP", "HP EliteDesk 800 G4 SFF", "CZ2", ""),  # that battery is a UPS
        ("monitor_medium", "Dell", "DELL P2419H", "CN0ABC", ""),
        ("printer_laser", "Hewlett-Packard", "HP LaserJet M507", "PH1", ""),
        ("printer_laser", "", "HP LaserJet 1320", "CNB1", ""),
        ("switch", "Cisco", "WS-C3750G-48TS-S", "FOC1", ""),
        ("switch", "Cisco", "WS-C3750G-48TS-S", "FOC2", ""),
    ]
    counts = {file.name: (file.rows_read, file.rows_written, file.set_aside) for file in report.files}
    assert counts == {
        "inventaires (Ordinateurs)": (6, 5, 1),  # a partial inventory is left
        "inventaires (Moniteurs)": (3, 1, 2),  # a panel, and a screen that two computers see
        "inventaires (Imprimantes)": (3, 2, 1),  # a print queue
        "inventaires (Matériels réseau)": (2, 2, 0),
    }
    assert report.unread == ["z.json"]
    assert [problem.file for problem in report.problems] == ["z.json"]
    assert notes(report)[1].startswith("8 inventaires de machines lus.") or "8 inventaires de machines lus." in notes(
        report
    )
    assert any(note.startswith("1 ordinateur dit fixe a une batterie") for note in notes(report))
    written = "".join(path.read_text(encoding="utf-8") for path in report.estate.glob("*.*"))
    assert "dupont" not in written.lower() and "10.0.0.1" not in written


def test_an_archive_and_files_one_by_one_give_the_same(tmp_path: Path) -> None:
    folder = write_machines(tmp_path / "inventaires")
    with zipfile.ZipFile(tmp_path / "inventaires.zip", "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"sous-dossier/{path.name}")
        archive.writestr("__MACOSX/._a.json", "x")
    columns = ("item_type", "model", "serial")
    whole = rows(estate_import.import_files([folder], estate=tmp_path / "1"), "inventory.csv", *columns)
    packed = estate_import.import_files([tmp_path / "inventaires.zip"], estate=tmp_path / "2")
    (folder / "a.json").rename(folder / "a-PC-DUPONT.json")
    alone = estate_import.import_files(sorted(folder.iterdir()), estate=tmp_path / "3")
    assert rows(packed, "inventory.csv", *columns) == rows(alone, "inventory.csv", *columns) == whole
    assert packed.unread == alone.unread == []
    # The name of a machine is often that of a person.
    assert "dupont" not in "".join(path.read_text(encoding="utf-8").lower() for path in alone.estate.glob("*.*"))


def test_an_inventory_in_xml_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "pc.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8" ?>\n<REQUEST><CONTENT>'
        "<HARDWARE><CHASSIS_TYPE>Notebook</CHASSIS_TYPE><LASTLOGGEDUSER>jdupont</LASTLOGGEDUSER></HARDWARE>"
        "<BIOS><SMANUFACTURER>Dell Inc.</SMANUFACTURER><SMODEL>Latitude 5420</SMODEL><SSN>AB1</SSN></BIOS>"
        f"<MONITORS><BASE64>{PANEL['base64']}</BASE64></MONITORS>"
        f"<MONITORS><BASE64>{SCREEN['base64']}</BASE64><SERIAL>CN0ABC</SERIAL></MONITORS>"
        "<SOFTWARES><NAME>x</NAME></SOFTWARES></CONTENT><DEVICEID>PC-DUPONT</DEVICEID></REQUEST>",
        encoding="utf-8",
    )
    (tmp_path / "coupe.xml").write_text('<?xml version="1.0"?><REQUEST><CONTENT><BIOS>', encoding="utf-8")
    report = estate_import.import_files([tmp_path / "pc.xml", tmp_path / "coupe.xml"], estate=tmp_path / "parc")
    assert rows(report, "inventory.csv", "item_type", "model", "serial") == [
        ("laptop_ultraportable", "Latitude 5420", "AB1"),
        ("monitor_medium", "DELL P2419H", "CN0ABC"),
    ]
    assert report.unread == ["coupe.xml"]


def test_a_folder_without_anything_to_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vide").mkdir()
    (tmp_path / "vide" / ".DS_Store").write_text("x")
    with pytest.raises(CannotUse) as refused:
        estate_import.import_files([tmp_path / "vide"], estate=tmp_path / "parc")
    assert [problem.what for problem in refused.value.problems] == ["Rien à lire ici\u00a0: aucun fichier."]
    assert not (tmp_path / "parc").exists()


def test_an_archive_that_would_fill_the_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "limit", lambda _name: 2_000_000)
    with zipfile.ZipFile(tmp_path / "bombe.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.csv", bytes(1_500_000))
        archive.writestr("2.csv", bytes(1_500_000))
    with pytest.raises(CannotUse) as refused:
        estate_import.import_files([tmp_path / "bombe.zip"], estate=tmp_path / "parc")
    assert refused.value.problems[0].what == "L’archive occuperait plus de 2 Mo une fois ouverte."


# --------------------------------------------------------------------------------------------------------- RVTools

HOST_HEADER = (
    "Host|Datacenter|Cluster|CPU Model|# CPU|# Cores|# Memory|# VMs|# vCPUs|ESX Version|DNS Servers|Vendor|Model"
    "|Serial number|Service tag|BIOS Date|VI SDK Server"
)
HOSTS = [
    "esx1.nord|Nord|Prod|Xeon|2|64|1048576|2|6|ESXi 8|10.0.0.1|Dell Inc.|PowerEdge R750|ABC1|ABC1|2023-05-01|vc1",
    "10.2.3.5|Sud||Xeon|2|28|262144|1|2|ESXi 6|10.0.0.1|HPE|ProLiant BL460c Gen9|CZ1||2020-05-01|vc2",
]
VM_HEADER = (
    "VM|Powerstate|Template|SRM Placeholder|DNS Name|CPUs|Memory|NICs|Primary IP Address|Resource pool|Provisioned MiB"
    "|In Use MiB|HW version|Annotation|Datacenter|Cluster|Host|VM ID|VM UUID"
)
UUID = "42201d4e-0000-1111-2222-33334444555"
VMS = [
    f"paie-dupont|poweredOn|False|False|x|4|16384|1|10.1.1.1|p|1|102400|19|chez Dupont|Nord|P|esx1.nord|1|{UUID}1",
    f"web|poweredOn|False|False|x|2|4,096|1|10.1.1.2|p|1|51200|19||Nord|P|esx1.nord|2|{UUID}2",
    "sud|poweredOn|False|False|x|2|8192|1|10.1.1.3|p|1|20480|19||Sud||10.2.3.5|3|",
    f"eteinte|poweredOff|False|False|x|8|32768|1||p|1|204800|19||Nord|P|esx1.nord|4|{UUID}4",
    f"modele|poweredOff|True|False|x|8|32768|1||p|1|204800|19||Nord|P|esx1.nord|5|{UUID}5",
    f"secours|poweredOff|False|True|x|8|32768|1||p|1|1|19||Nord|P|esx1.nord|6|{UUID}6",
]
STORE_HEADER = "Name|Type|# VMs|Capacity MiB|Provisioned MiB|In Use MiB|# Hosts|Hosts|SIOC enabled"
STORES = ["ds1|VMFS|5|10000000|9|5000000|2|a, b|False", "ds2|NFS|5|10000000|9|1000000|2|a, b|False"]
DISK_HEADER = "VM|Powerstate|Template|SRM Placeholder|Disk|Capacity MiB|Path|Datacenter|Cluster|Host|VM UUID"
SHEETS = {
    "vInfo": (VM_HEADER, VMS),
    "vDisk": (DISK_HEADER, ["web|poweredOn|False|False|Hard disk 1|204800|p|Nord|P|esx1.nord|x"]),
    "vHost": (HOST_HEADER, HOSTS),
    "vDatastore": (STORE_HEADER, STORES),
    "vHealth": ("Name|Message|Message type", ["a|b|c"]),
}


def write_workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, (header, lines) in SHEETS.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(line.split("|") for line in (header, *lines)):
                sheet.write_row(number, 0, cells)
    return path


def write_folder(folder: Path) -> Path:
    folder.mkdir()
    for name, (header, lines) in SHEETS.items():
        with (folder / f"RVTools_tab{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(line.split("|") for line in (header, *lines))
    return folder


@pytest.mark.parametrize("write", [write_workbook, write_folder])
def test_rvtools_gives_servers_rooms_and_virtual_machines(tmp_path: Path, write: Any) -> None:
    report = estate_import.import_files([write(tmp_path / "RVTools_export_all.xlsx")], estate=tmp_path / "parc")

    hidden = "9d6dc2b621cf"  # the fingerprint of 10.2.3.5
    assert rows(report, "inventory.csv", "item_id", "item_type", "serial", "quantity", "room", "purchase_date") == [
        ("esx1.nord", "server_rack", "ABC1", "1.0", "Nord", ""),
        (hidden, "server_blade", "CZ1", "1.0", "Sud", ""),
    ]
    assert rows(report, "rooms.csv", "room") == [("Nord",), ("Sud",)]
    # 16384 MiB are 17.179869 GB; « 4,096 » is four thousand and ninety-six
    assert rows(report, "vms.csv", "vm", "host", "vcpu", "ram_gb", "storage_gb") == [
        (f"{UUID}1", "esx1.nord", "4.0", "17.179869", "107.374182"),
        (f"{UUID}2", "esx1.nord", "2.0", "4.294967", "53.687091"),
        ("660f4c2c8363", hidden, "2.0", "8.589935", "21.474836"),
    ]
    assert sorted(file.rows_read for file in report.files) == [2, 2, 6]
    said = notes(report)
    assert {"1 ligne laissée (Template\u00a0: True).", "1 ligne laissée (Powerstate\u00a0: poweredOff)."} <= {*said}
    assert any(note.startswith("2 banques de données\u00a0: 6,3 To en service sur 21 To.") for note in said)
    assert any("vDisk" in note and "vHealth" in note for note in said)
    written = "".join(path.read_text(encoding="utf-8") for path in report.estate.glob("*.*"))
    assert "dupont" not in written.lower() and "10.1.1.1" not in written and "10.2.3.5" not in written


def test_a_room_that_a_person_describes_is_kept(tmp_path: Path) -> None:
    (tmp_path / "rooms.csv").write_text("room,pue\nNord,1.3\n")
    for files in ([tmp_path / "rooms.csv", write_folder(tmp_path / "rvtools")], [tmp_path / "rvtools"]):
        report = estate_import.import_files(files, estate=tmp_path / "parc")
    assert sorted(rows(report, "rooms.csv", "room", "pue")) == [("Nord", "1.3"), ("Sud", "")]


def test_two_data_centres_become_servers_virtual_machines_and_their_allocation(tmp_path: Path) -> None:
    write_workbook(tmp_path / "RVTools_export_all.xlsx")
    estate_import.import_files([tmp_path / "RVTools_export_all.xlsx"], estate=tmp_path / "parc")
    runs.compute([tmp_path / "parc"], runs.Choices(2025, criteria=("gwp",)), tmp_path / "bilan")
    shares = display_runs.sum_impacts(tmp_path / "bilan", ["host", "vm"], "gwp")
    servers = display_runs.sum_impacts(tmp_path / "bilan", ["item_type"], "gwp")

    assert {(row["host"], row["vm"][-4:]) for row in shares} == {
        ("esx1.nord", "5551"),
        ("esx1.nord", "5552"),
        ("9d6dc2b621cf", "8363"),
    }
    total = sum(row["value"] for row in servers if row["item_type"].startswith("server"))
    assert sum(row["value"] for row in shares) == pytest.approx(total)
    first, second = (next(row["value"] for row in shares if row["vm"][-4:] == vm) for vm in ("5551", "5552"))
    assert first > 2 * second  # twice the processors and the storage, four times the memory


# ------------------------------------------------------------------------------------------------- lists of agents

INTUNE = """Device ID,Device name,Last check-in,Serial number,Manufacturer,Model,Ownership,OS,Primary user UPN,IMEI
1,PC-1,2025-11-20 08:00:00.0000000,PF2,LENOVO,ThinkPad T14 Gen 2,Corporate,Windows,a.b@c.fr,
2,TEL,2025-11-20 08:00:00.0000000,X1,Apple,iPhone 12,Personal,iOS,a.b@c.fr,3569
3,OLD,2022-11-20 08:00:00.0000000,O1,HP,HP EliteBook 840 G3,Corporate,Windows,a.b@c.fr,
4,NEW,0001-01-01 00:00:00.0000000,N1,HP,HP EliteBook 840 G9,Corporate,Windows,a.b@c.fr,
5,TAB,2025-11-19 08:00:00.0000000,I1,Apple,iPad (9th generation),Corporate,iOS,a.b@c.fr,3570
"""
API = """DeviceName,Manufacturer,Model,SerialNumber,OS,Ownership,LastContact,UPN
PC-1,Dell Inc.,Latitude 5420,AB1,Windows,Corporate,2025-11-20T08:00:00Z,a@c.fr
PC-2,Microsoft Corporation,Virtual Machine,VM1,Windows,Corporate,2025-11-20T08:00:00Z,a@c.fr
"""
FRENCH = """\
Nom de l’appareil;Propriété;Conformité;UPN de l’utilisateur principal;Dernier archivage;Fabricant;Modèle;Numéro de série
P1;Entreprise;Conforme;a@b.fr;20/11/2025 08:12;Dell Inc.;Latitude 5420;F1
P2;Personnel;Conforme;a@b.fr;20/11/2025 08:12;Apple;iPhone 13;F2
"""
SCCM = """Netbios_Name0,User_Name0,Manufacturer0,Model0,Version0,SerialNumber0,ChassisTypes0,LastHWScan
A1,jd,LENOVO,20HN0012FR,ThinkPad X270,PC1,10,11/20/2025 8:12:33 AM
A2,jd,Dell Inc.,Zorglub 1,Not Specified,PC2,12,11/20/2025 8:12:33 AM
A3,jd,HP,Zorglub 2,,PC3,{3},11/20/2025 8:12:33 AM
A4,jd,"VMware, Inc.",VMware Virtual Platform,None,VMware-1,1,11/20/2025 8:12:33 AM
A5,jd,Acme,Zorglub 3,,PC5,35,11/20/2025 8:12:33 AM
"""
LANSWEEPER = """\
AssetName;AssetTypename;Username;IPAddress;Manufacturer;Model;Serialnumber;PurchaseDate;Location;State;Lastseen
PC1;Windows;jd;10.0.0.1;HP;HP ProDesk 600 G3 DM;CZC1;13/03/2019 00:00:00;Mairie;Active;20/11/2025 10:00:00
SW1;Switch;;10.0.0.3;Cisco;WS-C2960X-48TS-L;FOC1;;Mairie;Active;20/11/2025 10:00:00
VM1;VMware Guest;;10.0.0.9;VMware, Inc.;VMware7,1;V1;;Mairie;Active;20/11/2025 10:00:00
PC4;Windows;jd;10.0.0.2;Dell Inc.;OptiPlex 790;DD19;13/03/2011 00:00:00;Mairie;Active;20/11/2021 10:00:00
"""
PDQ = """\
Computer Name,Computer Manufacturer,Computer Model,Computer Serial Number,Computer Chassis,Computer Current User
B1,HP,HP ProBook 450 G8 Notebook PC,P1,Notebook,DOM\\jd
B2,Acme,Zorglub,P2,Low Profile Desktop,DOM\\jd
"""
LISTS = {
    "intune": (INTUNE, [("PF2", "laptop"), ("I1", "tablet")], {"Ownership", "aucun contact"}),
    "api": (API, [("AB1", "laptop"), ("VM1", "server")], set()),
    "french": (FRENCH, [("F1", "laptop")], {"Propriété"}),
    "sccm": (
        SCCM,
        [("PC1", "laptop"), ("PC2", "laptop"), ("PC3", "desktop"), ("VMware-1", "server"), ("PC5", "desktop")],
        set(),
    ),
    "lansweeper": (LANSWEEPER, [("CZC1", "desktop"), ("FOC1", "switch"), ("V1", "server")], {"aucun contact"}),
    "pdq": (PDQ, [("P1", "laptop"), ("P2", "desktop")], set()),
}


@pytest.mark.parametrize("name", LISTS)
def test_the_list_of_an_agent_needs_no_hand(tmp_path: Path, name: str) -> None:
    text, expected, left = LISTS[name]
    (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    report = estate_import.import_files([tmp_path / f"{name}.csv"], estate=tmp_path / "parc")
    read = [(serial, kind.split("_")[0]) for serial, kind in rows(report, "inventory.csv", "serial", "item_type")]
    assert read == expected
    assert report.files[0].format == "agents"
    assert report.files[0].rows_read == text.count("\n") - 1
    reasons = {reason for reason in left if any("laissée" in note and reason in note for note in notes(report))}
    assert reasons == left
    written = "".join(path.read_text(encoding="utf-8") for path in report.estate.glob("*.*"))
    assert not [word for word in ("@c.fr", "@b.fr", "jd;", ",jd", "10.0.0", "3569") if word in written]


def test_a_lenovo_code_gives_way_to_its_name_and_no_other_version_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "sccm.csv").write_text(SCCM, encoding="utf-8")
    report = estate_import.import_files([tmp_path / "sccm.csv"], estate=tmp_path / "parc")
    models = [model for (model,) in rows(report, "inventory.csv", "model")]
    assert models == ["ThinkPad X270", "Zorglub 1", "Zorglub 2", "VMware Virtual Platform", "Zorglub 3"]


def test_snipe_it_in_english_and_in_french(tmp_path: Path) -> None:
    (tmp_path / "snipe.csv").write_text(
        "Company,Name,Asset Tag,Category,Manufacturer,Location,Model,Model Number,Serial,Purchase Date,Purchase Cost,"
        "Status,Checked Out To: Username,Asset EOL Date\n"
        'Ville,Portable,SN-1,Laptops,Apple,Mairie,MacBook Air 13,A2681,C02,2023-01-23,"1,199.00",'
        "Deployed,hugo,2027-01-23\n"
        "Ville,Ecran,SN-2,Monitors,Dell,Mairie,,U2723QE,CN1,2022-05-02,420.00,Ready to Deploy,,\n",
        encoding="utf-8",
    )
    (tmp_path / "francais.csv").write_text(
        "Nom de l'actif,Étiquette de l'actif,Série,Modèle,\u0421atégorie,Statut,Extrait vers,Lieu,"
        "Fabricant,Date d'achat,Prix d'achat\n"
        "Portable,SN-3,PF3,ThinkPad T14,Ordinateurs portables,En service,Hugo B,Mairie,Lenovo,2022-03-14,899.00\n",
        encoding="utf-8",
    )
    report = estate_import.import_files([tmp_path / "snipe.csv", tmp_path / "francais.csv"], estate=tmp_path / "parc")
    assert [file.format for file in report.files] == ["snipeit", "snipeit"]
    columns = ("item_id", "item_type", "model", "purchase_date", "price_eur", "planned_withdrawal_date")
    read = [(item, kind.split("_")[0], *others) for item, kind, *others in rows(report, "inventory.csv", *columns)]
    assert read == [
        ("SN-1", "laptop", "MacBook Air 13", "2023-01-23", "1199.0", "2027-01-23"),
        ("SN-2", "monitor", "U2723QE", "2022-05-02", "420.0", ""),
        ("SN-3", "laptop", "ThinkPad T14", "2022-03-14", "899.0", ""),
    ]
    written = "".join(path.read_text(encoding="utf-8") for path in report.estate.glob("*.*"))
    assert "hugo" not in written.lower()


def test_exports_of_itop_servicenow_jamf_and_the_google_console(tmp_path: Path) -> None:
    exports = {
        "itop": "Name*,Organization->Name,Status,Location->Name,Type,Brand->Name,Model->Name,Serial number,"
        "Asset number,Move to production date,Purchase date\nPC-1,Mairie,production,Annexe,laptop,Dell,Latitude 5420,"
        "S1,A1,2022-03-01,2022-02-10\nPC-2,Mairie,obsolete,Annexe,desktop,Dell,OptiPlex 3050,"
        "S2,A2,2016-03-01,2016-02-10\n",
        "servicenow": "Asset tag,Display name,Model category,Model,Serial number,State,Location,Department,Purchased\n"
        "P1,P1 - EliteDisplay,Monitor,HP EliteDisplay E243,S3,In use,Annexe,DSI,2020-05-13\n",
        "jamf": "Computer Name,Asset Tag,Serial Number,Model,Model Identifier,PO Date,Department,Building\n"
        'M1,J1,S4,"iMac (24-inch, M1, 2021)","iMac21,1",2021-10-13,Presse,Annexe\n',
        "google_admin": "deviceId,serialNumber,status,annotatedLocation,annotatedAssetId,model,orgUnitPath\n"
        "1,S5,ACTIVE,Collège,C1,HP Chromebook x360 11 G3 EE,/A\n2,S6,DEPROVISIONED,Collège,C2,Lenovo 100e,/A\n",
    }
    for name, text in exports.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    files = [tmp_path / f"{name}.csv" for name in exports]
    report = estate_import.import_files(files, estate=tmp_path / "parc")
    assert [file.format for file in report.files] == list(exports)
    assert sorted(rows(report, "inventory.csv", "serial", "item_type", "status", "purchase_date")) == [
        ("S1", "laptop_ultraportable", "in_service", "2022-02-10"),
        ("S2", "desktop", "retired", "2016-02-10"),
        ("S3", "monitor_medium", "in_service", "2020-05-13"),
        ("S4", "all_in_one", "", "2021-10-13"),
        ("S5", "laptop_ultraportable", "in_service", ""),
        ("S6", "laptop_ultraportable", "retired", ""),
    ]
