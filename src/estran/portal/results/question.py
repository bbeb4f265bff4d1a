"""What the address of a result asks to see: a view, a criterion, a breakdown, so that a link can be shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from estran.common import formatting
from estran.common.language import _
from estran.portal.results.models import Run
from estran.reporting import charts

OPENS = {"families": "family", "stages": "stage", "item_types": "item_type", "entities": "entity"}
SHOWS = (*OPENS, "factor_sets", "quality")
ROWS = 40  # of a breakdown; how many are left and what they weigh is said


@dataclass(frozen=True)
class Question:
    """The view, the criterion and what is shown of it: a breakdown, the other factor sets, the quality of the data."""

    view: str
    criterion: dict[str, Any]
    by: str
    every: list[dict[str, Any]]
    criteria: list[dict[str, Any]]

    @classmethod
    def read(cls, asked: Mapping[str, str], view: str, figures: dict[str, Any]) -> Question:
        """The question of an address; what it does not know is answered by climate change, by family."""
        wanted, by = asked.get("criterion", "gwp"), asked.get("by", "")
        criterion = next((row for row in figures["criteria"] if row["code"] == wanted), figures["carbon"])
        by = by if by in SHOWS else SHOWS[0]
        return cls(view, criterion, by, figures[by].get(criterion["code"], []), figures["criteria"])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The heaviest rows, those of the table."""
        return self.every[:ROWS]

    @property
    def left(self) -> dict[str, Any]:
        """The rows that the table leaves out: how many, and their share of the whole. Empty when there is none."""
        rest = self.every[ROWS:]
        return {"n": len(rest), "share": sum(row["share"] or 0.0 for row in rest)} if rest else {}

    def bars(self, unit: tuple[str, float]) -> list[charts.Bar]:
        """The rows as bars, the heaviest eight."""
        short = formatting.unit_text(unit[0].split(" ")[0])
        return [
            charts.Bar(
                row["label"],
                row["mean"],
                f"{formatting.cell(row['mean'], unit[1])}\u00a0{short}",
                row["low"],
                row["high"],
            )
            for row in self.rows
            if row["mean"] is not None
        ][:8]

    @property
    def plain(self) -> bool:
        """The address asks for nothing in particular: what can be seen otherwise stays folded."""
        return (self.view, self.criterion["code"], self.by) == (Run.STOCK, "gwp", SHOWS[0])

    @property
    def said(self) -> str:
        """What is shown, in words; the first column of its table."""
        return self._shows()[self.by]

    @property
    def choices(self) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        """What else could be seen: for each heading a label, the address, and whether it is what is seen now."""
        shows, breakdowns = self._shows(), list(OPENS)
        views = {Run.STOCK: _("le parc de l’année"), Run.FLOW: _("les achats de l’année")}
        criteria = {row["code"]: row["label"] for row in self.criteria}
        return [
            (_("Répartition"), [self._choice(shows[code], by=code) for code in breakdowns]),
            (_("Solidité"), [self._choice(label, by=code) for code, label in shows.items() if code not in breakdowns]),
            (_("Critère"), [self._choice(label, criterion=code) for code, label in criteria.items()]),
            (_("Vue"), [self._choice(label, view=code) for code, label in views.items()]),
        ]

    def _choice(self, label: str, **changed: str) -> tuple[str, str, bool]:
        now = {"view": self.view, "criterion": self.criterion["code"], "by": self.by}
        return label, urlencode(now | changed), now | changed == now

    def _shows(self) -> dict[str, str]:
        words = (
            _("Famille"),
            _("Étape"),
            _("Type de matériel"),
            _("Entité"),
            _("Jeu de facteurs"),
            _("Qualité et doute"),
        )
        return dict(zip(SHOWS, words, strict=True))

    def opens(self, row: dict[str, Any]) -> str:
        """The end of the address that opens a row of a breakdown; empty when it cannot be opened."""
        if self.by not in OPENS:
            return ""
        part = {"part": row["part"]} if "part" in row else {OPENS[self.by]: row["code"]}
        if not all(part.values()):
            return ""
        return urlencode({"criterion": self.criterion["code"], "view": self.view} | part)
