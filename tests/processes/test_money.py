"""Money: the budget, the forecast, the ladder of answers, reserves and section 114."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.money import Loan, Money, Rung, forecast, steps_asked
from demandsim.scenario.scenario import NO_ADOPTION, RESPONSES, Adoption, Budget
from tests.toy import toy_model

BASE = 1_000_000.0


def budget(**changes: Any) -> Budget:
    fields: dict[str, Any] = {
        "basis": "real",
        "cut_percent": 0.0,
        "cut_years": 8.0,
        "real_growth_percent_per_year": 0.0,
        "reserves_percent": 6.0,
        "ring_fence_prevention": False,
    }
    return Budget(**(fields | changes))


def council(margin: float = 0.0, adoption: Adoption = NO_ADOPTION, **changes: Any) -> tuple[Any, Money]:
    """A model whose run-in spent a million a month."""
    model = toy_model(500)
    model.policy = SimpleNamespace(budget=budget(**changes), adoption=adoption, responses=RESPONSES)
    process = Money(Numbers({"money.margin": margin}))
    model.settling, model.month = True, -24
    for _ in range(24):
        month(model, process, BASE if model.month >= -12 else 5 * BASE)
    model.settling = False
    process.settled(model)
    return model, process


def month(model: Any, process: Money, spend: float) -> Any:
    model.ledger.cost("home_care", "council", spend)
    process.step(model)
    closed = model.ledger.close()
    model.month += 1
    return closed


def year(model: Any, process: Money, spend: float) -> list[Any]:
    return [month(model, process, spend) for _ in range(12)]


def state(model: Any) -> dict[str, float]:
    names = ("threshold_shift", "trim", "visit_cut", "fee_cut", "working_age_trim", "income_rise")
    return {"prevention": 1 - model.council.prevention_share} | {n: getattr(model.council, n) for n in names}


def test_base_budget_is_the_last_year_of_the_run_in_and_the_margin() -> None:
    model, _ = council(margin=0.02)
    assert model.council.budget == pytest.approx(12 * BASE * 1.02)


def test_no_answers_and_no_balance_in_the_run_in() -> None:
    model = toy_model(500)
    process = Money(model.numbers)
    model.settling = True
    for k in range(24):
        closed = month(model, process, BASE * (1 + k))
        assert closed.totals == {}
    assert not any(state(model).values())


def test_a_year_on_budget_changes_nothing() -> None:
    model, process = council()
    months = [m for _ in range(3) for m in year(model, process, BASE)]
    assert not any(state(model).values())
    assert sum(m.totals["council_balance"] for m in months) == pytest.approx(0, abs=1)
    assert model.council.reserves == pytest.approx(0.06 * 12 * BASE)
    assert sum(m.totals.get("section_114", 0) for m in months) == 0


def test_cut_comes_in_equal_steps_and_stays() -> None:
    model, process = council(cut_percent=30.0)
    budgets = []
    for _ in range(10):
        year(model, process, BASE)
        budgets.append(model.council.budget / (12 * BASE))
    assert budgets[0] == pytest.approx(1 - 0.3 / 8)
    assert budgets[7:] == pytest.approx([0.7, 0.7, 0.7])


@pytest.mark.parametrize(("basis", "expected"), [("per_need", 1.2), ("per_head", 0.5), ("real", 1.0)])
def test_budget_follows_its_basis(basis: str, expected: float) -> None:
    model, process = council(basis=basis)
    model.need_index = 1.2
    model.base_people = 1000.0
    month(model, process, BASE)
    assert model.council.budget == pytest.approx(expected * 12 * BASE)


def test_forecast_is_spend_so_far_and_the_pace_of_three_months() -> None:
    assert forecast(30.0, 3, [1.0, 10.0, 10.0, 10.0]) == pytest.approx(120.0)
    assert forecast(120.0, 12, [10.0]) == 120.0


@pytest.mark.parametrize(("gap", "steps"), [(-0.05, 0), (0.015, 0), (0.016, 1), (0.03, 2), (0.2, 3)])
def test_bigger_gaps_ask_for_more_steps(gap: float, steps: int) -> None:
    _, process = council()
    assert steps_asked(gap, process.rules) == steps


def test_a_rung_stops_at_its_year_and_at_its_bound() -> None:
    rung = Rung(step=0.10, most_a_year=0.60, bound=0.75)
    assert rung.open(5, 5, rung.bound)
    assert not rung.open(6, 6, rung.bound)
    assert rung.open(7, 0, rung.bound)
    assert not rung.open(8, 0, rung.bound)
    assert rung.size(8) == 0.75


def test_the_ladder_goes_down_in_order_within_its_limits() -> None:
    model, process = council()
    for _ in range(3):
        month(model, process, BASE * 1.10)
    assert state(model)["prevention"] == pytest.approx(0.30)
    for _ in range(3):
        month(model, process, BASE * 1.10)
    assert state(model)["prevention"] == pytest.approx(0.60)
    assert state(model)["threshold_shift"] == 0
    for _ in range(6):
        month(model, process, BASE * 1.10)
    after = state(model)
    assert after["prevention"] == pytest.approx(0.60)
    assert after["threshold_shift"] == pytest.approx(0.10)
    assert after["trim"] == pytest.approx(0.06)
    assert after["visit_cut"] == 5


def test_every_bound_holds_under_a_ruinous_overspend() -> None:
    model, process = council()
    for _ in range(20):
        year(model, process, BASE * 2)
    assert state(model) == pytest.approx(
        {
            "prevention": 0.75,
            "threshold_shift": 0.30,
            "trim": 0.15,
            "visit_cut": 15.0,
            "fee_cut": 0.15,
            "working_age_trim": 0.15,
            "income_rise": 0.05,
        }
    )
    assert model.council.section_114
    assert model.council.reserves == 0


def test_answers_are_taken_back_one_at_a_time_latest_first() -> None:
    model, process = council()
    year(model, process, BASE * 1.10)
    worst = state(model)
    months = [month(model, process, BASE * 0.9) for _ in range(3)]
    eased = state(model)
    assert months
    assert sum(eased[name] < worst[name] for name in worst) == 1
    for _ in range(40):
        month(model, process, BASE * 0.9)
    assert not any(state(model).values())


def test_ring_fence_spares_prevention_and_the_order_is_the_scenarios() -> None:
    model, process = council(ring_fence_prevention=True)
    year(model, process, BASE * 1.1)
    assert model.council.prevention_share == 1.0
    model, process = council()
    model.policy.responses = ("income",)
    year(model, process, BASE * 1.1)
    assert state(model) == pytest.approx(dict.fromkeys(state(model), 0.0) | {"income_rise": 0.02})


def test_income_is_paid_by_citizens_and_closes_the_gap() -> None:
    model, process = council()
    model.policy.responses = ("income",)
    year(model, process, BASE * 1.1)
    closed = month(model, process, BASE * 1.1)
    income = 0.02 * model.council.budget / 12
    assert closed.costs["local_tax", "citizen"] == pytest.approx(income)
    assert closed.costs["local_tax", "council"] == pytest.approx(-income)
    left = model.council.budget / 12 + income - 1.1 * BASE - model.council.repayment / 12
    assert closed.totals["council_balance"] == pytest.approx(left)


def test_balances_move_reserves_and_a_notice_needs_both() -> None:
    model, process = council()
    model.policy.responses = ()
    first = year(model, process, BASE * 1.04)
    reserves = (0.06 - 0.04) * 12 * BASE
    assert model.council.reserves == pytest.approx(reserves)
    assert first[-1].totals == pytest.approx(
        {"council_balance": -0.04 * BASE, "reserves": reserves, "council_debt": 0.0, "section_114": 0.0}
    )
    second = year(model, process, BASE * 1.04)
    assert second[-1].totals["section_114"] == 1.0
    third = year(model, process, BASE)
    assert third[-1].totals["section_114"] == 0.0
    assert model.council.section_114


def test_what_reserves_cannot_carry_is_borrowed_and_repaid_from_later_budgets() -> None:
    model, process = council()
    model.policy.responses = ()
    year(model, process, BASE * 1.10)
    owed = (0.10 - 0.06) * 12 * BASE
    assert model.council.debt == pytest.approx(owed)
    next_month = month(model, process, BASE)
    assert next_month.costs["debt", "council"] == pytest.approx(owed / 20 / 12)
    assert next_month.totals["council_balance"] == pytest.approx(-owed / 20 / 12)
    for _ in range(11):
        month(model, process, BASE)
    assert model.council.debt == pytest.approx(owed * (19 / 20 + 1 / 20))  # what is repaid is short, and borrowed again


def test_loans_are_repaid_in_equal_parts_and_then_gone() -> None:
    loan = Loan(year=2, amount=100.0, years=4)
    assert [loan.due(y) for y in range(2, 8)] == [0, 25, 25, 25, 25, 0]
    assert [loan.left(y) for y in range(2, 8)] == [100, 75, 50, 25, 0, 0]


def test_double_running_comes_out_of_reserves_and_asks_for_no_answers() -> None:
    adoption = Adoption(
        start_year=1,
        years=2.0,
        fidelity=1.0,
        never_take_share=0.0,
        training_hours_per_worker=0.0,
        start_strain_added=0.0,
        double_running_share=0.03,
        double_running_years=1.0,
    )
    model, process = council(adoption=adoption)
    model.council.older_share = 0.5
    year(model, process, BASE)
    full = model.council.reserves
    months = year(model, process, BASE)
    assert sum(m.costs["double_running", "council"] for m in months) == pytest.approx(0.03 * 0.5 * 12 * BASE)
    assert full - model.council.reserves == pytest.approx(0.03 * 0.5 * 12 * BASE)
    year(model, process, BASE)
    assert not any(state(model).values())


def test_older_peoples_share_is_frozen_with_the_budget() -> None:
    model, process = council()
    assert model.council.older_share == 1.0
    model.settling = True
    for _ in range(12):
        model.ledger.cost("working_age", "council", BASE / 4)
        month(model, process, BASE * 3 / 4)
    process.settled(model)
    model.settling = False
    assert model.council.older_share == pytest.approx(0.75)
    year(model, process, BASE)
    assert model.council.older_share == pytest.approx(0.75)


def test_books_are_kept_in_whole_pence() -> None:
    model, process = council()
    for _ in range(3):
        month(model, process, 0.1 + 0.2)
    assert model.council.spent == 0.90
