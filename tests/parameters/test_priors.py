"""Priors: quantiles, bounds, no effect always within reach, stratified draws that never depend on their number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from demandsim.parameters.effects import EFFECTS_OF_PRACTICE
from demandsim.parameters.priors import BLOCK, Prior, Shape, draw, joint_draws, prior, shares
from demandsim.parameters.register import register

DRAWN = [key for key in register() if prior(key) is not None]


def test_fitted_rows_words_and_rows_without_a_range_are_held() -> None:
    for key, row in register().items():
        if row.status == "F" or row.number is None or None in row.range:
            assert prior(key) is None, key
    fitted = next(key for key, row in register().items() if row.status == "F" and row.number is not None)
    assert draw(fitted, [0.1, 0.9]).tolist() == [register()[fitted].number] * 2
    assert prior("mort.improvement") is None
    words = next(key for key, row in register().items() if row.number is None)
    with pytest.raises(KeyError, match="words"):
        draw(words, 0.5)
    with pytest.raises(KeyError):
        draw("no.such.key", 0.5)


def test_every_prior_rises_from_end_to_end_and_stays_inside() -> None:
    assert len(DRAWN) > 500
    for key in DRAWN:
        held = prior(key)
        assert held is not None
        found = held.quantile(np.linspace(0, 1, 41))
        assert np.all(np.diff(found) >= 0), key
        assert found[0] == pytest.approx(held.low, abs=1e-12 * max(1, abs(held.high))), key
        assert found[-1] == pytest.approx(held.high), key


@pytest.mark.parametrize("key", EFFECTS_OF_PRACTICE)
def test_the_range_of_an_effect_includes_none(key: str) -> None:
    held = prior(key)
    assert held is not None
    assert held.shape is Shape.EVEN
    assert held.low == 0.0
    assert float(held.quantile(0.0)) == 0.0
    assert float(held.quantile(0.5)) == pytest.approx(held.usual)
    # As likely near none as near the usual value, on that side.
    assert float(held.quantile(0.05)) == pytest.approx(0.1 * held.usual)


def test_shapes_follow_what_a_row_is() -> None:
    for key, shape in {
        "acute.fade": Shape.BETA,  # share of acute illness left
        "acute.deprivation_ratio": Shape.LOGNORMAL,  # ratio most/least deprived
        "soc.tie_let_go": Shape.LOGNORMAL,  # annual rate
        "acute.mean_stay": Shape.BETA,  # days
        "need.capability_weight": Shape.EVEN,
        "door.crisis": Shape.BETA,  # added ratio whose low end is 0: no logarithm
    }.items():
        held = prior(key)
        assert held is not None
        assert held.shape is shape, (key, register()[key].unit)


def test_quantiles_against_other_formulas() -> None:
    level = np.array([0.01, 0.2, 0.5, 0.8, 0.99])
    ratio = Prior("r", Shape.LOGNORMAL, 0.5, 1.0, 2.0)
    sigma = np.log(2) / stats.norm.ppf(0.975)
    within = stats.truncnorm(-stats.norm.ppf(0.975), stats.norm.ppf(0.975), loc=0, scale=sigma)
    assert ratio.quantile(level) == pytest.approx(np.exp(within.ppf(level)))
    lopsided = Prior("r", Shape.LOGNORMAL, 0.9, 1.0, 4.0)
    assert float(lopsided.quantile(0.5)) == pytest.approx(1.0)
    share = Prior("s", Shape.BETA, 0.2, 0.3, 0.7)
    assert share.quantile(level) == pytest.approx(stats.beta(1.8, 4.2, loc=0.2, scale=0.5).ppf(level))
    # PERT's mean is (low + 4 mode + high) / 6.
    assert share.quantile((np.arange(20_000) + 0.5) / 20_000).mean() == pytest.approx((0.2 + 1.2 + 0.7) / 6, abs=1e-4)
    with pytest.raises(ValueError, match="between 0 and 1"):
        share.quantile(1.2)


@given(st.integers(0, 60), st.integers(0, 2**40))
def test_shares_are_stratified_and_do_not_depend_on_how_many_are_asked(count: int, design: int) -> None:
    found = shares("a.key", count, design)
    assert found.shape == (count,)
    assert found.tolist() == shares("a.key", count + BLOCK, design)[:count].tolist()
    for start in range(0, count - BLOCK + 1, BLOCK):
        assert sorted((found[start : start + BLOCK] * BLOCK).astype(int)) == list(range(BLOCK))


def test_joint_draws_are_the_same_for_the_same_design_and_independent_by_key() -> None:
    keys = DRAWN[:40]
    one = joint_draws(keys, 20, design=7)
    assert one == joint_draws(reversed(keys), 20, design=7)
    assert one[:10] == joint_draws(keys, 10, design=7)
    assert one != joint_draws(keys, 20, design=8)
    assert [{k: d[k] for k in keys[:5]} for d in one] == joint_draws(keys[:5], 20, design=7)
    many = joint_draws(keys[:12], 1000, design=1)
    table = np.array([list(d.values()) for d in many])
    off = np.corrcoef(table.T) - np.eye(12)
    assert np.abs(off).max() < 0.15
