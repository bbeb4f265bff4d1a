"""A projection in the terminal: where the plan leads, what each action avoids."""

from pathlib import Path

from rich.table import Table

from estran.catalogue.labels import Labels
from estran.cli.display.console import console, folded, numbers, plain_table
from estran.common import formatting
from estran.common.language import _, colon
from estran.projection.results import ProjectionResults


def show_projection(folder: Path) -> None:
    """Print the trajectory at the target year, then the table of the actions."""
    results, terminal = ProjectionResults(folder), console()
    project, unit = results.project, results.unit

    def print_line(text: str) -> None:
        terminal.print(f"  {text}")

    title = _("Plan « {name} » : {criterion}")
    criterion = Labels().label("criterion", results.criterion)
    terminal.print(title.format(name=project["plan"]["name"], criterion=criterion), style="bold")
    year = next(row for row in results.years if row["year"] == project["cumulative_to"])
    for label, value in (
        (_("Bilan {year}").format(year=project["base_year"]), project["base"].get(results.criterion)),
        (_("Sans action en {year}").format(year=year["year"]), year["reference_stock"]),
        (_("Avec le plan en {year}").format(year=year["year"]), year["plan_stock"]),
        (_("Cible"), (project["target"] or {}).get("value")),
    ):
        if value is not None:
            print_line(colon(label, formatting.quantity(value, unit)))
    avoided = _("Évité de {first} à {last} : {stock} en vue parc, {flow} en vue achats ; jamais l’un pour l’autre.")
    print_line(
        avoided.format(
            first=project["base_year"] + 1,
            last=project["cumulative_to"],
            stock=formatting.quantity(results.joint["together"], unit),
            flow=formatting.quantity(results.joint["flow"], unit),
        )
    )
    if codes := results.shared_lives["codes"]:
        shared = _(
            "  {codes} : en vue parc, un autre utilisateur porte une part de la fabrication, elle n’est pas évitée."
        )
        terminal.print(shared.format(codes=", ".join(codes)))
    terminal.print(_actions(results))
    terminal.print(_("  Dossier : {run}").format(run=folder))


def _actions(results: ProjectionResults) -> Table:
    """What each action avoids, alone and with the others, and what a tonne costs."""
    heads = (_("seule"), _("ensemble"), _("coût de la tonne"))
    table = plain_table(folded(_("Action")), *map(numbers, heads))
    for row in results.actions:
        cost, title = row["cost_per_tonne"], f"{row['code']} {row['title']}"
        if row["share_stock"] is None:
            table.add_row(title, row["note"], "", "")
            continue
        table.add_row(
            title,
            formatting.quantity(-row["alone_stock"], results.unit),
            formatting.quantity(-row["share_stock"], results.unit),
            row["cost_note"] or "–" if cost is None else formatting.quantity(cost, "EUR"),
        )
    return table
