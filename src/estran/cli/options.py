"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from estran.common.language import _

_REFERENCES, _RESULT, _ENGINE = _("Références"), _("Résultat"), _("Moteur de calcul")

Year = Annotated[int, typer.Option("--year", help=_("Année du bilan."))]
Criteria = Annotated[str, typer.Option("--criteria", help=_("Critères séparés par des virgules, ou all."))]
Perimeter = Annotated[Path | None, typer.Option("--perimeter", help=_("Fichier du périmètre (TOML)."))]
Criterion = Annotated[str, typer.Option("--criterion", help=_("Critère ; le climat (gwp) par défaut."))]
Registers = Annotated[Path | None, typer.Option("--registers", help=_("Dossier des registres."))]
Targets = Annotated[Path | None, typer.Option("--targets", help=_("Table des cibles."))]

Factors = Annotated[
    str,
    typer.Option(
        "--factors", help=_("Jeu de facteurs, ou dossier d’un référentiel NumEcoEval."), rich_help_panel=_REFERENCES
    ),
]
Catalogue = Annotated[
    Path | None,
    typer.Option("--catalogue", help=_("Dossier qui remplace le catalogue fourni."), rich_help_panel=_REFERENCES),
]
Overlay = Annotated[
    Path | None,
    typer.Option("--overlay", help=_("Dossier des valeurs propres de l’organisation."), rich_help_panel=_REFERENCES),
]

Output = Annotated[
    Path, typer.Option("-o", "--output", help=_("Dossier ou fichier à écrire."), rich_help_panel=_RESULT)
]
Detail = Annotated[
    bool,
    typer.Option(
        "--detail", help=_("Écrire aussi l’origine de chaque paramètre de chaque ligne."), rich_help_panel=_RESULT
    ),
]
Json = Annotated[bool, typer.Option("--json", help=_("Résumé lisible par une machine."), rich_help_panel=_RESULT)]

Engine = Annotated[
    str, typer.Option("--engine", help=_("duckdb, ou spark pour une très grande échelle."), rich_help_panel=_ENGINE)
]
Master = Annotated[
    str,
    typer.Option(
        "--master",
        help=_("Où tourne Spark : local[2], spark://…, yarn, ou sc://… (Spark Connect)."),
        rich_help_panel=_ENGINE,
    ),
]

Run = Annotated[Path, typer.Argument(help=_("Dossier d’un calcul."))]


def names_in(text: str) -> tuple[str, ...]:
    """The names of a list separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
