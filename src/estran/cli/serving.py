"""Commands to try Estran and to serve its portal: demo, serve."""

from pathlib import Path
from typing import Annotated

import typer

from estran.cli.app import section
from estran.common.language import _

command = section(_("Essayer et servir"))


@command(help=_("De rien à un rapport : un département fictif, trois années, le bilan."))
def demo(folder: Annotated[Path, typer.Argument(help=_("Dossier à remplir."))]) -> None:
    """From nothing to a report: a fictional département, three years."""
    from estran.cli import portal_processes
    from estran.cli.demonstration import walk_demo

    walk_demo(folder)
    portal_processes.load_demo(folder)


@command(help=_("Servir le portail sur cette machine, sa base tenue à jour."))
def serve(
    data: Annotated[Path, typer.Option("--data", help=_("Dossier des données du portail."))] = Path("portail"),
    address: Annotated[str, typer.Option("--address", help=_("Adresse et port."))] = "127.0.0.1:8000",
    background: Annotated[bool, typer.Option("--background", help=_("Rendre la main dès qu’il répond."))] = False,
    stop: Annotated[bool, typer.Option("--stop", help=_("Arrêter celui qui sert ce dossier."))] = False,
) -> None:
    """Serve the portal on this machine."""
    from estran.cli import portal_processes

    if stop:
        portal_processes.stop_portal(data)
    else:
        portal_processes.serve_portal(data, address, background=background)
