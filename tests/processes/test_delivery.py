from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement, Waiting
from demandsim.ledger import CHARGES
from demandsim.parameters.register import Numbers
from demandsim.processes.delivery import Delivery
from demandsim.processes.home_care import WEEKS, home_care, of_all_hours
from tests.processes.door_town import needy_town, staffed


def _clients(count=50, supply=1e6, **levers):
    model = needy_town(**levers)
    process = Delivery(Numbers({"group.multiple_rapport": 0.0, "group.minority_rapport": 0.0}))
    process.start(model)
    staffed(model, supply)
    home_care(model).capacity = supply
    citizens = model.citizens
    rows = citizens.rows[citizens.age_months[citizens.rows] >= 780][:count]
    citizens.limitation[rows], citizens.hands_on[rows], citizens.kin_hours[rows] = 2.3, 10.0, 0.0
    citizens.arrangement[rows], citizens.council_funded[rows] = Arrangement.HOME_CARE, True
    citizens.plan_hours[rows] = 8.0
    return model, process, rows


def test_hours_given_are_hours_received_and_never_more_than_there_are():
    model, process, rows = _clients(supply=200.0)
    process.step(model)
    service, citizens = home_care(model), model.citizens
    assert service.committed == pytest.approx(50 * 24 * 34 / 60)
    assert service.used == pytest.approx(200.0)
    share = 200.0 / service.committed
    assert citizens.paid_hours[rows] == pytest.approx(8 * share)
    assert citizens.unmet_hours[rows] == pytest.approx(10 - 8 * share)
    assert citizens.unmet[rows].all()
    hours = model.ledger.close().people["home_care_hours"].sum()
    assert hours == pytest.approx(50 * 24 * 26 / 60 * share * WEEKS, rel=1e-6)


def test_who_pays_adds_up_to_what_it_costs():
    model, process, rows = _clients()
    citizens = model.citizens
    citizens.income_band[rows] = np.arange(rows.size) % 5
    citizens.savings[rows[::3]] = 20_000
    process.step(model)
    month = model.ledger.close()
    hours = month.people["home_care_hours"].sum()
    paid = month.costs[("home_care", "council")] + month.costs[("home_care", "citizen")]
    assert paid == pytest.approx(hours * model.practice.home_care_price, rel=1e-6)
    assert 0 < month.costs[("home_care", "citizen")] < month.costs[("home_care", "council")]
    assert month.totals[CHARGES] == pytest.approx(month.costs[("home_care", "citizen")])  # nobody buys their own here


def test_private_care_is_paid_by_the_citizen_alone():
    model, process, rows = _clients()
    model.citizens.arrangement[rows], model.citizens.council_funded[rows] = Arrangement.PRIVATE, False
    process.step(model)
    month = model.ledger.close()
    assert month.costs[("home_care", "council")] == 0
    expected = month.people["private_hours"].sum() * model.practice.home_care_price * 1.2
    assert month.costs[("home_care", "citizen")] == pytest.approx(expected, rel=1e-6)
    assert month.totals[CHARGES] == 0


def test_nobody_is_visited_in_hospital_and_a_long_stay_is_not_paid_for() -> None:
    """The visits' place is held at first, and paid; need and what meets it stay what they are at home."""
    model, process, rows = _clients()
    process.step(model)
    home = model.ledger.close()
    model, process, rows = _clients()
    citizens = model.citizens
    citizens.hospital_trace[rows[:25]] = 6.0
    process.step(model)
    short = model.ledger.close()
    assert short.totals["visits"] == pytest.approx(home.totals["visits"] * (1 - 0.5 * 6 / 30.4375))
    assert short.costs == home.costs
    assert citizens.paid_hours[rows] == pytest.approx(8.0)
    model, process, rows = _clients()
    model.citizens.hospital_trace[rows[:25]] = 17.0
    model.citizens.hospital_trace[rows[25:]] = 90.0
    process.step(model)
    long = model.ledger.close()
    left = 0.5 * (1 - 10 / 30.4375) + 0.5 * 7 / 30.4375
    assert long.people["home_care_hours"].sum() == pytest.approx(left * home.people["home_care_hours"].sum())
    assert long.totals["visits"] == pytest.approx(0.5 * (1 - 17 / 30.4375) * home.totals["visits"])
    assert (model.citizens.relationship[rows[:25]] > 0).all()
    assert not model.citizens.relationship[rows[25:]].any()


def test_what_a_stay_has_left_from_earlier_months_goes_off_visits_and_pay_whole() -> None:
    """The first week is paid once a stay: of 40 days, 23 of the first month and 10 of the second are not."""
    _, _, rows = _clients()
    given, visits = [], []
    for begun, older in ((0.0, 0.0), (40.0, 0.0), (0.0, 40.0 - 30.4375)):
        model, process, rows = _clients()
        model.citizens.hospital_trace[rows], model.citizens.earlier_stay[rows] = begun, older
        process.step(model)
        month = model.ledger.close()
        given.append(month.people["home_care_hours"].sum())
        visits.append(month.totals["visits"])
    assert visits[1] == pytest.approx(0.0)
    assert visits[2] == pytest.approx(visits[0] * (1 - 9.5625 / 30.4375))
    assert given[1] == pytest.approx(given[0] * 7 / 30.4375)
    assert given[2] == pytest.approx(given[0] * (1 - 9.5625 / 30.4375))


def _buyers(savings, income_band=0):
    """People who buy eight hours a week of need for themselves."""
    model, process, rows = _clients()
    citizens = model.citizens
    citizens.arrangement[rows], citizens.council_funded[rows] = Arrangement.PRIVATE, False
    citizens.savings[rows], citizens.income_band[rows] = savings, income_band
    return model, process, rows


def _paid_a_month(month, rows):
    return sum(pounds for (_, payer), pounds in month.costs.items() if payer == "citizen") / rows.size


def test_who_buys_care_pays_from_income_above_the_guarantee_then_from_savings() -> None:
    model, process, rows = _buyers(100_000.0)
    process.step(model)
    bill = _paid_a_month(model.ledger.close(), rows)
    from_income = (201 + 101.75 - 214.35) * WEEKS
    assert bill > from_income
    assert model.citizens.savings[rows] == pytest.approx(100_000 - (bill - from_income), rel=1e-6)
    model, process, rows = _buyers(100_000.0, income_band=4)
    model.citizens.plan_hours[rows] = 2.0
    process.step(model)
    assert (model.citizens.savings[rows] == 100_000).all()  # income covers it all


def test_whose_savings_have_come_down_to_the_limit_asks_the_council_once() -> None:
    model, process, rows = _buyers(23_251.0)
    citizens = model.citizens
    citizens.savings[rows[0]], citizens.waiting[rows[1]] = 90_000.0, Waiting.ASSESSMENT
    citizens.waiting_since[rows[1]] = -3
    process.step(model)
    month = model.ledger.close()
    assert citizens.waiting[rows[0]] == Waiting.NOTHING
    assert (citizens.waiting[rows[1:]] == Waiting.ASSESSMENT).all()
    assert citizens.waiting_since[rows[1]] == -3
    assert (citizens.waiting_since[rows[2:]] == model.month).all()
    assert month.people["requests"].sum() == month.people["contacts"].sum() == rows.size - 2
    citizens.waiting[rows] = Waiting.NOTHING  # found to need too little: they go on buying and do not ask each month
    process.step(model)
    assert not citizens.waiting[rows].any()
    citizens.savings[rows] = 10.0
    process.step(model)
    assert (citizens.savings[rows] == 0).all()


def test_an_assistant_of_ones_own_is_paid_from_savings_too() -> None:
    model, process, rows = _buyers(100_000.0)
    model.citizens.arrangement[rows] = Arrangement.DIRECT_PAYMENT
    process.step(model)
    assert (model.citizens.savings[rows] < 100_000).all()


def test_clients_of_the_council_keep_their_savings() -> None:
    model, process, rows = _clients()
    model.citizens.savings[rows] = 20_000.0
    process.step(model)
    assert (model.citizens.savings[rows] == 20_000).all()


def test_trim_and_fee_cut_take_what_they_say():
    model, process, rows = _clients()
    model.council.trim, model.council.fee_cut = 0.1, 0.05
    process.step(model)
    month = model.ledger.close()
    assert model.citizens.paid_hours[rows] == pytest.approx(7.2)
    paid = sum(pounds for (service, _), pounds in month.costs.items() if service == "home_care")
    assert paid == pytest.approx(month.people["home_care_hours"].sum() * 23 * 0.95, rel=1e-6)


def test_answers_of_the_council_leave_private_care_as_it_is():
    """Trim, shorter visits and lower fees are what the council does with its own money."""
    told = []
    for answers in ({}, {"trim": 0.2, "visit_cut": 15.0, "fee_cut": 0.2}):
        model, process, rows = _clients()
        model.citizens.arrangement[rows], model.citizens.council_funded[rows] = Arrangement.PRIVATE, False
        for name, value in answers.items():
            setattr(model.council, name, value)
        process.step(model)
        month = model.ledger.close()
        told.append((month.people["private_hours"].sum(), month.costs["home_care", "citizen"]))
        told[-1] += tuple(model.citizens.paid_hours[rows]) + tuple(model.citizens.relationship[rows])
    assert told[0] == told[1]


def test_the_councils_part_of_the_hours_is_noted():
    model, process, rows = _clients()
    alone = rows[::5]
    model.citizens.arrangement[alone], model.citizens.council_funded[alone] = Arrangement.PRIVATE, False
    process.step(model)
    assert home_care(model).council_part == pytest.approx(0.8)
    assert of_all_hours(model, 1.0, 0.0) == pytest.approx(0.8)
    assert of_all_hours(model, 0.3, 0.3) == 0.3  # to the last bit: where nothing differs nothing moves


def test_direct_payments_meet_the_plan_without_the_pool():
    model, process, rows = _clients(supply=0.0)
    model.citizens.arrangement[rows] = Arrangement.DIRECT_PAYMENT
    process.step(model)
    assert model.citizens.paid_hours[rows] == pytest.approx(8.0)
    month = model.ledger.close()
    paid = sum(pounds for (service, _), pounds in month.costs.items() if service == "direct_payment")
    assert paid == pytest.approx(month.people["direct_payment_hours"].sum() * 17, rel=1e-6)


def test_relationship_settles_higher_with_a_named_worker():
    settled = []
    for rota in (0.0, 0.45, 0.8, 1.0):
        model, process, rows = _clients(rota_share=rota)
        for _ in range(60):
            process.step(model)
            model.month += 1
        settled.append(model.citizens.relationship[rows].mean())
    assert settled == sorted(settled)
    assert settled[0] > 0
    assert settled[-1] > 0.95


def test_reablement_is_no_doing_for():
    """It is there so that people do things themselves again; what kin do beside it is done for them as ever."""
    model, process, rows = _clients(goal_share=0.0)
    citizens = model.citizens
    citizens.arrangement[rows], citizens.plan_hours[rows] = Arrangement.NONE, 0.0
    citizens.kin_hours[rows] = 0.0
    citizens.reablement_hours[rows[0]] = 5.0
    process.step(model)
    assert citizens.unmet_hours[rows[0]] == pytest.approx(citizens.unmet_hours[rows[1]] - 5.0)
    assert citizens.done_for[rows[0]] == 0.0


def test_enabling_hours_are_the_minutes_beyond_task_and_rapport():
    model, process, rows = _clients(goal_share=1.0, visit_minutes=45)
    process.step(model)
    citizens = model.citizens
    skill = Numbers()["wf.skill_base"]
    assert citizens.enabling_hours[rows] == pytest.approx(24 * WEEKS * 10 / 60 * skill, rel=1e-5)
    assert citizens.done_for[rows] == pytest.approx(0, abs=1e-6)
    model.practice = replace(model.practice, goal_share=0.0)
    process.step(model)
    assert (citizens.enabling_hours == 0).all()
    most = Numbers()["need.threshold_very_high"]
    expected = 8 / 10 * (most - 2.3) / most
    assert citizens.done_for[rows] == pytest.approx(expected, rel=1e-4)


def test_paid_help_that_ends_is_remembered_for_a_month():
    model, process, rows = _clients()
    process.step(model)
    model.citizens.arrangement[rows] = Arrangement.NONE
    process.step(model)
    assert (model.citizens.paid_hours[rows] == 0).all()
    assert model.citizens.paid_hours_before[rows] == pytest.approx(8.0)
