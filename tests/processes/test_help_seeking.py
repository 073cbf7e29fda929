from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import Concern, Setting
from demandsim.parameters.register import Numbers
from demandsim.processes.help_seeking import HelpSeeking, reached_by_connectors
from tests.processes.door_town import needy_town
from tests.toy import toy_model


def _seeking(model, **overrides):
    process = HelpSeeking(Numbers({key.replace("__", "."): value for key, value in overrides.items()}))
    process.welcome(model, model.citizens.rows)
    return process


def _plain(people=20_000, gap=8.0):
    """Adults at home with the same gap, the same readiness and nothing else."""
    model = toy_model(people)
    citizens = model.citizens
    citizens.age_months[citizens.rows] = 70 * 12
    citizens.hands_on[citizens.rows] = gap
    return model


def _steady(model, **overrides):
    process = _seeking(model, **overrides)
    model.citizens.contact_style[:] = 1
    return process


def test_readiness_has_mean_one_and_the_stated_spread():
    model = toy_model(20_000)
    _seeking(model)
    style = model.citizens.contact_style[model.citizens.rows].astype(np.float64)
    # Sd of the mean of 20,000 is 0.009: four of them, false alarm 1 in 16,000.
    assert style.mean() == pytest.approx(1, abs=0.04)
    assert np.log(style).std() == pytest.approx(1, abs=0.03)


def test_contact_rate_is_the_hazard_of_the_sentence():
    model = _plain()
    process = _steady(model, door__concern_older=0.0)
    process.step(model)
    hazard = Numbers()["door.base"] * 1.0 * 0.45
    chance = hazard / (1 + hazard / 2)
    got = model.citizens.contacted.sum()
    expected = 20_000 * chance
    assert abs(got - expected) < 4 * np.sqrt(expected)


def test_nobody_without_reason_asks():
    model = _plain(gap=0.0)
    _steady(model, door__concern_older=0.0).step(model)
    assert not model.citizens.contacted.any()


def test_who_asked_in_vain_asks_again_sooner():
    counts = []
    for again in (False, True):
        model = _plain()
        process = _steady(model, door__concern_older=0.0, door__again_fade=0.0)
        model.citizens.asked_in_vain[:] = again
        process.step(model)
        counts.append(model.citizens.contacted.sum())
    assert 3 < counts[1] / counts[0] < 8


def test_more_reason_never_unmakes_a_contact():
    low, high = _plain(gap=4.0), _plain(gap=12.0)
    for model in (low, high):
        _steady(model).step(model)
    assert not (low.citizens.contacted & ~high.citizens.contacted).any()
    assert high.citizens.contacted.sum() > low.citizens.contacted.sum()


def test_concern_comes_with_illness_fades_and_keeps_its_shares():
    model = _plain(gap=0.0)
    process = _steady(model, door__concern_older=0.0)
    citizens = model.citizens
    citizens.fell_ill[citizens.rows] = True
    process.step(model)
    worried = citizens.concern > 0
    assert worried.sum() == pytest.approx(10_000, abs=4 * np.sqrt(5_000))
    share = np.bincount(citizens.concern[worried], minlength=7)[1:] / worried.sum()
    assert share == pytest.approx([0.30, 0.15, 0.12, 0.15, 0.15, 0.13], abs=0.02)
    citizens.fell_ill[:] = False
    model.month += 1
    process.step(model)
    left = (citizens.concern > 0).sum() / worried.sum()
    assert left == pytest.approx(0.85, abs=0.015)


def test_again_ends_when_nothing_is_left_to_ask_for():
    model = _plain(gap=0.5)
    citizens = model.citizens
    citizens.asked_in_vain[citizens.rows] = True
    _steady(model, door__concern_older=0.0).step(model)
    assert not citizens.asked_in_vain.any()


def test_people_in_homes_children_and_free_rows_do_not_ask():
    model = needy_town()
    citizens = model.citizens
    resident = citizens.rows[::3]
    citizens.setting[resident] = Setting.CARE_HOME
    citizens.fell_ill[:] = True
    process = _seeking(model, door__base=50.0, door__concern_after_event=1.0)
    process.step(model)
    assert citizens.contacted.any()
    assert not citizens.contacted[resident].any()
    assert not citizens.contacted[~citizens.alive].any()
    assert not citizens.contacted[citizens.age_months < 216].any()
    assert (citizens.concern[citizens.age_months < 216] == Concern.NONE).all()


def test_coordinators_reach_as_many_as_they_can_cover():
    model = needy_town(connectors=8.3)
    assert reached_by_connectors(model, 12_000) == pytest.approx(0.996)
    model.council.prevention_share = 0.25
    assert reached_by_connectors(model, 12_000) == pytest.approx(0.249)
