"""A projection in the terminal: where the plan leads, what each action avoids."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from estran.catalogue.labels import Labels
from estran.cli.display_years import console
from estran.common import formatting
from estran.common.language import _, current_language
from estran.projection.results import ProjectionResults


def summary(folder: Path) -> None:
    """The trajectory at the target year, then a table of the actions."""
    prospects, language, screen = ProjectionResults(folder), current_language(), console()
    project, unit = prospects.project, prospects.unit
    known = Labels(language)
    year = next(row for row in prospects.years if row["year"] == project["cumulative_to"])
    screen.print(_("Plan « {name} » : {criterion}").format(
        name=project["plan"]["name"], criterion=known.label("criterion", prospects.criterion)
    ), style="bold")  # fmt: skip
    for label, value in (
        (_("Bilan {year}").format(year=project["base_year"]), project["base"].get(prospects.criterion)),
        (_("Sans action en {year}").format(year=year["year"]), year["reference_stock"]),
        (_("Avec le plan en {year}").format(year=year["year"]), year["plan_stock"]),
        (_("Cible"), (project["target"] or {}).get("value")),
    ):
        if value is not None:
            screen.print(
                "  " + _("{what} : {value}").format(what=label, value=formatting.quantity(value, unit, language))
            )
    said = _("Évité de {first} à {last} : {stock} en vue parc, {flow} en vue achats ; jamais l’un pour l’autre.")
    joint = prospects.joint
    avoided = {
        "stock": formatting.quantity(joint["together"], unit, language),
        "flow": formatting.quantity(joint["flow"], unit, language),
    }
    screen.print("  " + said.format(first=project["base_year"] + 1, last=project["cumulative_to"], **avoided))
    if shared := prospects.shared_lives["codes"]:
        said = _(
            "  {codes} : en vue parc, un autre utilisateur porte une part de la fabrication, elle n’est pas évitée."
        )
        screen.print(said.format(codes=", ".join(shared)))
    table = Table(box=None, header_style="bold")
    table.add_column(_("Action"), overflow="fold")
    for name in (_("seule"), _("ensemble"), _("coût de la tonne")):
        table.add_column(name, justify="right")
    for row in prospects.actions:
        if row["share_stock"] is None:
            table.add_row(f"{row['code']} {row['title']}", row["note"], "", "")
            continue
        table.add_row(
            f"{row['code']} {row['title']}",
            formatting.quantity(-row["alone_stock"], unit, language),
            formatting.quantity(-row["share_stock"], unit, language),
            cost(row["cost_per_tonne"], row["cost_note"], language),
        )
    screen.print(table)
    screen.print(_("  Dossier : {run}").format(run=folder))


def cost(value: float | None, note: str, language: str) -> str:
    """The cost of a tonne, or why there is none."""
    return formatting.quantity(value, "EUR", language) if value is not None else note or "–"
