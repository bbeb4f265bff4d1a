"""Write docs/reference from the tables of the catalogue and from the command line; `--check` only compares."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diagnostic_pages  # noqa: F401 — registers its pages
import indicator_pages  # noqa: F401 — registers its pages
import plan_pages  # noqa: F401 — registers its pages
from pages import CATALOGUE, PAGES, ROOT, Row, coded, labels, page, rows_of, table

from estran.common.language import use_language

REFERENCE = ROOT / "docs" / "reference"

# The folders of the catalogue, in the order of the page: what each one is about.
FOLDERS = {
    "equipment": "Matériels et valeurs par défaut",
    "impacts": "Critères, flux et jeux de facteurs",
    "sources": "Sources et leurs facteurs",
    "electricity": "Électricité",
    "imports": "Fichiers que l’import reconnaît",
    "schema": "Colonnes et textes des tables qu’Estran lit",
    "method": "Méthode de calcul",
    "indicators": "Indicateurs",
    "approach": "Démarche : diagnostic, charte, plan",
    "legal": "Textes légaux",
    "publication": "Publication",
    "perimeters": "Périmètres",
}

# Every file of the catalogue, `*` standing for any name: the page that shows it (none: too long or too technical, its
# name is enough), and what one of its rows is.
TABLES = {
    "schema/columns.csv": ("colonnes", "une colonne d’une table qu’Estran lit"),
    "schema/registers.csv": ("registres", "une colonne d’un registre"),
    "schema/register_names.csv": (
        "registres",
        "un registre : la colonne qui date ses lignes, celles qui les nomment, celles que le portail montre",
    ),
    "schema/choices.csv": ("lecture", "une valeur admise, les façons de l’écrire, et comment les pages la montrent"),
    "schema/limits.csv": ("lecture", "une limite au-delà de laquelle un fichier est refusé"),
    "schema/personal.csv": ("lecture", "un en-tête de colonne personnelle, retirée à la lecture"),
    "imports/*.toml": ("formats", "un format de fichier : en-têtes, correspondances, pièges"),
    "imports/list_kinds.csv": (
        "formats",
        "une sorte de liste (ordinateurs, moniteurs…) et les types qu’elle peut contenir",
    ),
    "imports/label_rules.csv": ("", "une règle qui mène d’un libellé à un type"),
    "impacts/excluded.csv": ("", "un chiffre publié que le catalogue écarte, et pourquoi"),
    "imports/cloud_providers.csv": ("", "un fournisseur de nuage, ses noms et la forme de ses instances"),
    "imports/cloud_regions.csv": ("", "une région de nuage et sa zone électrique"),
    "equipment/type_kinds.csv": ("grandeurs", "un type de matériel et la sorte que comptent les indicateurs"),
    "equipment/item_types.csv": ("types", "un type de matériel"),
    "equipment/type_details.csv": ("types", "un type plus précis, selon la taille d’écran"),
    "equipment/families.csv": ("types", "une famille de matériels ou de services"),
    "equipment/defaults.csv": (
        "defauts",
        "une valeur par défaut, générale (`*`) ou d’un type, avec sa date d’effet et sa source",
    ),
    "equipment/alternatives.csv": ("", "une autre valeur publiée d’un paramètre, montrée par `estran catalogue show`"),
    "impacts/flows.csv": ("flux", "un flux d’activité : ce qui se compte sans être un matériel"),
    "impacts/criteria.csv": ("criteres", "un critère environnemental"),
    "impacts/stages.csv": ("criteres", "une étape du cycle de vie"),
    "impacts/factor_sets.toml": ("jeux-de-facteurs", "un jeu de facteurs : une liste ordonnée de sources"),
    "impacts/equivalences.csv": ("equivalences", "un repère pour se figurer un impact"),
    "impacts/impact_units.csv": ("", "une unité d’impact qu’emploie un fournisseur, et sa conversion"),
    "electricity/zones.csv": ("zones", "une zone électrique et les noms qui la désignent"),
    "electricity/electricity.csv": ("", "le facteur d’un kilowattheure : source, zone, année, critère"),
    "sources/*/source.toml": ("sources", "une source : producteur, édition, licence, date de péremption"),
    "sources/*/factors.csv": ("", "un facteur que publie cette source : flux, étape, critère, unité, valeur"),
    "method/methods.csv": ("defauts", "une méthode de calcul"),
    "method/method_parameters.csv": ("defauts", "une valeur propre à une méthode de compatibilité"),
    "method/uncertainty.csv": ("defauts", "l’incertitude d’une classe de qualité"),
    "method/allocation_weights.csv": (
        "defauts",
        "le poids d’une dimension dans la répartition d’un serveur (règle K3)",
    ),
    "method/gaps.csv": ("manques", "une sorte de manque, avec son remède"),
    "method/guards.csv": ("manques", "un garde-fou contre les doubles comptes"),
    "method/guard_patterns.csv": ("manques", "un motif qui met une ligne de côté (règle G1)"),
    "method/serial_placeholders.csv": ("manques", "un numéro de série qui n’en est pas un (règle G4)"),
    "method/ecodiag_rules.csv": (
        "",
        "une règle d’EcoDiag qui reconnaît un matériel d’après les textes de type et de modèle",
    ),
    "method/numecoeval.csv": ("", "un mot des référentiels NumEcoEval et son équivalent"),
    "indicators/indicators.csv": ("indicateurs", "un indicateur : ce qu’on divise, par quoi, dans quel périmètre"),
    "indicators/indicator_perimeters.csv": ("indicateurs", "le périmètre d’un indicateur"),
    "indicators/themes.csv": ("indicateurs", "un thème de la stratégie"),
    "indicators/quantities.csv": ("grandeurs", "une grandeur nommée : une somme sur les lignes d’une table"),
    "legal/legal_rules.csv": ("compteurs", "une règle légale, sa source et ce qui n’est pas confirmé"),
    "legal/legal_counters.csv": ("compteurs", "un compteur d’une règle légale"),
    "legal/legal_thresholds.csv": ("compteurs", "un seuil légal et ses dates"),
    "legal/ghg_categories.csv": ("beges", "le poste du bilan réglementaire d’une sorte d’impact"),
    "legal/ghg_labels.csv": ("beges", "le nom d’un poste du bilan réglementaire"),
    "approach/diagnostic.csv": ("diagnostic", "une question du diagnostic, ses cinq niveaux et ce à quoi elle mène"),
    "approach/diagnostic_workshops.csv": ("diagnostic", "un atelier du diagnostic"),
    "approach/diagnostic_facets.csv": ("diagnostic", "une facette du numérique responsable, et son atelier"),
    "approach/diagnostic_scales.csv": ("diagnostic", "une valeur d’une échelle : importance, performance"),
    "approach/priority_matrix.csv": ("diagnostic", "la priorité d’une importance et d’une performance"),
    "approach/diagnostic_columns.csv": (
        "diagnostic",
        "une colonne des questions en tableur, et les en-têtes qui la nomment",
    ),
    "approach/charter_axes.csv": ("charte", "un axe de la grille de lecture de la charte"),
    "approach/charter_targets.csv": (
        "charte",
        "une cible de la grille de lecture, et la date de celles ajoutées depuis",
    ),
    "approach/actions.csv": ("actions", "une action où piocher : ce qu’elle change, ses indicateurs, sa source"),
    "approach/action_statuses.csv": ("actions", "un statut d’action et les façons de l’écrire"),
    "approach/action_priorities.csv": ("actions", "un niveau de priorité et les façons de l’écrire"),
    "approach/lever_rows.csv": ("actions", "un groupe de lignes sur lesquelles une action agit"),
    "approach/plan_columns.csv": ("actions", "une colonne d’un plan en tableur, et les en-têtes qui la nomment"),
    "approach/strategy_checklist.csv": (
        "actions",
        "un élément de la liste du décret 2022-1084, facultative pour un département",
    ),
    "approach/appraisal.csv": ("instruction", "un critère d’instruction d’une demande, ses niveaux et son poids"),
    "approach/appraisal_rules.csv": ("instruction", "un seuil de l’instruction"),
    "approach/request_sizing.csv": ("instruction", "une quantité demandée pour dimensionner un service"),
    "approach/first_estimate.csv": (
        "",
        "un nombre demandé par la première estimation du portail, et le type qu’il compte",
    ),
    "approach/short_forms.csv": (
        "",
        "un champ d’une saisie du portail : un type compté, la quantité d’un flux, une colonne d’une table",
    ),
    "publication/open_data.csv": ("donnees-ouvertes", "une colonne d’un fichier de données ouvertes"),
    "publication/licences.csv": ("donnees-ouvertes", "une licence de réutilisation"),
    "publication/glossary.csv": ("glossaire", "un mot du rapport, expliqué"),
    "perimeters/*.toml": ("perimetre", "un périmètre fourni"),
}


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
            note="note (en anglais)",
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
    rows = [row | {"needed": "oui" if row["mandatory"] == "yes" else ""} for row in rows_of("criteria")]
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
        "note": "note (en anglais)",
    }
    yield "## Générales\n"
    yield table(coded((row for row in rows if row["item_type"] == "*"), "parameter", "source"), **heads)
    yield "## Par type\n"
    named = [
        row | {"item_type": types.get(row["item_type"], row["item_type"])} for row in rows if row["item_type"] != "*"
    ]
    yield table(coded(named, "parameter", "source"), item_type="type", **heads)
    yield "## Méthodes\n"
    yield table(coded(rows_of("methods"), "method"), method="code", label_fr="méthode")
    yield "## Valeurs propres aux méthodes de compatibilité\n"
    yield table(
        coded(rows_of("method_parameters"), "method", "parameter"),
        method="méthode",
        parameter="paramètre",
        value="valeur",
        unit="unité",
        note="note (en anglais)",
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
    rows = [
        {key: str(value) for key, value in tomllib.loads(path.read_text("utf-8")).items()} | {"id": path.parent.name}
        for path in sorted((CATALOGUE / "sources").glob("*/source.toml"))
    ]
    yield table(
        coded(rows, "id"),
        id="source",
        producer="producteur",
        title="titre",
        edition="édition",
        licence="licence",
        redistributable="rediffusable",
        review_by="à revoir avant",
        url="adresse",
    )


@page("manques", "Manques et garde-fous")
def manques() -> Iterator[str]:
    yield "Les codes de la colonne `what` de `gaps.csv`, et ce qu’il faut faire.\n"
    yield table(coded(rows_of("gaps"), "code"), code="code", label_fr="ce qui manque", remedy_fr="remède")
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


@page("formats", "Formats d’import")
def formats() -> Iterator[str]:
    yield (
        "Un format est un fichier de `src/estran/catalogue/imports`. Il se reconnaît à ses en-têtes, en tout ordre ; "
        "`--format` l’impose.\n"
    )
    for path in sorted((CATALOGUE / "imports").glob("*.toml")):
        facts = tomllib.loads(path.read_text("utf-8"))
        yield f"## `{path.stem}` : {facts['label_fr']}\n"
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


def headers_of(layout: dict[str, Any]) -> list[Row]:
    """What each column is read from; a name that begins with _ only serves to compute another one."""
    return [
        {
            "column": f"`{column}`",
            "headers": ", ".join(f"`{header}`" for header in ([said] if isinstance(said, str) else said)),
        }
        for column, said in layout["columns"].items()
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
        "2, l’appel ou le fichier est inutilisable et rien n’est écrit.\n"
    )
    yield from command_help("estran", typer.main.get_command(app))


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


def index() -> str:
    files = {path.relative_to(CATALOGUE) for ending in ("csv", "toml") for path in CATALOGUE.rglob(f"*.{ending}")}
    wrong = {str(file) for file in files if sum(file.match(pattern) for pattern in TABLES) != 1}
    wrong |= {pattern for pattern in TABLES if not any(file.match(pattern) for file in files)}
    wrong |= {pattern.split("/")[0] for pattern in TABLES} ^ FOLDERS.keys()
    if wrong:
        sys.exit(f"docs/generate.py: TABLES and the catalogue differ: {', '.join(sorted(wrong))}")
    lines = [
        "# Référence\n",
        "Pages écrites par `make docs` d’après les tables du catalogue : on corrige les tables, pas les pages.\n",
        *(f"- [{title}]({name}.md)" for name, (title, _make) in PAGES.items()),
        "\n## Les tables du catalogue\n",
        "Dans `src/estran/catalogue`, du texte que l’on peut lire et corriger sans programmer. Un dossier par sujet ; "
        "un nom de table ne sert qu’une fois dans tout le catalogue.\n",
    ]
    for folder, subject in FOLDERS.items():
        rows = [
            {"name": f"`{name}`", "meaning": meaning, "page": f"[{PAGES[page][0]}]({page}.md)" if page else ""}
            for name, (page, meaning) in TABLES.items()
            if name.startswith(f"{folder}/")
        ]
        lines += [f"### {subject}\n", table(rows, name="table", meaning="une ligne est…", page="page")]
    return "\n".join(lines)


def pages() -> dict[Path, str]:
    """Every page of docs/reference: its path and its text."""
    use_language("fr")
    written = {REFERENCE / f"{name}.md": "\n".join([f"# {title}\n", *make()]) for name, (title, make) in PAGES.items()}
    return {REFERENCE / "README.md": index()} | written


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
