"""Where does this figure come from? Any figure of a run, down to amounts, factors, sources, parameters and rows.

The steps of the run are carried out again on its own inputs: the answer shows the very numbers of the calculation.
"""

import tempfile
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any

from estran.analysis import explain_cache
from estran.common.language import _
from estran.common.problems import CannotUse, Problem
from estran.engine import runs
from estran.engine.session import Session

Row = dict[str, Any]
TOP = 10


@dataclass(frozen=True)
class Figure:
    """Which figure: one criterion, and an entity, item type, stage, family or part when it is not the whole."""

    criterion: str
    entity: str | None = None
    item_type: str | None = None
    stage: str | None = None
    family: str | None = None
    part: str | None = None

    def where(self, *, entity: str = "entity", item_type: str = "item_type") -> str:
        """The SQL condition on entity and item type; of a family or part, those that `contributions` puts there."""
        kinds = [f"{_equal('family', self.family)} AND {_equal('part', self.part)}"] if self.family or self.part else []
        inside = [
            f"({entity}, {item_type}) IN (SELECT (entity, item_type) FROM contributions WHERE {kind})" for kind in kinds
        ]
        return " AND ".join([_equal(entity, self.entity), _equal(item_type, self.item_type), *inside])


@dataclass(frozen=True)
class Explanation:
    """A figure explained: its value, its products, parameters by origin, heaviest rows, other factor sets.

    `products`: amount x factor, with source; `parameters`: lifetime and electricity by origin; `rows`: the heaviest
    items; `declared`: impacts given by suppliers; `others`: the value under the other factor sets.
    """

    run: Row
    figure: Figure
    unit: str
    value: float
    products: list[Row]
    parameters: list[Row]
    rows: list[Row]
    declared: list[Row]
    gaps: list[Row]
    others: list[Row]


@dataclass(frozen=True)
class RowsBehind:
    """Rows of the inventory behind a figure: some of them, their number in all, the impact that all of them make.

    A row has `value`, its own impact, and what makes it: `made`, `ended` and `kwh` times `made_factor` (manufacturing
    and distribution), `ended_factor` (end of life) and `kwh_factor`; `source` says its file and line. What is left of
    the `figure` comes from rooms, which are no rows of the inventory.
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
    session = explain_cache.open_explain_cache(run, cache)
    products = _products(session, figure)
    declared = _declared(session, figure)
    if not products and not declared:
        raise CannotUse(_nothing_there(session, figure))
    units = {row["code"]: row["unit"] for row in session.table("SELECT code, unit FROM criteria").to_pylist()}
    return Explanation(
        run=described,
        figure=figure,
        unit=units.get(figure.criterion) or "",
        value=_total(session, figure),
        products=products,
        parameters=_parameters(session, figure),
        rows=_rows(session, figure, "value DESC, row_id", 0, TOP),
        declared=declared,
        gaps=_gaps(session, figure),
        others=_others(session, figure),
    )


def rows_behind(run: Path, cache: Path, figure: Figure, *, heaviest: bool, start: int, most: int) -> RowsBehind:
    """Rows of the inventory behind a figure, from a place on: the heaviest first, or as in the files; `cache` as above.

    Errors: CannotUse, nothing there under that name.
    """
    figure = _of_criterion(figure, runs.read_json(run))
    session = explain_cache.open_explain_cache(run, cache)
    all_of_them = f"""
        SELECT CAST(SUM(p.rows) AS BIGINT) AS number FROM profiles p
        WHERE p.profile_id IN (SELECT profile_id FROM ({_factors(figure)}) AS known)
    """
    number = session.table(all_of_them).to_pylist()[0]["number"]
    if not number and not _products(session, figure):
        raise CannotUse(_nothing_there(session, figure))
    order = "value DESC, row_id" if heaviest else "row_id, profile_id"
    rows = _rows(session, figure, order, start, most) if number else []
    value = _total(session, figure, "profile_id IS NOT NULL")
    return RowsBehind(rows, number or 0, value, _total(session, figure))


def _of_criterion(figure: Figure, described: Row) -> Figure:
    return figure if figure.criterion else replace(figure, criterion=described["criteria"][0])


def _equal(column: str, value: str | None) -> str:
    return "TRUE" if value is None else "{} = '{}'".format(column, value.replace("'", "''"))


def _of(figure: Figure) -> str:
    return " AND ".join(_equal(name, value) for name, value in asdict(figure).items())


def _total(session: Session, figure: Figure, which: str = "TRUE") -> float:
    value = "CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS value"
    query = f"SELECT {value} FROM contributions WHERE {_of(figure)} AND {which}"
    return session.table(query).to_pylist()[0]["value"] or 0.0


def _products(session: Session, figure: Figure) -> list[Row]:
    """Amount x factor for each flow, with the source of the factor, the heaviest first."""
    return session.table(f"""
        SELECT c.item_type, c.stage, c.flow, c.factor_flow, c.factor, c.factor_cv, c.amount, c.value, r.origin,
            s.id AS source, s.producer, s.title, s.edition, s.url, s.licence, f.note, f.quality
        FROM (
            SELECT item_type, stage, flow, factor_flow, factor, factor_cv, factor_origin,
                MIN(profile_id) AS profile_id,
                CAST(SUM(CAST(amount AS DECIMAL(38, 18))) AS DOUBLE) AS amount,
                CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS value
            FROM contributions WHERE {_of(figure)} AND factor IS NOT NULL
            GROUP BY item_type, stage, flow, factor_flow, factor, factor_cv, factor_origin
        ) c
        LEFT JOIN profiles p ON p.profile_id = c.profile_id AND c.flow = 'unit'
        LEFT JOIN item_references r ON r.item_type = p.item_type AND r.criterion = '{figure.criterion}'
            AND r.reference IS NOT DISTINCT FROM p.reference AND r.model IS NOT DISTINCT FROM p.model
        LEFT JOIN factors f ON f.flow = c.factor_flow AND f.stage = c.stage AND f.criterion = '{figure.criterion}'
        LEFT JOIN sources s ON s.id = c.factor_origin
        ORDER BY ABS(c.value) DESC, c.item_type, c.stage, c.factor_flow
    """).to_pylist()


def _parameters(session: Session, figure: Figure) -> list[Row]:
    """Lifetime and electricity of the items behind the figure, by origin; mean over the items counted."""
    parameter = figure.stage and ("kwh_per_year" if figure.stage == "use" else "lifetime_years")
    return session.table(f"""
        SELECT * FROM (
            SELECT c.item_type, 'lifetime_years' AS parameter, c.lifetime_origin AS origin,
                CAST(SUM(c.present) AS DOUBLE) / NULLIF(CAST(SUM(c.made) AS DOUBLE), 0) AS value,
                MAX(CASE WHEN c.lifetime_origin LIKE 'type_default%' THEN p.lifetime_source END) AS source,
                CAST(SUM(c.rows) AS BIGINT) AS rows, CAST(SUM(c.quantity) AS DOUBLE) AS quantity
            FROM cells c LEFT JOIN parameters p ON p.item_type = c.item_type
            WHERE {figure.where(entity="c.entity", item_type="c.item_type")} AND c.lifetime_origin IS NOT NULL
            GROUP BY c.item_type, c.lifetime_origin
            UNION ALL
            SELECT c.item_type, 'kwh_per_year', c.kwh_origin,
                CAST(SUM(c.kwh) AS DOUBLE) / NULLIF(CAST(SUM(c.present) AS DOUBLE), 0),
                MAX(CASE WHEN c.kwh_origin = 'type_default' THEN p.kwh_source END),
                CAST(SUM(c.rows) AS BIGINT), CAST(SUM(c.quantity) AS DOUBLE)
            FROM cells c LEFT JOIN parameters p ON p.item_type = c.item_type
            WHERE {figure.where(entity="c.entity", item_type="c.item_type")} AND c.kwh_origin IS NOT NULL
            GROUP BY c.item_type, c.kwh_origin
        ) AS used
        WHERE {_equal("parameter", parameter)}
        ORDER BY item_type, parameter, quantity DESC, origin
        LIMIT {4 * TOP}
    """).to_pylist()


def _factors(figure: Figure) -> str:
    """SQL: the factors of each profile behind the figure, in its criterion and stages."""
    by_amount = {"made_factor": "made", "ended_factor": "ended", "kwh_factor": "kwh"}
    sums = ", ".join(
        f"SUM(CASE WHEN component = '{component}' THEN factor END) AS {name}" for name, component in by_amount.items()
    )
    return f"""
        SELECT profile_id, entity, item_type, {sums}
        FROM contributions WHERE {_of(figure)} AND factor IS NOT NULL AND profile_id IS NOT NULL
        GROUP BY profile_id, entity, item_type
    """


def _rows(session: Session, figure: Figure, order: str, start: int, most: int) -> list[Row]:
    """Rows of the inventory behind the figure, with each number of their formula."""
    # First the place of the rows asked, from the columns of numbers alone; then their names, read for these rows only.
    chosen = session.table(f"""
        WITH factors_of AS ({_factors(figure)})
        SELECT r.*, f.entity, f.item_type, f.made_factor, f.ended_factor, f.kwh_factor,
            COALESCE(r.made * f.made_factor, 0) + COALESCE(r.ended * f.ended_factor, 0)
                + COALESCE(r.kwh * f.kwh_factor, 0) AS value
        FROM rows r JOIN factors_of f ON f.profile_id = r.profile_id
        ORDER BY {order} LIMIT {most} OFFSET {start}
    """).to_pylist()
    asked = ", ".join(str(row["row_id"]) for row in chosen) or "NULL"
    names_of = session.table(f"SELECT row_id, item_id, source FROM inventory WHERE row_id IN ({asked})").to_pylist()
    known = {row["row_id"]: row for row in names_of}
    return [row | known[row["row_id"]] for row in chosen]


def _declared(session: Session, figure: Figure) -> list[Row]:
    """Impacts that suppliers declared, kept apart (C5)."""
    if figure.stage not in (None, "use"):
        return []
    return session.table(f"""
        SELECT entity, service, item_type, amount AS value FROM activities
        WHERE flow = 'declared_impact' AND gap IS NULL AND {_equal("criterion", figure.criterion)} AND {figure.where()}
        ORDER BY amount DESC, row_id
        LIMIT {TOP}
    """).to_pylist()


def _gaps(session: Session, figure: Figure) -> list[Row]:
    """What is missing beside the figure, by kind."""
    return session.table(f"""
        SELECT what, CAST(SUM(rows) AS BIGINT) AS rows FROM gap_counts
        WHERE {figure.where()} AND (criterion = '' OR {_equal("criterion", figure.criterion)})
            AND (stage = '' OR {_equal("stage", figure.stage)})
        GROUP BY what ORDER BY rows DESC, what
    """).to_pylist()


def _others(session: Session, figure: Figure) -> list[Row]:
    """The same figure under the other factor sets of the catalogue, in their order."""
    return session.table(f"""
        SELECT factor_set, CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS value FROM factor_sets
        WHERE place > 0 AND {_of(figure)} GROUP BY factor_set HAVING SUM(value) IS NOT NULL ORDER BY MIN(place)
    """).to_pylist()


def _nothing_there(session: Session, figure: Figure) -> Problem:
    def known(column: str) -> str:
        rows = session.table(f"SELECT DISTINCT {column} AS name FROM contributions ORDER BY name").to_pylist()
        return ", ".join(row["name"] for row in rows[:30])

    asked = ", ".join(value for value in (*astuple(figure)[1:], figure.criterion) if value)
    remedy = _("Types : {types}. Étapes : {stages}. Critères : {criteria}. Entités : {entities}.").format(
        types=known("item_type"), stages=known("stage"), criteria=known("criterion"), entities=known("entity")
    )
    return Problem(what=_("Aucun chiffre pour : {asked}.").format(asked=asked), remedy=remedy, value=asked)
