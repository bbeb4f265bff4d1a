"""NumEcoEval and G4IT: their four files and a referential in either dialect give their rules' numbers (Y1 to Y5).

The referential is that of test_referential.py, invented: laptop-2 is 180 + 9 + 1 kg and 40 kWh a year, a Laptop lasts
4 years, a Server has no reference; France is 0.08 kg per kWh, the PUE where none is given 1.75. Day of calculation:
30 June 2025; a year is 365 days.
"""

from pathlib import Path

import pytest
from test_referential import G4IT, NUMECOEVAL, OLDER

from estran.engine import runs
from real_run import Run

ESTATE = {
    "DATACENTER.csv": """\
nomCourtDatacenter;nomLongDatacenter;pue;localisation;nomEntite
DC1;Salle de Rennes;;France;DSI
""",
    # P1 in service: its age. P2 gone in 2024: its life, and no presence. P3 without dates, COPE. P4 in the data centre.
    # P5 withdrawn before its purchase.
    "EQUIPEMENT_PHYSIQUE.csv": """\
nomEquipementPhysique;modele;quantite;nomCourtDatacenter;dateAchat;dateRetrait;type;statut;paysDUtilisation;\
consoElecAnnuelle;utilisateur;nomEntite;nbCoeur;modeUtilisation
P1;Latitude 5440;3;;2023-07-01;;Laptop;In use;France;;jdupont;DSI;4;
P2;Inconnu;1;;20200101;30/12/2024;Laptop;In use;France;;;DSI;4;
P3;Inconnu;1;;;;Laptop;In use;France;;;DSI;4;COPE
P4;Baie 12;2;DC1;2020-07-01;;Server;In use;Allemagne;1000;;DSI;32;
P5;Inconnu;1;;2024-05-01;2023-05-01;Laptop;In use;France;;;DSI;4;
""",
    "EQUIPEMENT_VIRTUEL.csv": """\
nomEquipementVirtuel;nomEquipementPhysique;cleRepartition;vCPU;cluster;consoElecAn;typeEqv;capaciteStockage;nomEntite
vm1;P4;;4;;;calcul;;DSI
vm2;P4;;12;;;calcul;;DSI
""",
    "APPLICATION.csv": """\
nomApplication;typeEnvironnement;nomEquipementVirtuel;domaine;sousDomaine;nomEntite
paie;Production;vm1;RH;Paie;DSI
""",
}


@pytest.fixture(scope="module", params=[G4IT, NUMECOEVAL, OLDER], ids=["g4it", "numecoeval", "older"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("numecoeval")
    for name, files in (("estate", ESTATE), ("referential", request.param)):
        (folder / name).mkdir()
        for file, text in files.items():
            (folder / name / file).write_text(text, encoding="utf-8")
    choices = runs.Choices(
        2025,
        method="numecoeval",
        factor_set=str(folder / "referential"),
        calculation_day="2025-06-30",
        detail=True,
    )
    runs.compute([folder / "estate"], choices, folder / "run")
    return Run(folder / "run")


def test_the_types_are_those_of_the_referential(run: Run) -> None:
    assert {row["item_type"] for row in run.rows("equipment")} == {"Laptop", "Server"}


def test_making_over_the_age_the_life_or_the_default(run: Run) -> None:
    # P1: 1 July 2023 to 30 June 2025 is 730 days, 2 years. P2: 1,825 days, 5 years. P3: 4 years, 80 %.
    made = 3 / 2 + 1 / 5 + 0.8 / 4
    for stage, factor in (("manufacturing", 180), ("distribution", 9), ("end_of_life", 1)):
        assert run.total("impacts", criterion="gwp", stage=stage) == pytest.approx(made * factor, rel=1e-9)
    assert run.total("impacts", criterion="ir", stage="manufacturing") == pytest.approx(made * 70, rel=1e-9)


def test_electricity_with_the_pue_of_servers_alone_in_the_country_of_the_data_centre(run: Run) -> None:
    # P1 3 × 40, P2 40 though gone, P3 40 × 80 %, P5 40; P4 2 × 1,000 kWh × 1.75, in France and not in Germany.
    laptops, servers = 3 * 40 + 40 + 40 * 0.8 + 40, 2 * 1000 * 1.75
    for item_type, kwh in (("Laptop", laptops), ("Server", servers)):
        assert run.total("amounts", "amount", flow="electricity_kwh", item_type=item_type, zone="FRA") == pytest.approx(
            kwh
        )
        assert run.total("impacts", item_type=item_type, stage="use") == pytest.approx(kwh * 0.08, rel=1e-9)
    assert run.total("amounts", "amount", flow="electricity_kwh") == pytest.approx(laptops + servers, rel=1e-9)


def test_what_their_engine_counts_zero_is_listed(run: Run) -> None:
    gaps = [(row["item_id"], row["what"], row["stage"]) for row in run.rows("gaps") if row["criterion"] in ("", "gwp")]
    no_reference = [("P4", "factor", stage) for stage in ("distribution", "end_of_life", "manufacturing")]
    assert sorted(gaps) == [*no_reference, ("P5", "dates", "")]


def test_a_host_is_shared_by_reserved_processors(run: Run) -> None:
    # 280 kg of use: 4 vCPU of 16, 12 of 16.
    for level, name, value in (("vm", "vm1", 70), ("vm", "vm2", 210), ("application", "paie", 70)):
        assert run.total("allocation", level=level, name=name, stage="use") == pytest.approx(value, rel=1e-9)


# C1: a type that no table declares, a model that one matches, dates (200 days). C2: the same without a match. S1: a
# type that Estran knows and the referential does not, with a match and no date: 2 years.
UNDECLARED = """\
nomEquipementPhysique;modele;quantite;nomCourtDatacenter;dateAchat;dateRetrait;type;statut;paysDUtilisation;\
consoElecAnnuelle;utilisateur;nomEntite;nbCoeur
C1;LATITUDE 5440;10;;2023-01-01;2023-07-20;Consumable;Consumed;France;;;DSI;
C2;Hub USB;1;;2023-01-01;2023-07-20;Consumable;Consumed;France;;;DSI;
S1;Latitude 5440;1;;;;Smartphone;In use;France;;;DSI;
"""


@pytest.mark.parametrize("referential", [G4IT, NUMECOEVAL, OLDER], ids=["g4it", "numecoeval", "older"])
def test_a_model_is_matched_whatever_the_type(referential: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "estate").mkdir()
    (tmp_path / "estate" / "EQUIPEMENT_PHYSIQUE.csv").write_text(UNDECLARED, encoding="utf-8")
    (tmp_path / "referential").mkdir()
    for file, text in referential.items():
        (tmp_path / "referential" / file).write_text(text, encoding="utf-8")
    choices = runs.Choices(
        2025, method="numecoeval", factor_set=str(tmp_path / "referential"), calculation_day="2025-06-30", detail=True
    )
    runs.compute([tmp_path / "estate"], choices, tmp_path / "run")
    run = Run(tmp_path / "run")
    making = run.total("impacts", criterion="gwp", stage="manufacturing")
    assert making == pytest.approx(10 / (200 / 365) * 180 + 180 / 2, rel=1e-9)
    assert run.total("amounts", "amount", flow="electricity_kwh") == pytest.approx(10 * 40 + 40)
    assert {row["item_type"] for row in run.rows("gaps") if row["item_id"] == "C2"} == {"Consumable"}
