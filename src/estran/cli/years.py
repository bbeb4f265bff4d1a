"""The commands from one year to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from estran.cli.app import section
from estran.cli.messages import print_problems, progress_bar, write_answer
from estran.cli.options import (
    Catalogue,
    Criteria,
    Criterion,
    Factors,
    Json,
    Output,
    Overlay,
    Perimeter,
    Run,
    codes_in,
    run_argument,
)
from estran.common.language import _, current_language

command = section(_("D’une année à l’autre"))


@command(help=_("Expliquer ce qui a changé entre deux calculs, sans reste."))
def compare(
    before: Annotated[Path, run_argument(help=_("Dossier du premier calcul."))],
    after: Annotated[Path, run_argument(help=_("Dossier du second calcul."))],
    criterion: Criterion = "gwp",
    output: Annotated[
        Path | None, Option("-o", "--output", help=_("Écrire aussi la cascade (.svg) ou le tableau (.csv)."))
    ] = None,
    as_json: Json = False,
) -> None:
    """Explain what changed between two runs, without residue."""
    from estran.analysis.decomposition import compare_runs
    from estran.cli.display.series import show_comparison

    comparison = compare_runs(before, after, criterion)
    if output:
        from estran.reporting import reports

        reports.write_change(comparison, output, current_language())
    show_comparison(comparison, as_json=as_json)


@command(help=_("Recalculer les années passées avec la méthode et le catalogue d’aujourd’hui."))
def restate(
    runs: Annotated[list[Path], run_argument(help=_("Calculs publiés, un par année ; ils ne sont que lus."))],
    output: Output,
    factors: Factors = "ademe",
    catalogue: Catalogue = None,
    overlay: Overlay = None,
    marks: Annotated[Path | None, Option(help=_("Chiffres d’autres outils, montrés à côté (marks.csv)."))] = None,
    as_json: Json = False,
) -> None:
    """Compute past years again with today's method and catalogue."""
    from estran.analysis.restatement import restate_runs
    from estran.cli.display.series import show_series

    with progress_bar(_("Recalcul"), quiet=as_json) as show_progress:
        rows = restate_runs(
            runs, output, factor_set=factors, catalogue=catalogue, overlay=overlay, others=marks, progress=show_progress
        )
    show_series(rows, output, as_json=as_json)


@command(help=_("Déclarer un calcul comme année de référence, avec la décision qui le fixe."))
def baseline(
    run: Run,
    output: Output,
    decision: Annotated[str, Option(help=_("Objet de la décision."))],
    date: Annotated[str, Option(help=_("Date de la décision, comme 2026-03-15."))],
    number: Annotated[str, Option(help=_("Numéro de la délibération."))] = "",
    as_json: Json = False,
) -> None:
    """Declare a run as the reference year, with the decision that sets it."""
    from estran.analysis.baseline import freeze_baseline

    reference = freeze_baseline(run, output, decision=decision, date=date, number=number)
    if as_json:
        write_answer(year=reference.year, written=[output])
    else:
        typer.echo(_("Année de référence {year} : {path}").format(year=reference.year, path=output))


@command(help=_("Projeter un parc année par année avec un plan d’action, et dire ce que change chaque action."))
def project(
    source: Annotated[Path, Argument(help=_("Dossier d’un calcul, ou d’un parc à calculer d’abord."))],
    output: Output,
    plan: Annotated[Path, Option(help=_("Fichier du plan (TOML)."))],
    to: Annotated[int | None, Option(help=_("Dernière année ; l’année cible du plan par défaut."))] = None,
    year: Annotated[
        int, Option(help=_("Année du bilan d’un parc ; celle du plan par défaut."), show_default=False)
    ] = 0,
    factors: Factors = "ademe",
    catalogue: Catalogue = None,
    overlay: Overlay = None,
    perimeter: Perimeter = None,
    criteria: Criteria = "",
    as_json: Json = False,
) -> None:
    """Project an estate year by year under a plan of actions."""
    from estran.engine import runs
    from estran.projection.cohort_inputs import NOTHING_TOUCHED
    from estran.projection.projections import project_estate

    choices = runs.Choices(year, factors, catalogue, overlay, perimeter=perimeter)
    problems = project_estate(source, plan, output, to=to, choices=choices, criteria=codes_in("criterion", criteria))
    print_problems(problems, len(problems), all_of_them=True)
    if as_json:
        typer.echo((output / "project.json").read_text("utf-8").rstrip())
    else:
        from estran.cli.display.projection import show_projection

        show_projection(output)
    if any(problem.code == NOTHING_TOUCHED for problem in problems):
        raise typer.Exit(1)
