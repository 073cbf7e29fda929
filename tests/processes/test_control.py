from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement, Band, Setting
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.control import ControlRules, book_control, control_of
from tests.toy import toy_model

RULES = read_rules(ControlRules, Numbers())


def _people() -> tuple[Any, Any]:
    model = toy_model(600)
    rows = model.citizens.rows[model.citizens.age_months[model.citizens.rows] >= 780]
    model.citizens.capability[rows] = 0.6
    return model, rows


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({}, 0.0),
        ({"capability": 0.8}, 0.6),
        ({"unmet": True}, -1.0),
        ({"arrangement": Arrangement.DIRECT_PAYMENT}, 0.5),
        ({"arrangement": Arrangement.HOME_CARE}, 0.0),
        ({"together": True}, 0.5),
        ({"setting": Setting.CARE_HOME}, -0.7),
        ({"relationship": 1.0}, 0.3),
    ],
)
def test_each_circumstance_moves_control_by_its_points(change: dict[str, float], points: float) -> None:
    model, rows = _people()
    for name, value in change.items():
        getattr(model.citizens, name)[rows] = value
    assert control_of(model.citizens, rows, RULES) == pytest.approx(6.8 + points, abs=1e-5)


def test_control_stays_on_its_scale() -> None:
    model, rows = _people()
    many = read_rules(ControlRules, Numbers({"value.control_capability": 6.0, "value.control_together": 1.0}))
    model.citizens.capability[rows], model.citizens.together[rows] = 1.0, True
    assert control_of(model.citizens, rows, many).max() <= 10
    model.citizens.capability[rows] = 0.0
    assert control_of(model.citizens, rows, many).min() >= 0


def test_it_is_booked_for_adults_who_need_help_and_changes_nobody() -> None:
    model, rows = _people()
    model.citizens.band[rows[:30]] = Band.MODERATE
    model.citizens.band[rows[30:40]] = Band.LOW
    before = {name: values.copy() for name, values in model.citizens.state().items()}
    book_control(model, RULES)
    assert model.ledger.close().people["control"].sum() == pytest.approx(30 * 6.8, rel=1e-5)
    for name, values in model.citizens.state().items():
        np.testing.assert_array_equal(values, before[name])
