"""Where does this figure come from? Any figure of a run, opened down to amounts, factors, sources, parameters and rows.

The steps of the run are carried out again on its own inputs: the answer shows the very numbers of the calculation.
"""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from estran.footprint import names, runs, wording
from estran.footprint.engine import Session
from estran.lang import _, ngettext
from estran.problems import CannotUse, Problem

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
        """The SQL condition on entity and item type; those of a family or part are the ones `lines` puts there."""
        kinds = [f"{_equal('family', self.family)} AND {_equal('part', self.part)}"] if self.family or self.part else []
        inside = [f"({entity}, {item_type}) IN (SELECT (entity, item_type) FROM lines WHERE {kind})" for kind in kinds]
        return " AND ".join([_equal(entity, self.entity), _equal(item_type, self.item_type), *inside])


@dataclass(frozen=True)
class Explanation:
    """A figure opened: its value, the products it is made of, parameters by origin, heaviest rows, other factor sets.

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


def explain(run: Path, figure: Figure | None = None) -> Explanation:
    """Open a figure of a run. Errors: CannotUse (not a run, or nothing there under that name)."""
    described = runs.read_json(run)
    figure = figure or Figure(described["criteria"][0])
    if not figure.criterion:
        figure = replace(figure, criterion=described["criteria"][0])
    session, steps = runs.open_session(run / "inputs")
    session.run(steps)
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
        rows=_rows(session, figure),
        declared=declared,
        gaps=_gaps(session, figure),
        others=_others(session, steps, run, figure),
    )


def _equal(column: str, value: str | None) -> str:
    return "TRUE" if value is None else "{} = '{}'".format(column, value.replace("'", "''"))


def _of(figure: Figure) -> str:
    return f"{figure.where()} AND {_equal('stage', figure.stage)} AND {_equal('criterion', figure.criterion)}"


def _total(session: Session, figure: Figure) -> float:
    query = (
        f"SELECT CAST(SUM(CAST(value AS DECIMAL(38, 22))) AS DOUBLE) AS value FROM contributions WHERE {_of(figure)}"
    )
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


def _rows(session: Session, figure: Figure) -> list[Row]:
    """The heaviest rows of the inventory behind the figure, with each number of their formula."""
    weight = "modelled_kwh" if figure.stage == "use" else "made"
    return session.table(f"""
        SELECT item_id, entity, item_type, quantity, share, presence, lifetime_years, lifetime_origin, made,
            modelled_kwh, kwh_origin
        FROM consumption
        WHERE {figure.where()} AND stop IS NULL AND {weight} IS NOT NULL
        ORDER BY {weight} DESC, row_id
        LIMIT {TOP}
    """).to_pylist()


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
        SELECT what, COUNT(*) AS rows FROM gaps
        WHERE {figure.where()} AND (criterion = '' OR {_equal("criterion", figure.criterion)})
            AND (stage = '' OR {_equal("stage", figure.stage)})
        GROUP BY what ORDER BY rows DESC, what
    """).to_pylist()


def _others(session: Session, steps: list[Any], run: Path, figure: Figure) -> list[Row]:
    """The same figure under the other factor sets of the catalogue."""
    again = [step for step in steps if step.needs_factors]
    folder = run / "inputs" / "factor_sets"
    sets = json.loads((run / "inputs" / "settings.json").read_text(encoding="utf-8"))["factor_sets"]
    rows = []
    for code in list(sets)[1:]:
        session.register("factors", runs.read_parquet(folder / f"{code}-factors.parquet"))
        session.register("electricity", runs.read_parquet(folder / f"{code}-electricity.parquet"))
        session.run(again)
        rows.append({"factor_set": code, "value": _total(session, figure)})
    return rows


def _nothing_there(session: Session, figure: Figure) -> Problem:
    def known(column: str) -> str:
        found = session.table(f"SELECT DISTINCT {column} AS name FROM contributions ORDER BY name").to_pylist()
        return ", ".join(row["name"] for row in found[:30])

    asked = ", ".join(value for value in (*astuple(figure)[1:], figure.criterion) if value)
    remedy = _("Types : {types}. Étapes : {stages}. Critères : {criteria}. Entités : {entities}.").format(
        types=known("item_type"), stages=known("stage"), criteria=known("criterion"), entities=known("entity")
    )
    return Problem(what=_("Aucun chiffre pour : {asked}.").format(asked=asked), remedy=remedy, value=asked)


def text(opened: Explanation, lang: str = "fr") -> str:
    """The explanation as plain text, the same on the command line and in the portal."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("estran.footprint", "templates"),
        autoescape=False,  # plain text
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]
    for helper in (wording.quantity, wording.number, wording.count, wording.percent, wording.unit_text):
        environment.filters[helper.__name__] = partial(helper, lang=lang)
    environment.filters["exact"] = lambda value: "–" if value is None else wording.number(value, lang, 12)
    environment.globals.update(
        words=names, known=names.Names(lang), shown=3 * TOP, colon="\u00a0:" if lang == "fr" else ":"
    )
    return environment.get_template("explain.txt").render(opened=opened, figure=opened.figure).rstrip()
