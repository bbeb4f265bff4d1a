"""The commands that read a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from typer import Option

from estran.cli.app import section
from estran.cli.messages import exit_counting_left_out, print_problems, write_paths
from estran.cli.options import (
    Criterion,
    Family,
    ItemType,
    Json,
    Output,
    Part,
    Registers,
    Run,
    Stage,
    Targets,
    names_in,
    run_argument,
)
from estran.common.language import _, current_language

command = section(_("Lire un bilan"))


@command(help=_("Montrer les résultats d’un calcul, en tableau avec des barres."))
def show(
    run: Run,
    by: Annotated[
        str, Option(help=_("entity, item_type, stage, family, part, basis ; ou host, vm, application."))
    ] = "family",
    criterion: Criterion = "",
    as_json: Json = False,
) -> None:
    """Show the results of a run, as a table with bars."""
    from estran.cli.display.runs import show_impacts

    show_impacts(run, names_in(by), criterion, as_json=as_json)


@command(help=_("D’où vient ce chiffre : quantités, facteurs, sources, hypothèses, lignes."))
def explain(
    run: Run,
    entity: Annotated[str | None, Option(help=_("Nom de l’entité, comme dans amounts.csv."))] = None,
    item_type: ItemType = None,
    stage: Stage = None,
    family: Family = None,
    part: Part = None,
    criterion: Criterion = "",
    as_json: Json = False,
) -> None:
    """Open a figure: amounts, factors, sources, assumptions, rows."""
    from dataclasses import asdict

    from estran.analysis.explain import Figure, explain_figure
    from estran.catalogue.labels import Labels
    from estran.cli.display.blocks import show_blocks
    from estran.reporting.chapters.explanation import explanation as blocks_of

    opened = explain_figure(run, Figure(criterion, entity, item_type, stage, family, part))
    if as_json:
        typer.echo(json.dumps(asdict(opened), ensure_ascii=False, default=str))
    else:
        show_blocks(blocks_of(opened, Labels(current_language())))


@command("report", help=_("Écrire le rapport : une page HTML, un PDF, ou un DOCX ou ODT à modifier."))
def write_report(
    runs: Annotated[list[Path], run_argument(help=_("Dossiers de calcul ; plusieurs années se lisent côte à côte."))],
    output: Output,
    series: Annotated[
        Path | None, Option(help=_("Années recalculées par restate, pour expliquer le changement."))
    ] = None,
    registers: Registers = None,
    targets: Targets = None,
    plan: Annotated[
        Path | None, Option(help=_("Dossier fait par « estran project » : les décisions à prendre, la trajectoire."))
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the report, in the format of the ending of its name."""
    from estran.analysis.indicators import follow_indicators
    from estran.reporting.reports import report

    followed = follow_indicators(runs, registers, targets) if registers or targets else None
    problems = followed.problems if followed else []
    print_problems(problems, len(problems))
    written = report(runs, output, current_language(), series=series, followed=followed, plan=plan)
    write_paths([written], as_json=as_json)
    exit_counting_left_out(len(problems))


@command(help=_("Les indicateurs d’une ou plusieurs années, et ce que comptent les textes."))
def indicators(
    runs: Annotated[list[Path], run_argument(help=_("Dossiers de calcul, un par année."))],
    registers: Registers = None,
    targets: Targets = None,
    output: Annotated[Path | None, Option("-o", "--output", help=_("Table à écrire (CSV)."))] = None,
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
