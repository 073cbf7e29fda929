"""Promises: what services led a person to expect, kept or broken, and the trust that this leaves.

Trust is held in whole hundredths about what people were used to at the start, which is 0. A month's gain is often less
than one of them: then luck decides whether it counts in full, so that the mean is right and nobody's trust is lost to
rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, kernel, rule

if TYPE_CHECKING:
    from demandsim.model import DemandModel

MOST = 100
"""Trust at its height, in hundredths."""


@rule
def moved(trust: np.int8, amount: float, lot: np.float32) -> np.int8:
    """Trust of a person after it has moved by some amount, within -1 and 1; a draw decides on parts of a hundredth."""
    after = np.float64(trust) + np.floor(np.float64(MOST) * amount + np.float64(lot))
    return np.int8(min(max(after, np.float64(-MOST)), np.float64(MOST)))


@rule
def trust_here(own: np.int8, around: np.float32) -> float:
    """Trust of a person in services, their own and their neighbourhood's together: -1 to 1."""
    return min(max(np.float64(own) / np.float64(MOST) + np.float64(around), -1.0), 1.0)


@kernel
def _move_all(rows: NDArray[np.int64], amount: float, trust: NDArray[np.int8]) -> None:
    for i in rows:
        trust[i] = moved(trust[i], amount, f4(0.5))


@kernel
def _trust_of(
    rows: NDArray[np.int64],
    neighbourhood: NDArray[np.int32],
    own: NDArray[np.int8],
    around: NDArray[np.float32],
    found: NDArray[np.float64],
) -> None:
    for k in range(rows.size):
        i = rows[k]
        found[k] = trust_here(own[i], around[neighbourhood[i]])


def keep_promise(model: DemandModel, rows: NDArray[np.int64], gain: float) -> None:
    """Add to these people's trust, none of them twice, what a promise kept wins, to the nearest hundredth.

    The run-in is what people are used to.
    """
    if rows.size and not model.settling:
        _move_all(rows, gain, model.citizens.trust)


def break_promise(model: DemandModel, rows: NDArray[np.int64], loss: float) -> None:
    """Take from these people's trust what a broken promise costs it."""
    keep_promise(model, rows, -loss)


def trust_of(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Trust of some people in services, their own and their neighbourhood's together: -1 to 1, 0 as at the start."""
    citizens, found = model.citizens, np.empty(rows.size)
    _trust_of(rows, citizens.neighbourhood, citizens.trust, model.council.area_trust, found)
    return found
