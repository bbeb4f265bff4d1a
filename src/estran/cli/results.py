"""Commands that read runs: show, explain, report, indicators."""

import json
from pathlib import Path
from typing import Annotated

import typer

from estran.cli.app import section
from estran.cli.messages import exit_counting_left_out, print_problems
from estran.cli.options import Json, Output, Registers, Run, Targets, names_in
from estran.common.language import _, current_language

command = section(_("Lire un bilan"))


@command(help=_("Montrer les résultats d’un calcul, en tableau avec des barres."))
def show(
    run: Run,
    by: Annotated[
        str, typer.Option("--by", help=_("Colonnes parmi entity, item_type, stage, family, part, basis."))
    ] = "family",
    criterion: Annotated[str, typer.Option("--criterion", help=_("Critère ; le climat (gwp) par défaut."))] = "",
    as_json: Json = False,
) -> None:
    """Show the results of a run, as a table with bars."""
    from estran.cli.display.runs import show_impacts

    show_impacts(run, names_in(by), criterion, as_json=as_json)


@command(help=_("D’où vient ce chiffre : quantités, facteurs, sources, hypothèses, lignes."))
def explain(
    run: Run,
    entity: Annotated[str | None, typer.Option("--entity", help=_("Nom de l’entité, comme dans amounts.csv."))] = None,
    item_type: Annotated[
        str | None, typer.Option("--item-type", help=_("Code du type de matériel ou du flux."))
    ] = None,
    stage: Annotated[
        str | None, typer.Option("--stage", help=_("manufacturing, distribution, use ou end_of_life."))
    ] = None,
    family: Annotated[str | None, typer.Option("--family", help=_("Code de la famille."))] = None,
    part: Annotated[str | None, typer.Option("--part", help=_("administration, schools ou services."))] = None,
    criterion: Annotated[str, typer.Option("--criterion", help=_("Critère ; le climat (gwp) par défaut."))] = "",
    as_json: Json = False,
) -> None:
    """Open a figure: amounts, factors, sources, assumptions, rows."""
    from dataclasses import asdict

    from estran.analysis.explain import Figure, explain_figure
    from estran.analysis.explain_text import explanation_text

    explanation = explain_figure(run, Figure(criterion, entity, item_type, stage, family, part))
    if as_json:
        typer.echo(json.dumps(asdict(explanation), ensure_ascii=False, default=str))
    else:
        typer.echo(explanation_text(explanation, current_language()))


@command("report", help=_("Écrire le rapport : une page HTML, un PDF, ou un DOCX ou ODT à modifier."))
def write_report(
    runs: Annotated[list[Path], typer.Argument(help=_("Dossiers de calcul ; plusieurs années se lisent côte à côte."))],
    output: Output,
    series: Annotated[
        Path | None, typer.Option("--series", help=_("Années recalculées par restate, pour expliquer le changement."))
    ] = None,
    registers: Registers = None,
    targets: Targets = None,
) -> None:
    """Write the report, in the format of the ending of its name."""
    from estran.analysis.indicators import follow_indicators
    from estran.reporting.reports import report

    followed = follow_indicators(runs, registers, targets) if registers or targets else None
    problems = followed.problems if followed else []
    print_problems(problems, len(problems))
    typer.echo(str(report(runs, output, current_language(), series=series, followed=followed)))
    exit_counting_left_out(len(problems))


@command(help=_("Les indicateurs d’une ou plusieurs années, et ce que comptent les textes."))
def indicators(
    runs: Annotated[list[Path], typer.Argument(help=_("Dossiers de calcul, un par année."))],
    registers: Registers = None,
    targets: Targets = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=_("Table à écrire (CSV)."))] = None,
    as_json: Json = False,
) -> None:
    """The indicators of one or several years, and the legal counters."""
    from estran.analysis.indicators import follow_indicators, write_indicators
    from estran.cli.display.indicators import show_indicators

    followed = follow_indicators(runs, registers, targets)
    print_problems(followed.problems, len(followed.problems))
    if output:
        write_indicators(followed.indicators, output)
    show_indicators(followed, as_json=as_json)
    exit_counting_left_out(len(followed.problems))
