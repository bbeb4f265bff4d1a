"""The decisions that depend on the authority, the heaviest first: tonnes, euros, year; the next steps beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from estran.common import formatting
from estran.common.language import _, current_language
from estran.projection.results import ProjectionResults
from estran.reporting.blocks import Block, Heading, Paragraph, Span, Table, Text
from estran.reporting.run_summary import RunSummary

MOST = 3  # on the first page


@dataclass(frozen=True)
class Decision:
    """A decision still to apply: what it avoids until a year (kg CO2 eq), its net cost in euros, None if unknown.

    `first` is the year it acts from; a negative cost is a saving.
    """

    title: str
    avoided: float
    until: int
    cost: float | None
    first: int


def planned(results: ProjectionResults) -> list[Decision]:
    """The decisions of a plan that do not act yet, the one that avoids most first; their effects add up (Z3)."""
    project, first = results.project, results.first_years
    until = project["cumulative_to"]
    return [
        Decision(row["title"], -row["share_stock"], until, _cost(row["costs"], until), first[row["code"]])
        for row in results.actions
        if (row["share_stock"] or 0.0) < 0 and first[row["code"]] > project["base_year"]
    ]


def _cost(costs: dict[str, dict[str, float]], until: int) -> float | None:
    """Investment and running less savings until a year; None where nothing is costed."""
    years = [cost for year, cost in costs.items() if int(year) <= until]
    if not years:
        return None
    return sum(year.get("investment", 0.0) + year.get("running", 0.0) - year.get("savings", 0.0) for year in years)


def decisions(chosen: Sequence[Decision], why_none: str) -> Iterator[Block]:
    """The three heaviest decisions, each in tonnes, euros and year; without any, why."""
    names = {1: _("Une décision entre nos mains"), 2: _("Deux décisions entre nos mains"),
             3: _("Trois décisions entre nos mains")}  # fmt: skip
    shown = sorted(chosen, key=lambda one: -one.avoided)[:MOST]
    yield Heading(names.get(len(shown), _("Les décisions à prendre")), 2, "decisions")
    if not shown:
        yield Paragraph(why_none)
        return
    lang = current_language()
    step = formatting.step_beside(shown[0].avoided, "kg CO2 eq", lang, digits=2)
    rows: list[list[Text]] = [
        [
            (Span(one.title, "strong"),),
            _("{amount} d’ici {year}").format(
                amount=step.words(step.rounded(one.avoided), one.avoided), year=one.until
            ),
            cost_text(one.cost, lang),
            _("dès {year}").format(year=one.first),
        ]
        for one in shown
    ]
    heads = [_("Décision"), _("Évite"), _("En euros"), _("Quand")]
    yield Table(_("Ce qui dépend de nous, du plus lourd au plus léger"), heads, rows, "wrrl", "decisions-table")


def why_no_decision(run: RunSummary) -> str:
    """What stands in the place of decisions when no plan is given: what would weigh most."""
    if not run.families:
        return _("Sans chiffre, aucune décision ne peut être pesée.")
    text = _("Aucun plan n’accompagne ce bilan : l’effet et le coût des décisions ne sont pas encore calculés. Les "
             "premières porteraient sur ce qui pèse le plus : {leaders}.")  # fmt: skip
    return text.format(leaders=run.figures.leaders(run.item_types))


def cost_text(cost: float | None, lang: str) -> str:
    """« coûte 155 000 € », « économise 37 000 € », « non chiffré »."""
    if cost is None:
        return _("non chiffré")
    amount = f"{formatting.count(abs(cost), lang)}\u00a0€" if lang == "fr" else f"€{formatting.count(abs(cost), lang)}"
    if not cost:
        return _("sans coût")
    return (_("économise {amount}") if cost < 0 else _("coûte {amount}")).format(amount=amount)
