"""Documents about runs and projections, composed once from chapters and written in any format."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from estran.analysis.baseline import problems_of_frozen
from estran.analysis.decomposition import Comparison
from estran.analysis.indicators import FollowedIndicators
from estran.catalogue.labels import Labels
from estran.common.files import csv_text, write_whole
from estran.common.language import _, use_language
from estran.common.problems import CannotUse, Problem
from estran.projection.renewals import Renewals
from estran.projection.results import ProjectionResults, is_projection
from estran.reporting.blocks import Block, Contents, Document, Heading, PageBreak, Paragraph
from estran.reporting.chapters import years
from estran.reporting.chapters.breakdowns import breakdowns, where_from
from estran.reporting.chapters.confidence import confidence
from estran.reporting.chapters.conformity import conformity
from estran.reporting.chapters.decisions import decisions, planned, why_no_decision
from estran.reporting.chapters.explanation import origins
from estran.reporting.chapters.ghg import ghg
from estran.reporting.chapters.indicators import followed_indicators
from estran.reporting.chapters.lives import lives_of
from estran.reporting.chapters.method import method
from estran.reporting.chapters.missing import measures_to_make
from estran.reporting.chapters.next_steps import next_steps
from estran.reporting.chapters.others import others
from estran.reporting.chapters.projection import Projection, projection
from estran.reporting.chapters.projection import annex as projection_annex
from estran.reporting.chapters.renewals import keep_longer, renewals, renewals_of
from estran.reporting.chapters.sources import sources
from estran.reporting.chapters.summary import summary
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
    plan: Path | None = None,
) -> Path:
    """Write the report of a run, of several years with the latest in front, or of a projection; return its path.

    `.html` is one light page without script nor outside request; `.pdf` is the same page, tagged (PDF/UA-1);
    `.docx` and `.odt` can be edited. `series` is a folder of `estran restate`: the years are then explained on restated
    runs. `followed` adds the indicators of these runs, `plan` (the folder of a projection) the decisions to take.
    Raises `CannotUse` for another format or a folder that is not a run; nothing is written then. (Rules D1, Q11, § 8.)
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
        document = run_report(runs, over_years, followed, Projection(ProjectionResults(plan), names) if plan else None)
    return write_whole(output, write_document(document, form))


def run_report(
    runs: Sequence[RunSummary],
    over_years: Years | None = None,
    followed: FollowedIndicators | None = None,
    plan: Projection | None = None,
) -> Document:
    """The report of the last run: four pages for everyone, then annexes."""
    run = runs[-1]
    version, rules = run.run["estran"], run.run["method_version"]
    footer = _("Rapport produit par Estran {version}, méthode {method}, à partir du calcul « {name} ». Estran est un "
               "logiciel libre (AGPL-3.0).")  # fmt: skip
    to_renew = renewals_of(run)
    details = annexes(runs, over_years, followed, plan, to_renew)
    listed = [block for block in details if isinstance(block, Heading) and block.level == 1]
    return Document(
        _("L’empreinte environnementale du numérique en {year}").format(year=run.year),
        str(run.perimeter["label"]),
        run.lang,
        blocks=[
            *(Paragraph(problem.what) for one in runs for problem in problems_of_frozen(one.path)),
            *pages(run, over_years, followed, plan, to_renew),
            Contents(_("Annexes pour qui veut vérifier"), listed),
            *details,
        ],
        footer=footer.format(version=version, method=rules, name=run.name),
        cover=False,
    )


def pages(
    run: RunSummary,
    over_years: Years | None,
    followed: FollowedIndicators | None,
    plan: Projection | None,
    to_renew: Renewals | None,
) -> Iterator[Block]:
    """The pages for everyone: what it weighs, where it comes from, what changed, what to do and what is missing."""
    change = over_years.change if over_years else None
    short = years.change_in_short(change, run.names) if change else ()
    apart = years.brought_apart(change, run.names) if change else ()
    chosen = planned(plan.results) if plan else keep_longer(to_renew, run.names) if to_renew else []
    yield from summary(run, short, decisions(chosen, why_no_decision(run)), apart, measures_to_make(run))
    yield PageBreak()  # the others follow one another: none is left nearly empty
    if run.families:
        yield from where_from(run)
    if over_years:
        yield from years.what_changed(over_years, run.names, followed)
    yield from next_steps(run, plan)


def annexes(
    runs: Sequence[RunSummary],
    over_years: Years | None,
    followed: FollowedIndicators | None,
    plan: Projection | None,
    to_renew: Renewals | None,
) -> list[Block]:
    """Every table, the method, the sources, the conformity."""
    run = runs[-1]
    return [
        *others(run),
        *breakdowns(run),
        *(years.years(runs, over_years) if over_years else ()),
        *(followed_indicators(followed) if followed else ()),
        *(projection_annex(plan) if plan else ()),
        *origins(run),
        *lives_of(runs),
        *(renewals(to_renew, run.names) if to_renew else ()),
        *confidence(run),
        *method(run),
        *ghg(run),
        *conformity(run),
        *sources(run),
    ]


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
        content = svg(years.waterfall(comparison, names))
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
