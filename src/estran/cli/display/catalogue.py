"""The catalogue in the terminal: which source answers for what, the figures of every source."""

from pathlib import Path

from rich.table import Column

from estran.cli.display.console import console, folded, plain_table, print_json
from estran.common.language import _
from estran.common.problems import CannotUse, Problem


def show_coverage(factor_set: str, overlay: Path | None, *, as_json: bool) -> None:
    """Print the matrix item type × criterion, each cell the source that answers; `~` marks a proxy."""
    from estran.catalogue.coverage import coverage_table
    from estran.importing.own_tables import load_catalogue

    rows = coverage_table(load_catalogue([factor_set], overlay=overlay)[factor_set]).to_pylist()
    if as_json:
        print_json(rows)
        return
    criteria = list(dict.fromkeys(row["criterion"] for row in rows))
    sources = sorted({row["source"] for row in rows})
    letters = {source: _letter(place) for place, source in enumerate(sources)}
    width = max((len(row["item_type"]) for row in rows), default=0)
    heads = (Column("", no_wrap=True, min_width=width), *(Column(name, no_wrap=True) for name in criteria))
    table = plain_table(*heads, padding=(0, 1, 0, 0))
    for code in dict.fromkeys(row["item_type"] for row in rows):
        cells = {
            row["criterion"]: letters[row["source"]] + ("~" if row["origin"] == "proxy" else "")
            for row in rows
            if row["item_type"] == code
        }
        table.add_row(code, *(cells.get(criterion, "·") for criterion in criteria))
    console().print(table)
    for source, letter in letters.items():
        console().print(f"{letter:>3}  {source}")


def show_figures(item_type: str, *, as_json: bool) -> None:
    """Print every source's figures of an item type side by side. Errors: CannotUse (unknown type)."""
    from estran.catalogue.coverage import published_figures

    rows = published_figures(item_type).to_pylist()
    if not rows:
        what = _("Le catalogue n’a aucune valeur pour « {name} ».").format(name=item_type)
        raise CannotUse(Problem(what, _("Voir les types connus avec « estran catalogue coverage »."), value=item_type))
    if as_json:
        print_json(rows)
        return
    heads = (_("quoi"), _("étape"), _("valeur"), _("unité"), _("source"), _("édition"), _("utilisé par"))
    table = plain_table(*map(folded, heads))
    for row in rows:
        table.add_row(
            *(str(row[name] or "") for name in ("what", "stage", "value", "unit", "source", "edition", "used"))
        )
    console().print(table)


def _letter(place: int) -> str:
    """The name of the nth source: A to Z, then AA, AB…"""
    return (chr(64 + place // 26) if place >= 26 else "") + chr(65 + place % 26)
