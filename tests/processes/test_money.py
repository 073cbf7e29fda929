"""Money: the budget, the forecast, the ladder of answers, reserves and section 114."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.money import Loan, Money, forecast
from demandsim.scenario.scenario import NO_ADOPTION, RESPONSES, Adoption, Budget
from demandsim.scenario.terms import NOTHING_AGREED, Agreed, Terms
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


SEVEN = ("prevention", "threshold", "trim", "visits", "fees", "working_age", "income")
"""A list without the answers that take months to be felt."""


def council(
    margin: float = 0.0, adoption: Adoption = NO_ADOPTION, agreed: Agreed = NOTHING_AGREED, **changes: Any
) -> tuple[Any, Money]:
    """A model whose run-in spent a million a month."""
    model = toy_model(500)
    model.policy = SimpleNamespace(budget=budget(**changes), adoption=adoption, responses=SEVEN, agreed=agreed)
    process = Money(Numbers({"money.margin": margin}))
    model.settling, model.month = True, -24
    for _ in range(24):
        month(model, process, BASE if model.month >= -12 else 5 * BASE)
    model.settling = False
    process.settled(model)
    return model, process


def month(model: Any, process: Money, spend: float) -> Any:
    model.terms = Terms() if model.settling else model.policy.agreed.in_month(model.month)
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


def test_the_ladder_goes_down_in_order_within_its_limits() -> None:
    model, process = council()
    for _ in range(3):
        month(model, process, BASE * 1.06)
    assert state(model)["prevention"] == pytest.approx(0.40)  # three steps, and one more for a gap of 6 %
    for _ in range(3):
        month(model, process, BASE * 1.06)
    after = state(model)
    assert after["prevention"] == pytest.approx(0.60)
    assert after["threshold_shift"] == pytest.approx(0.10)
    assert after["trim"] == 0
    for _ in range(3):
        month(model, process, BASE * 1.06)
    after = state(model)
    assert after["trim"] == pytest.approx(0.06)
    assert after["visit_cut"] == 5


def test_every_bound_holds_under_a_ruinous_overspend() -> None:
    model, process = council()
    model.policy.responses = RESPONSES
    for _ in range(20):
        year(model, process, BASE * 2)
    assert state(model) == pytest.approx(
        {
            "prevention": 0.75,
            "threshold_shift": 0.30,
            "trim": 0.15,
            "visit_cut": 15.0,
            "fee_cut": 0.15,
            "working_age_trim": 0.25,
            "income_rise": 0.05,
        }
    )
    council_ = model.council
    assert (council_.extra_reviews, council_.rises_refused) == pytest.approx((1.0, 0.5))
    assert (council_.placement_cut, council_.posts_cut) == pytest.approx((0.4, 0.2))
    assert model.council.section_114
    assert model.council.reserves == 0


def test_answers_are_taken_back_one_a_quarter() -> None:
    model, process = council()
    year(model, process, BASE * 1.10)

    def steps() -> int:
        return sum(process.ladder._steps.values())

    taken = steps()
    for _ in range(3):
        month(model, process, BASE * 0.9)
    assert steps() == taken - 1
    for _ in range(3 * taken):
        month(model, process, BASE * 0.9)
    assert steps() == 0
    for _ in range(120):
        month(model, process, BASE * 0.9)
    assert not any(state(model).values())


def test_ring_fence_spares_prevention_and_the_order_is_the_scenarios() -> None:
    model, process = council(ring_fence_prevention=True)
    year(model, process, BASE * 1.1)
    assert model.council.prevention_share == 1.0
    model, process = council()
    model.policy.responses = ("fees",)
    year(model, process, BASE * 1.1)
    assert state(model) == pytest.approx(dict.fromkeys(state(model), 0.0) | {"fee_cut": 0.02})


def test_income_waits_for_the_new_tax_year_is_paid_by_citizens_and_closes_the_gap() -> None:
    model, process = council()
    model.policy.responses = ("income",)
    year(model, process, BASE * 1.1)
    assert model.council.income_rise == 0
    closed = month(model, process, BASE * 1.1)
    income = 0.02 * model.council.budget / 12
    assert model.council.income_rise == pytest.approx(0.02)
    assert closed.costs["local_tax", "citizen"] == pytest.approx(income)
    assert closed.costs["local_tax", "council"] == pytest.approx(-income)
    left = model.council.budget / 12 + income - 1.1 * BASE - model.council.repayment / 12
    assert closed.totals["council_balance"] == pytest.approx(left)


def test_working_age_packages_come_down_by_and_by_and_are_not_asked_for_twice() -> None:
    model, process = council()
    model.policy.responses = ("working_age",)
    year(model, process, BASE * 1.1)
    assert process.ladder.size("working_age") == pytest.approx(0.045)
    assert 0 < model.council.working_age_trim < 0.045
    model, process = council()
    model.policy.responses = ("working_age",)
    for _ in range(12):
        model.ledger.cost("working_age", "council", BASE * 1.018)
        month(model, process, 0.0)
    # One step of 1.5 % is to come, so that a gap of 1.8 % asks for no second.
    assert process.ladder.size("working_age") == pytest.approx(0.015)


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


# lines of the budget


def test_prevention_has_a_path_of_its_own_which_adds_to_the_budget_and_to_what_is_there() -> None:
    model, process = council(prevention_change_percent=50.0, cut_years=2.0)
    assert process._base_prevention == 0.0
    process._base_prevention = 0.1 * BASE
    year(model, process, BASE)
    assert model.council.budget == pytest.approx(12 * BASE * (1 + 0.1 * 0.25))
    assert model.council.prevention_share == pytest.approx(1.5)  # of the year to come
    year(model, process, BASE)
    assert model.council.budget == pytest.approx(12 * BASE * (1 + 0.1 * 0.5))


def test_the_base_of_prevention_is_what_the_run_in_spent_on_it() -> None:
    model = toy_model(500)
    process = Money(Numbers({"money.margin": 0.0}))
    model.settling, model.month = True, -12
    for _ in range(12):
        model.ledger.cost("carers", "council", 300.0)
        model.ledger.cost("community", "council", 200.0)
        month(model, process, BASE)
    process.settled(model)
    assert process._base_prevention == pytest.approx(500.0)


def test_what_children_take_more_is_missing_for_adults() -> None:
    model, process = council(childrens_growth_percent_per_year=5.0)
    year(model, process, BASE)
    assert model.council.budget == pytest.approx(12 * BASE)
    year(model, process, BASE)
    rules = process.rules
    assert model.council.budget == pytest.approx(12 * BASE * (1 - 0.05 * rules.childrens * rules.adults_of_rest))


# finance terms


def finance(start_year: int = 0, **terms: float) -> Agreed:
    return Agreed(terms=Terms(**terms), start_years=(0, 0, start_year))


def test_a_tax_freeze_is_the_councils_loss_and_the_citizens_gain_and_shuts_the_rung_of_income() -> None:
    model, process = council(agreed=finance(start_year=1, tax_freeze_years=2.0))
    model.policy.responses = ("income",)
    assert all(
        "local_tax" not in {s for (s, _), pounds in m.costs.items() if pounds} for m in year(model, process, BASE)
    )
    assert model.council.deal_year == -1
    frozen = year(model, process, BASE * 1.10)
    assert model.council.deal_year == 1
    gained = sum(m.costs["local_tax", "citizen"] for m in frozen)
    assert gained < 0
    assert gained == pytest.approx(-sum(m.costs["local_tax", "council"] for m in frozen))
    assert sum(m.totals["council_balance"] for m in frozen) == pytest.approx(-0.10 * 12 * BASE + gained)
    assert process.ladder.size("income") == 0
    year(model, process, BASE * 1.10)
    year(model, process, BASE * 1.10)
    assert process.ladder.size("income") > 0  # the freeze is over
    assert model.council.tax_forgone > 0  # and its level stays lower


def test_investment_is_lent_spent_on_prevention_and_repaid_in_full() -> None:
    model, process = council(agreed=finance(start_year=1, invest_percent=2.0, invest_years=1.0))
    process.rules = replace(process.rules, repay_years=4.0)
    model.policy.responses = ()
    year(model, process, BASE)
    assert model.council.invested == 0
    months = year(model, process, BASE) + year(model, process, BASE)
    lent = 0.02 * 12 * BASE
    assert -sum(m.costs.get(("invest_to_save", "council"), 0.0) for m in months) == pytest.approx(lent)
    assert model.council.invested == 0
    for _ in range(6):
        months += year(model, process, BASE)
    assert sum(m.costs.get(("invest_to_save", "central"), 0.0) for m in months) == pytest.approx(0, abs=1)
    assert sum(m.costs["debt", "council"] for m in months) == pytest.approx(lent)
    # Nothing was spent of it here: what is left over is what was lent, less what was repaid.
    assert sum(m.totals["council_balance"] for m in months) == pytest.approx(0, abs=1)


def test_what_an_investment_buys_costs_what_is_invested() -> None:
    model, process = council(agreed=finance(invest_percent=1.0, invest_years=3.0))
    month(model, process, BASE)
    c, rules = model.council, process.finance.rules
    pounds = (
        c.extra_connectors * model.base_people / 1e5 * rules.connector_year / 12
        + c.extra_break_hours * rules.break_hour
        + c.extra_rapid * rules.rapid_episode
        + c.extra_grants / 12
    )
    assert c.invested == pytest.approx(0.01 * BASE)
    assert pounds == pytest.approx(c.invested)
