"""The few tables and charts of the documents of a session: never more than three tables and two charts in a body."""

from estran.common import formatting
from estran.common.language import _
from estran.common.shipped import text_rows
from estran.common.vocabulary import limit
from estran.portal.plan.objective_status import format_value
from estran.portal.publishing.facts import SessionFacts
from estran.portal.publishing.plan_wording import value_words
from estran.reporting.blocks import Block, Chart, Table
from estran.reporting.chapters import breakdowns, projection, years
from estran.reporting.charts.breakdown import bars


def blocks_of(facts: SessionFacts) -> dict[str, Block]:
    """The tables and charts that the facts allow, by name."""
    blocks: dict[str, Block] = {"calendar": _calendar(facts)}
    if run := facts.summary:
        if run.families:
            unit, _name = run.figures.column([row["mean"] for row in run.families], run.carbon["unit"])
            title = _("Ce que pèse chaque famille en {year}").format(year=run.year)
            blocks["families"] = Chart("families", title, bars(run.figures, title, run.families, unit, folded=True))
            blocks["parts"] = breakdowns.parts(run)
        if facts.change:
            title = _("Ce qui a changé depuis {year}, cause par cause").format(year=facts.change.before["year"])
            blocks["change"] = Chart("change", title, years.waterfall(facts.change, run.names))
    if facts.prospects and facts.summary:
        title = _("Où mène le plan, avec et sans lui")
        drawn = projection.curves(projection.Projection(facts.prospects, facts.summary.names))
        blocks["trajectory"] = Chart("trajectory", title, drawn)
    if facts.objectives:
        blocks["objectives"] = _objectives(facts)
    if facts.money.years:
        blocks["money"] = _money(facts)
    if facts.indicators:
        blocks["indicators"] = _indicators(facts)
    return blocks


def _calendar(facts: SessionFacts) -> Table:
    """The steps of the approach and when they are due, from the session on; places to complete without it."""
    first = facts.session.year if facts.session else None
    rows = []
    for place, row in enumerate(text_rows("approach_calendar")):
        when = (
            _("à fixer")
            if first is None
            else _("{term} {year}").format(term=row["term_fr"], year=first + int(row["years_after"]))
        )
        rows.append([str(place + 1), row["label_fr"], when])
    return Table(_("Calendrier proposé"), [_("Étape"), _("Ce qui se fait"), _("Quand")], rows, "lwl")


def _objectives(facts: SessionFacts) -> Table:
    """Each objective, today, when it is due, who answers for it: a function or a directorate."""
    rows = []
    for row in facts.objectives:
        one = row.objective
        led = [action for action in one.actions.all() if action.entity_id]
        who = next((action.elected for action in one.actions.all() if action.elected), "")
        entity = led[0].entity.name if led and led[0].entity else "–"
        today = format_value(row.reading.value if row.reading else None, one.unit)
        due = f"{format_value(one.target, one.unit)} ({one.due_on.year})" if one.due_on else "–"
        rows.append([one.title, today, due, who or entity])
    return Table(_("Les objectifs"), [_("Objectif"), _("Aujourd’hui"), _("Visé"), _("Qui en répond")], rows, "lrrl")


def _money(facts: SessionFacts) -> Table:
    """Three lines never added: new costs, new savings, savings already won."""
    money = facts.money
    lines = [
        (_("Dépenses nouvelles, investissement"), money.costs["investment"]),
        (_("Dépenses nouvelles, fonctionnement"), money.costs["running"]),
        (_("Économies nouvelles"), money.saved),
        (_("Économies déjà acquises par une décision antérieure"), money.won),
    ]
    rows = [
        [label, *(formatting.count(cells[year]) if year in cells else _("non chiffré") for year in money.years)]
        for label, cells in lines
        if cells
    ]
    return Table(_("L’argent, en euros ; les lignes ne s’additionnent pas"), ["", *map(str, money.years)], rows)


def _indicators(facts: SessionFacts) -> Table:
    """The core indicators that are known, with their present value."""
    rows: list[list[str]] = []
    for row in text_rows("indicators"):
        if row["rank"] and row["code"] in facts.indicators and len(rows) < limit("assembly_indicators"):
            known = facts.indicators[row["code"]]
            rows.append([row["label_fr"], value_words(known[max(known)]), str(max(known))])
    return Table(_("Les indicateurs proposés"), [_("Indicateur"), _("Valeur"), _("Année")], rows, "lrr")
