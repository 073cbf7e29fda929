"""Sobol and Morris against functions whose indices are known; luck kept apart."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from numpy.typing import NDArray
from SALib.analyze import morris as morris_analysis
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.noise import spread
from demandsim.experiment.questions.sensitivity import NoiseWarning, Ranges, morris, sobol, tornado

ISHIGAMI: Ranges = dict.fromkeys(("x1", "x2", "x3"), (-math.pi, math.pi))
A = (0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0)
G: Ranges = {f"x{k}": (0.0, 1.0) for k in range(len(A))}


def problem(ranges: Ranges) -> dict[str, object]:
    return {"num_vars": len(ranges), "names": list(ranges), "bounds": [list(ends) for ends in ranges.values()]}


def saltelli(ranges: Ranges, count: int) -> NDArray[np.float64]:
    found: NDArray[np.float64] = sobol_sample.sample(problem(ranges), count, calc_second_order=False, seed=7)
    return found


def ishigami(x: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    return found


def sobol_g(x: NDArray[np.float64]) -> NDArray[np.float64]:
    a = np.array(A)
    found: NDArray[np.float64] = ((np.abs(4 * x - 2) + a) / (1 + a)).prod(axis=1)
    return found


def g_indices() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First and total indices of Sobol's g in closed form (Saltelli and others 2008)."""
    part = 1 / (3 * (1 + np.array(A)) ** 2)
    whole = float((1 + part).prod()) - 1
    total = part * (1 + part).prod() / (1 + part)
    return part / whole, total / whole


def test_ishigami() -> None:
    found = sobol(ISHIGAMI, ishigami(saltelli(ISHIGAMI, 4096)))
    assert [row.first for row in found.rows] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert [row.total for row in found.rows] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)
    for row, first in zip(found.rows, (0.3139, 0.4424, 0.0), strict=True):
        assert abs(row.first - first) < max(2 * row.first_half, 0.01)


def test_sobol_g() -> None:
    found = sobol(G, sobol_g(saltelli(G, 4096)))
    first, total = g_indices()
    assert [row.first for row in found.rows] == pytest.approx(list(first), abs=0.02)
    assert [row.total for row in found.rows] == pytest.approx(list(total), abs=0.02)


def test_luck_is_taken_out_of_both_indices() -> None:
    truth = ishigami(saltelli(ISHIGAMI, 2048))
    noisy = truth[:, None] + np.random.default_rng(3).normal(0, 4.0, (truth.size, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoiseWarning)
        raw, told = sobol(ISHIGAMI, noisy.mean(axis=1)), sobol(ISHIGAMI, noisy)
    assert told.spread.noise == pytest.approx(4.0, rel=0.05)  # 16 over four replicates
    assert raw["x2"].total > 0.49  # luck swells it
    assert [row.total for row in told.rows] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.05)
    assert [row.first for row in told.rows] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.07)


def shared_luck(x: NDArray[np.float64], deviation: float, replicates: int, seed: int) -> NDArray[np.float64]:
    """Luck as the model's is: the same at equal settings of the first two columns, another as soon as they differ.

    For each replicate a rough random function of them, and something that it adds to every point alike.
    """
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(replicates):
        waves, phase = chance.normal(0, 40, (60, 2)), chance.uniform(0, 2 * math.pi, 60)
        rough = np.cos(x[:, :2] @ waves.T + phase).sum(axis=1) * math.sqrt(2 / 60)
        found.append(deviation * rough + chance.normal(0, 3))
    return np.array(found).T


DEAD: Ranges = {"much": (0.0, 1.0), "some": (0.0, 1.0), "nothing": (0.0, 1.0)}


def test_a_parameter_that_changes_nothing_has_no_index_however_much_luck_there_is() -> None:
    x = saltelli(DEAD, 256)
    truth = 3 * x[:, 0] + x[:, 1]
    totals = []
    for seed in range(20):
        values = truth[:, None] + shared_luck(x, 1.0, 4, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoiseWarning)
            found = sobol(DEAD, values, resamples=2)
        totals.append([row.total for row in found.rows])
        assert (found["nothing"].first, found["nothing"].total) == pytest.approx((0.0, 0.0), abs=1e-12)
        assert not found["nothing"].noisy
    assert np.mean(totals, axis=0) == pytest.approx([0.9, 0.1, 0.0], abs=0.03)


def test_without_replicates_they_are_salibs_to_the_last_digits() -> None:
    x = saltelli(ISHIGAMI, 64)
    ours = sobol(ISHIGAMI, ishigami(x), resamples=400)
    theirs = sobol_analysis.analyze(problem(ISHIGAMI), ishigami(x), calc_second_order=False, num_resamples=400, seed=1)
    assert [row.first for row in ours.rows] == pytest.approx(list(theirs["S1"]))
    assert [row.total for row in ours.rows] == pytest.approx(list(theirs["ST"]))
    assert [row.first_half for row in ours.rows] == pytest.approx(list(theirs["S1_conf"]), rel=0.2)
    assert [row.total_half for row in ours.rows] == pytest.approx(list(theirs["ST_conf"]), rel=0.2)
    x = morris_sample.sample(problem(ISHIGAMI), 30, num_levels=4, seed=5)
    screened = morris(ISHIGAMI, x, ishigami(x), resamples=400)
    theirs = morris_analysis.analyze(problem(ISHIGAMI), x, ishigami(x), num_levels=4, num_resamples=400, seed=1)
    assert [row.mu_star for row in screened.rows] == pytest.approx(list(theirs["mu_star"]))
    assert [row.sigma for row in screened.rows] == pytest.approx(list(theirs["sigma"]))
    assert [row.half for row in screened.rows] == pytest.approx([float(c) for c in theirs["mu_star_conf"]], rel=0.2)
    assert all(math.isnan(row.by_chance) and not row.noisy for row in screened.rows)


def test_intervals_of_indices_cover_them_as_often_as_they_say() -> None:
    covered = []
    for seed in range(60):
        x: NDArray[np.float64] = sobol_sample.sample(problem(DEAD), 128, calc_second_order=False, seed=seed)
        values = (3 * x[:, 0] + x[:, 1])[:, None] + shared_luck(x, 0.5, 4, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoiseWarning)
            rows = sobol(DEAD, values, resamples=60).rows
        for row, truth in zip(rows[:2], (0.9, 0.1), strict=True):
            covered += [abs(row.first - truth) <= row.first_half, abs(row.total - truth) <= row.total_half]
    assert np.mean(covered) > 0.88


def test_it_warns_where_chance_is_greater_than_what_was_varied() -> None:
    truth = ishigami(saltelli(ISHIGAMI, 256))
    noisy = truth[:, None] + np.random.default_rng(3).normal(0, 30.0, (truth.size, 3))
    with pytest.warns(NoiseWarning, match="of the spread between points"):
        sobol(ISHIGAMI, noisy)


def test_it_warns_of_a_parameter_lost_in_luck() -> None:
    ranges: Ranges = {"much": (0.0, 1.0), "none": (0.0, 1.0)}
    x = saltelli(ranges, 512)
    noisy = x[:, :1] * 10 + np.random.default_rng(3).normal(0, 2.0, (len(x), 4))
    with pytest.warns(NoiseWarning, match="as much as none"):
        found = sobol(ranges, noisy)
    assert [row.noisy for row in found.rows] == [False, True]


def test_luck_that_all_points_share_is_no_noise() -> None:
    chance = np.random.default_rng(1)
    signal, shared = chance.normal(0, 1, (50, 1)), chance.normal(0, 100, (1, 5))
    found = spread(signal + shared)
    assert found.noise == pytest.approx(0.0, abs=1e-20)
    assert found.signal == pytest.approx(float(signal.var(ddof=1)))


def test_morris_of_a_line_and_its_noise() -> None:
    ranges: Ranges = {"a": (0.0, 2.0), "b": (0.0, 1.0), "c": (0.0, 1.0)}
    x = morris_sample.sample(problem(ranges), 200, num_levels=4, seed=5)
    truth = 3 * x[:, 0] - 5 * x[:, 1]
    found = morris(ranges, x, truth)
    assert [row.mu_star for row in found.rows] == pytest.approx([6.0, 5.0, 0.0], abs=1e-9)
    assert [row.sigma for row in found.rows] == pytest.approx([0, 0, 0], abs=1e-9)
    noisy = truth[:, None] + np.random.default_rng(2).normal(0, 1.0, (len(x), 4))
    with pytest.warns(NoiseWarning, match="as much as c"):
        found = morris(ranges, x, noisy)
    assert found["c"].mu_star == pytest.approx(found["c"].by_chance, rel=0.15)
    assert [row.noisy for row in found.rows] == [False, False, True]


def test_morris_luck_is_that_of_the_effects_themselves() -> None:
    x = morris_sample.sample(problem(DEAD), 50, num_levels=4, seed=5)
    values = (3 * x[:, 0] + x[:, 1])[:, None] + shared_luck(x, 0.2, 4, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error", NoiseWarning)
        found = morris(DEAD, x, values)
    assert (found["nothing"].mu_star, found["nothing"].by_chance) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert [row.noisy for row in found.rows] == [False, False, False]
    assert 0.1 < found["much"].by_chance < 0.3


def test_a_range_drawn_in_logarithms_is_crossed_in_logarithms() -> None:
    ranges: Ranges = {"a": (1.0, 1000.0), "b": (0.0, 1.0)}
    x = morris_sample.sample(problem({"a": (0.0, 3.0), "b": (0.0, 1.0)}), 40, num_levels=4, seed=5)
    values = 2 * x[:, 0] + x[:, 1]
    x[:, 0] = 10.0 ** x[:, 0]
    found = morris(ranges, x, values)
    assert [row.mu_star for row in found.rows] == pytest.approx([6.0, 1.0])
    assert [row.sigma for row in found.rows] == pytest.approx([0.0, 0.0], abs=1e-9)


def test_points_that_are_no_trajectories_are_refused() -> None:
    with pytest.raises(InputError, match="no Morris design"):
        morris(DEAD, np.random.default_rng(1).random((8, 3)), np.arange(8.0))
    with pytest.raises(InputError, match="trajectories of 4 points"):
        morris(DEAD, np.zeros((7, 3)), np.arange(7.0))


def test_values_that_do_not_fit_the_design_are_refused() -> None:
    with pytest.raises(InputError, match="Saltelli design"):
        sobol(ISHIGAMI, np.arange(11.0))
    with pytest.raises(InputError, match="no finite value"):
        sobol(ISHIGAMI, np.array([1.0, 2, 3, 4, math.nan]))
    with pytest.raises(InputError, match="same at every point"):
        sobol(ISHIGAMI, np.full(10, 3.0))


def test_tornado_ranks_by_swing_and_pairs_by_luck() -> None:
    base = np.array([1.0, 2.0, 4.0])
    bars = tornado(base, {"small": (base - 1, base + 1), "one_way": (base + 1, base + 5), "nothing": (base, base)})
    assert [(bar.name, bar.swing) for bar in bars] == [("one_way", 5.0), ("small", 2.0), ("nothing", 0.0)]
    assert [bar.clear for bar in bars] == [True, True, False]


@pytest.mark.parametrize("replicates", [2, 4, 8])
def test_of_bars_that_luck_made_one_in_twenty_is_clear(replicates: int) -> None:
    chance = np.random.default_rng(replicates)
    clear = 0
    for _ in range(1000):
        base, low, high = chance.normal(size=(3, replicates))
        clear += tornado(base, {"nothing": (low, high)})[0].clear
    assert 0.01 < clear / 1000 < 0.06
