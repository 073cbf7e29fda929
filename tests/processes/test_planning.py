from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.planning import Planning, made_together
from tests.processes.door_town import chain, needy_town, run
from tests.toy import toy_model


def _share(trust: int, share: float, numbers: dict[str, float] | None = None) -> float:
    model = toy_model(8_000)
    model.practice = replace(model.practice, together_share=share)
    model.citizens.trust[:] = trust
    return float(made_together(model, model.citizens.rows, read_rules(Planning, Numbers(numbers))).mean())


def test_the_share_is_the_practice_s_and_more_accept_who_trust_services() -> None:
    assert _share(0, 0.0) == 0
    assert _share(0, 0.5) == pytest.approx(0.5, abs=0.02)
    assert _share(40, 0.5) == pytest.approx(0.6, abs=0.02)
    assert _share(-40, 0.5) == pytest.approx(0.4, abs=0.02)
    assert _share(-40, 0.5, {"trust.accept": 0.0}) == _share(0, 0.5)


def _run(numbers: dict[str, float] | None = None, **levers: Any) -> tuple[Any, dict[str, float]]:
    model = needy_town(12_000, **levers)
    booked: dict[str, float] = {}
    for month in run(model, chain(model, numbers), 12):
        for name, cells in month.people.items():
            booked[name] = booked.get(name, 0.0) + float(cells.sum())
    return model, booked


def test_planning_together_takes_longer_so_that_fewer_are_assessed() -> None:
    _, plain = _run()
    model, together = _run({"plan.together_fit": 0.0}, together_share=1.0)
    assert together["assessments"] < plain["assessments"]
    assert together["plans_together"] == together["plans"] > 0
    assert model.citizens.together.any()
    served = model.citizens.arrangement > 0
    assert not (model.citizens.together & ~served & (model.citizens.waiting == 0)).any()  # it ends with the support


def test_a_plan_made_together_misses_less_often() -> None:
    _, plain = _run({"plan.together_hours": 0.0, "plan.together_fit": 0.0}, together_share=1.0)
    model, fits = _run({"plan.together_hours": 0.0, "plan.together_fit": 1.0}, together_share=1.0)
    assert fits["plans"] > 0.8 * plain["plans"]
    planned = model.citizens.together
    assert np.mean(model.citizens.plan_hours[planned]) > 0


def test_without_its_effects_and_hours_nothing_else_changes() -> None:
    none = {"plan.together_hours": 0.0, "plan.together_fit": 0.0}
    one, _ = _run(none)
    two, _ = _run(none, together_share=1.0)
    for name in ("arrangement", "plan_hours", "waiting", "unmet_hours", "concern"):
        np.testing.assert_array_equal(getattr(one.citizens, name), getattr(two.citizens, name), err_msg=name)
