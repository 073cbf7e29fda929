"""Where a line is crossed and where a curve bends, on curves whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.thresholds import bend, first_crossing, tipping_point, tipping_points

ALONG = np.array([0.0, 10.0, 20.0, 40.0])


@pytest.mark.parametrize(
    ("values", "level", "at"),
    [
        ([0.0, 1.0, 3.0, 5.0], 2.0, 15.0),
        ([5.0, 3.0, 1.0, 0.0], 2.0, 15.0),
        ([0.0, 1.0, 3.0, 5.0], 4.0, 30.0),
        ([0.0, 1.0, 3.0, 5.0], 9.0, math.inf),
        ([0.0, 1.0, 3.0, 5.0], 0.0, 0.0),
        ([2.0, 2.0, 3.0, 3.0], 2.0, 0.0),
        ([0.0, 2.0, 1.0, 3.0], 2.0, 10.0),  # touching is reaching
        ([0.0, 4.0, 0.0, 4.0], 2.0, 5.0),  # the first of several
    ],
)
def test_first_crossing(values: list[float], level: float, at: float) -> None:
    assert first_crossing(ALONG, np.array(values), level) == pytest.approx(at)


def test_replicates_that_never_cross_are_not_forgotten() -> None:
    slopes = np.array([1.0, 0.5, 0.2, 0.1])
    found = tipping_point(ALONG, np.outer(ALONG, slopes), 10.0)
    assert found.crossed == 0.5
    assert math.isinf(found.at)
    assert found.low == 10.0
    assert math.isinf(found.high)
    assert "not in most runs (50%" in found.words("the carers", "%")


def test_all_replicates_cross_from_the_side_on_which_their_mean_begins() -> None:
    gains = np.array([[-1.0, -1.0, -1.0, 0.2], [0.5, 0.5, -0.2, 2.0], [2.0, 2.0, 2.0, 3.0], [3.0, 3.0, 3.0, 4.0]])
    found = tipping_point(ALONG, gains, 0.0)
    assert found.crossed == 1.0  # the last one begins across, and does not "never cross"
    assert found.low == 0.0


@pytest.mark.parametrize(("slopes", "at"), [([1.0, 2.0], 11.25), ([1.0, 2.0, 4.0], 7.5), ([1.0, 2.0, 3.0, 6.0], 6.25)])
def test_the_middle_of_replicates_is_their_median(slopes: list[float], at: float) -> None:
    assert tipping_point(ALONG, np.outer(ALONG, slopes), 15.0).at == pytest.approx(at)


def test_half_of_the_runs_are_not_most() -> None:
    assert math.isinf(tipping_point(ALONG, np.outer(ALONG, [1.0, 0.1]), 15.0).at)


def test_a_crossing_without_a_whole_replicate_is_refused() -> None:
    with pytest.raises(InputError, match="no replicate"):
        tipping_point(ALONG, np.empty((4, 0)), 1.0)


def test_tipping_depth_by_speed() -> None:
    rows = [
        {"cut": cut, "years": years, "replicate": luck, "strain": cut / years + luck}
        for cut in (0.0, 20.0, 40.0)
        for years in (2.0, 4.0)
        for luck in (0, 1)
    ]
    found = tipping_points(pd.DataFrame(rows), depth="cut", speed="years", value="strain", level=7.0)
    assert found["years"].tolist() == [2.0, 4.0]
    assert found["low"].tolist() == [12.0, 24.0]
    assert found["high"].tolist() == [14.0, 28.0]


def test_a_bend_is_found_where_it_is() -> None:
    along = np.linspace(0, 60, 13)
    curve = 2 + 0.5 * along + 3.0 * np.maximum(along - 33.0, 0)
    luck = np.random.default_rng(1).normal(0, 0.5, (13, 6))
    found = bend(along, curve[:, None] + luck)
    assert found.at == pytest.approx(33.0, abs=1.0)
    assert found.before == pytest.approx(0.5, abs=0.1)
    assert found.after == pytest.approx(3.5, abs=0.1)
    assert found.better > 0.95
    assert found.half < 1.5
    assert found.clear
    assert bend(along, 2 * along).better == 0.0


@pytest.mark.parametrize(("points", "replicates"), [(8, 4), (5, 3)])
def test_noise_about_a_straight_line_is_rarely_a_bend(points: int, replicates: int) -> None:
    along = np.linspace(0, 70, points)
    line = (100 + 0.1 * along)[:, None]
    chance = np.random.default_rng(points)
    clear = sum(bend(along, line + chance.normal(0, 5, (points, replicates)), steps=60).clear for _ in range(150))
    assert clear <= 8  # of which the fit alone would let 30 to 100 pass


def test_the_interval_of_a_bend_covers_it() -> None:
    along = np.linspace(0, 70, 8)
    curve = (100 + 2 * np.minimum(along, 33.0))[:, None]
    chance = np.random.default_rng(4)
    found = [bend(along, curve + chance.normal(0, 4, (8, 4)), steps=80) for _ in range(150)]
    assert np.mean([abs(one.at - 33.0) <= one.half for one in found]) > 0.9


def test_a_bend_of_one_replicate_has_no_interval() -> None:
    found = bend(np.arange(6.0), np.array([0.0, 1, 2, 3, 3, 3]))
    assert found.at == pytest.approx(3.0, abs=0.02)
    assert math.isnan(found.half)
    assert not found.clear


def test_positions_must_rise() -> None:
    with pytest.raises(InputError, match="rising"):
        first_crossing(np.array([0.0, 0.0]), np.array([1.0, 2.0]), 1.5)
    with pytest.raises(InputError, match="4 or more"):
        bend(ALONG[:3], ALONG[:3])
