"""Commands from files to a run: import, compute, rerun, observatory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from estran.cli.app import section
from estran.cli.messages import choose_column, exit_counting_left_out, print_problems, progress_bar
from estran.cli.options import (
    Catalogue,
    Criteria,
    Detail,
    Engine,
    Factors,
    Json,
    Master,
    Output,
    Overlay,
    Perimeter,
    Run,
    Year,
    names_in,
)
from estran.common.language import _, ngettext

if TYPE_CHECKING:
    from estran.engine.runs import Summary

command = section(_("Du parc au bilan"))


@command("import", help=_("Lire les fichiers d’un parc et en faire un dossier prêt à calculer."))
def import_files(
    files: Annotated[
        list[Path], typer.Argument(help=_("Fichiers exportés des outils, ou rejects.csv et unmatched.csv corrigés."))
    ],
    output: Output,
    format: Annotated[
        str, typer.Option("--format", help=_("auto, canonical, glpi, ocs, numecoeval, ecodiag, school…"))
    ] = "auto",
    entity: Annotated[str | None, typer.Option("--entity", help=_("Entité de toutes les lignes."))] = None,
    overlay: Overlay = None,
    columns: Annotated[
        Path | None, typer.Option("--columns", help=_("Table des colonnes d’un tableur libre (TOML)."))
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", help=_("Année, pour un fichier qui en couvre plusieurs."))
    ] = None,
    unit: Annotated[
        str, typer.Option("--unit", help=_("Unité des impacts d’un relevé de fournisseur qui ne la dit pas."))
    ] = "",
    ask: Annotated[bool, typer.Option("--ask", help=_("Demander à quoi correspond chaque colonne inconnue."))] = False,
    as_json: Json = False,
) -> None:
    """Read the files of an estate into a folder ready to compute."""
    from estran.cli.display.runs import show_import
    from estran.importing import estate_import

    with progress_bar(_("Import"), quiet=as_json) as show_progress:
        report = estate_import.import_files(
            files,
            format,
            entity,
            estate=output,
            overlay=overlay,
            column_map=columns,
            ask=choose_column if ask else None,
            year=year,
            unit=unit,
            progress=lambda _name, share: show_progress(share),
        )
    print_problems(report.problems, report.faults)
    show_import(report, as_json=as_json)
    if report.labels_to_settle:
        typer.echo(
            ngettext(
                "{n} libellé à régler dans {file}", "{n} libellés à régler dans {file}", report.labels_to_settle
            ).format(n=report.labels_to_settle, file=report.estate / "unmatched.csv"),
            err=True,
        )
    exit_counting_left_out(report.rejected + report.states.get("to_settle", 0))


@command(help=_("Calculer l’empreinte d’un parc pour une année."))
def compute(
    estates: Annotated[
        list[Path], typer.Argument(help=_("Dossiers faits par « estran import », ou fichiers d’inventaire."))
    ],
    year: Year,
    output: Output,
    factors: Factors = "ademe",
    catalogue: Catalogue = None,
    overlay: Overlay = None,
    method: Annotated[str, typer.Option("--method", help=_("rcp_si, numecoeval ou ecodiag."))] = "rcp_si",
    view: Annotated[str, typer.Option("--view", help=_("stock (parc) ou flow (achats de l’année)."))] = "stock",
    perimeter: Perimeter = None,
    criteria: Criteria = "",
    outlived: Annotated[
        str, typer.Option("--outlived", help=_("floor : un matériel plus vieux que prévu compte son âge ; keep : non."))
    ] = "floor",
    calculation_day: Annotated[
        str | None, typer.Option("--calculation-day", help=_("Jour de calcul de la méthode numecoeval."))
    ] = None,
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
        Path, typer.Argument(help=_("Dossier : authorities.csv, et le parc de chaque collectivité dans un dossier."))
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
    from estran.cli.display.runs import show_computation

    print_problems(summary.problems, summary.faults)
    show_computation(summary, as_json=as_json)
    exit_counting_left_out(sum(summary.counts[name] for name in ("rejected", "unmatched", "guards")))
