"""Moves to care homes and back: who lives in one, who asks for a place this month, and who goes home again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Setting, SupportType
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform
from demandsim.processes.at_home import share_missed
from demandsim.processes.hazards import hazard_chance, home_hazard, month_chance
from demandsim.processes.shortlist import list_rows

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens

_HOME, _CARE_HOME = np.uint8(Setting.HOME), np.uint8(Setting.CARE_HOME)
_NO_SUPPORT = np.uint8(SupportType.NONE)
_ENTRY, _RETURN = np.uint32(Purpose.HOME_ENTRY), np.uint32(Purpose.HOME_RETURN)
_ADULT = np.int16(18 * 12)


@kernel
def _list_residents(
    alive: NDArray[np.bool_], setting: NDArray[np.uint8], support_type: NDArray[np.uint8], rows: NDArray[np.int64]
) -> int:
    """List who lives in a care home for older people; how many."""
    inside = np.empty(setting.size, dtype=np.uint8)
    for i in range(inside.size):
        inside[i] = setting[i] == _CARE_HOME
    found = 0
    for k in range(list_rows(inside, rows)):
        i = rows[k]
        rows[found] = i
        found += int(alive[i] & (support_type[i] == _NO_SUPPORT))
    return found


def residents_of(citizens: Citizens) -> NDArray[np.int64]:
    """Who lives in a care home for older people; residents whose support began at working age are not among them."""
    rows = np.empty(citizens.size + 1, dtype=np.int64)
    return rows[: _list_residents(citizens.alive, citizens.setting, citizens.support_type, rows)].copy()


@rule
def _draw(seed: np.uint64, uid: np.uint64, month: np.uint32) -> np.float32:
    """A person's draw for moving to a home this month."""
    return uniform(seed, uid, month, _ENTRY)


@rule
def _pressed(missed: np.float32, weight: np.float32, mean: np.float32) -> np.float32:
    """What missed help does to the hazard of a move: 1 at the mean of the run-in, never below 0.

    Args:
        missed: Share of hands-on help that nobody gave.
        weight: Share added to the hazard if no help comes, `home.unmet`.
        mean: What those who might move missed in the run-in.
    """
    return max(f4(1.0) + weight * (missed - mean), f4(0.0))


@kernel
def may_ask(
    seed: np.uint64,
    month: np.uint32,
    limitation: NDArray[np.float32],
    least: np.float32,
    moderate: np.float32,
    base: np.float32,
    crisis_weight: np.float32,
    unmet_weight: np.float32,
    missed_mean: np.float32,
    uid: NDArray[np.uint64],
    setting: NDArray[np.uint8],
    support_type: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    rows: NDArray[np.int64],
) -> int:
    """List adults at home whose draw lies below the chance they would have with dementia, in a crisis, alone, unhelped.

    Few, and quickly told. ``least`` is the limitation from which a placement is proposed.
    """
    limited = np.empty(limitation.size, dtype=np.uint8)
    for i in range(limited.size):
        limited[i] = limitation[i] >= least
    found = 0
    for k in range(list_rows(limited, rows)):
        i = rows[k]
        rows[found] = i
        highest = home_hazard(limitation[i], moderate, f4(1.0), f4(1.0), f4(1.0), base, crisis_weight)
        most = hazard_chance(highest * _pressed(f4(1.0), unmet_weight, missed_mean))
        here = (setting[i] == _HOME) & (support_type[i] == _NO_SUPPORT) & (age_months[i] >= _ADULT)
        found += int(here & (_draw(seed, uid[i], month) < most))
    return found


def may_move(citizens: Citizens, least: np.float32) -> NDArray[np.int64]:
    """Rows of adults at home, limited so far that a placement may be proposed; working-age support left out."""
    able = (citizens.limitation >= least) & (citizens.age_months >= _ADULT)
    able &= (citizens.setting == _HOME) & (citizens.support_type == _NO_SUPPORT)
    return np.flatnonzero(able)


@kernel
def how_likely(
    rows: NDArray[np.int64],
    people: NDArray[np.uint16],
    limitation: NDArray[np.float32],
    dementia: NDArray[np.int16],
    admitted: NDArray[np.bool_],
    crisis: NDArray[np.uint8],
    moderate: np.float32,
    crisis_weight: np.float32,
    likely: NDArray[np.float64],
) -> None:
    """How likely each of some people is to ask for a place, against each other, whatever help they miss.

    ``people`` in each one's household go with ``rows``.
    """
    for k in range(rows.size):
        i = rows[k]
        presses = f4(admitted[i] | (crisis[i] > 0))
        likely[k] = home_hazard(
            limitation[i], moderate, f4(dementia[i] > 0), presses, f4(people[k] <= 1), f4(1.0), crisis_weight
        )


@kernel
def asking(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    people: NDArray[np.uint16],
    uid: NDArray[np.uint64],
    limitation: NDArray[np.float32],
    dementia: NDArray[np.int16],
    admitted: NDArray[np.bool_],
    crisis: NDArray[np.uint8],
    hands_on: NDArray[np.float32],
    unmet_hours: NDArray[np.float32],
    unmet: NDArray[np.bool_],
    moderate: np.float32,
    base: np.float32,
    crisis_weight: np.float32,
    unmet_weight: np.float32,
    missed_mean: np.float32,
    in_crisis: NDArray[np.bool_],
) -> int:
    """Keep of some rows those whose draw lies below their chance of moving to a home; how many, and who is in a crisis.

    ``people`` in each one's household go with ``rows``.
    """
    found = 0
    for k in range(rows.size):
        i = rows[k]
        rows[found], in_crisis[found] = i, admitted[i] | (crisis[i] > 0)
        hazard = home_hazard(
            limitation[i],
            moderate,
            f4(dementia[i] > 0),
            f4(in_crisis[found]),
            f4(people[k] <= 1),
            base,
            crisis_weight,
        )
        missed = share_missed(hands_on[i], unmet_hours[i], unmet[i])
        chance = hazard_chance(hazard * _pressed(missed, unmet_weight, missed_mean))
        found += int(_draw(seed, uid[i], month) < chance)
    return found


@kernel
def returning(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    recent_loss: NDArray[np.float32],
    dementia: NDArray[np.int16],
    admitted: NDArray[np.bool_],
    fell_ill: NDArray[np.bool_],
    setback: NDArray[np.bool_],
    rate: np.float32,
    returns: NDArray[np.bool_],
) -> int:
    """Who goes home: the loss that brought them is mending, and nothing new happened; how many."""
    found = 0
    for k in range(rows.size):
        i = rows[k]
        unwell = admitted[i] | fell_ill[i] | setback[i]
        mending = recent_loss[i] > f4(0.05) and dementia[i] == 0 and not unwell
        returns[k] = mending and uniform(seed, uid[i], month, _RETURN) < month_chance(rate)
        found += int(returns[k])
    return found
