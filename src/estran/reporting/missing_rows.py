"""What is missing from a run and the next measures, with their names: the rows that chapters and pages write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from estran.analysis.completeness import GapGroup, Measure, next_measures, read_gap_groups
from estran.catalogue.labels import Labels
from estran.common.language import _
from estran.engine import runs
from estran.reporting.figures import within_sentence

Row = dict[str, Any]
EUROS = ("spend_", "service_person_days")  # flows whose amount is in euros


def name_gap_groups(run: Path, names: Labels, criterion: str = "gwp") -> list[Row]:
    """Groups of gaps in words, the heaviest first (M6): label, causes, rows, rooms, units, place, at_most, remedy."""
    return [_named(group, names) for group in read_gap_groups(run, criterion)]


def name_measures(run: Path, names: Labels, criterion: str = "gwp") -> list[Row]:
    """The next measures worth making, in words, best first: label, gain, share of the interval, days, assumption."""
    return [_measure(measure, names) for measure in next_measures(run, criterion)]


def uncounted_money(run: Path, names: Labels, criterion: str = "gwp") -> list[Row]:
    """Euros that no figure counts for a criterion, by name of service; those of accounts to settle are in no row."""
    groups = [group for group in read_gap_groups(run, criterion) if group.item_type.startswith(EUROS) and group.units]
    rows = [{"label": _label(group, names), "euros": group.units} for group in groups]
    for spend in runs.read_json(run).get("to_settle", []):
        rows.append({"label": _("{name}, à régler").format(name=spend["name"]), "euros": spend["amount_eur"]})
    return sorted(rows, key=lambda row: -(row["euros"] or 0.0))


def _named(group: GapGroup, names: Labels) -> Row:
    causes: list[Row] = [{"code": code, "at_most": bound, **names.describe_gap(code)} for code, bound in group.causes]
    return {
        "code": group.item_type,
        "label": _label(group, names),
        "causes": causes,
        "remedy": causes[0]["remedy"] if causes else "",
        "rows": group.rows,
        "rooms": group.rooms,
        "units": group.units,
        "unit": names.describe_flow(group.item_type)["unit"],
        "entities": group.entities,
        "place": group.entity.rpartition(" > ")[2] or _("Entité non précisée"),
        "at_most": group.at_most,
        "bounded_by": names.label("item_type", group.bounded_by) if group.bounded_by else "",
    }


def _label(group: GapGroup, names: Labels) -> str:
    """The type; a service by its name, with the flow it is counted by; rows without a type by what they lack."""
    if group.item_type:
        name = names.label("item_type", group.item_type)
        return f"{group.service} ({name})" if group.service else name
    return names.describe_gap(group.causes[0][0])["label"] if group.causes else _("Type non précisé")


def _with_types(measure: Measure, names: Labels) -> str:
    """What to do, and the types that the doubt is most about."""
    labels = [names.label("item_type", code) for code in measure.about]
    known = [
        within_sentence(label).removesuffix(" (€)")
        for code, label in zip(measure.about, labels, strict=True)
        if label != code
    ]
    if not known:
        return measure.label
    return _("{measure} (surtout {types})").format(measure=measure.label, types=", ".join(known))


def _measure(measure: Measure, names: Labels) -> Row:
    return {
        "codes": list(measure.codes),
        "label": _with_types(measure, names),
        "about": _label(measure.group, names) if measure.group else "",
        "gain": measure.gain,
        "days": measure.days,
        "assumption": measure.assumption,
        "share": measure.share,
    }
