from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement, Waiting
from demandsim.parameters.register import Numbers
from demandsim.processes.allocation import Allocation, _name_least_loaded
from demandsim.processes.delivery import Delivery
from demandsim.processes.front_door import FrontDoor, team
from demandsim.processes.home_care import client_rows, home_care
from tests.processes.door_town import chain, needy_town, run, staffed


def _pool(count=60, supply=1e6, overrides=None):
    """People waiting for home care, eight hours each; nobody served yet, the opening done."""
    model = needy_town()
    numbers = Numbers({"plan.start_share": 0.0} | (overrides or {}))
    processes = [FrontDoor(numbers), Delivery(numbers), Allocation(numbers)]
    for process in processes:
        process.start(model)
    team(model).open(1e6)
    staffed(model, supply)
    citizens = model.citizens
    rows = citizens.rows[citizens.age_months[citizens.rows] >= 780][:count]
    citizens.limitation[rows], citizens.hands_on[rows], citizens.kin_hours[rows] = 2.4, 12.0, 0.0
    citizens.plan_hours[rows], citizens.council_funded[rows] = 8.0, True
    citizens.waiting[rows], citizens.waiting_since[rows] = Waiting.HOME_CARE, model.month - 1
    return model, processes, rows


def test_starts_by_date_while_hours_last():
    model, processes, rows = _pool(supply=120.0)
    citizens = model.citizens
    citizens.waiting_since[rows[:3]] = model.month - 3
    processes[2].step(model)
    started = citizens.arrangement[rows] == Arrangement.HOME_CARE
    assert 3 <= started.sum() < rows.size
    assert started[:3].all()
    service = home_care(model)
    # One piece may straddle the limit, no more.
    assert service.committed < service.capacity + 24 * (26 + 8) / 60
    assert service.waiting == rows.size - started.sum()
    assert service.queued > 0


def test_existing_clients_come_first():
    model, processes, rows = _pool(supply=100.0)
    citizens = model.citizens
    citizens.waiting[rows[:10]], citizens.arrangement[rows[:10]] = Waiting.NOTHING, Arrangement.HOME_CARE
    citizens.arrangement_month[rows[:10]] = model.month - 1
    processes[2].step(model)
    assert (citizens.arrangement[rows[:10]] == Arrangement.HOME_CARE).all()
    assert (citizens.waiting[rows[10:]] == Waiting.HOME_CARE).all()


def test_more_hours_never_leave_more_unmet_under_the_same_luck():
    unmet = []
    for supply in (0.0, 50.0, 150.0, 400.0, 2000.0):
        model, processes, _ = _pool(supply=supply)
        processes[2].step(model)
        processes[1].step(model)
        unmet.append(float(model.citizens.unmet_hours.sum()))
    assert all(more <= less + 1e-3 for less, more in pairwise(unmet))
    assert unmet[-1] < unmet[0]


def _served(count=1, months=0, overrides=None):
    """People who have had home care for some months, their review in the diary."""
    model, processes, rows = _pool(count=count, overrides={"door.assessment_sd": 0.0} | (overrides or {}))
    citizens = model.citizens
    citizens.waiting[rows], citizens.arrangement[rows] = Waiting.NOTHING, Arrangement.HOME_CARE
    citizens.arrangement_month[rows] = model.month - months
    citizens.review_due[rows] = True
    return model, processes, rows


def test_reviews_fall_due_early_and_then_yearly():
    model, processes, (row,) = _served(count=1)
    citizens = model.citizens
    due = []
    for elapsed in range(37):
        model.month = elapsed
        team(model).open(0.0)
        if citizens.review_due[row] and elapsed > 0:
            due.append(elapsed)
        citizens.review_due[row] = False
        processes[2].step(model)
        assert team(model).reviews_due == 3.0 * citizens.review_due[row]
    assert due == [2, 6, 11, 23, 35]


def test_a_review_without_hours_waits_and_is_not_lost():
    model, processes, (row,) = _served(months=2)
    citizens = model.citizens
    team(model).open(0.0)
    processes[2].step(model)
    assert citizens.review_due[row]
    model.month += 1
    team(model).open(100.0)
    processes[2].step(model)
    assert not citizens.review_due[row]
    assert citizens.plan_hours[row] == pytest.approx(10.0)


def test_reviews_end_what_is_no_longer_called_for():
    model, processes, rows = _served(count=30, months=6)
    citizens = model.citizens
    citizens.limitation[rows[:10]] = 1.5
    citizens.kin_hours[rows[10:20]] = 11.5
    processes[2].step(model)
    assert (citizens.arrangement[rows[:20]] == Arrangement.NONE).all()
    assert not citizens.council_funded[rows[:20]].any()
    assert (citizens.plan_hours[rows[20:]] == 10.0).all()


def test_a_raised_threshold_ends_the_councils_support_and_not_what_people_buy_for_themselves():
    model, processes, rows = _served(count=6)
    allocation = processes[2]
    citizens = model.citizens
    usual = allocation.eligibility.threshold(model)
    model.council.threshold_shift = 0.3
    citizens.limitation[rows[:4]], citizens.limitation[rows[4:]] = usual + 0.1, usual - 0.1
    citizens.arrangement[rows[2:]], citizens.council_funded[rows[2:]] = Arrangement.PRIVATE, False
    citizens.review_due[rows] = True
    allocation.step(model)
    still = citizens.arrangement[rows] != Arrangement.NONE
    assert still.tolist() == [False, False, True, True, False, False]
    assert not citizens.trust[rows[2:]].any()


def test_a_drive_to_review_takes_the_teams_hours_and_nobody_who_pays_alone():
    model, processes, rows = _served(count=40, months=20)
    citizens = model.citizens
    citizens.review_due[rows], citizens.council_funded[rows[30:]] = False, False
    model.council.extra_reviews = 6.0
    processes[2].step(model)
    due = citizens.review_due[rows]
    assert 0 < due[:30].sum() < 30
    assert not due[30:].any()
    assert team(model).reviews_due == pytest.approx(3.0 * due.sum())
    model.month += 1
    team(model).open(1e6)
    processes[2].step(model)
    assert team(model).taken == pytest.approx(3.0 * due.sum())
    assert model.ledger.close().people["reviews"].sum() == due.sum()


def test_a_refused_rise_is_withheld_and_booked_and_falls_are_not_refused():
    model, processes, rows = _served(count=20, months=6)
    citizens = model.citizens
    citizens.plan_hours[rows[:10]], citizens.plan_hours[rows[10:]] = 2.0, 14.0
    model.council.rises_refused = 1.0
    processes[2].step(model)
    assert (citizens.plan_hours[rows[:10]] == 2.0).all()
    assert citizens.plan_hours[rows[10:]] == pytest.approx(13.0)
    assert model.ledger.close().people["statutory_breaches"].sum() == 10


def test_an_end_above_the_lawful_threshold_is_a_breach():
    model, processes, rows = _served(count=20, months=6)
    lawful = processes[2].eligibility.threshold(model) + processes[2].eligibility.lawful_rise
    model.citizens.limitation[rows[:10]], model.citizens.limitation[rows[10:]] = lawful - 0.02, lawful + 0.02
    model.council.threshold_shift = 0.3
    processes[2].step(model)
    assert (model.citizens.arrangement[rows] == Arrangement.NONE).all()
    assert model.ledger.close().people["statutory_breaches"].sum() == 10


def test_least_loaded_evens_out_the_load():
    staff = np.array([4, 9, 11])
    uid = np.array([1, 2, 3], dtype=np.uint64)
    alive, numbers = np.zeros(12, dtype=np.bool_), np.zeros(12, dtype=np.uint64)
    supply, load = np.full(12, 500.0, dtype=np.float32), np.zeros(12, dtype=np.float32)
    alive[staff], numbers[staff], supply[staff] = True, uid, (10, 10, 20)
    given = np.full(50, -1, dtype=np.int32)
    _name_least_loaded(np.arange(40), np.ones(40), alive, numbers, supply, load, given)
    assert np.bincount(given[:40], minlength=12)[staff].tolist() == [10, 10, 20]
    assert (given[40:] == -1).all()
    load[4], given[:] = 10.0, -1
    _name_least_loaded(np.array([45]), np.ones(1), alive, numbers, supply, load, given)
    assert given[45] == 9  # of the two without load, the one with the lower number


def test_the_town_opens_near_its_stock_and_keeps_its_books():
    model = needy_town(16_000)
    processes = chain(model)
    model.settling, model.month = True, -12
    for ledger in run(model, processes, 12):
        service, citizens = home_care(model), model.citizens
        assert service.used <= service.capacity + 1e-6
        assert team(model).used <= team(model).capacity + 1e-6
        assert all(pounds >= 0 for pounds in ledger.costs.values())
    served = citizens.arrangement > 0
    assert client_rows(citizens).sum() > 10
    assert not (served & (citizens.waiting == Waiting.HOME_CARE)).any()
    at_home = citizens.rows
    met = citizens.kin_hours + citizens.neighbour_hours + citizens.paid_hours + citizens.reablement_hours
    short = np.maximum(citizens.hands_on - met, 0)
    assert citizens.unmet_hours[at_home] == pytest.approx(short[at_home], abs=1e-5)
    with_worker = served & (citizens.arrangement != Arrangement.DIRECT_PAYMENT)
    named = citizens.worker[with_worker]
    # Whoever lost a worker at the month's end has no new one before the next month.
    assert np.mean(named >= 0) > 0.9
    assert model.workers.alive[named[named >= 0]].all()


def test_same_luck_same_town():
    digests = []
    for _ in range(2):
        model = needy_town(3000)
        run(model, chain(model), 6)
        digests.append({name: values.tobytes() for name, values in model.citizens.state().items()})
    assert digests[0] == digests[1]
