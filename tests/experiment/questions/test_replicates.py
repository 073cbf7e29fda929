"""How many replicates: planned and sequential, against intervals reckoned by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.replicates import StopRule, half_width, replicates_for, run_until


def test_half_width_is_students() -> None:
    assert half_width(2.0, 5) == pytest.approx(t.ppf(0.975, 4) * 2.0 / math.sqrt(5))


@given(st.floats(0.01, 50.0), st.floats(0.05, 10.0))
def test_planned_number_is_the_smallest_that_is_enough(deviation: float, half: float) -> None:
    pilot = np.array([-1.0, 1.0]) * deviation / math.sqrt(2)
    found = replicates_for(pilot, half)
    assert half_width(float(pilot.std(ddof=1)), found) <= half
    assert found == 2 or half_width(float(pilot.std(ddof=1)), found - 1) > half


def test_a_pilot_of_one_and_a_width_of_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="fewer than two"):
        replicates_for(np.array([1.0]), 1.0)
    with pytest.raises(InputError, match="fewer than two"):
        replicates_for(np.array([1.0, math.nan]), 1.0)
    with pytest.raises(InputError, match="3 equal values"):
        replicates_for(np.full(3, 7.0), 1.0)
    with pytest.raises(InputError, match="above 0"):
        replicates_for(np.array([1.0, 2.0]), 0.0)


def test_values_not_known_are_left_out_of_a_pilot() -> None:
    pilot = np.array([1.0, 5.0, math.nan, 9.0])
    assert replicates_for(pilot, 1.0) == replicates_for(pilot[[0, 1, 3]], 1.0) > 2


def test_sequential_run_stops_when_it_is_narrow_and_covers_the_truth_about_as_often_as_it_says() -> None:
    covered, sizes = 0, []
    for trial in range(300):
        chance = np.random.default_rng(trial)
        luck = chance.normal(5.0, 2.0, 200)
        stopped = run_until(lambda first, count, luck=luck: luck[first : first + count], StopRule(half=1.0, most=200))  # type: ignore[misc]
        assert stopped.enough
        assert stopped.estimate.half <= 1.0
        sizes.append(stopped.values.size)
        covered += stopped.estimate.low <= 5.0 <= stopped.estimate.high
    assert covered / 300 > 0.91
    assert 14 < np.mean(sizes) < 24  # planned with the true deviation: 18


def test_sequential_run_gives_up_at_the_most() -> None:
    chance = np.random.default_rng(1)
    stopped = run_until(lambda _, count: chance.normal(0, 9, count), StopRule(half=0.1, most=15))
    assert stopped.values.size == 15
    assert not stopped.enough
