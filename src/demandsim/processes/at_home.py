"""Who is at home with somebody: how many live there, how many of them could look after another, what help is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Band, Setting
from demandsim.compiled import kernel, rule
from demandsim.processes.hazards import wanted_households

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens

HOME = np.uint8(Setting.HOME)
MODERATE = np.uint8(Band.MODERATE)
_ADULT = np.int16(16 * 12)


@rule
def is_able(age_months: np.int16, band: np.uint8, broken_down: np.uint8) -> bool:
    """Whether a person could look after another: 16 or over, no moderate need of their own, not in a breakdown."""
    return bool((age_months >= _ADULT) & (band < MODERATE) & (broken_down == 0))


@rule
def has_nobody(setting: np.uint8, age_months: np.int16, band: np.uint8, broken_down: np.uint8, able: np.uint16) -> bool:
    """Whether a person lives at home with nobody else who could look after them, of so many able in the household.

    Who lives in no household is counted nowhere: nobody is there.
    """
    return bool((setting == HOME) & (able <= np.uint16(is_able(age_months, band, broken_down))))


@kernel
def _count_at_home(
    household: NDArray[np.int32],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    band: NDArray[np.uint8],
    broken_down: NDArray[np.uint8],
    rows: NDArray[np.int64],
    people: NDArray[np.uint16],
    able: NDArray[np.uint16],
) -> None:
    """Households are seen without sign, as in `hazards`."""
    wanted = wanted_households(household, rows)
    live, fit = np.zeros(wanted.size, dtype=np.uint16), np.zeros(wanted.size, dtype=np.uint16)
    unsigned, last = household.view(np.uint32), np.uint32(wanted.size - 1)
    for i in range(unsigned.size):
        home = min(unsigned[i], last)
        if wanted[home]:
            live[home] += np.uint16(1)
            fit[home] += np.uint16(is_able(age_months[i], band[i], broken_down[i]) & (setting[i] == HOME))
    for k in range(rows.size):
        people[k], able[k] = live[household[rows[k]]], fit[household[rows[k]]]


def who_is_at_home(citizens: Citizens, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """How many live in the household of each of some people, and how many of them could look after another.

    Each is counted with the others; 0 for those without household. Able: 16 or over, without moderate need of their
    own, not in a breakdown as a carer.
    """
    people, able = np.empty(rows.size, dtype=np.uint16), np.empty(rows.size, dtype=np.uint16)
    if rows.size:
        _count_at_home(
            citizens.household,
            citizens.setting,
            citizens.age_months,
            citizens.band,
            citizens.broken_down,
            rows,
            people,
            able,
        )
    return people, able


@kernel
def _nobody_able(
    rows: NDArray[np.int64],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    band: NDArray[np.uint8],
    broken_down: NDArray[np.uint8],
    able: NDArray[np.uint16],
    alone: NDArray[np.bool_],
) -> None:
    for k in range(rows.size):
        i = rows[k]
        alone[k] = has_nobody(setting[i], age_months[i], band[i], broken_down[i], able[k])


def nobody_able(citizens: Citizens, rows: NDArray[np.int64], able: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Who of some people lives at home with nobody else who could look after them.

    Args:
        citizens: The people.
        rows: Of whom.
        able: How many in their household could look after another, as `who_is_at_home` counts them.
    """
    alone = np.empty(rows.size, dtype=np.bool_)
    _nobody_able(rows, citizens.setting, citizens.age_months, citizens.band, citizens.broken_down, able, alone)
    return alone


def missed_share(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Share of the hands-on help needed that nobody gave, 0 to 1, by the last count; 0 without unmet need."""
    needed = np.maximum(citizens.hands_on[rows], np.float32(0.1))
    share = np.minimum(citizens.unmet_hours[rows] / needed, np.float32(1))
    missed: NDArray[np.float32] = np.where(citizens.unmet[rows], share, np.float32(0))
    return missed
