from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement
from demandsim.parameters.register import Numbers
from demandsim.processes.help_seeking import knows_the_way
from demandsim.processes.trust import Trust
from demandsim.scenario.terms import Terms
from tests.processes.door_town import needy_town, staffed
from tests.toy import toy_model


def _town(numbers: dict[str, float] | None = None, **levers: Any) -> tuple[Any, Trust, Any]:
    """A town with a hundred clients of home care and trust as at the start."""
    from demandsim.processes.delivery import Delivery

    model = needy_town(2_000, **levers)
    Delivery(Numbers()).start(model)
    staffed(model, 1e6)
    citizens = model.citizens
    rows = citizens.rows[citizens.age_months[citizens.rows] >= 780][:100]
    citizens.arrangement[rows], citizens.council_funded[rows] = Arrangement.HOME_CARE, True
    citizens.plan_hours[rows] = citizens.paid_hours[rows] = 8.0
    process = Trust(Numbers(numbers))
    process.start(model)
    process.settled(model)
    return model, process, rows


def _months(model: Any, process: Trust, months: int) -> None:
    for _ in range(months):
        process.step(model)
        model.ledger.close()
        model.month += 1


def test_nothing_moves_where_people_get_what_they_are_used_to() -> None:
    model, process, _ = _town()
    _months(model, process, 24)
    assert not model.citizens.trust.any()
    assert not model.council.area_trust.any()


def test_a_trimmed_package_costs_trust_once_and_in_proportion() -> None:
    model, process, rows = _town()
    model.council.trim = 0.10
    _months(model, process, 1)
    assert model.citizens.trust[rows].mean() == pytest.approx(-10, abs=0.5)
    assert not np.delete(model.citizens.trust, rows).any()
    before = model.citizens.trust[rows].copy()
    _months(model, process, 3)
    assert (model.citizens.trust[rows] >= before).all()
    model.council.trim = 0.0
    _months(model, process, 1)
    assert model.citizens.trust[rows].mean() < -9  # what is given back does not undo what was broken


def test_shorter_visits_are_a_cut_too_and_an_effect_of_nothing_leaves_trust_alone() -> None:
    model, process, rows = _town()
    model.council.visit_cut = 6.0
    _months(model, process, 1)
    assert model.citizens.trust[rows].mean() == pytest.approx(-20, abs=0.5)
    model, process, rows = _town({"trust.lost_cut": 0.0})
    model.council.visit_cut = 6.0
    _months(model, process, 1)
    assert not model.citizens.trust.any()


def test_what_was_lost_returns_more_slowly_than_what_was_won_wears_off() -> None:
    model, process, rows = _town({"trust.hearers": 0.0})
    model.citizens.trust[rows[:50]], model.citizens.trust[rows[50:]] = 80, -80
    _months(model, process, 24)
    won, lost = model.citizens.trust[rows[:50]].mean(), model.citizens.trust[rows[50:]].mean()
    assert won == pytest.approx(80 * 0.97**24, rel=0.08)
    assert lost == pytest.approx(-80 * 0.99**24, rel=0.08)


def test_a_plan_made_together_wins_trust_as_far_as_it_is_delivered() -> None:
    model, process, rows = _town({"trust.won_plan": 0.02})
    model.citizens.together[rows] = True
    model.citizens.paid_hours[rows[50:]] = 0.0
    _months(model, process, 10)
    assert model.citizens.trust[rows[:50]].mean() == pytest.approx(18, abs=3)
    assert not model.citizens.trust[rows[50:]].any()


def test_a_named_worker_wins_trust_only_beyond_the_base_year_and_where_posts_are_filled() -> None:
    def trust(vacancy: float, **levers: float) -> float:
        model, process, rows = _town({"trust.won_worker": 0.02}, **levers)
        model.services["home_care"].vacancy = vacancy
        model.citizens.worker[rows], model.citizens.relationship[rows] = 0, 1.0
        _months(model, process, 10)
        return float(model.citizens.trust[rows].mean())

    assert trust(0.0) == 0
    assert trust(0.0, rota_share=0.8) > trust(0.2, rota_share=0.8) > 0
    assert trust(0.5, rota_share=0.8) == 0


def test_a_broken_deal_costs_trust_everywhere_and_a_cut_without_one_does_not() -> None:
    model, process, _ = _town(group_grant_share=3.0)
    model.council.prevention_share = 0.6
    _months(model, process, 1)
    np.testing.assert_allclose(model.council.area_trust, -0.5 * 0.4, rtol=1e-5)
    model, process, _ = _town()
    model.council.prevention_share = 0.6
    _months(model, process, 1)
    assert not model.council.area_trust.any()


def test_a_tax_freeze_that_does_not_hold_is_a_broken_deal() -> None:
    for years, loss in ((0.0, 0.0), (8.0, -0.5)):
        model, process, _ = _town()
        model.terms = Terms(tax_freeze_years=years)
        model.council.income_rise = 0.02
        _months(model, process, 1)
        np.testing.assert_allclose(model.council.area_trust, loss)


def test_bad_news_travels_faster_than_good() -> None:
    def around(trust: int) -> float:
        model, process, _ = _town()
        model.citizens.trust[model.citizens.rows] = trust
        _months(model, process, 3)
        return float(model.council.area_trust.mean())

    assert around(50) > 0
    assert -around(-50) > 2 * around(50)


def test_people_hear_of_the_door_only_when_it_clearly_turns_more_away() -> None:
    def around(share: float) -> float:
        model, process, _ = _town()
        process._usual = 0.4
        citizens = model.citizens
        asked = citizens.rows[:200]
        citizens.contacted[asked] = True
        for _ in range(12):
            citizens.turned_away_month[asked[: round(200 * share)]] = model.month
            _months(model, process, 1)
        return float(model.council.area_trust.mean())

    assert around(0.4) == around(0.45) == 0
    assert around(0.8) < 0 < around(0.1)


def test_who_trusts_more_asks_earlier_and_without_the_effect_nothing_changes() -> None:
    rest = (False, False, False, 0.2, 0.2)
    assert knows_the_way(0.45, *rest, 0.0, 0.2) == pytest.approx(0.45)
    assert knows_the_way(0.45, *rest, 0.1, 0.2) == pytest.approx(0.55)
    assert knows_the_way(0.45, *rest, -0.9, 0.2) == pytest.approx(0.2)


def test_trust_of_people_with_support_and_of_places_is_booked() -> None:
    model, process, rows = _town()
    model.citizens.trust[rows] = 40
    model.council.area_trust[:] = 0.1
    process.step(model)
    month = model.ledger.close()
    assert month.people["trust"].sum() / month.people["trust_people"].sum() == pytest.approx(0.49, abs=0.02)
    assert month.totals["area_people"] >= np.count_nonzero(model.citizens.alive & (model.citizens.age_months >= 216))


def test_practice_of_the_toy_is_the_base() -> None:
    model = toy_model(100)
    assert replace(model.practice) == model.base_practice
