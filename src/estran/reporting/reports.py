"""Documents about runs and projections, composed once from chapters and written in any format."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from estran.analysis.baseline import problems_of_frozen
from estran.analysis.decomposition import Comparison
from estran.analysis.indicators import FollowedIndicators
from estran.catalogue.labels import Labels
from estran.common.files import csv_text, write_whole
from estran.common.language import _, use_language
from estran.common.problems import CannotUse, Problem
from estran.projection.results import ProjectionResults, is_projection
from estran.reporting.blocks import Contents, Document, Paragraph
from estran.reporting.chapters.breakdowns import breakdowns
from estran.reporting.chapters.confidence import confidence
from estran.reporting.chapters.conformity import conformity
from estran.reporting.chapters.ghg import ghg
from estran.reporting.chapters.indicators import followed_indicators
from estran.reporting.chapters.method import method
from estran.reporting.chapters.projection import Projection, projection
from estran.reporting.chapters.sources import sources
from estran.reporting.chapters.summary import summary
from estran.reporting.chapters.years import waterfall, years
from estran.reporting.charts.drawing import svg
from estran.reporting.run_summary import RunSummary
from estran.reporting.writers import FORMATS, write_document
from estran.reporting.years import Years, read_years


def report(
    run: Path | list[Path],
    output: Path,
    lang: str = "fr",
    *,
    series: Path | None = None,
    followed: FollowedIndicators | None = None,
) -> Path:
    """Write the report of a run, of several years with the latest in front, or of a projection; return its path.

    `.html` is one light page without script nor outside request; `.pdf` is the same page, tagged (PDF/UA-1);
    `.docx` and `.odt` can be edited. `series` is a folder of `estran restate`: the years are then explained on restated
    runs. `followed` adds the indicators of these runs. Raises `CannotUse` for another format or a folder that is not a
    run; nothing is written then. (Rules D1, Q7, Q8, § 8.)
    """
    form = output.suffix.lower()
    if form not in FORMATS:
        what = _("le rapport ne s’écrit pas encore dans ce format")
        remedy = _("donner un nom de fichier en .html, .pdf, .docx ou .odt")
        raise CannotUse(Problem(what, remedy, file=str(output), value=output.suffix))
    names = Labels(use_language(lang))
    folders = [run] if isinstance(run, Path) else list(run)
    if is_projection(folders[0]):
        document = projection_report(folders[0], names)
    else:
        runs = sorted((RunSummary(path, names) for path in folders), key=lambda one: one.year)
        over_years = read_years(folders, series, names) if len(folders) > 1 or series else None
        document = run_report(runs, over_years, followed)
    return write_whole(output, write_document(document, form))


def run_report(
    runs: Sequence[RunSummary], over_years: Years | None = None, followed: FollowedIndicators | None = None
) -> Document:
    """The report of the last run, with its indicators and its years if any."""
    run = runs[-1]
    version, rules = run.run["estran"], run.run["method_version"]
    footer = _("Rapport produit par Estran {version}, méthode {method}, à partir du calcul « {name} ». Estran est un "
               "logiciel libre (AGPL-3.0).")  # fmt: skip
    return Document(
        _("L’empreinte environnementale du numérique en {year}").format(year=run.year),
        str(run.perimeter["label"]),
        run.lang,
        blocks=[
            *(Paragraph(problem.what) for one in runs for problem in problems_of_frozen(one.path)),
            *summary(run),
            Contents(_("La suite du rapport")),
            *(followed_indicators(followed) if followed else ()),
            *(years(runs, over_years) if over_years else ()),
            *breakdowns(run),
            *confidence(run),
            *method(run),
            *ghg(run),
            *conformity(run),
            *sources(run),
        ],
        footer=footer.format(version=version, method=rules, name=run.name),
        cover=False,
    )


def projection_report(folder: Path, names: Labels) -> Document:
    """The projection of a plan: trajectory, effects and costs of the actions, purchases."""
    plan = Projection(ProjectionResults(folder), names)
    project = plan.results.project
    footer = _("Projection produite par Estran {version} à partir du calcul « {name} » (règles Z1 à Z6). Estran est un "
               "logiciel libre (AGPL-3.0).")  # fmt: skip
    return Document(
        _("Où mène le plan « {name} »").format(name=project["plan"]["name"]),
        project["run"]["label"],
        names.lang,
        blocks=list(projection(plan)),
        footer=footer.format(version=project["estran"], name=project["run"]["name"]),
        cover=False,
    )


def write_change(comparison: Comparison, output: Path, lang: str = "fr") -> Path:
    """Write a change explained as a waterfall (.svg) or as a table (.csv), and return its path; whole or absent. (D3)

    Raises `CannotUse` for another format. The table: one row per scope, name and cause, with the unit.
    """
    names = Labels(use_language(lang))
    if output.suffix.lower() == ".svg":
        content = svg(waterfall(comparison, names))
    elif output.suffix.lower() == ".csv":
        content = _change_table(comparison, names)
    else:
        what = _("le changement ne s’écrit pas dans ce format")
        raise CannotUse(Problem(what, _("donner un nom de fichier en .svg ou en .csv"), file=str(output)))
    return write_whole(output, content.encode("utf-8"))


def _change_table(comparison: Comparison, names: Labels) -> str:
    rows: list[list[Any]] = [["scope", "name", "criterion", "unit", "cause", "value"]]
    criterion = comparison.criterion
    unit = names.describe_criterion(criterion)["unit"]
    for part in (comparison.whole, *comparison.parts):
        for cause, value in {"before": part.before, **part.effects, "after": part.after}.items():
            rows.append([part.scope, part.name, criterion, unit, cause, value])
    return csv_text(rows, ",")
