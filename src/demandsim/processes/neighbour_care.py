"""Care by friends and neighbours: help that was offered over a tie, as far as it is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Setting
from demandsim.compiled import f4, kernel
from demandsim.processes.hazards import positive
from demandsim.processes.shortlist import list_rows

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
    neighbour_hours: NDArray[np.float32],
    help_given: NDArray[np.float32],
    care_given: NDArray[np.float32],
) -> None:
    """People take the help that friends offer, as far as they still need it, from all alike."""
    neighbour_hours[:] = f4(0.0)
    help_given[:] = f4(0.0)
    something = np.empty(offered.size, dtype=np.uint8)
    for t in range(offered.size):
        something[t] = offered[t] != f4(0.0)
    room = np.empty(offered.size + 1, dtype=np.int64)
    found = room[: list_rows(something, room)]
    helper, helped = np.empty(found.size, dtype=np.int32), np.empty(found.size, dtype=np.int32)
    hours, rest = np.empty(found.size, dtype=np.float32), np.empty(found.size, dtype=np.float32)
    for k in range(found.size):
        t = found[k]
        helper[k], helped[k] = one[t], other[t]
        hours[k] = offered[t]
    for k in range(found.size):
        if hours[k] < f4(0.0):
            helper[k], helped[k], hours[k] = helped[k], helper[k], -hours[k]
    for k in range(found.size):
        i = helped[k]
        wanted = positive(need_hours[i] - crowding * paid_hours[i] - kin_hours[i])
        rest[k] = wanted if setting[i] == _HOME else f4(0.0)
        neighbour_hours[i] += hours[k]
    for k in range(found.size):
        given = hours[k] * min(rest[k] / neighbour_hours[helped[k]], f4(1.0))
        help_given[helper[k]] += given
        care_given[helper[k]] = min(care_given[helper[k]] + given, _WEEK)
    for k in range(found.size):
        neighbour_hours[helped[k]] = min(neighbour_hours[helped[k]], rest[k])
