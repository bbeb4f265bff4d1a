"""The commands of `estran export`: tables for other uses, and for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from estran.cli.app import command_group
from estran.cli.messages import write_answer, write_paths
from estran.cli.options import Json, Output, Run
from estran.common.language import _

command = command_group("export", _("Tableaux pour d’autres usages."))


@command(help=_("La part du numérique dans le bilan réglementaire des gaz à effet de serre."))
def ghg(run: Run, output: Output, as_json: Json = False) -> None:
    """The digital part of the regulatory greenhouse-gas statement."""
    from estran.analysis.ghg_statement import read_statement, write_statement
    from estran.catalogue.labels import Labels

    write_paths([write_statement(read_statement(run, Labels()), output)], as_json=as_json)


@command(help=_("Pour un vérificateur : la liste de contrôle, et les preuves à garder (classeur)."))
def evidence(run: Run, output: Output, as_json: Json = False) -> None:
    """For a verifier: the checklist, and the evidence to keep."""
    from estran.reporting.evidence import write_evidence

    write_paths([write_evidence(run, output)], as_json=as_json)


@command(help=_("Un parc dans les fichiers de G4IT et de NumEcoEval, à y importer."))
def g4it(
    estate: Annotated[Path, Argument(help=_("Dossier fait par « estran import »."))],
    output: Output,
    as_json: Json = False,
) -> None:
    """An estate in the files of G4IT and NumEcoEval."""
    from estran.importing.estate_export import export_estate

    report = export_estate(estate, output)
    if as_json:
        files = [{"file": str(path), "rows": rows} for path, rows in report.files.items()]
        write_answer(files=files, notes=report.notes)
        return
    for path, rows in report.files.items():
        typer.echo(_("{file} : {n} lignes").format(file=path, n=rows))
    for note in report.notes:
        typer.echo(f"  {note}")


@command("open-data", help=_("Résultats et inventaire en données ouvertes, sans rien de personnel."))
def open_data(
    run: Run,
    output: Output,
    publisher: Annotated[str, Option(help=_("Qui publie."))],
    address: Annotated[str, Option(help=_("Adresse où les fichiers seront, avec sa barre finale."))],
    licence: Annotated[str, Option(help=_("Licence."))] = "etalab-2.0",
    as_json: Json = False,
) -> None:
    """Results and inventory as open data, with their schema, metadata and licence."""
    from datetime import date

    from estran.reporting.open_data import About, write_open_data

    about = About(publisher, address, date.today().isoformat(), licence)
    write_paths(list(write_open_data(run, output, about)), as_json=as_json)
