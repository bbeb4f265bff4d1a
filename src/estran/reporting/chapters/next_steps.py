"""The page on what to do next and what is missing: the plan, what could not be computed, what is left out by choice."""

from collections.abc import Iterator

from estran.common import formatting
from estran.common.language import _
from estran.reporting.blocks import Block, Chart, Heading, Paragraph
from estran.reporting.chapters.missing import extent, heaviest_gaps, uncounted_money
from estran.reporting.chapters.projection import Projection, curves, legend
from estran.reporting.run_summary import RunSummary


def next_steps(run: RunSummary, plan: Projection | None = None) -> Iterator[Block]:
    """The whole page."""
    yield Heading(_("Que faire ensuite, et ce qui manque"), anchor="next")
    if plan:
        yield from outlook(plan)
    yield from missing(run)


def outlook(plan: Projection) -> Iterator[Block]:
    """Where the plan leads beside its target, in figures that can be subtracted, and the drawing."""
    results, project = plan.results, plan.results.project
    last = next(row for row in results.years if row["year"] == project["cumulative_to"])
    step = formatting.step_beside(last["reference_stock"], results.unit, plan.names.lang)
    without, reached = (step.rounded(last[name]) for name in ("reference_stock", "plan_stock"))
    texts = [
        _("Sans plan, l’empreinte serait de {without} en {year} ; avec lui, de {reached}.").format(
            without=step.words(without), reached=step.words(reached), year=last["year"]
        )
    ]
    if target := project["target"]:
        aim = step.rounded(target["value"])
        if reached <= aim:
            texts.append(_("L’objectif de {target} est atteint.").format(target=step.words(aim)))
        else:
            sentence = _("L’objectif est de {target} : il manque {gap}.")
            texts.append(sentence.format(target=step.words(aim), gap=step.words(reached - aim)))
    yield Heading(_("Où mène le plan"), 2)
    yield Paragraph(" ".join(texts), source=plan.source)
    title = _("L’empreinte d’ici {last}, avec et sans le plan").format(last=project["last_year"])
    yield Chart("outlook", title, curves(plan), caption=legend())


def missing(run: RunSummary) -> Iterator[Block]:
    """What could not be computed, with its remedy, and what the perimeter leaves out by choice (rule M3)."""
    yield Heading(_("Ce qui n’a pu être calculé"), 2, "gaps-short")
    if run.gaps:
        yield from extent(run)
        yield heaviest_gaps(run, "#missing")
    else:
        yield Paragraph(_("Rien ne manque : toutes les lignes du périmètre sont calculées en entier pour le climat."))
    yield from uncounted_money(run)
    if excluded := run.perimeter.get("exclusions"):
        yield Heading(_("Ce que nous avons choisi de ne pas compter"), 2)
        named = (one["what"] + (f" ({one['size']})" if one.get("size") else "") for one in excluded)
        yield Paragraph(_(" ; ").join(named) + ".")
