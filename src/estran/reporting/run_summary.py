"""What documents say of one run: read from its folder in SQL, named in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from estran.catalogue.labels import Labels
from estran.common.formatting import Step
from estran.common.language import _
from estran.common.vocabulary import limit
from estran.reporting import missing_rows
from estran.reporting.blocks import Source
from estran.reporting.figures import Row
from estran.reporting.run_files import RunFiles

_QUALITIES = ("high", "medium", "low")
_PARTS = ("administration", "schools", "services")
_TOP = 15  # entities shown before the rest is folded
_LABELS = 6  # of a list of labels
_PEOPLE = ("agents", "pupils", "teachers", "elected")


class RunSummary(RunFiles):
    """One run folder, asked for what documents say of it.

    Every list is made of plain rows (dicts); impacts are in the unit of their criterion, shares are 0 to 1,
    and a bound that is not known is None. `cited` is how paper cites the run. Raises `CannotUse` when the folder is not
    a run.
    """

    def __init__(self, path: Path, names: Labels, cited: str = "") -> None:
        super().__init__(path, names)
        self.cited = cited

    @property
    def too_large(self) -> bool:
        """Its inventory has too many rows for a report to read it again (limits.csv)."""
        return self.run["inventory"]["rows"] > limit("report_rows")

    @property
    def can_be_read_again(self) -> bool:
        """Its inventory is there, and small enough for a chapter to read it again."""
        return (self.path / "inputs" / "settings.json").exists() and not self.too_large

    @property
    def source(self) -> Source | None:
        """How paper cites the run beside its figures; None in a document of this run alone, and on a screen."""
        return Source(self.cited) if self.cited else None

    @cached_property
    def step(self) -> Step:
        """What the figures of sentences are rounded to, so that they add up."""
        return self.figures.step(self.carbon["mean"], self.carbon["unit"])

    def number(self, value: float) -> str:
        """An amount of climate change within a sentence, without its unit: « entre 950 et… »."""
        return self.step.cell(self.step.rounded(value))

    def words(self, value: float) -> str:
        """An amount of climate change within a sentence: « 1 170 tonnes »."""
        return self.step.words(self.step.rounded(value))

    # --- the figure ------------------------------------------------------------------------------------------------

    @cached_property
    def criteria(self) -> list[Row]:
        """Each criterion with its total, its interval, its coverage and its gaps; mandatory ones first."""
        rows = self.read("criteria")
        for row in rows:
            row |= self.names.describe_criterion(row["code"])
        return sorted(rows, key=lambda row: row["rank"])

    @cached_property
    def carbon(self) -> Row:
        """The climate change total, or a total of zero when the run did not compute it."""
        none: Row = {"mean": 0.0, "low": None, "high": None, "coverage": None, "rows": 0, "gap_rows": 0}
        counts = "SELECT rows::BIGINT AS rows, gap_rows::BIGINT AS gap_rows FROM coverage WHERE criterion = 'gwp'"
        none |= next(iter(self.rows(counts)), {})
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
        rows = self.rows("SELECT sum(amount::DOUBLE) AS kwh FROM amounts WHERE flow = 'electricity_kwh'")
        return rows[0]["kwh"] or 0.0

    # --- sub-totals ------------------------------------------------------------------------------------------------

    def subtotals(self, scope: str, criterion: str = "gwp") -> list[Row]:
        """A criterion by `part`, `family`, `stage` or `item_type`, the largest first, with its share."""
        rows = self.read("subtotals", scope, criterion)
        total = sum(row["mean"] for row in rows)
        return [row | {"share": row["mean"] / total if total else None} for row in self.labelled(scope, rows)]

    def counted(self, scope: str, criterion: str = "gwp") -> list[Row]:
        """The sub-totals by `family` or `item_type`, with the number of items."""
        rows = self.rows(f"SELECT {scope} AS code, sum(quantity::DOUBLE) AS quantity FROM equipment GROUP BY {scope}")
        counts = {row["code"]: row["quantity"] for row in rows}
        return [row | {"quantity": counts.get(row["code"])} for row in self.subtotals(scope, criterion)]

    @cached_property
    def parts(self) -> list[Row]:
        """Administration, middle schools, services: always apart, in this order (rule S2)."""
        return self.parts_of("gwp")

    def parts_of(self, criterion: str) -> list[Row]:
        """The three sub-totals of a criterion."""
        return sorted(self.subtotals("part", criterion), key=lambda row: _PARTS.index(row["code"]))

    @cached_property
    def stages(self) -> list[Row]:
        """Climate change by stage in the order of life, with the share of each stage in every main criterion."""
        rows = sorted(self.subtotals("stage"), key=lambda row: self.names.rank("stage", row["code"]))
        shares = self.read("stage_shares")
        share_of = {(row["stage"], row["criterion"]): row["share"] for row in shares}
        for row in rows:
            row["by_criterion"] = [share_of.get((row["code"], criterion["code"])) for criterion in self.main_criteria]
        return rows

    @cached_property
    def mandatory(self) -> list[Row]:
        """The mandatory criteria the run computed (rule S6)."""
        return [row for row in self.criteria if row["mandatory"]]

    @cached_property
    def main_criteria(self) -> list[Row]:
        """The mandatory criteria and the flow indicators the run computed (rules S6, F6)."""
        return [row for row in self.criteria if row["mandatory"] or row["flow_indicator"]]

    @cached_property
    def families(self) -> list[Row]:
        """Families of equipment and services, the heaviest first, with the number of items."""
        return self.counted("family")

    @cached_property
    def item_types(self) -> list[Row]:
        """Item types and flows, the heaviest first, with the number of items."""
        return self.counted("item_type")

    @cached_property
    def entities(self) -> list[Row]:
        """Entities that weigh most; the middle schools are one row, the rest another, without interval."""
        rows = self.read("entities")
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
        return self.read("schools")[0]

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
        """What climate change misses, by type or service, the heaviest first: see `name_gap_groups` (rules M3, M6)."""
        return missing_rows.name_gap_groups(self.path, self.names)

    @cached_property
    def measures(self) -> list[Row]:
        """The next measures worth making, best first: see `name_measures`."""
        return missing_rows.name_measures(self.path, self.names)

    @cached_property
    def uncounted_money(self) -> list[Row]:
        """Spends that climate change does not count: euros by name of service."""
        return missing_rows.uncounted_money(self.path, self.names)

    @cached_property
    def guards(self) -> list[Row]:
        """Rows set aside against double counting, and types out of scope, by rule (rules G1 to G8, X1)."""
        rows = self.read("guards")
        return [row | {"label": self.names.guard_label(row["rule"])} for row in rows]

    @cached_property
    def quality(self) -> list[Row]:
        """Quality of the inventory: share of rows and of climate change in high, medium, low (rule Q13, F14)."""
        return self.quality_of("gwp")

    def quality_of(self, criterion: str) -> list[Row]:
        """Quality of the inventory under a criterion."""
        rows = {row["class"]: row for row in self._classes("quality", criterion)}
        return [rows.get(name, {"class": name, "rows": 0, "rows_share": 0.0, "share": 0.0}) for name in _QUALITIES]

    @cached_property
    def origins(self) -> list[Row]:
        """Where lifetimes, electricity, zones and references come from (rule M1)."""
        kinds = ("lifetime_years", "kwh", "zone", "reference")
        return [{"kind": kind, **row} for kind in kinds for row in self._classes(kind)]

    def _classes(self, kind: str, criterion: str = "gwp") -> list[Row]:
        return self.read("classes", criterion, kind)

    @cached_property
    def uncertainty(self) -> list[Row]:
        """The five sources that make most of the uncertainty of climate change (rule Q13)."""
        return self.uncertainty_of("gwp")

    def uncertainty_of(self, criterion: str) -> list[Row]:
        """The five sources that make most of the uncertainty of a criterion."""
        rows = self.read("uncertainty", criterion)
        return [row | {"label": self.names.uncertainty_label(row["source"])} for row in rows]

    @cached_property
    def factor_sets(self) -> list[Row]:
        """The same amounts under every factor set, the run's own first (rule Q7)."""
        return self.factor_sets_of("gwp")

    def factor_sets_of(self, criterion: str) -> list[Row]:
        """A criterion under every factor set."""
        rows = self.labelled("factor_set", self.read("factor_sets", criterion))
        rows = [row | {"own": row["code"] == self.run["factor_set"]} for row in rows]
        return sorted(rows, key=lambda row: not row["own"])

    @cached_property
    def set_ranges(self) -> list[Row]:
        """Each criterion that several factor sets answer for: its lowest and highest total, the run's own among them.

        `sets`: the labels of the others, the one that changes most first. (Rule Q11.)
        """
        ranges = []
        for row in self.criteria:
            sets = [one for one in self.factor_sets_of(row["code"]) if answers(one)]
            apart = sorted(sets, key=lambda one: -abs(one["mean"] - row["mean"]))
            apart = [
                one for one in apart if not one["own"] and abs(one["mean"] - row["mean"]) > 1e-9 * abs(row["mean"])
            ]
            if apart:
                means = [row["mean"], *(one["mean"] for one in apart)]
                ranges.append(row | {"low": min(means), "high": max(means), "sets": [one["label"] for one in apart]})
        return ranges

    @cached_property
    def other_sets(self) -> list[Row]:
        """The factor sets that answer for themselves beside the one of the run, the one that changes most first."""
        others = [row for row in self.factor_sets if not row["own"] and answers(row)]
        return sorted(others, key=lambda row: -abs(row["mean"] - self.carbon["mean"]))

    # --- rooms and services ----------------------------------------------------------------------------------------

    @cached_property
    def rooms(self) -> list[Row]:
        """Computer rooms with their electricity and PUE (rules R1 to R7)."""
        return self.read("rooms")

    @cached_property
    def services(self) -> list[Row]:
        """Bought services that Estran computes; those that suppliers declare are in the headline (rule C5)."""
        rows = self.labelled("item_type", self.read("services"))
        return [row for row in rows if self.names.is_service(row["code"])]

    @cached_property
    def by_service(self) -> list[Row]:
        """Each bought service, what its figure rests on (use, money, its supplier's word) and its share of the total.

        None in runs of before 2026-12. Rules C3 to C7.
        """
        if not (self.path / "services.csv").exists():
            return []
        rows = self.read("by_service")
        return [row | {"label": row["service"] or self.names.label("item_type", row["flow"])} for row in rows]

    @cached_property
    def money(self) -> Row | None:
        """The share of the total that rests on money, and the services it comes from; None without any (C6)."""
        by_name: dict[str, float] = {}
        for row in self.by_service:
            if row["origin"] == "money":
                by_name[row["label"]] = by_name.get(row["label"], 0.0) + row["share"]
        heaviest = sorted(by_name.items(), key=lambda one: -one[1])
        return {"share": sum(by_name.values()), "names": heaviest} if by_name else None

    @cached_property
    def weak_factors(self) -> list[Row]:
        """Service factors below quality 5, by name (rule C1), and monetary ones."""
        rows = self.labelled("item_type", self.read("weak_factors"))
        return [row for row in rows if self.names.is_service(row["code"])]

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
        return self.read("families_by_part")


def answers(row: Row) -> bool:
    """A factor set that is the run's own, or that gives enough of the total to say something of its own."""
    return row["own"] or (row["own_share"] or 0) >= limit("factor_set_percent") / 100


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
