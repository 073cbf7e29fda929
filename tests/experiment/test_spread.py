"""Chance and parameters kept apart: against hand-computed cases and a world whose parts are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from demandsim.experiment.comparison import spread


def test_by_hand() -> None:
    # Usual answer 10, chance variance 4 (8, 10, 12); draws 4 and 16 lie 6 away: 36 - 4 * (1 + 1/3) is the parameters'.
    found = spread(np.array([8.0, 10.0, 12.0]), np.array([4.0, 16.0]))
    assert found.value == 10
    assert found.drawn == 10
    assert found.n == 2
    assert found.chance.half == pytest.approx(stats.t.ppf(0.975, 2) * 2 / math.sqrt(3))
    assert found.parameters == pytest.approx(stats.t.ppf(0.975, 2) * math.sqrt(36 - 16 / 3))
    assert found.both.half == pytest.approx(math.hypot(found.chance.half, found.parameters))
    assert (found.both.low, found.both.high) == pytest.approx((10 - found.both.half, 10 + found.both.half))
    assert found.share == pytest.approx(found.parameters**2 / found.both.half**2)


def test_a_draw_is_held_against_the_replicates_of_other_luck() -> None:
    # The first draw shares the luck of the 8: 10 and 12 are its usual, 11. The second shares no luck: 10.
    found = spread(np.array([8.0, 10.0, 12.0]), np.array([4.0, 16.0]), np.array([0, -1]))
    apart, by_luck = (7**2 + 6**2) / 2, 4 * (1 + (1 / 2 + 1 / 3) / 2)
    assert found.parameters == pytest.approx(stats.t.ppf(0.975, 2) * math.sqrt(apart - by_luck))
    assert found.value == 10
    # A replicate that is not known is nobody's luck.
    missing = spread(np.array([np.nan, 8.0, 10.0, 12.0]), np.array([4.0, 16.0]), np.array([0, -1]))
    assert missing == spread(np.array([8.0, 10.0, 12.0]), np.array([4.0, 16.0]))


def test_draws_no_wider_than_chance_leave_nothing_to_parameters() -> None:
    found = spread(np.array([8.0, 10.0, 12.0]), np.array([9.0, 11.0, 10.0]))
    assert found.parameters == 0
    assert found.both.half == found.chance.half
    assert math.isnan(spread(np.ones(3), np.ones(5)).share)


def test_a_shift_that_all_draws_share_widens_the_range() -> None:
    found = spread(np.array([9.9, 10.0, 10.1]), np.full(20, 15.0))
    assert found.drawn == 15
    assert found.both.low < 5 < 15 < found.both.high


def test_too_little_to_tell_them_apart() -> None:
    for replicates, draws in ((np.ones(1), np.ones(5)), (np.ones(3), np.zeros(0))):
        with pytest.raises(ValueError, match="two or more replicates"):
            spread(replicates, draws)


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
def test_the_parts_of_a_known_world_are_found(shared: float) -> None:
    """Linear world: theta of sd 2, chance of sd 1, of which draw and replicate share some: parameters' variance 4.

    Whoever takes off a tenth of chance too much, as for draws of luck of their own, finds 3.9 where all is shared. The
    mean of 10,000 worlds has a standard error below 0.017 and is held against four of these: a false alarm in 15,000.
    """
    luck = np.random.default_rng(1)
    found = []
    for _ in range(10_000):
        replicates = luck.normal(0, 1, 20)
        own = luck.normal(0, 1, 20)
        draws = luck.normal(0, 2, 20) + shared * replicates + math.sqrt(1 - shared**2) * own
        parts = spread(replicates, draws, np.arange(20))
        found.append((parts.parameters / stats.t.ppf(0.975, 20)) ** 2)
    assert np.std(found) / 100 < 0.017
    assert abs(np.mean(found) - 4.0) < 4 * 0.017


def test_what_is_not_known_is_left_out() -> None:
    known = spread(np.array([8.0, 10.0, 12.0]), np.array([4.0, 16.0]))
    assert spread(np.array([8.0, np.nan, 10.0, 12.0]), np.array([np.nan, 4.0, 16.0])) == known
    found = spread(np.array([8.0, np.nan]), np.array([4.0]))
    assert math.isnan(found.parameters)
    assert math.isnan(found.both.half)
