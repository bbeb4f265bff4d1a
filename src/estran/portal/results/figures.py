"""What pages show of a run: read once from its folder when it is computed, kept beside it, never recomputed here."""

import json
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from django.db.models import F

from estran.analysis import decomposition
from estran.analysis.drivers import DRIVERS
from estran.catalogue.labels import Labels
from estran.common import formatting
from estran.common.language import _, current_language
from estran.common.problems import CannotUse
from estran.engine import runs
from estran.importing.row_corrections import describe_correction
from estran.portal.common import storage
from estran.portal.results.models import Run
from estran.reporting.run_summary import RunSummary, answers, common_top

Row = dict[str, Any]
NAME = "figures-7.json"  # another number when what is kept changes: older ones are then read again


class KeptSummary(RunSummary):
    """What pages show of a run, from figures kept beside it: its summary for climate change, breakdowns by criterion.

    `by_criterion`: what is shown (parts, families, stages, item_types, entities, factor_sets, quality, uncertainty) →
    criterion → its rows. `change`: what moved, or None; `mixed`: this flow view does not compare with the run.
    """

    by_criterion: dict[str, dict[str, list[Row]]]
    change: Row | None
    mixed: bool

    def __init__(self, values: Row) -> None:
        self.names, self.cited = Labels(), ""
        vars(self).update(values | {name: rows.get("gwp", []) for name, rows in values["by_criterion"].items()})

    def factor_sets_of(self, criterion: str) -> list[Row]:
        """A criterion under the factor sets that answer for themselves."""
        return self.by_criterion["factor_sets"].get(criterion, [])


def of(run: Run, view: str = Run.STOCK) -> KeptSummary:
    """The figures of a computed run in one of its views (see `read`)."""
    return keep(run.place_of(view) / NAME, partial(_values, run, view))


def keep(path: Path, values: Callable[[], Row]) -> KeptSummary:
    """The figures kept in a file of the language of the page, which is written first when it is not there."""
    if (language := current_language()) != "fr":
        path = path.with_stem(f"{path.stem}.{language}")
    if not path.exists():
        storage.write_json(path, values())
        _read_json.cache_clear()
    return KeptSummary(_read_json(path))


def _values(run: Run, view: str) -> Row:
    return read(run.folder_of(view)) | {
        "change": change(run) if view == Run.STOCK else None,
        # The flow view was computed from another catalogue or version than the run: they do not compare.
        "mixed": view == Run.FLOW and _tables_of(run.folder) != _tables_of(run.folder_of(Run.FLOW)),
    }


def read(folder: Path) -> Row:
    """The figures of a run folder, as JSON keeps them (see `KeptSummary`).

    Impacts are in the unit of their criterion; a row has label, mean, low, high, share and, where known, quantity.
    """
    summary = RunSummary(folder, Labels())
    named = ("year", "perimeter", "estran", "method", "view", "factor_set", "catalogue", "counts")
    breakdowns: dict[str, Callable[[str], list[Row]]] = {
        "parts": summary.parts_of,
        "families": partial(summary.counted, "family"),
        "stages": partial(summary.subtotals, "stage"),
        "item_types": partial(summary.subtotals, "item_type"),
        "entities": partial(entities, summary),
        "factor_sets": lambda code: [row for row in summary.factor_sets_of(code) if answers(row)],
        "quality": summary.quality_of,
        "uncertainty": summary.uncertainty_of,
    }
    shown = ("carbon", "criteria", "headline", "ratios", "gaps", "measures", "uncounted_money", "guards", "by_service")
    codes = [row["code"] for row in summary.criteria]
    return {
        "run": {name: summary.run[name] for name in named},
        **{name: getattr(summary, name) for name in shown},
        "by_criterion": {name: {code: rows(code) for code in codes} for name, rows in breakdowns.items()},
    }


def entities(summary: RunSummary, criterion: str) -> list[Row]:
    """The entities under a criterion, the largest first; the middle schools are one row, that opens their part."""
    rows = summary.rows(
        """
        SELECT coalesce(i.entity, '') AS code, i.mean::DOUBLE AS mean, i.low95::DOUBLE AS low, i.high95::DOUBLE AS high,
               i.mean::DOUBLE / NULLIF(sum(i.mean::DOUBLE) OVER (), 0) AS share, coalesce(e.school, false) AS school
        FROM intervals i
        LEFT JOIN (SELECT entity, bool_or(part = 'schools') AS school FROM equipment GROUP BY entity) e
            ON e.entity = i.entity
        WHERE i.entity <> '*' AND i.criterion = ? ORDER BY i.mean::DOUBLE DESC, i.entity""",
        criterion,
    )
    schools = [row for row in rows if row.pop("school")]
    shown = [row for row in rows if row not in schools]
    top = common_top([row["code"] for row in shown if row["code"]])
    shown = [row | {"label": row["code"].removeprefix(top) or _("Entité non précisée")} for row in shown]
    label = _("Collèges ({n})").format(n=len(schools))
    whole = [row for row in summary.parts_of(criterion) if row["code"] == "schools"]
    shown += [row | {"label": label, "part": row["code"]} for row in whole]
    return sorted(shown, key=lambda row: -row["mean"])


# --- what has changed --------------------------------------------------------------------------------------------


def change(run: Run) -> Row | None:
    """What moved since the run that this one corrects, else since the year before; None without one.

    `sentence` says it in one line, `said` in several; since the run that this one corrects, also what moved by item
    type and criterion (`types`, `criteria`) and the corrections of rows `added` and `undone`.
    """
    old = run.corrects or _year_before(run)
    if old is None:
        return None
    labels = Labels()
    try:
        comparison = decomposition.compare_runs(old.folder, run.folder)
        short, sentences = sentence(comparison, labels), decomposition.comparison_sentences(comparison, labels)
    except CannotUse:
        short = _(
            "une valeur, un facteur ou la méthode a changé entre les deux : l’écart n’est ni un progrès ni un recul"
        )
        sentences = [_("Les années se comparent recalculées ensemble, à la page « Années ».")]
    moved = {"number": old.pk, "year": old.year, "sentence": short, "said": sentences}
    none: Row = {"types": [], "criteria": [], "added": [], "undone": []}
    return moved | (_since(old, run) if run.corrects else none)


def _since(old: Run, run: Run) -> Row:
    """What moved since the run that another corrects, and the corrections of rows added and taken back between both."""
    before, after = read(old.folder), read(run.folder)
    totals = {row["code"]: row["mean"] for row in before["criteria"]}
    corrections = [
        {row["number"]: row for row in runs.read_json(one.folder).get("corrections", [])} for one in (old, run)
    ]
    return {
        "types": moved_types(before["by_criterion"]["item_types"]["gwp"], after["by_criterion"]["item_types"]["gwp"]),
        "criteria": [
            {name: row[name] for name in ("label", "unit")} | {"before": totals.get(row["code"]), "after": row["mean"]}
            for row in after["criteria"]
        ],
        "added": [_named(row) for number, row in corrections[1].items() if number not in corrections[0]],
        "undone": [_named(row) for number, row in corrections[0].items() if number not in corrections[1]],
    }


def _named(row: Row) -> Row:
    return {"number": row["number"], "what": describe_correction(row), "reason": row["reason"], "rows": row["rows"]}


def moved_types(before: list[Row], after: list[Row]) -> list[Row]:
    """The item types whose impact differs between two breakdowns, what moved most first: label, before, after."""
    labels = {row["code"]: row["label"] for row in (*before, *after)}
    means = [{row["code"]: row["mean"] for row in rows} for rows in (before, after)]
    rows = [
        {"label": labels[code], "before": means[0].get(code, 0.0), "after": means[1].get(code, 0.0)} for code in labels
    ]
    moved = [row for row in rows if abs(row["after"] - row["before"]) > 1e-9 * abs(row["before"] + row["after"])]
    return sorted(moved, key=lambda row: -abs(row["after"] - row["before"]))


def sentence(comparison: decomposition.Comparison, labels: Labels) -> str:
    """The change in one line: how much, and whether it is real or within the margin of doubt (rule D5)."""
    if not any(map(comparison.whole.moved, DRIVERS)):
        return _("rien n’a changé, à périmètre égal")
    delta, base = comparison.whole.delta, comparison.whole.comparable[0]
    share = formatting.percent(abs(delta) / base if base else None)
    unit = labels.describe_criterion(comparison.criterion)["unit"]
    amount = formatting.interval(delta, *comparison.interval, unit)
    if not comparison.is_seen:
        text = _("{amount} ({share}) : l’incertitude dépasse ce changement")
    elif delta < 0:
        text = _("{amount} ({share}) : la baisse dépasse l’incertitude")
    else:
        text = _("{amount} ({share}) : la hausse dépasse l’incertitude")
    return text.format(amount="+" * (delta > 0) + amount, share=f"{'+' if delta > 0 else '−'}{share}")


def _year_before(run: Run) -> Run | None:
    """The run of the year before that stands for it, made as this one: from inventories, or from an estimate."""
    computed = Run.counting.filter(organisation=run.organisation_id)
    return (
        computed.filter(year=run.year - 1, inventory__kind=run.inventory.kind)
        .order_by(F("baseline__decided_on").desc(nulls_last=True), "-computed_at").first()
    )  # fmt: skip


def _tables_of(folder: Path) -> Row:
    """The version of the method and the hashes of the catalogue that a run folder was computed with."""
    run = runs.read_json(folder)
    tables = {name: value for name, value in run["inputs"].items() if name.startswith("tables/")}
    return tables | {"version": run["method_version"]}


@lru_cache(maxsize=64)
def _read_json(path: Path) -> Row:
    return json.loads(path.read_text(encoding="utf-8"))
