"""Arguments and options that several commands share, and those whose description is long."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from estran.cli.messages import print_problems
from estran.common.language import _

_reference = partial(Option, rich_help_panel=_("Références"))
_result = partial(Option, rich_help_panel=_("Résultat"))
_engine = partial(Option, rich_help_panel=_("Moteur de calcul"))


def _say_if_moved(given: Path | list[Path]) -> Path | list[Path]:
    """Print at once which files of a frozen run are no longer those of the decision."""
    from estran.analysis.baseline import problems_of_frozen

    for run in given if isinstance(given, list) else [given]:
        problems = problems_of_frozen(run)
        print_problems(problems, len(problems))
    return given


def code_of(kind: str, text: str | None) -> str | None:
    """The code that a text names, label or code; what names nothing is refused where it is used."""
    if not text:
        return text
    from estran.catalogue.codes import code_named

    return code_named(kind, text)


def named(kind: str) -> Callable[[str | None], str | None]:
    """What turns the value of an option into the code that it names."""

    def code(text: str | None) -> str | None:
        return code_of(kind, text)

    return code


def codes_in(kind: str, text: str) -> tuple[str, ...]:
    """The codes of a list separated by commas, of codes or labels."""
    return tuple(code_of(kind, name) or name for name in names_in(text))


run_argument = partial(Argument, callback=_say_if_moved)
Run = Annotated[Path, run_argument(help=_("Dossier d’un calcul."))]
Year = Annotated[int, Option(help=_("Année du bilan."))]
CRITERION = ("--criterion", "--criteria")  # one name or the other, whatever the command
Criteria = Annotated[str, Option(*CRITERION[::-1], help=_("Critères séparés par des virgules, codes ou noms, ou all."))]
Criterion = Annotated[
    str, Option(*CRITERION, callback=named("criterion"), help=_("Critère ; le climat (gwp) par défaut."))
]
ItemType = Annotated[str | None, Option(callback=named("item_type"), help=_("Type de matériel ou flux, code ou nom."))]
Stage = Annotated[
    str | None,
    Option(callback=named("stage"), help=_("manufacturing, distribution, use ou end_of_life, ou leur nom.")),
]
Family = Annotated[str | None, Option(callback=named("family"), help=_("Famille, code ou nom."))]
Part = Annotated[
    str | None, Option(callback=named("part"), help=_("administration, schools ou services, ou leur nom."))
]
Perimeter = Annotated[Path | None, Option(help=_("Fichier du périmètre (TOML)."))]
Registers = Annotated[Path | None, Option(help=_("Dossier des registres."))]
Targets = Annotated[Path | None, Option(help=_("Table des cibles."))]

ColumnMapName = Annotated[
    str,
    Option(
        "--map",
        "--columns",
        help=_("Carte de colonnes d’une liste qu’aucun format ne connaît (nom ou fichier) ; seul, la demander."),
    ),
]
Corrections = Annotated[Path | None, Option(help=_("Dossier où écrire ce qui a été corrigé, à injecter dans GLPI."))]

Factors = Annotated[str, _reference(help=_("Jeu de facteurs, ou dossier d’un référentiel NumEcoEval."))]
Catalogue = Annotated[Path | None, _reference(help=_("Dossier qui remplace le catalogue fourni."))]
Edition = Annotated[str, _reference(help=_("Édition de la méthode ; la dernière si rien n’est dit."))]
Overlay = Annotated[Path | None, _reference(help=_("Dossier des valeurs propres de l’organisation."))]

Output = Annotated[Path, _result("-o", "--output", help=_("Dossier ou fichier à écrire."))]
Detail = Annotated[bool, _result("--detail", help=_("Écrire aussi l’origine de chaque paramètre de chaque ligne."))]
Json = Annotated[bool, _result("--json", help=_("Résumé lisible par une machine."))]

Engine = Annotated[str, _engine(help=_("duckdb, ou spark pour une très grande échelle."))]
Master = Annotated[str, _engine(help=_("Où tourne Spark : local[2], spark://…, yarn, ou sc://… (Spark Connect)."))]


def names_in(text: str) -> tuple[str, ...]:
    """The names of a list separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
