"""The commands that try and serve."""

from __future__ import annotations

import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from estran.cli.app import section
from estran.cli.messages import write_answer
from estran.cli.options import Json
from estran.common.language import _

command = section(_("Essayer et servir"))


@command(help=_("De rien à un rapport : un département fictif, trois années, le bilan."))
def demo(folder: Annotated[Path, Argument(help=_("Dossier à remplir."))], as_json: Json = False) -> None:
    """From nothing to a report: a fictional département, three years."""
    from estran.cli import portal_processes
    from estran.cli.demonstration import walk_demo

    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        reports = walk_demo(folder)
        portal = portal_processes.load_demo(folder, quiet=as_json)
    if as_json:
        write_answer(portal=portal, written=reports)


@command(help=_("Servir le portail sur cette machine, sa base tenue à jour."))
def serve(
    data: Annotated[Path, Option(help=_("Dossier des données du portail."))] = Path("portail"),
    address: Annotated[
        str, Option(help=_("Adresse et port ; 127.0.0.1:8000 par défaut, ou le premier port libre après lui."))
    ] = "",
    background: Annotated[bool, Option("--background", help=_("Rendre la main dès qu’il répond."))] = False,
    stop: Annotated[bool, Option("--stop", help=_("Arrêter celui qui sert ce dossier."))] = False,
    as_json: Json = False,
) -> None:
    """Serve the portal on this machine."""
    from estran.cli import portal_processes

    if stop:
        portal_processes.stop_portal(data)
        return
    served = portal_processes.serve_portal(data, address, background=background)
    if as_json and background:
        write_answer(data=data, address=f"http://{served}/")
    elif background:
        typer.echo(_("Le portail répond : http://{address}/").format(address=served))
        typer.echo(_("Pour l’arrêter : estran serve --stop --data {data}").format(data=data))


@command(help=_("Donner un accès au portail : le premier administrateur, un mot de passe oublié, un téléphone perdu."))
def account(
    email: Annotated[str, Argument(help=_("Adresse de messagerie de la personne."))],
    organisation: Annotated[str, Option(help=_("Nom de l’organisation, créée si elle n’existe pas."))] = "",
    name: Annotated[str, Option(help=_("Prénom et nom."))] = "",
    role: Annotated[str, Option(help=_("administrator, officer, contributor ou reader."))] = "",
    without_second_factor: Annotated[
        bool, Option("--without-second-factor", help=_("Retirer son second facteur."))
    ] = False,
    data: Annotated[Path, Option(help=_("Dossier des données du portail."))] = Path("portail"),
    site: Annotated[str, Option(help=_("Adresse publique du portail ; celle où il est servi par défaut."))] = "",
    as_json: Json = False,
) -> None:
    """Write the link that lets someone choose a password."""
    from estran.cli import portal_processes

    given = {"--organisation": organisation, "--name": name, "--role": role, "--site": site}
    words = [word for option, value in given.items() if value for word in (option, value)]
    if without_second_factor:
        words.append("--without-second-factor")
    written = portal_processes.write_link(data, [email, *words])
    if as_json:
        write_answer(link=written.splitlines()[-1])
    else:
        typer.echo(written)
