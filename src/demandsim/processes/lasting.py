"""Lasting differences: what people bring for life, a function of who they are alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, kernel, rule
from demandsim.luck import uniform, uniform4

if TYPE_CHECKING:
    from demandsim.model import DemandModel

FOR_LIFE = np.uint32(0)
"""The month of draws that are made once for a person."""

_ROOT_3 = float(np.sqrt(3.0))


@kernel
def lasting_draws(
    seed: np.uint64, uid: NDArray[np.uint64], rows: NDArray[np.int64], purpose: np.uint32
) -> NDArray[np.float32]:
    """A lasting draw of some people, in [0, 1), for kernels: so many are drawn at once."""
    theirs, drawn = uid[rows], np.empty(rows.size, dtype=np.float32)
    for k in range(drawn.size):
        drawn[k] = uniform(seed, theirs[k], FOR_LIFE, purpose)
    return drawn


@kernel
def _give_bells(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    purpose: np.uint32,
    scale: np.float32,
    difference: NDArray[np.float32],
) -> None:
    for i in rows:
        a, b, c, d = uniform4(seed, uid[i], FOR_LIFE, purpose)
        difference[i] = (a + b + c + d - f4(2.0)) * scale


def give_bell(
    model: DemandModel, rows: NDArray[np.int64], purpose: np.uint32, spread: float, difference: NDArray[np.float32]
) -> None:
    """Give people a bell-shaped difference of mean 0.

    Args:
        model: The model.
        rows: Who.
        purpose: What it is about: a `Purpose` as a word.
        spread: Its standard deviation.
        difference: Column of it.
    """
    _give_bells(model.luck_seed, model.citizens.uid, rows, purpose, f4(_ROOT_3 * spread), difference)


@rule
def full_bell(a: np.float32, b: np.float32, c: np.float32, d: np.float32) -> float:
    """A bell-shaped number of mean 0 and variance 1 from four draws, in full precision for a power of it."""
    return (np.float64(a) + np.float64(b) + np.float64(c) + np.float64(d) - 2.0) * _ROOT_3


@kernel
def _write_bells(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    purpose: np.uint32,
    bells: NDArray[np.float64],
) -> None:
    for k in range(rows.size):
        a, b, c, d = uniform4(seed, uid[rows[k]], FOR_LIFE, purpose)
        bells[k] = full_bell(a, b, c, d)


def bells(model: DemandModel, rows: NDArray[np.int64], purpose: np.uint32) -> NDArray[np.float64]:
    """A `full_bell` of each of some people."""
    out = np.empty(rows.size)
    _write_bells(model.luck_seed, model.citizens.uid, rows, purpose, out)
    return out
