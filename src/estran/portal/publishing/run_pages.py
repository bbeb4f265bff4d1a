"""The blocks of the pages that show a run to everyone: chapters of its report, without remedies."""

from collections.abc import Iterator

from estran.common.language import _
from estran.portal.results.figures import KeptSummary
from estran.reporting.blocks import Block, Heading, Paragraph
from estran.reporting.chapters import summary
from estran.reporting.chapters.breakdowns import breakdown


def public_blocks(figures: KeptSummary) -> Iterator[Block]:
    """The figure, what it means, the three sub-totals, that it is a minimum."""
    yield summary.headline(figures)
    yield Paragraph(f"{figures.perimeter['label']}, {figures.year}.")
    yield summary.meaning(figures)
    yield summary.parts(figures)
    yield from summary.minimum(figures)


def shared_blocks(figures: KeptSummary) -> Iterator[Block]:
    """The same, what weighs most, and what is not counted."""
    yield from public_blocks(figures)
    yield Heading(_("Ce qui pèse"), anchor="weighs")
    heads = _("Empreinte par famille"), _("Famille")
    yield breakdown(figures, "families", heads[0], heads, figures.main_families, "", quantities=True)
    yield Heading(_("Ce qui n’est pas compté"), anchor="missing")
    if figures.gaps:
        yield summary.causes(figures, remedies=False)
    else:
        yield Paragraph(_("Rien de ce qui a été donné ne manque au calcul."))
