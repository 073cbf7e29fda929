"""The value of knowing, against the closed form of the normal case."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.information import evpi, evppi, evppi_binned, polynomial

MEAN, SIGMA = 0.4, (2.0, 1.0, 0.5)


def normal_case(draws: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Nothing, or an option whose net benefit is a mean and three independent normal parameters."""
    parameters = np.random.default_rng(seed).normal(0, SIGMA, (draws, 3))
    return np.column_stack([np.zeros(draws), MEAN + parameters.sum(axis=1)]), parameters


def worth(deviation: float) -> float:
    """Unit normal loss: what it is worth to know a net benefit of this mean and deviation."""
    z = MEAN / deviation
    return float(deviation * norm.pdf(z) - MEAN * norm.cdf(-z))


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
    assert evppi(benefits, parameters[:, which]).value == pytest.approx(truth, rel=0.1)
    assert evppi_binned(benefits, parameters[:, which], bins=50) == pytest.approx(truth, rel=0.15)


def test_about_two_parameters_and_about_one_that_does_nothing() -> None:
    benefits, parameters = normal_case(40_000)
    assert evppi(benefits, parameters[:, :2]).value == pytest.approx(worth(math.hypot(*SIGMA[:2])), rel=0.06)
    nothing = np.random.default_rng(9).random(40_000)
    assert evppi(benefits, nothing).value == pytest.approx(0.0, abs=0.01)


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
