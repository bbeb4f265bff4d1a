"""What the ecodiag method reads in a list, and the totals it gives: EcoDiag's own numbers, computed by hand.

kg CO2 eq of making one device, kWh per year, years: EcoDiag 2022. Electricity: 0.084 kg per kWh (Y8).
"""

import csv
from pathlib import Path

import pyarrow as pa
import pytest

import reading
from estran.catalogue import loading
from estran.engine import runs
from estran.engine.session import Session
from estran.engine.steps import steps
from estran.importing import estate_import


@pytest.fixture(scope="module")
def known() -> loading.Catalogue:
    return loading.load(factor_set="ecodiag", method="ecodiag")


def recognised(known: loading.Catalogue, label: str, model: str, item_type: str = "") -> tuple[object, ...]:
    """Item type, kg, kWh and years that EcoDiag's rules read in two texts; nothing when they read nothing."""
    session = Session()
    texts = {"label": label, "model_key": model.lower(), "item_type": item_type, "flow": ""}
    inventory = {name: pa.array([text or None], pa.string()) for name, text in texts.items()}
    for name in ("ecodiag_rules", "item_types", "models", "factors"):
        session.register(name, getattr(known, name))
    session.register("inventory", pa.table(inventory))
    session.run(step for step in steps("ecodiag") if step.name.startswith("recognised_"))
    found = session.table(
        "SELECT t.item_type, f.value, m.kwh_per_year, m.lifetime_years FROM recognised_texts t"
        " JOIN recognised_models m ON m.item_type = t.item_type AND m.model = t.flow"
        " JOIN factors f ON f.flow = m.reference AND f.stage = 'manufacturing' AND f.criterion = 'gwp'"
    ).to_pylist()
    return tuple(found[0].values()) if found else ()


@pytest.mark.parametrize(
    ("label", "model", "device"),
    [
        # Both texts are recognised.
        ("Portable", "Latitude 7420", ("laptop", 264, 48, 3)),
        ("PC PORTABLE", "LATITUDE 3320", ("laptop", 220, 48, 3)),
        ("Ordinateur portable", "MacBook Pro 13", ("laptop", 256, 48, 3)),
        ("Portable", 'Swift 15.6"', ("laptop", 294, 48, 3)),
        ("Poste fixe", "Precision Tower 5820", ("desktop", 475, 440, 4)),
        ("Portable", "Precision 5530", ("laptop", 280, 48, 3)),
        ("Fixe", "Mac Pro", ("desktop", 900, 250, 4)),
        ("Tout-en-un", "OptiPlex 7410 AIO", ("all_in_one", 382, 90, 4)),
        ("Écran", 'Dell 24"', ("monitor", 430, 70, 5)),
        ("ECRAN LCD", "HP 34 pouces", ("monitor", 590, 110, 5)),
        ("Serveur", "PowerEdge R740", ("server", 1300, 850, 5)),
        ("Serveur", "noeud de calcul", ("server", 1300, 1600, 5)),
        # Only the type: its usual device.
        ("Portable", "Swift 3", ("laptop", 260, 48, 3)),
        ("Portable", "", ("laptop", 260, 48, 3)),
        ("Fixe", "ProDesk 400", ("desktop", 300, 189, 4)),
        ("Smartphone", "Galaxy", ("smartphone", 63, 5, 1.5)),
        ("Imprimante", "LaserJet M404", ("multifunction_a3", 660 + 300, 150, 5)),  # 300 kg of toner in it
        ("Videoprojecteur", "EB-X51", ("projector", 94, 120, 7)),
        ("Clavier azerty", "", ("keyboard", 24, 0, 4)),
        ("Carte graphique", "", ("gpu_card", 60, 0, 4)),
        # Only the model.
        ("Matériel", "Latitude 5520", ("laptop", 300, 48, 3)),
        ("", "Latitude 5520", ("laptop", 300, 48, 3)),
        ("Matériel", "Dell RTX 2080", ("gpu_card", 60, 0, 4)),
        # The first of equal scores wins: the order is that of the rules.
        ("Tablette", "Latitude 5290", ("laptop", 300, 48, 3)),
        ("Fixe", "7460 AIO", ("desktop", 300, 189, 4)),
        ("Portable", "EliteDesk 800", ("desktop", 300, 189, 4)),
        ("Ordinateur portable", "Swift 3", ("desktop", 300, 189, 4)),
        # Neither.
        ("Moniteur", "P2422H", ()),
        ("Clavier", "", ()),
    ],
)
def test_what_two_texts_say(known: loading.Catalogue, label: str, model: str, device: tuple[object, ...]) -> None:
    assert recognised(known, label, model) == device


def test_a_type_declared_without_a_label_stands(known: loading.Catalogue) -> None:
    """A person who says laptop gets a laptop, where EcoDiag alone would read the first Precision: a tower."""
    assert recognised(known, "", "Precision 7550") == ("desktop", 646, 760, 4)
    assert recognised(known, "", "Precision 7550", "laptop") == ("laptop", 304, 48, 3)
    assert recognised(known, "", "Latitude 7420", "laptop_ultraportable") == ("laptop", 264, 48, 3)
    assert recognised(known, "", "Latitude 7420", "tablet") == ()
    assert recognised(known, "", "Swift 3", "laptop") == ()


LIST = """Type,Modele,Fabricant,Nombre
Portable,Latitude 7420,Dell,3
Portable,Swift 3,Acer,2
Tablette,Latitude 5290,Dell,1
Fixe,ProDesk 400,HP,4
Poste fixe,Precision Tower 5820,Dell,1
Écran,Dell 24",Dell,2
Imprimante,LaserJet M404,HP,1
Serveur,PowerEdge R740,Dell,1
Vidéoprojecteur,EB-X51,Epson,1
Machin,,,1
"""
# EcoDiag wants « videoprojecteur »: without it the projector keeps the figures of its type: 94 kg, 104 kWh, 7 years.
MADE = {
    "laptop": 3 * 264 + 2 * 260 + 300,
    "desktop": 4 * 300 + 475,
    "monitor": 2 * 430,
    "multifunction_a3": 960,
    "server": 1300,
    "projector": 94,
}
YEARS = {"laptop": 3, "desktop": 4, "monitor": 5, "multifunction_a3": 5, "server": 5, "projector": 7}
KWH = {
    "laptop": 6 * 48,
    "desktop": 4 * 189 + 440,
    "monitor": 2 * 70,
    "multifunction_a3": 150,
    "server": 850,
    "projector": 104,
}


def run_of(tmp_path: Path, text: str, name: str = "liste.csv", **choices: object) -> Path:
    (tmp_path / name).write_text(text, encoding="utf-8")
    settings = {"year": 2019, "factor_set": "ecodiag", "method": "ecodiag", **choices}
    runs.compute([tmp_path / name], runs.Choices(**settings), tmp_path / "run")  # type: ignore[arg-type]
    return tmp_path / "run"


def rows(run: Path, name: str) -> list[dict[str, str]]:
    with (run / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def totals(run: Path, stage: str) -> dict[str, float]:
    """kg CO2 eq by item type."""
    wanted = {"criterion": "gwp", "stage": stage}
    return {row["item_type"]: float(row["value"]) for row in rows(run, "impacts") if wanted.items() <= row.items()}


@pytest.mark.parametrize("view", ["flow", "stock"])
def test_totals_by_type(tmp_path: Path, view: str) -> None:
    """Y7: quantity × factor for the purchases of a year, over the lifetime for an estate; Y8 for the use in both."""
    run = run_of(tmp_path, LIST, view=view)
    years = YEARS if view == "stock" else dict.fromkeys(YEARS, 1)
    assert totals(run, "manufacturing") == pytest.approx({name: kg / years[name] for name, kg in MADE.items()})
    assert totals(run, "use") == pytest.approx({name: kwh * 0.084 for name, kwh in KWH.items()})
    assert [row["what"] for row in reading.gaps(run) if row["criterion"] in ("", "gwp")] == ["item_type"]


def test_another_factor_set_gives_the_type(tmp_path: Path) -> None:
    """ADEME knows no EcoDiag model: the reference falls back to the type that the texts say (M2)."""
    run = run_of(tmp_path, LIST, view="flow", factor_set="ademe")
    sheet = next(
        row["value"]
        for row in loading.load(factor_set="ademe").factors.to_pylist()
        if (row["flow"], row["stage"], row["criterion"]) == ("laptop", "manufacturing", "gwp")
    )
    assert totals(run, "manufacturing")["laptop"] == pytest.approx(6 * sheet)


def test_a_row_without_texts_keeps_its_type(tmp_path: Path) -> None:
    text = "item_id,item_type,quantity\nA,laptop,2\nB,desktop,1\n"
    run = run_of(tmp_path, text, "inventory.csv", view="flow")
    assert totals(run, "manufacturing") == {"laptop": 520, "desktop": 350}
    assert totals(run, "use") == pytest.approx({"laptop": 96 * 0.084, "desktop": 250 * 0.084})


def test_a_catalogue_of_ones_own_stands_without_the_rules(tmp_path: Path) -> None:
    tables = {
        "factors": "flow,stage,criterion,value,cv,quality\nlaptop,manufacturing,gwp,100,0,3\n",
        "defaults": "item_type,parameter,valid_from,value,cv\nlaptop,kwh_per_year,,10,0\n*,zone,,FR,0\n",
        "electricity": "zone,year,criterion,value,cv\nFR,2019,gwp,0.1,0\n",
    }
    (tmp_path / "own").mkdir()
    for name, text in tables.items():
        (tmp_path / "own" / f"{name}.csv").write_text(text, encoding="utf-8")
    text = "item_id,item_type,model,quantity\nA,laptop,Latitude 7420,2\n"
    run = run_of(tmp_path, text, "inventory.csv", view="flow", catalogue=tmp_path / "own")
    assert (totals(run, "manufacturing"), totals(run, "use")) == ({"laptop": 200}, {"laptop": pytest.approx(2)})


def test_the_models_are_in_the_set_of_ecodiag_alone() -> None:
    models = {row["flow"] for row in loading.published_factors() if row["source"] == "ecodiag_2022_models"}
    sets = loading.load_sets(loading.factor_sets())
    having = {code for code, known in sets.items() if models & set(known.factors["flow"].to_pylist())}
    assert having == {"ecodiag"}


def test_every_rule_has_its_figure_and_its_type(known: loading.Catalogue) -> None:
    """Each rule leads to a factor of EcoDiag, each type has one rule on its label, and no figure waits for a rule."""
    rules = known.ecodiag_rules.to_pylist()
    own = {row["flow"] for row in known.factors.to_pylist() if row["source"].startswith("ecodiag_2022")}
    assert {rule["flow"] for rule in rules} <= own
    assert [rule["position"] for rule in rules] == list(range(1, len(rules) + 1))
    labelled = [rule["item_type"] for rule in rules if rule["type_pattern"]]
    assert sorted(labelled) == sorted({rule["item_type"] for rule in rules})
    models = {row["flow"] for row in loading.published_factors() if row["source"] == "ecodiag_2022_models"}
    assert models <= {rule["flow"] for rule in rules}


def test_the_text_of_a_type_stays_in_the_estate(tmp_path: Path) -> None:
    """Beside the recognised type, and when another list joins the same estate."""
    for name, model in (("bâtiment A.csv", "Latitude 7420"), ("bâtiment B.csv", "Latitude 7430")):
        (tmp_path / name).write_text(f"Type,Modele,Fabricant\nPortable,{model},Dell\n", encoding="utf-8")
        estate_import.import_files([tmp_path / name], estate=tmp_path / "parc")
    with (tmp_path / "parc" / "inventory.csv").open(encoding="utf-8", newline="") as file:
        found = [(row["item_type"], row["label"]) for row in csv.DictReader(file)]
    assert found == [("laptop_ultraportable", "Portable"), ("laptop_ultraportable", "Portable")]
