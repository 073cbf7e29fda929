"""Home-care visits: how long they last, what they hold, and what they ask of workers."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.visits import VisitRules, longest_visits, visits
from tests.processes.door_town import needy_town

RULES = read_rules(VisitRules, Numbers())
ONE = np.ones(1)


def _one(relationship=0.0, goal=0.0, longest=30.0, barrier=1.0):
    return visits(RULES, 8 * ONE, relationship * ONE, barrier * ONE, goal, longest)


def test_a_visit_by_hand():
    week = _one()
    assert week.number == pytest.approx([24])
    assert week.minutes == pytest.approx([26])
    assert week.done == pytest.approx([1])
    assert week.together == pytest.approx([0])
    assert week.worker_hours == pytest.approx([24 * 34 / 60])


def test_a_longer_visit_alone_changes_nothing():
    short, long = _one(longest=30), _one(longest=45)
    assert all((getattr(short, name) == getattr(long, name)).all() for name in ("minutes", "done", "together"))


def test_fifteen_minutes_do_part_of_the_task_and_none_of_the_rest():
    stranger, known = _one(longest=15, goal=1.0), _one(relationship=1.0, longest=15, goal=1.0)
    assert stranger.done == pytest.approx([0.45])
    assert known.done == pytest.approx([0.75])
    assert stranger.together == known.together == pytest.approx([0])


def test_working_with_costs_worker_time():
    plain, enabling = _one(longest=45), _one(longest=45, goal=1.0)
    assert enabling.together == pytest.approx([1])
    assert enabling.worker_hours - plain.worker_hours == pytest.approx([24 * 10 / 60])
    half = _one(longest=45, goal=0.5)
    assert half.minutes == pytest.approx((plain.minutes + enabling.minutes) / 2)


def test_relationship_saves_minutes_and_barriers_cost_them():
    assert _one(relationship=0.5).minutes == pytest.approx([23])
    assert _one(barrier=1.8, longest=60).minutes == pytest.approx([30.8])


def test_cuts_to_visits_stop_at_the_floor():
    model = needy_town()
    model.council.visit_cut = 5.0
    assert longest_visits(model, 15) == (25, 30)
    model.council.visit_cut = 40.0
    assert longest_visits(model, 15) == (15, 30)
