from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.wellbeing import Wellbeing
from tests.toy import toy_model


def _town(months: int = 24, numbers: Numbers | None = None) -> tuple[Any, Wellbeing]:
    model = toy_model(6_000)
    model.settling = True
    process = Wellbeing(numbers or Numbers())
    process.welcome(model, np.flatnonzero(model.citizens.alive))
    model.citizens.lonely[::15] = True
    for month in range(months):
        model.month = month - 24
        process.step(model)
    model.settling = False
    return model, process


def test_adults_have_the_published_mean_and_a_plausible_spread() -> None:
    model, _ = _town()
    adult = model.citizens.alive & (model.citizens.age_months >= 192)
    assert model.citizens.wellbeing[adult].mean() == pytest.approx(7.45, abs=0.01)
    assert 1.5 < model.citizens.wellbeing[adult].std() < 2.0
    assert model.citizens.wellbeing.min() >= 0
    assert model.citizens.wellbeing.max() <= 10


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"lonely": True}, -0.6),
        ({"limitation": 3.0}, -0.7),
        ({"limitation": 0.5}, 0.0),
        ({"unmet": True}, -0.4),
        ({"relationship": 1.0}, 0.3),
        ({"capability": 0.7}, 0.08),
        ({"strain": 0.7, "care_given": 55.0}, -0.5),
        ({"strain": 0.7, "care_given": 45.0}, 0.0),
        ({"strain": 0.5, "care_given": 55.0}, 0.0),
    ],
)
def test_each_circumstance_moves_wellbeing_by_its_points(change: dict[str, float], expected: float) -> None:
    model, process = _town(1)
    citizens = model.citizens
    citizens.lonely[:] = False
    citizens.wellbeing_luck[:] = -2.0
    process.step(model)
    before = citizens.wellbeing.copy()
    for name, value in change.items():
        getattr(citizens, name)[:] = value
    process.step(model)
    assert citizens.wellbeing - before == pytest.approx(expected, abs=1e-5)


def test_level_is_frozen_after_the_run_in() -> None:
    model, process = _town()
    level = process.level
    model.citizens.lonely[:] = True
    process.step(model)
    assert process.level == level


def test_effects_of_practice_can_be_none() -> None:
    model, process = _town(1, Numbers({"rel.wellbeing": 0.0, "value.lifesat_capability": 0.0}))
    process.step(model)
    before = model.citizens.wellbeing.copy()
    model.citizens.relationship[:] = 1.0
    model.citizens.capability[:] = 1.0
    process.step(model)
    assert (model.citizens.wellbeing == before).all()
