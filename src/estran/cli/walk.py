"""The commands from files to a run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from estran.cli.app import ALONE, section
from estran.cli.messages import choose_date_order, exit_counting_left_out, print_problems, progress_bar, write_answer
from estran.cli.options import (
    Catalogue,
    ColumnMapName,
    Corrections,
    Criteria,
    Detail,
    Edition,
    Engine,
    Factors,
    Json,
    Master,
    Output,
    Overlay,
    Perimeter,
    Run,
    Year,
    codes_in,
)
from estran.common.language import _, ngettext

if TYPE_CHECKING:
    from estran.engine.runs import Summary

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
        if not as_json:
            typer.echo(text.format(n=number, file=report.estate / "unmatched.csv"), err=True)
    if not as_json:
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
        codes_in("criterion", criteria),
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
def rerun(run: Run, master: Master = "local[*]", as_json: Json = False) -> None:
    """Compute a run again from what it froze and compare byte by byte."""
    from estran.engine import runs

    differing = runs.rerun(run, master)
    if as_json:
        write_answer(run=run, differing=differing)
    elif differing:
        typer.echo(_("Ces fichiers diffèrent : {names}").format(names=", ".join(differing)), err=True)
    else:
        typer.echo(_("Mêmes octets : le calcul se refait à l’identique."))
    if differing:
        raise typer.Exit(1)


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

    choices = runs.Choices(
        year, factors, catalogue, overlay, criteria=codes_in("criterion", criteria), engine=engine, master=master
    )
    with progress_bar(_("Lecture"), quiet=as_json) as show_progress:
        summary = compute_observatory(folder, choices, output, show_progress)
    _show_computation(summary, as_json=as_json)


def _show_computation(summary: Summary, *, as_json: bool) -> None:
    from datetime import date

    from estran.cli.display.runs import problems_of_empty, problems_of_year, show_computation
    from estran.engine import runs

    empty, ahead = problems_of_empty(summary.run), problems_of_year(runs.read_json(summary.run)["year"], date.today())
    print_problems([*empty, *ahead, *summary.problems], summary.faults + len(empty) + len(ahead))
    show_computation(summary, as_json=as_json)
    if empty:
        raise typer.Exit(1)
    exit_counting_left_out(sum(summary.counts[name] for name in ("rejected", "unmatched", "guards")))
