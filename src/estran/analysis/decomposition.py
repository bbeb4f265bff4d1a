"""Why the footprint changed between two runs: what is not comparable taken out first, then exact causes (D2 to D6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estran.analysis.decided_lives import DecidedLife, count_with_lives_of, decided_lives
from estran.analysis.drivers import DRIVERS, WHOLE, Year, decompose, total_differences
from estran.catalogue.codes import remedy_near
from estran.catalogue.labels import Labels
from estran.catalogue.labels import cause as cause_label
from estran.common import formatting
from estran.common.files import read_csv
from estran.common.language import _
from estran.common.normal_law import Z95
from estran.common.problems import CannotUse, Problem
from estran.common.sql import quoted
from estran.engine import runs
from estran.engine.perimeter import Perimeter
from estran.importing.reading import readers

if TYPE_CHECKING:
    import duckdb

SQL = Path(__file__).parent / "sql" / "comparison.sql"
DECIDED = "decided_life"
CAUSES = (DECIDED, "perimeter", "completeness", *DRIVERS)
NOT_OURS = ("grid", "factors")  # the drivers that no decision of the authority moves
SECTIONS = ("family", "part")
_LEAST_STEPS, _MOST_DIGITS = 5, 7  # of a change that is rounded


@dataclass(frozen=True)
class Part:
    """One total in both years and what each of CAUSES changed in it; `scope` is whole, family or part.

    `comparable` are both totals without what one perimeter or one year alone counts (D4), nor lives decided (D6).
    """

    scope: str
    name: str
    before: float
    after: float
    comparable: tuple[float, float]
    effects: dict[str, float]

    def moved(self, cause: str) -> bool:
        """The cause has an effect, beyond the last digits of the arithmetic."""
        return abs(self.effects[cause]) > 1e-9 * max(abs(self.before), abs(self.after))

    @property
    def delta(self) -> float:
        """The change at equal perimeter, completeness and decided lives: the sum of the effects of DRIVERS."""
        return fsum(self.effects[driver] for driver in DRIVERS)


@dataclass(frozen=True)
class Comparison:
    """Two runs compared on one criterion, impacts in its unit.

    `interval`: 95 % bounds of the change at equal perimeter and completeness, with the spread of the difference of both
    totals (D5). `sets`: factor set → totals before and after, the run's own first, those that say the same left out.
    `gap_rows`: rows not wholly computed before and after. `decided`: the lives decided, not yet observed, whose effect
    stands apart from the change (D6): interval and sets are without it.
    """

    before: dict[str, Any]
    after: dict[str, Any]
    criterion: str
    whole: Part
    parts: list[Part]
    interval: tuple[float, float]
    sets: dict[str, tuple[float, float]]
    gap_rows: tuple[int, int]
    decided: list[DecidedLife]

    @property
    def is_seen(self) -> bool:
        """The change is larger than the doubt: its interval does not hold 0 (Q13)."""
        return self.interval[0] > 0 or self.interval[1] < 0

    @property
    def contrary(self) -> list[str]:
        """The factor sets under which the whole moves the other way, or not at all."""
        delta = self.whole.after - self.whole.effects[DECIDED] - self.whole.before
        return [code for code, (old, new) in self.sets.items() if (new - old) * delta <= 0]


def compare_runs(before: Path, after: Path, criterion: str = "gwp", history: Sequence[Path] = ()) -> Comparison:
    """Explain the change of a criterion from one run to another, from their folders alone, without residue.

    `history`: the runs that observed lives are read from, the two by default. Errors: CannotUse (no run, another
    method, catalogue, factor set or view, a criterion that one lacks). (D2-D6)
    """
    old, new = runs.read_json(before), runs.read_json(after)
    _check_comparable(old, new, criterion, (before, after))
    decided = decided_lives(before, after, history)
    counted = count_with_lives_of(before, after, decided)
    with _open_groups((before, counted), (old, new), criterion) as db:
        effects = _decompose(db)
    if decided:
        _add_decided(effects, after, counted, criterion)
    parts = [
        Part(
            scope or "whole",
            name,
            row["before"],
            row["after"],
            (row["before"] - row["only_before"], row["after"] - row[DECIDED] - row["only_after"]),
            {cause: row[cause] for cause in CAUSES},
        )
        for (scope, name), row in effects.items()
    ]
    whole = parts.pop(0)
    parts.sort(key=lambda part: (part.scope, part.after - part.before))  # what fell most first
    sd = next((row.sd for row in total_differences(before, counted) if row.criterion == criterion), 0.0)
    gaps = [_column(run, "coverage", criterion, "criterion", "gap_rows").get(criterion, 0) for run in (before, after)]
    return Comparison(
        before=old,
        after=new,
        criterion=criterion,
        whole=whole,
        parts=parts,
        interval=(whole.delta - Z95 * sd, whole.delta + Z95 * sd),
        sets=_totals_by_set(before, counted, criterion),
        gap_rows=(int(gaps[0]), int(gaps[1])),
        decided=decided,
    )


def _totals_by_set(before: Path, after: Path, criterion: str) -> dict[str, tuple[float, float]]:
    old, new = (_column(run, "factor_sets", criterion, "factor_set", "mean") for run in (before, after))
    totals: dict[str, tuple[float, float]] = {}
    for code, mean in old.items():
        if code in new and (mean, new[code]) not in totals.values():
            totals[code] = (mean, new[code])
    return totals


def _check_comparable(old: dict[str, Any], new: dict[str, Any], criterion: str, folders: tuple[Path, Path]) -> None:
    facts = {
        _("la méthode"): lambda run: (run["method"], run["method_version"], run["options"]),
        _("le jeu de facteurs"): lambda run: run["factor_set"],
        _("le catalogue"): lambda run: run["catalogue"],
        _("la vue"): lambda run: run["view"],
    }
    problems = []
    if differ := [what for what, of in facts.items() if of(old) != of(new)]:
        what = _("Ces deux calculs ne se comparent pas, ils diffèrent par : {names}.").format(names=", ".join(differ))
        problems.append(
            Problem(what, _("Les recalculer d’abord ensemble avec « estran restate »."), file=str(folders[0]))
        )
    elif old["view"] != "stock":
        problems.append(
            Problem(
                _("La vue des achats de l’année ne se décompose pas : elle n’a pas de durée d’usage."),
                _("Comparer deux calculs de la vue « stock »."),
                file=str(folders[0]),
            )
        )
    for run, folder in ((old, folders[0]), (new, folders[1])):
        if criterion not in run["criteria"]:
            what = _("Ce calcul n’a pas le critère « {name} ».").format(name=criterion)
            remedy = remedy_near("criterion", criterion, run["criteria"])
            problems.append(Problem(what, remedy, file=str(folder)))
        elif not (folder / "groups.csv").exists():
            what = _("Ce calcul a été fait avant que les comparaisons existent.")
            remedy = _("Le recalculer avec « estran restate ».")
            problems.append(Problem(what, remedy, file=str(folder)))
    if problems:
        raise CannotUse(*problems)


def _column(run: Path, name: str, criterion: str, key: str, value: str) -> dict[str, float]:
    """Two columns of a file of the run, for a criterion."""
    rows = read_csv(run / f"{name}.csv")
    return {row[key]: float(row[value]) for row in rows if row["criterion"] == criterion}


def _add_decided(effects: dict[tuple[str, str], dict[str, float]], after: Path, counted: Path, criterion: str) -> None:
    """Add what the lives decided change: the second year as it is, less the one counted with the lives before (D6)."""
    moved: dict[tuple[str, str], list[float]] = {}
    for sign, folder in ((1, after), (-1, counted)):
        for group in read_csv(folder / "groups.csv"):
            if group["criterion"] == criterion:
                for key in (WHOLE, *((column, group[column]) for column in SECTIONS)):
                    moved.setdefault(key, []).append(sign * float(group["impact"]))
    for key, impacts in moved.items():
        effects.setdefault(key, _empty())[DECIDED] = fsum(impacts)
    for row in effects.values():
        row["after"] += row[DECIDED]


# ----------------------------------------------------------------------------------------- what is comparable (D4)


def _open_groups(folders: Iterable[Path], described: tuple[Any, Any], criterion: str) -> duckdb.DuckDBPyConnection:
    """A connection with what both runs count and what can be compared of it: the tables of sql/comparison.sql."""
    import duckdb
    import pyarrow as pa

    db = duckdb.connect(config={"threads": 1})
    for side, folder in enumerate(folders):
        groups = db.read_csv(str(folder / "groups.csv"), **readers.OWN_CSV)
        groups.filter(f"criterion = {quoted(criterion)}").create_view(f"groups{side}")
        db.read_csv(str(folder / "gaps.csv"), **readers.OWN_CSV).create_view(f"gaps{side}")
    scopes = [Perimeter(**run["perimeter"]) for run in described]
    entities = [
        row[0] or "" for row in db.sql("SELECT entity FROM groups0 UNION SELECT entity FROM groups1").fetchall()
    ]
    shared = [entity for entity in entities if all(scope.holds(entity) for scope in scopes)]
    outside = [use for use in scopes[0].include if not all(scope.include.get(use, True) for scope in scopes)]
    db.register("shared_entities", pa.table({"entity": pa.array(shared, pa.string())}))
    db.register("outside_uses", pa.table({"include": pa.array(outside, pa.string())}))
    db.execute(SQL.read_text("utf-8"))
    return db


def _decompose(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, float]]:
    """WHOLE first, then (column, value) → totals `before` and `after`, effect of each of CAUSES: no residue."""
    sums: dict[tuple[str, str], dict[str, float]] = {}
    for column in ("", *SECTIONS):
        _take_out_incomparable(db, column, sums)
    years = [_year(db, side) for side in (0, 1)]
    # Electricity that no item carries: x · G, whose factor is the grid. Shapley values of a sum are sums.
    grids = [Year(year.groups.slice(0, 0), _activities(db, side, "is_grid"), {}) for side, year in enumerate(years)]
    items = {driver: driver for driver in DRIVERS}
    for (before, after), causes in ((years, items), (grids, {"other": "other", "factors": "grid"})):
        for key, part in decompose(before, after, SECTIONS).items():
            row = sums.setdefault(key, _empty())
            row["before"] += part.before
            row["after"] += part.after
            for driver, cause in causes.items():
                row[cause] += part.effects[driver]
    order = sorted(sums, key=lambda key: (key != WHOLE, key))
    return {key: sums[key] for key in order}


def _empty() -> dict[str, float]:
    return dict.fromkeys(("before", "after", "only_before", "only_after", *CAUSES), 0.0)


def _take_out_incomparable(
    db: duckdb.DuckDBPyConnection, column: str, sums: dict[tuple[str, str], dict[str, float]]
) -> None:
    """Take perimeter and completeness out of both totals, and keep them as effects (D4)."""
    section = column or "''"
    query = f"SELECT side, cause, {section} AS section, COALESCE(SUM(impact), 0) FROM incomparable GROUP BY ALL"
    for side, cause, section, impact in db.sql(query).fetchall():
        row = sums.setdefault((column, section), _empty())
        row[cause] += impact if side else -impact
        for name in ("after", "only_after") if side else ("before", "only_before"):
            row[name] += impact


def _year(db: duckdb.DuckDBPyConnection, side: int) -> Year:
    groups = db.sql(f"""
        SELECT "group", zone, family, part, n,
            units * unit_kept / n AS units_per_item, kwh * kwh_kept / n AS kwh_per_item,
            COALESCE(unit_impact / NULLIF(units, 0), other_embodied, 0) AS embodied
        FROM covered WHERE side = {side}""").to_arrow_table()
    grid = db.execute(f"""
        SELECT zone, SUM(impact) / SUM(amount) FROM groups
        WHERE side = {side} AND common AND flow = 'electricity_kwh' AND amount <> 0 GROUP BY zone""").fetchall()
    return Year(groups, _activities(db, side, "NOT is_grid"), dict(grid))


def _activities(db: duckdb.DuckDBPyConnection, side: int, which: str) -> Any:
    return db.sql(f"""
        SELECT flow, family, part, amount, impact / amount AS factor FROM rest
        WHERE side = {side} AND {which} AND NOT only_here""").to_arrow_table()


# ---------------------------------------------------------------------------------------------------------- in words


@dataclass(frozen=True)
class RoundedChange:
    """A change as people read it: both totals, and the effect of each cause that moved, in steps that add up."""

    step: formatting.Step
    before: int
    after: int
    effects: dict[str, int]

    @property
    def delta(self) -> int:
        """The change at equal perimeter and completeness."""
        return sum(self.effects.get(driver, 0) for driver in DRIVERS)


def round_change(comparison: Comparison, lang: str, digits: int = 3) -> RoundedChange:
    """The change of the whole, rounded; finer than `digits` where it would otherwise read as next to nothing."""
    whole, unit = comparison.whole, Labels(lang).describe_criterion(comparison.criterion)["unit"]
    causes = [cause for cause in CAUSES if whole.moved(cause)]
    while True:
        step = formatting.step_beside(max(abs(whole.before), abs(whole.after)), unit, lang, digits)
        before, after = step.rounded(whole.before), step.rounded(whole.after)
        if abs(after - before) >= _LEAST_STEPS or digits == _MOST_DIGITS:
            shared = step.shared([whole.effects[cause] for cause in causes], after - before)
            return RoundedChange(step, before, after, dict(zip(causes, shared, strict=True)))
        digits += 1


def comparison_sentences(comparison: Comparison, labels: Labels) -> list[str]:
    """What changed, whether it is larger than the doubt, what we did and what came by itself, other factor sets."""
    years = {"before": comparison.before["year"], "after": comparison.after["year"]}
    name = "" if comparison.criterion == "gwp" else f" ({labels.label('criterion', comparison.criterion)})"
    if not any(map(comparison.whole.moved, DRIVERS)):
        nothing = _("De {before} à {after}, rien n’a changé{name}.").format(name=name, **years)
        return [nothing, *_apart(comparison, labels, round_change(comparison, labels.lang))]
    rounded = round_change(comparison, labels.lang)
    falls, step = comparison.whole.delta < 0, rounded.step
    goes = _("De {before} à {after}, l’empreinte{name} passe de {old} à {new} : elle baisse de {delta}, soit "
             "{share} ({interval}).")  # fmt: skip
    alike = _("De {before} à {after}, l’empreinte{name} passe de {old} à {new}. Comptée de la même façon les deux "
              "années, elle baisse de {delta}, soit {share} ({interval}).")  # fmt: skip
    if not falls:
        goes = _("De {before} à {after}, l’empreinte{name} passe de {old} à {new} : elle augmente de {delta}, "
                 "soit {share} ({interval}).")  # fmt: skip
        alike = _("De {before} à {after}, l’empreinte{name} passe de {old} à {new}. Comptée de la même façon les "
                  "deux années, elle augmente de {delta}, soit {share} ({interval}).")  # fmt: skip
    headline = goes if rounded.delta == rounded.after - rounded.before else alike
    base = comparison.whole.comparable[0]
    texts = [
        headline.format(
            name=name,
            old=step.cell(rounded.before),
            new=step.words(rounded.after),
            delta=step.words(abs(rounded.delta)),
            share=formatting.percent(abs(comparison.whole.delta) / base if base else None, labels.lang),
            interval=_change_interval(comparison, step, falls=falls),
            **years,
        )
    ]
    if not comparison.is_seen:
        texts.append(_("L’incertitude dépasse ce changement : on ne peut pas conclure."))
    else:
        texts.append(_("La baisse dépasse l’incertitude.") if falls else _("La hausse dépasse l’incertitude."))
    ours = [driver for driver in DRIVERS if driver not in NOT_OURS]
    texts += _caused(
        rounded, [one for one in ours if rounded.effects.get(one, 0) < 0], _("Ce qui l’a fait baisser : {causes}.")
    )
    texts += _caused(
        rounded, [one for one in ours if rounded.effects.get(one, 0) > 0], _("Ce qui l’a fait monter : {causes}.")
    )
    texts += _caused(
        rounded,
        [one for one in NOT_OURS if rounded.effects.get(one)],
        _("À part, car nous n’y sommes pour rien : {causes}."),
    )
    texts.append(_under_other_sets(comparison, labels))
    return [*texts, *_apart(comparison, labels, rounded)]


def _change_interval(comparison: Comparison, step: formatting.Step, *, falls: bool) -> str:
    """The bounds of a change: « entre 90 et 230 tonnes », or that it may be a fall as well as a rise."""
    low, high = (step.rounded(bound) for bound in comparison.interval)
    if low < 0 < high:
        text = _("entre une baisse de {low} et une hausse de {high}")
        return text.format(low=step.cell(-low), high=step.words(high))
    near, far = (abs(high), abs(low)) if falls else (low, high)
    return _("entre {low} et {high}").format(low=step.cell(near), high=step.words(far))


def _caused(rounded: RoundedChange, causes: list[str], sentence: str) -> list[str]:
    """The causes, the largest first, each with its effect; no sentence without any."""
    order = sorted(causes, key=lambda cause: -abs(rounded.effects[cause]))
    listed = ", ".join(
        f"{cause_label(cause)} ({rounded.step.cell(rounded.effects[cause], signed=True)})" for cause in order
    )
    return [sentence.format(causes=listed)] if listed else []


def _under_other_sets(comparison: Comparison, labels: Labels) -> str:
    """Whether the change is the same under the other factor sets."""
    if len(comparison.sets) < 2:
        return _("Un seul jeu de facteurs a été calculé.")
    if comparison.whole.moved("perimeter"):
        return _("Les périmètres diffèrent : le sens n’est pas vérifié avec les autres jeux de facteurs.")
    if comparison.contrary:
        names = ", ".join(labels.label("factor_set", code) for code in comparison.contrary)
        return _("Tous les jeux de facteurs ne le confirment pas : {names} dit le contraire.").format(names=names)
    return _("Les {n} jeux de facteurs essayés le confirment.").format(n=len(comparison.sets))


def _apart(comparison: Comparison, labels: Labels, rounded: RoundedChange) -> list[str]:
    """What is no change of the estate: lives decided, then what one perimeter or one year alone counts (D4, D6)."""
    sentences = {
        "perimeter": _("Le changement de périmètre compte à part : {delta}."),
        "completeness": _("Les données plus ou moins complètes comptent à part : {delta}."),
    }
    texts = []
    if comparison.decided:
        steps, effect = rounded.effects.get(DECIDED, 0), comparison.whole.effects[DECIDED]
        texts.append(_decided_sentence(comparison, labels, rounded.step.words(steps, effect, signed=True)))
    return texts + [
        sentence.format(delta=rounded.step.words(rounded.effects[cause], signed=True))
        for cause, sentence in sentences.items()
        if rounded.effects.get(cause)
    ]


def _decided_sentence(comparison: Comparison, labels: Labels, delta: str) -> str:
    """The lives decided, not yet observed, and what they change, which is no progress (D6)."""
    sentence = _(
        "Durée décidée, pas encore constatée, comptée à part : {delta} ({lives}). Ce n’est pas un progrès tant "
        "que le matériel n’a pas servi plus longtemps."
    )
    one = _("{what} de {before} à {after} ans")
    texts = [
        one.format(
            what=labels.label("item_type", life.item_type),
            **{side: formatting.number(getattr(life, side), labels.lang) for side in ("before", "after")},
        )
        for life in comparison.decided
    ]
    return sentence.format(delta=delta, lives=", ".join(texts))
