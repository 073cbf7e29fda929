from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement
from demandsim.parameters.register import Numbers
from demandsim.processes.peers import PeerSupport
from tests.processes.door_town import needy_town

POSTS = 100.0  # per 100,000 people: four in this town


def _town(overrides=None, posts=POSTS, months=40, crisis=0):
    model = needy_town(peer_supporters=posts)
    citizens = model.citizens
    rows = citizens.rows[citizens.age_months[citizens.rows] >= 780]
    citizens.arrangement[rows], citizens.ties_wanted[rows] = Arrangement.HOME_CARE, 4
    citizens.crisis[rows[citizens.band[rows] == 0][:crisis]] = 1
    process = PeerSupport(Numbers(overrides))
    process.start(model)
    for _ in range(months):
        citizens.enabling_hours[:] = 0
        process.step(model)
        books = model.ledger.close()
        model.month += 1
    return model, process, books


def test_supporters_must_be_found_and_empty_posts_are_not_paid():
    model, process, _ = _town(posts=0.0, months=1)
    model.practice = replace(model.practice, peer_supporters=POSTS)
    filled, paid = [], []
    for _ in range(48):
        process.step(model)
        filled.append(process.filled)
        paid.append(model.ledger.close().costs.get(("peers", "council"), 0.0))
        model.month += 1
    posts = POSTS * 4000 / 1e5
    assert filled[:2] == [0.0, 0.0]
    assert 0.0 < filled[2] < filled[4] < posts
    assert filled[-1] == pytest.approx(posts, rel=1e-3)
    assert paid == pytest.approx([each * 38_000 / 12 for each in filled])
    assert model.services["peers"].hired_hours == 0.0  # not home-care workers
    assert model.services["peers"].vacancy > 0.0


def test_posts_of_the_base_year_are_filled():
    _, process, _ = _town(months=1)
    assert process.filled == POSTS * 4000 / 1e5


def test_hours_given_are_hours_of_the_posts_at_half_weight():
    model, process, books = _town()
    given = process.filled * 70.0
    assert books.people["peer_hours"].sum() == pytest.approx(given)
    assert float(model.citizens.enabling_hours.sum(dtype=np.float64)) == pytest.approx(0.5 * given, rel=1e-5)
    assert books.costs == {("peers", "council"): pytest.approx(process.filled * 38_000 / 12)}
    service = model.services["peers"]
    assert service.used == pytest.approx(service.capacity) == pytest.approx(15 * process.filled)
    met = np.count_nonzero(model.citizens.enabling_hours)
    supported = np.count_nonzero(model.citizens.arrangement)
    assert met == int(np.ceil(service.capacity))
    assert service.waiting == supported - met


def test_crises_come_first_then_need():
    model, _, _ = _town(crisis=5)
    citizens = model.citizens
    met = citizens.enabling_hours > 0
    assert met[citizens.crisis > 0].tolist() == [True] * 5
    supported = (citizens.arrangement > 0) & (citizens.crisis == 0)
    assert citizens.band[met & supported].min() >= citizens.band[supported & ~met].max()


def test_without_posts_nothing_happens():
    model, process, books = _town(posts=0.0)
    assert process.filled == 0.0
    assert books.costs == {}
    assert books.people == {}
    assert not model.citizens.enabling_hours.any()
    assert len(model.ties) == 0


def test_posts_that_are_cut_end_at_once():
    model, process, _ = _town()
    model.council.prevention_share = 0.25
    process.step(model)
    assert process.filled == pytest.approx(0.25 * POSTS * 4000 / 1e5)


def test_people_are_brought_together_and_never_twice():
    model, _, _ = _town({"peer.tie_chance": 1.0}, months=12)
    ties, citizens = model.ties, model.citizens
    rows = np.flatnonzero(ties.alive)
    assert rows.size > 0
    assert np.unique(ties.uid[rows]).size == rows.size
    assert (ties.a[rows] != ties.b[rows]).all()
    assert (ties.strength[rows] == 50).all()
    assert (citizens.quintile[ties.a[rows]] == citizens.quintile[ties.b[rows]]).all()
    none, _, _ = _town({"peer.tie_chance": 0.0}, months=12)
    assert len(none.ties) == 0
    np.testing.assert_array_equal(none.citizens.enabling_hours, citizens.enabling_hours)
