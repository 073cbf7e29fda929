"""Training in a new practice: the hours it takes of the front-door team, and what trainers cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.front_door import FrontDoor
from demandsim.processes.team import team
from demandsim.scenario.scenario import NO_ADOPTION, Adoption
from tests.processes.door_town import needy_town

HALF_A_YEAR = replace(NO_ADOPTION, years=0.5, training_hours_per_worker=24.0)


def _door_in(month: int, adoption: Adoption) -> tuple[float, float, float]:
    """Hours the team has for people in a month, and what it and its training cost."""
    model = needy_town()
    model.policy.adoption, model.month = adoption, month
    process = FrontDoor(Numbers())
    process.start(model)
    process.step(model)
    costs = model.ledger.close().costs
    return team(model).capacity, costs["assessment", "council"], costs.get(("training", "council"), 0.0)


def test_the_team_is_trained_in_its_paid_hours_and_its_trainers_are_paid() -> None:
    hours, pay, nothing = _door_in(3, NO_ADOPTION)
    left, still, trainers = _door_in(3, HALF_A_YEAR)
    new_members = (3 / 6) * 24.0 * 0.15 / 12
    assert nothing == 0.0
    assert still == pay
    assert left == pytest.approx(hours * (1.0 - (4.0 + new_members) / 150.0))
    assert trainers == pytest.approx(hours * (4.0 + new_members) / 150.0 * 26)


def test_once_it_is_adopted_only_new_members_are_trained() -> None:
    hours, _, _ = _door_in(12, NO_ADOPTION)
    left, _, trainers = _door_in(12, HALF_A_YEAR)
    assert hours - left == pytest.approx(hours * 24.0 * 0.15 / 12 / 150.0)
    assert trainers == pytest.approx((hours - left) * 26)
