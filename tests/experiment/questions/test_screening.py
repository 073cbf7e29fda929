"""Screening: what stands out among many columns, and how often chance alone does."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.discovery import Discovery, choose, discover, prim, pruned
from demandsim.experiment.questions.screening import screen

COLUMNS, FUTURES = 54, 250
FEW = 99  # shuffles: enough for a level of 5 %, exactly


def futures(seed: int, count: int = FUTURES, columns: int = COLUMNS) -> pd.DataFrame:
    values = np.random.default_rng(seed).random((count, columns))
    return pd.DataFrame(values, columns=[f"x{k}" for k in range(columns)])


def drawn(share: float | NDArray[np.float64], seed: int) -> NDArray[np.bool_]:
    return np.random.default_rng(seed + 10_000).random(FUTURES) < share


def planted(kind: str, cases: pd.DataFrame) -> NDArray[np.float64]:
    """How likely each future is to be of interest."""
    if kind == "step":  # as the cut in docs/findings/when_it_wins.md
        return np.where(cases["x0"] < 0.34, 0.8, 0.34)
    return np.where((cases["x0"] > 0.4) & (cases["x1"] < 0.5), 0.9, 0.2)


def searches(kind: str, count: int) -> list[Discovery]:
    found = []
    for seed in range(count):
        cases = futures(seed)
        found.append(discover(cases, drawn(planted(kind, cases), seed), shuffles=FEW))
    return found


def test_in_noise_nothing_stands_out_but_in_one_search_of_twenty() -> None:
    count = 120
    named = [bool(discover(futures(seed), drawn(0.4, seed), shuffles=FEW).box.limits) for seed in range(count)]
    # The test is exact, so that the number of false alarms is binomial; outside these bounds once in 500.
    assert stats.binom.ppf(0.001, count, 0.05) <= sum(named) <= stats.binom.ppf(0.999, count, 0.05)


def test_peeling_over_all_columns_hides_a_step_that_screening_finds() -> None:
    cases = futures(1)
    wanted = drawn(planted("step", cases), 1)
    peeled = pruned(choose(prim(cases, wanted, least_mass=0.1), density=0.8), cases, wanted)
    assert "x0" not in peeled.limits
    found = discover(cases, wanted)
    assert set(found.box.limits) == {"x0"}
    assert found.chance["x0"] == 0.001
    assert min(p for name, p in found.chance.items() if name != "x0") > 0.05


def test_a_planted_step_of_one_column_is_found() -> None:
    found = searches("step", 16)
    assert sum("x0" in each.box.limits for each in found) >= 15
    ends = [each.box.limits["x0"] for each in found if "x0" in each.box.limits]
    assert sum(low > -math.inf for low, _ in ends) <= 2  # pruning lets a second end through now and then
    assert np.median([high for _, high in ends]) == pytest.approx(0.34, abs=0.03)
    others = sum(bool(set(each.box.limits) - {"x0"}) for each in found)
    assert others <= stats.binom.ppf(0.999, 16, 0.05)


def test_a_planted_box_of_two_columns_is_found() -> None:
    found = searches("box", 16)
    assert sum({"x0", "x1"} <= set(each.box.limits) for each in found) >= 14
    both = [each.box.limits for each in found if {"x0", "x1"} <= set(each.box.limits)]
    assert np.median([limits["x0"][0] for limits in both]) == pytest.approx(0.4, abs=0.04)
    assert np.median([limits["x1"][1] for limits in both]) == pytest.approx(0.5, abs=0.04)
    others = sum(bool(set(each.box.limits) - {"x0", "x1"}) for each in found)
    assert others <= stats.binom.ppf(0.999, 16, 0.05)


def test_a_known_box_is_found_among_many_columns() -> None:
    cases = futures(3)
    box = discover(cases, ((cases["x0"] > 0.6) & cases["x2"].between(0.2, 0.7)).to_numpy()).box
    assert set(box.limits) == {"x0", "x2"}
    assert box.limits["x0"] == pytest.approx((0.6, math.inf), abs=0.03)
    assert box.limits["x2"] == pytest.approx((0.2, 0.7), abs=0.03)
    assert min(box.coverage, box.density) > 0.95


def test_a_column_that_matters_only_with_another_is_found_inside_the_box() -> None:
    cases = futures(5)
    share = np.where(cases["x0"] > 0.8, np.where(cases["x1"] > 0.5, 1.0, 0.15), 0.05)
    wanted = drawn(share, 5)
    assert screen(cases, wanted)["p"]["x1"] > 0.05
    assert set(discover(cases, wanted).box.limits) == {"x0", "x1"}


def test_the_sharpest_limit_is_the_hypergeometric_excess() -> None:
    cases = pd.DataFrame({"low": np.arange(20.0), "still": np.ones(20), "flag": np.arange(20) % 2 == 0})
    wanted = np.arange(20) < 6
    rows = screen(cases, wanted, shuffles=199)
    excess = (6 - 6 * 6 / 20) / math.sqrt(stats.hypergeom(20, 6, 6).var())
    assert rows.index[0] == "low"
    assert rows.loc["low", ["low", "high", "sharpness"]].to_list() == pytest.approx([-math.inf, 5.5, excess])
    assert rows.loc["low", "p"] == 1 / 200
    assert rows.loc["still", ["sharpness", "p"]].to_list() == [0, 1]
    assert rows.loc["flag", "sharpness"] == 0  # three of six on either side


def test_the_same_seed_gives_the_same_and_columns_may_come_in_any_order() -> None:
    cases = futures(4)
    wanted = drawn(planted("step", cases), 4)
    one, again = screen(cases, wanted, seed=3), screen(cases, wanted, seed=3)
    pd.testing.assert_frame_equal(one, again)
    turned = screen(cases[cases.columns[::-1]], wanted, seed=3)
    pd.testing.assert_frame_equal(one, turned.loc[one.index])
    assert not one["p"].equals(screen(cases, wanted, seed=4)["p"])


def test_too_few_shuffles_are_refused() -> None:
    with pytest.raises(InputError, match=r"18 shuffles: too few for a level of 0\.05(.|\n)*at least 19"):
        discover(futures(1), drawn(0.5, 1), shuffles=18)
    with pytest.raises(InputError, match="none of the 250"):
        discover(futures(1), drawn(0.0, 1))
