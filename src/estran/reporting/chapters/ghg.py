"""The digital part of the regulatory greenhouse gas statement (rules B1 to B5)."""

from collections.abc import Iterator
from dataclasses import replace

from estran.analysis import ghg_statement
from estran.common.language import _
from estran.common.problems import CannotUse
from estran.reporting.blocks import Block, Heading, Paragraph, Table
from estran.reporting.figures import with_unit
from estran.reporting.run_summary import RunSummary


def ghg(run: RunSummary) -> Iterator[Block]:
    """The section; nothing where the run has no statement."""
    try:
        statement = ghg_statement.read_statement(run.path, run.names)
    except CannotUse:
        return
    write, unit = run.figures, run.carbon["unit"]
    yield Heading(_("Part du numérique dans le bilan réglementaire"), anchor="ghg")
    ready = _("Prête à entrer dans le bilan des gaz à effet de serre de la collectivité, poste par poste.")
    sentence = _("Elle y apporte {counted}. L’électricité des sites ({guarded}) est déjà dans les compteurs des "
                 "bâtiments : elle est montrée, jamais ajoutée.")  # fmt: skip
    amounts = {name: write.quantity(getattr(statement, name), unit) for name in ("counted", "guarded")}
    yield Paragraph(f"{ready} {sentence.format(**amounts)}", source=run.source)
    column, name = write.column([line.value for line in statement.lines], unit)
    columns = [
        ("l", _("Poste"), lambda line: f"{line.category} {line.label}"),
        ("l", _("Détention"), lambda line: ghg_statement.holding_label(line.holding)),
        ("l", _("Origine du chiffre"), lambda line: ghg_statement.basis_label(line.basis)),
        ("r", name, lambda line: write.cell(line.value, column)),
        ("l", _("Ajouté au bilan"), lambda line: _("oui") if line.counted else line.note),
    ]
    caption = with_unit(_("Postes du bilan réglementaire"), name)
    table = Table.of(caption, "ghg-table", statement.lines, columns, run.source)
    total = [_("Total ajouté au bilan"), "", "", write.cell(statement.counted, column), ""]
    yield replace(table, rows=[*table.rows, total], totals=[len(table.rows)])
    yield Paragraph(ghg_statement.lifetime_note(), "note")
