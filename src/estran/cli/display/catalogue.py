"""The catalogue in the terminal: which source answers for what, the figures of every source."""

from pathlib import Path
from typing import Any

from rich.table import Column

from estran.catalogue import labels
from estran.catalogue.codes import remedy_near
from estran.catalogue.labels import Labels
from estran.cli.display.console import console, folded, plain_table, print_json
from estran.common import formatting
from estran.common.language import _, current_language
from estran.common.problems import CannotUse, Problem
from estran.common.shipped import text_rows


def show_coverage(factor_set: str, overlay: Path | None, *, as_json: bool) -> None:
    """Print the matrix item type × criterion, each cell the source that answers, `~` a proxy; then what lacks."""
    from estran.catalogue.coverage import coverage_table
    from estran.importing.own_tables import load_catalogue

    rows = coverage_table(load_catalogue([factor_set], overlay=overlay)[factor_set]).to_pylist()
    if as_json:
        print_json(rows)
        return
    criteria = list(dict.fromkeys(row["criterion"] for row in rows if row["criterion"]))
    sources = sorted({row["source"] for row in rows if row["source"]})
    letters = {source: _letter(place) for place, source in enumerate(sources)}
    width = max((len(row["item_type"]) for row in rows), default=0)
    heads = (Column("", no_wrap=True, min_width=width), *(Column(name, no_wrap=True) for name in criteria))
    table = plain_table(*heads, padding=(0, 1, 0, 0))
    for code in dict.fromkeys(row["item_type"] for row in rows):
        cells = {
            row["criterion"]: letters[row["source"]] + ("~" if row["origin"] == "proxy" else "")
            for row in rows
            if row["item_type"] == code and row["criterion"]
        }
        table.add_row(code, *(cells.get(criterion, "·") for criterion in criteria))
    console().print(table)
    for source, letter in letters.items():
        console().print(f"{letter:>3}  {source}")
    _show_lacking(rows)


def _show_lacking(rows: list[dict[str, Any]]) -> None:
    """Print which types lack a factor, or have climate alone, and how many of the items of a usual estate they are."""
    from estran.catalogue.coverage import lacking

    names, missing = Labels(current_language()), lacking(rows)
    kinds = (
        (_("Sans aucun facteur"), [row for row in missing if not row["climate"]]),
        (_("Climat seul, les autres critères obligatoires manquent"), [row for row in missing if row["climate"]]),
    )
    for what, found in kinds:
        share = formatting.percent(sum(row["share"] for row in found), names.lang)
        listed = ", ".join(names.label("item_type", row["item_type"]) for row in found)
        text = _("{what} : {n} types, {share} des appareils d’un parc ordinaire. {listed}.")
        console().print(text.format(what=what, n=len(found), share=share, listed=listed))
    criteria: dict[str, set[str]] = {}
    for row in rows:
        if row["origin"] == "activity":
            criteria.setdefault(names.label("item_type", row["item_type"].partition(":")[0]), set()).add(
                row["criterion"]
            )
    alone = ", ".join(label for label, known in criteria.items() if known == {"gwp"})
    console().print(_("Activités au climat seul : {listed}.").format(listed=alone))


def show_figures(item_type: str, *, as_json: bool) -> None:
    """Print every source's figures of an item type side by side. Errors: CannotUse (unknown type)."""
    from estran.catalogue.coverage import published_figures

    rows = published_figures(item_type).to_pylist()
    if not rows:
        what = _("Le catalogue n’a aucune valeur pour « {name} ».").format(name=item_type)
        every = _("Voir les types connus avec « estran catalogue coverage ».")
        codes = [row["code"] for row in text_rows("item_types")] + [row["flow"] for row in text_rows("flows")]
        raise CannotUse(Problem(what, f"{remedy_near('item_type', item_type, codes)} {every}", value=item_type))
    if as_json:
        print_json(rows)
        return
    heads = (_("quoi"), _("étape"), _("valeur"), _("unité"), _("source"), _("année"), _("utilisé par"), _("note"))
    table = plain_table(*map(folded, heads))
    for row in rows:
        names = ("what", "stage", "value", "unit", "source", "dated", "used")
        table.add_row(*(str(row[name] or "") for name in names), labels.note(row["note"]))
    console().print(table)
    known = Labels(current_language())
    for code in sorted({code for row in rows for code in row["source"].split("|")}):
        source = known.source(code)
        console().print(f"  {code}", known.source_label(code), source["url"], source["page"], sep="  ", soft_wrap=True)


def _letter(place: int) -> str:
    """The name of the nth source: A to Z, then AA, AB…"""
    return (chr(64 + place // 26) if place >= 26 else "") + chr(65 + place % 26)
