"""Commands of `estran catalogue`: check, coverage, show."""

from typing import Annotated

import typer

from estran.cli.app import command_group
from estran.cli.messages import print_problems
from estran.cli.options import Factors, Json, Overlay
from estran.common.language import _

command = command_group("catalogue", _("Ce qu’Estran sait : facteurs, valeurs par défaut, sources."))


@command(help=_("Vérifier que chaque valeur a son unité, sa source et sa date."))
def check(overlay: Overlay = None) -> None:
    """Check that every figure has its unit, source and date, and every name leads somewhere."""
    from datetime import date

    from estran.catalogue import checks

    findings = checks.check_catalogue(today=date.today())
    if overlay is not None:
        from estran.importing import own_tables

        findings.faults += own_tables.faults_of_overlay(overlay)
        findings.warnings += own_tables.unreached_by_types(overlay)
    print_problems(
        [*findings.faults, *findings.warnings], len(findings.faults) + len(findings.warnings), all_of_them=True
    )
    typer.echo(
        _("Catalogue : {faults} fautes, {warnings} avertissements.").format(
            faults=len(findings.faults), warnings=len(findings.warnings)
        )
    )
    if findings.faults:
        raise typer.Exit(1)


@command(help=_("Quelle source répond pour chaque type de matériel et chaque critère."))
def coverage(factors: Factors = "ademe", overlay: Overlay = None, as_json: Json = False) -> None:
    """Which source answers for each item type and criterion."""
    from estran.cli.display.catalogue import show_coverage

    show_coverage(factors, overlay, as_json=as_json)


@command(help=_("Les valeurs de toutes les sources pour un type, côte à côte."))
def show(item_type: Annotated[str, typer.Argument(help=_("Type de matériel ou flux."))], as_json: Json = False) -> None:
    """The figures of every source for an item type, side by side."""
    from estran.cli.display.catalogue import show_figures

    show_figures(item_type, as_json=as_json)
