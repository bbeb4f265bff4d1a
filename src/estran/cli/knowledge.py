"""The commands about the catalogue: what Estran knows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from typer import Argument

from estran.cli.app import command_group
from estran.cli.messages import print_problems, write_answer
from estran.cli.options import Factors, Json, Overlay, named
from estran.common.language import _

command = command_group("catalogue", _("Ce qu’Estran sait : facteurs, valeurs par défaut, sources."))


@command("check", help=_("Vérifier que chaque valeur a son unité, sa source et sa date."))
def check_catalogue(overlay: Overlay = None, as_json: Json = False) -> None:
    """Check that every figure has its unit, source and date, and every name leads somewhere."""
    from datetime import date

    from estran.catalogue import checks

    findings = checks.check_catalogue(today=date.today())
    if overlay is not None:
        from estran.importing import own_tables

        findings.faults += own_tables.faults_of_overlay(overlay)
        findings.warnings += own_tables.unreached_by_types(overlay)
    faults, warnings = len(findings.faults), len(findings.warnings)
    if as_json:
        write_answer(faults=list(map(asdict, findings.faults)), warnings=list(map(asdict, findings.warnings)))
        raise typer.Exit(1 if faults else 0)
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
    item_type: Annotated[str, Argument(callback=named("item_type"), help=_("Type de matériel ou flux, code ou nom."))],
    as_json: Json = False,
) -> None:
    """The figures of every source for an item type, side by side."""
    from estran.cli.display.catalogue import show_figures

    show_figures(item_type, as_json=as_json)
