"""What knowing more would be worth: the expected value of perfect information, of everything and of some parameters.

Values are net benefits in one unit (or any measure where more is better, if the answer is wanted in that unit). Run
several replicates at each draw and give their mean: with one, luck counts as something that could be known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb

import numpy as np
from numpy.typing import NDArray

from demandsim.experiment.errors import InputError

Benefits = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Worth:
    """A value of information.

    Attributes:
        value: Expected gain from choosing after knowing, against choosing now; never below 0.
        error: Its standard error, from resampled draws.
        best_now: Number of the option that one would choose now.
        changes: Share of draws in which knowing would change the choice.
        by_luck: What a fit would find in 19 cases of 20 at most, had the parameters no bearing on the options; 0 where
            nothing is fitted.
    """

    value: float
    error: float
    best_now: int
    changes: float
    by_luck: float = 0.0

    @property
    def clear(self) -> bool:
        """Whether it is more than luck would make of parameters without bearing."""
        return self.value > self.by_luck


def evpi(benefits: Benefits, *, resamples: int = 200, seed: int = 1) -> Worth:
    """Expected value of perfect information about everything that was drawn.

    Args:
        benefits: Net benefit of each option at each draw, shape (draws, options).
        resamples: Bootstrap samples for the standard error.
        seed: Luck of the bootstrap.
    """
    _check(benefits)
    error = _error(len(benefits), lambda rows: _gain(benefits[rows]), resamples, seed)
    return _worth(benefits, benefits, error)


def evppi(
    benefits: Benefits,
    known: NDArray[np.float64],
    *,
    degree: int = 3,
    resamples: int = 200,
    shuffles: int = 200,
    seed: int = 1,
) -> Worth:
    """Expected value of perfect information about some parameters, by regression on them (Strong and others 2014).

    What each option can be expected to bring, once these parameters are known, is read off a polynomial fit of its
    benefit relative to the first option's; one run a draw is enough, since the fit averages luck and the other
    parameters out. What it cannot average out it takes for knowledge: a fit to few draws finds some worth in a
    parameter without any, so hold the value against ``by_luck``. Each bootstrap sample is fitted anew, so that the
    standard error holds what the fit does not know.

    Args:
        benefits: Net benefit of each option at each draw, shape (draws, options).
        known: The parameters of interest at each draw, shape (draws,) or (draws, parameters).
        degree: Highest power in the fit, lowered where draws are few.
        resamples: Bootstrap samples for the standard error.
        shuffles: Times that the parameters are dealt out to other draws, to see what luck would find.
        seed: Luck of the bootstrap and of the dealing.
    """
    _check(benefits)
    relative = benefits - benefits[:, :1]
    basis = _basis(known, degree, len(benefits))
    error = _error(len(basis), lambda rows: _gain(_fitted(basis[rows], relative[rows])), resamples, seed)
    return _worth(_fitted(basis, relative), relative, error, by_luck(benefits, [known], degree, shuffles, seed))


def by_luck(
    benefits: Benefits, known: Sequence[NDArray[np.float64]], degree: int = 3, shuffles: int = 200, seed: int = 1
) -> float:
    """What the greatest of several values by regression would be in 19 cases of 20 at most, had none any bearing.

    Benefits are dealt out to other draws at random, the same for all, and everything is fitted again.

    Args:
        benefits: Shape (draws, options).
        known: Each as for `evppi`.
        degree: As for `evppi`.
        shuffles: How often.
        seed: Luck of the dealing.
    """
    relative = benefits - benefits[:, :1]
    bases = [_basis(each, degree, len(benefits)) for each in known]
    fits = [(basis, np.linalg.pinv(basis)) for basis in bases]
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(shuffles):
        dealt = chance.permutation(relative)
        found.append(max(_gain(basis @ (inverse @ dealt)) for basis, inverse in fits))
    return float(np.quantile(found, 0.95))


def evppi_binned(benefits: Benefits, known: NDArray[np.float64], *, bins: int = 20) -> float:
    """The same for one parameter by bins: the mean benefit within each is what knowing it would let one expect.

    Biased upwards where a bin holds few draws; a check on `evppi` that assumes no shape.

    Args:
        benefits: Shape (draws, options).
        known: The parameter at each draw, shape (draws,).
        bins: Bins of equal numbers of draws.
    """
    _check(benefits)
    pieces = [piece for piece in np.array_split(np.argsort(known, kind="stable"), bins) if piece.size]
    informed = sum(piece.size * float(benefits[piece].mean(axis=0).max()) for piece in pieces) / len(benefits)
    return max(0.0, informed - float(benefits.mean(axis=0).max()))


def polynomial(columns: NDArray[np.float64], degree: int) -> NDArray[np.float64]:
    """Every product of powers up to a degree, of columns brought to -1…1.

    Args:
        columns: Shape (rows, columns).
        degree: Highest total power.

    Returns:
        Shape (rows, terms), the constant first.
    """
    low, high = columns.min(axis=0), columns.max(axis=0)
    scaled = 2.0 * (columns - low) / np.where(high > low, high - low, 1.0) - 1.0
    terms = [np.ones(len(columns))]
    for power in range(1, degree + 1):
        products = combinations_with_replacement(range(columns.shape[1]), power)
        terms += [scaled[:, list(chosen)].prod(axis=1) for chosen in products]
    return np.column_stack(terms)


def _basis(known: NDArray[np.float64], degree: int, draws: int) -> NDArray[np.float64]:
    """The terms of a fit, no more than a tenth of the draws bear."""
    columns = known[:, None] if known.ndim == 1 else known
    if len(columns) != draws or not np.isfinite(columns).all():
        raise InputError(
            f"what is known stands at {len(columns)} draws, benefits at {draws}, or a value of it is no number.\n"
            "  Give the parameters at every draw, in the order of the benefits."
        )
    while degree > 1 and comb(columns.shape[1] + degree, degree) > len(columns) // 10:
        degree -= 1
    return polynomial(columns, degree)


def _fitted(basis: NDArray[np.float64], relative: Benefits) -> Benefits:
    return np.asarray(basis @ np.linalg.lstsq(basis, relative, rcond=None)[0])


def _check(benefits: Benefits) -> None:
    if benefits.ndim != 2 or benefits.shape[1] < 2 or len(benefits) < 10 or not np.isfinite(benefits).all():
        raise InputError(
            "the value of information needs the net benefit of two or more options at ten or more draws.\n"
            "  Draw more, and leave out draws at which a run failed."
        )


def _worth(expected: Benefits, raw: Benefits, error: float, by_luck: float = 0.0) -> Worth:
    now = int(raw.mean(axis=0).argmax())
    return Worth(_gain(expected), error, now, float((expected.argmax(axis=1) != now).mean()), by_luck)


def _error(draws: int, gain: Callable[[NDArray[np.int64]], float], resamples: int, seed: int) -> float:
    """Standard error of a gain over bootstrap samples of the draws."""
    chance = np.random.default_rng(seed)
    return float(np.std([gain(chance.integers(0, draws, draws)) for _ in range(resamples)], ddof=1))


def _gain(expected: Benefits) -> float:
    return max(0.0, float(expected.max(axis=1).mean() - expected.mean(axis=0).max()))
