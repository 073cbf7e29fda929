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


@kernel
def _count_at_home(
    wanted: NDArray[np.bool_],
    household: NDArray[np.uint32],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    band: NDArray[np.uint8],
    broken_down: NDArray[np.uint8],
    people: NDArray[np.uint16],
    able: NDArray[np.uint16],
) -> None:
    """Households are seen without sign, as in `hazards`."""
    last = np.uint32(wanted.size - 1)
    for i in range(household.size):
        home = min(household[i], last)
        if wanted[home]:
            fit = (age_months[i] >= _ADULT) & (band[i] < MODERATE) & (broken_down[i] == 0)
            people[home] += np.uint16(1)
            able[home] += np.uint16(fit & (setting[i] == HOME))


def count_at_home(citizens: Citizens, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """What `who_is_at_home` says of some people, by number of household; the last place is that of who has none.

    Households in which none of these people live are left at 0.
    """
    wanted = wanted_households(citizens.household, rows)
    people, able = (np.zeros(wanted.size, dtype=np.uint16) for _ in range(2))
    _count_at_home(
        wanted,
        citizens.household.view(np.uint32),
        citizens.setting,
        citizens.age_months,
        citizens.band,
        citizens.broken_down,
        people,
        able,
    )
    return people, able


def who_is_at_home(citizens: Citizens, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """How many live in the household of each of some people, and how many of them could look after another.

    Each is counted with the others; 0 for those without household. Able: 16 or over, without moderate need of their
    own, not in a breakdown as a carer.
    """
    people, able = count_at_home(citizens, rows)
    home = citizens.household[rows]
    return people[home], able[home]


@rule
def has_nobody_able(
    setting: np.uint8, age_months: np.int16, band: np.uint8, broken_down: np.uint8, able: np.uint16
) -> bool:
    """Whether somebody lives at home with nobody else who could look after them; ``able`` counts them if they could."""
    fit = (age_months >= _ADULT) & (band < MODERATE) & (broken_down == 0)
    # Who lives in no household is counted nowhere: nobody is there.
    return bool((setting == HOME) & (np.int64(able) <= np.int64(fit)))


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
        alone[k] = has_nobody_able(setting[i], age_months[i], band[i], broken_down[i], able[k])


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
