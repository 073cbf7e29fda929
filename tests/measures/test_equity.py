"""Equity: hand-computed fifths, and the same by independent formulas (regression on people, covariance)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demandsim.measures.equity import (
    concentration_index,
    distributional_weights,
    mean_rate,
    ranks,
    shared_out,
    slope_index,
    standardised,
)

FIFTHS = st.lists(st.floats(0.0, 100.0, allow_subnormal=False), min_size=5, max_size=5).map(np.array)
CROWDS = st.lists(st.integers(1, 40), min_size=5, max_size=5).map(lambda n: np.array(n, dtype=float))


def test_ranks_are_middles() -> None:
    assert ranks(np.array([2.0, 6.0, 2.0])) == pytest.approx([0.1, 0.5, 0.9])


def test_a_slope_by_hand() -> None:
    people = np.ones(5)
    assert slope_index(np.array([1.0, 2, 3, 4, 5]), people) == pytest.approx(5.0)  # one a fifth, five fifths end to end
    assert slope_index(np.full(5, 3.0), people) == pytest.approx(0.0)
    assert slope_index(np.array([2.0]), np.array([7.0])) == 0.0
    # Two equal groups at ranks 1/4 and 3/4: the line rises by twice their difference.
    assert slope_index(np.array([10.0, 13.0]), np.array([4.0, 4.0])) == pytest.approx(6.0)


@given(FIFTHS, CROWDS)
def test_the_slope_is_that_of_a_regression_over_all_people(rate: np.ndarray, people: np.ndarray) -> None:
    each = np.repeat(rate, people.astype(int))
    rank = np.repeat(ranks(people), people.astype(int))
    assert slope_index(rate, people) == pytest.approx(np.polyfit(rank, each, 1)[0], abs=1e-6)


@given(FIFTHS, CROWDS)
def test_the_concentration_index_is_twice_a_covariance_over_the_mean(rate: np.ndarray, people: np.ndarray) -> None:
    each = np.repeat(rate, people.astype(int))
    rank = np.repeat(ranks(people), people.astype(int))
    expected = 2 * np.cov(each, rank, bias=True)[0, 1] / each.mean() if each.mean() > 1e-9 else 0.0
    found = concentration_index(rate, people)
    assert found == pytest.approx(expected, abs=1e-6) or each.mean() <= 1e-9
    assert -1 <= found <= 1


def test_concentration_by_hand() -> None:
    people = np.ones(5)
    assert concentration_index(np.array([1.0, 0, 0, 0, 0]), people) == pytest.approx(-0.8)
    assert concentration_index(np.array([0.0, 0, 0, 0, 1]), people) == pytest.approx(0.8)
    assert concentration_index(np.zeros(5), people) == 0.0


def test_standardised_rates_take_out_who_lives_where() -> None:
    # Young people need help at 0.1, old ones at 0.5, wherever they live; one group is old, the other young.
    bottom = np.array([[90.0, 10.0], [10.0, 90.0]])
    top = bottom * np.array([[0.1], [0.5]])
    assert standardised(top, bottom) == pytest.approx([0.3, 0.3])
    crude = top.sum(axis=0) / bottom.sum(axis=0)
    assert crude == pytest.approx([0.14, 0.46])


def test_strata_and_groups_of_nobody() -> None:
    top, bottom = np.array([[1.0, 0.0, 0.0], [4.0, 2.0, 0.0]]), np.array([[10.0, 0.0, 0.0], [10.0, 10.0, 0.0]])
    found = standardised(top, bottom)
    assert found[0] == pytest.approx((10 * 0.1 + 20 * 0.4) / 30)
    assert found[1] == pytest.approx(0.2)
    assert np.isnan(found[2])


def test_means_and_shares() -> None:
    assert mean_rate(np.array([1.0, 3.0]), np.array([3.0, 1.0])) == pytest.approx(1.5)
    assert shared_out(90.0, np.array([1.0, 2.0])) == pytest.approx([30.0, 60.0])
    assert shared_out(90.0, np.zeros(2)).tolist() == [0.0, 0.0]


def test_a_pound_counts_for_more_with_half_the_income() -> None:
    weights = distributional_weights(np.array([10_000.0, 20_000.0, 40_000.0]), 20_000.0, 1.3)
    assert weights == pytest.approx([2**1.3, 1.0, 2**-1.3])  # 2.46 for half the median: the Green Book's example
    assert distributional_weights(np.array([5.0]), 10.0, 0.0) == pytest.approx([1.0])
