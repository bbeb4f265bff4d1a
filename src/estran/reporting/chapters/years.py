"""Year after year: what changed and why, the published and restated series, figures of other tools."""

from collections.abc import Iterator, Sequence
from math import fsum

from estran.analysis.decomposition import (
    CAUSES,
    DECIDED,
    NOT_OURS,
    Comparison,
    comparison_sentences,
    round_change,
)
from estran.analysis.indicators import FollowedIndicators, trend_sentence
from estran.catalogue import labels
from estran.catalogue.labels import Labels
from estran.common.language import _
from estran.reporting.blocks import Block, Chart, Heading, Items, Paragraph, Table
from estran.reporting.charts import change as changes
from estran.reporting.charts.drawing import Drawing
from estran.reporting.charts.series import series as draw_series
from estran.reporting.figures import Figures, Row, with_unit
from estran.reporting.run_summary import RunSummary
from estran.reporting.years import Years


def what_changed(series: Years, names: Labels, followed: FollowedIndicators | None = None) -> Iterator[Block]:
    """The page on what changed and why: sentences, one drawing, how many indicators move."""
    yield Heading(_("Ce qui a changé, et pourquoi"), anchor="changed")
    if series.change:
        yield from change_drawn(series.change, names)
    else:
        yield Paragraph(series.why)
    if followed:
        yield Heading(_("Et les autres indicateurs ?"), 2)
        yield Paragraph(trend_sentence(followed.core))


def change_in_short(comparison: Comparison, names: Labels) -> Iterator[Block]:
    """The change in two sentences, for the first page."""
    yield Heading(_("Qu’est-ce qui a changé ?"), 2)
    yield Paragraph(" ".join(comparison_sentences(comparison, names)[:2]))


def brought_apart(comparison: Comparison, names: Labels) -> Iterator[Block]:
    """What is no progress: the grid, better factors, lives only decided, data more complete, another perimeter."""
    rounded = round_change(comparison, names.lang)
    causes = [cause for cause in (*NOT_OURS, DECIDED, "completeness", "perimeter") if cause in rounded.effects]
    if not any(rounded.effects[cause] for cause in causes):
        return
    texts = [
        _("{cause} {amount}").format(
            cause=labels.cause(cause), amount=rounded.step.words(rounded.effects[cause], signed=True)
        )
        for cause in causes
        if rounded.effects[cause]
    ]
    years = {"before": comparison.before["year"], "after": comparison.after["year"]}
    text = _("Compté à part, et non comme un progrès, de {before} à {after} : {causes}.")
    yield Paragraph(text.format(causes=_(" ; ").join(texts), **years), "note")


def change_drawn(comparison: Comparison, names: Labels) -> Iterator[Block]:
    """A change explained: sentences, then each cause as a drawing and a table whose sum can be checked."""
    sentences = comparison_sentences(comparison, names)
    rounded = round_change(comparison, names.lang)
    yield Paragraph(sentences[0], "lead")
    yield Items(sentences[1:])
    before, after = (str(run["year"]) for run in (comparison.before, comparison.after))
    moved = [
        [_capital(labels.cause(cause)), rounded.step.cell(steps, signed=True)]
        for cause, steps in rounded.effects.items()
        if steps
    ]
    rows = [[before, rounded.step.cell(rounded.before)], *moved, [after, rounded.step.cell(rounded.after)]]
    name = Figures(names.lang).unit_text(rounded.step.unit[0])
    caption = with_unit(_("Ce qui a changé, cause par cause"), name)
    table = Table(caption, [_("Cause"), name], rows, anchor="change-table", totals=[0, len(rows) - 1])
    legend = _("Les causes s’additionnent sans reste.")
    if small := [labels.cause(cause) for cause, steps in rounded.effects.items() if not steps]:
        text = _("Trop petit pour se voir à cette échelle : {causes}.")
        legend = f"{legend} {text.format(causes=', '.join(small))}"
    yield Chart("change", sentences[0], waterfall(comparison, names), table, legend)


def change(comparison: Comparison, names: Labels) -> Iterator[Block]:
    """A change explained, then the same by family and part."""
    yield from change_drawn(comparison, names)
    yield change_by_part(comparison, names)


def change_by_part(comparison: Comparison, names: Labels) -> Table:
    """What each cause changed in each family, then in each part."""
    write, whole = Figures(names.lang), comparison.whole
    unit, name = write.column([whole.before, whole.after], names.describe_criterion(comparison.criterion)["unit"])
    before, after = (str(run["year"]) for run in (comparison.before, comparison.after))
    causes = [cause for cause in CAUSES if any(part.moved(cause) for part in comparison.parts)]
    parts = [
        [
            names.label(part.scope, part.name),
            write.total(part.before, unit),
            *(write.signed(part.effects[cause], unit) if part.moved(cause) else "·" for cause in causes),
            write.total(part.after, unit),
        ]
        for part in comparison.parts
    ]
    heads = [_("Part"), before, *map(labels.cause, causes), after]
    caption = with_unit(_("Ce qui a changé, par famille puis par partie"), name)
    return Table(caption, heads, parts, anchor="change-parts", long=True)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def waterfall(comparison: Comparison, names: Labels) -> Drawing:
    """The bars of a change: the first total, each cause that moved it, the last total, in figures that add up.

    What is too small for a bar is drawn with the largest cause, so that the bars end at the last total.
    """
    rounded, whole = round_change(comparison, names.lang), comparison.whole
    seen = {cause: whole.effects[cause] for cause, steps in rounded.effects.items() if steps}
    if seen:
        largest = max(seen, key=lambda cause: abs(seen[cause]))
        seen[largest] += whole.after - whole.before - fsum(seen.values())
    effects = [(_capital(labels.cause(cause)), effect) for cause, effect in seen.items()]
    before, after = (str(run["year"]) for run in (comparison.before, comparison.after))
    texts = {before: rounded.step.cell(rounded.before), after: rounded.step.cell(rounded.after)}
    texts |= {_capital(labels.cause(cause)): rounded.step.cell(rounded.effects[cause], signed=True) for cause in seen}
    write, unit = Figures(names.lang), rounded.step.unit
    return changes.change(write, (before, whole.before), effects, (after, whole.after), unit, texts)


def years(runs: Sequence[RunSummary], series: Years) -> Iterator[Block]:
    """The annex: the change by part, published values, restated ones, figures of other tools (rules D1 to D5)."""
    last = runs[-1]
    unit, name = last.figures.column([run.carbon["mean"] for run in runs], last.carbon["unit"])
    yield Heading(_("Année après année"), anchor="years")
    if series.change:
        yield change_by_part(series.change, last.names)
    yield from _published(runs, unit, name, [] if series.restated else series.marks)
    if series.restated:
        yield from _restated(series.restated, last.figures, unit, name, series.marks)
    if series.marks:
        yield from other_tools(series.marks, last.figures)


def _published(
    runs: Sequence[RunSummary], unit: tuple[str, float], name: str, others: Sequence[Row]
) -> Iterator[Block]:
    """The values as published, and whether they form a series (rule D1)."""
    last = runs[-1]
    yield Heading(_("Valeurs publiées"), 2)
    text = _("Valeurs telles que publiées, chacune avec la méthode et les facteurs de son calcul.")
    if differences := last.changes(runs):
        mixed = _("L’écart entre deux années mêle alors le parc et le calcul.")
        none = _("Elles ne forment pas une série :")
        text = f"{text} {none} {', '.join(differences)}. {mixed}"
    else:
        alike = _("Périmètre, méthode et facteurs n’ont pas changé. Un écart plus petit que les intervalles ne se "
                 "commente pas.")  # fmt: skip
        text = f"{text} {alike}"
    yield Paragraph(text)
    title, write = _("Empreinte publiée de chaque année"), last.figures
    columns = [
        ("l", _("Année"), lambda run: str(run.year)),
        ("r", name, lambda run: write.total(run.carbon["mean"], unit)),
        ("r", _("Intervalle à 95 %"), lambda run: write.range(run.carbon["low"], run.carbon["high"], unit)),
        ("r", _("Électricité"), lambda run: write.quantity(run.electricity_kwh, "kWh")),
        ("l", _("Périmètre"), lambda run: str(run.perimeter["version"])),
        ("l", _("Facteurs"), lambda run: run.names.label("factor_set", run.run["factor_set"])),
        ("l", _("Catalogue"), lambda run: run.run["catalogue"]["edition"]),
    ]
    table = Table.of(with_unit(title, name), "years-table", runs, columns, long=True)
    same = not differences
    rows = [
        {
            "year": run.year, "published": None if same else run.carbon["mean"],
            "restated": run.carbon["mean"] if same else None, "low": run.carbon["low"], "high": run.carbon["high"],
        }
        for run in runs
    ]  # fmt: skip
    drawing = draw_series(write, rows, others, unit, restated=not same)
    yield Chart("years-published", title, drawing, table, _("Trait fin : intervalle à 95 %."))


def _restated(
    rows: Sequence[Row], write: Figures, unit: tuple[str, float], name: str, others: Sequence[Row]
) -> Iterator[Block]:
    """The values computed again with today's method, and what method and factors change."""
    yield Heading(_("Valeurs recalculées avec la méthode d’aujourd’hui"), 2)
    yield Paragraph(_("Chaque ancien inventaire est recalculé avec la méthode et le catalogue d’aujourd’hui ; "
                      "l’électricité garde le mix de son année. L’écart avec la valeur publiée est l’effet de la "
                      "méthode et des facteurs."))  # fmt: skip
    columns = [
        ("l", _("Année"), lambda row: str(row["year"])),
        ("r", _("Publié"), lambda row: write.total(row["published"], unit)),
        ("r", _("Recalculé"), lambda row: write.total(row["restated"], unit)),
        ("r", _("Intervalle à 95 %"), lambda row: write.range(row["restated_low95"], row["restated_high95"], unit)),
        ("r", _("Effet de la méthode et des facteurs"), lambda row: write.signed(row["method_and_factors"], unit)),
    ]
    table = Table.of(with_unit(_("Publié et recalculé"), name), "years-restated", rows, columns)
    title = _("L’empreinte de chaque année, comptée de la même façon")
    yield Chart("series", title, draw_series(write, [in_series(row) for row in rows], others, unit), table, caption())


def in_series(row: Row) -> Row:
    """A row of a restated series as its chart takes it: the interval is that of what is joined."""
    kind = "published" if row["restated"] is None else "restated"
    bounds = {name: row.get(f"{kind}_{name}95") for name in ("low", "high")}
    return {name: row[name] for name in ("year", "published", "restated")} | bounds


def caption(*, restated: bool = True) -> str:
    """How the chart of a series is read, once it is restated or before."""
    if not restated:
        return _("Trait épais : publié, et son intervalle à 95 % ; losange creux : autre outil.")
    return _("Point : recalculé, et son intervalle à 95 % ; trait épais : publié ; losange creux : autre outil, qui ne "
             "se compare pas à la série.")  # fmt: skip


def other_tools(marks: Sequence[Row], write: Figures) -> Iterator[Block]:
    """Figures of other tools, beside the series, never in it."""
    title = _("Chiffres d’autres outils, hors série")
    yield Heading(title, 2)
    yield Paragraph(_("Ils ne se comparent pas aux valeurs ci-dessus : outil, périmètre ou dénominateur diffèrent."))
    columns = [
        ("l", _("Année"), lambda mark: str(mark["year"])),
        ("l", _("Outil"), lambda mark: mark["tool"]),
        ("r", _("Valeur"), lambda mark: _mark_value(write, mark)),
        ("l", _("Périmètre"), lambda mark: mark["perimeter"]),
        ("l", _("Document"), lambda mark: mark["document"]),
    ]
    yield Table.of(_("Chiffres d’autres outils"), "marks-table", marks, columns)


def _mark_value(write: Figures, mark: Row) -> str:
    value = write.quantity(mark["value"], mark["unit"], digits=3)
    return f"{value} / {mark['denominator']}" if mark["denominator"] else value
