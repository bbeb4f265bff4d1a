"""Is a catalogue sound? In: the folder of its text tables. Out: faults and warnings, each with its place and remedy.

Read first: `check_catalogue` below; then one module per subject, and tables.py for what they all read.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from estran.catalogue.checks.approach import check_approach
from estran.catalogue.checks.figures import check_figures, without_figures
from estran.catalogue.checks.formats import check_formats
from estran.catalogue.checks.indicators import check_indicators
from estran.catalogue.checks.links import check_links, check_names, without_english
from estran.catalogue.checks.recognition import check_recognition, often_contradicted
from estran.catalogue.checks.sources import check_sources, past_review, unused
from estran.catalogue.checks.spellings import check_spellings
from estran.catalogue.checks.tables import Tables, unreadable
from estran.catalogue.loading import SHIPPED
from estran.common.problems import Problem

CHECKS = (
    *(check_links, check_names, check_figures, check_sources, check_indicators),
    *(check_formats, check_spellings, check_recognition, check_approach),
)


@dataclass
class Findings:
    """What a check of the catalogue says: faults, and warnings that must not pass in silence."""

    faults: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def check_catalogue(root: Path = SHIPPED, *, today: date) -> Findings:
    """Every figure has its unit, source and date; every name leads somewhere; nothing twice or out of date.

    A catalogue whose tables cannot be read has these faults alone. Warnings: sources past their `review_by` at `today`,
    sources in no factor set, types without a factor or a lifetime, notes without English, rules that known models often
    contradict.
    """
    if faults := list(unreadable(root)):
        return Findings(faults)
    tables = Tables(root)
    warnings = [*past_review(tables, today), *unused(tables), *without_figures(tables)]
    warnings += [*without_english(tables), *often_contradicted(tables)]
    return Findings([problem for check in CHECKS for problem in check(tables)], warnings)
