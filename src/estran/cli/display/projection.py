"""A projection in the terminal: where the plan leads, what each action avoids."""

from pathlib import Path

from rich.table import Table

from estran.catalogue.labels import Labels
from estran.cli.display.console import console, folded, numbers, plain_table
from estran.common import formatting
from estran.common.language import _, colon
from estran.projection.results import ProjectionResults

MOST_DIGITS = 5  # of a total beside others


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
    without, planned, target = year["reference_stock"], year["plan_stock"], (project["target"] or {}).get("value")
    totals = {
        _("Bilan {year}").format(year=project["base_year"]): project["base"].get(results.criterion),
        _("Sans action en {year}").format(year=year["year"]): without,
        _("Avec le plan en {year}").format(year=year["year"]): planned,
        _("Cible"): target,
    }
    digits = _digits_apart([value for value in totals.values() if value is not None])
    for label, value in totals.items():
        if value is not None:
            print_line(colon(label, formatting.quantity(value, unit, digits=digits)))
    name, size = formatting.column_unit([planned - without], unit)
    change = f"{formatting.signed(planned - without, size)} {formatting.unit_text(name)}"
    if without:
        change += f" ({formatting.percent(abs(planned - without) / without)})"
    print_line(_("Le plan change l’année {year} de {change}.").format(year=year["year"], change=change))
    if target is not None and planned > target:
        print_line(_("Il reste {gap} jusqu’à la cible.").format(gap=formatting.quantity(planned - target, unit)))
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


def _digits_apart(values: list[float]) -> int:
    """The fewest significant digits, two to five, that tell totals apart which differ."""
    different = len(set(values))
    return next(
        (n for n in (2, 3, 4) if len({formatting.rounded(value, n) for value in values}) == different), MOST_DIGITS
    )


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
