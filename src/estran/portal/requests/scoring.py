"""The score of a request and the outcome it suggests; criteria not filled in are left out and listed (D01-D05)."""

from dataclasses import dataclass

from estran.common.language import _
from estran.common.shipped import row_labels, text_rows
from estran.portal.common import catalogue_rows
from estran.portal.requests.models import DECISIONS, GO, NO_GO, REDESIGN, Thresholds

GATE, VALUE, FRUGALITY = "gate", "value", "frugality"
HIGHEST_LEVEL = 4  # the highest level of a criterion
REQUIRED = ("S01", "S02")  # without them, or with a 0 on one of them, a request does not simply go
NEED, ALTERNATIVE, RULES, DUTY = "G01", "G02", "G03", "V01"


@dataclass(frozen=True)
class Score:
    """Shares of the weight (0 to 1, None without enough answers), what is missing, the outcome suggested and why."""

    value: float | None
    frugality: float | None
    missing: list[str]
    outcome: str
    why: str

    @property
    def outcome_label(self) -> str:
        """The outcome in words."""
        return DECISIONS[self.outcome] if self.outcome else _("la décision attend")


def score_request(levels: dict[str, int]) -> Score:
    """The score of the levels given, criterion → 0 to 4."""
    value, frugality = score_block(levels, VALUE), score_block(levels, FRUGALITY)
    missing = [label for code, label in row_labels("appraisal").items() if code not in levels]
    outcome, why = _outcome(levels, value, frugality)
    if levels.get(DUTY) == catalogue_rows.appraisal_rule("duty") and outcome == NO_GO:
        outcome, why = REDESIGN, _("c’est une obligation légale : retenir la variante la plus sobre")
    return Score(value, frugality, missing, outcome, why)


def score_block(levels: dict[str, int], block: str) -> float | None:
    """The score of a block over the criteria filled in; None when less than half of its weight is."""
    rows = [row for row in text_rows("appraisal") if row["block"] == block]
    whole = sum(float(row["weight"]) for row in rows)
    filled = [(float(row["weight"]), levels[row["code"]]) for row in rows if row["code"] in levels]
    weight = sum(part for part, _level in filled)
    if weight < whole * catalogue_rows.appraisal_rule("filled") / 100:
        return None
    return sum(part * level for part, level in filled) / (weight * HIGHEST_LEVEL)


def _outcome(levels: dict[str, int], value: float | None, frugality: float | None) -> tuple[str, str]:
    rule = {name: catalogue_rows.appraisal_rule(name) / 100 for name in ("value_go", "frugality_go", "value_redesign")}
    failing = [code for code in (NEED, RULES) if levels.get(code) == 0]
    if failing:
        return NO_GO, _("un préalable n’est pas rempli")
    if value is not None and value < rule["value_redesign"]:
        return NO_GO, _("la valeur est trop faible")
    waiting = [code for code in (NEED, ALTERNATIVE, RULES, *REQUIRED) if code not in levels]
    if waiting or value is None or frugality is None:
        return "", _("des réponses manquent : rien n’est compté à leur place")
    if levels[ALTERNATIVE] == 0:
        return REDESIGN, _("une autre voie reste à examiner")
    if value < rule["value_go"]:
        return REDESIGN, _("la valeur reste à établir")
    if frugality < rule["frugality_go"] or any(levels[code] == 0 for code in REQUIRED):
        return REDESIGN, _("la sobriété est insuffisante")
    return GO, _("préalables, valeur et sobriété suffisent")


def is_small(cost: float | None, items: int | None, thresholds: Thresholds) -> bool:
    """A request is small when its cost and its items are both known and within the thresholds: unknown is not small."""
    return cost is not None and items is not None and cost <= thresholds.cost and items <= thresholds.items
