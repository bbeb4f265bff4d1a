"""The contradictions that an assembly would find: one case for each kind, and a plan that contradicts nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from estran.common.shipped import rows_by_code
from estran.portal.plan.models import Action, Budget, Objective, Reading, Strategy
from estran.portal.plan.money import count_money
from estran.portal.plan.objective_status import ObjectiveStatus
from estran.portal.publishing.contradictions import BudgetedAction, Facts, Statement, find_contradictions, read_numbers

PLACE = ("plan:strategy", None)


def objective(title: str, indicator: str, start: float, target: float) -> Objective:
    years = {"start_on": date(2023, 12, 31), "due_on": date(2030, 12, 31)}
    return Objective(pk=1, title=title, indicator=indicator, start=start, target=target, unit="%", **years)


def status(one: Objective, line: str = "ahead", **more: Any) -> ObjectiveStatus:
    return ObjectiveStatus(one, Reading(on=date(2025, 12, 31), value=more.pop("value", 13.5)), 10.0, line, **more)


def action(code: str = "A12", status: str = "doing", **more: Any) -> Action:
    return Action(pk=12, code=code, title="Refroidir la salle", status=status, **more)


def line(year: int, nature: str, forecast: float | None, actual: float | None = None) -> Budget:
    return Budget(year=year, nature=nature, forecast=forecast, actual=actual)


FALL = objective("Baisser l’empreinte de 30 %", "FP04", 0, -30)
REUSED = objective("Acheter 30 % de matériels réemployés", "AC01", 3.1, 30)
LAW: Any = SimpleNamespace(label="Achats issus du réemploi")
STRATEGY = Strategy(title="Stratégie", from_year=2023, to_year=2030, reduction=0.15, asked="Adopter le plan.")
LATE = action(status="late")
GIVEN = Statement("412 ordinateurs remis depuis la convention.", "A04", PLACE, 2024)
CLAUSES = Statement("Clauses dans tous les marchés de l’année.", "ONR-2.1", PLACE, 2025)
COUNTS = {"RE03": {2023: (60.0, 60.0), 2024: (120.0, 120.0)}, "AC04": {2025: (72.0, 72.0)}}
DROPPED = BudgetedAction(action(status="dropped"), [line(2027, "running", 5000)])
AFTER_ITS_END = BudgetedAction(action(ends_on=date(2025, 6, 30)), [line(2027, "investment", 60000)])
TWICE = BudgetedAction(action(), [line(2024, "investment", 60000), line(2027, "investment", 60000)])
CASES = {
    "projection_stale": Facts(stale=3),
    "projection_target": Facts(objectives=[status(FALL, led_to=-21.0)]),
    "two_targets": Facts(strategy=STRATEGY, base_year=2025, objectives=[status(FALL, led_to=-31.0)]),
    "title_indicator": Facts(objectives=[status(objective("Auditer tous les services", "IN01", 0, 100))]),
    "title_target": Facts(objectives=[status(objective("Garder les ordinateurs huit ans", "EQ01", 7.4, 7.8))]),
    "objective_law": Facts(objectives=[status(REUSED, law=LAW)]),
    "objective_actions": Facts(objectives=[status(REUSED, slipped=(LATE,))]),
    "indicator_cause": Facts(
        causes={"lifetime": -94.0}, objectives=[status(objective("Garder", "EQ01", 7.4, 8), "late", value=7.0)]
    ),
    "text_register": Facts(texts=[GIVEN, CLAUSES], counts=COUNTS),
    "year_session": Facts(session=date(2027, 6, 14), year=2025),
    "same_decision": Facts(strategy=STRATEGY, asked_before=("15 juin 2026", "Adopter le plan.")),
    "action_counted": Facts(this_year=2026, actions=[DROPPED]),
    "money_dates": Facts(actions=[AFTER_ITS_END]),
    "cost_twice": Facts(this_year=2026, actions=[TWICE]),
    "cost_stops": Facts(actions=[BudgetedAction(action(), [line(2025, "running", 42000, 40100)])]),
    "voted_now": Facts(voted=[{"what": "Garder huit ans", "field": "cible", "before": "7,8", "after": "8"}]),
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
def test_each_kind_is_seen_and_says_what_to_do(kind: str) -> None:
    alerts = find_contradictions(CASES[kind])
    assert {alert.kind for alert in alerts} == {kind}
    assert all(alert.text and alert.remedy and "{" not in alert.text + alert.remedy for alert in alerts)


def test_every_kind_of_the_table_has_its_case() -> None:
    assert set(CASES) == set(rows_by_code("contradictions"))


def test_what_agrees_raises_nothing() -> None:
    strategy = Strategy(title="Stratégie", from_year=2023, to_year=2030, asked="Prendre acte.")
    agreed = Facts(
        session=date(2026, 6, 15), this_year=2026, year=2025, strategy=strategy,
        objectives=[status(replace_target(FALL), led_to=-33.0), status(REUSED)],
        actions=[BudgetedAction(action(ends_on=date(2029, 12, 31)), [line(2027, "investment", 60000)])],
        texts=[replace(GIVEN, text="180 ordinateurs remis."), replace(CLAUSES, text="72 % du montant des marchés.")],
        counts=COUNTS, causes={"lifetime": -94.0},
    )  # fmt: skip
    assert find_contradictions(agreed) == []


def replace_target(one: Objective) -> Objective:
    return objective(one.title, one.indicator, one.start or 0, -30)


def test_a_number_is_read_as_people_write_it() -> None:
    assert read_numbers("huit ans, 1,35 et 12\u202f000 postes") == [8.0, 1.35, 12000.0]


def test_an_objective_is_never_ahead_alone_when_another_test_fails() -> None:
    assert status(FALL, led_to=-21.0).state == "not_led"
    assert status(FALL, led_to=-33.0).state == "on_track"
    assert status(REUSED, law=LAW).state == "behind" and "minimum légal" in status(REUSED, law=LAW).because
    assert status(REUSED, slipped=(LATE,)).state == "behind"
    assert status(REUSED, "reached").state == "held"
    assert status(REUSED, "unknown").state == "unmeasured" and status(REUSED, "unknown").because


class Lines(list[Budget]):
    """Lines of budget as a related manager gives them."""

    def all(self) -> list[Budget]:
        return self


def test_costs_new_savings_and_savings_already_won_are_three_lines() -> None:
    def costed(code: str, lines: list[Budget], **more: Any) -> Any:
        values = {"code": code, "status": "doing", "ends_on": None, "open": True} | more
        return SimpleNamespace(budgets=Lines(lines), **values)

    rule = costed("A01", [line(2026, "savings", 310000)], status="done", ends_on=date(2019, 12, 31), open=False)
    cooling = costed("A12", [line(2024, "investment", 60000), line(2027, "investment", 60000),
                             line(2028, "savings", 12000)])  # fmt: skip
    money = count_money([rule, cooling, costed("A02", [])], STRATEGY, 2023, 2030)
    assert money.costs["investment"] == {2027: 60000} and money.total("running") == 0
    assert (money.saved, money.won) == ({2028: 12000}, {2026: 310000})
    assert [one.line.year for one in money.unspent] == [2024]
    assert [one.code for one in money.uncosted] == ["A02"]
