"""Write docs/reference from the tables of the catalogue and from the command line, and the picture of the rooms.

`--check` only compares.
"""

from __future__ import annotations

import csv
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diagnostic_pages  # noqa: F401 — registers its pages
import indicator_pages  # noqa: F401 — registers its pages
import plan_pages  # noqa: F401 — registers its pages
import rooms
import security_pages  # noqa: F401 — registers its page
from catalogue_tables import index
from pages import CATALOGUE, PAGES, ROOT, Row, coded, labels, page, rows_of, table

from estran.catalogue import loading
from estran.common.language import use_language

REFERENCE = ROOT / "docs" / "reference"


@page("colonnes", "Colonnes")
def colonnes() -> Iterator[str]:
    yield (
        "Les tables qu’Estran lit, telles que `src/estran/catalogue/schema/columns.csv` les décrit. Une table est un "
        "fichier CSV, XLSX, ODS ou Parquet du même nom. Toute autre colonne est ignorée, et c’est dit.\n"
    )
    rows = rows_of("columns")
    for name in dict.fromkeys(row["table"] for row in rows):
        yield f"## `{name}`\n"
        shown = [
            row | {"needed": "oui" if row["required"] == "yes" else "", "admitted": admitted(row)}
            for row in rows
            if row["table"] == name
        ]
        yield table(
            coded(shown, "column"),
            column="colonne",
            type="type",
            unit="unité",
            needed="obligatoire",
            admitted="valeurs admises",
            meaning_fr="sens",
        )


def admitted(row: Row) -> str:
    if row["choices"]:
        return ", ".join(f"`{choice}`" for choice in row["choices"].split("|"))
    if row["minimum"] and row["maximum"]:
        return f"de {row['minimum']} à {row['maximum']}"
    return ""


@page("types", "Types de matériel")
def types() -> Iterator[str]:
    yield "Le code d’un type est ce qu’attend la colonne `item_type`.\n"
    families = labels("families", "family")
    rows = rows_of("item_types")
    for family in dict.fromkeys(row["family"] for row in rows):
        yield f"## {families[family]}\n"
        yield table(
            coded((row for row in rows if row["family"] == family), "code", "variant_of"),
            code="code",
            label_fr="type",
            variant_of="variante de",
            note="note",
        )
    yield "## Selon la taille d’écran\n"
    yield table(
        coded(rows_of("type_details"), "generic", "specific"),
        generic="type lu",
        specific="devient",
        inches_from="à partir de (pouces)",
        inches_below="moins de (pouces)",
    )


@page("flux", "Flux d’activité")
def flux() -> Iterator[str]:
    yield "Une ligne dont la colonne `flow` est remplie est une activité : un flux et sa quantité de l’année.\n"
    families = labels("families", "family")
    parts = {"administration": "administration", "schools": "collèges", "services": "services"}
    rows = [row | {"family": families.get(row["family"], ""), "part": parts[row["part"]]} for row in rows_of("flows")]
    yield table(coded(rows, "flow"), flow="flux", label_fr="sens", unit="unité", family="famille", part="sous-total")


@page("criteres", "Critères et étapes")
def criteres() -> Iterator[str]:
    needed = {("yes", "no"): "oui", ("no", "yes"): "indicateur de flux", ("no", "no"): ""}
    rows = [row | {"needed": needed[row["mandatory"], row["flow_indicator"]]} for row in rows_of("criteria")]
    yield table(
        coded(rows, "code"), code="code", label_fr="critère", unit="unité", needed="obligatoire", meaning_fr="sens"
    )
    yield "## Étapes\n"
    yield table(coded(rows_of("stages"), "stage"), stage="code", label_fr="étape", meaning_fr="sens")


@page("defauts", "Valeurs par défaut")
def defauts() -> Iterator[str]:
    yield (
        "Une valeur vaut depuis l’année de la colonne « depuis » (vide : depuis toujours) ; la dernière en vigueur "
        "gagne. Une collectivité remplace ces valeurs dans sa [surcharge](../guides/surcharge-locale.md).\n"
    )
    types = labels("item_types", "code")
    rows = rows_of("defaults")
    heads = {
        "parameter": "paramètre",
        "valid_from": "depuis",
        "value": "valeur",
        "unit": "unité",
        "source": "source",
        "note": "note",
    }
    yield "## Paramètres\n"
    yield (
        "Un paramètre général se donne au type `*`, un paramètre d’un type à son code ; `estran catalogue check` "
        "refuse tout autre nom.\n"
    )
    scopes = {"general": "tout le bilan", "type": "un type", "published": "montré, jamais calculé"}
    parameters = [row | {"scope": scopes[row["scope"]]} for row in rows_of("parameters") if row["scope"] in scopes]
    yield table(
        coded(parameters, "parameter"),
        parameter="paramètre",
        label_fr="sens",
        scope="règle",
        minimum="de",
        maximum="à",
        unit="unité",
    )
    yield "## Générales\n"
    yield table(coded((row for row in rows if row["item_type"] == "*"), "parameter", "source"), **heads)
    yield "## Par type\n"
    named = [
        row | {"item_type": types.get(row["item_type"], row["item_type"])} for row in rows if row["item_type"] != "*"
    ]
    yield table(coded(named, "parameter", "source"), item_type="type", **heads)
    yield "## Méthodes\n"
    yield table(coded(rows_of("methods"), "method"), method="code", label_fr="méthode")
    yield "## Ce que fixe la méthode\n"
    yield table(
        coded(rows_of("method_parameters"), "method", "parameter"),
        method="méthode (vide : toutes)",
        edition="édition (vide : toutes)",
        parameter="paramètre",
        value="valeur",
        unit="unité",
        note="note",
    )
    yield "## Incertitude\n"
    yield table(
        coded(rows_of("uncertainty"), "kind", "class"), kind="sorte", **{"class": "classe"}, cv="cv", note="note"
    )
    yield "## Poids de répartition\n"
    yield table(
        coded(rows_of("allocation_weights"), "kind", "dimension"),
        kind="sorte",
        load="charge",
        phase="phase",
        dimension="dimension",
        weight="poids",
        note="note",
    )


@page("jeux-de-facteurs", "Jeux de facteurs")
def jeux() -> Iterator[str]:
    yield (
        "Pour chaque flux et chaque critère, la première source qui a un facteur de fabrication (tout facteur, pour un "
        "flux qui n’est jamais fabriqué) donne toutes les étapes. `--factors` choisit le jeu ; "
        "`estran catalogue coverage` dit quelle source répond.\n"
    )
    sets = tomllib.loads((CATALOGUE / "impacts" / "factor_sets.toml").read_text("utf-8"))
    yield f"Édition du catalogue : {sets['edition']}. Jeu par défaut : `{sets['default']}`.\n"
    for name, facts in sets.items():
        if isinstance(facts, dict):
            yield f"## `{name}` : {facts['label_fr']}\n"
            for key, head in {"sources": "Sources propres", "fill": "Puis", "electricity": "Électricité"}.items():
                listed = facts[key] if isinstance(facts[key], list) else [facts[key]]
                yield f"- {head} : " + ", ".join(f"`{source}`" for source in listed)
            yield ""


@page("sources", "Sources")
def sources() -> Iterator[str]:
    yield (
        "Une source dont la colonne « rediffusable » n’est pas `yes` sert au calcul et se montre avec son nom ; elle "
        "reste hors des données ouvertes. Passée sa date de péremption, `estran catalogue check` la signale.\n"
    )
    rows = [row | {"why": row["review"] or row["withdrawn"]} for row in loading.sources().values()]
    yield table(
        coded(rows, "id"),
        id="source",
        producer="producteur",
        title="titre",
        edition="édition",
        licence="licence",
        redistributable="rediffusable",
        review_by="à revoir avant",
        why="pourquoi cette date",
        url="adresse",
        page="page",
    )
    yield "## Licences des sources\n"
    yield table(rows_of("source_licences"), licence="licence", redistributable="rediffusable")


@page("autres-collectivites", "Résultats d’autres organisations")
def autres_collectivites() -> Iterator[str]:
    yield (
        "Ce que d’autres ont publié, et d’où. Le rapport et le portail les montrent à côté du nôtre, recalculé sur "
        "leur périmètre quand il est assez décrit.\n"
    )
    measures, perimeters = labels("published_measures", "measure"), labels("published_perimeters", "perimeter")
    yield table(
        (
            row | {"measure": measures[row["measure"]], "perimeter": perimeters[row["perimeter"]]}
            for row in rows_of("published_results")
        ),
        body="qui",
        year="année",
        measure="mesure",
        value="valeur",
        perimeter="périmètre",
        method_fr="méthode",
        note_fr="à savoir",
        page="page",
        url="adresse",
    )
    yield "## Périmètres\n"
    yield table(
        coded(rows_of("published_perimeters"), "parts", "families_left"),
        label_fr="périmètre",
        parts="ce qui lui répond chez nous",
        families_left="familles ôtées",
        basis_fr="à savoir",
    )


@page("manques", "Manques et garde-fous")
def manques() -> Iterator[str]:
    yield "Les codes de la colonne `what` de `gaps.csv`, et ce qu’il faut faire.\n"
    yield table(coded(rows_of("gaps"), "code"), code="code", label_fr="ce qui manque", remedy_fr="remède")
    yield "## Mesures à faire, et leur durée\n"
    yield "Ce que chacune éclaire (un doute de `uncertainty.csv` ou un manque), et le temps supposé.\n"
    yield table(
        coded(rows_of("measures"), "match"),
        label_fr="mesure",
        evidence="éclaire",
        match="code",
        days="jours",
        days_per_row="jours par ligne",
        days_at_most="au plus",
        assumption_fr="hypothèse",
    )
    yield "## Garde-fous\n"
    yield table(rows_of("guards"), rule="règle", label_fr="garde-fou", meaning_fr="sens")
    yield "## Machines virtuelles (G1)\n"
    yield "Une ligne est mise de côté si cette colonne contient ce motif, sans tenir compte des majuscules.\n"
    yield table(
        coded(rows_of("guard_patterns"), "rule", "column", "pattern"),
        rule="règle",
        column="colonne",
        pattern="motif",
    )
    yield "## Numéros de série ignorés (G4)\n"
    yield ", ".join(f"`{row['serial_key']}`" for row in rows_of("serial_placeholders")) + "\n"


@page("zones", "Zones électriques")
def zones() -> Iterator[str]:
    rows = [row | {"aliases": row["aliases"].replace("|", ", ")} for row in rows_of("zones")]
    yield table(coded(rows, "zone"), zone="code", label_fr="zone", aliases="aussi reconnue sous")


@page("equivalences", "Équivalences")
def equivalences() -> Iterator[str]:
    yield table(rows_of("equivalences"), label_fr="repère", value="valeur", unit="unité", source="source")


@page("beges", "Postes du bilan réglementaire")
def beges() -> Iterator[str]:
    yield "La première ligne qui convient donne le poste (règles [B1 à B5](../methode/vues.md)) ; `*` : tout.\n"
    names = labels("ghg_labels", "category")
    rows = [row | {"name": names.get(row["category"], "")} for row in rows_of("ghg_categories")]
    yield table(
        coded(rows, "kind", "flow", "stage", "acquisition", "ownership", "hosting"),
        kind="sorte",
        flow="flux",
        stage="étape",
        acquisition="acquisition",
        ownership="propriété",
        hosting="hébergement",
        category="poste",
        name="nom du poste",
        rule="règle",
    )


@page("glossaire", "Glossaire")
def glossaire() -> Iterator[str]:
    yield table(rows_of("glossary"), term_fr="mot", meaning_fr="sens")


@page("donnees-ouvertes", "Données ouvertes")
def donnees_ouvertes() -> Iterator[str]:
    yield (
        "Les fichiers qu’écrit `estran export open-data`, et que le portail ouvre à tous quand on le lui demande : CSV "
        "en UTF-8, virgules, point décimal. `datapackage.json` en donne le schéma (Table Schema), `dcat.jsonld` les "
        "métadonnées (DCAT). Aucune autre colonne ne sort.\n"
    )
    rows = rows_of("open_data")
    for name in dict.fromkeys(row["resource"] for row in rows):
        yield f"## `{name}.csv`\n"
        shown = [row for row in rows if row["resource"] == name]
        yield table(coded(shown, "column"), column="colonne", type="type", meaning_fr="sens")
    yield "## Licences\n"
    yield table(coded(rows_of("licences"), "licence"), licence="licence", label_fr="nom", url="adresse")


@page("lecture", "Lecture des fichiers")
def lecture() -> Iterator[str]:
    yield "## Valeurs reconnues\n"
    rows = [row | {"written": row["written"].replace("|", ", ")} for row in rows_of("choices")]
    yield table(coded(rows, "code"), kind="sorte", code="valeur", label_fr="montrée", written="écrite aussi")
    yield "## Limites\n"
    yield table(coded(rows_of("limits"), "limit"), limit="limite", value="valeur", unit="unité", meaning_fr="sens")
    yield "## Colonnes personnelles\n"
    yield "Une colonne qui porte un de ces noms n’est jamais gardée ; l’import dit ce qu’il a retiré.\n"
    yield ", ".join(f"`{row['header']}`" for row in rows_of("personal")) + "\n"


FORMAT_BLOCKS = {
    "format": "Un format",
    "layout": "Une sorte de liste (`[[layouts]]`)",
    "computed": "Colonnes lues pour en calculer une autre (`[layouts.columns]`)",
    "services": 'Un fichier de services (`reader = "services"`)',
    "meters": 'Les relevés d’un compteur (`reader = "meters"`)',
    "columns": "Ses colonnes (`[columns]`)",
    "values": "Un chiffre du fournisseur (`[[values]]`)",
    "personal": "Ce qui n’est jamais lu (`[personal]`)",
    "json": "Les lignes d’un fichier JSON (`[json]`)",
    "sku": "Les instances (`[sku]`)",
}


@page("formats", "Formats d’import")
def formats() -> Iterator[str]:
    yield (
        "Un format est un fichier de `src/estran/catalogue/imports`. Il se reconnaît à ses en-têtes, en tout ordre ; "
        "`--format` l’impose.\n"
    )
    paths = sorted((CATALOGUE / "imports").glob("*.toml"))
    known = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in paths}
    written = {code for code, facts in known.items() if any("written_as" in one for one in facts.get("layouts", ()))}
    states = [
        {"code": code, "state": "lu et écrit" if code in written else "lu"} | facts for code, facts in known.items()
    ]
    headings = {"label_fr": "format", "code": "code", "state": "état", "versions": "versions"}
    yield table(coded(states, "code"), **headings, checked="vérifié le", facts="où les en-têtes ont été lus")
    for code, facts in known.items():
        yield f"## `{code}` : {facts['label_fr']}\n"
        for layout in facts.get("layouts", [facts]):
            if "layouts" in facts:
                yield f"### Table `{layout['table']}`\n"
            if "signature" in layout:
                yield f"Reconnu à : {', '.join(f'`{header}`' for header in layout['signature'])}.\n"
            if "tables" in layout:
                named = ", ".join(f"`{name}`" for name in layout["tables"])
                yield f"Les codes ou les noms des [colonnes](colonnes.md) de {named}.\n"
            elif "columns" not in layout and "table" in layout:
                yield f"Les [colonnes](colonnes.md) de la table `{layout['table']}`.\n"
            if "columns" in layout:
                yield table(headers_of(layout), column="devient", headers="en-têtes lus")
            if "unused" in layout:
                yield f"Connus et non gardés : {', '.join(f'`{header}`' for header in layout['unused'])}.\n"
    yield "## Ce qui s’écrit dans un format\n"
    for block, title in FORMAT_BLOCKS.items():
        yield f"### {title}\n"
        rows = [row for row in rows_of("format_keys") if row["block"] == block]
        shown = [row | {"needed": "oui" if row["needed"] == "yes" else ""} for row in rows]
        yield table(coded(shown, "key"), key="option", needed="obligatoire", meaning_fr="sens")


def headers_of(layout: dict[str, Any]) -> list[Row]:
    """What each column is read from; a name that begins with _ only serves to compute another one."""
    return [
        {
            "column": f"`{column}`",
            "headers": ", ".join(f"`{header}`" for header in ([headers] if isinstance(headers, str) else headers)),
        }
        for column, headers in layout["columns"].items()
    ]


@page("perimetre", "Périmètre")
def perimetre() -> Iterator[str]:
    yield "Le périmètre fourni, à copier pour écrire le vôtre (`--perimeter`, règle [S2](../methode/cadre.md)).\n"
    yield f"```toml\n{(CATALOGUE / 'perimeters' / 'default.toml').read_text('utf-8')}```\n"


@page("commandes", "Ligne de commande")
def commandes() -> Iterator[str]:
    os.environ["LC_ALL"] = "fr"  # the help is in the language of the machine
    import typer

    from estran.cli.commands import app

    yield (
        "État de sortie : 0, fait ; 1, fait, mais des lignes ont été rejetées ou mises de côté (leur nombre est dit) ; "
        "2, l’appel ou le fichier est inutilisable, ou le système refuse, et rien n’est écrit ; 3, une faute d’Estran "
        "([que faire](../guides/erreurs.md)) ; 130 et 141, interrompu.\n\n"
        "Partout : `--lang fr` ou `--lang en` choisit la langue, `--help` dit tout, `--json` parle à une machine "
        "([réponses](reponses-json.md)). Un type, un critère ou une étape se donne par son code ou par son nom. "
        "`estran --install-completion` installe la complétion.\n"
    )
    yield from command_help("estran", typer.main.get_command(app))


@page("reponses-json", "Réponses en JSON")
def reponses_json() -> Iterator[str]:
    yield (
        "Chaque commande admet `--json` : sa réponse est alors un objet (ou une liste) JSON, sur une ligne de la "
        "sortie, et tout ce qu’elle dit d’autre, erreurs comprises, un objet JSON par ligne de la sortie d’erreur. "
        "L’état de sortie reste le même ([ligne de commande](commandes.md)). D’autres champs peuvent s’ajouter, aucun "
        "ne disparaît sans que le journal des versions le dise.\n"
    )
    with (ROOT / "src" / "estran" / "cli" / "answers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for command in dict.fromkeys(row["command"] for row in rows):
        title = "Sortie d’erreur, de toutes les commandes" if command == "stderr" else f"`estran {command}`"
        yield f"## {title}\n"
        own = [row for row in rows if row["command"] == command]
        yield table(coded(own, "field"), field="champ", type="sorte", meaning_fr="sens")


def command_help(path: str, command: Any) -> Iterator[str]:
    """One section per command: what it does, its arguments and its options."""
    children = getattr(command, "commands", {})
    if not children:
        yield f"## `{path}`\n\n{(command.help or '').strip()}\n"
        rows = [
            {
                "name": ", ".join(f"`{name}`" for name in option.opts)
                if option.opts[0].startswith("-")
                else f"`{option.name.upper()}`",
                "needed": "oui" if option.required else "",
                "help": option.help or "",
            }
            for option in command.params
            if option.name != "help"
        ]
        if rows:
            yield table(rows, name="argument ou option", needed="obligatoire", help="sens")
    for name, child in children.items():
        yield from command_help(f"{path} {name}", child)


def pages() -> dict[Path, str]:
    """Every page of docs/reference and the picture of the rooms: its path and its text."""
    use_language("fr")
    written = {REFERENCE / f"{name}.md": "\n".join([f"# {title}\n", *make()]) for name, (title, make) in PAGES.items()}
    return {REFERENCE / "README.md": index(), ROOT / "docs" / "images" / "rooms.svg": rooms.picture()} | written


def main() -> None:
    """Write the pages, or with --check say which ones are out of date and fail."""
    texts = pages()
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text("utf-8") != text]
    stale += [path for path in REFERENCE.glob("*.md") if path not in texts]
    if "--check" in sys.argv[1:]:
        if stale:
            sys.exit("make docs: à refaire : " + ", ".join(path.name for path in sorted(stale)))
        return
    for path in stale:
        if path in texts:
            path.write_text(texts[path], "utf-8")
        else:
            path.unlink()


if __name__ == "__main__":
    main()
