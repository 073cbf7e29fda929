"""Who is at home with somebody: how many live there, how many of them could look after another, what help is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Band, Setting
from demandsim.compiled import f4, kernel, rule
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


@rule
def share_missed(hands_on: np.float32, unmet_hours: np.float32, unmet: np.bool_) -> np.float32:
    """Share of the hands-on help needed that nobody gave, 0 to 1, by the last count; 0 without unmet need."""
    share = min(unmet_hours / max(hands_on, f4(0.1)), f4(1))
    return share if unmet else f4(0)


@kernel
def _shares_missed(
    rows: NDArray[np.int64],
    hands_on: NDArray[np.float32],
    unmet_hours: NDArray[np.float32],
    unmet: NDArray[np.bool_],
    missed: NDArray[np.float32],
) -> None:
    for k in range(rows.size):
        i = rows[k]
        missed[k] = share_missed(hands_on[i], unmet_hours[i], unmet[i])


def missed_share(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """What `share_missed` says of some people."""
    missed = np.empty(rows.size, dtype=np.float32)
    _shares_missed(rows, citizens.hands_on, citizens.unmet_hours, citizens.unmet, missed)
    return missed
