"""The entry point `estran`: everything Estran does, from the command line, in the order of the help.

The exit statuses are those of `endings.py`. A command imports what it needs when it runs: the help waits for no heavy
library.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from estran.cli.app import ALONE, ARGUMENTS, app, command_group, section
from estran.cli.endings import end_in_words
from estran.cli.messages import choose_date_order, exit_counting_left_out, print_problems, progress_bar
from estran.cli.options import (
    Catalogue,
    ColumnMapName,
    Corrections,
    Criteria,
    Criterion,
    Detail,
    Edition,
    Engine,
    Factors,
    Json,
    Master,
    Output,
    Overlay,
    Perimeter,
    Registers,
    Run,
    Targets,
    Year,
    names_in,
    run_argument,
)
from estran.common.language import _, current_language, ngettext

if TYPE_CHECKING:
    from estran.engine.runs import Summary


def main() -> None:
    """Run the command line; whatever happens, the end is a status and words for a person, never a traceback."""
    end_in_words(partial(app, ARGUMENTS), as_json="--json" in ARGUMENTS)


# ---------------------------------------------------------------------------------------------- from files to a run

command = section(_("Du parc au bilan"))


@command("import", help=_("Lire les fichiers d’un parc et en faire un dossier prêt à calculer."))
def import_files(
    files: Annotated[
        list[Path], Argument(help=_("Fichiers exportés des outils, ou rejects.csv et unmatched.csv corrigés."))
    ],
    output: Output,
    format: Annotated[str, Option(help=_("auto, canonical, glpi, ocs, numecoeval, ecodiag, school…"))] = "auto",
    entity: Annotated[str | None, Option(help=_("Entité de toutes les lignes."))] = None,
    overlay: Overlay = None,
    map: ColumnMapName = "",
    year: Annotated[int | None, Option(help=_("Année, pour un fichier qui en couvre plusieurs."))] = None,
    unit: Annotated[str, Option(help=_("Unité des impacts d’un relevé de fournisseur qui ne la dit pas."))] = "",
    room: Annotated[str, Option(help=_("Salle que mesurent les relevés d’un compteur."))] = "",
    meter: Annotated[
        str, Option(help=_("Compteur relevé : facility (général) ou it (informatique seule)."))
    ] = "facility",
    corrections: Corrections = None,
    vat: Annotated[
        str, Option(help=_("Montants d’un extrait des comptes : included (TTC) ou excluded (hors taxe)."))
    ] = "",
    agents: Annotated[int, Option(help=_("Effectif, s’il est connu : trop d’ordinateurs par agent surprend."))] = 0,
    dates: Annotated[
        str, Option(help=_("dmy ou mdy : le jour ou le mois d’abord, si rien dans le fichier ne le dit."))
    ] = "",
    as_json: Json = False,
) -> None:
    """Read the files of an estate into a folder ready to compute."""
    from estran.cli.display.column_maps import ask_columns, choose_vat, is_interactive
    from estran.cli.display.corrections import write_corrections
    from estran.cli.display.imports import ask_statuses, print_statuses, show_import
    from estran.importing import estate_import

    always = map in ALONE.values()
    with progress_bar(_("Import"), quiet=as_json) as show_progress:
        report = estate_import.import_files(
            files,
            format,
            entity,
            estate=output,
            overlay=overlay,
            column_map="" if always else map,
            ask=partial(ask_columns, begin=partial(show_progress, None)) if always or is_interactive(as_json) else None,
            always_ask=always,
            year=year,
            unit=unit,
            room=room,
            meter=meter,
            vat=vat or (partial(choose_vat, begin=partial(show_progress, None)) if is_interactive(as_json) else ""),
            agents=agents,
            dates=dates,
            ask_dates=partial(choose_date_order, begin=partial(show_progress, None))
            if is_interactive(as_json)
            else None,
            progress=lambda _name, share: show_progress(share),
        )
    print_problems(report.problems, report.faults)
    show_import(report, as_json=as_json)
    if is_interactive(as_json) and (answers := ask_statuses(report.statuses_to_settle)):
        report = estate_import.settle_statuses(report, answers, overlay)
    if corrections:
        write_corrections(report.estate, corrections)
    if number := report.labels_to_settle:
        text = ngettext("{n} libellé à régler dans {file}", "{n} libellés à régler dans {file}", number)
        typer.echo(text.format(n=number, file=report.estate / "unmatched.csv"), err=True)
    print_statuses(report)
    left_out = report.rejected + report.set_aside + report.states.get("to_settle", 0)
    exit_counting_left_out(left_out + sum(one.rows for one in report.statuses_to_settle), report.unread)
    if report.faults:
        raise typer.Exit(1)


@command(help=_("Calculer l’empreinte d’un parc pour une année."))
def compute(
    estates: Annotated[list[Path], Argument(help=_("Dossiers faits par « estran import », ou fichiers d’inventaire."))],
    year: Year,
    output: Output,
    factors: Factors = "ademe",
    catalogue: Catalogue = None,
    overlay: Overlay = None,
    method: Annotated[str, Option(help=_("rcp_si, numecoeval ou ecodiag."))] = "rcp_si",
    edition: Edition = "",
    view: Annotated[str, Option(help=_("stock (parc) ou flow (achats de l’année)."))] = "stock",
    perimeter: Perimeter = None,
    criteria: Criteria = "",
    outlived: Annotated[
        str, Option(help=_("floor : un matériel plus vieux que prévu compte son âge ; keep : non."))
    ] = "floor",
    calculation_day: Annotated[str | None, Option(help=_("Jour de calcul de la méthode numecoeval."))] = None,
    detail: Detail = False,
    engine: Engine = "duckdb",
    master: Master = "local[*]",
    as_json: Json = False,
) -> None:
    """Compute the footprint of estates in a year."""
    from estran.engine import runs

    choices = runs.Choices(
        year,
        factors,
        catalogue,
        overlay,
        method,
        view,
        perimeter,
        names_in(criteria),
        outlived,
        calculation_day,
        detail,
        engine,
        master,
        edition or runs.latest_edition(),
    )
    with progress_bar(_("Lecture"), quiet=as_json) as show_progress:
        summary = runs.compute(estates, choices, output, show_progress)
    _show_computation(summary, as_json=as_json)


@command(help=_("Refaire un calcul à partir de ce qu’il a gelé et comparer octet par octet."))
def rerun(run: Run, master: Master = "local[*]") -> None:
    """Compute a run again from what it froze and compare byte by byte."""
    from estran.engine import runs

    differing = runs.rerun(run, master)
    if differing:
        typer.echo(_("Ces fichiers diffèrent : {names}").format(names=", ".join(differing)), err=True)
        raise typer.Exit(1)
    typer.echo(_("Mêmes octets : le calcul se refait à l’identique."))


@command(help=_("Calculer ensemble les parcs de nombreuses collectivités, et les comparer sans les montrer."))
def observatory(
    folder: Annotated[
        Path, Argument(help=_("Dossier : authorities.csv, et le parc de chaque collectivité dans un dossier."))
    ],
    year: Year,
    output: Output,
    factors: Factors = "ademe",
    catalogue: Catalogue = None,
    overlay: Overlay = None,
    criteria: Criteria = "",
    engine: Engine = "duckdb",
    master: Master = "local[*]",
    as_json: Json = False,
) -> None:
    """Compute the estates of many authorities together, and compare them without showing them."""
    from estran.analysis.observatory import compute_observatory
    from estran.engine import runs

    choices = runs.Choices(year, factors, catalogue, overlay, criteria=names_in(criteria), engine=engine, master=master)
    with progress_bar(_("Lecture"), quiet=as_json) as show_progress:
        summary = compute_observatory(folder, choices, output, show_progress)
    _show_computation(summary, as_json=as_json)


def _show_computation(summary: Summary, *, as_json: bool) -> None:
    from estran.cli.display.runs import problems_of_empty, show_computation

    empty = problems_of_empty(summary.run)
    print_problems([*empty, *summary.problems], summary.faults + len(empty))
    show_computation(summary, as_json=as_json)
    if empty:
        raise typer.Exit(1)
    exit_counting_left_out(sum(summary.counts[name] for name in ("rejected", "unmatched", "guards")))


# ------------------------------------------------------------------------------------------------------ read a run

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
    item_type: Annotated[str | None, Option(help=_("Code du type de matériel ou du flux."))] = None,
    stage: Annotated[str | None, Option(help=_("manufacturing, distribution, use ou end_of_life."))] = None,
    family: Annotated[str | None, Option(help=_("Code de la famille."))] = None,
    part: Annotated[str | None, Option(help=_("administration, schools ou services."))] = None,
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
) -> None:
    """Write the report, in the format of the ending of its name."""
    from estran.analysis.indicators import follow_indicators
    from estran.reporting.reports import report

    followed = follow_indicators(runs, registers, targets) if registers or targets else None
    problems = followed.problems if followed else []
    print_problems(problems, len(problems))
    typer.echo(str(report(runs, output, current_language(), series=series, followed=followed, plan=plan)))
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


# ---------------------------------------------------------------------------------------------------- try and serve

command = section(_("Essayer et servir"))


@command(help=_("De rien à un rapport : un département fictif, trois années, le bilan."))
def demo(folder: Annotated[Path, Argument(help=_("Dossier à remplir."))]) -> None:
    """From nothing to a report: a fictional département, three years."""
    from estran.cli import portal_processes
    from estran.cli.demonstration import walk_demo

    walk_demo(folder)
    portal_processes.load_demo(folder)


@command(help=_("Servir le portail sur cette machine, sa base tenue à jour."))
def serve(
    data: Annotated[Path, Option(help=_("Dossier des données du portail."))] = Path("portail"),
    address: Annotated[str, Option(help=_("Adresse et port."))] = "127.0.0.1:8000",
    background: Annotated[bool, Option("--background", help=_("Rendre la main dès qu’il répond."))] = False,
    stop: Annotated[bool, Option("--stop", help=_("Arrêter celui qui sert ce dossier."))] = False,
) -> None:
    """Serve the portal on this machine."""
    from estran.cli import portal_processes

    if stop:
        portal_processes.stop_portal(data)
    else:
        portal_processes.serve_portal(data, address, background=background)


# --------------------------------------------------------------------------------------- from one year to another

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
) -> None:
    """Declare a run as the reference year, with the decision that sets it."""
    from estran.analysis.baseline import freeze_baseline

    reference = freeze_baseline(run, output, decision=decision, date=date, number=number)
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
    criterion: Annotated[str, Option(help=_("Critères séparés par des virgules."))] = "",
    as_json: Json = False,
) -> None:
    """Project an estate year by year under a plan of actions."""
    from estran.engine import runs
    from estran.projection.projections import project_estate

    choices = runs.Choices(year, factors, catalogue, overlay, perimeter=perimeter)
    problems = project_estate(source, plan, output, to=to, choices=choices, criteria=names_in(criterion))
    print_problems(problems, len(problems), all_of_them=True)
    if as_json:
        typer.echo((output / "project.json").read_text("utf-8").rstrip())
    else:
        from estran.cli.display.projection import show_projection

        show_projection(output)


from estran.cli import fleet  # noqa: E402, F401 — its place in the help

# ------------------------------------------------------------------------------------------------------- catalogue

command = command_group("catalogue", _("Ce qu’Estran sait : facteurs, valeurs par défaut, sources."))


@command("check", help=_("Vérifier que chaque valeur a son unité, sa source et sa date."))
def check_catalogue(overlay: Overlay = None) -> None:
    """Check that every figure has its unit, source and date, and every name leads somewhere."""
    from datetime import date

    from estran.catalogue import checks

    findings = checks.check_catalogue(today=date.today())
    if overlay is not None:
        from estran.importing import own_tables

        findings.faults += own_tables.faults_of_overlay(overlay)
        findings.warnings += own_tables.unreached_by_types(overlay)
    faults, warnings = len(findings.faults), len(findings.warnings)
    print_problems([*findings.faults, *findings.warnings], faults + warnings, all_of_them=True)
    text = _("Catalogue : {faults} fautes, {warnings} avertissements.")
    typer.echo(text.format(faults=faults, warnings=warnings))
    if faults:
        raise typer.Exit(1)


@command(help=_("Quelle source répond pour chaque type de matériel et chaque critère."))
def coverage(factors: Factors = "ademe", overlay: Overlay = None, as_json: Json = False) -> None:
    """Which source answers for each item type and criterion."""
    from estran.cli.display.catalogue import show_coverage

    show_coverage(factors, overlay, as_json=as_json)


@command("show", help=_("Les valeurs de toutes les sources pour un type, côte à côte."))
def show_item_type(
    item_type: Annotated[str, Argument(help=_("Type de matériel ou flux."))], as_json: Json = False
) -> None:
    """The figures of every source for an item type, side by side."""
    from estran.cli.display.catalogue import show_figures

    show_figures(item_type, as_json=as_json)


from estran.cli import exports  # noqa: E402, F401 — its commands come last in the help
