"""Promises: what services led a person to expect, kept or broken, and the trust that this leaves.

Trust is held in whole hundredths about what people were used to at the start, which is 0. A month's gain is often less
than one of them: then luck decides whether it counts in full, so that the mean is right and nobody's trust is lost to
rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.processes.few import within

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel

MOST = 100
"""Trust at its height, in hundredths."""


def move_trust(
    citizens: Citizens, rows: NDArray[np.int64], amount: NDArray[np.float64] | float, lot: NDArray[np.float32] | float
) -> None:
    """Move the trust of some people, none twice, within -1 and 1.

    Args:
        citizens: The people.
        rows: Whose.
        amount: By how much, shape of rows or one number.
        lot: Uniform draws that decide on parts of a hundredth; 0.5 rounds.
    """
    if not rows.size:
        return
    steps = np.floor(MOST * np.asarray(amount, dtype=np.float64) + lot)
    moved = citizens.trust[rows].astype(np.float64) + steps
    citizens.trust[rows] = within(moved, -MOST, MOST).astype(np.int8)


def keep_promise(model: DemandModel, rows: NDArray[np.int64], gain: float) -> None:
    """Add to these people's trust what a promise kept wins; the run-in is what people are used to."""
    if not model.settling:
        move_trust(model.citizens, rows, gain, 0.5)


def break_promise(model: DemandModel, rows: NDArray[np.int64], loss: float) -> None:
    """Take from these people's trust what a broken promise costs it."""
    keep_promise(model, rows, -loss)


def trust_of(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Trust of some people in services, their own and their neighbourhood's together: -1 to 1, 0 as at the start."""
    if not rows.size:
        return np.zeros(0)
    citizens = model.citizens
    own = citizens.trust[rows] / float(MOST)
    around = model.council.area_trust[citizens.neighbourhood[rows]].astype(np.float64)
    return np.asarray(within(own + around, -1.0, 1.0), dtype=np.float64)
