from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.open_door import OpenDoor, hear_out, refuse_by_new_rule
from demandsim.processes.team import Team
from tests.processes.door_town import chain, needy_town, run
from tests.toy import toy_model

RULES = read_rules(OpenDoor, Numbers())


def _door(hours: float, share: float) -> tuple[Any, Any, Team]:
    model = toy_model(2_000)
    model.practice = replace(model.practice, open_door_share=share)
    service = Team(model)
    service.open(hours)
    model.services["front_door"] = service
    return model, model.citizens.rows[:200], service


def test_a_closed_door_hears_nobody_and_takes_no_hours() -> None:
    model, rows, service = _door(1e6, 0.0)
    heard, _ = hear_out(model, rows, RULES)
    assert not heard.any()
    assert service.taken == 0
    assert not model.citizens.trust.any()


def test_an_open_door_takes_the_hours_it_gives_and_wins_trust() -> None:
    model, rows, service = _door(1e6, 0.5)
    heard, hours = hear_out(model, rows, RULES)
    assert heard.mean() == pytest.approx(0.5, abs=0.1)
    assert hours == pytest.approx(3.0)  # half an assessment
    assert service.taken == pytest.approx(heard.sum() * (3.0 - model.practice.door_hours))
    assert (model.citizens.trust[rows[heard]] == 10).all()
    assert not model.citizens.trust[rows[~heard]].any()
    assert model.ledger.close().people["heard_out"].sum() == heard.sum()


def test_nobody_is_heard_when_the_team_has_no_hours_left() -> None:
    model, rows, _ = _door(0.0, 1.0)
    assert not hear_out(model, rows, RULES)[0].any()
    model, rows, service = _door(25.0, 1.0)
    assert hear_out(model, rows, RULES)[0].sum() == 10
    assert service.taken == pytest.approx(25.0)


def test_only_who_would_have_been_helped_before_loses_trust_by_a_raised_threshold() -> None:
    model = toy_model(100)
    rows = model.citizens.rows[:3]
    seen = np.array([1.5, 1.75, 1.85])
    refuse_by_new_rule(model, rows, seen, 1.9, 0.2)
    assert not model.citizens.trust.any()
    model.council.threshold_shift = 0.2
    refuse_by_new_rule(model, rows, seen, 1.9, 0.2)
    assert model.citizens.trust[rows].tolist() == [0, -20, -20]


def test_more_are_answered_rightly_at_the_door_and_others_wait_longer() -> None:
    def year(**levers: float) -> tuple[float, float]:
        model = needy_town(12_000, **levers)
        months = run(model, chain(model), 12)
        heard = sum(float(m.people["heard_out"].sum()) for m in months if "heard_out" in m.people)
        return heard, sum(float(m.people["assessments"].sum()) for m in months)

    heard, assessed = year(open_door_share=1.0)
    none, usual = year()
    assert none == 0 < heard
    assert assessed < usual
