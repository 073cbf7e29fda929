from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import Waiting
from demandsim.processes.base import spare_months
from demandsim.processes.team import Slots, Team, in_turn, knowledge, team
from tests.processes.door_town import chain, needy_town, run
from tests.toy import toy_model


def test_hours_are_conserved_and_work_begun_is_finished():
    pot = Team(toy_model(2000))
    done, paid, used = 0.0, 0.0, 0.0
    generator = np.random.default_rng(3)
    for _ in range(200):
        pot.open(10.0)
        hours = generator.uniform(1, 6, 8)
        done += hours[pot.take(hours)].sum()
        paid += pot.capacity
        used += pot.used
        assert pot.used <= pot.capacity
    assert used == pytest.approx(paid)
    assert 0 <= done - used <= 6


def test_the_queue_follows_its_fluid_limit():
    """Fixed arrivals of a and fixed hours h for each: with c hours a month the queue grows by a - c/h, or is 0."""
    model = needy_town()
    pot = Team(model)
    for arrivals, capacity, hours in ((20, 60.0, 6.0), (20, 130.0, 6.0)):
        pot.open(0.0)
        queue = 0
        for _ in range(60):
            pot.open(capacity)
            queue += arrivals
            queue -= int(pot.take(np.full(queue, hours)).sum())
        expected = max(0.0, 60 * (arrivals - capacity / hours))
        assert queue == pytest.approx(expected, abs=1)


def test_the_queue_has_the_mean_of_pollaczek_and_khinchine():
    """Poisson work of one size against hours for one piece a month is M/D/1: mean queue load^2 / (2 (1 - load)).

    Judged by 60 means of 1,000 months each: 4 standard errors, Student's t with 59 degrees of freedom, is passed
    by chance once in 5,500.
    """
    load, pieces = 0.7, 6.0
    pot = Team(needy_town(2000))
    queue, lengths = 0, np.empty(60_000)
    for month, new in enumerate(np.random.default_rng(5).poisson(load, lengths.size).tolist()):
        pot.open(pieces)
        queue += new
        queue -= int(pot.take(np.full(queue, pieces)).sum())
        lengths[month] = queue
    batches = lengths.reshape(60, 1000).mean(axis=1)
    error = batches.std(ddof=1) / np.sqrt(batches.size)
    assert abs(batches.mean() - load**2 / (2 * (1 - load))) < 4 * error


def test_wait_in_the_assessment_queue_obeys_littles_law():
    """With nobody giving up, mean queue = arrivals a month x mean months waited."""
    model = needy_town(8000)
    overrides = {"door.give_up": 0.0, "door.screen_slope": 0.0}
    # Whose savings run out joins after the month's queue is counted: nobody buys. A review can take a client off the
    # list as well: put reviews beyond the run.
    overrides["plan.private_share"] = 0.0
    overrides |= {"plan.review_first": 999.0, "plan.review_second": 999.0, "plan.review_third": 999.0}
    processes = chain(model, overrides)
    door = processes[1]
    door.hours_rate = 2000.0
    ledgers = run(model, processes, 48)
    waited = sum(
        float(k.removeprefix("assessed_after_")) * v
        for m in ledgers
        for k, v in m.totals.items()
        if "assessed_after" in k
    )
    assessed = sum(m.people["assessments"].sum() for m in ledgers)
    queue = np.count_nonzero(model.citizens.waiting == Waiting.ASSESSMENT)
    still = (model.month - 1 - model.citizens.waiting_since[model.citizens.waiting == Waiting.ASSESSMENT]).sum()
    assert assessed > 100
    assert queue > 0
    # Person-months in the queue at month ends, counted both ways.
    assert waited + still + queue == pytest.approx(sum(_queue_lengths(overrides)), rel=1e-6)


def _queue_lengths(overrides):
    model = needy_town(8000)
    processes = chain(model, overrides)
    processes[1].hours_rate = 2000.0
    for _ in range(48):
        run(model, processes, 1)
        yield team(model).waiting


def test_places_are_given_out_at_their_yearly_rate():
    slots, given = Slots(), 0
    for _ in range(120):
        slots.open(1.7)
        given += slots.take(100)
    assert given == 204


def test_knowledge_needs_time_and_loses_at_handoffs():
    kept = np.full(3, 0.9)
    assert knowledge(3.0, 3.0, kept, 0.0) == pytest.approx([0.5] * 3)
    assert knowledge(6.0, 3.0, kept, 5.0) == pytest.approx([2 / 3 * 0.9**5] * 3)
    assert knowledge(0.5, 0.0, np.ones(3), 9.0) == pytest.approx([1.0] * 3)


def test_order_of_service_depends_on_people_and_not_on_rows():
    model = needy_town()
    rows = model.citizens.rows[:50]
    urgent = np.arange(50) % 7 == 0
    order = in_turn(model, rows, ~urgent)
    mixed = np.random.default_rng(1).permutation(50)
    assert (in_turn(model, rows[mixed], ~urgent[mixed]) == order).all()
    assert set(order[: urgent.sum()]) == set(rows[urgent])


@pytest.mark.parametrize(("scale", "kept"), [(1.0, 1.0), (0.64, 1.0), (0.25, 2.0), (0.04, 8.0)])
def test_a_sample_keeps_spare_places(scale: float, kept: float):
    slots = Slots()
    for _ in range(9):
        slots.open(2.0, spare_months(scale))
    assert slots.left == pytest.approx(kept + 2.0)
