"""What knowing more would be worth: the expected value of perfect information, of everything and of some parameters.

Values are net benefits in one unit (or any measure where more is better, if the answer is wanted in that unit). Run
several replicates at each draw and give their mean: with one, luck counts as something that could be known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

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
    """

    value: float
    error: float
    best_now: int
    changes: float


def evpi(benefits: Benefits, *, resamples: int = 200, seed: int = 1) -> Worth:
    """Expected value of perfect information about everything that was drawn.

    Args:
        benefits: Net benefit of each option at each draw, shape (draws, options).
        resamples: Bootstrap samples for the standard error.
        seed: Luck of the bootstrap.
    """
    _check(benefits)
    return _worth(benefits, benefits, resamples, seed)


def evppi(
    benefits: Benefits, known: NDArray[np.float64], *, degree: int = 3, resamples: int = 200, seed: int = 1
) -> Worth:
    """Expected value of perfect information about some parameters, by regression on them (Strong and others 2014).

    What each option can be expected to bring, once these parameters are known, is read off a polynomial fit of its
    benefit relative to the first option's; one run a draw is enough, since the fit averages luck and the other
    parameters out.

    Args:
        benefits: Net benefit of each option at each draw, shape (draws, options).
        known: The parameters of interest at each draw, shape (draws,) or (draws, parameters).
        degree: Highest power in the fit, lowered where draws are few.
        resamples: Bootstrap samples for the standard error.
        seed: Luck of the bootstrap.
    """
    _check(benefits)
    columns = known[:, None] if known.ndim == 1 else known
    relative = benefits - benefits[:, :1]
    while degree > 1 and _terms(columns.shape[1], degree) > len(benefits) // 10:
        degree -= 1
    basis = polynomial(columns, degree)
    fitted = basis @ np.linalg.lstsq(basis, relative, rcond=None)[0]
    return _worth(fitted, relative, resamples, seed)


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


def _terms(columns: int, degree: int) -> int:
    from math import comb

    return comb(columns + degree, degree)


def _check(benefits: Benefits) -> None:
    if benefits.ndim != 2 or benefits.shape[1] < 2 or len(benefits) < 10 or not np.isfinite(benefits).all():
        raise InputError(
            "the value of information needs the net benefit of two or more options at ten or more draws.\n"
            "  Draw more, and leave out draws at which a run failed."
        )


def _worth(expected: Benefits, raw: Benefits, resamples: int, seed: int) -> Worth:
    now = int(raw.mean(axis=0).argmax())
    value = _gain(expected)
    chance = np.random.default_rng(seed)
    again: Sequence[float] = [
        _gain(expected[chance.integers(0, len(expected), len(expected))]) for _ in range(resamples)
    ]
    return Worth(value, float(np.std(again, ddof=1)), now, float((expected.argmax(axis=1) != now).mean()))


def _gain(expected: Benefits) -> float:
    return max(0.0, float(expected.max(axis=1).mean() - expected.mean(axis=0).max()))
