"""Staff of services beside home care: who is hired when more is bought, from where, and what is given meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demandsim.agents.services import Service
from demandsim.parameters.register import Numbers
from demandsim.processes.admission import Admission
from demandsim.processes.area_posts import AreaPosts, catalysts_in_post, coordinators_in_post
from demandsim.processes.delivery import Delivery
from demandsim.processes.front_door import FrontDoor
from demandsim.processes.home_care import home_care
from demandsim.processes.posts import Posts, care_staff, council_staff
from demandsim.processes.reablement import Reablement
from demandsim.processes.strain import CarerStrain
from demandsim.processes.workforce import Workforce
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
    assert 115.0 < given[3 + months] < 145.0
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
