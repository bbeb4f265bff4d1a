"""What the address of a result asks to see: a criterion and a breakdown, so that a link can be shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from estran.footprint import charts, wording
from estran.lang import _

BREAKDOWNS = ("families", "stages", "item_types", "entities")


@dataclass(frozen=True)
class Question:
    """The criterion (code) and the breakdown shown, and what else could be chosen."""

    criterion: dict[str, Any]
    by: str
    rows: list[dict[str, Any]]
    criteria: list[dict[str, Any]]

    @classmethod
    def read(cls, asked: Mapping[str, str], figures: dict[str, Any]) -> Question:
        """The question of an address; what it does not know is answered by climate change, by family."""
        criteria = figures["criteria"]
        wanted = asked.get("criterion", "gwp")
        criterion = next((row for row in criteria if row["code"] == wanted), figures["carbon"])
        by = asked.get("by", "")
        by = by if by in BREAKDOWNS else "families"
        if by == "entities":
            rows = figures["entities"] if criterion["code"] == "gwp" else []
        else:
            rows = figures[by].get(criterion["code"], [])
        return cls(criterion, by, rows[:40], criteria)

    def bars(self, unit: tuple[str, float]) -> list[charts.Bar]:
        """The rows as bars, the heaviest eight."""
        short = wording.unit_text(unit[0].split(" ")[0])
        return [
            charts.Bar(
                row["label"], row["mean"], f"{wording.cell(row['mean'], unit[1])}\u00a0{short}", row["low"], row["high"]
            )
            for row in self.rows
            if row["mean"] is not None
        ][:8]

    @property
    def whole(self) -> bool:
        """The address asks for nothing in particular: the folded part stays folded."""
        return self.criterion["code"] == "gwp" and self.by == "families"

    @property
    def said(self) -> str:
        """The first column of the table."""
        return dict(self.breakdowns)[self.by]

    @property
    def breakdowns(self) -> list[tuple[str, str]]:
        """The breakdowns on offer, in words."""
        words = (_("Famille"), _("Étape"), _("Type de matériel"), _("Entité"))
        return list(zip(BREAKDOWNS, words, strict=True))

    @property
    def opens(self) -> str:
        """The part of a figure that a row of the breakdown opens."""
        return {"families": "family", "stages": "stage", "item_types": "item_type", "entities": "entity"}[self.by]
