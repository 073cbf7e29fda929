"""Leaving home: the young move out of their parents' home, and some move back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Citizens, Setting
from demandsim.compiled import kernel, rule
from demandsim.processes.base import evidence, read_rules
from demandsim.processes.curves import YEARS, count_by_year, monthly, slope, smooth_share, stretched
from demandsim.processes.family import ADULT, People, is_with_parent, lives_with_parent, people_of
from demandsim.processes.households import follow, found_home, new_numbers
from demandsim.processes.life_luck import PARTING, drawn_for
from demandsim.processes.sharing import Sharing, shared_homes

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12
_FROM, _TO, _IN_HALL_TO = 18, 45, 65
_MOST_BACK = 0.2
_GROWN = np.int16(ADULT)
_YOUNG_TO, _HALL_TO = np.int16(_TO * _YEAR), np.int16(_IN_HALL_TO * _YEAR)
_AT_HOME, _IN_HALL = np.uint8(Setting.HOME), np.uint8(Setting.OTHER_COMMUNAL)


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


@rule
def _hosts(household: NDArray[np.int32], setting: NDArray[np.uint8], parent: np.int32) -> bool:
    """Whether a parent is there and lives at home."""
    return bool(parent >= 0 and household[parent] >= 0 and setting[parent] == _AT_HOME)


@kernel
def _mark_able_to_return(people: People, rows: NDArray[np.int64], able: NDArray[np.bool_]) -> None:
    """Which grown people at home without a partner have a parent elsewhere in the place to go back to."""
    age_months, setting, partner = people.age_months, people.setting, people.partner
    household, mother, father = people.household, people.mother, people.father
    for k in range(rows.size):
        i = rows[k]
        single = partner[i] < 0 and setting[i] == _AT_HOME and age_months[i] >= _GROWN
        has_home = _hosts(household, setting, mother[i]) or _hosts(household, setting, father[i])
        able[k] = single and has_home and not is_with_parent(household, mother, father, i)


def _could_return(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    able = np.empty(rows.size, dtype=np.bool_)
    _mark_able_to_return(people_of(citizens), rows, able)
    return able


@kernel
def _parental_homes(people: People, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The parent to whom each of some people goes back: the mother, if there is a home with her."""
    household, setting = people.household, people.setting
    hosts = np.empty(rows.size, dtype=np.int64)
    for k in range(rows.size):
        mother = people.mother[rows[k]]
        hosts[k] = mother if _hosts(household, setting, mother) else people.father[rows[k]]
    return hosts


def with_parent_share(citizens: Citizens) -> NDArray[np.float64]:
    """Share of people who live with a parent, by year of age, shape (YEARS,)."""
    rows = citizens.rows
    at_home = np.zeros(citizens.size, dtype=np.bool_)
    at_home[rows] = lives_with_parent(citizens, rows)
    whole = count_by_year(citizens.age_months, citizens.alive)
    return smooth_share(count_by_year(citizens.age_months, at_home), whole, reach=2)


@kernel
def _list_young(rows: NDArray[np.int64], people: People, young: NDArray[np.int64]) -> int:
    """Fill in who of an age to leave home, or a hall, has no partner; how many. No branch waits for memory."""
    age_months, setting, partner = people.age_months, people.setting, people.partner
    found = 0
    for i in rows:
        age = age_months[i]
        of_age = (age < _YOUNG_TO) | ((setting[i] == _IN_HALL) & (age < _HALL_TO))
        young[found] = i
        found += int(of_age & (age >= _GROWN) & (partner[i] < 0))
    return found


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
        everyone = count_by_year(citizens.age_months, citizens.alive)
        could = np.zeros(citizens.size, dtype=np.bool_)
        could[citizens.rows] = _could_return(citizens, citizens.rows)
        able = smooth_share(count_by_year(citizens.age_months, could), everyone)
        arriving = stretched(model.profile.in_rate) * (1.0 - self._rules.return_ratio)
        outflow = -slope(share) - share * (forming + arriving)
        both = self._rules.coming_and_going * share
        young = (np.arange(YEARS) >= _FROM) & (np.arange(YEARS) < _TO)
        self._leaving = _chance(np.maximum(outflow, 0.0) + both, share, young)
        back = _chance(np.maximum(-outflow, 0.0) + both, able, young)
        self._returning = np.minimum(back, _MOST_BACK / _YEAR)  # few could at 18: a rate beyond this is noise

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
        young = np.empty_like(rows)
        young = young[: _list_young(rows, people_of(citizens), young)]
        drawn = drawn_for(model, PARTING, young)
        year = citizens.age_months[young] // _YEAR
        with_parent = lives_with_parent(citizens, young)
        in_hall = citizens.setting[young] == Setting.OTHER_COMMUNAL
        chance = np.where(with_parent, self._leaving[year], np.where(in_hall, self._communal, 0.0))
        leavers = young[drawn < chance]
        returners = young[~with_parent & (drawn < self._returning[year])]
        returners = returners[_could_return(citizens, returners)]
        self._leave(model, leavers, ~self._sharing.wants_alone(model, leavers))
        citizens.setting[leavers] = Setting.HOME
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
        follow(model, rows, _parental_homes(people_of(model.citizens), rows))


def _chance(flow: NDArray[np.float64], share: NDArray[np.float64], young: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Monthly chance among a share of the people that makes an annual flow of all people."""
    rate = np.divide(flow, share, out=np.zeros(YEARS), where=young & (share > 0.005))
    return monthly(np.minimum(rate, 1.0))
