"""Where does this figure come from? Any figure of a run, down to amounts, factors, sources, parameters and rows.

The steps of the run are carried out again on its own inputs: the answer shows the very numbers of the calculation.
"""

import tempfile
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any

from estran.analysis import explain_cache
from estran.catalogue.codes import remedy_near
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.engine import runs
from estran.engine.session import Session
from estran.importing.recognition.known_models import find_known_models

Row = dict[str, Any]
TOP = 10  # rows shown
SQL = Path(__file__).parent / "sql" / "explain"


@dataclass(frozen=True)
class Figure:
    """Which figure: one criterion, and an entity, item type, stage, family or part when it is not the whole."""

    criterion: str
    entity: str | None = None
    item_type: str | None = None
    stage: str | None = None
    family: str | None = None
    part: str | None = None


@dataclass(frozen=True)
class Explanation:
    """A figure explained: its value, its products, parameters by origin, heaviest rows, other factor sets.

    `products`: amount x factor, with source; `fleet`: the number of items by type and mean life; `parameters`: lifetime
    and electricity by origin; `rows`: the heaviest items, with what is published of their model; `declared`: impacts
    given by suppliers; `others`: the value under the other factor sets; `corrections`: those of these rows, as run.json
    has them, with the number of `rows` behind this figure that each changed.
    """

    run: Row
    figure: Figure
    unit: str
    value: float
    products: list[Row]
    fleet: list[Row]
    parameters: list[Row]
    rows: list[Row]
    declared: list[Row]
    gaps: list[Row]
    others: list[Row]
    corrections: list[Row]


@dataclass(frozen=True)
class RowsBehind:
    """Rows of the inventory behind a figure: some of them, their number in all, the impact that all of them make.

    A row has `value`, its own impact, and what makes it: `made`, `ended` and `kwh` times `made_factor` (manufacturing
    and distribution), `ended_factor` (end of life) and `kwh_factor`; `source` says its file and line, `corrected` the
    cells that were put right. What is left of the `figure` comes from rooms, which are no rows of the inventory.
    """

    rows: list[Row]
    number: int
    value: float
    figure: float


def explain_figure(run: Path, figure: Figure | None = None, cache: Path | None = None) -> Explanation:
    """Explain a figure of a run; `cache` is the folder of its explain cache, if it has one.

    Errors: CannotUse (not a run, or nothing there under that name).
    """
    if cache is None:
        runs.read_json(run)
        with tempfile.TemporaryDirectory() as work:
            explain_cache.write_explain_cache(run, Path(work) / "explain")
            return explain_figure(run, figure, Path(work) / "explain")
    described = runs.read_json(run)
    figure = _of_criterion(figure or Figure(""), described)
    session = _open_figure(run, cache, figure)
    products, declared = _listed(session, "products"), _listed(session, "declared")
    if not products and not declared:
        raise CannotUse(_nothing_there(session, figure))
    units = {row["code"]: row["unit"] for row in session.table("SELECT code, unit FROM criteria").to_pylist()}
    return Explanation(
        run=described,
        figure=figure,
        unit=units.get(figure.criterion) or "",
        value=_total(session),
        products=products,
        fleet=_listed(session, "fleet"),
        parameters=_listed(session, "parameters"),
        rows=_rows(session, "value DESC, row_id", 0, TOP),
        declared=declared,
        gaps=_listed(session, "gaps"),
        others=_listed(session, "others"),
        corrections=_corrections(session, described),
    )


def _corrections(session: Session, described: Row) -> list[Row]:
    known = {row["number"]: row for row in described.get("corrections", [])}
    return [known[row["number"]] | row for row in _listed(session, "corrections")] if known else []


def rows_behind(run: Path, cache: Path, figure: Figure, *, heaviest: bool, start: int, most: int) -> RowsBehind:
    """Rows of the inventory behind a figure, from a place on: the heaviest first, or as in the files; `cache` as above.

    Errors: CannotUse, nothing there under that name.
    """
    figure = _of_criterion(figure, runs.read_json(run))
    session = _open_figure(run, cache, figure)
    number = session.table("""
        SELECT CAST(SUM(rows) AS BIGINT) AS number FROM profiles
        WHERE profile_id IN (SELECT profile_id FROM figure_factors)
    """).to_pylist()[0]["number"]
    if not number and not _listed(session, "products"):
        raise CannotUse(_nothing_there(session, figure))
    order = "value DESC, row_id" if heaviest else "row_id, profile_id"
    rows = _rows(session, order, start, most) if number else []
    return RowsBehind(rows, number or 0, _total(session, "profile_id IS NOT NULL"), _total(session))


def _of_criterion(figure: Figure, described: Row) -> Figure:
    return figure if figure.criterion else replace(figure, criterion=described["criteria"][0])


def _open_figure(run: Path, cache: Path, figure: Figure) -> Session:
    """The explain cache of a run, and what of it the figure is made of (sql/explain/figure.sql)."""
    session = explain_cache.open_explain_cache(run, cache)
    asked = ((name, "NULL" if value is None else quoted(value)) for name, value in asdict(figure).items())
    session.constants("figure", "SELECT " + ", ".join(f"CAST({value} AS VARCHAR) AS {name}" for name, value in asked))
    session.con.execute(_text("figure"))
    return session


def _text(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


def _listed(session: Session, name: str) -> list[Row]:
    """What a query of sql/explain/ answers for the figure."""
    return session.table(_text(name)).to_pylist()


def _total(session: Session, which: str = "TRUE") -> float:
    value = "CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS value"
    return session.table(f"SELECT {value} FROM figure_contributions WHERE {which}").to_pylist()[0]["value"] or 0.0


def _rows(session: Session, order: str, start: int, most: int) -> list[Row]:
    """Rows of the inventory behind the figure, with each number of their formula."""
    # First the place of the rows asked, from the columns of numbers alone; then their names, read for these rows only.
    chosen = session.table(f"{_text('rows')} ORDER BY {order} LIMIT {most} OFFSET {start}").to_pylist()
    asked = ", ".join(str(row["row_id"]) for row in chosen) or "NULL"
    names = "row_id, item_id, source, manufacturer, model"
    names_of = session.table(f"SELECT {names} FROM inventory WHERE row_id IN ({asked})").to_pylist()
    known = {row["row_id"]: {**row, "corrected": []} for row in names_of}
    changes = session.table(f"SELECT * FROM corrected WHERE row_id IN ({asked}) ORDER BY row_id, number").to_pylist()
    for change in changes:
        known[change["row_id"]]["corrected"].append(change)
    return _with_known_models([row | known[row["row_id"]] for row in chosen])


def _with_known_models(rows: list[Row]) -> list[Row]:
    """The rows, each with `known_model`: what is published of its exact model, beside the figure."""
    texts = {(row["manufacturer"] or "", row["model"]) for row in rows if row["model"]}
    known = find_known_models(texts)
    published = {
        text: next((one for one in models if one.level == "model" and (one.kwh or one.kg)), None)
        for text, models in known.items()
    }
    return [row | {"known_model": published.get((row["manufacturer"] or "", row["model"]))} for row in rows]


def _nothing_there(session: Session, figure: Figure) -> Problem:
    """Which names of a figure the run does not have, with what comes near; else that they do not go together."""
    asked = ", ".join(value for value in (*astuple(figure)[1:], figure.criterion) if value)
    remedies = []
    for column in ("criterion", "entity", "item_type", "stage"):
        text = getattr(figure, column)
        rows = session.table(f"SELECT DISTINCT {column} AS name FROM contributions ORDER BY name").to_pylist()
        known = [row["name"] for row in rows if row["name"]]
        if text and text not in known:
            unknown = _("« {name} » n’est pas dans ce bilan. {remedy}")
            remedies.append(unknown.format(name=text, remedy=remedy_near(column, text, known)))
    remedy = " ".join(remedies) or _("Ces choix ne se rencontrent sur aucune ligne : en retirer un.")
    return Problem(what=_("Aucun chiffre pour : {asked}.").format(asked=asked), remedy=remedy, value=asked)
