"""Charges for care at home: the means test, the co-payment, who takes less, capital limits frozen in cash."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement
from demandsim.parameters.register import Numbers
from demandsim.processes.charging import Charging, asked_hours, limits_level
from demandsim.processes.home_care import HomeCare
from demandsim.scenario.terms import Agreed, Terms
from tests.toy import toy_model


def clients(count: int = 50, hours: float = 8.0, numbers: dict[str, float] | None = None, **terms: float) -> Any:
    """A town with poor clients of the council, and terms in force."""
    model = toy_model(500)
    model.services["home_care"] = HomeCare(model)
    model.numbers = Numbers(numbers)
    model.terms = Terms(**terms)
    model.policy = SimpleNamespace(agreed=Agreed(terms=model.terms))
    citizens = model.citizens
    rows = citizens.rows[:count]
    citizens.arrangement[rows], citizens.council_funded[rows] = Arrangement.HOME_CARE, True
    citizens.plan_hours[rows], citizens.income_band[rows], citizens.savings[rows] = hours, 0, 0.0
    return model, rows, Charging(model.numbers)


def test_a_poor_client_pays_nothing_and_a_better_off_one_never_more_than_the_care_costs() -> None:
    model, rows, charging = clients()
    cost = np.full(rows.size, 700.0)
    assert (charging.charge(model, rows, cost) == 0).all()
    model.citizens.income_band[rows], model.citizens.savings[rows] = 4, 23_000.0
    some = charging.charge(model, rows, cost)
    assert ((some > 0) & (some <= cost)).all()
    assert (charging.charge(model, rows, cost / 1000) == cost / 1000).all()


def test_a_co_payment_is_asked_of_all_and_takes_the_place_of_a_lower_charge_only() -> None:
    model, rows, charging = clients(co_payment_percent=20.0)
    cost = np.full(rows.size, 700.0)
    assert charging.charge(model, rows, cost) == pytest.approx(140.0)
    plain, _, _ = clients()
    for town in (model, plain):
        town.citizens.income_band[rows], town.citizens.savings[rows] = 4, 23_000.0
    by_means = charging.charge(plain, rows, cost)
    assert charging.charge(model, rows, cost) == pytest.approx(np.maximum(by_means, 140.0))
    model.terms = Terms(co_payment_percent=100.0)
    assert charging.charge(model, rows, cost) == pytest.approx(cost)


def test_without_a_co_payment_plans_are_taken_to_the_last_bit() -> None:
    model, rows, _ = clients(hours=7.3)
    assert (asked_hours(model, rows) == model.citizens.plan_hours[rows].astype(np.float64)).all()
    model.council.trim = 0.1
    assert asked_hours(model, rows) == pytest.approx(0.9 * model.citizens.plan_hours[rows])


def test_who_buys_for_themselves_is_trimmed_nothing() -> None:
    model, rows, _ = clients()
    model.council.trim = 0.25
    alone = rows[::2]
    model.citizens.arrangement[alone], model.citizens.council_funded[alone] = Arrangement.PRIVATE, False
    assert (asked_hours(model, alone) == 8.0).all()
    assert (asked_hours(model, rows[1::2]) == 6.0).all()


def test_who_is_charged_more_takes_less_and_some_do_without() -> None:
    model, rows, charging = clients(co_payment_percent=50.0)
    assert asked_hours(model, rows) == pytest.approx(8.0 * (1 - 0.4 * 0.5))
    model.citizens.plan_hours[rows] = 1.1 * charging.rules.least
    assert (asked_hours(model, rows) == 0).all()
    model.citizens.council_funded[rows] = False  # people who buy for themselves are charged nothing here
    assert (asked_hours(model, rows) > 0).all()


def test_who_pays_as_much_by_their_means_takes_as_much() -> None:
    model, rows, _ = clients(hours=2.0, co_payment_percent=50.0)
    model.citizens.income_band[rows], model.citizens.savings[rows] = 4, 23_000.0
    assert asked_hours(model, rows) == pytest.approx(2.0)


def test_no_price_response_is_no_effect() -> None:
    model, rows, _ = clients(numbers={"council.price_response": 0.0}, co_payment_percent=100.0)
    assert (asked_hours(model, rows) == 8.0).all()


def at_month(model: Any, month: int, start_year: int = 0, **terms: float) -> float:
    """Level of the capital limits in a month under terms that hold from a year on."""
    model.month = month
    model.policy = SimpleNamespace(agreed=Agreed(terms=Terms(**terms), start_years=(0, 0, start_year)))
    return limits_level(model)


def test_limits_stand_still_in_cash_from_month_0_on_unless_a_scenario_raises_them() -> None:
    model, _, _ = clients()
    assert at_month(model, -36) == at_month(model, 0) == 1.0
    assert at_month(model, 60) == pytest.approx(1.02**-5)
    assert at_month(model, 60, means_limits_frozen_share=0.5) == pytest.approx(1.02**-2.5)
    assert at_month(model, 60, means_limits_frozen_share=0.0) == 1.0


def test_limits_raised_from_a_later_year_keep_what_they_have_lost_by_then() -> None:
    model, _, _ = clients()
    for month in (24, 36, 120):
        assert at_month(model, month, start_year=2, means_limits_frozen_share=0.0) == pytest.approx(1.02**-2)
    assert at_month(model, 12, start_year=2, means_limits_frozen_share=0.0) == pytest.approx(1 / 1.02)


def test_nobody_is_charged_less_when_limits_freeze_more_and_allowances_keep_their_worth() -> None:
    model, rows, charging = clients()
    citizens = model.citizens
    citizens.savings[rows] = np.linspace(0, 23_000, rows.size)
    citizens.income_band[rows] = np.arange(rows.size) % 5
    cost = np.full(rows.size, 1e5)
    shares = (0.0, 0.5, 1.0)
    levels = [at_month(model, 120, means_limits_frozen_share=share) for share in shares]
    charges = []
    for share in shares:
        at_month(model, 120, means_limits_frozen_share=share)
        charges.append(charging.charge(model, rows, cost))
    for less, more in itertools.pairwise(charges):
        assert (more >= less).all()
        assert (more > less)[citizens.savings[rows] > 14_250].all()
        assert (more == less)[citizens.savings[rows] < 14_250 * levels[-1]].all()  # by income alone: as before
    model.month = 0
    assert (charging.charge(model, rows, cost) == charges[0]).all()
