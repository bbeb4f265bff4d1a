"""The demonstration: from the files of a fictional département to its report."""

from pathlib import Path

from estran import demo
from estran.analysis.decomposition import compare_runs
from estran.analysis.indicators import follow_indicators
from estran.analysis.restatement import restate_runs
from estran.cli.display.console import console
from estran.cli.display.indicators import show_core_indicators
from estran.cli.display.projection import show_projection
from estran.cli.display.runs import show_summary
from estran.cli.display.series import show_comparison, show_series
from estran.common.language import _, current_language
from estran.engine import runs
from estran.importing.estate_import import import_files
from estran.projection.projections import project_estate
from estran.reporting.reports import report

PROJECTED_TO = 2035  # of the plan of the demonstration


def walk_demo(folder: Path) -> list[Path]:
    """Write the fictional département, import, compute, restate and compare its three years, project its plan.

    Return the reports.
    """
    terminal, language, overlay = console(), current_language(), folder / "overlay"
    terminal.print(_("Un département fictif s’installe dans {folder}…").format(folder=folder))
    demo.write_demo(folder)
    estates: dict[int, Path] = {}
    for call in demo.planned_imports(folder):
        estates[call.year] = folder / "parcs" / str(call.year)
        import_files(
            list(call.files), call.format, call.entity, estate=estates[call.year], overlay=overlay, year=call.year
        )
    computed = []
    for year, estate in estates.items():
        choices = runs.Choices(year, overlay=overlay, perimeter=folder / str(year) / "perimeter.toml")
        computed.append(runs.compute([estate], choices, folder / "bilans" / str(year)).run)
        show_summary(computed[-1])
    followed = follow_indicators(computed, folder / "registres", folder / "cibles.csv")
    show_core_indicators(followed)
    projection = folder / "projection"
    project_estate(computed[-1], folder / "plan.toml", projection, to=PROJECTED_TO)
    show_projection(projection)
    series = folder / "serie"
    rows = restate_runs(computed, series, overlay=overlay)
    show_series([row for row in rows if row["criterion"] == "gwp"], series, as_json=False)
    show_comparison(compare_runs(series / str(min(estates)), series / str(max(estates))), as_json=False)
    reports = []
    for ending in ("html", "pdf"):
        of_plan = report(projection, folder / f"plan.{ending}", language)
        of_runs = folder / f"rapport.{ending}"
        report(computed, of_runs, language, series=series, followed=followed, plan=projection)
        reports += [of_plan.resolve(), of_runs.resolve()]
    for path in reports:
        terminal.print(_("Rapport : {path}").format(path=path))
    return reports
