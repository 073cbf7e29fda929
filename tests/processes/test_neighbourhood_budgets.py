from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.community import Community
from demandsim.processes.letting_go import usual
from demandsim.processes.neighbourhood_budgets import NeighbourhoodBudgets, hood_money, share_out_breaks
from demandsim.scenario.terms import Terms
from tests.toy import toy_model

DENSE = {"soc.group_formation_without_catalyst": 120.0}
GRANT, BREAK = 4_000.0, 25.0


def _town(share: float, numbers: dict[str, float] | None = None) -> tuple[Any, Community, NeighbourhoodBudgets]:
    model = toy_model(10_000)
    numbers = {**DENSE, **(numbers or {})}
    community, budgets = Community(Numbers(numbers)), NeighbourhoodBudgets(Numbers(numbers))
    community.start(model)
    budgets.start(model)
    model.terms = Terms(neighbourhood_share=share)
    older = np.flatnonzero(model.citizens.age_months >= 780)
    model.citizens.care_given[older[::5]] = 40.0
    budgets.step(model)
    return model, community, budgets


def _month_of_breaks(model: Any) -> float:
    return float(model.practice.carer_break_hours * model.base_people_65 / 1e5 / 12)


def test_without_a_share_the_place_decides_alone_and_nothing_is_booked() -> None:
    model, community, _ = _town(0.0)
    assert hood_money(model) is None
    assert model.ledger.close().costs == {}
    assert (community._money(model) == 1.0).all()
    wanted = np.array([3.0, 3.0, 3.0])
    given, hours = share_out_breaks(model, np.arange(3), wanted, 5.0)
    assert given.tolist() == [3.0, 2.0, 0.0]
    assert hours == 5.0


def test_money_is_kept_whole_administration_included() -> None:
    model, community, _ = _town(0.5)
    local = hood_money(model)
    assert local is not None
    groups = np.count_nonzero(usual(model.groups))
    pot = 0.5 * (GRANT * groups + 12 * BREAK * _month_of_breaks(model))
    administration = 12 * model.ledger.close().costs["neighbourhood_administration", "council"]
    spent = local.groups.sum() + 12 * BREAK * local.breaks.sum()
    assert administration == pytest.approx(Numbers()["hood.administration"] * pot)
    assert spent + administration == pytest.approx(pot)
    community._pay(model)
    paid = 12 * model.ledger.close().costs["community", "council"]
    assert paid == pytest.approx(0.5 * GRANT * groups + local.groups.sum())


def test_poorer_neighbourhoods_win_less_a_head_unless_capacity_to_bid_is_equal() -> None:
    model, _, budgets = _town(1.0)
    local = hood_money(model)
    assert local is not None
    people = np.bincount(local.community[model.citizens.neighbourhood[model.citizens.rows]])
    a_head = budgets._bids(model, local) / people
    poor, rich = budgets._quintile == 0, budgets._quintile == 4
    ratio = a_head[poor].mean() / a_head[rich].mean()
    assert ratio == pytest.approx(Numbers()["soc.deprived_capacity_multiplier"])
    model, _, budgets = _town(1.0, {"soc.deprived_capacity_multiplier": 1.0})
    local = hood_money(model)
    assert local is not None
    assert budgets._bids(model, local) / people == pytest.approx(np.full(people.size, 1 / people.sum()))


def test_local_knowledge_sends_money_where_members_and_carers_are_and_none_sends_it_as_the_place_does() -> None:
    shares = {}
    for knowledge in (0.0, 1.0):
        model, _, budgets = _town(1.0, {"hood.knowledge": knowledge})
        local = hood_money(model)
        assert local is not None
        shares[knowledge] = budgets._split(model, local, 100.0, 100.0)
        meets = np.unique(local.community[model.groups.neighbourhood[usual(model.groups)]])
    assert shares[0.0] == pytest.approx(0.5)
    without = np.setdiff1d(np.arange(shares[1.0].size), meets)
    assert (shares[1.0][without] == 0.0).all()
    assert shares[1.0][meets].min() > 0.0


def test_breaks_stay_in_the_neighbourhood_that_paid_for_them() -> None:
    model, *_ = _town(1.0)
    local = hood_money(model)
    assert local is not None
    local.breaks[:] = 4.0
    home = model.citizens.neighbourhood
    here = np.flatnonzero(local.community[home] == 0)[:2]
    there = np.flatnonzero(local.community[home] == 1)[:2]
    carers = np.array([here[0], there[0], here[1], there[1]])
    given, hours = share_out_breaks(model, carers, np.array([3.0, 1.0, 3.0, 1.0]), 100.0)
    assert given.tolist() == [3.0, 1.0, 1.0, 1.0]
    assert hours == pytest.approx(4.0 * local.breaks.size)


def test_where_no_group_meets_money_for_groups_starts_one() -> None:
    model, community, _ = _town(1.0, {"hood.knowledge": 0.0})
    without = np.setdiff1d(
        np.arange(community._quintile.size), community._community[model.groups.neighbourhood[usual(model.groups)]]
    )
    before = model.terms
    formed = community._formation(model)
    local = hood_money(model)
    assert local is not None
    local.groups[without] = 10 * GRANT
    assert (community._formation(model)[without] > formed[without]).all()
    assert model.terms is before
