"""Leaving home: the young move out of their parents' home, and some move back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.processes.base import evidence, read_rules
from demandsim.processes.curves import YEARS, count_by_year, monthly, slope, smooth_share, stretched
from demandsim.processes.households import (
    ADULT,
    drawn_for,
    follow,
    found_home,
    lives_with_parent,
    new_numbers,
)
from demandsim.processes.sharing import Sharing, shared_homes

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12
_FROM, _TO, _IN_HALL_TO = 18, 45, 65
_MOST_BACK = 0.2


@dataclass(frozen=True)
class LeavingRules:
    """What decides who leaves the parents' home, and where to.

    Attributes:
        coming_and_going: Moves out of the parents' home a year that moves back make up for.
        communal_leaving: Rate a year at which adults under 65 leave communal homes (halls, hostels, barracks).
        return_ratio: Share of arrivals who come to live with a parent, against the share of residents of their age.
    """

    coming_and_going: float = evidence("home.coming_and_going")
    communal_leaving: float = evidence("home.communal_leaving")
    return_ratio: float = evidence("migration.return_home_ratio")


def with_parent_share(citizens: Citizens) -> NDArray[np.float64]:
    """Share of people who live with a parent, by year of age, shape (YEARS,)."""
    rows = citizens.rows
    at_home = np.zeros(citizens.size, dtype=np.bool_)
    at_home[rows] = lives_with_parent(citizens, rows)
    whole = count_by_year(citizens.age_months, citizens.alive)
    return smooth_share(count_by_year(citizens.age_months, at_home), whole, reach=2)


class LeavingHome:
    """People of 18 to 44 without a partner leave their parents' home, or come back to it.

    The rates are solved at the start, by age, as what keeps the place's own share of young people with their parents
    where it is, given that some find a partner and that arrivals mostly live elsewhere; then frozen.
    """

    def __init__(self, numbers: Numbers, sharing: Sharing) -> None:
        self._sharing = sharing
        self._rules = read_rules(LeavingRules, numbers)
        self._communal = float(monthly(np.array(self._rules.communal_leaving)))
        self._leaving: NDArray[np.float64] = np.zeros(YEARS)
        self._returning: NDArray[np.float64] = np.zeros(YEARS)

    def start(self, model: DemandModel, forming: NDArray[np.float64]) -> None:
        """Solve the rates of leaving and coming back.

        Args:
            model: The model, with its people.
            forming: Annual rate at which people without a partner find one, by age.
        """
        citizens = model.citizens
        share = with_parent_share(citizens)
        apart, eligible = self._apart(citizens)
        could = smooth_share(count_by_year(citizens.age_months, eligible), apart)
        arriving = stretched(model.profile.in_rate) * (1.0 - self._rules.return_ratio)
        outflow = -slope(share) - share * (forming + arriving)
        both = self._rules.coming_and_going * share
        young = (np.arange(YEARS) >= _FROM) & (np.arange(YEARS) < _TO)
        self._leaving = _chance(np.maximum(outflow, 0.0) + both, share, young)
        back = _chance(np.maximum(-outflow, 0.0) + both, could, young)
        self._returning = np.minimum(back, _MOST_BACK / _YEAR)  # few could at 18: a rate beyond this is noise

    @staticmethod
    def _apart(citizens: Citizens) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """People by age, and who of them could move back: no partner, at home, a parent elsewhere in the place."""
        rows = citizens.rows
        could = np.zeros(citizens.size, dtype=np.bool_)
        could[rows] = _could_return(citizens, rows)
        return count_by_year(citizens.age_months, citizens.alive), could

    @property
    def bound(self) -> float:
        """The greatest chance anybody has of leaving or coming back."""
        return max(float(self._leaving.max()), float(self._returning.max()), self._communal)

    def step(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Let some leave and some come back, and residents of communal homes move on.

        Args:
            model: The model.
            rows: Those who may, for their draw for parting is near or below `bound`.
        """
        citizens = model.citizens
        communal = self._communal
        age = citizens.age_months[rows]
        young = (age < _TO * _YEAR) | ((citizens.setting[rows] == Setting.OTHER_COMMUNAL) & (age < _IN_HALL_TO * _YEAR))
        alone = young & (age >= ADULT) & (citizens.partner[rows] == NOBODY)
        rows = rows[alone]
        drawn = drawn_for(model, "parting", rows)
        year = citizens.age_months[rows] // _YEAR
        with_parent = lives_with_parent(citizens, rows)
        in_hall = citizens.setting[rows] == Setting.OTHER_COMMUNAL
        chance = np.where(with_parent, self._leaving[year], np.where(in_hall, communal, 0.0))
        goes = drawn < chance
        back = ~with_parent & (drawn < self._returning[year])
        back[back] = _could_return(citizens, rows[back])
        returners = rows[back]
        self._leave(model, rows[goes], ~self._sharing.wants_alone(model, rows[goes]))
        citizens.setting[rows[goes]] = Setting.HOME
        self._return(model, returners)

    @staticmethod
    def _leave(model: DemandModel, rows: NDArray[np.int64], shares: NDArray[np.bool_]) -> None:
        """Set up new homes: for one, or for up to three of like age who move in together."""
        citizens = model.citizens
        sharers = rows[shares]
        founders, joins, hosts = shared_homes(citizens, sharers)
        founders = np.concatenate([rows[~shares], founders])
        found_home(model, founders, new_numbers(citizens, founders.size))
        follow(model, joins, hosts)

    @staticmethod
    def _return(model: DemandModel, rows: NDArray[np.int64]) -> None:
        citizens = model.citizens
        mother, father = citizens.mother[rows], citizens.father[rows]
        host = np.where(_hosts(citizens, mother), mother, father).astype(np.int64)
        follow(model, rows, host)


def _chance(flow: NDArray[np.float64], share: NDArray[np.float64], young: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Monthly chance among a share of the people that makes an annual flow of all people."""
    rate = np.divide(flow, share, out=np.zeros(YEARS), where=young & (share > 0.005))
    return monthly(np.minimum(rate, 1.0))


def _hosts(citizens: Citizens, parent: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether a parent is there and lives at home."""
    housed: NDArray[np.bool_] = (parent != NOBODY) & (citizens.household[parent] != NOBODY)
    housed &= citizens.setting[parent] == Setting.HOME
    return housed


def _could_return(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Grown people at home without a partner who have a parent elsewhere in the place to go back to."""
    single: NDArray[np.bool_] = (citizens.partner[rows] == NOBODY) & (citizens.setting[rows] == Setting.HOME)
    grown = citizens.age_months[rows] >= ADULT
    somewhere = _hosts(citizens, citizens.mother[rows]) | _hosts(citizens, citizens.father[rows])
    return single & grown & somewhere & ~lives_with_parent(citizens, rows)
