"""Sharing a home: which people without partner, parent or child at home live alone, and which with others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Citizens, Setting
from demandsim.compiled import kernel
from demandsim.luck import Purpose
from demandsim.processes.base import evidence, read_rules
from demandsim.processes.curves import YEARS, monthly
from demandsim.processes.family import ADULT, child_at, child_places, is_with_parent, lives_with
from demandsim.processes.households import first_new_number, follow, found_home
from demandsim.processes.lasting import lasting_draws
from demandsim.processes.life_luck import list_marked
from demandsim.processes.shortlist import among

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

SHARERS = 3
"""People who set up a shared home together: the smallest number that is still shared when one finds a partner."""

BAND_STARTS = np.array([25, 45, 65, 75])
"""Ages at which a new band of the evidence on living alone begins."""

_YEAR = 12
_BLOCK = 2048
_GROWN = np.int16(ADULT)
_AT_HOME = np.uint8(Setting.HOME)
_SHARING = np.uint32(Purpose.SHARING)


@kernel
def _mark_alone(rows: NDArray[np.int64], household: NDArray[np.int32], homes: int, alone: NDArray[np.bool_]) -> None:
    """Which of some people, who have a household, are the only ones in it; ``homes`` is above every number of one."""
    members = np.zeros(homes + 1, dtype=np.uint8)  # the last place is for those who have none
    for i in range(household.size):
        home = np.int64(household[i])
        members[home if home >= 0 else homes] += np.uint8(1)
    for k in range(rows.size):
        alone[k] = members[household[rows[k]]] == 1


@kernel
def _list_single(
    alive: NDArray[np.bool_],
    partner: NDArray[np.int32],
    age_months: NDArray[np.int16],
    setting: NDArray[np.uint8],
    household: NDArray[np.int32],
    noted: NDArray[np.uint8],
    least: np.uint8,
    rows: NDArray[np.int64],
) -> int:
    """Fill in adults at home without a partner whose noted draw is at least so high; how many."""
    fits = np.zeros(_BLOCK, dtype=np.uint8)
    found = 0
    for first in range(0, alive.size, _BLOCK):
        here, byte = alive[first : first + _BLOCK], noted[first : first + _BLOCK]
        other, age = partner[first : first + _BLOCK], age_months[first : first + _BLOCK]
        place, home = setting[first : first + _BLOCK], household[first : first + _BLOCK]
        fits[here.size :] = 0
        for k in range(here.size):
            grown = here[k] & (byte[k] >= least) & (age[k] >= _GROWN)
            fits[k] = np.uint8(grown & (other[k] < 0) & (place[k] == _AT_HOME) & (home[k] >= 0))
        found = list_marked(fits, first, rows, found)
    return found


def single_people(model: DemandModel, share: float = 1.0) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Adults at home without a partner: their rows, and which of them live alone.

    Args:
        model: The model.
        share: What share of them, to the nearest 256th: those at the high end of this month's draw for a partner (who
            found one today is not single any more).
    """
    citizens = model.citizens
    rows = np.empty(citizens.size + 1, dtype=np.int64)
    found = _list_single(
        citizens.alive,
        citizens.partner,
        citizens.age_months,
        citizens.setting,
        citizens.household,
        citizens.pairing_luck,
        np.uint8(256 - max(round(256 * share), 1)),
        rows,
    )
    single, alone = rows[:found], np.empty(found, dtype=np.bool_)
    _mark_alone(single, citizens.household, first_new_number(citizens), alone)
    return single, alone


@kernel
def _mark_free_of_kin(
    rows: NDArray[np.int64],
    start: NDArray[np.int32],
    listed: NDArray[np.int32],
    born: NDArray[np.int64],
    marked: NDArray[np.bool_],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    free: NDArray[np.bool_],
) -> None:
    apart, found = np.empty(rows.size, dtype=np.int64), 0
    for k in range(rows.size):
        free[k] = not is_with_parent(household, mother, father, rows[k])
        apart[found] = k
        found += int(free[k])
    for k in apart[:found]:
        i = rows[k]
        for place in range(child_places(start, born, marked, i)):
            child = child_at(start, listed, born, alive, age_months, mother, father, i, place)
            free[k] &= not lives_with(household, i, child)


def free_of_kin(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which people, who have a household, live with neither a parent nor a child, whatever its age."""
    citizens, index, free = model.citizens, model.children, np.empty(rows.size, dtype=np.bool_)
    _mark_free_of_kin(
        rows,
        index.start,
        index.child,
        index.born,
        index.marked,
        citizens.alive,
        citizens.age_months,
        citizens.household,
        citizens.mother,
        citizens.father,
        free,
    )
    return free


def alone_share(model: DemandModel) -> NDArray[np.float64]:
    """Share who live alone of adults without partner, parent or child at home, by sex and year of age.

    The same for all of an age band: the bands are those of the evidence that a place is built on.

    Returns:
        Shape (2, YEARS): men, women.
    """
    citizens = model.citizens
    rows, alone = single_people(model)
    free = free_of_kin(model, rows)
    rows, alone = rows[free], alone[free]
    bands = np.searchsorted(BAND_STARTS, np.arange(YEARS), side="right")
    cell = citizens.female[rows] * (BAND_STARTS.size + 1) + bands[citizens.age_months[rows] // _YEAR]
    size = 2 * (BAND_STARTS.size + 1)
    people, apart = np.bincount(cell, minlength=size), np.bincount(cell[alone], minlength=size)
    share = np.divide(apart, people, out=np.ones(size), where=people > 0)
    return np.asarray(share.reshape(2, -1)[:, bands])


def shared_homes(
    citizens: Citizens, sharers: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Who of some people sets up a home, and who moves in with them: by threes of like age.

    Returns:
        Rows of the founders, rows of those who join them, and for each of these the founder.
    """
    if sharers.size < 2:
        return sharers, sharers[:0], sharers[:0]
    sharers = sharers[np.lexsort((citizens.uid[sharers], citizens.age_months[sharers]))]
    place = np.arange(sharers.size)
    first = place // SHARERS * SHARERS
    if sharers.size % SHARERS == 1:
        first[-1] -= SHARERS  # one who is left over joins the last three
    joins = first != place
    return sharers[~joins], sharers[joins], sharers[first[joins]]


@kernel
def _mark_wanting_alone(
    seed: np.uint64,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    share: NDArray[np.float64],
    wants: NDArray[np.bool_],
) -> None:
    drawn = lasting_draws(seed, uid, rows, _SHARING)
    for k in range(rows.size):
        i = rows[k]
        wants[k] = np.float64(drawn[k]) < share[int(female[i]), np.int64(age_months[i]) // _YEAR]


@dataclass(frozen=True)
class SharingRules:
    """How soon people change over.

    Attributes:
        change: Rate a year at which people who live alone but would share, or the other way round, do so.
    """

    change: float = evidence("home.sharing_change")


class Sharing:
    """People without partner, parent or child at home live alone if their lasting draw says so.

    A person would live alone while the share of such people who do, at their age and sex in the place at the start,
    is above their draw. Those who become such people by a move choose accordingly; others, left by a partner, by
    children or by those they shared with, or grown older, change over some time later. So the place keeps its shares
    of people who live alone at each age, given who has a partner, parent or child there.
    """

    def __init__(self, numbers: Numbers) -> None:
        change = read_rules(SharingRules, numbers).change
        self._chance = float(monthly(np.array(change)))
        self._share: NDArray[np.float64] = np.zeros((2, YEARS))

    def start(self, model: DemandModel) -> None:
        """Read off the place's shares."""
        self._share = alone_share(model)

    def wants_alone(self, model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether people would live alone rather than share a home."""
        citizens, wants = model.citizens, np.empty(rows.size, dtype=np.bool_)
        own = (citizens.uid, citizens.age_months, citizens.female)
        _mark_wanting_alone(model.luck_seed, rows, *own, self._share, wants)
        return wants

    def step(self, model: DemandModel) -> None:
        """Let some of those who live otherwise than they would change over."""
        rows, alone = single_people(model, self._chance)
        wants = self.wants_alone(model, rows)
        joining, leaving = rows[alone & ~wants], rows[wants & ~alone]
        if not (joining.size or leaving.size):
            return
        leaving = leaving[free_of_kin(model, leaving)]  # who lives alone has no kin at home
        founders, joins, hosts = shared_homes(model.citizens, joining)
        if joins.size:
            leaving = np.concatenate([leaving, founders[among(founders, np.sort(hosts))]])
        found_home(model, leaving)
        follow(model, joins, hosts)
