from __future__ import annotations

import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.agency import Agency
from demandsim.processes.delivery import Delivery
from demandsim.processes.home_care import WEEKS, home_care
from tests.processes.door_town import needy_town, staffed
from tests.processes.test_workforce import _run, _staff


def _cover(vacancy, overrides=None, supply=1000.0):
    model = needy_town(2000)
    model.scale = 1.0
    Delivery(Numbers()).start(model)
    process = Agency(Numbers(overrides))
    process.start(model)
    model.settling = True
    home_care(model).vacancy = 0.10
    for _ in range(12):
        process.step(model)
    process.settled(model)
    model.settling = False
    staffed(model, supply)
    home_care(model).vacancy = vacancy
    process.step(model)
    return model, process


def test_a_share_of_the_hours_missing_beyond_the_base_years_is_covered():
    model, process = _cover(vacancy=0.28)
    assert process.vacancy_from == pytest.approx(0.18)
    # 1,000 hours are what 72 of 100 posts give; ten posts more than usual are empty.
    missing = 0.10 * 1000 / 0.72
    assert home_care(model).agency == pytest.approx(0.5 * missing)
    assert home_care(model).supply == pytest.approx(1000 + 0.5 * missing)


def test_up_to_the_level_of_the_base_year_nothing_is_bought():
    model, _ = _cover(vacancy=0.17)
    assert home_care(model).supply == 1000.0
    assert model.ledger.close().costs == {}


def test_the_month_after_is_paid_by_the_council():
    model, process = _cover(vacancy=0.28)
    hours = home_care(model).agency
    home_care(model).supply = 1000.0
    process.step(model)
    month = model.ledger.close()
    assert month.costs == {("agency", "council"): pytest.approx(hours * WEEKS * 7.6)}
    assert month.totals["agency_hours"] == pytest.approx(hours * WEEKS)


def test_none_can_be_had_at_the_null():
    model, _ = _cover(vacancy=0.5, overrides={"agency.cover_share": 0.0})
    assert home_care(model).supply == 1000.0


def test_the_margin_widens_as_chance_does_in_a_sample():
    model, process = _cover(vacancy=0.0)
    model.scale = 0.25
    process.settled(model)
    assert process.vacancy_from == pytest.approx(0.10 + 0.08 * 2)


def test_cover_does_not_hide_the_empty_posts_nor_stop_hiring():
    """With agencies at work the posts asked for are the same: their hours are no worker's."""
    model, process = _staff(asked=6000.0, overrides={"wf.fill_rate": 0.2})
    _run(model, process, 36)
    care = home_care(model)
    agency, posts = 300.0, []
    for hours in (0.0, agency):
        care.agency = hours
        care.supply += hours
        process._count_posts(model)
        posts.append(process.posts)
    assert posts[1] == pytest.approx(posts[0])
