"""Plans made together: whom staff plan with instead of for, who accepts, and what it takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demandsim import luck
from demandsim.luck import Purpose
from demandsim.processes.base import evidence
from demandsim.processes.promises import trust_of
from demandsim.processes.team import Mask, Rows

if TYPE_CHECKING:
    from demandsim.model import DemandModel


@dataclass(frozen=True, slots=True)
class Planning:
    """What making a plan together takes, and what it adds to how well the plan fits."""

    hours: float = evidence("plan.together_hours")
    fit: float = evidence("plan.together_fit")
    trust: float = evidence("trust.accept")


def made_together(model: DemandModel, rows: Rows, rules: Planning) -> Mask:
    """With whom a plan will be made together: a share by practice, of whom more accept who trust services more.

    Args:
        model: The place.
        rows: People to be assessed.
        rules: Numbers of planning together.
    """
    share = model.practice.together_share
    if share <= 0.0:
        return np.zeros(rows.size, dtype=np.bool_)
    lot = luck.draw(model.luck_seed, model.citizens.uid[rows], model.month, Purpose.TOGETHER)
    accepted: Mask = lot < share * (1.0 + rules.trust * trust_of(model, rows))
    return accepted
