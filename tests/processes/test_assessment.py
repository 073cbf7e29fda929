from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement, Concern, Failure, Waiting
from demandsim.parameters.register import Numbers
from demandsim.processes.assessment import Assessment
from demandsim.processes.front_door import FrontDoor, team
from demandsim.processes.plans import paid_need
from tests.processes.door_town import needy_town

SURE = {"door.assessment_sd": 0.0, "door.give_up": 0.0}


def _queue(count=40, hours=1e6, overrides=None, **levers):
    """People in the queue, all well over the threshold, poor and without kin; and the process."""
    model = needy_town(**levers)
    citizens = model.citizens
    numbers = Numbers(SURE | (overrides or {}))
    FrontDoor(numbers).start(model)
    team(model).open(hours)
    process = Assessment(numbers)
    process.start(model)
    rows = citizens.rows[citizens.age_months[citizens.rows] >= 780][:count]
    citizens.limitation[rows], citizens.hands_on[rows], citizens.kin_hours[rows] = 2.3, 10.0, 0.0
    citizens.aids[rows], citizens.savings[rows], citizens.kin_spare[rows] = True, 0.0, 0.0
    citizens.waiting[rows], citizens.waiting_since[rows] = Waiting.ASSESSMENT, model.month - 1
    return model, process, rows


def test_crisis_then_date_then_lot_while_hours_last():
    model, process, rows = _queue(hours=6.0 * 10)
    citizens = model.citizens
    citizens.urgent[rows[-2:]] = True
    citizens.waiting_since[rows[5:10]] = model.month - 4
    process.step(model)
    done = citizens.waiting[rows] != Waiting.ASSESSMENT
    assert done.sum() == 10
    assert done[-2:].all()
    assert done[5:10].all()
    assert team(model).used <= team(model).capacity


def test_reviews_that_are_due_keep_their_share_of_the_hours():
    done = []
    for due in (0.0, 240.0, 1e9):
        model, process, rows = _queue(hours=120.0)
        team(model).reviews_due = due
        process.step(model)
        done.append(int((model.citizens.waiting[rows] != Waiting.ASSESSMENT).sum()))
    # 40 people at 6 hours are 240 hours of work: as much as the reviews, so half of 120 hours is theirs.
    assert done[:2] == [20, 10]
    assert done[2] <= 1


def test_the_service_shows_its_share_of_the_teams_hours_and_who_waits():
    model, process, rows = _queue(hours=120.0)
    team(model).reviews_due = 240.0
    process.step(model)
    service = model.services["assessment"]
    assert service.capacity == pytest.approx(60.0)
    assert service.used == pytest.approx(60.0)
    assert service.waiting == np.count_nonzero(model.citizens.waiting[rows] == Waiting.ASSESSMENT) == 30


def test_a_crisis_may_run_into_next_months_hours():
    model, process, rows = _queue(count=5, hours=6.0)
    model.citizens.urgent[rows] = True
    process.step(model)
    service = team(model)
    assert (model.citizens.waiting[rows] != Waiting.ASSESSMENT).all()
    assert service.used == 6.0
    service.open(20.0)
    assert service.left == pytest.approx(-4.0)


def test_who_bought_until_the_money_ran_down_becomes_a_client_of_the_council():
    model, process, rows = _queue()
    citizens = model.citizens
    citizens.arrangement[rows], citizens.plan_hours[rows], citizens.savings[rows] = Arrangement.PRIVATE, 3.0, 23_000
    citizens.savings[rows[::2]] = 24_000
    process.step(model)
    clients, buyers = rows[1::2], rows[::2]
    assert citizens.council_funded[clients].all()
    assert (citizens.arrangement[clients] == Arrangement.HOME_CARE).all()
    assert (citizens.arrangement[buyers] == Arrangement.PRIVATE).all()
    assert not citizens.council_funded[buyers].any()


def test_below_the_threshold_nothing_and_above_it_a_plan():
    model, process, rows = _queue()
    citizens = model.citizens
    citizens.limitation[rows[:20]] = process.eligibility.threshold(model) - 0.02
    process.step(model)
    assert (citizens.plan_hours[rows[:20]] == 0).all()
    assert citizens.asked_in_vain[rows[:20]].all()
    assert citizens.council_funded[rows[20:]].all()
    assert (citizens.plan_hours[rows[20:]] > 0).all()
    month = model.ledger.close()
    assert month.people["plans"].sum() == 20
    assert month.people["turned_away"].sum() == 20


def test_a_raised_threshold_keeps_nobody_from_buying_for_themselves():
    model, process, rows = _queue()
    citizens = model.citizens
    usual = process.eligibility.threshold(model)
    model.council.threshold_shift = 0.3
    buyers, poor, below = rows[:10], rows[10:20], rows[20:30]
    citizens.limitation[rows[:20]], citizens.limitation[below] = usual + 0.1, usual - 0.1
    citizens.savings[buyers], citizens.savings[below] = 90_000, 90_000
    process.step(model)
    assert (citizens.plan_hours[buyers] > 0).all()
    assert (citizens.waiting[buyers] == Waiting.HOME_CARE).all()
    assert not citizens.council_funded[buyers].any()
    for refused in (poor, below):
        assert (citizens.plan_hours[refused] == 0).all()
        assert citizens.asked_in_vain[refused].all()
    month = model.ledger.close()
    assert month.people["turned_away"].sum() == 20
    assert (citizens.trust[poor] < 0).all()  # the rule was changed on them
    assert not citizens.trust[buyers].any()


def test_a_plan_that_misses_leaves_its_mark_by_what_made_it_miss():
    for half_hours, loss, mark in ((1e9, 0.0, Failure.WRONG), (0.0, 1.0, Failure.LOST), (0.0, 0.0, Failure.NONE)):
        model, process, rows = _queue(
            overrides={"door.half_hours": half_hours, "practice.info_loss_per_handoff": loss}, handoffs=5.0
        )
        model.citizens.concern[rows] = Concern.TASKS
        process.step(model)
        assert (model.citizens.failed_by[rows] == mark).all()
        assert ((model.citizens.concern[rows] == Concern.NONE) == (mark == Failure.NONE)).all()
        assert not model.citizens.asked_in_vain[rows].any()


def test_who_has_support_already_is_given_a_plan_and_is_no_new_client():
    model, process, rows = _queue()
    had = rows[:15]
    model.citizens.council_funded[had] = True
    process.step(model)
    month = model.ledger.close()
    assert month.people["plans"].sum() == rows.size
    assert month.people["new_clients"].sum() == rows.size - had.size


def test_a_higher_threshold_never_lets_more_in():
    plans = []
    for shift in (0.0, 0.1, 0.3):
        model, process, rows = _queue(overrides={"door.assessment_sd": 0.18})
        model.citizens.limitation[rows] = np.linspace(1.5, 2.5, rows.size)
        model.council.threshold_shift = shift
        process.step(model)
        plans.append(model.citizens.council_funded[rows].copy())
    assert plans[0].sum() > plans[2].sum()
    assert not (plans[1] & ~plans[0]).any()
    assert not (plans[2] & ~plans[1]).any()


def test_a_refusal_above_the_lawful_threshold_is_booked_as_a_breach():
    for shift, breaches in ((0.0, 0), (0.15, 0), (0.3, 20)):
        model, process, rows = _queue()
        lawful = process.eligibility.threshold(model) + process.eligibility.lawful_rise
        model.citizens.limitation[rows[:20]], model.citizens.limitation[rows[20:]] = lawful + 0.02, lawful - 0.2
        model.council.threshold_shift = shift
        process.step(model)
        assert model.ledger.close().people["statutory_breaches"].sum() == breaches


def test_capital_over_the_limit_buys_part_of_the_gap():
    model, process, rows = _queue(count=10)
    model.citizens.savings[rows[:5]] = 30_000
    process.step(model)
    citizens = model.citizens
    assert citizens.plan_hours[rows[:5]] == pytest.approx(10 * Numbers()["plan.private_share"])
    assert not citizens.council_funded[rows[:5]].any()
    assert (citizens.waiting[rows[:5]] == Waiting.HOME_CARE).all()
    assert citizens.council_funded[rows[5:]].all()


def test_family_is_asked_only_for_what_it_has_left():
    model, process, rows = _queue(family_ask_share=0.5, overrides={"door.half_hours": 0.0})
    citizens = model.citizens
    citizens.kin_spare[rows] = np.linspace(0, 30, rows.size)
    spare = citizens.kin_spare[rows].copy()
    process.step(model)
    asked = citizens.gap_fill[rows]
    assert asked == pytest.approx(np.minimum(0.5 * spare, 10.0))
    assert citizens.kin_spare[rows] == pytest.approx(spare - asked, abs=1e-5)


def test_plans_miss_as_often_as_time_and_handoffs_say():
    model, process, rows = _queue(count=400, handoffs=5, overrides={"plan.direct_pool": 0.0})
    process.step(model)
    hours = model.citizens.plan_hours[rows]
    assert set(np.round(hours, 3).tolist()) == {7.0, 10.0}
    known = 6 / 9 * 0.9**5
    # Four standard deviations: false alarm 1 in 16,000.
    assert (hours == 10.0).mean() == pytest.approx(known, abs=4 * np.sqrt(known * (1 - known) / rows.size))


def test_direct_payments_stay_within_their_pool():
    model, process, rows = _queue(count=60, direct_payment_share=1.0, overrides={"plan.direct_pool_more": 0.0})
    process.step(model)
    direct = rows[model.citizens.arrangement[rows] == Arrangement.DIRECT_PAYMENT]
    pool = model.services["direct_payments"]
    assert pool.used <= pool.capacity
    assert 0 < direct.size < rows.size
    assert (model.citizens.waiting[direct] == Waiting.NOTHING).all()


@pytest.mark.parametrize(("scale", "months_kept"), [(1.0, 1), (0.25, 4)])
def test_a_sample_keeps_as_many_hours_of_personal_assistants_as_the_whole_place(scale, months_kept):
    model, process, _ = _queue(count=1, direct_payment_share=0.0, overrides={"plan.direct_pool_more": 0.0})
    model.scale = scale
    process.step(model)
    new = model.services["direct_payments"].capacity
    for _ in range(9):
        process.step(model)
    assert model.services["direct_payments"].capacity == pytest.approx((months_kept + 1) * new)


def test_aids_and_savings():
    model, process, rows = _queue(count=20, overrides={"door.half_hours": 0.0, "practice.info_loss_per_handoff": 0.0})
    citizens = model.citizens
    citizens.aids[rows[:10]] = False
    process.step(model)
    assert citizens.plan_hours[rows[:10]] == pytest.approx(9.0)
    assert citizens.plan_hours[rows[10:]] == pytest.approx(10.0)
    everyone = citizens.rows
    process.welcome(model, everyone)
    over = [(citizens.savings[everyone][citizens.quintile[everyone] == q] > 23_250).mean() for q in range(5)]
    # 800 people a fifth: four standard deviations are at most 0.07.
    assert over == pytest.approx([0.25, 0.40, 0.55, 0.68, 0.80], abs=0.07)
    assert (citizens.savings[everyone] >= 0).all()


def test_give_up_leaves_the_queue_unhelped():
    model, process, rows = _queue(count=400, hours=0.0, overrides={"door.give_up": 0.05})
    process.step(model)
    gone = model.citizens.waiting[rows] == Waiting.NOTHING
    assert gone.mean() == pytest.approx(0.05, abs=0.045)
    assert model.citizens.asked_in_vain[rows[gone]].all()


def test_need_for_paid_help_is_what_kin_leave():
    model, _, rows = _queue(count=5)
    model.citizens.kin_hours[rows] = [0, 4, 10, 12, 9.5]
    assert paid_need(model, rows) == pytest.approx([10, 6, 0, 0, 0.5])
