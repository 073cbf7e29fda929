from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import Band, Setting
from demandsim.parameters.register import Numbers
from demandsim.processes.friendship import Friendship
from demandsim.scenario.terms import Terms
from tests.toy import toy_model

PEOPLE = 6_000


def _town(months: int = 0, numbers: Any = None) -> tuple[Any, Friendship]:
    model = toy_model(PEOPLE)
    model.month, model.settling = -24, True
    process = Friendship(numbers or Numbers())
    process.welcome(model, np.flatnonzero(model.citizens.alive))
    process.start(model)
    for month in range(months):
        model.month = -24 + month
        process.step(model)
    return model, process


def _held(model: Any) -> Any:
    ties = model.ties
    ends = np.concatenate([ties.a[ties.alive], ties.b[ties.alive]])
    return np.bincount(ends, minlength=model.citizens.size)


def test_ties_are_sound() -> None:
    model, _ = _town(6)
    ties = model.ties
    here = np.flatnonzero(ties.alive)
    assert here.size > 1_000
    assert (ties.a[here] != ties.b[here]).all()
    assert model.citizens.alive[ties.a[here]].all()
    assert (ties.strength[here] >= 5).all()
    assert _held(model).max() <= 8
    assert np.unique(ties.uid[here]).size == here.size
    gap = model.citizens.age_months[ties.a[here]].astype(int) - model.citizens.age_months[ties.b[here]]
    assert np.abs(gap).max() <= 15 * 12 + 96


def test_stock_of_friends_is_steady_in_the_run_in() -> None:
    # 24 months must not move the mean by more than 6 %: chance alone moves it by about 1.5 % (one sd).
    model, process = _town(1)
    adult = model.citizens.alive & (model.citizens.age_months >= 192)
    first = model.citizens.friends[adult].mean()
    for month in range(1, 24):
        model.month = -24 + month
        process.step(model)
    assert model.citizens.friends[adult].mean() == pytest.approx(first, rel=0.06)
    assert 0.8 < first < 1.8


def test_friends_are_the_ties_that_count() -> None:
    model, _ = _town(3)
    ties = model.ties
    strong = ties.counts & ties.alive
    ends = np.concatenate([ties.a[strong], ties.b[strong]])
    assert (np.bincount(ends, minlength=model.citizens.size) == model.citizens.friends).all()


def test_tie_of_a_weekly_group_counts_within_a_year() -> None:
    numbers = Numbers({"soc.friends_any_share": 0.0})
    model, process = _town(0, numbers)
    assert len(model.ties) == 0
    members = np.flatnonzero(model.citizens.alive & (model.citizens.age_months > 30 * 12))[:15]
    model.citizens.group[members] = 0
    counted = []
    for month in range(14):
        model.month = month
        model.settling = False
        process.step(model)
        counted.append(int(model.citizens.friends[members].sum()))
        if month == 12:
            assert model.citizens.new_friend[members].all()
    assert counted[9] == 0  # three quarters of sessions behind: 45 hours
    assert counted[12] == 15 * 4  # each meets four others
    assert not model.citizens.new_friend[members].any()  # new for a month
    assert _held(model)[members].tolist() == [4] * 15


@pytest.mark.parametrize("gain", [0.0, 0.02])
def test_new_friend_brings_capability_once(gain: float) -> None:
    model, process = _town(0, Numbers({"soc.friends_any_share": 0.0, "cap.tie": gain}))
    model.citizens.capability[:] = 0.6
    model.ties.admit(np.array([7], dtype=np.uint64))
    model.ties.a[:1], model.ties.b[:1] = 1, 2
    model.ties.strength[:1] = 100.0
    for month in (0, 1, 3):
        model.month = month
        process.step(model)
        assert model.citizens.capability[[1, 2]] == pytest.approx(0.6 + gain * 0.4)
    assert model.citizens.capability[3] == pytest.approx(0.6)


def test_ties_fade_with_the_half_life_once_let_go() -> None:
    model, process = _town(0, Numbers({"soc.tie_let_go": 0.0, "soc.tie_formation": 1e-9}))
    model.settling = False
    model.citizens.ties_wanted[:] = 0
    model.ties.admit(np.array([7], dtype=np.uint64))
    model.ties.a[:1], model.ties.b[:1] = 1, 2
    model.ties.strength[:1] = 100.0
    for month in range(18):
        model.month = month
        process.step(model)
    assert model.ties.strength[0] == pytest.approx(50.0, rel=1e-4)


def test_help_goes_from_the_able_to_friends_in_need_and_reciprocity_raises_it() -> None:
    def offers(numbers: Numbers) -> int:
        model, process = _town(1, numbers)
        frail = np.flatnonzero(model.citizens.alive & (model.citizens.age_months > 70 * 12))
        model.citizens.band[frail] = Band.MODERATE
        process.step(model)
        ties = model.ties
        given = np.flatnonzero(ties.help)
        helper = np.where(ties.help[given] > 0, ties.a[given], ties.b[given])
        helped = np.where(ties.help[given] > 0, ties.b[given], ties.a[given])
        assert (model.citizens.band[helped] == Band.MODERATE).all()
        assert (model.citizens.band[helper] == Band.NONE).all()
        assert (np.abs(ties.help[given]) >= 1.0).all()
        assert (np.abs(ties.help[given]) <= 3.0).all()
        assert (model.citizens.contributed_month[helper] == model.month).all()
        return given.size

    base = offers(Numbers())
    assert offers(Numbers({"soc.help_prob_baseline": 0.35})) > 1.5 * base > 0


def test_care_home_residents_get_no_neighbour_help() -> None:
    model, process = _town(1)
    frail = np.flatnonzero(model.citizens.alive & (model.citizens.age_months > 70 * 12))
    model.citizens.band[frail] = Band.HIGH
    model.citizens.setting[frail] = Setting.CARE_HOME
    process.step(model)
    assert not model.ties.help.any()


def test_same_seed_same_ties_and_copies_go_on_alike() -> None:
    model, process = _town(4)
    other, twin = copy.deepcopy(model), pickle.loads(pickle.dumps(process))
    for place, one in ((model, process), (other, twin)):
        place.month = -20
        one.step(place)
    for name in model.ties.columns:
        assert (getattr(model.ties, name) == getattr(other.ties, name)).all()


def test_who_is_shown_what_they_received_helps_friends_more_or_no_differently() -> None:
    def offers(share: float, received: float) -> int:
        model, process = _town(1, Numbers({"accounts.received": received, "accounts.gave": 0.0}))
        model.terms = Terms(visible_accounts_share=share)
        frail = np.flatnonzero(model.citizens.alive & (model.citizens.age_months > 70 * 12))
        model.citizens.band[frail] = Band.MODERATE
        model.citizens.council_funded[:] = True
        process.step(model)
        return int(np.count_nonzero(model.ties.help))

    assert offers(1.0, 0.6) > offers(0.0, 0.6) > offers(1.0, -0.2)
    assert offers(1.0, 0.0) == offers(0.0, 0.0)
