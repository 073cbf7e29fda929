from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement
from demandsim.parameters.register import Numbers
from demandsim.processes.delivery import Delivery
from demandsim.processes.home_care import home_care
from demandsim.processes.learning import Learning, TeamTime
from demandsim.processes.team import knowledge, team
from tests.processes.door_town import chain, needy_town, run


def _town(faults=0.5, overrides=None, **levers):
    """Two teams whose faults are always the same share."""
    model = needy_town(2000, **levers)
    chain(model)
    process = Learning(Numbers(overrides))
    door, care = team(model), home_care(model)
    door.cases, door.faults, care.others = 100.0, 100.0 * faults, faults
    return model, process


def _months(model, process, months):
    for _ in range(months):
        process.step(model)


def test_learning_settles_where_what_is_won_is_lost_again():
    model, process = _town(learning_hours=2.0, mending_share=0.5)
    _months(model, process, 400)
    won, lost = 0.15 * 2.0 * 0.5 * 0.5, 0.02 + 0.15 / 12
    assert team(model).learnt == pytest.approx(won / (won + lost))
    assert team(model).mended == pytest.approx(0.3 * team(model).learnt)
    assert home_care(model).learnt == pytest.approx(won / (won + 0.02))


@pytest.mark.parametrize("nothing", [{"learning_hours": 0.0}, {"mending_share": 0.0}, {"faults": 0.0}])
def test_nothing_comes_of_nothing(nothing):
    model, process = _town(**{"learning_hours": 2.0, "mending_share": 0.5, **nothing})
    _months(model, process, 24)
    assert team(model).learnt == team(model).mended == home_care(model).learnt == 0.0


def test_what_was_learnt_is_forgotten_sooner_where_more_leave():
    left = []
    for leaving in (0.0, 0.03):
        model, process = _town()
        care = home_care(model)
        care.learnt, care.leaving = 0.8, leaving
        _months(model, process, 12)
        left.append(care.learnt)
    assert left == pytest.approx([0.8 * 0.98**12, 0.8 * 0.95**12])


def test_hours_of_learning_are_paid_and_missing_at_the_door():
    lost = []
    for hours in (0.0, 3.0):
        model = needy_town(learning_hours=hours)
        processes = chain(model)
        books = run(model, processes, 1)[0]
        lost.append((team(model).capacity, books.costs["assessment", "council"]))
    assert TeamTime(month_hours=150.0).share(model) == pytest.approx(0.02)
    assert lost[1][0] == pytest.approx(0.98 * lost[0][0])
    assert lost[1][1] == pytest.approx(lost[0][1])
    Learning(Numbers()).step(model)
    staff = float(model.workers.weight[model.workers.rows].sum())
    assert model.ledger.close().costs["learning", "council"] == pytest.approx(3.0 * 15 * staff)


def test_a_team_that_has_learnt_makes_fewer_of_its_faults():
    kept = np.array([0.9])
    plain, wise = knowledge(6.0, 3.0, kept, 5.0), knowledge(6.0, 3.0, kept, 5.0, 0.3)
    assert 1.0 - wise == pytest.approx(0.7 * (1.0 - plain))
    assert (knowledge(6.0, 3.0, kept, 5.0, 0.0) == plain).all()


def test_what_is_passed_on_between_workers_keeps_the_relationship():
    trust = []
    for mended in (0.0, 0.3):
        model = needy_town()
        delivery = Delivery(Numbers())
        delivery.start(model)
        citizens = model.citizens
        rows = citizens.rows[citizens.age_months[citizens.rows] >= 780]
        citizens.arrangement[rows], citizens.plan_hours[rows] = Arrangement.HOME_CARE, 7.0
        home_care(model).mended = mended
        for _ in range(12):
            delivery.step(model)
        trust.append(citizens.relationship[rows].copy())
    assert (trust[1] > trust[0]).all()


def test_without_effect_learning_costs_its_hours_and_changes_nothing_else():
    towns = []
    for share in (0.0, 1.0):
        model = needy_town(learning_hours=1.0, mending_share=share)
        processes = [*chain(model), Learning(Numbers({"learn.effect": 0.0}))]
        run(model, processes, 18)
        towns.append((model.citizens.state(), team(model).learnt))
    assert towns[0][1] == 0.0 < towns[1][1]
    for name, values in towns[0][0].items():
        np.testing.assert_array_equal(values, towns[1][0][name], err_msg=name)
