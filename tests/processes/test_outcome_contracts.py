from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement, Band, Setting
from demandsim.parameters.register import Numbers
from demandsim.processes.outcome_contracts import (
    HOME_CARE,
    REABLEMENT,
    OutcomeContracts,
    enabling_goal,
    taken_on,
)
from demandsim.scenario.terms import Terms
from tests.toy import toy_model

CLIENTS = slice(0, 400)
REABLED = slice(400, 600)
PRICE = {"home_care": 40_000.0, "reablement": 0.0}


def _town(share: float = 0.5, numbers: dict[str, float] | None = None) -> tuple[Any, OutcomeContracts]:
    model = toy_model(4_000)
    citizens = model.citizens
    citizens.arrangement[CLIENTS], citizens.council_funded[CLIENTS] = Arrangement.HOME_CARE, True
    citizens.plan_hours[CLIENTS], citizens.band[CLIENTS] = 10.0, Band.MODERATE
    model.terms = Terms(results_share=share)
    process = OutcomeContracts(Numbers({"results.gaming_share": 0.0, **(numbers or {})}))
    process.start(model)
    return model, process


def _month(model: Any, process: OutcomeContracts) -> Any:
    """One month in which the council has spent the usual sum on home care; its books."""
    model.ledger.cost("home_care", "council", PRICE["home_care"])
    process.step(model)
    model.month += 1
    return model.ledger.close()


def _run(model: Any, process: OutcomeContracts, months: int) -> list[Any]:
    return [_month(model, process) for _ in range(months)]


def _paid(months: list[Any], payer: str) -> float:
    return float(sum(month.costs.get(("results", payer), 0.0) for month in months))


def test_nothing_is_booked_and_nobody_passed_over_while_nothing_is_paid_by_results() -> None:
    model, process = _town(0.0)
    process._service(model).prospects[:] = 0.1
    months = _run(model, process, 14)
    assert all(set(month.costs) == {("home_care", "council")} for month in months)
    assert taken_on(model, np.arange(100), HOME_CARE).all()
    assert enabling_goal(model) == model.practice.goal_share


def test_what_the_council_pays_or_keeps_is_what_providers_gain_or_lose() -> None:
    model, process = _town()
    model.citizens.band[:200] = Band.HIGH  # at the start; half get worse later
    months = _run(model, process, 6)
    model.citizens.band[100:300] = Band.VERY_HIGH
    months += _run(model, process, 8)
    assert _paid(months, "council") == pytest.approx(-_paid(months, "provider"))


def test_with_the_usual_outcomes_providers_get_the_plain_price_and_a_premium() -> None:
    usual = Numbers()["results.usual_home_care"]
    model, process = _town()
    months = _run(model, process, 12)
    model.citizens.band[: round(400 * (1 - usual))] = Band.HIGH
    months += _run(model, process, 1)
    at_stake = 0.5 * PRICE["home_care"]
    premium = Numbers()["results.risk_premium"] * at_stake
    assert _paid(months, "council") == pytest.approx(13 * premium)
    assert months[-1].people["outcomes_paid"].sum() == pytest.approx(400 * usual)
    managed = sum(month.costs["contract_management", "council"] for month in months)
    assert managed == pytest.approx(13 * Numbers()["results.contract_cost"] * at_stake)


@pytest.mark.parametrize(("gaming", "paid"), [(0.0, 0.0), (1.0, 400.0)])
def test_the_council_pays_less_when_outcomes_fail_unless_they_are_recorded_as_reached(
    gaming: float, paid: float
) -> None:
    model, process = _town(numbers={"results.gaming_share": gaming, "results.risk_premium": 0.0})
    months = _run(model, process, 12)
    model.citizens.band[CLIENTS] = Band.HIGH
    months += _run(model, process, 1)
    assert months[-1].people["outcomes_paid"].sum() == paid
    kept = _paid(months, "council")
    assert kept == pytest.approx(-12 * 0.5 * PRICE["home_care"]) if gaming == 0 else kept > 0


def test_who_died_or_moved_to_a_home_is_no_success() -> None:
    model, process = _town()
    _run(model, process, 12)
    model.citizens.setting[:100] = Setting.CARE_HOME
    model.citizens.release(np.arange(100, 200))
    (month,) = _run(model, process, 1)
    assert month.people["outcomes_paid"].sum() == 200


def test_reablement_pays_for_living_at_home_without_long_term_support() -> None:
    model, process = _town()
    citizens = model.citizens
    citizens.arrangement[CLIENTS], citizens.council_funded[CLIENTS] = Arrangement.NONE, False
    citizens.reablement[REABLED] = 2
    model.ledger.cost("reablement", "council", 200 * 2_000.0)
    process.step(model)
    citizens.reablement[REABLED] = 0
    citizens.council_funded[400:450] = True
    for _ in range(6):
        model.month += 1
        model.ledger.close()
        process.step(model)
    assert model.ledger.close().people["outcomes_paid"].sum() == 150


def test_providers_learn_who_succeeds_and_pass_over_the_others() -> None:
    """Nobody tells them whom to avoid: here those with dementia get worse within the year."""
    model, process = _town(0.0)
    citizens = model.citizens
    citizens.dementia[:200] = 12
    _run(model, process, 11)
    citizens.band[:200] = Band.HIGH
    _run(model, process, 2)
    citizens.band[:200] = Band.MODERATE
    model.terms = Terms(results_share=1.0)
    taken = taken_on(model, np.arange(400), HOME_CARE)
    assert taken[200:].all()
    assert taken[:200].mean() < 0.4
    month = model.ledger.close()
    assert month.people["passed_over"].sum() == np.count_nonzero(~taken)
    assert month.totals["passed_over_moderate"] == np.count_nonzero(~taken)


def test_selection_can_be_none_and_ends_with_the_council_s_duty() -> None:
    model, process = _town(1.0, {"results.selectivity": 0.0})
    process._service(model).prospects[:] = 0.2
    assert taken_on(model, np.arange(300), HOME_CARE).all()
    model, process = _town(1.0)
    process._service(model).prospects[:] = 0.2
    waited = np.repeat([0, 6], 150)
    taken = taken_on(model, np.arange(300), HOME_CARE, waited)
    assert taken[150:].all()
    assert not taken[:150].all()
    assert not taken_on(model, np.arange(300), REABLEMENT).all()


def test_the_more_is_paid_by_results_the_more_are_passed_over_and_the_same_people_first() -> None:
    model, process = _town(0.3)
    process._service(model).prospects[:] = 0.5
    little = taken_on(model, np.arange(400), HOME_CARE)
    model.terms = Terms(results_share=0.9)
    much = taken_on(model, np.arange(400), HOME_CARE)
    assert much.sum() < little.sum()
    assert little[much].all()


def test_effort_is_added_to_the_practice_s_goal_and_bounded() -> None:
    model, _ = _town(0.5)
    assert enabling_goal(model) == pytest.approx(model.practice.goal_share + 0.5 * Numbers()["results.effort"])
