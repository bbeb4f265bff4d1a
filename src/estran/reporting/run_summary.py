"""What documents say of one run: read from its folder in SQL, named in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from estran.catalogue.labels import Labels
from estran.common.language import _
from estran.engine import runs
from estran.importing import readers
from estran.reporting.blocks import Source, Span
from estran.reporting.figures import Figures, Row

_QUALITIES = ("high", "medium", "low")
_PARTS = ("administration", "schools", "services")
_TOP = 15  # entities and item types shown before the rest is folded
_FAMILIES = 5  # bars an elected member takes in at once
SPEAKS = 0.2  # share of the total from which another factor set says something of its own
_LABELS = 6  # of a list of labels
_PEOPLE = ("agents", "pupils", "teachers", "elected")


class RunSummary:
    """One run folder, asked for what documents say of it.

    Every list is made of plain rows (dicts); impacts are in the unit of their criterion, shares are 0 to 1,
    and a bound that is not known is None. `cited` is how paper cites the run. Raises `CannotUse` when the folder is not
    a run.
    """

    def __init__(self, path: Path, names: Labels, cited: str = "") -> None:
        import duckdb

        self.path, self.name = path, path.resolve().name
        self.run: Row = runs.read_json(path)
        self.cited = cited or _("calcul « {name} »").format(name=self.name)
        self.names = names
        self._connection = duckdb.connect()
        for file in path.glob("*.csv"):
            if file.stem != "gaps":
                self._connection.read_csv(str(file), **readers.OWN_CSV).create_view(file.stem)
        self._connection.execute(f"CREATE TEMP VIEW gaps AS SELECT * FROM {runs.scan_gaps(path)}")

    @property
    def year(self) -> int:
        """The year of the run."""
        return self.run["year"]

    @property
    def perimeter(self) -> Row:
        """The perimeter of the run."""
        return self.run["perimeter"]

    @property
    def lang(self) -> str:
        """The language of the labels: fr or en."""
        return self.names.lang

    @cached_property
    def figures(self) -> Figures:
        """How figures are written in the language of the labels."""
        return Figures(self.lang)

    def source(self, options: str | None = None) -> Source | None:
        """Where figures of the run come from; `options` of `estran explain` open them."""
        command = f"estran explain {self.name} {options or ''}".rstrip()
        how = () if options is None else (_("Ouvrir ces chiffres :"), " ", Span(command, "code"))
        return Source(self.cited, how)

    def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows of a query over the files of the folder: each CSV file a view of texts, and `gaps` row by row."""
        result = self._connection.execute(sql, values)
        columns = [column[0] for column in result.description]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    # --- the figure ------------------------------------------------------------------------------------------------

    @cached_property
    def criteria(self) -> list[Row]:
        """Each criterion with its total, its interval, its coverage and its gaps; mandatory ones first."""
        rows = self.rows("""
            SELECT i.criterion AS code, i.mean::DOUBLE AS mean, i.low95::DOUBLE AS low, i.high95::DOUBLE AS high,
                   c.rows_complete::BIGINT / NULLIF(c.rows::BIGINT, 0) AS coverage, c.gap_rows::BIGINT AS gap_rows
            FROM intervals i LEFT JOIN coverage c ON c.criterion = i.criterion
            WHERE i.entity = '*'""")
        for row in rows:
            row |= self.names.describe_criterion(row["code"])
        return sorted(rows, key=lambda row: row["rank"])

    @cached_property
    def carbon(self) -> Row:
        """The climate change total, or a total of zero when the run did not compute it."""
        none: Row = {"mean": 0.0, "low": None, "high": None, "coverage": None, "gap_rows": 0}
        return next((row for row in self.criteria if row["code"] == "gwp"), none | self.names.describe_criterion("gwp"))

    @cached_property
    def headline(self) -> dict[str, float]:
        """Climate change by basis: modelled, declared by suppliers, declared for comparison (rule C5)."""
        rows = self.rows("SELECT part, value::DOUBLE AS value FROM headline WHERE criterion = 'gwp'")
        none = {"modelled": 0.0, "declared": 0.0, "declared_for_comparison": 0.0}
        return none | {row["part"]: row["value"] for row in rows}

    @cached_property
    def electricity_kwh(self) -> float:
        """The electricity of the year, every zone together (rule S6: always shown)."""
        return (
            self.rows("SELECT sum(amount::DOUBLE) AS kwh FROM amounts WHERE flow = 'electricity_kwh'")[0]["kwh"] or 0.0
        )

    # --- sub-totals ------------------------------------------------------------------------------------------------

    def subtotals(self, scope: str, criterion: str = "gwp") -> list[Row]:
        """A criterion by `part`, `family`, `stage` or `item_type`, the largest first, with its share."""
        rows = self.rows(
            """
            SELECT name AS code, mean::DOUBLE AS mean, low95::DOUBLE AS low, high95::DOUBLE AS high
            FROM subtotals WHERE scope = ? AND criterion = ? ORDER BY mean DESC, name""",
            scope,
            criterion,
        )
        total = sum(row["mean"] for row in rows)
        for row in rows:
            row["label"] = self.names.label(scope, row["code"])
            row["share"] = row["mean"] / total if total else None
        return rows

    @cached_property
    def parts(self) -> list[Row]:
        """Administration, middle schools, services: always apart, in this order (rule S2)."""
        return self.parts_of("gwp")

    def parts_of(self, criterion: str) -> list[Row]:
        """The three sub-totals of a criterion."""
        return sorted(self.subtotals("part", criterion), key=lambda row: _PARTS.index(row["code"]))

    @cached_property
    def stages(self) -> list[Row]:
        """Climate change by stage in the order of life, with the share of each stage in every mandatory criterion."""
        rows = sorted(self.subtotals("stage"), key=lambda row: self.names.rank("stage", row["code"]))
        shares = self.rows("""
            SELECT stage, criterion, total / NULLIF(sum(total) OVER (PARTITION BY criterion), 0) AS share
            FROM (SELECT stage, criterion, sum(value::DOUBLE) AS total FROM impacts
                  WHERE basis = 'modelled' GROUP BY stage, criterion)""")
        share_of = {(row["stage"], row["criterion"]): row["share"] for row in shares}
        for row in rows:
            row["by_criterion"] = [share_of.get((row["code"], criterion["code"])) for criterion in self.mandatory]
        return rows

    @cached_property
    def mandatory(self) -> list[Row]:
        """The mandatory criteria the run computed, primary energy included."""
        return [row for row in self.criteria if row["mandatory"]]

    @cached_property
    def families(self) -> list[Row]:
        """Families of equipment and services, the heaviest first, with the number of items."""
        return self.families_of("gwp")

    def families_of(self, criterion: str) -> list[Row]:
        """The families under a criterion."""
        counts = self._quantities("family")
        return [row | {"quantity": counts.get(row["code"])} for row in self.subtotals("family", criterion)]

    @cached_property
    def main_families(self) -> list[Row]:
        """The families that weigh most, the others in one row."""
        return _folded(self.families, _FAMILIES, _("Autres familles"))

    @cached_property
    def item_types(self) -> list[Row]:
        """Item types that weigh most, with the number of items and the impact of one."""
        counts = self._quantities("item_type")
        rows = [row | {"quantity": counts.get(row["code"])} for row in self.subtotals("item_type")]
        return _folded(rows, _TOP, _("Autres types"))

    @cached_property
    def entities(self) -> list[Row]:
        """Entities that weigh most; the middle schools are one row, the rest another, without interval."""
        rows = self.rows("""
            SELECT i.entity AS code, i.mean::DOUBLE AS mean, i.low95::DOUBLE AS low, i.high95::DOUBLE AS high,
                   coalesce(e.school, false) AS school, e.quantity
            FROM intervals i
            LEFT JOIN (SELECT entity, bool_or(part = 'schools') AS school, sum(quantity::DOUBLE) AS quantity
                       FROM equipment GROUP BY entity) e ON e.entity = i.entity
            WHERE i.criterion = 'gwp' AND i.entity <> '*' ORDER BY i.mean::DOUBLE DESC, i.entity""")
        total = sum(row["mean"] for row in rows)
        schools = [row for row in rows if row["school"]]
        shown = [row for row in rows if not row["school"]]
        top = common_top([row["code"] for row in shown if row["code"]])
        for row in rows:
            label = (row["code"] or "").removeprefix(top) or _("Entité non précisée")
            row |= {"label": label, "share": row["mean"] / total if total else None}
        if schools:
            folded = _sum(schools, _("Collèges ({n})").format(n=len(schools)))
            part = next((row for row in self.parts if row["code"] == "schools"), None)
            if part and abs(part["mean"] - folded["mean"]) <= 1e-9 * abs(part["mean"]):
                folded |= {"low": part["low"], "high": part["high"]}
            shown = sorted([*shown, folded], key=lambda row: -row["mean"])
        return _folded(shown, _TOP, _("Autres entités"))

    @cached_property
    def schools(self) -> Row:
        """How the climate change of the middle schools spreads: a spread, not a ranking."""
        rows = self.rows("""
            SELECT count(*) AS number, quantile_cont(mean, 0.1) AS low, median(mean) AS middle,
                   quantile_cont(mean, 0.9) AS high
            FROM (SELECT i.mean::DOUBLE AS mean FROM intervals i
                  WHERE i.criterion = 'gwp' AND i.entity IN (SELECT entity FROM equipment WHERE part = 'schools'))""")
        return rows[0]

    # --- ratios ----------------------------------------------------------------------------------------------------

    @cached_property
    def headcounts(self) -> list[Row]:
        """The people of the perimeter; those without a date serve no ratio (rule S1)."""
        return [{"date": None, "source": None} | head for head in self.perimeter.get("headcounts", [])]

    @cached_property
    def ratios(self) -> list[Row]:
        """Climate change per agent, per pupil and per user, or why a ratio is not shown (rule S1)."""
        parts = {row["code"]: row for row in self.parts}
        people = [who for who in _PEOPLE if any(head["who"] == who for head in self.headcounts)]
        asked = [
            ("agents", ["agents"], parts.get("administration")),
            ("pupils", ["pupils"], parts.get("schools")),
            ("users", people, self.carbon if len(people) > 1 else None),
        ]
        return [self._ratio(who, denominator, total) for who, denominator, total in asked if total]

    def _ratio(self, who: str, people: list[str], total: Row) -> Row:
        heads = [head for head in self.headcounts if head["who"] in people]
        ratio: Row = {"who": who, "why": None}
        if not heads:
            return ratio | {"why": "missing"}
        if not all(head["date"] for head in heads):
            return ratio | {"why": "undated"}
        number = sum(head["value"] for head in heads)
        if not number:
            return ratio | {"why": "missing"}
        bounds = {key: total[key] / number if total[key] is not None else None for key in ("mean", "low", "high")}
        dates = sorted({head["date"] for head in heads}, reverse=True)
        dated = [(date, [head for head in heads if head["date"] == date]) for date in dates]
        return ratio | bounds | {"number": number, "dated": dated}

    # --- what is not counted, and how sure it is -------------------------------------------------------------------

    @cached_property
    def gaps(self) -> list[Row]:
        """What climate change misses, by cause, with its remedy: rows, quantity of items (or kWh), types (rule M3)."""
        self._connection.execute("""
            CREATE OR REPLACE TEMP TABLE climate_gaps AS
            SELECT what, item_id, entity, coalesce(item_type, '') AS item_type,
                   max(TRY_CAST(quantity AS DOUBLE)) AS quantity
            FROM gaps WHERE coalesce(criterion, '') IN ('', 'gwp') GROUP BY what, item_id, entity, item_type""")
        rows = self.rows("""
            SELECT what AS code, count(*) AS rows, count(DISTINCT entity) AS entities,
                   CASE WHEN what <> 'factor' THEN sum(quantity) END AS quantity
            FROM climate_gaps GROUP BY what ORDER BY rows DESC, what""")
        types = self.rows("""
            SELECT what, item_type FROM climate_gaps WHERE item_type <> ''
            GROUP BY what, item_type ORDER BY count(*) DESC, item_type""")
        for row in rows:
            labels = [
                self.names.label("item_type", type_["item_type"]) for type_ in types if type_["what"] == row["code"]
            ]
            row |= self.names.describe_gap(row["code"]) | {"types": first_labels(labels)}
        return rows

    @cached_property
    def guards(self) -> list[Row]:
        """Rows set aside against double counting, and types out of scope, by rule (rules G1 to G8, X1)."""
        rows = self.rows("""
            SELECT split_part(rule, ' ', 1) AS code, count(*) AS rows, any_value(rule) AS rule
            FROM guards GROUP BY ALL ORDER BY code""")
        return [row | {"label": self.names.guard_label(row["rule"])} for row in rows]

    @cached_property
    def quality(self) -> list[Row]:
        """Quality of the inventory: share of rows and of climate change in high, medium, low (rule Q8, F14)."""
        return self.quality_of("gwp")

    def quality_of(self, criterion: str) -> list[Row]:
        """Quality of the inventory under a criterion."""
        rows = {row["class"]: row for row in self._classes("quality", criterion)}
        return [rows.get(name, {"class": name, "rows": 0, "rows_share": 0.0, "share": 0.0}) for name in _QUALITIES]

    @cached_property
    def origins(self) -> list[Row]:
        """Where lifetimes, electricity, zones and references come from (rule M1)."""
        kinds = ("lifetime_years", "kwh", "zone", "reference")
        return [{"kind": kind, "classes": classes} for kind in kinds if (classes := self._classes(kind))]

    def _classes(self, kind: str, criterion: str = "gwp") -> list[Row]:
        return self.rows(
            """
            SELECT class, rows::BIGINT AS rows, rows::BIGINT / NULLIF(sum(rows::BIGINT) OVER (), 0) AS rows_share,
                   share::DOUBLE AS share
            FROM quality WHERE criterion = ? AND kind = ? ORDER BY share::DOUBLE DESC, class""",
            criterion,
            kind,
        )

    @cached_property
    def uncertainty(self) -> list[Row]:
        """The five sources that make most of the uncertainty of climate change (rule Q8)."""
        return self.uncertainty_of("gwp")

    def uncertainty_of(self, criterion: str) -> list[Row]:
        """The five sources that make most of the uncertainty of a criterion."""
        rows = self.rows(
            """
            SELECT source, share::DOUBLE AS share FROM uncertainty
            WHERE criterion = ? ORDER BY share::DOUBLE DESC, source LIMIT 5""",
            criterion,
        )
        return [row | {"label": self.names.uncertainty_label(row["source"])} for row in rows]

    @cached_property
    def factor_sets(self) -> list[Row]:
        """The same amounts under every factor set, the run's own first (rule Q7)."""
        return self.factor_sets_of("gwp")

    def factor_sets_of(self, criterion: str) -> list[Row]:
        """A criterion under every factor set."""
        rows = self.rows(
            """
            SELECT factor_set AS code, mean::DOUBLE AS mean, low95::DOUBLE AS low, high95::DOUBLE AS high,
                   gap_rows::BIGINT AS gap_rows, own_share::DOUBLE AS own_share
            FROM factor_sets WHERE criterion = ? ORDER BY factor_set""",
            criterion,
        )
        for row in rows:
            row |= {"label": self.names.label("factor_set", row["code"]), "own": row["code"] == self.run["factor_set"]}
        return sorted(rows, key=lambda row: not row["own"])

    @cached_property
    def other_sets(self) -> list[Row]:
        """The factor sets that answer for themselves beside the one of the run, the one that changes most first."""
        others = [row for row in self.factor_sets if not row["own"] and answers(row)]
        return sorted(others, key=lambda row: -abs(row["mean"] - self.carbon["mean"]))

    # --- rooms and services ----------------------------------------------------------------------------------------

    @cached_property
    def rooms(self) -> list[Row]:
        """Computer rooms with their electricity and PUE (rules R1 to R7)."""
        return self.rows("""
            SELECT room, it_kwh::DOUBLE AS it_kwh, overhead_kwh::DOUBLE AS overhead_kwh, pue::DOUBLE AS pue, pue_origin,
                   it_kw::DOUBLE AS it_kw, it_kw_origin, metered = 'true' AS metered
            FROM rooms ORDER BY it_kwh::DOUBLE DESC NULLS LAST, room""")

    @cached_property
    def services(self) -> list[Row]:
        """Bought services that Estran computes; those that suppliers declare are in the headline (rule C5)."""
        rows = self.rows("""
            SELECT item_type AS code, sum(value::DOUBLE) AS value FROM impacts
            WHERE criterion = 'gwp' AND basis = 'modelled' GROUP BY item_type ORDER BY value DESC, code""")
        return [
            row | {"label": self.names.label("item_type", row["code"])}
            for row in rows
            if self.names.is_service(row["code"])
        ]

    @cached_property
    def weak_factors(self) -> list[Row]:
        """Service factors below quality 5, by name (rule C1), and monetary ones."""
        rows = self.rows("""
            SELECT DISTINCT flow AS code, TRY_CAST(quality AS INTEGER) AS quality, source FROM factors
            WHERE coalesce(TRY_CAST(quality AS INTEGER), 1) < 5 AND criterion = 'gwp' ORDER BY quality, code""")
        return [
            row
            | {"label": self.names.label("item_type", row["code"]), "source": self.names.source_label(row["source"])}
            for row in rows
            if self.names.is_service(row["code"])
        ]

    # --- what the calculation rests on -----------------------------------------------------------------------------

    @cached_property
    def parameters(self) -> list[Row]:
        """Parameters used, by type and origin, those of most items first (F9, F10, F11)."""
        rows = self.rows("""
            SELECT *, sum(quantity) OVER (PARTITION BY code) AS of_type
            FROM (SELECT item_type AS code, parameter, origin, source, min(TRY_CAST(value AS DOUBLE)) AS low,
                         max(TRY_CAST(value AS DOUBLE)) AS high, any_value(value) AS text,
                         sum(TRY_CAST(quantity AS DOUBLE)) AS quantity
                  FROM parameters GROUP BY ALL)
            ORDER BY of_type DESC NULLS LAST, code, parameter DESC, quantity DESC NULLS LAST, origin, source""")
        for row in rows:
            row |= {
                "label": self.names.label("item_type", row["code"]),
                "source": self.names.source_label(row["source"]),
            }
        return rows

    @cached_property
    def flows(self) -> list[Row]:
        """Amounts of the year: electricity, units amortised, paper, data, services (F10)."""
        rows = self.rows("""
            SELECT CASE flow WHEN 'unit' THEN item_type ELSE flow END AS code, sum(amount::DOUBLE) AS amount
            FROM amounts WHERE flow <> 'unit' OR stage = 'manufacturing'
            GROUP BY ALL ORDER BY bool_or(flow = 'unit') DESC, amount DESC, code""")
        return [row | self.names.describe_flow(row["code"]) for row in rows]

    @cached_property
    def sources(self) -> list[Row]:
        """The sources used, with edition, licence and address (F12)."""
        return self.rows("SELECT * FROM sources ORDER BY producer, title, id")

    @cached_property
    def equivalences(self) -> list[Row]:
        """Everyday things beside the total, each with its source: an order of magnitude, nothing more."""
        rows = [row for row in self.names.equivalences if row["kind"] == "comparison" and row["criterion"] == "gwp"]
        return [
            {
                "code": row["code"],
                "label": row[f"label_{self.lang}"],
                "value": row["value"],
                "times": self.carbon["mean"] / row["value"],
                "source": self.names.source_label(row["source"]),
            }
            for row in rows
        ]

    # --- perimeter and conformity ----------------------------------------------------------------------------------

    @cached_property
    def missing_criteria(self) -> list[str]:
        """The mandatory criteria the run did not compute, in words (F6)."""
        computed = {row["code"] for row in self.criteria}
        return [self.names.label("criterion", code) for code in self.names.mandatory_criteria() if code not in computed]

    def changes(self, years: Sequence[RunSummary]) -> list[str]:
        """What differs between runs set side by side, in words: their totals then make no series (rule D1)."""
        seen = {
            _("le périmètre"): lambda run: [
                run.perimeter.get(key) for key in ("entities", "schools", "include", "exclusions")
            ],
            _("la méthode"): lambda run: (run.run["method"], run.run["method_version"], run.run["view"]),
            _("les facteurs"): lambda run: (run.run["factor_set"], run.run["catalogue"]["edition"]),
        }
        return [what for what, key in seen.items() if any(key(run) != key(self) for run in years)]

    @cached_property
    def families_by_part(self) -> list[Row]:
        """The number of items of each family in each part, the most first."""
        return self.rows("""
            SELECT family, part, sum(quantity::DOUBLE) AS quantity FROM equipment
            GROUP BY family, part ORDER BY quantity DESC, family""")

    def _quantities(self, column: str) -> dict[str, float]:
        rows = self.rows(f"SELECT {column} AS code, sum(quantity::DOUBLE) AS quantity FROM equipment GROUP BY {column}")
        return {row["code"]: row["quantity"] for row in rows}


def answers(row: Row) -> bool:
    """A factor set that is the run's own, or that gives enough of the total to say something of its own."""
    return row["own"] or (row["own_share"] or 0) >= SPEAKS


def common_top(entities: list[str]) -> str:
    """The levels that every entity of a hierarchy shares, not to be repeated on each row: « Département > »."""
    levels = [entity.split(" > ") for entity in entities]
    if len(levels) < 2:
        return ""
    shared = 0
    while len({tuple(path[: shared + 1]) for path in levels}) == 1 and min(map(len, levels)) > shared + 1:
        shared += 1
    return "".join(f"{name} > " for name in levels[0][:shared])


def first_labels(labels: list[str]) -> list[str]:
    """The first labels, and how many follow."""
    rest = len(labels) - _LABELS
    return labels if rest <= 1 else [*labels[:_LABELS], _("et {n} autres").format(n=rest)]


def _folded(rows: list[Row], top: int, label: str) -> list[Row]:
    """The first rows, the rest summed in one without interval; one row alone is never folded."""
    if len(rows) <= top + 1:
        return rows
    # No interval is known for a sum of rows: it is shown as a share, never as a value without one.
    return [*rows[:top], {**_sum(rows[top:], label), "mean": None}]


def _sum(rows: list[Row], label: str) -> Row:
    known = {name: [row[name] for row in rows if row.get(name) is not None] for name in ("share", "quantity")}
    return {
        "code": None,
        "label": label,
        "mean": sum(row["mean"] for row in rows),
        "low": None,
        "high": None,
        **{name: sum(values) if values else None for name, values in known.items()},
    }
