"""Tables that leave the house: the report as one HTML page, a tagged PDF, or a document that can be edited."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from estran.analysis import ghg_statement, indicators, legal
from estran.analysis.decomposition import Comparison, comparison_sentences
from estran.analysis.indicators import FollowedIndicators
from estran.catalogue import labels
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.language import _, ngettext, use_language
from estran.common.problems import CannotUse, Problem
from estran.projection.results import ProjectionResults, is_projection
from estran.reporting import chapters, charts, curves, documents, several_years
from estran.reporting.run_summary import Row, RunSummary

if TYPE_CHECKING:
    from jinja2 import Environment

FORMATS = (".html", ".pdf", ".docx", ".odt")
EDITABLE = (".docx", ".odt")


def report(
    run: Path | list[Path],
    output: Path,
    lang: str = "fr",
    *,
    series: Path | None = None,
    followed: FollowedIndicators | None = None,
) -> Path:
    """Write the report of a run, or of several years with the latest in front, and return its path.

    `.html` is one light page without script nor outside request; `.pdf` is the same page, tagged (PDF/UA-1);
    `.docx` and `.odt` are the chapters of the latest run, to be edited.
    `series` is a folder of `estran restate`: the years are then explained on restated runs. `followed` adds the
    indicators of these runs. Raises `CannotUse` for
    another format or a folder that is not a run; nothing is written then. (Rules D1, Q7, Q8, § 8.)
    """
    if output.suffix.lower() not in FORMATS:
        raise CannotUse(
            Problem(
                _("le rapport ne s’écrit pas encore dans ce format"),
                _("donner un nom de fichier en .html, .pdf, .docx ou .odt"),
                file=str(output),
                value=output.suffix,
            )
        )
    lang = use_language(lang)
    runs = [run] if isinstance(run, Path) else list(run)
    known = Labels(lang)
    if is_projection(runs[0]):
        if output.suffix.lower() in EDITABLE:
            what = _("une projection ne s’écrit pas dans ce format")
            raise CannotUse(Problem(what, _("donner un nom de fichier en .html ou en .pdf"), file=str(output)))
        page = render_projection(runs[0], known)
    elif output.suffix.lower() in EDITABLE:
        last = max((RunSummary(path, known) for path in runs), key=lambda facts: facts.year)
        document = chapters.of_run(last, _("calcul « {name} »").format(name=last.name))
        _write(output, documents.write_document(document, output.suffix.lower()))
        return output
    else:
        told = several_years.read_years(runs, series, known) if len(runs) > 1 or series else None
        page = render(
            sorted((RunSummary(path, known) for path in runs), key=lambda facts: facts.year), lang, told, followed
        )
    if output.suffix.lower() == ".pdf":
        _write(output, _pdf(page))
    else:
        _write(output, page.encode("utf-8"))
    return output


def render(
    runs: list[RunSummary],
    lang: str,
    told: several_years.Years | None = None,
    followed: FollowedIndicators | None = None,
) -> str:
    """The report as one HTML page: the last run in front, then its indicators and its years if any."""
    environment = _environment(lang)
    values = {
        "holding": ghg_statement.holding_label,
        "basis": ghg_statement.basis_label,
        "lifetimes": ghg_statement.lifetime_note(),
        "statement": runs[-1].statement,
    }
    values |= {"conformity": chapters.conformity, "followed": followed, "indicators": indicators, "legal": legal}
    return environment.get_template("report.html").render(run=runs[-1], runs=runs, years=told, lang=lang, **values)


def render_projection(folder: Path, known: Labels) -> str:
    """The projection of a plan as one HTML page: trajectory, effects and costs of the actions, purchases."""
    environment = _environment(known.lang)
    plan = ProjectionResults(folder)
    for name, draw in (("trajectory", curves.trajectory), ("areas", curves.areas)):
        environment.globals[name] = partial(draw, environment, lang=known.lang)
    return environment.get_template("projection.html").render(plan=plan, names=known, lang=known.lang)


def waterfall(found: Comparison, output: Path, lang: str = "fr") -> Path:
    """Write a change explained as a waterfall (.svg) or as a table (.csv), and return its path; whole or absent. (D3)

    Raises `CannotUse` for another format. The table: one row per scope, name and cause, with the unit.
    """
    known = Labels(use_language(lang))
    if output.suffix.lower() == ".svg":
        steps = steps_of(found, known)
        drawn = charts.waterfall(_environment(known.lang), "change", comparison_sentences(found, known)[0], steps)
        _write(output, str(drawn).encode("utf-8"))
    elif output.suffix.lower() == ".csv":
        _write(output, _table_of(found, known).encode("utf-8"))
    else:
        what = _("le changement ne s’écrit pas dans ce format")
        raise CannotUse(Problem(what, _("donner un nom de fichier en .svg ou en .csv"), file=str(output)))
    return output


def steps_of(found: Comparison, known: Labels) -> list[charts.Step]:
    """The bars of a waterfall: the first total, each cause that moved it, the last total."""
    whole, lang = found.whole, known.lang
    unit = formatting.column_unit([whole.before, whole.after], known.criterion(found.criterion)["unit"])
    short = formatting.unit_text(unit[0].split(" ")[0], lang)

    def text(value: float, write: Callable[..., str]) -> str:
        return f"{write(value, unit[1], lang)}\u00a0{short}"

    steps, level = (
        [charts.Step(str(found.before["year"]), 0, whole.before, text(whole.before, _total))],
        whole.before,
    )
    for cause, effect in whole.effects.items():
        if whole.moved(cause):
            label = labels.cause(cause)
            steps.append(
                charts.Step(label[:1].upper() + label[1:], level, level + effect, text(effect, formatting.signed))
            )
            level += effect
    return [*steps, charts.Step(str(found.after["year"]), 0, whole.after, text(whole.after, _total))]


def _total(value: float, size: float, lang: str) -> str:
    """A total beside its causes: one digit more, for the sum to be followed."""
    return formatting.cell(value, size, lang, digits=3)


def _table_of(found: Comparison, known: Labels) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["scope", "name", "criterion", "unit", "cause", "value"])
    unit = known.criterion(found.criterion)["unit"]
    for part in (found.whole, *found.parts):
        for cause, value in {"before": part.before, **part.effects, "after": part.after}.items():
            writer.writerow([part.scope, part.name, found.criterion, unit, cause, value])
    return text.getvalue()


def _environment(lang: str) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("estran.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]
    for helper in (
        formatting.quantity,
        formatting.number,
        formatting.count,
        formatting.percent,
        formatting.day,
        formatting.unit_text,
    ):
        environment.filters[helper.__name__] = partial(helper, lang=lang)
    for filter_ in (_cell, _range, _between, _whole, _bars, _shares, _leaders, _extent, _value):
        environment.filters[filter_.__name__[1:]] = partial(filter_, lang)
    environment.filters["signed"] = lambda value, unit: formatting.signed(value, unit[1], lang)
    environment.filters["total"] = lambda value, unit: _total(value, unit[1], lang)
    environment.filters["marks"] = partial(_marks, lang)
    environment.filters["steps"] = steps_of
    environment.filters["cause"] = labels.cause
    environment.filters["column_unit"] = formatting.column_unit
    environment.globals["bars"] = partial(charts.bars, environment)
    environment.globals["waterfall"] = partial(charts.waterfall, environment)
    environment.globals["diagram"] = partial(charts.diagram, environment)
    environment.globals["words"] = labels
    return environment


# Filters of the templates: figures of a row in the reader's typography. `unit` is what `column_unit` gives.


def _cell(lang: str, value: float | None, unit: tuple[str, float]) -> str:
    return formatting.cell(value, unit[1], lang)


def _range(lang: str, row: Row, unit: tuple[str, float]) -> str:
    """The 95 % interval in a cell: « 3 300 à 5 100 »."""
    if row["low"] is None or row["high"] is None:
        return "–"
    return _("{low} à {high}").format(low=_cell(lang, row["low"], unit), high=_cell(lang, row["high"], unit))


def _between(lang: str, row: Row, unit: str) -> str:
    """The interval alone, for a sentence that has already given the figure: « entre 3 300 et 5 100 »."""
    return formatting.interval(row["mean"], row["low"], row["high"], unit, lang).partition(", ")[2]


def _whole(lang: str, row: Row, unit: str) -> str:
    return formatting.interval(row["mean"], row["low"], row["high"], unit, lang)


def _bars(lang: str, rows: list[Row], unit: tuple[str, float]) -> list[charts.Bar]:
    short = formatting.unit_text(unit[0].split(" ")[0], lang)
    return [
        charts.Bar(
            str(row["label"]),
            row["mean"],
            f"{_cell(lang, row['mean'], unit)}\u00a0{short}"
            + (f" · {formatting.percent(row['share'], lang)}" if row.get("share") is not None else ""),
            row["low"],
            row["high"],
        )
        for row in rows
        if row["mean"] is not None
    ]


def _marks(lang: str, rows: list[Row], unit: tuple[str, float]) -> list[charts.Bar]:
    """Figures of other tools: hollow bars."""
    short = formatting.unit_text(unit[0].split(" ")[0], lang)
    texts = [f"{formatting.cell(row['mean'], unit[1], lang, 3)}\u00a0{short}" for row in rows]
    return [
        charts.Bar(f"{row['year']}, {row['tool']}", row["mean"], text, hollow=True)
        for row, text in zip(rows, texts, strict=True)
    ]


def _shares(lang: str, rows: list[Row]) -> list[charts.Bar]:
    return [charts.Bar(row["label"], row["share"], formatting.percent(row["share"], lang)) for row in rows]


def _leaders(lang: str, rows: list[Row]) -> str:
    """The named rows that weigh most, with their share."""
    return chapters.leaders([row for row in rows if row["code"]], lang)


def _extent(lang: str, gap: Row) -> str:
    """How much a gap leaves out: rows, and units or kilowatt-hours."""
    rows = ngettext("{n} ligne", "{n} lignes", gap["rows"]).format(n=formatting.count(gap["rows"], lang))
    if not gap["quantity"]:
        return rows
    unit = "kWh" if gap["code"] == "electricity factor" else "item"
    return f"{rows}, {formatting.quantity(gap['quantity'], unit, lang)}"


def _value(lang: str, row: Row) -> str:
    """The value of a parameter, or the range of the values used."""
    if row["low"] is None:
        return row["text"] or "–"
    low, high = formatting.number(row["low"], lang, 3), formatting.number(row["high"], lang, 3)
    return low if low == high else _("{low} à {high}").format(low=low, high=high)


def _pdf(page: str) -> bytes:
    from weasyprint import HTML

    return HTML(string=page).write_pdf(pdf_variant="pdf/ua-1")


def _write(output: Path, content: bytes) -> None:
    """Write beside, then rename: a report is whole or absent."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial_file = output.with_name(output.name + ".part")
    partial_file.write_bytes(content)
    partial_file.replace(output)
