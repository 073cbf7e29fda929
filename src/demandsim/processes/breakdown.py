"""Breakdown: whose caring stops for some months, and whom that leaves in crisis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose
from demandsim.processes.hazards import draw_into, month_chance, uids_of

_BREAKDOWN = np.uint32(Purpose.BREAKDOWN)


@kernel
def break_downs(
    seed: np.uint64,
    month: np.uint32,
    heavy: NDArray[np.int64],
    uid: NDArray[np.uint64],
    own: NDArray[np.float32],
    care_given: NDArray[np.float32],
    strain: NDArray[np.float32],
    illness: NDArray[np.float32],
    base: np.float32,
    usual_hours: np.float32,
    strained_from: np.float32,
    strained: np.float32,
    carers: NDArray[np.int64],
) -> int:
    """List whose caring breaks down: by hours and who they are, thrice as likely strained, more in acute illness.

    Returns:
        How many they are.
    """
    lots = np.empty(heavy.size, dtype=np.float32)
    draw_into(seed, uids_of(uid, heavy), month, _BREAKDOWN, lots)
    found = 0
    for k in range(heavy.size):
        i, lot = heavy[k], lots[k]
        by_hours = base * (care_given[i] / usual_hours) * own[k]
        # Most are clear of it even if they were strained and ill: nothing more need be read of them.
        if lot < month_chance(by_hours * max(strained, f4(1.0)) * f4(2.0)):
            worn = f4(1.0) + (strained - f4(1.0)) * f4(strain[i] > strained_from)
            if lot < month_chance(by_hours * worn * (f4(1.0) + illness[i])):
                carers[found] = i
                found += 1
    return found


@kernel
def leave_in_crisis(
    broken_down: NDArray[np.uint8],
    helper: NDArray[np.int32],
    helped: NDArray[np.int32],
    hours: NDArray[np.float32],
    in_need: NDArray[np.int64],
    backup: NDArray[np.bool_],
    months: np.uint8,
    months_with_backup: np.uint8,
    crisis: NDArray[np.uint8],
) -> None:
    """Put into crisis whom the broken down helped this month: see `KinHelp`. Who broke down before helped nobody."""
    for k in range(helper.size):
        if broken_down[helper[k]] > 0 and hours[k] > f4(0.0):
            whom = in_need[helped[k]]
            crisis[whom] = max(crisis[whom], months_with_backup if backup[helper[k]] else months)
