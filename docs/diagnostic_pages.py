"""The pages of the reference on the diagnostic and the grid in which a charter is read."""

from __future__ import annotations

from collections.abc import Iterator

from pages import coded, labels, page, rows_of, table


@page("diagnostic", "Diagnostic")
def diagnostic() -> Iterator[str]:
    questions, workshops = rows_of("diagnostic"), labels("diagnostic_workshops", "workshop")
    yield (
        "Les questions que le portail propose ; une collectivité les modifie dans sa propre version. "
        "« En salle » : posée sur les téléphones ; les autres sont remplies d’avance, preuve à l’appui, et se "
        "discutent. "
        "C’est une proposition d’Estran, appuyée sur les cibles de la [grille de lecture](charte.md).\n"
    )
    for facet in rows_of("diagnostic_facets"):
        workshop = facet["workshop"]
        yield f"## {facet['label_fr']} ({facet['facet']}, atelier {workshop} : {workshops[workshop]})\n"
        rows = [
            row
            | {
                "asked": "oui" if row["ask_in_workshop"] == "yes" else "",
                "levels": " ; ".join(f"{level} : {row[f'level_{level}_fr']}" for level in range(5)),
                "targets": row["charter_targets"].replace("|", ", "),
            }
            for row in questions
            if row["facet"] == facet["facet"]
        ]
        yield table(
            coded(rows, "code", "indicator"),
            code="code",
            question_fr="question",
            levels="niveaux de pratique",
            asked="en salle",
            minutes="minutes",
            evidence_fr="preuve attendue",
            targets="cibles",
            theme="thème",
            indicator="indicateur",
        )
    yield "## Les questions dans un tableur\n"
    yield (
        "Une ligne par question ; le nom et l’atelier d’une facette se répètent. Six questions par atelier se posent "
        "en salle. Une colonne inconnue est laissée de côté, et dite.\n"
    )
    yield table(
        coded(rows_of("diagnostic_columns"), "field"),
        header="en-tête écrit",
        meaning_fr="sens",
        most="caractères, au plus",
        spellings="autres en-têtes lus",
        field="champ",
    )
    yield "## De la pratique à la performance\n"
    yield (
        "La performance d’une cible ou d’une facette est lue sur la moyenne des niveaux de pratique de ses questions, "
        "« Je ne sais pas » exclus ; son importance est la médiane, arrondie vers le haut.\n"
    )
    scales = rows_of("diagnostic_scales")
    yield table(
        (row for row in scales if row["scale"] == "performance"),
        value="performance",
        from_mean="à partir d’une moyenne de",
        label_fr="sens",
    )
    yield table((row for row in scales if row["scale"] == "importance"), value="importance", label_fr="sens")
    yield "## La matrice des priorités\n"
    yield table(
        rows_of("priority_matrix"),
        importance="importance",
        performance="performance",
        priority="priorité",
        label_fr="nom",
        reading_fr="lecture",
        source="source",
    )


@page("charte", "Grille de lecture de la charte")
def charte() -> Iterator[str]:
    yield (
        "Ce qu’une collectivité signe est la charte de l’INR, annexée à sa délibération. Les cibles de l’observatoire "
        "(ONR) sont une grille de lecture, avec nos mots : ni le texte de la charte, ni une obligation. Une cible "
        "ajoutée à la grille après la signature est montrée comme telle.\n"
    )
    targets = rows_of("charter_targets")
    for axis, label in labels("charter_axes", "axis").items():
        yield f"## Axe {axis} : {label}\n"
        yield table(
            coded((row for row in targets if row["axis"] == axis), "code"),
            code="code",
            label_fr="cible",
            meaning_fr="sens",
            added="ajoutée en",
            edition_fr="édition",
            source="source",
        )
