"""Carers' breaks: how many hours of them a carer should have, and breaks for those who ask for one at the front door.

Most of the month's hours go to the strained, as told in `strain`. What they leave is for who asks.

A break takes nothing off the help that people get: somebody else gives it meanwhile. So ``care_given`` stays what a
carer has taken on, by which caring wears; what they give themselves is less by the share ``carer_break``. To those
whom kin help, others give ``relieved_hours`` in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS
from demandsim.compiled import f4, kernel
from demandsim.processes.base import evidence
from demandsim.processes.few import positions
from demandsim.processes.team import turns

if TYPE_CHECKING:
    from demandsim.model import DemandModel

type Rows = NDArray[np.int64]
type Mask = NDArray[np.bool_]
type Floats = NDArray[np.float64]

A_MONTH = float(f4(4.345))
"""Weeks in a month."""


@dataclass(frozen=True, slots=True)
class BreakRules:
    """How long breaks may be, what they do and what they cost."""

    most: float = evidence("carers.break_most")
    week: float = evidence("carers.break_week_most")
    relief: float = evidence("carers.strain_break")
    cost: float = evidence("cost.carer_break_hour")


def hours_wanted(model: DemandModel, rules: BreakRules, caring: Floats) -> Floats:
    """Hours a month that carers of so many hours a week should have: a share of these, and no more than so many."""
    share = min(model.practice.carer_break_share, rules.most)
    return np.asarray(np.minimum(share * caring, rules.week) * A_MONTH)


def break_left(model: DemandModel, rules: BreakRules, rows: Rows, asks: Mask) -> Mask:
    """For whom there is a break to be had: carers who ask and have none yet take what is left of the month in turn."""
    service, citizens = model.services["carers_service"], model.citizens
    left = np.zeros(rows.size, dtype=np.bool_)
    asking = positions(asks & (citizens.care_given[rows] > 0) & (citizens.carer_break[rows] == 0))
    if asking.size:
        asking = asking[turns(model, rows[asking])]
        hours = hours_wanted(model, rules, citizens.care_given[rows[asking]].astype(np.float64))
        left[asking] = (hours > 0) & (hours.cumsum() <= service.capacity - service.used)
    return left


@kernel
def _relieve(
    helper: NDArray[np.int32],
    helped: NDArray[np.int32],
    hours: NDArray[np.float32],
    in_need: NDArray[np.int64],
    breaks: NDArray[np.float32],
    relieved: NDArray[np.float32],
) -> None:
    """Sum for each person in need what their kin give, each as far as breaks replace it."""
    relieved[:] = f4(0.0)
    for k in range(helper.size):
        if breaks[helper[k]] > f4(0.0):
            relieved[in_need[helped[k]]] += hours[k] * breaks[helper[k]]


def stand_in(model: DemandModel) -> None:
    """Write to people in need what others give while their kin have the breaks of this month."""
    _relieve(*model.kin_help, model.citizens.carer_break, model.citizens.relieved_hours)


def give_breaks(model: DemandModel, rules: BreakRules, carers: Rows) -> None:
    """Give carers the break for which hours are left: it takes these, relieves strain as any break, and is paid for."""
    if not carers.size:
        return
    citizens, service, tally = model.citizens, model.services["carers_service"], np.zeros(CELLS)
    caring = citizens.care_given[carers].astype(np.float64)
    hours = hours_wanted(model, rules, caring)
    share = hours / (caring * A_MONTH)
    citizens.carer_break[carers] = share
    stand_in(model)
    citizens.strain[carers] *= (1.0 - rules.relief * share).astype(np.float32)
    service.used = min(service.used + float(hours.sum()), service.capacity)
    np.add.at(tally, citizens.cell[carers], hours)
    model.ledger.tally("break_hours", tally)
    model.ledger.cost("carers", "council", float(hours.sum()) * rules.cost)
