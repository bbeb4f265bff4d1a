"""Readings of an Enedis meter, in each layout that its owner may download: a constant 10 kW is 240 kWh a day."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from estran.common.problems import CannotUse
from estran.engine import runs
from estran.importing import estate_import
from real_run import Run

PARIS = ZoneInfo("Europe/Paris")
PREAMBLE = (
    "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;Unite;"
    "Pas en minutes\n12345678901234;{kind};01/01/2025;01/01/2026;Energie active;Consommation;Comptage Brut;{unit};\n"
)
YEAR = (datetime(2025, 1, 1), datetime(2026, 1, 1))


def times(begin: datetime, end: datetime, minutes: int) -> Iterator[datetime]:
    """The beginning of each step, in Paris: 23 hours on the last Sunday of March, 25 on that of October."""
    moment, last = begin.replace(tzinfo=PARIS).astimezone(UTC), end.replace(tzinfo=PARIS).astimezone(UTC)
    while moment < last:
        yield moment.astimezone(PARIS)
        moment += timedelta(minutes=minutes)


def curve(begin: datetime, end: datetime, minutes: int, watts: int = 10_000) -> list[str]:
    return [f"{moment.isoformat()};{watts}\n" for moment in times(begin, end, minutes)]


def mes_mesures(path: Path, lines: list[str], kind: str = "Courbe de charge", unit: str = "W") -> Path:
    path.write_text(PREAMBLE.format(kind=kind, unit=unit) + "\nHorodate;Valeur\n" + "".join(lines), "utf-8-sig")
    return path


def rooms(estate: Path) -> dict[str, dict[str, str]]:
    with (estate / "rooms.csv").open(encoding="utf-8") as file:
        return {row["room"]: row for row in csv.DictReader(file)}


def kwh_of(*files: Path, meter: str = "facility", **options: Any) -> tuple[float, list[str]]:
    """The kilowatt-hours of the room that these files measure, and the notes on them."""
    estate = files[0].parent / "parc"
    report = estate_import.import_files(files, estate=estate, room="Salle A", meter=meter, **options)
    notes = [note.replace("\u00a0", " ").replace("\u202f", " ") for file in report.files for note in file.notes]
    return float(rooms(estate)["Salle A"][f"{meter}_kwh"]), notes


def test_a_year_whose_step_changes(tmp_path: Path) -> None:
    lines = curve(YEAR[0], datetime(2025, 7, 1), 30) + curve(datetime(2025, 7, 1), YEAR[1], 10)
    random.Random(1).shuffle(lines)
    kwh, notes = kwh_of(mes_mesures(tmp_path / "courbe.csv", lines))
    assert kwh == pytest.approx(87_600, rel=1e-9)
    assert "Compteur général de « Salle A » : 87 600 kWh relevés en 2025." in notes
    assert not [note for note in notes if "Il manque" in note]


def test_days_without_readings_are_told_and_never_zero(tmp_path: Path) -> None:
    lines = curve(YEAR[0], datetime(2025, 2, 1), 30) + curve(datetime(2025, 2, 11), YEAR[1], 30)
    kwh, notes = kwh_of(mes_mesures(tmp_path / "courbe.csv", lines), meter="it")
    assert kwh == pytest.approx(355 * 240, rel=1e-9)
    assert rooms(tmp_path / "parc")["Salle A"]["quality"] == "medium"
    assert "Il manque 10 jours de relevés sur 365, non comptés (à ce rythme, l’année ferait 87 600 kWh)." in notes


def test_the_number_of_the_meter_is_kept_nowhere(tmp_path: Path) -> None:
    kwh_of(mes_mesures(tmp_path / "courbe.csv", curve(*YEAR, 60)))
    assert not [path for path in (tmp_path / "parc").iterdir() if b"12345678901234" in path.read_bytes()]


def test_flat_files_mix_production_and_reactive_power(tmp_path: Path) -> None:
    header = (
        "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;Etape métier;Unité;Horodate;"
        "Valeur;Nature;Pas;Indice de vraisemblance;Etat complémentaire\n"
    )
    line = "12345678901234;2025-01-01;2026-01-01;{};BRUT;{};{};{};R;PT60M;0;0\n"
    lines = [
        line.format(kind, unit, moment.isoformat(), value)
        for moment in times(*YEAR, 60)
        for kind, unit, value in (("PA;CONS", "W", 10_000), ("PA;PROD", "W", 700), ("PRI;CONS", "VAr", 90))
    ]
    random.Random(1).shuffle(lines)
    (tmp_path / "r63.csv").write_text(header + "".join(lines), encoding="utf-8")
    kwh, notes = kwh_of(tmp_path / "r63.csv")
    assert kwh == pytest.approx(87_600, rel=1e-9)
    assert "8760 relevés de production, laissés." in notes


def test_data_connect_names_a_step_by_its_end(tmp_path: Path) -> None:
    readings = [
        {"value": "10000", "date": f"{moment + timedelta(minutes=30):%Y-%m-%d %H:%M:%S}", "interval_length": "PT30M"}
        for moment in times(YEAR[0], datetime(2025, 1, 8), 30)
    ]
    content = {"usage_point_id": "12345678901234", "reading_type": {"unit": "W", "measurement_kind": "power"}}
    path = tmp_path / "courbe.json"
    path.write_text(json.dumps({"meter_reading": content | {"interval_reading": readings}}), encoding="utf-8")
    assert kwh_of(path)[0] == pytest.approx(7 * 240, rel=1e-9)


def test_the_json_of_r63(tmp_path: Path) -> None:
    points = [{"d": moment.isoformat(), "v": "10000", "p": "PT60M"} for moment in times(*YEAR, 60)]
    quantities = [
        {"grandeurMetier": flow, "grandeurPhysique": "PA", "unite": "W", "points": points} for flow in ("CONS", "PROD")
    ]
    content = {"header": {"codeFlux": "R63"}, "mesures": [{"idPrm": "12345678901234", "grandeur": quantities}]}
    path = tmp_path / "r63.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert kwh_of(path)[0] == pytest.approx(87_600, rel=1e-9)


def test_daily_indexes_with_a_hole(tmp_path: Path) -> None:
    header = "Horodate;Type de releve;EAS F1;EAS F2;EAS T\n"
    days = [(datetime(2025, 1, 1, 1, tzinfo=PARIS) + timedelta(days=day), day) for day in range(366)]
    lines = [f"{moment.isoformat()};Arrêté quotidien;{day * 100_000};{day * 140_000};\n" for moment, day in days]
    text = PREAMBLE.format(kind="Index", unit="Wh") + header + "".join(lines[:100] + lines[110:])
    (tmp_path / "index.csv").write_text(text + "Periode;Identifiant calendrier fournisseur;Libelle\n", encoding="utf-8")
    kwh, notes = kwh_of(tmp_path / "index.csv")
    assert kwh == pytest.approx(87_600, rel=1e-9)
    assert not [note for note in notes if "Il manque" in note]


@pytest.mark.parametrize("together", [True, False], ids=["in one import", "one by one"])
def test_files_that_overlap_count_each_day_once(together: bool, tmp_path: Path) -> None:
    january = mes_mesures(tmp_path / "janvier.csv", curve(datetime(2025, 1, 1), datetime(2025, 2, 2), 30))
    february = mes_mesures(tmp_path / "fevrier.csv", curve(datetime(2025, 2, 1), datetime(2025, 3, 1), 30))
    if together:
        assert kwh_of(january, february)[0] == pytest.approx(59 * 240, rel=1e-9)
    else:
        kwh_of(january)
        kwh_of(january)
        assert kwh_of(february)[0] == pytest.approx(59 * 240, rel=1e-9)


def test_what_stops_a_file_of_readings(tmp_path: Path) -> None:
    path = mes_mesures(tmp_path / "courbe.csv", curve(datetime(2025, 1, 1), datetime(2025, 1, 3), 30))
    with pytest.raises(CannotUse, match="quelle salle") as refused:
        estate_import.import_files([path], estate=tmp_path / "parc")
    assert "--room" in refused.value.problems[0].remedy
    long = mes_mesures(tmp_path / "long.csv", curve(datetime(2024, 12, 1), datetime(2025, 2, 1), 60))
    with pytest.raises(CannotUse, match="plusieurs années"):
        kwh_of(long)
    assert kwh_of(long, year=2025)[0] == pytest.approx(31 * 240, rel=1e-9)
    power = PREAMBLE.format(kind="Puissance maximale", unit="VA") + "Horodate;Valeur\n2025-01-01T12:00:00+01:00;5000\n"
    (tmp_path / "pmax.csv").write_text(power, encoding="utf-8")
    with pytest.raises(CannotUse, match="Aucun relevé") as refused:
        kwh_of(tmp_path / "pmax.csv")
    assert "courbe de charge" in refused.value.problems[0].remedy


def test_a_meter_alone_gives_a_figure(tmp_path: Path) -> None:
    kwh_of(mes_mesures(tmp_path / "courbe.csv", curve(*YEAR, 60)))
    runs.compute([tmp_path / "parc"], runs.Choices(2025), tmp_path / "bilan")
    run = Run(tmp_path / "bilan")
    assert run.total("amounts", "amount", flow="electricity_kwh") == pytest.approx(87_600, rel=1e-6)
