"""The value of knowing, against the closed form of the normal case."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.information import by_luck, evpi, evppi, evppi_binned, polynomial

MEAN, SIGMA = 0.4, (2.0, 1.0, 0.5)
FEW = {"resamples": 3, "shuffles": 2}
"""Where the value alone is looked at."""


def normal_case(draws: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Nothing, or an option whose net benefit is a mean and three independent normal parameters."""
    parameters = np.random.default_rng(seed).normal(0, SIGMA, (draws, 3))
    return np.column_stack([np.zeros(draws), MEAN + parameters.sum(axis=1)]), parameters


def worth(deviation: float, mean: float = MEAN) -> float:
    """Unit normal loss: what it is worth to know a net benefit of this mean and deviation."""
    z = mean / deviation
    return float(deviation * norm.pdf(z) - mean * norm.cdf(-z))


def test_perfect_information() -> None:
    benefits, _ = normal_case(40_000)
    found = evpi(benefits)
    truth = worth(math.hypot(*SIGMA))
    assert found.value == pytest.approx(truth, rel=0.04)
    assert abs(found.value - truth) < 4 * found.error
    assert found.best_now == 1
    assert found.changes == pytest.approx(norm.cdf(-MEAN / math.hypot(*SIGMA)), abs=0.02)


@pytest.mark.parametrize("which", [0, 1])
def test_perfect_information_about_one_parameter(which: int) -> None:
    benefits, parameters = normal_case(40_000)
    truth = worth(SIGMA[which])
    assert evppi(benefits, parameters[:, which], **FEW).value == pytest.approx(truth, rel=0.1)
    assert evppi_binned(benefits, parameters[:, which], bins=50) == pytest.approx(truth, rel=0.15)


def test_about_two_parameters_and_about_one_that_does_nothing() -> None:
    benefits, parameters = normal_case(40_000)
    assert evppi(benefits, parameters[:, :2], **FEW).value == pytest.approx(worth(math.hypot(*SIGMA[:2])), rel=0.06)
    nothing = np.random.default_rng(9).random(40_000)
    assert evppi(benefits, nothing, **FEW).value == pytest.approx(0.0, abs=0.01)


def test_the_standard_error_holds_what_the_fit_does_not_know() -> None:
    truth, covered, found = worth(600, 300), 0, []
    for trial in range(100):
        chance = np.random.default_rng(trial)
        known = chance.normal(size=250)
        gain = 300 + 600 * known + chance.normal(0, 1500, 250)
        told = evppi(np.column_stack([np.zeros(250), gain]), known, degree=2, resamples=60, shuffles=1)
        covered += abs(told.value - truth) <= 2 * told.error
        found.append((told.value, told.error))
    assert covered / 100 > 0.9
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(), rel=0.25)


def test_of_what_tells_nothing_one_in_twenty_stands_out() -> None:
    clear = 0
    for trial in range(200):
        chance = np.random.default_rng(trial)
        gain = chance.normal(-100, 1500, 250)
        benefits = np.column_stack([np.zeros(250), gain])
        clear += evppi(benefits, chance.random(250), degree=2, resamples=2, shuffles=100).clear
    assert 2 <= clear <= 20  # ten expected


def test_of_many_that_tell_nothing_the_greatest_rarely_stands_out() -> None:
    clear = 0
    for trial in range(40):
        chance = np.random.default_rng(trial)
        gain = chance.normal(-100, 1500, 120)
        benefits = np.column_stack([np.zeros(120), gain])
        many = chance.random((120, 10))
        greatest = max(evppi(benefits, column, degree=2, resamples=2, shuffles=1).value for column in many.T)
        clear += greatest > by_luck(benefits, list(many.T), degree=2, shuffles=60)
    assert clear <= 7  # two expected


def test_what_tells_much_stands_out_and_everything_has_no_such_line() -> None:
    benefits, parameters = normal_case(300)
    assert evppi(benefits, parameters[:, 0]).clear
    assert evpi(benefits).by_luck == 0.0


def test_about_everything_is_never_less_than_about_some() -> None:
    benefits, parameters = normal_case(500, seed=3)
    assert evppi(benefits, parameters[:, 0], degree=1).value <= evpi(benefits).value


def test_a_shared_benefit_is_worth_nothing_to_know() -> None:
    shared = np.random.default_rng(1).normal(0, 100, (200, 1))
    assert evpi(np.hstack([shared, shared + 1])).value == pytest.approx(0.0, abs=1e-9)


def test_polynomial_terms() -> None:
    found = polynomial(np.array([[0.0, 5.0], [2.0, 5.0], [1.0, 7.0]]), 2)
    assert found.shape == (3, 6)
    assert found[:, 1].tolist() == [-1.0, 1.0, 0.0]
    assert found[0].tolist() == [1.0, -1.0, -1.0, 1.0, 1.0, 1.0]


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(InputError, match="ten or more draws"):
        evpi(np.zeros((9, 2)))
    with pytest.raises(InputError, match="two or more options"):
        evpi(np.zeros((90, 1)))
    with pytest.raises(InputError, match="12 draws, benefits at 20"):
        evppi(np.zeros((20, 2)), np.zeros(12))
    with pytest.raises(InputError, match="no number"):
        evppi(np.zeros((20, 2)), np.full(20, math.nan))
