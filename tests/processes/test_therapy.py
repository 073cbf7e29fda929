"""Therapy: a list that stands still at its usual wait, people counted once each, days that cost what they cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.recovery import Recovery
from demandsim.processes.therapy import WEEKS, Therapy, therapy
from tests.toy import toy_model


def town(months=40, people=20_000, **overrides):
    """A town in which a fiftieth of people fall each month, at the end of its run-in."""
    model = toy_model(people)
    process = Therapy(Numbers({key.replace("__", "."): value for key, value in overrides.items()}))
    process.start(model)
    model.settling, model.month = True, -months
    for _ in range(months):
        month(model, process)
    process.settled(model)
    model.settling = False
    return model, process


def month(model, process):
    luck = np.random.default_rng(int(model.month) + 1000).random(model.citizens.size)
    model.citizens.setback[:] = model.citizens.alive & (luck < 0.02)
    process.step(model)
    model.month += 1
    return model.ledger.close()


def with_days(model, days=12.0):
    model.practice = replace(model.practice, appointment_days=days)


def test_in_the_run_in_people_wait_the_usual_weeks() -> None:
    model, process = town()
    closed = month(model, process)
    assert closed.people["therapy_seen"].sum() > 50
    model.settling = True
    waits = [month(model, process).people for _ in range(6)]
    mean = sum(m["therapy_waited"].sum() for m in waits) / sum(m["therapy_seen"].sum() for m in waits)
    assert mean == pytest.approx(process.rules.wait_weeks, abs=1.0)


def test_the_list_stands_still_with_the_hours_that_settled_it() -> None:
    model, process = town()
    before = therapy(model).waiting
    waits = [month(model, process).people for _ in range(36)]
    assert therapy(model).waiting == pytest.approx(before, rel=0.2)
    late = waits[24:]
    mean = sum(m["therapy_waited"].sum() for m in late) / sum(m["therapy_seen"].sum() for m in late)
    assert mean == pytest.approx(process.rules.wait_weeks, abs=3.0)


def test_nobody_is_lost_or_counted_twice() -> None:
    model, process = town(therapy__give_up=0.0, therapy__day_returns=0.0)
    citizens = model.citizens
    with_days(model)
    for _ in range(6):
        before = np.count_nonzero(citizens.therapy_wait)
        closed = month(model, process)
        new = np.count_nonzero(citizens.therapy_wait == 1)
        assert np.count_nonzero(citizens.therapy_wait) == before - closed.people["therapy_seen"].sum() + new
        service = therapy(model)
        assert service.used <= service.capacity
        assert service.waiting == np.count_nonzero(citizens.therapy_wait)


def test_the_longest_wait_comes_first() -> None:
    model, process = town()
    citizens = model.citizens
    before = citizens.therapy_wait.copy()
    month(model, process)
    seen = (before > 0) & (citizens.therapy_wait == 0)
    left = citizens.therapy_wait > 1
    assert before[left].max() <= np.sort(before[seen])[::-1][: int(therapy(model).used)].min() + 0


def test_days_see_many_at_once_and_are_paid_for() -> None:
    model, process = town()
    with_days(model)
    rules = process.rules
    closed = month(model, process)
    came = closed.people["appointment_day_people"].sum()
    assert came == np.floor(rules.day_people * model.base_people / 1e5)
    paid = (1 - rules.day_from_clinics) * rules.day_hours * rules.hour_cost + rules.day_place_cost
    assert closed.costs["therapy", "nhs"] == pytest.approx(came * paid)


def test_hours_of_a_day_are_missing_in_clinics_where_they_come_from_them() -> None:
    """With every hour out of clinics and nobody discharged, days see the same people with more hours: fewer in all."""
    seen = {}
    for days in (0.0, 12.0):
        model, process = town(
            therapy__day_from_clinics=1.0,
            therapy__day_discharged=0.0,
            therapy__day_hours=2.0,
            therapy__clinic_discharged=0.5,
        )
        with_days(model, days)
        seen[days] = sum(month(model, process).people["therapy_seen"].sum() for _ in range(24))
    assert seen[12.0] < seen[0.0]


def test_without_days_nothing_is_paid_or_owed() -> None:
    model, process = town()
    closed = month(model, process)
    assert not closed.costs
    assert process._hours_owed == 0.0


def test_people_join_groups_only_as_far_as_there_is_room() -> None:
    model, process = town(therapy__day_joins=1.0)
    groups = model.groups
    rows = groups.admit(np.arange(3, dtype=np.uint64))
    groups.neighbourhood[rows] = (0, 8, 16)
    groups.capacity[rows], groups.members[rows] = 2.0, 1
    with_days(model)
    process.rules = replace(process.rules, day_people=2000.0)
    month(model, process)
    joined = np.count_nonzero(model.citizens.group >= 0)
    assert 0 < joined <= 3
    assert groups.members[rows].sum() == 3 + joined
    assert (groups.members[rows] <= groups.capacity[rows]).all()


def test_who_waits_mends_slower_and_the_town_as_a_whole_does_not() -> None:
    model = toy_model(20_000)
    citizens = model.citizens
    citizens.age_months[citizens.alive] = 70 * 12
    citizens.recent_loss[citizens.alive] = 1.0
    citizens.therapy_wait[:5_000] = 2
    process = Recovery(Numbers({"therapy.slower": 0.4}))
    process._centre(citizens)
    process.step(model)
    mended = 1 - citizens.recent_loss[:20_000]
    assert mended[:5_000].mean() / mended[5_000:].mean() == pytest.approx(0.6, rel=1e-4)
    assert mended.mean() == pytest.approx(0.22, rel=1e-4)


def test_waiting_without_effect_is_natural_recovery_to_the_bit() -> None:
    losses = []
    for wait in (0, 3):
        model = toy_model(2_000)
        model.citizens.recent_loss[:] = 1.0
        model.citizens.therapy_wait[:500] = wait
        process = Recovery(Numbers({"therapy.slower": 0.0}))
        process._centre(model.citizens)
        process.step(model)
        losses.append(model.citizens.recent_loss)
    np.testing.assert_array_equal(*losses)


def test_weeks_make_months() -> None:
    assert pytest.approx(365.25 / 12 / 7, rel=1e-3) == WEEKS
