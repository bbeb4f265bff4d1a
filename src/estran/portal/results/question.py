"""What the address of a result asks to see: a view, a criterion, a breakdown, so that a link can be shared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from estran.catalogue import labels
from estran.common import formatting
from estran.common.language import _, colon, ngettext
from estran.portal.results.figures import KeptSummary, Row
from estran.portal.results.models import Run
from estran.reporting.blocks import Block, Items, Paragraph, Table
from estran.reporting.chapters import confidence
from estran.reporting.chapters.breakdowns import breakdown

OPENS = {"families": "family", "stages": "stage", "item_types": "item_type", "entities": "entity"}
SHOWS = (*OPENS, "factor_sets", "quality")
ROWS = 40  # of a breakdown; how many are left and what they weigh is said


@dataclass(frozen=True)
class Question:
    """The view, the criterion and what is shown of it: a breakdown, the other factor sets, the quality of the data."""

    figures: KeptSummary
    view: str
    criterion: Row
    by: str

    @classmethod
    def read(cls, query: Mapping[str, str], view: str, figures: KeptSummary) -> Question:
        """The question of an address; what it does not know is answered by climate change, by family."""
        wanted, by = query.get("criterion", "gwp"), query.get("by", "")
        criterion = next((row for row in figures.criteria if row["code"] == wanted), figures.carbon)
        return cls(figures, view, criterion, by if by in SHOWS else SHOWS[0])

    @property
    def every(self) -> list[Row]:
        """Every row of what is shown."""
        return self._rows_of(self.by)

    def _rows_of(self, what: str) -> list[Row]:
        return self.figures.by_criterion[what].get(self.criterion["code"], [])

    @property
    def left(self) -> Row:
        """The rows that the table leaves out: how many, and their share of the whole. Empty when there is none."""
        rest = self.every[ROWS:]
        return {"n": len(rest), "share": sum(row["share"] or 0.0 for row in rest)} if rest else {}

    def blocks(self, origin: str) -> Iterator[Block]:
        """What is shown; each row leads to where it is explained, an address that begins with `origin`."""
        if not self.every:
            yield Paragraph(_("Rien à montrer ainsi pour ce critère."))
        elif self.by == "quality":
            yield from self._quality()
        elif self.by == "factor_sets":
            own = " ({})".format(_("celui du bilan"))
            yield confidence.sets_chart(self.figures, self.every, self.criterion["unit"], own=own)
            text = _("Seuls les jeux qui donnent au moins un cinquième de l’empreinte par leurs propres facteurs sont "
                     "montrés.")  # fmt: skip
            yield Paragraph(text, "note")
        else:
            title = _("Ce qui pèse dans le bilan, du plus lourd au plus léger")
            rows = [row | {"link": f"{origin}?{opens}" if (opens := self.opens(row)) else ""} for row in self.every]
            heads, unit = (self.label, self.label), self.criterion["unit"]
            yield breakdown(self.figures, "breakdown", title, heads, rows[:ROWS], unit_of=unit)
            if left := self.left:
                text = ngettext("{n} autre ligne, {share} du total, est dans l’export.",
                                "{n} autres lignes, {share} du total ensemble, sont dans l’export.",
                                left["n"])  # fmt: skip
                yield Paragraph(text.format(n=left["n"], share=formatting.percent(left["share"])), "note")

    def _quality(self) -> Iterator[Block]:
        """Quality of the data, sources of doubt, rows set aside."""
        rows = [
            [labels.word("quality", row["class"]), formatting.count(row["rows"]), formatting.percent(row["share"])]
            for row in self.every
        ]
        heads = [_("Qualité"), _("Lignes"), _("Part de l’empreinte")]
        yield Table(_("Qualité de l’inventaire"), heads, rows, anchor="quality")
        yield Paragraph(_("D’où vient le doute, de la plus grande part à la plus petite :"))
        doubt = _("du doute")
        doubts = self._rows_of("uncertainty")
        yield Items([colon(row["label"], f"{formatting.percent(row['share'])} {doubt}") for row in doubts])
        yield from confidence.guards(self.figures)

    @property
    def plain(self) -> bool:
        """The address asks for nothing in particular: what can be seen otherwise stays folded."""
        return (self.view, self.criterion["code"], self.by) == (Run.STOCK, "gwp", SHOWS[0])

    @property
    def label(self) -> str:
        """What is shown, in words; the first column of its table."""
        return self._labels()[self.by]

    @property
    def choices(self) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        """What else could be seen: for each heading a label, the address, and whether it is what is seen now."""
        labels = self._labels()
        views = {Run.STOCK: _("le parc de l’année"), Run.FLOW: _("les achats de l’année")}
        criteria = {row["code"]: row["label"] for row in self.figures.criteria}
        return [
            (_("Répartition"), [self._choice(labels[code], by=code) for code in OPENS]),
            (_("Solidité"), [self._choice(label, by=code) for code, label in labels.items() if code not in OPENS]),
            (_("Critère"), [self._choice(label, criterion=code) for code, label in criteria.items()]),
            (_("Vue"), [self._choice(label, view=code) for code, label in views.items()]),
        ]

    def _choice(self, label: str, **changed: str) -> tuple[str, str, bool]:
        now = {"view": self.view, "criterion": self.criterion["code"], "by": self.by}
        return label, urlencode(now | changed), now | changed == now

    def _labels(self) -> dict[str, str]:
        return {
            "families": _("Famille"), "stages": _("Étape"), "item_types": _("Type de matériel"),
            "entities": _("Entité"), "factor_sets": _("Jeu de facteurs"), "quality": _("Qualité et doute"),
        }  # fmt: skip

    def opens(self, row: Row) -> str:
        """The end of the address that opens a row of a breakdown; empty when it cannot be opened."""
        if self.by not in OPENS:
            return ""
        part = {"part": row["part"]} if "part" in row else {OPENS[self.by]: row["code"]}
        if not all(part.values()):
            return ""
        return urlencode({"criterion": self.criterion["code"], "view": self.view} | part)
