from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY, Arrangement
from demandsim.parameters.register import Numbers
from demandsim.processes.delivery import Delivery
from demandsim.processes.home_care import WEEKS, home_care
from demandsim.processes.workforce import Workforce
from demandsim.scenario.scenario import NO_ADOPTION
from tests.processes.door_town import needy_town


def _staff(asked=3000.0, overrides=None, people=4000, **levers):
    """A home-care service that is asked for the same hours every week."""
    model = needy_town(people, **levers)
    numbers = Numbers(overrides)
    Delivery(numbers).start(model)
    process = Workforce(numbers)
    process.start(model)
    home_care(model).committed = asked
    return model, process


def _run(model, process, months):
    totals = []
    for _ in range(months):
        service = home_care(model)
        service.used = min(service.committed, 1.06 * service.supply)
        process.step(model)
        totals.append(model.ledger.close().totals)
        model.month += 1
    return totals


def test_a_workers_week_is_what_is_left_after_everything_else():
    model, process = _staff()
    _run(model, process, 1)
    workers = model.workers
    row = workers.rows[workers.tenure[workers.rows] > 12][0]
    strain = float(workers.strain[row])
    sick = 0.02 * (0.6 + 0.8 * strain)
    expected = 28 * (1 - 0.12 - sick - 0.10) - model.practice.supervision_hours / 4.345
    assert workers.supply_hours[row] == pytest.approx(expected * workers.weight[row], rel=1e-5)


def test_supply_settles_near_what_is_asked_for():
    model, process = _staff()
    totals = _run(model, process, 120)
    late = totals[60:]
    vacancy = sum(t["vacancies"] for t in late) / sum(t["posts"] for t in late)
    turnover = 12 * sum(t["leavers"] for t in late) / sum(t["workers"] for t in late)
    assert 0.05 < vacancy < 0.12
    assert 0.18 < turnover < 0.36
    assert home_care(model).supply == pytest.approx(3000, rel=0.1)


def test_small_samples_have_as_many_rows_of_lesser_weight():
    small, process_small = _staff(asked=60.0)
    large, process_large = _staff(asked=6000.0)
    _run(small, process_small, 1)
    _run(large, process_large, 1)
    assert len(small.workers) >= 140
    assert small.workers.weight[small.workers.rows].max() < 0.05
    assert large.workers.weight[large.workers.rows].max() == 1
    ratio = home_care(large).supply / home_care(small).supply
    assert ratio == pytest.approx(100, rel=0.05)


def test_workers_are_conserved():
    model, process = _staff()
    before, under_way = 0.0, 0.0
    _run(model, process, 1)
    for _ in range(24):
        before = float(model.workers.weight.sum(where=model.workers.alive))
        under_way = process._pipeline[0] + process._carried
        (totals,) = _run(model, process, 1)
        after = float(model.workers.weight.sum(where=model.workers.alive))
        assert after == pytest.approx(before - totals["leavers"] + under_way - process._carried, abs=1e-3)


def test_short_visits_and_recording_wear_autonomy_and_supervision_relieve():
    strain = {}
    for name, levers in {
        "base": {},
        "short": {"visit_minutes": 15},
        "recording": {"recording_share": 0.2},
        "autonomy": {"autonomy": 1.0, "supervision_hours": 1.5},
    }.items():
        model, process = _staff(**levers)
        _run(model, process, 60)
        strain[name] = float(model.workers.strain[model.workers.rows].mean())
    assert strain["autonomy"] < strain["base"] < min(strain["short"], strain["recording"])
    assert 0.45 < strain["base"] < 0.65


def test_strain_has_the_fixed_point_of_its_equation():
    model, process = _staff(overrides={"wf.leave_base": 1e-9, "wf.strain_load": 0.0, "wf.fill_rate": 0.0})
    _run(model, process, 200)
    short, supervised = 0.03 * 0.14, model.practice.supervision_hours / 1.5
    fixed = (0.03 + short) / (0.05 + 0.01 * supervised + short)
    assert model.workers.strain[model.workers.rows] == pytest.approx(fixed, abs=1e-3)


def test_pay_keeps_workers_and_cut_fees_lose_them():
    leavers = []
    for price, cut in ((23, 0.0), (27, 0.0), (23, 0.15)):
        model, process = _staff(asked=20_000.0, home_care_price=price)
        model.council.fee_cut = cut
        leavers.append(sum(t["leavers"] for t in _run(model, process, 36)))
    assert leavers[1] < leavers[0] < leavers[2]


def test_training_takes_every_workers_hours_once_while_a_practice_is_adopted():
    adoption = replace(NO_ADOPTION, start_year=0, years=0.5, training_hours_per_worker=24.0)
    supply = []
    for chosen in (NO_ADOPTION, adoption):
        model, process = _staff(asked=6000.0)
        model.policy.adoption = chosen
        hours = []
        for _ in range(8):
            _run(model, process, 1)
            rows = model.workers.rows[model.workers.tenure[model.workers.rows] >= 3]
            hours.append(float(model.workers.supply_hours[rows].sum() / model.workers.weight[rows].sum()))
        supply.append(np.array(hours))
    lost = (supply[0] - supply[1]) * WEEKS
    # 24 hours over six months; what the training leaves of the week changes load, and with it strain, a little.
    assert lost[:6] == pytest.approx([4.0] * 6, abs=0.1)
    assert lost[6:] == pytest.approx([0.0] * 2, abs=0.1)


def _paid(model, process, months):
    """What trainers and the hours of training cost the council, month by month."""
    pounds = []
    for _ in range(months):
        service = home_care(model)
        service.used = min(service.committed, 1.06 * service.supply)
        process.step(model)
        pounds.append(model.ledger.close().costs.get(("training", "council"), 0.0))
        model.month += 1
    return pounds


def test_training_is_paid_by_the_hour_for_everybody_in_post():
    model, process = _staff(asked=6000.0, overrides={"wf.leave_base": 1e-9, "wf.fill_rate": 0.0})
    model.policy.adoption = replace(NO_ADOPTION, start_year=1, years=0.5, training_hours_per_worker=24.0)
    pounds = _paid(model, process, 24)
    staff = float(model.workers.weight[model.workers.rows].sum())
    assert pounds[12:18] == pytest.approx([4.0 * staff * (15 + 26)] * 6, rel=1e-5)
    assert not any(pounds[:12] + pounds[18:])


def test_who_joins_later_is_trained_at_the_start():
    """A practice is not handed on for nothing: each new worker takes the hours that the others had."""
    model, process = _staff(asked=6000.0)
    model.policy.adoption = replace(NO_ADOPTION, start_year=0, years=0.5, training_hours_per_worker=22.0)
    _paid(model, process, 24)
    (pounds,) = _paid(model, process, 1)
    workers = model.workers
    new = workers.rows[workers.tenure[workers.rows] == 0]
    month_old = workers.rows[workers.tenure[workers.rows] == 1]
    assert pounds == pytest.approx(22.0 * float(workers.weight[new].sum()) * (15 + 26))
    hours = [float((workers.supply_hours[rows] / workers.weight[rows]).mean()) for rows in (new, month_old)]
    assert hours[1] - hours[0] == pytest.approx(22.0 / WEEKS, abs=0.1)


def test_training_gives_skill_that_supervision_keeps():
    model, process = _staff(asked=6000.0, trained_share=0.8, supervision_hours=1.5)
    model.policy.adoption = replace(NO_ADOPTION, training_hours_per_worker=22.0)
    _run(model, process, 60)
    workers, rows = model.workers, model.workers.rows
    assert workers.trained[rows].mean() == pytest.approx(0.8, abs=0.08)
    assert workers.skill[rows][workers.trained[rows]].mean() == pytest.approx(0.8, abs=0.03)
    assert workers.skill[rows][~workers.trained[rows]] == pytest.approx(0.5)


@pytest.mark.parametrize(("hours", "gained"), [(0.0, 0.0), (8.8, 0.15), (17.6, 0.3), (60.0, 0.3)])
def test_training_gives_skill_by_its_hours(hours, gained):
    """A day's training of those who are to be trained does not make of them what three days would."""
    model, process = _staff(asked=6000.0, trained_share=0.8, supervision_hours=1.5)
    model.policy.adoption = replace(NO_ADOPTION, years=1.0, training_hours_per_worker=hours)
    _run(model, process, 60)
    workers, rows = model.workers, model.workers.rows
    assert workers.skill[rows][workers.trained[rows]].mean() == pytest.approx(0.5 + gained, abs=0.03)


def test_who_is_trained_today_needs_no_adoption_for_it():
    model, process = _staff(asked=6000.0, trained_share=0.4, supervision_hours=1.5)
    model.base_practice = model.practice
    _run(model, process, 60)
    workers, rows = model.workers, model.workers.rows
    assert workers.skill[rows][workers.trained[rows]].mean() == pytest.approx(0.8, abs=0.03)


def test_clients_of_leavers_keep_little_of_the_relationship():
    model, process = _staff(overrides={"wf.leave_base": 1.0})
    _run(model, process, 1)
    citizens, workers = model.citizens, model.workers
    rows = citizens.rows[:300]
    citizens.worker[rows] = workers.rows[np.arange(300) % len(workers)]
    citizens.relationship[rows], citizens.arrangement[rows] = 0.8, Arrangement.HOME_CARE
    _run(model, process, 1)
    lost = citizens.worker[rows] == NOBODY
    assert 0 < lost.sum() < 300
    assert citizens.relationship[rows[lost]] == pytest.approx(0.12)
    assert citizens.relationship[rows[~lost]] == pytest.approx(0.8)


def test_pay_acts_only_through_leaving_and_hiring():
    """With neither answering to pay, a price that reaches workers changes nothing about them."""
    staffs = []
    for price in (23, 29):
        nothing = {"wf.pay_elasticity": 0.0, "wf.hire_pay_power": 0.0}
        model, process = _staff(overrides=nothing, home_care_price=price)
        _run(model, process, 36)
        staffs.append(model.workers.state())
    for name, values in staffs[0].items():
        np.testing.assert_array_equal(values, staffs[1][name], err_msg=name)


def test_an_adoption_may_begin_with_worn_out_staff():
    strain = []
    for added in (0.0, 0.3):
        model, process = _staff(asked=6000.0)
        model.policy.adoption = replace(NO_ADOPTION, start_year=1, start_strain_added=added)
        means = []
        for _ in range(40):
            _run(model, process, 1)
            means.append(float(model.workers.strain[model.workers.rows].mean()))
        strain.append(np.array(means))
    more = strain[1] - strain[0]
    assert (more[:12] == 0).all()
    assert more[12] == pytest.approx(0.3, abs=0.01)
    assert 0 < more[39] < more[12]


@pytest.mark.parametrize("slows", [0.0, 1.0])
def test_worn_out_staff_take_to_training_more_slowly(slows):
    trained = []
    for added in (0.0, 0.4):
        model, process = _staff(overrides={"wf.strain_slows_training": slows}, asked=6000.0)
        _run(model, process, 1)
        workers, rows = model.workers, model.workers.rows
        model.practice = replace(model.practice, trained_share=1.0, supervision_hours=1.5)
        workers.strain[rows] = 0.6 + added
        process._train(model)
        trained.append((int(workers.trained[rows].sum()), float(workers.skill[rows].sum())))
    assert (trained[1] < trained[0]) == (slows > 0)
