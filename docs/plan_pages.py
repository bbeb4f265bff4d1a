"""Pages of the reference about plans and requests."""

from __future__ import annotations

from collections.abc import Iterator

from pages import coded, page, rows_of, table

KINDS = {"existing": "déjà menée", "deliberation": "étape de la délibération", "proposal": "proposition"}
BLOCKS = {"gate": "préalable", "value": "valeur", "frugality": "sobriété"}


@page("actions", "Actions et colonnes d’un plan")
def actions() -> Iterator[str]:
    yield (
        "Le catalogue où piocher des actions. Un paramètre vide est à renseigner : aucune valeur n’est proposée sans "
        "source. L’effet publié est un ordre de grandeur de sa source ; l’effet de votre plan se calcule.\n"
    )
    rows = [row | {"kind": KINDS[row["kind"]]} for row in rows_of("actions")]
    yield table(
        coded(rows, "code"),
        code="code",
        title_fr="action",
        kind="d’où elle vient",
        theme="thème",
        lever_fr="ce qu’elle change",
        indicators="indicateurs",
        targets="cibles",
        vigilance_fr="vigilance",
        source="source",
    )
    yield "## Colonnes d’un plan en tableur\n"
    yield "Toute autre colonne est gardée telle quelle et rendue à l’export.\n"
    yield table(
        coded(rows_of("plan_columns"), "field"),
        header="en-tête écrit",
        field="champ",
        spellings="en-têtes lus",
        source="d’où",
    )
    yield "## Ce sur quoi une action agit\n"
    yield table(
        coded(rows_of("lever_rows"), "code"), code="code", label_fr="libellé", column="colonne", values="valeurs"
    )
    yield "## Statuts et priorités\n"
    yield table(
        coded([*rows_of("action_statuses"), *rows_of("action_priorities")], "code"),
        code="code",
        label_fr="libellé",
        spellings="façons de l’écrire",
        source="source",
    )
    yield "## Liste facultative pour un département\n"
    yield table(coded(rows_of("strategy_checklist"), "code"), code="code", label_fr="élément", source="source")


@page("instruction", "Instruction d’une demande")
def instruction() -> Iterator[str]:
    yield (
        "Les critères, leurs poids et leurs cinq niveaux sont une proposition, que chaque organisation discute. "
        "« Non renseigné » n’est jamais zéro : le critère et son poids sortent du score.\n"
    )
    rows = [row | {"block": BLOCKS[row["block"]]} for row in rows_of("appraisal")]
    yield table(
        coded(rows, "code"),
        code="code",
        block="bloc",
        label_fr="critère",
        weight="poids",
        question_fr="question",
        **{f"level_{level}_fr": str(level) for level in range(5)},
        source="référence",
    )
    yield "## Règles\n"
    yield table(coded(rows_of("appraisal_rules"), "code"), code="code", value="valeur", unit="unité", meaning_fr="sens")
    yield "## Ce que l’on dimensionne\n"
    yield table(
        coded(rows_of("request_sizing"), "code", "value"), code="code", label_fr="quantité", value="compté comme"
    )
