"""The digital part of the regulatory greenhouse-gas statement, ready to be taken into it (B1 to B5)."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum
from pathlib import Path

from estran.catalogue import loading
from estran.catalogue.labels import Labels
from estran.common.files import csv_text, read_csv, write_whole
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.engine import runs

CRITERION = "gwp"
FORMATS = (".csv", ".xlsx")


@dataclass(frozen=True)
class Line:
    """One line: a category, its name, how the equipment is held, who gives the figure; kg CO2 eq.

    `counted` is False for what another line of the statement already holds, or for what is shown for comparison only.
    """

    category: str
    label: str
    holding: str
    basis: str
    value: float
    counted: bool
    note: str


@dataclass(frozen=True)
class Statement:
    """The lines of a year, in kg CO2 eq. `guarded` is the electricity of own sites, a part of 2.1, never added (B2).

    `counted` + `guarded` is all that the run models, and what suppliers declare for services that it does not model.
    """

    year: int
    perimeter: str
    lines: list[Line]

    @property
    def counted(self) -> float:
        """What the digital part adds to the statement."""
        return fsum(line.value for line in self.lines if line.counted)

    @property
    def guarded(self) -> float:
        """The electricity that the meters of the buildings already hold."""
        return fsum(line.value for line in self.lines if not line.counted and line.basis != "declared_for_comparison")


def read_statement(run: Path, known: Labels) -> Statement:
    """The statement of a run. Errors: CannotUse (no run, no climate change, view of purchases, run too old)."""
    described = runs.read_json(run)
    problem = None
    if CRITERION not in described["criteria"]:
        what = _("Ce calcul n’a pas le critère « {name} ».").format(name=CRITERION)
        problem = Problem(what, _("Le recalculer avec ce critère."), file=str(run))
    elif described["view"] != "stock":
        what = _("Le bilan réglementaire se fait sur le parc, pas sur les achats de l’année.")
        problem = Problem(what, _("Donner un calcul de la vue « stock »."), file=str(run))
    path = run / "ghg_statement.csv"
    rows = list(read_csv(path)) if path.exists() else []
    if not problem and (not rows or "holding" not in rows[0]):
        what = _("Ce calcul ne contient pas de bilan réglementaire.")
        problem = Problem(what, _("Le recalculer avec « estran restate »."), file=str(run))
    if problem:
        raise CannotUse(problem)
    labels = {row["category"]: row[f"label_{known.lang}"] for row in loading.read_table("ghg_labels")}
    lines = [
        Line(
            row["category"],
            labels.get(row["category"], ""),
            row["holding"],
            row["basis"],
            float(row["value"]),
            row["informative"] != "true" and row["basis"] != "declared_for_comparison",
            _note(row),
        )
        for row in rows
        if row["criterion"] == CRITERION
    ]
    return Statement(described["year"], described["perimeter"]["label"], lines)


def write_statement(statement: Statement, output: Path) -> Path:
    """Write the statement as .csv or .xlsx, kg and tonnes side by side; whole or absent. Errors: CannotUse (format)."""
    if output.suffix.lower() not in FORMATS:
        what = _("le bilan réglementaire ne s’écrit pas dans ce format")
        remedy = _("donner un nom de fichier en .csv ou en .xlsx")
        raise CannotUse(Problem(what, remedy, file=str(output), value=output.suffix))
    rows = list(_rows(statement))
    content = csv_text(rows, ",").encode("utf-8") if output.suffix.lower() == ".csv" else _workbook(rows)
    return write_whole(output, content)


def _rows(statement: Statement) -> Iterable[list[str | float]]:
    yield [
        *(_("poste"), _("intitulé"), _("détention"), _("origine du chiffre")),
        *("kg CO2 eq", "t CO2 eq", _("ajouté au bilan"), _("note")),
    ]
    for line in statement.lines:
        added = _("oui") if line.counted else _("non")
        yield [
            *(line.category, line.label, holding_label(line.holding), basis_label(line.basis)),
            *(line.value, line.value / 1000, added, line.note),
        ]
    totals = (
        (_("Total ajouté au bilan"), statement.counted, _("oui")),
        (_("dont 2.1, jamais ajoutée"), statement.guarded, _("non")),
        (_("Total avec cette électricité"), statement.counted + statement.guarded, _("non")),
    )
    for label, value, added in totals:
        yield ["", label, "", "", value, value / 1000, added, ""]
    yield ["", lifetime_note(), "", "", "", "", "", ""]


def lifetime_note() -> str:
    """The note on the lifetimes that spread capital goods (B5)."""
    return _(
        "Durées d’usage réelles. Les durées comptables, que chaque assemblée fixe, n’ont pas de source au catalogue : "
        "le total en durées comptables n’est pas calculé."
    )


def holding_label(code: str) -> str:
    """How an equipment is held."""
    held = {"owned": _("possédé"), "leased": _("loué"), "consumable": _("sous le seuil d’immobilisation")}
    return {**held, "byod": _("personnel")}.get(code, code)


def basis_label(code: str) -> str:
    """Who gives the figure (C5)."""
    given = {"modelled": _("calculé"), "declared": _("déclaré par le fournisseur")}
    return {**given, "declared_for_comparison": _("déclaré, pour comparaison")}.get(code, code)


def _note(row: dict[str, str]) -> str:
    if row["informative"] == "true":
        return _("déjà dans les compteurs des bâtiments : dont 2.1, jamais ajoutée")
    return _("service déjà calculé : non ajouté") if row["basis"] == "declared_for_comparison" else ""


def _workbook(rows: list[list[str | float]]) -> bytes:
    from datetime import datetime

    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        # No clock: the same run gives the same bytes.
        book.set_properties({"created": datetime(2000, 1, 1)})
        bold, number = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet("BEGES")
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row, bold if place == 0 else None)
        sheet.set_column(0, 0, 8)
        sheet.set_column(1, 3, 32)
        sheet.set_column(4, 5, 16, number)
        sheet.set_column(6, 7, 24)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()
