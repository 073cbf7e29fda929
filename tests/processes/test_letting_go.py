from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.community import Community
from demandsim.processes.letting_go import LettingGo, better_off, support_kept, usual
from demandsim.scenario.terms import Terms
from tests.toy import toy_model

DENSE = {"soc.group_formation_without_catalyst": 120.0}


def _town(share: float, numbers: dict[str, float] | None = None) -> tuple[Any, Community]:
    model = toy_model(10_000)
    process = Community(Numbers({**DENSE, **(numbers or {})}))
    process.start(model)
    model.terms = Terms(let_go_share=share)
    return model, process


def _quintile(model: Any, process: Community) -> Any:
    return process._quintile[process._community[model.groups.neighbourhood]]


def test_with_nothing_given_up_nothing_acts() -> None:
    model, process = _town(0.0)
    rules = LettingGo(Numbers())
    assert support_kept(model) == 1.0
    assert (rules.own_money(model, _quintile(model, process)) == 0.0).all()
    assert (rules.carried(model) == 0.0).all()
    assert (rules.rallied(model, np.ones(model.groups.size, dtype=np.bool_)) == 1.0).all()
    assert (process._money(model) == 1.0).all()


def test_grants_end_and_members_raise_less_than_what_went() -> None:
    model, process = _town(1.0)
    process.step(model)
    costs = model.ledger.close().costs
    assert costs["community", "council"] == 0.0
    groups = np.count_nonzero(usual(model.groups))
    assert 0 < costs["community", "citizen"] < 4_000 * groups / 12
    half, process = _town(0.5)
    process.step(half)
    assert half.ledger.close().costs["community", "council"] == pytest.approx(
        0.5 * 4_000 * np.count_nonzero(usual(half.groups)) / 12
    )


def test_poorer_places_raise_less() -> None:
    quintile = np.arange(5)
    assert better_off(quintile, 0.3).tolist() == pytest.approx([0.7, 0.85, 1.0, 1.15, 1.3])
    model, process = _town(1.0)
    model.groups.members[:] = 15
    raised = LettingGo(Numbers()).own_money(model, _quintile(model, process))
    poor, rich = _quintile(model, process) == 0, _quintile(model, process) == 4
    assert raised[poor].max() < raised[rich].min()


def test_survival_rests_on_volunteers_both_ways_and_is_zero_at_the_usual_number() -> None:
    model, _ = _town(1.0)
    rules, most = LettingGo(Numbers()), Numbers()["let_go.volunteers_carry"]
    for volunteers, carried in ((2, 0.0), (4, most), (16, most), (1, -most), (0, -most)):
        model.groups.volunteers[:] = volunteers
        assert rules.carried(model) == pytest.approx(carried)
    none = LettingGo(Numbers({"let_go.volunteers_carry": 0.0, "let_go.own_money": 0.0}))
    assert (none.carried(model) == 0.0).all()


def test_a_threatened_loss_rallies_volunteers_for_a_year() -> None:
    """The same town, told or not told: those who step up without the threat step up with it too."""
    counts = {}
    for share in (0.0, 1.0):
        model, process = _town(share)
        process._notice[:] = model.month
        members = np.flatnonzero(model.citizens.group >= 0)
        process._count(model, members, process._money(model))
        process._lead(model, members)
        counts[share] = np.count_nonzero(model.citizens.volunteer)
    assert counts[1.0] > counts[0.0]
    model, process = _town(1.0)
    process.step(model)
    assert (process._notice == model.month).all()
    calm = LettingGo(Numbers()).rallied(model, np.zeros(model.groups.size, dtype=np.bool_))
    assert (calm == 1.0).all()


def test_without_public_support_fewer_groups_last() -> None:
    left = []
    for share in (0.0, 1.0):
        model, process = _town(share, {"soc.group_formation_without_catalyst": 400.0})
        model.practice = replace(model.practice, group_grant_share=1.0)
        for month in range(24):
            model.month = month
            process.step(model)
        left.append(len(model.groups))
    assert left[1] < left[0]
