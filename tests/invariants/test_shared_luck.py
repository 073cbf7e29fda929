"""What a comparison person by person rests on: nobody's luck depends on anybody else, or on a lever left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from demandsim.model import DemandModel
from demandsim.parameters.register import Numbers, register
from demandsim.scenario.library import load_scenario
from demandsim.scenario.scenario import Scenario

SCALE = 0.01


def run(policy: Scenario, months: int, *, extra: bool = False) -> DemandModel:
    model = DemandModel(policy, scale=SCALE, rng=5)
    if extra:
        row = model.citizens.admit(np.array([1 << 50], dtype=np.uint64))
        model.citizens.age_months[row] = 60
        model.welcome(row)
    model.run_for(months)
    return model


def test_one_extra_citizen_changes_nobody_elses_draws() -> None:
    alone, joined = run(load_scenario("deficit"), 1), run(load_scenario("deficit"), 1, extra=True)
    columns = ("uid", "age_months", "deficits", "dementia", "fell_ill", "minor_event", "setback", "recent_loss", "scar")
    left = alone.citizens.select(alone.citizens.uid < 1 << 40).sort("uid", ascending=True)
    right = joined.citizens.select(joined.citizens.uid < 1 << 40).sort("uid", ascending=True)
    for name in columns:
        np.testing.assert_array_equal(left.get(name), right.get(name), err_msg=name)


def test_a_parameter_set_to_its_own_value_gives_the_base_digest() -> None:
    base = load_scenario("strengths")
    keys = ("carers.gap_fill_share", "need.capability_weight", "door.again")
    same = replace(base, numbers=Numbers({key: float(register()[key].value) for key in keys}))
    assert run(base, 4).digest() == run(same, 4).digest()


def test_a_lever_that_touches_nobody_gives_the_base_digest() -> None:
    """A cut of nothing, however fast it is made."""
    base = load_scenario("deficit")
    assert base.budget.cut_percent == 0
    faster = replace(base, budget=replace(base.budget, cut_years=2.0))
    assert run(base, 5).digest() == run(faster, 5).digest()


def test_names_are_only_names() -> None:
    """Swapping the names of two profiles changes nothing: no process reads one."""
    deficit, strengths = load_scenario("deficit"), load_scenario("strengths")
    swapped = replace(strengths, name=deficit.name, summary=deficit.summary)
    assert run(strengths, 4).digest() == run(swapped, 4).digest()
