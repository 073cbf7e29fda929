from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.pooled_budget import PooledBudget, arranging_left, in_pool
from tests.toy import toy_model

HELD = slice(0, 400)
REABLED = slice(400, 600)


def _town(share: float, numbers: dict[str, float] | None = None) -> tuple[Any, PooledBudget]:
    """People held in hospital for two days each, and others who begin reablement after a stay, settled for a year."""
    model = toy_model(4_000)
    citizens = model.citizens
    citizens.admitted[HELD], citizens.delayed_days[HELD] = True, 2.0
    citizens.admitted_last[REABLED], citizens.reablement[REABLED] = True, 2
    process = PooledBudget(Numbers(numbers))
    process.start(model)
    model.settling = True
    for _ in range(12):
        process.step(model)
    model.settling = False
    process.settled(model)
    model.practice = replace(model.practice, pooled_share=share)
    model.ledger.close()
    process.step(model)
    return model, process


def test_without_a_pool_nothing_is_booked_and_everybody_waits_as_long() -> None:
    model, _ = _town(0.0)
    assert model.ledger.close().costs == {}
    assert (arranging_left(model, np.arange(50)) == 1.0).all()


def test_the_pool_moves_money_and_makes_none_but_for_its_management() -> None:
    model, _ = _town(1.0)
    costs = model.ledger.close().costs
    assert costs["pooled_budget", "council"] == pytest.approx(-costs["pooled_budget", "nhs"])
    pool = model.services["pooled_budget"]
    managed = costs["pool_management", "council"] + costs["pool_management", "nhs"]
    assert managed == pytest.approx(Numbers()["pool.management"] * pool.base_month)


def test_with_the_settled_level_each_pays_what_it_paid_alone() -> None:
    model, _ = _town(1.0)
    pool = model.services["pooled_budget"]
    assert model.ledger.close().costs["pooled_budget", "council"] == pytest.approx(0.0, abs=1e-6)
    assert pool.used == pytest.approx(pool.capacity)
    assert pool.overdrawn == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("days", "sign"), [(4.0, 1), (1.0, -1)])
def test_a_hospital_under_pressure_eats_the_council_s_money_and_a_calm_one_saves_it(days: float, sign: int) -> None:
    model, process = _town(1.0)
    model.ledger.close()
    model.citizens.delayed_days[HELD] = days
    process.step(model)
    assert np.sign(model.ledger.close().costs["pooled_budget", "council"]) == sign
    assert (model.services["pooled_budget"].overdrawn > 0) == (sign > 0)


def test_more_reablement_is_paid_by_the_nhs_as_well() -> None:
    model, process = _town(1.0)
    model.ledger.close()
    model.citizens.admitted_last[600:800], model.citizens.reablement[600:800] = True, 2
    process.step(model)
    assert model.ledger.close().costs["pooled_budget", "nhs"] > 0


def test_who_is_in_a_small_pool_is_in_a_large_one_and_waits_half_as_long() -> None:
    model, _ = _town(0.3)
    rows = np.arange(2_000)
    small = in_pool(model, rows)
    left = arranging_left(model, rows)
    assert small.mean() == pytest.approx(0.3, abs=0.05)
    assert (left == np.where(small, np.float32(0.5), 1)).all()
    model.practice = replace(model.practice, pooled_share=0.8)
    assert in_pool(model, rows)[small].all()


def test_without_its_assumed_effect_a_pool_shortens_nothing() -> None:
    model, _ = _town(1.0, {"pool.arranging_saved": 0.0})
    assert (arranging_left(model, np.arange(100)) == 1.0).all()


def test_a_price_of_delay_is_paid_to_the_nhs_for_people_outside_the_pool() -> None:
    model, process = _town(0.5, {"pool.delay_charge": 130.0})
    costs = model.ledger.close().costs
    outside = np.count_nonzero(~in_pool(model, np.arange(400)))
    assert costs["delay_charge", "council"] == pytest.approx(130.0 * 2.0 * outside)
    assert costs["delay_charge", "nhs"] == -costs["delay_charge", "council"]
    model.practice = replace(model.practice, pooled_share=1.0)
    process.step(model)
    assert model.ledger.close().costs["delay_charge", "council"] == 0.0
