from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.closeness import Filling, GivingUp, Readiness
from tests.toy import toy_model


def _carers() -> tuple[Any, Any, Any]:
    model = toy_model(2_000)
    rows = model.citizens.rows[model.citizens.age_months[model.citizens.rows] >= 216]
    model.citizens.working[rows[::2]] = True
    model.citizens.limitation[rows[::3]] = 1.8
    return model, rows, np.arange(rows.size) % 5 == 0


@pytest.mark.parametrize("kind", [Filling, GivingUp])
def test_the_base_has_a_mean_of_one_that_is_frozen(kind: Any) -> None:
    model, rows, at_home = _carers()
    hours = np.linspace(20, 60, rows.size, dtype=np.float32)
    model.settling = True
    ready = Readiness(read_rules(kind, Numbers()))
    found = ready.of(model, rows, at_home, hours)
    assert np.average(found, weights=np.rint(hours)) == pytest.approx(1.0, abs=2e-3)
    model.settling = False
    usual = ready.usual
    model.citizens.limitation[rows] = 3.0
    ready.of(model, rows, at_home, hours)
    assert ready.usual == usual


def test_near_healthy_kin_without_work_fill_most_and_hold_out_longest() -> None:
    model, rows, _ = _carers()
    fill, give_up = (Readiness(read_rules(kind, Numbers())) for kind in (Filling, GivingUp))
    home = np.ones(rows.size, dtype=np.bool_)
    best = ~model.citizens.working[rows] & (model.citizens.limitation[rows] <= 1)
    assert fill.of(model, rows, home)[best].min() >= fill.of(model, rows, ~home).max()
    assert give_up.of(model, rows, home)[best].max() <= give_up.of(model, rows, ~home).min()
    model.citizens.work_lost[rows] = 100  # who gave up work for it is no longer torn between the two
    assert (fill.of(model, rows, home)[model.citizens.limitation[rows] <= 1] == np.float32(1.3)).all()


def test_without_effect_all_are_alike_to_the_bit() -> None:
    none = {f"carers.{what}_{of}": 0.0 for what in ("gap", "breakdown") for of in ("home", "work", "health")}
    model, rows, at_home = _carers()
    model.settling = True
    for kind in (Filling, GivingUp):
        assert (Readiness(read_rules(kind, Numbers(none))).of(model, rows, at_home) == 1.0).all()
