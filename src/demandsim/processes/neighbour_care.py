"""Care by friends and neighbours: help that was offered over a tie, as far as it is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Setting
from demandsim.compiled import f4, kernel
from demandsim.processes.hazards import positive

_HOME = np.uint8(Setting.HOME)
_WEEK = f4(168.0)


@kernel
def take_help(
    one: NDArray[np.int32],
    other: NDArray[np.int32],
    offered: NDArray[np.float32],
    need_hours: NDArray[np.float32],
    paid_hours: NDArray[np.float32],
    kin_hours: NDArray[np.float32],
    setting: NDArray[np.uint8],
    crowding: np.float32,
    found: NDArray[np.int64],
    neighbour_hours: NDArray[np.float32],
    help_given: NDArray[np.float32],
    care_given: NDArray[np.float32],
) -> None:
    """People take the help that friends offer, as far as they still need it, from all alike; zero on entry.

    Ties ``found`` are those over which something is offered.
    """
    for k in range(found.size):
        t = found[k]
        neighbour_hours[other[t] if offered[t] > f4(0.0) else one[t]] += abs(offered[t])
    for k in range(found.size):
        t = found[k]
        a_helps = offered[t] > f4(0.0)
        helper = one[t] if a_helps else other[t]
        helped = other[t] if a_helps else one[t]
        rest = f4(0.0)
        if setting[helped] == _HOME:
            rest = positive(need_hours[helped] - crowding * paid_hours[helped] - kin_hours[helped])
        hours = abs(offered[t]) * min(rest / neighbour_hours[helped], f4(1.0))
        help_given[helper] += hours
        care_given[helper] = min(care_given[helper] + hours, _WEEK)
    for k in range(found.size):
        t = found[k]
        helped = other[t] if offered[t] > f4(0.0) else one[t]
        rest = f4(0.0)
        if setting[helped] == _HOME:
            rest = positive(need_hours[helped] - crowding * paid_hours[helped] - kin_hours[helped])
        neighbour_hours[helped] = min(neighbour_hours[helped], rest)
