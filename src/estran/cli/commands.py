"""The corridor: everything Estran does, from the command line.

Exit status: 0 done; 1 done, but rows were rejected or set aside; 2 the call or the input cannot be used.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from estran import __version__
from estran.cli.messages import choose_column, finish, progress, tell
from estran.common.language import _, current_language, ngettext, use_language
from estran.common.problems import CannotUse


def _without_language(arguments: list[str]) -> tuple[list[str], str | None]:
    """The arguments without `--lang xx`, which may stand anywhere, and that language."""
    left, language, waiting = [], None, False
    for argument in arguments:
        if waiting or argument.startswith("--lang="):
            language, waiting = argument.removeprefix("--lang="), False
        elif argument == "--lang":
            waiting = True
        else:
            left.append(argument)
    return left, language


# The help is text too: the language must be known before the commands are described.
ARGUMENTS, _chosen = _without_language(sys.argv[1:])
use_language(_chosen)

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
catalogue_app = typer.Typer(no_args_is_help=True, help=_("Ce qu’Estran sait : facteurs, valeurs par défaut, sources."))
app.add_typer(catalogue_app, name="catalogue")

export_app = typer.Typer(no_args_is_help=True, help=_("Tableaux pour d’autres usages."))
app.add_typer(export_app, name="export")

Json = Annotated[bool, typer.Option("--json", help=_("Résumé lisible par une machine."))]
Output = Annotated[Path, typer.Option("-o", "--output", help=_("Dossier ou fichier à écrire."))]
Overlay = Annotated[Path | None, typer.Option("--overlay", help=_("Dossier des valeurs propres de l’organisation."))]
Catalogue = Annotated[Path | None, typer.Option("--catalogue", help=_("Dossier qui remplace le catalogue fourni."))]
Factors = Annotated[str, typer.Option("--factors", help=_("Jeu de facteurs, ou dossier d’un référentiel NumEcoEval."))]
Registers = Annotated[Path | None, typer.Option("--registers", help=_("Dossier des registres."))]
Targets = Annotated[Path | None, typer.Option("--targets", help=_("Table des cibles."))]
Criteria = Annotated[str, typer.Option("--criteria", help=_("Critères séparés par des virgules, ou all."))]
Engine = Annotated[str, typer.Option("--engine", help=_("duckdb, ou spark pour une très grande échelle."))]
Master = Annotated[
    str, typer.Option("--master", help=_("Où tourne Spark : local[2], spark://…, yarn, ou sc://… (Spark Connect)."))
]
Year = Annotated[int, typer.Option("--year", help=_("Année du bilan."))]


def main() -> None:
    """Run the command line; an input that cannot be used ends with status 2 and never with a traceback."""
    try:
        app(ARGUMENTS)
    except CannotUse as error:
        tell(error.problems, len(error.problems))
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"estran {__version__}")
        raise typer.Exit


@app.callback(help=_("Estran mesure et pilote l’empreinte environnementale du numérique d’une collectivité."))
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help=_("Version d’Estran."))
    ] = False,
) -> None:
    """Options of every command."""


@app.command("import", help=_("Lire les fichiers d’un parc et en faire un dossier prêt à calculer."))
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
    from estran.cli import display
    from estran.importing import importers

    with progress(_("Import"), quiet=as_json) as moved:
        report = importers.import_files(
            files,
            format,
            entity,
            estate=output,
            overlay=overlay,
            column_map=columns,
            ask=choose_column if ask else None,
            year=year,
            unit=unit,
            progress=lambda _name, share: moved(share),
        )
    tell(report.problems, report.faults)
    display.imported(report, as_json=as_json)
    if report.labels_to_settle:
        typer.echo(
            ngettext(
                "{n} libellé à régler dans {file}", "{n} libellés à régler dans {file}", report.labels_to_settle
            ).format(n=report.labels_to_settle, file=report.estate / "unmatched.csv"),
            err=True,
        )
    finish(report.rejected + report.states.get("to_settle", 0))


@app.command(help=_("Calculer l’empreinte d’un parc pour une année."))
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
    perimeter: Annotated[Path | None, typer.Option("--perimeter", help=_("Fichier du périmètre (TOML)."))] = None,
    criteria: Criteria = "",
    outlived: Annotated[
        str, typer.Option("--outlived", help=_("floor : un matériel plus vieux que prévu compte son âge ; keep : non."))
    ] = "floor",
    calculation_day: Annotated[
        str | None, typer.Option("--calculation-day", help=_("Jour de calcul de la méthode numecoeval."))
    ] = None,
    detail: Annotated[
        bool, typer.Option("--detail", help=_("Écrire aussi l’origine de chaque paramètre de chaque ligne."))
    ] = False,
    engine: Engine = "duckdb",
    master: Master = "local[*]",
    as_json: Json = False,
) -> None:
    """Compute the footprint of estates in a year."""
    from estran.cli import display
    from estran.engine import runs

    choices = runs.Choices(
        year,
        factors,
        catalogue,
        overlay,
        method,
        view,
        perimeter,
        _names(criteria),
        outlived,
        calculation_day,
        detail,
        engine,
        master,
    )
    with progress(_("Lecture"), quiet=as_json) as moved:
        summary = runs.compute(estates, choices, output, moved)
    display.computed(summary, as_json=as_json)


@app.command(help=_("Calculer ensemble les parcs de nombreuses collectivités, et les comparer sans les montrer."))
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
    from estran.analysis import observatory as observatories
    from estran.cli import display
    from estran.engine import runs

    choices = runs.Choices(year, factors, catalogue, overlay, criteria=_names(criteria), engine=engine, master=master)
    with progress(_("Lecture"), quiet=as_json) as moved:
        summary = observatories.observe(folder, choices, output, moved)
    display.computed(summary, as_json=as_json)


@app.command(help=_("Montrer les résultats d’un calcul, en tableau avec des barres."))
def show(
    run: Annotated[Path, typer.Argument(help=_("Dossier d’un calcul."))],
    by: Annotated[
        str, typer.Option("--by", help=_("Colonnes parmi entity, item_type, stage, family, part, basis."))
    ] = "family",
    criterion: Annotated[str, typer.Option("--criterion", help=_("Critère ; le climat (gwp) par défaut."))] = "",
    as_json: Json = False,
) -> None:
    """Show the results of a run, as a table with bars."""
    from estran.cli import display

    display.show_run(run, [name.strip() for name in by.split(",") if name.strip()], criterion, as_json=as_json)


@app.command(help=_("D’où vient ce chiffre : quantités, facteurs, sources, hypothèses, lignes."))
def explain(
    run: Annotated[Path, typer.Argument(help=_("Dossier d’un calcul."))],
    entity: Annotated[str | None, typer.Option("--entity", help=_("Nom de l’entité, comme dans amounts.csv."))] = None,
    item_type: Annotated[
        str | None, typer.Option("--item-type", help=_("Code du type de matériel ou du flux."))
    ] = None,
    stage: Annotated[
        str | None, typer.Option("--stage", help=_("manufacturing, distribution, use ou end_of_life."))
    ] = None,
    family: Annotated[str | None, typer.Option("--family", help=_("Code de la famille."))] = None,
    part: Annotated[str | None, typer.Option("--part", help=_("administration, schools ou services."))] = None,
    criterion: Annotated[str, typer.Option("--criterion", help=_("Critère ; le climat (gwp) par défaut."))] = "",
    as_json: Json = False,
) -> None:
    """Open a figure: amounts, factors, sources, assumptions, rows."""
    from dataclasses import asdict

    from estran.analysis import explain as explained

    opened = explained.explain(run, explained.Figure(criterion, entity, item_type, stage, family, part))
    typer.echo(
        json.dumps(asdict(opened), ensure_ascii=False, default=str)
        if as_json
        else explained.explanation_text(opened, current_language())
    )


@app.command(help=_("Écrire le rapport : une page HTML, un PDF, ou un DOCX ou ODT à modifier."))
def report(
    runs: Annotated[list[Path], typer.Argument(help=_("Dossiers de calcul ; plusieurs années se lisent côte à côte."))],
    output: Output,
    series: Annotated[
        Path | None, typer.Option("--series", help=_("Années recalculées par restate, pour expliquer le changement."))
    ] = None,
    registers: Registers = None,
    targets: Targets = None,
) -> None:
    """Write the report: one HTML page or a PDF."""
    from estran.analysis import indicators
    from estran.reporting import reports

    followed = indicators.follow(runs, registers, targets) if registers or targets else None
    problems = followed.problems if followed else []
    tell(problems, len(problems))
    typer.echo(str(reports.report(runs, output, current_language(), series=series, followed=followed)))
    finish(len(problems))


@app.command(help=_("Recalculer les années passées avec la méthode et le catalogue d’aujourd’hui."))
def restate(
    runs: Annotated[list[Path], typer.Argument(help=_("Calculs publiés, un par année ; ils ne sont que lus."))],
    output: Output,
    factors: Factors = "ademe",
    catalogue: Catalogue = None,
    overlay: Overlay = None,
    marks: Annotated[
        Path | None, typer.Option("--marks", help=_("Chiffres d’autres outils, montrés à côté (marks.csv)."))
    ] = None,
    as_json: Json = False,
) -> None:
    """Compute past years again with today's method and catalogue."""
    from estran.analysis import restatement
    from estran.cli import display_years

    with progress(_("Recalcul"), quiet=as_json) as moved:
        rows = restatement.restate(
            runs, output, factor_set=factors, catalogue=catalogue, overlay=overlay, others=marks, progress=moved
        )
    display_years.restated(rows, output, as_json=as_json)


@app.command(help=_("Expliquer ce qui a changé entre deux calculs, sans reste."))
def compare(
    before: Annotated[Path, typer.Argument(help=_("Dossier du premier calcul."))],
    after: Annotated[Path, typer.Argument(help=_("Dossier du second calcul."))],
    criterion: Annotated[str, typer.Option("--criterion", help=_("Critère ; le climat (gwp) par défaut."))] = "gwp",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=_("Écrire aussi la cascade (.svg) ou le tableau (.csv)."))
    ] = None,
    as_json: Json = False,
) -> None:
    """Explain what changed between two runs, without residue."""
    from estran.analysis import decomposition
    from estran.cli import display_years

    found = decomposition.compare(before, after, criterion)
    if output:
        from estran.reporting import reports

        reports.waterfall(found, output, current_language())
    display_years.compared(found, as_json=as_json)


@app.command(help=_("Déclarer un calcul comme année de référence, avec la décision qui le fixe."))
def baseline(
    run: Annotated[Path, typer.Argument(help=_("Dossier d’un calcul."))],
    output: Output,
    decision: Annotated[str, typer.Option("--decision", help=_("Objet de la décision."))],
    date: Annotated[str, typer.Option("--date", help=_("Date de la décision, comme 2026-03-15."))],
    number: Annotated[str, typer.Option("--number", help=_("Numéro de la délibération."))] = "",
) -> None:
    """Declare a run as the reference year, with the decision that sets it."""
    from estran.analysis import restatement

    made = restatement.freeze(run, output, decision=decision, date=date, number=number)
    typer.echo(_("Année de référence {year} : {path}").format(year=made.year, path=output))


@app.command(help=_("Refaire un calcul à partir de ce qu’il a gelé et comparer octet par octet."))
def rerun(run: Annotated[Path, typer.Argument(help=_("Dossier d’un calcul."))], master: Master = "local[*]") -> None:
    """Compute a run again from what it froze and compare byte by byte."""
    from estran.engine import runs

    differ = runs.rerun(run, master)
    if differ:
        typer.echo(_("Ces fichiers diffèrent : {names}").format(names=", ".join(differ)), err=True)
        raise typer.Exit(1)
    typer.echo(_("Mêmes octets : le calcul se refait à l’identique."))


@app.command(help=_("Projeter un parc année par année avec un plan d’action, et dire ce que change chaque action."))
def project(
    source: Annotated[Path, typer.Argument(help=_("Dossier d’un calcul, ou d’un parc à calculer d’abord."))],
    output: Output,
    plan: Annotated[Path, typer.Option("--plan", help=_("Fichier du plan (TOML)."))],
    to: Annotated[
        int | None, typer.Option("--to", help=_("Dernière année ; l’année cible du plan par défaut."))
    ] = None,
    year: Annotated[
        int, typer.Option("--year", help=_("Année du bilan d’un parc ; celle du plan par défaut."), show_default=False)
    ] = 0,
    factors: Factors = "ademe",
    catalogue: Annotated[
        Path | None, typer.Option("--catalogue", help=_("Dossier qui remplace le catalogue fourni."))
    ] = None,
    overlay: Overlay = None,
    perimeter: Annotated[Path | None, typer.Option("--perimeter", help=_("Fichier du périmètre (TOML)."))] = None,
    criterion: Annotated[str, typer.Option("--criterion", help=_("Critères séparés par des virgules."))] = "",
    as_json: Json = False,
) -> None:
    """Project an estate year by year under a plan of actions."""
    from estran.engine import runs
    from estran.projection import projections

    choices = runs.Choices(year, factors, catalogue, overlay, perimeter=perimeter)
    criteria = [name.strip() for name in criterion.split(",") if name.strip()]
    done = projections.project(source, plan, output, to=to, choices=choices, criteria=criteria)
    tell(done.problems, len(done.problems), all_of_them=True)
    if as_json:
        typer.echo((output / "project.json").read_text("utf-8").rstrip())
    else:
        from estran.cli import display_projection

        display_projection.summary(output)


@app.command("indicators", help=_("Les indicateurs d’une ou plusieurs années, et ce que comptent les textes."))
def follow_indicators(
    runs: Annotated[list[Path], typer.Argument(help=_("Dossiers de calcul, un par année."))],
    registers: Registers = None,
    targets: Targets = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=_("Table à écrire (CSV)."))] = None,
    as_json: Json = False,
) -> None:
    """The indicators of one or several years, and the legal counters."""
    from estran.analysis import indicators
    from estran.cli import display_indicators

    found = indicators.follow(runs, registers, targets)
    tell(found.problems, len(found.problems))
    if output:
        indicators.write_indicators(found.indicators, output)
    display_indicators.show_indicators(found, as_json=as_json)
    finish(len(found.problems))


@app.command(help=_("De rien à un rapport : un département fictif, trois années, le bilan."))
def demo(folder: Annotated[Path, typer.Argument(help=_("Dossier à remplir."))]) -> None:
    """From nothing to a report: a fictional département, three years."""
    from estran.cli import display, serve

    display.demo(folder)
    serve.load_demo(folder)


@app.command(help=_("Servir le portail sur cette machine, sa base tenue à jour."))
def serve(
    data: Annotated[Path, typer.Option("--data", help=_("Dossier des données du portail."))] = Path("portail"),
    address: Annotated[str, typer.Option("--address", help=_("Adresse et port."))] = "127.0.0.1:8000",
    background: Annotated[bool, typer.Option("--background", help=_("Rendre la main dès qu’il répond."))] = False,
    stop: Annotated[bool, typer.Option("--stop", help=_("Arrêter celui qui sert ce dossier."))] = False,
) -> None:
    """Serve the portal on this machine."""
    from estran.cli import serve

    if stop:
        serve.stop(data)
    else:
        serve.serve(data, address, background=background)


def _names(written: str) -> tuple[str, ...]:
    """Names separated by commas."""
    return tuple(name.strip() for name in written.split(",") if name.strip())


@export_app.command(help=_("La part du numérique dans le bilan réglementaire des gaz à effet de serre."))
def ghg(run: Annotated[Path, typer.Argument(help=_("Dossier d’un calcul."))], output: Output) -> None:
    """The digital part of the regulatory greenhouse-gas statement."""
    from estran.analysis import ghg_statement as statements
    from estran.catalogue.labels import Labels

    typer.echo(str(statements.write_statement(statements.read_statement(run, Labels(current_language())), output)))


@export_app.command("open-data", help=_("Résultats et inventaire en données ouvertes, sans rien de personnel."))
def export_open_data(
    run: Annotated[Path, typer.Argument(help=_("Dossier d’un calcul."))],
    output: Output,
    publisher: Annotated[str, typer.Option("--publisher", help=_("Qui publie."))],
    address: Annotated[str, typer.Option("--address", help=_("Adresse où les fichiers seront, avec sa barre finale."))],
    licence: Annotated[str, typer.Option("--licence", help=_("Licence."))] = "etalab-2.0",
) -> None:
    """Results and inventory as open data, with their schema, metadata and licence."""
    from datetime import date

    from estran.reporting import open_data

    about = open_data.About(publisher, address, date.today().isoformat(), licence)
    for path in open_data.write_open_data(run, output, about):
        typer.echo(str(path))


@catalogue_app.command(help=_("Vérifier que chaque valeur a son unité, sa source et sa date."))
def check() -> None:
    """Check that every figure has its unit, source and date."""
    from datetime import date

    from estran.catalogue import checks

    findings = checks.check_catalogue(today=date.today())
    tell([*findings.faults, *findings.warnings], len(findings.faults) + len(findings.warnings), all_of_them=True)
    typer.echo(
        _("Catalogue : {faults} fautes, {warnings} avertissements.").format(
            faults=len(findings.faults), warnings=len(findings.warnings)
        )
    )
    if findings.faults:
        raise typer.Exit(1)


@catalogue_app.command(help=_("Quelle source répond pour chaque type de matériel et chaque critère."))
def coverage(factors: Factors = "ademe", overlay: Overlay = None, as_json: Json = False) -> None:
    """Which source answers for each item type and criterion."""
    from estran.cli import display

    display.coverage(factors, overlay, as_json=as_json)


@catalogue_app.command("show", help=_("Les valeurs de toutes les sources pour un type, côte à côte."))
def show_figures(
    item_type: Annotated[str, typer.Argument(help=_("Type de matériel ou flux."))], as_json: Json = False
) -> None:
    """The figures of every source for an item type, side by side."""
    from estran.cli import display

    display.figures(item_type, as_json=as_json)
