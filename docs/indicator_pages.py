"""The pages of the reference on registers, indicators, named quantities and legal counters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pages import coded, labels, page, rows_of, table

KINDS = {
    "footprint": "empreinte",
    "inventory": "inventaire",
    "register": "registre",
    "typed": "saisi",
}
DIRECTIONS = {"lower": "plus bas est mieux", "higher": "plus haut est mieux", "info": "lecture seule"}
DATES = {
    "year": "l’année",
    "start": "1er janvier",
    "end": "31 décembre",
    "own": "sa propre date",
    "reference": "l’année de référence",
}


@page("registres", "Registres")
def registres() -> Iterator[str]:
    yield (
        "Un registre est un fichier CSV, XLSX, ODS ou Parquet de ce nom, dans le dossier donné à `--registers`. "
        "Il se lit comme un inventaire : en-têtes en code, en français ou en anglais, dates et nombres tels que "
        "les gens les écrivent. Une période est une année ou un mois, `2025-03` ou `03/2025`. Jamais de "
        "nom de personne.\n"
    )
    names = labels("register_names", "register")
    rows = rows_of("registers")
    for name, title in names.items():
        yield f"## `{name}` : {title}\n"
        shown = [
            row
            | {
                "needed": "oui" if row["required"] == "yes" else "",
                "admitted": ", ".join(f"`{choice}`" for choice in row["choices"].split("|") if choice),
            }
            for row in rows
            if row["table"] == name
        ]
        yield table(
            coded(shown, "column"),
            column="colonne",
            label_fr="en-tête",
            type="type",
            unit="unité",
            needed="obligatoire",
            admitted="valeurs admises",
            meaning_fr="sens",
        )


@page("indicateurs", "Indicateurs")
def indicateurs() -> Iterator[str]:
    yield (
        "Un indicateur est une ligne de `indicators.csv` : `facteur × numérateur ÷ dénominateur`, sur des "
        "[grandeurs](grandeurs.md) nommées. « D’où » dit quelles tables il lit : celles du calcul suffisent, "
        "ou il faut un [registre](registres.md), ou une valeur saisie dans `typed.csv`. "
        "Les douze premiers sont ceux de tête.\n"
    )
    tables = {row["quantity"]: row["table"] for row in rows_of("quantities")}
    themes = labels("themes", "theme")
    perimeters = labels("indicator_perimeters", "perimeter")
    rows = sorted(rows_of("indicators"), key=lambda row: int(row["rank"] or 99))
    for row in rows:
        needed = re.findall(r"[a-z_]\w*", f"{row['numerator']} {row['denominator']}")
        row["from"] = ", ".join(dict.fromkeys(f"`{tables[name]}`" for name in needed))
        row["formula"] = f"`{row['numerator']}`" + (f" ÷ `{row['denominator']}`" if row["denominator"] else "")
        row["direction"] = DIRECTIONS[row["direction"]]
        row["kind"] = KINDS[row["kind"]]
    yield table(
        coded(rows, "code"),
        code="code",
        rank="rang",
        label_fr="indicateur",
        unit_fr="unité",
        direction="sens",
        kind="sorte",
        formula="ratio",
        times="facteur",
        **{"from": "d’où"},
        perimeter="périmètre",
        threshold_fr="seuil",
        note_fr="à savoir",
    )
    yield "## Périmètres\n"
    yield table(
        ({"code": f"`{code}`", "label": label} for code, label in perimeters.items()), code="code", label="sens"
    )
    yield "## Thèmes\n"
    yield table(({"code": f"`{code}`", "label": label} for code, label in themes.items()), code="code", label="sens")


@page("grandeurs", "Grandeurs")
def grandeurs() -> Iterator[str]:
    yield (
        "Une grandeur est une somme sur les lignes d’une table qui passent le filtre. Une grandeur de la table `typed` "
        "se saisit dans `typed.csv`, sous ce nom. Un dénominateur sans date est refusé.\n"
    )
    rows = [row | {"dated": DATES[row["dated"]]} for row in rows_of("quantities")]
    yield table(
        coded(rows, "quantity", "table", "measure", "filter"),
        quantity="grandeur",
        meaning_fr="sens",
        unit="unité",
        dated="date",
        table="table",
        measure="somme",
        filter="filtre",
    )
    yield "## Tables et colonnes\n"
    yield "Aux colonnes d’un registre ou d’une table d’Estran s’ajoutent celles-ci.\n"
    tables = [row | {"columns": row["columns"].replace("|", ", ")} for row in rows_of("quantity_tables")]
    yield table(coded(tables, "table"), table="table", meaning_fr="ses lignes", columns="colonnes ajoutées")
    yield "## Sortes de matériels\n"
    kinds: dict[str, list[str]] = {}
    for row in rows_of("type_kinds"):
        kinds.setdefault(row["kind"], []).append(f"`{row['item_type']}`")
    yield table(
        ({"kind": f"`{kind}`", "types": ", ".join(types)} for kind, types in kinds.items()), kind="sorte", types="types"
    )


@page("compteurs", "Compteurs réglementaires")
def compteurs() -> Iterator[str]:
    yield (
        "Ce que comptent les textes, avec leurs seuils et leurs dates. « Lecture » : texte lu, ou source secondaire. "
        "Ce qui n’est pas établi est marqué « à confirmer », ici comme dans les résultats. Aucun avis juridique.\n"
    )
    readings = {"read": "texte lu", "secondary": "source secondaire"}
    rules = [row | {"reading": readings[row["reading"]]} for row in rows_of("legal_rules")]
    yield table(
        coded(rules, "rule"),
        rule="règle",
        label_fr="sens",
        source="source",
        reading="lecture",
        unconfirmed_fr="non confirmé",
    )
    yield "## Compteurs\n"
    counters = [
        row | {"formula": f"`{row['numerator']}`" + (f" ÷ `{row['denominator']}`" if row["denominator"] else "")}
        for row in rows_of("legal_counters")
    ]
    yield table(
        coded(counters, "rule", "counter"),
        rule="règle",
        counter="compteur",
        label_fr="sens",
        formula="ratio",
        times="facteur",
        unit_fr="unité",
    )
    yield "## Seuils\n"
    yield table(
        coded(rows_of("legal_thresholds"), "counter"),
        counter="compteur",
        since="depuis",
        until="jusqu’au",
        comparison="",
        threshold="seuil",
    )
