"""Plans made together: whom staff plan with instead of for, who accepts, and what it takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel
from demandsim.luck import Purpose, uniform
from demandsim.processes.base import evidence
from demandsim.processes.promises import trust_here
from demandsim.processes.team import Mask, Rows

if TYPE_CHECKING:
    from demandsim.model import DemandModel


_TOGETHER = np.uint32(Purpose.TOGETHER)


@dataclass(frozen=True, slots=True)
class Planning:
    """What making a plan together takes, and what it adds to how well the plan fits."""

    hours: float = evidence("plan.together_hours")
    fit: float = evidence("plan.together_fit")
    trust: float = evidence("trust.accept")


@kernel
def _accept(
    seed: np.uint64,
    month: np.uint32,
    rows: Rows,
    uid: NDArray[np.uint64],
    share: float,
    more: float,
    neighbourhood: NDArray[np.int32],
    trust: NDArray[np.int8],
    around: NDArray[np.float32],
    accepted: Mask,
) -> None:
    for k in range(rows.size):
        i = rows[k]
        trusting = trust_here(trust[i], around[neighbourhood[i]])
        accepted[k] = np.float64(uniform(seed, uid[i], month, _TOGETHER)) < share * (1.0 + more * trusting)


def made_together(model: DemandModel, rows: Rows, rules: Planning) -> Mask:
    """With whom a plan will be made together: a share by practice, of whom more accept who trust services more.

    Args:
        model: The place.
        rows: People to be assessed.
        rules: Numbers of planning together.
    """
    citizens, share = model.citizens, model.practice.together_share
    if share <= 0.0:
        return np.zeros(rows.size, dtype=np.bool_)
    accepted = np.empty(rows.size, dtype=np.bool_)
    _accept(
        model.luck_seed,
        model.month_word,
        rows,
        citizens.uid,
        share,
        rules.trust,
        citizens.neighbourhood,
        citizens.trust,
        model.council.area_trust,
        accepted,
    )
    return accepted
