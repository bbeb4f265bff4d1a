"""What is read again before a run is frozen or published: what is odd, missing, changed since, and who decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from estran.catalogue.labels import Labels
from estran.common.language import _
from estran.importing.inspection import Oddity, read_inspection
from estran.importing.inspection_text import Advice, describe_oddity
from estran.portal.collection.deliveries import import_summary
from estran.portal.common.doubts import other_year, times_median
from estran.portal.results.figures import KeptSummary
from estran.portal.results.models import Run
from estran.reporting.others import published_beside
from estran.reporting.run_summary import RunSummary

UNIT = "kg CO2 eq"


@dataclass(frozen=True)
class Decision:
    """What is read again before a decision about a run."""

    run: Run
    figures: KeptSummary

    @cached_property
    def oddities(self) -> list[Oddity]:
        """What is out of the ordinary in its inventory and in its total."""
        return [*_of_inventory(self.run), *_of_total(self.run)]

    @property
    def odd(self) -> list[Advice]:
        """The same in words."""
        return [describe_oddity(one) for one in self.oddities]


def _of_inventory(run: Run) -> Iterator[Oddity]:
    """What the import remarked; an estimate was never imported."""
    if not (run.inventory.folder / "import.json").exists():
        return
    summary = import_summary(run.inventory.folder)
    if "inspection" in summary:
        facts = read_inspection(summary["inspection"])
        yield from other_year(facts.purchases, run.year)
        yield from facts.oddities


def _of_total(run: Run) -> list[Oddity]:
    """A total per agent many times the median of what comparable organisations publish."""
    summary = RunSummary(run.folder, Labels("fr"), _("bilan n° {n}").format(n=run.pk))
    rows = [row for row in published_beside(summary) if row["measure"] == "per_person" and row["people"] != "residents"]
    ours = next((row["ours"] for row in rows if row["ours"] is not None), None)
    return times_median(ours, [row["value"] for row in rows], UNIT) if ours else []
