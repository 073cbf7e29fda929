from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement, Concern, Disadvantage, Failure
from demandsim.parameters.register import Numbers
from demandsim.processes.delivery import Delivery
from demandsim.processes.home_care import home_care
from demandsim.processes.rushed import RushedVisits
from tests.processes.door_town import needy_town

ALIKE = {"group.multiple_rapport": 0.0, "group.minority_rapport": 0.0}
"""Rapport takes as long with everybody."""


def _visited(overrides=None, **levers):
    model = needy_town()
    Delivery(Numbers()).start(model)
    citizens = model.citizens
    rows = citizens.rows[citizens.age_months[citizens.rows] >= 780]
    citizens.arrangement[rows], citizens.council_funded[rows] = Arrangement.HOME_CARE, True
    citizens.plan_hours[rows] = 7.0
    citizens.dementia[rows[::3]] = 10
    model.practice = replace(model.practice, **levers)
    return model, RushedVisits(Numbers(overrides)), rows


@pytest.mark.parametrize("minutes", [30, 45])
def test_visits_as_long_as_they_were_leave_nothing_undone(minutes):
    """In the base a visit may end before its task, where rapport takes long: that is in the base year's contacts."""
    model, process, rows = _visited(visit_minutes=minutes)
    before = model.citizens.state()["concern"].copy()
    process.step(model)
    np.testing.assert_array_equal(model.citizens.concern, before)
    assert not model.citizens.failed_by[rows].any()
    assert home_care(model).undone == 0.0


def test_who_comes_back_is_as_many_as_is_left_undone():
    model, process, rows = _visited(ALIKE, visit_minutes=15)
    process.step(model)
    # A visit of 15 minutes has 9 for the task of 20; with dementia 4.2 instead of 19.2.
    undone = np.where(model.citizens.dementia[rows] > 0, 19.2 / 20 - 4.2 / 20, 11 / 20)
    assert home_care(model).undone == pytest.approx(undone.mean())
    back = model.citizens.failed_by[rows] == Failure.RUSHED
    assert back.mean() == pytest.approx(0.2 * undone.mean(), rel=0.25)
    assert (model.citizens.concern[rows[back]] == Concern.TASKS).all()
    assert not model.citizens.asked_in_vain[rows].any()


def test_a_cut_of_minutes_counts_like_a_lever():
    model, process, rows = _visited()
    model.council.visit_cut = 15.0
    process.step(model)
    assert (model.citizens.failed_by[rows] == Failure.RUSHED).any()


def test_a_cut_of_the_councils_minutes_rushes_nobody_who_pays_alone():
    model, process, rows = _visited()
    model.citizens.arrangement[rows], model.citizens.council_funded[rows] = Arrangement.PRIVATE, False
    model.council.visit_cut = 15.0
    process.step(model)
    assert not model.citizens.failed_by[rows].any()
    assert home_care(model).undone == 0.0


def test_who_knows_their_worker_is_rushed_less():
    left = []
    for trust in (0.0, 0.8):
        model, process, rows = _visited(visit_minutes=20)
        model.citizens.relationship[rows] = trust
        process.step(model)
        left.append(home_care(model).undone)
    assert left[1] < left[0]


def test_with_whom_rapport_takes_longer_for_their_standing_is_rushed_more():
    left = []
    for attribute in (0, Disadvantage.MULTIPLE):
        model, process, rows = _visited(visit_minutes=20)
        model.citizens.disadvantage[rows] = attribute
        process.step(model)
        left.append(home_care(model).undone)
    assert left[1] > left[0]


def test_nothing_comes_back_at_the_null():
    model, process, rows = _visited({"visit.rushed_return": 0.0}, visit_minutes=15)
    process.step(model)
    assert not model.citizens.failed_by[rows].any()
    assert not model.citizens.concern[rows].any()


def test_a_worry_that_has_gone_leaves_no_mark():
    model, process, rows = _visited({"visit.rushed_return": 0.0}, visit_minutes=15)
    model.citizens.failed_by[rows[:2]] = Failure.RUSHED
    model.citizens.concern[rows[0]] = Concern.TASKS
    process.step(model)
    assert model.citizens.failed_by[rows[:2]].tolist() == [Failure.RUSHED, Failure.NONE]
