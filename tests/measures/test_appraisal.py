"""Appraisal: hand-computed cases, published factors, and formulas that come to the same another way."""

from __future__ import annotations

import math

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demandsim.measures.appraisal import (
    Rates,
    acceptability,
    benefit_cost_ratio,
    cost_per_unit,
    health_rates,
    money_rates,
    optimism_uplift,
    present_value,
    switching_value,
)
from demandsim.parameters.register import Numbers

MONEY = money_rates(Numbers())


@pytest.mark.parametrize(
    ("year", "factor"),
    [(0, 1.0), (1, 0.9662), (5, 0.8420), (10, 0.7089), (20, 0.5026), (30, 0.3563), (31, 0.3459), (40, 0.2651)],
)
def test_factors_are_those_of_the_published_table(year: int, factor: float) -> None:
    assert MONEY.factors(year + 1)[year] == pytest.approx(factor, abs=5e-5)


def test_a_level_flow_is_an_annuity() -> None:
    years, rate = 20, 0.035
    closed = 100 * (1 - (1 + rate) ** -years) / rate * (1 + rate)
    assert present_value(np.full(years, 100.0), MONEY.factors(years)) == pytest.approx(closed)


def test_the_spreadsheet_case() -> None:
    """A spreadsheet's =B1+NPV(3.5%;B2:B6) of -100 and five years of 30 gives 35.45."""
    assert present_value(np.array([-100.0, 30, 30, 30, 30, 30]), MONEY.factors(6)) == pytest.approx(35.4516, abs=1e-4)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=31))
def test_net_present_value_is_that_of_numpy_financial(flows: list[float]) -> None:
    """An established implementation: up to year 30 there is one rate."""
    expected = float(npf.npv(0.035, flows))
    found = float(present_value(np.array(flows), MONEY.factors(len(flows))))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-6 * max(map(abs, flows)))


def test_lives_are_discounted_less() -> None:
    lives = health_rates(Numbers()).factors(76)
    assert lives[1] == pytest.approx(1 / 1.015)
    assert lives[75] == pytest.approx(1.015**-30 * 1.0129**-45)
    assert np.all(lives[1:] > MONEY.factors(76)[1:])


def test_beyond_the_rates_is_refused() -> None:
    with pytest.raises(ValueError, match="75"):
        MONEY.factors(77)


def test_runs_are_discounted_each_by_itself() -> None:
    flows = np.array([[1.0, 10.0], [2.0, 20.0]])
    assert present_value(flows, Rates(1.0, 1.0).factors(2)).tolist() == [2.0, 20.0]


def test_a_ratio_needs_a_cost() -> None:
    assert benefit_cost_ratio(30.0, 10.0) == 3.0
    assert math.isnan(benefit_cost_ratio(30.0, -1.0))


@pytest.mark.parametrize(
    ("cost", "effect", "pounds", "words"),
    [
        (200.0, 4.0, 50.0, "cost of one more"),
        (-200.0, -4.0, 50.0, "saving for one fewer"),
        (-1.0, 1.0, None, "better and cheaper"),
        (1.0, -1.0, None, "worse and dearer"),
        (1.0, 0.0, None, "no effect"),
    ],
)
def test_all_quarters_of_the_plane(cost: float, effect: float, pounds: float | None, words: str) -> None:
    found = cost_per_unit(cost, effect)
    assert found.words == words
    assert math.isnan(found.pounds) if pounds is None else found.pounds == pounds


def test_acceptability_is_the_share_of_runs_with_a_gain() -> None:
    costs, effects = np.array([10.0, 30.0, -5.0, 10.0]), np.array([1.0, 1.0, 0.0, -1.0])
    assert acceptability(costs, effects, (0, 10, 20, 40)).tolist() == [0.25, 0.25, 0.5, 0.75]


@given(st.floats(-1e6, 1e6), st.floats(1.0, 1e6))
def test_at_the_switching_value_the_net_value_is_0(net: float, part: float) -> None:
    factor = switching_value(net, part)
    assert net + (factor - 1.0) * part == pytest.approx(0.0, abs=1e-6 * (abs(net) + part))


def test_nothing_switches_by_nothing() -> None:
    assert math.isnan(switching_value(5.0, 0.0))


def test_optimism_is_added_to_more_and_not_to_less() -> None:
    assert optimism_uplift({"a": 100.0, "b": -50.0, "c": 10.0}, 0.1) == pytest.approx(11.0)
