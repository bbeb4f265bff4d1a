"""The corrections of an estate, written for GLPI and said on stderr."""

import json
from pathlib import Path

import typer

from estran.common.language import _
from estran.importing import corrections


def write_corrections(estate: Path, folder: Path) -> None:
    """Write what was corrected for GLPI's plugin of data injection, and say which files."""
    summary = json.loads((estate / "import.json").read_text(encoding="utf-8"))
    written = corrections.write_for_glpi(estate, folder, corrections.headers_of(summary))
    if written:
        names = ", ".join(str(path) for path in written)
        typer.echo(_("À injecter dans GLPI : {names}").format(names=names), err=True)
    else:
        typer.echo(_("Rien à injecter : aucune correction ne désigne un matériel."), err=True)
