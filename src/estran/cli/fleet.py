"""The commands about how long equipment serves, and what comes up for renewal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

from estran.cli.app import section
from estran.cli.options import Json, run_argument
from estran.common.language import _

command = section(_("Durer et renouveler"))


@command(help=_("Combien de temps le matériel sert vraiment, par type, d’après les inventaires de plusieurs années."))
def lives(
    runs: Annotated[list[Path], run_argument(help=_("Dossiers de calcul, un par année."))],
    output: Annotated[
        Path | None, Option("-o", "--output", help=_("Dossier où écrire les courbes et ce qui a été suivi (CSV)."))
    ] = None,
    as_json: Json = False,
) -> None:
    """How long equipment really serves, by item type."""
    from estran.analysis.lives import observe_lives, write_lives
    from estran.cli.display.lives import show_lives

    observed = observe_lives(runs)
    if output:
        write_lives(observed, output)
    show_lives(observed, as_json=as_json)
