"""The commands about how long equipment serves, and what comes up for renewal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

from estran.cli.app import section
from estran.cli.options import Criterion, Json, Run, names_in, run_argument
from estran.common.language import _, current_language

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


@command(help=_("Ce qui arrive à renouveler, par année, type et entité, et avec un an d’usage de plus."))
def renewals(
    run: Run,
    to: Annotated[int | None, Option(help=_("Dernière année ; cinq ans après le bilan par défaut."))] = None,
    by: Annotated[str, Option(help=_("year, entity, item_type, séparés par des virgules."))] = "year",
    criterion: Criterion = "gwp",
    output: Annotated[
        Path | None, Option("-o", "--output", help=_("Tableur à écrire, en entier (.xlsx ou .csv)."))
    ] = None,
    as_json: Json = False,
) -> None:
    """What comes up for renewal, by year, item type and entity, and with one more year of use."""
    from estran.catalogue.labels import Labels
    from estran.cli.display.renewals import show_renewals
    from estran.projection.renewals import read_renewals
    from estran.reporting.renewals import write_renewals

    read = read_renewals(run, to, criterion)
    show_renewals(read, names_in(by), as_json=as_json)
    if output:
        write_renewals(read, output, Labels(current_language()))
