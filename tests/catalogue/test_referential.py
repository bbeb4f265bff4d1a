"""A NumEcoEval or G4IT referential, as a licensed user holds one; figures invented, in the headers of both dialects."""

from __future__ import annotations

from pathlib import Path

import pytest

from estran.catalogue import loading
from estran.common.problems import CannotUse
from estran.importing.own_tables import load_catalogue


def factors(known: loading.Catalogue, flow: str, criterion: str = "gwp") -> dict[str, float]:
    rows = known.factors.to_pylist()
    return {row["stage"]: row["value"] for row in rows if (row["flow"], row["criterion"]) == (flow, criterion)}


G4IT = {
    "items.csv": """criterion,lifecycleStep,name,category,avgElectricityConsumption,description,location,level,source,\
tier,unit,value
CLIMATE_CHANGE,MANUFACTURING,laptop-2,Terminal,40,,,2-Equipment,Essai,1,kg CO2 eq,180
CLIMATE_CHANGE,TRANSPORTATION,laptop-2,Terminal,40,,,2-Equipment,Essai,1,kg CO2 eq,9
CLIMATE_CHANGE,USING,laptop-2,Terminal,40,,,2-Equipment,Essai,1,kg CO2 eq,0
CLIMATE_CHANGE,END_OF_LIFE,laptop-2,Terminal,40,,,2-Equipment,Essai,1,kg CO2 eq,1
IONISING_RADIATION,MANUFACTURING,laptop-2,Terminal,40,,,2-Equipment,Essai,1,kBq U-235 eq,70
CLIMATE_CHANGE,USING,Electricity Mix,electricity-mix,,,France,0-Base data,Essai,1,kg CO2 eq,0.08
""",
    "types.csv": """type,category,comment,defaultLifespan,isServer,source,refDefaultItem
Laptop,x,,4,false,Essai,laptop-2
Server,x,,5,true,Essai,
""",
    "matching.csv": "itemSource;refItemTarget\nLatitude 5440;laptop-2\n",
    "hypotheses.csv": "code;value;source;description\nPUEParDefaut;1,75;Essai;\n",
}
NUMECOEVAL = {
    "facteurs.csv": """refEquipement;etapeacv;critere;consoElecMoyenne;valeur;source;type;description
laptop-2;FABRICATION;Climate change;40;180;Essai;;
laptop-2;DISTRIBUTION;Climate change;40;9;Essai;;
laptop-2;UTILISATION;Climate change;40;0;Essai;;
laptop-2;FIN_DE_VIE;Climate change;40;1;Essai;;
laptop-2;FABRICATION;Ionising radiation;40;70;Essai;;
""",
    "mix.csv": "pays;raccourcisAnglais;critere;valeur;source\nFrance;FR;Climate change;0,08;Essai\n",
    "types.csv": """type;serveur;commentaire;dureeVieDefaut;refEquipementParDefaut;source
Laptop;false;;4;laptop-2;Essai
Server;true;;5;;Essai
""",
    "correspondances.csv": "modeleEquipementSource;refEquipementCible\nLatitude 5440;laptop-2\n",
    "hypotheses.csv": "cle;source;valeur\nPUEParDefaut;Essai;1.75\n",
}
# As NumEcoEval wrote it before, and as a data base exports the types.
OLDER = {
    "facteurs.csv": """nom;etapeacv;critere;description;niveau;tiers;categorie;consoElecMoyenne;localisation;valeur;\
unite;source
laptop-2;FABRICATION;Climate change;;2-Equipement;Terminals;Consultation;40;France;180;Item;Essai
laptop-2;DISTRIBUTION;Climate change;;2-Equipement;Terminals;Consultation;40;France;9;Item;Essai
laptop-2;UTILISATION;Climate change;;2-Equipement;Terminals;Consultation;40;France;0;Item;Essai
laptop-2;FIN_DE_VIE;Climate change;;2-Equipement;Terminals;Consultation;40;France;1;Item;Essai
laptop-2;FABRICATION;Ionising radiation;;2-Equipement;Terminals;Consultation;40;France;70;Item;Essai
Electricity Mix FR;FABRICATION;Climate change;;0-Base data;;electricity-mix;;France;0.08;;Essai
""",
    "types.csv": """type;category;comment;default_lifespan;is_server;source;ref_default_item;subscriber;version
Laptop;EquipementPhysique;;4.0;false;Essai;laptop-2;NULL;NULL
Server;EquipementPhysique;;5.0;true;Essai;;NULL;NULL
Network;EquipementPhysique;;NULL;false;Essai;;NULL;NULL
""",
    "correspondances.csv": "modeleEquipementSource;refEquipementCible;nomOrganisation\nLatitude 5440;laptop-2;\n",
    "hypotheses.csv": "cle;valeur;source;description\nPUEParDefaut;1.75;Essai;\n",
}


@pytest.mark.parametrize("files", [G4IT, NUMECOEVAL, OLDER], ids=["g4it", "numecoeval", "older"])
def test_every_dialect_of_a_referential_says_the_same(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    known = load_catalogue(["ademe"], tmp_path)["ademe"]
    assert factors(known, "laptop-2") == {"manufacturing": 180, "distribution": 9, "end_of_life": 1}
    assert factors(known, "laptop-2", "ir") == {"manufacturing": 70}
    assert [row["value"] for row in known.electricity.to_pylist()] == [0.08]
    assert known.electricity["zone"].to_pylist() == ["FRA"]
    own = {(row["item_type"], row["parameter"]): row["value"] for row in known.defaults.to_pylist()}
    assert own["Laptop", "lifetime_years"] == "4.0"
    assert own["Laptop", "reference"] == "laptop-2"
    assert own["Laptop", "kwh_per_year"] == "40.0"
    assert own["Server", "is_server"] == "1"
    assert own["*", "pue"] == "1.75"
    assert own["*", "byod_share"] == "0.57"
    models = {(row["item_type"], row["model"], row["reference"]) for row in known.models.to_pylist()}
    assert models >= {("Laptop", "Latitude 5440", "laptop-2"), ("Server", "Latitude 5440", "laptop-2")}
    assert ("*", "Latitude 5440", "laptop-2") in models  # of a type that no table declares


def test_land_use_has_the_unit_of_the_catalogue(tmp_path: Path) -> None:
    line = "Electricity Mix FR;FABRICATION;Land use;;0-Base data;;electricity-mix;;France;3;;Essai\n"
    for name, text in OLDER.items():
        (tmp_path / name).write_text(text + line if name == "facteurs.csv" else text, encoding="utf-8")
    known = load_catalogue(["ademe"], tmp_path)["ademe"]
    mixes = {(row["zone"], row["criterion"]): row["value"] for row in known.electricity.to_pylist()}
    assert mixes["FRA", "lu"] == 3


def test_a_faulty_referential_says_every_fault(tmp_path: Path) -> None:
    for name, text in NUMECOEVAL.items():
        wrong = text.replace(";180;", ";cent quatre-vingts;").replace("FIN_DE_VIE", "FIN")
        (tmp_path / name).write_text(wrong, encoding="utf-8")
    with pytest.raises(CannotUse) as refused:
        load_catalogue(["ademe"], tmp_path)["ademe"]
    assert sorted(problem.value for problem in refused.value.problems) == ["FIN", "cent quatre-vingts"]
