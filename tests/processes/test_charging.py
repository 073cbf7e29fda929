"""Charges for care at home: the means test, the co-payment, who takes less, limits left behind by inflation."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement
from demandsim.parameters.register import Numbers
from demandsim.processes.charging import Charging, asked_hours, means_level
from demandsim.scenario.terms import Agreed, Terms
from tests.toy import toy_model


def clients(count: int = 50, hours: float = 8.0, numbers: dict[str, float] | None = None, **terms: float) -> Any:
    """A town with poor clients of the council, and terms in force."""
    model = toy_model(500)
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


def test_limits_left_behind_shrink_with_inflation_from_the_start_of_the_terms() -> None:
    model, rows, charging = clients(means_limits_frozen_share=1.0)
    assert means_level(model) == 1.0
    model.month = 60
    assert means_level(model) == pytest.approx(1.02**-5)
    model.terms = Terms(means_limits_frozen_share=0.5)
    assert means_level(model) == pytest.approx(1.02**-2.5)
    model.citizens.income_band[rows] = 4
    cost = np.full(rows.size, 1e5)
    frozen = charging.charge(model, rows, cost)
    model.terms = Terms()
    assert (frozen > charging.charge(model, rows, cost)).all()
