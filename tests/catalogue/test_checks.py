"""The catalogue guards itself: each fault is named, with its place, its value and what to do."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estran.catalogue import checks, loading
from estran.common.problems import Problem

TODAY = date(2026, 11, 24)


def test_the_shipped_catalogue_is_sound() -> None:
    assert checks.check_catalogue(today=TODAY).faults == []


def test_what_is_past_its_review_is_said() -> None:
    """Reviewed three years after the edition; the list grows with time and never stops a check."""
    warnings = checks.check_catalogue(today=date(2027, 12, 1)).warnings
    late = [problem.value for problem in warnings if "revoir" in problem.what]
    assert {"ecodiag_2022", "boavizta_pcf_2023", "base_impacts_via_boavizta_2_5"} <= set(late)
    assert "ademe_acv_numerique_2_2" not in late
    later = [problem.value for problem in checks.check_catalogue(today=date(2030, 1, 1)).warnings]
    assert "ademe_acv_numerique_2_2" in later


ADEME = "sources/ademe_acv_numerique_2_2/factors.csv"
LAPTOP = "laptop,manufacturing,gwp,kg CO2 eq,170,"


FORMATS, INDICATORS, RULES = "imports/glpi.toml", "indicators/indicators.csv", "imports/label_rules.csv"
QUANTITIES, CHOICES = "indicators/quantities.csv", "schema/choices.csv"


# File, text, what replaces it, what the fault says.
SAID = [
    (RULES, ",,,,lifebook,laptop", ",,,,lifebook,projector", "Règle que les modèles connus contredisent"),
    (RULES, "lenovo,\\btio ?\\d\\d,monitor", ",\\btio ?\\d\\d,monitor", "Règle sur un code court sans fabricant"),
    (ADEME, LAPTOP, "laptop,manufacturing,gwp,g CO2 eq,170,", "Unité différente"),
    (ADEME, LAPTOP, "lapptop,manufacturing,gwp,kg CO2 eq,170,", "Facteur d’un flux inconnu"),
    (ADEME, LAPTOP, "laptop,making,gwp,kg CO2 eq,170,", "Étape inconnue"),
    (ADEME, LAPTOP, "laptop,manufacturing,co2,kg CO2 eq,170,", "Critère inconnu"),
    (ADEME, LAPTOP, "laptop,manufacturing,gwp,kg CO2 eq,,", "Chiffre absent"),
    (ADEME, LAPTOP, "laptop,distribution,gwp,kg CO2 eq,170,", "Facteur donné deux fois"),
    ("approach/diagnostic.csv", "Q02,F01,", "Q02,F99,", "Code inconnu (facet)"),
    ("approach/diagnostic.csv", "ONR-1.1|ONR-4.1", "ONR-9.9", "Code inconnu (charter_targets)"),
    ("approach/diagnostic.csv", ",Aucun calcul,", ",,", "Texte absent\u00a0: level_0_fr"),
    ("approach/diagnostic.csv", ",ONR-1.8,", ",ONR-1.7,", "Cible de la charte sans question"),
    ("approach/priority_matrix.csv", "\n3,4,", "\n3,3,", "Case de la matrice absente ou double"),
    ("approach/lever_rows.csv", "smartphone|tablet", "smartphone|tablette", "Code inconnu (item_type)"),
    (
        ADEME,
        "tv,manufacturing,wu,m3,",
        "tv,end_of_life,wu,m3,1290,,,,3,x\ntv,manufacturing,wu,m3,",
        "écarté exprès",
    ),
    ("electricity/electricity.csv", "FRA,2025,gwp", "FRANCE,2025,gwp", "Zone inconnue"),
    ("electricity/electricity.csv", "FRA,2025,gwp", "FRA,,gwp", "Chiffre sans année"),
    ("equipment/defaults.csv", "laptop,lifetime_years", "lapptop,lifetime_years", "Type de matériel inconnu"),
    ("equipment/defaults.csv", ",proxy_reference,,monitor,", ",proxy_reference,,moniteur,", "sans aucun facteur"),
    ("impacts/factor_sets.toml", '"ademe_rcp_dc_2025"', '"ademe_rcp_dc"', "Source inconnue"),
    ("sources/ecodiag_2022/source.toml", 'redistributable = "unclear"', 'redistributable = ""', "rediffusion"),
    ("sources/ecodiag_2022/source.toml", 'date = "2022-02-01"', "", "Source sans"),
    ("impacts/flows.csv", "Courriel,", ",", "Nom absent"),
]

# File, text, what replaces it, the value that the fault names (none: any), a part of its remedy.
NAMED = [
    # formats: an option, a column, a constant, a kind, a spelling
    (FORMATS, "lenient =", "lenent =", "lenent", "«\u00a0lenient\u00a0»"),
    (FORMATS, 'status = ["Statut"', 'statuz = ["Statut"', "statuz", "«\u00a0status\u00a0»"),
    (FORMATS, 'lenient = ["status"]', 'lenient = ["statuz"]', "statuz", "«\u00a0status\u00a0»"),
    (FORMATS, 'quality = "medium"', 'quality = "middling"', "middling", "high, medium, low"),
    (FORMATS, 'table = "inventory"', 'table = "inventori"', "inventori", "«\u00a0inventory\u00a0»"),
    (FORMATS, '"Supprimé" = ["oui",', '"Supprimé" = ["Supprimée",', "Supprimée", "supprimee"),
    (FORMATS, "least = 4", 'least = "4"', "4", "nombre entier"),
    (FORMATS, "least = 4", "least = 400", "400", "least"),
    ("imports/ocs.toml", 'kind = "computer"', 'kind = "computers"', "computers", "computer"),
    ("imports/focus.toml", 'quality = "high"', 'qualite = "high"', "qualite", "quality"),
    ("imports/focus.toml", 'kept_categories = ["Usage"]\n', "", "kept_categories", "kept_categories"),
    ("imports/focus.toml", 'checked = "2026-11-29"', 'checked = "29/11/2026"', "29/11/2026", "2026-11-29"),
    ("imports/aws_carbon.toml", 'criterion = "gwp"', 'criterion = "co2"', "co2", "impacts/criteria.csv"),
    ("imports/google_carbon.toml", 'unit = "kgCO2e"', 'unit = "kgC"', "kgC", "impact_units.csv"),
    # value maps: a code that is none, a text in capitals, a text twice, a code that nothing leads to
    (CHOICES, "status,spare,", "status,sparee,", "sparee", "«\u00a0spare\u00a0»"),
    (CHOICES, "|in stock|", "|In Stock|", "In Stock", "in stock"),
    (CHOICES, "train,train,", "train,train|voiture,", "voiture", "171"),
    (CHOICES, "trips_avoided.mode,mixed,mixte|divers|mixed,Mixte\n", "", "mixed", CHOICES),
    (CHOICES, "status,spare,", "statuz,spare,", "statuz", "status"),
    # indicators: a denominator, a numerator, a multiplier, a table, a column, a value, a date
    (INDICATORS, ",agents,1,P-ADM,", ",agentz,1,P-ADM,", "agentz", "«\u00a0agents\u00a0»"),
    (INDICATORS, ",minerals_kg,,1,", ",mineral_kg,,1,", "mineral_kg", "«\u00a0minerals_kg\u00a0»"),
    (INDICATORS, ",minerals_kg,,1,", ",minerals_kg + ,,1,", "minerals_kg + ", "+ - * /"),
    (INDICATORS, ",minerals_kg,,1,", ',minerals_kg,,"1,5",', "1,5", "point"),
    (INDICATORS, "2021:20;2024:20", "2021=20;2024:20", "2021=20", "année:valeur"),
    (INDICATORS, ",A18|A20,", ",A18|A99,", "A99", "approach/actions.csv"),
    (
        "legal/legal_counters.csv",
        ",reuse_sent,retired_stock,",
        ",reuse_sent,retired_stok,",
        "retired_stok",
        "retired_stock",
    ),
    (QUANTITIES, "agents,headcounts,", "agents,headcount,", "headcount", "«\u00a0headcounts\u00a0»"),
    (QUANTITIES, "sum(reams),in_period AND recycled,", "sum(reams),in_period AND recycld,", "recycld", "recycled"),
    (QUANTITIES, "origin = 'gift'", "origin = 'gifts'", "gifts", "«\u00a0gift\u00a0»"),
    (QUANTITIES, "who = 'agents',,own,", "who = 'agents',,owned,", "owned", "«\u00a0own\u00a0»"),
    # sources: a licence that the table does not have, a right that contradicts it
    ("sources/boavizta_pcf_2023/source.toml", "ODbL 1.0 and DbCL", "ODbL 1.0", "ODbL 1.0", "«\u00a0ODbL\u00a0»"),
    ("sources/ademe_rcp_si_2024/source.toml", '"unclear"', '"yes"', "yes", "«\u00a0unclear\u00a0»"),
    # label rules: an expression, a type, a kind, a rule that another one always beats
    (RULES, "4,,tablette graphique,", "4,,tablette (graphique,", "tablette (graphique", "expression"),
    (RULES, "\n4,,ecran mural,,,,,", "\n4,,ecran mural,,,monitr,,", "monitr", "«\u00a0monitor\u00a0»"),
    (RULES, "\n4,,ecran mural,", "\n4,montor,ecran mural,", "montor", "monitor"),
    (RULES, "\n4,,ecran mural,,,,,", "\n5,,ecran,,,,,,\n4,,ecran mural,,,,,", "ecran mural", "rang"),
    (RULES, "\n4,,ecran mural,,,,,", "\n4,,,,,tv,,", "tv", "colonnes"),
    ("imports/list_kinds.csv", "^(printer|", "^(printr|^copieur$)(", "printer", "types"),
    # defaults: a parameter, a value, a text where a number is expected, a cell too many
    ("equipment/defaults.csv", "laptop,lifetime_years,", "laptop,lifetime_year,", "lifetime_year", "lifetime_years"),
    ("equipment/defaults.csv", "*,pue,,1.93,", "*,pue,,19.3,", "* pue", "nombre"),
]

# Faults that keep the tables from being read: nothing else is looked for.
UNREADABLE = [
    (FORMATS, 'label_fr = "GLPI"', 'label_fr = "GLPI', None, "guillemets"),
    ("equipment/families.csv", "\nworkplace,", "\nworkplace,,", None, "virgule"),
    (
        "electricity/electricity.csv",
        "FRA,2025,gwp,kg CO2 eq per kWh,",
        "FRA,hier,gwp,kg CO2 eq per kWh,",
        "year = hier",
        "nombre",
    ),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], tuple[str, list[Problem]]]:
    """Each replacement → the file once changed, the faults of the catalogue; a copy takes one replacement per file."""
    waiting, results = [case[:3] for case in (*SAID, *NAMED)], {}
    batches = [[case[:3]] for case in UNREADABLE]
    while waiting:
        batch = list({name: (name, old, new) for name, old, new in reversed(waiting)}.values())
        waiting = [case for case in waiting if case not in batch]
        batches.append(batch)
    root = tmp_path_factory.mktemp("checks") / "catalogue"
    shutil.copytree(loading.SHIPPED, root)
    for batch in batches:
        texts = {name: (root / name).read_text(encoding="utf-8") for name, _old, _new in batch}
        for name, old, new in batch:
            assert old in texts[name], (name, old)
            (root / name).write_text(texts[name].replace(old, new, 1), encoding="utf-8")
        faults = checks.check_catalogue(root, today=TODAY).faults
        for name, old, new in batch:
            results[name, old, new] = (root / name).read_text(encoding="utf-8"), faults
            (root / name).write_text(texts[name], encoding="utf-8")
    return results


@pytest.mark.parametrize(("name", "old", "new", "said"), SAID)
def test_the_check_finds(found: dict[tuple[str, str, str], Any], name: str, old: str, new: str, said: str) -> None:
    _text, faults = found[name, old, new]
    assert [problem.what for problem in faults if said in problem.what] != []


@pytest.mark.parametrize(("name", "old", "new", "value", "remedy"), [*NAMED, *UNREADABLE])
def test_a_fault_has_its_place_its_value_and_its_remedy(
    found: dict[tuple[str, str, str], Any], name: str, old: str, new: str, value: str | None, remedy: str
) -> None:
    text, faults = found[name, old, new]
    named = [problem for problem in faults if value in (None, problem.value) and remedy in problem.remedy]
    assert named, faults
    changed = new.strip().split("\n")[-1]
    assert not changed or any(changed in text.splitlines()[problem.line - 1] for problem in named if problem.line), (
        named
    )


def test_one_name_for_two_tables_is_a_fault(tmp_path: Path) -> None:
    root = tmp_path / "catalogue"
    shutil.copytree(loading.SHIPPED, root)
    shutil.copyfile(root / "equipment" / "families.csv", root / "approach" / "families.csv")
    (fault,) = checks.check_catalogue(root, today=TODAY).faults
    assert (fault.value, fault.file) == ("families", "equipment/families.csv")
    assert "approach/families.csv" in fault.remedy
