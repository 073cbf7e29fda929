"""Staff of services beside home care: who is hired when more is bought, from where, and what is given meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement
from demandsim.agents.services import Service
from demandsim.parameters.register import Numbers
from demandsim.processes.admission import Admission
from demandsim.processes.area_posts import AreaPosts, brokers_in_post, catalysts_in_post, coordinators_in_post
from demandsim.processes.base import read_rules
from demandsim.processes.brokerage import BrokerRules, pay_broker
from demandsim.processes.carer_breaks import A_MONTH
from demandsim.processes.delivery import Delivery
from demandsim.processes.front_door import FrontDoor
from demandsim.processes.home_care import home_care
from demandsim.processes.income_advice import IncomeAdvice
from demandsim.processes.micro_enterprise import MicroEnterprise
from demandsim.processes.plans import Plans
from demandsim.processes.posts import Posts, care_staff, council_staff
from demandsim.processes.reablement import Reablement
from demandsim.processes.strain import CarerStrain
from demandsim.processes.workforce import Workforce
from demandsim.scenario.terms import Terms
from tests.processes.door_town import needy_town
from tests.toy import toy_model

MONTHS = 48


def _given(posts: Posts, bought: list[float]) -> list[float]:
    return [each * posts.open(each) for each in bought]


# the posts themselves


@pytest.mark.parametrize("hire_months", [1, 2, 3])
def test_while_nothing_changes_all_that_is_bought_is_given_to_the_last_bit(hire_months: int) -> None:
    posts = care_staff(Numbers({"wf.hire_months": hire_months}))
    for _ in range(MONTHS):
        assert posts.open(1_234.567) == 1.0
        assert posts.growth == 0.0
    assert 0.04 < posts.vacancy < 0.11  # leavers are replaced with a lag, as in home care


def test_growth_waits_for_hiring_and_comes_in_the_end() -> None:
    posts = care_staff(Numbers())
    given = _given(posts, [100.0] * 3 + [160.0] * MONTHS)
    months = int(Numbers()["wf.hire_months"])
    assert given[:3] == [100.0] * 3
    assert max(given[3 : 3 + months]) <= 100.0  # whom the new posts are offered to has not begun
    assert 110.0 < given[3 + months] < 145.0
    assert max(given) <= 160.0
    assert given[-1] == pytest.approx(160.0, rel=1e-3)


def test_staff_are_conserved() -> None:
    posts = care_staff(Numbers())
    posts.open(100.0)
    for bought in (160.0, 160.0, 160.0, 80.0, 80.0, 120.0, 120.0, 120.0, 0.0, 30.0, 30.0):
        before = posts.filled
        posts.open(bought)
        assert posts.filled == pytest.approx(before + posts.growth)
        assert 0.0 <= posts.filled <= bought
        assert min(posts.on_their_way, default=0.0) >= 0.0


def test_a_cut_frees_staff_at_once_and_what_was_cut_must_be_hired_anew() -> None:
    posts = care_staff(Numbers())
    given = _given(posts, [100.0] * 3 + [60.0] * 12 + [100.0] * 3)
    assert given[3:15] == [60.0] * 12
    assert given[15] < 65.0
    assert given[17] < 90.0


def test_empty_posts_are_seen_and_filled() -> None:
    posts = care_staff(Numbers())
    posts.open(100.0)
    usual = posts.vacancy
    posts.open(160.0)
    assert posts.vacancy > usual + 0.3
    _given(posts, [160.0] * MONTHS)
    assert posts.vacancy == pytest.approx(usual, abs=1e-3)
    posts.open(0.0)
    assert posts.vacancy == 0.0


def test_a_new_service_begins_without_anybody() -> None:
    posts = council_staff(Numbers())
    given = _given(posts, [0.0, 0.0, 8.3, 8.3, 8.3, 8.3])
    assert given[:4] == [0.0] * 4
    assert 0.0 < given[4] < given[5] < 8.3


def test_care_staff_leave_as_home_care_workers_do_and_council_staff_stay_longer() -> None:
    numbers = Numbers()
    yearly = 12 * care_staff(numbers).leaving
    assert yearly == pytest.approx(numbers["wf.turnover_rate_2022_23"], rel=0.15)
    assert 12 * council_staff(numbers).leaving == pytest.approx(numbers["learn.team_turnover"], rel=0.01)


# the services


def test_reablement_starts_wait_for_staff() -> None:
    model = toy_model(4_000)
    model.services["reablement"] = Service(model, name="reablement", funder="council", unit="starts/month")
    reablement, service = Reablement(Numbers()), model.services["reablement"]
    reablement.open(model)
    usual = reablement.places.left
    model.practice = replace(model.practice, reablement_places=1.6 * model.practice.reablement_places)
    added, hired = [], 0.0
    for _ in range(MONTHS):
        reablement.places.left = 0.0
        reablement.open(model)
        added.append(reablement.places.left)
        hired += service.hired_hours
    assert added[0] == pytest.approx(usual)
    assert added[-1] == pytest.approx(1.6 * usual, rel=1e-3)
    # Hours a week of the staff who came: 5 hours over two months for every start beyond the usual number.
    assert hired == pytest.approx(0.6 * usual * 5 * 2, rel=1e-2)


def test_breaks_wait_for_staff_and_only_those_given_are_paid() -> None:
    model = needy_town(
        carer_reach_share=1.0, carer_break_share=0.5, carer_information_hours=0.0, carer_backup_share=0.0
    )
    process = CarerStrain(Numbers())
    process.start(model)
    model.citizens.care_given[model.citizens.age_months >= 780] = 100.0
    model.citizens.strain[:] = 1.0
    process.step(model)
    service = model.services["carers_service"]
    usual = service.capacity
    model.practice = replace(model.practice, carer_break_hours=3 * model.practice.carer_break_hours)
    capacity = []
    for _ in range(12):
        model.ledger.close()
        process.step(model)
        capacity.append(service.capacity)
        month = model.ledger.close()
        assert service.used <= service.capacity
        assert month.people["break_hours"].sum() == pytest.approx(service.used)
        assert month.costs["carers", "council"] == pytest.approx(25 * service.used)
    assert capacity[0] <= usual < capacity[4] < capacity[-1]
    assert capacity[-1] == pytest.approx(3 * usual, rel=0.05)


def test_rapid_support_waits_for_staff() -> None:
    model = toy_model(4_000)
    older = np.flatnonzero(model.citizens.alive & (model.citizens.age_months >= 780))
    of_a_month = 12 * 1e5 / model.base_people_65
    model.practice = replace(model.practice, rapid_support_places=5 * of_a_month)
    admission = Admission(Numbers())
    admission.open(model, 1.0)
    luck = np.linspace(0, 0.99, older.size).astype(np.float32)

    def month() -> float:
        return float(admission.rapid_support(model, older, np.ones(older.size, dtype=np.bool_), luck).sum())

    assert month() == 5
    model.practice = replace(model.practice, rapid_support_places=20 * of_a_month)
    given = [month() for _ in range(MONTHS)]
    assert given[0] <= 5
    assert given[-1] in (19, 20)
    assert model.ledger.spent("council") == pytest.approx((5 + sum(given)) * Numbers()["hospital.rapid_support_cost"])


def test_coordinators_and_catalysts_are_hired_before_they_are_there() -> None:
    model = toy_model(4_000)
    posts = AreaPosts(Numbers())
    posts.start(model)
    assert (coordinators_in_post(model), catalysts_in_post(model)) == (0.0, 0.0)
    model.practice = replace(model.practice, connectors=8.3, catalysts=1.8)
    posts.step(model)
    assert (coordinators_in_post(model), catalysts_in_post(model)) == (0.0, 0.0)
    for _ in range(MONTHS):
        posts.step(model)
    assert coordinators_in_post(model) == pytest.approx(8.3, rel=1e-3)
    assert catalysts_in_post(model) == pytest.approx(1.8, rel=1e-3)
    service = model.services["area_coordination"]
    assert service.used <= service.capacity == 8.3
    assert service.hired_hours == 0.0  # not home-care workers


def test_a_larger_front_door_team_has_to_be_found_and_empty_posts_are_not_paid() -> None:
    model = needy_town()
    process = FrontDoor(Numbers())
    process.start(model)
    paid = []
    for ratio in [1.0] + [1.6] * 36:
        model.practice = replace(model.practice, team_hours_ratio=ratio)
        process.step(model)
        paid.append(model.ledger.close().costs["assessment", "council"])
        model.month += 1
    assert paid[1] == pytest.approx(paid[0])
    assert paid[1] < paid[3] < paid[6]
    assert paid[-1] == pytest.approx(1.6 * paid[0], rel=0.01)


def test_brokers_are_hired_before_they_are_there_and_what_they_do_not_give_is_not_paid() -> None:
    model = toy_model(4_000)
    rules, posts = read_rules(BrokerRules, Numbers()), AreaPosts(Numbers())
    posts.start(model)
    model.practice = replace(model.practice, broker_hours=3.0)
    paid = []
    for _ in range(MONTHS):
        posts.step(model)
        pay_broker(model, rules, 10)
        paid.append(model.ledger.close().costs.get(("brokerage", "council"), 0.0))
        assert paid[-1] == pytest.approx(rules.hour_price * 10 * brokers_in_post(model))
    assert paid[:2] == [0.0, 0.0]
    assert 0.0 < paid[2] < paid[4] < paid[-1]
    assert paid[-1] == pytest.approx(rules.hour_price * 10 * 3.0, rel=1e-3)


def _support(**levers: float) -> tuple[Any, CarerStrain]:
    """Carers of 100 hours a week, all of whom support reaches, in their second month."""
    model = needy_town(carer_reach_share=1.0, carer_break_share=0.0, carer_break_hours=0.0, **levers)
    process = CarerStrain(Numbers())
    process.start(model)
    model.citizens.care_given[model.citizens.age_months >= 780] = 100.0
    process.step(model)
    model.ledger.close()
    return model, process


def test_sessions_for_carers_wait_for_who_holds_them() -> None:
    model, process = _support(carer_information_hours=12.0, carer_backup_share=0.0)
    model.practice = replace(model.practice, carer_information_hours=48.0)
    paid = []
    for _ in range(MONTHS):
        process.step(model)
        paid.append(model.ledger.close().costs["carers", "council"])
        model.month += 1
    carers = np.count_nonzero(model.citizens.care_given > 0)
    full = carers * 48.0 / 12 * Numbers()["cost.carer_information_hour"]
    assert paid[0] == pytest.approx(full / 4, rel=0.1)
    assert paid[0] < paid[3] < paid[-1]
    assert paid[-1] == pytest.approx(full, rel=0.02)
    assert model.services["carers_service"].hired_hours == 0.0  # not home-care workers


def test_a_reach_that_grows_needs_more_sessions_and_so_more_staff() -> None:
    model, process = _support(carer_information_hours=96.0, carer_backup_share=0.0)
    model.month = 5
    model.practice = replace(model.practice, carer_reach_share=0.5)
    process.step(model)
    few = model.ledger.close().costs["carers", "council"]
    model.practice = replace(model.practice, carer_reach_share=1.0)
    process.step(model)
    assert model.ledger.close().costs["carers", "council"] == pytest.approx(few, rel=0.1)


def test_back_up_waits_for_who_would_come() -> None:
    model, process = _support(carer_information_hours=0.0, carer_backup_share=0.2)
    slots, hired = [np.count_nonzero(model.citizens.carer_backup)], 0.0
    model.practice = replace(model.practice, carer_backup_share=0.8)
    for _ in range(MONTHS):
        process.step(model)
        slots.append(np.count_nonzero(model.citizens.carer_backup))
        pounds = model.ledger.close().costs["carers", "council"]
        assert pounds == pytest.approx(slots[-1] * Numbers()["cost.carer_backup_year"] / 12)
        hired += model.services["carers_service"].hired_hours
    assert slots[1] <= slots[0] < slots[4] < slots[-1]
    carers = np.count_nonzero(model.citizens.care_given > 0)
    assert slots[-1] == pytest.approx(0.8 * carers, rel=0.05)
    # A slot's price of a year buys 8 hours at that of a break.
    assert hired == pytest.approx(0.6 * carers * 8 / (12 * A_MONTH), rel=1e-2)


def test_advice_on_income_waits_for_advisers() -> None:
    model = toy_model(100_000)
    model.scale = 1.0
    process = IncomeAdvice(Numbers())
    process.start(model)
    process.step(model)
    assert not model.ledger.close().costs
    model.month += 1
    model.terms = Terms(income_advice=1_200.0)
    helped = []
    for _ in range(24):
        process.step(model)
        helped.append(model.services["income_advice"].used)
        model.month += 1
    assert helped[:2] == [0.0, 0.0]
    assert 0.0 < helped[2] < helped[5] <= helped[-1]
    assert helped[-1] == pytest.approx(100, abs=2)
    assert model.services["income_advice"].hired_hours == 0.0


def _assistants(share: float) -> tuple[Any, Plans]:
    """Plans of a town in which more people are offered a direct payment since this month."""
    model = toy_model(4_000)
    model.services["direct_payments"] = Service(model, name="direct_payments", funder="council", unit="h/week")
    plans = Plans(Numbers())
    plans.open_pool(model)
    model.practice = replace(model.practice, direct_payment_share=share)
    return model, plans


def test_more_assistants_have_to_be_found_for_a_wider_offer() -> None:
    model, plans = _assistants(0.45)
    service = model.services["direct_payments"]
    usual, fresh = service.capacity, []
    for _ in range(MONTHS):
        plans._pool_left = 0.0
        plans.open_pool(model)
        fresh.append(service.capacity)
    assert fresh[0] == fresh[1] == usual < fresh[2] < fresh[4] < fresh[-1]
    numbers = Numbers()
    wider = 1.0 + numbers["plan.direct_pool_more"] * 0.30 / numbers["plan.direct_pool"]
    assert fresh[-1] == pytest.approx(wider * usual, rel=1e-3)


def test_only_assistants_beyond_the_base_year_s_are_looked_for_among_home_care_workers() -> None:
    for share, beyond in ((0.15, 0.0), (0.45, 1.0 - 165.0 / (165.0 + 900.0 * 0.30))):
        model, plans = _assistants(share)
        service = model.services["direct_payments"]
        for _ in range(MONTHS):
            plans.open_pool(model)
        assert service.hired_hours == 0.0  # nobody has taken an hour yet
        hours = np.array([service.capacity / 2])
        plans._draw_on_pool(model, hours, np.array([True]))
        assert service.hired_hours == pytest.approx(beyond * hours[0], rel=1e-3)
        plans.open_pool(model)
        assert service.hired_hours == 0.0


def test_who_sets_up_a_micro_enterprise_may_leave_home_care_for_it() -> None:
    model = needy_town(4000)
    model.base_people = 100_000.0
    process = MicroEnterprise(Numbers())
    process.start(model)
    service, hired = model.services["micro_enterprises"], 0.0
    for starts in (0.0, 12.0, 12.0, 0.0):
        model.practice = replace(model.practice, micro_starts=starts)
        before = service.capacity
        process.step(model)
        assert service.hired_hours == pytest.approx(service.capacity - before)
        hired += service.hired_hours
    assert hired == pytest.approx(service.capacity)
    assert service.hired_hours < 0.0  # some fold, and nobody starts


# newcomers


def test_newcomers_of_care_services_give_less_for_as_long_as_those_of_home_care() -> None:
    numbers = Numbers()
    months, share = int(numbers["wf.new_worker_months_to_full"]), numbers["wf.new_worker_share"]
    posts = care_staff(numbers)
    posts.open(100.0)
    for month in range(MONTHS):
        before, new = posts.filled, list(posts.newcomers)
        there = posts.open(130.0)
        fresh = max(posts.filled - before, 0.0) + sum(new[: months - 1])
        assert there == pytest.approx((posts.filled - (1.0 - share) * fresh) / 130.0), month
    assert there == pytest.approx(1.0, rel=1e-4)
    full = care_staff(Numbers({"wf.new_worker_share": 1.0}))
    full.open(100.0)
    for _ in range(MONTHS):
        assert full.open(130.0) == full.filled / 130.0


def test_who_stays_after_a_cut_is_not_new() -> None:
    posts = care_staff(Numbers())
    given = _given(posts, [100.0] * 3 + [160.0] * 5 + [100.0] * 3)
    assert given[-3:] == [100.0] * 3


def test_council_staff_s_first_months_are_not_told_apart() -> None:
    posts = council_staff(Numbers())
    posts.open(100.0)
    for _ in range(12):
        assert posts.open(130.0) == posts.filled / 130.0


# from where they come


def _staffed(**overrides: float) -> tuple[Any, Workforce]:
    """A home-care service in its second month, whose workers would hardly leave by themselves."""
    model = needy_town()
    numbers = Numbers(overrides)
    Delivery(numbers).start(model)
    process = Workforce(numbers)
    process.start(model)
    home_care(model).committed = 20_000.0
    process.step(model)
    model.ledger.close()
    return model, process


def _month(hours: float, **overrides: float) -> tuple[float, float]:
    """Leavers, and workers on their way in, of a month in which another service's staff grew by such hours."""
    model, process = _staffed(**overrides)
    other = Service(model, name="reablement", funder="council", unit="starts/month")
    other.hired_hours = hours
    model.services["reablement"] = other
    process.step(model)
    return model.ledger.close().totals["leavers"], process._pipeline[-1]


def test_services_that_grow_take_workers_from_home_care() -> None:
    model, process = _staffed()
    workers = 2_000.0 / process._usual_week(model)
    plain, _ = _month(0.0)
    grown, _ = _month(2_000.0)
    expected = Numbers()["wf.recruited_within"] * workers
    assert grown - plain == pytest.approx(expected, abs=3 * expected**0.5)
    assert _month(2_000.0, **{"wf.recruited_within": 0.0})[0] == plain


def test_services_that_shrink_let_workers_go_to_empty_posts_of_home_care() -> None:
    _, usual = _month(0.0)
    _, more = _month(-100.0)
    assert more > usual
    _, process = _staffed()
    _, most = _month(-1e9)
    assert most < 0.3 * process.posts  # no more than there are empty posts


def test_assistants_whose_people_no_longer_need_them_are_free_again_for_home_care():
    """With as many direct payments ending as beginning nobody more is drawn from home care, however wide the offer."""
    model, plans = _assistants(0.45)
    for _ in range(MONTHS):
        plans.open_pool(model)
    citizens, service = model.citizens, model.services["direct_payments"]
    rows = citizens.rows[:10]
    hours = np.full(rows.size, service.capacity / 20)
    drawn = []
    for mine in (slice(0, 5), slice(5, 10), slice(0, 5), None):
        citizens.arrangement[rows], citizens.plan_hours[rows] = Arrangement.NONE, 0.0  # who had one no longer does
        plans.open_pool(model)
        if mine is not None:
            new = rows[mine]
            citizens.plan_hours[new] = hours[mine]
            plans._draw_on_pool(model, hours[mine], np.ones(5, dtype=np.bool_))
            plans._pay_directly(model, new)
        drawn.append(service.hired_hours)
    beyond = 1.0 - 165.0 / (165.0 + 900.0 * 0.30)
    assert drawn[0] == pytest.approx(beyond * hours[:5].sum(), rel=1e-3)
    assert drawn[1:3] == pytest.approx([0.0, 0.0], abs=1e-3)
    assert drawn[3] == pytest.approx(-drawn[0], rel=1e-3)
