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
from demandsim.processes.family import ADULT, is_with_parent, lives_with_parent
from demandsim.processes.households import follow, found_home
from demandsim.processes.life_luck import PARTING, life_draws
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


@rule
def _can_return(
    age_months: NDArray[np.int16],
    setting: NDArray[np.uint8],
    partner: NDArray[np.int32],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    who: np.int64,
) -> bool:
    """Whether a grown person at home without a partner has a parent elsewhere in the place to go back to."""
    single = partner[who] < 0 and setting[who] == _AT_HOME and age_months[who] >= _GROWN
    has_home = _hosts(household, setting, mother[who]) or _hosts(household, setting, father[who])
    return bool(single and has_home and not is_with_parent(household, mother, father, who))


@kernel
def _mark_able_to_return(
    rows: NDArray[np.int64],
    age_months: NDArray[np.int16],
    setting: NDArray[np.uint8],
    partner: NDArray[np.int32],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    able: NDArray[np.bool_],
) -> None:
    for i in rows:
        able[i] = _can_return(age_months, setting, partner, household, mother, father, i)


@kernel
def _parental_homes(
    rows: NDArray[np.int64],
    setting: NDArray[np.uint8],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    hosts: NDArray[np.int64],
) -> None:
    """Fill in the parent to whom each of some people goes back: the mother, if there is a home with her."""
    for k in range(rows.size):
        her = mother[rows[k]]
        hosts[k] = her if _hosts(household, setting, her) else father[rows[k]]


def with_parent_share(citizens: Citizens) -> NDArray[np.float64]:
    """Share of people who live with a parent, by year of age, shape (YEARS,)."""
    rows = citizens.rows
    at_home = np.zeros(citizens.size, dtype=np.bool_)
    at_home[rows] = lives_with_parent(citizens, rows)
    whole = count_by_year(citizens.age_months, citizens.alive)
    return smooth_share(count_by_year(citizens.age_months, at_home), whole, reach=2)


@kernel
def _list_moving(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    setting: NDArray[np.uint8],
    partner: NDArray[np.int32],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    leaving: NDArray[np.float64],
    returning: NDArray[np.float64],
    communal: float,
    leavers: NDArray[np.int64],
    returners: NDArray[np.int64],
) -> tuple[int, int]:
    """Fill in who leaves the parents' home, or a hall, and who comes back to it; how many of each.

    They are of an age to leave home, or a hall, and have no partner. No branch waits for memory.
    """
    young, found = np.empty_like(rows), 0
    for i in rows:
        age = age_months[i]
        of_age = (age < _YOUNG_TO) | ((setting[i] == _IN_HALL) & (age < _HALL_TO))
        young[found] = i
        found += int(of_age & (age >= _GROWN) & (partner[i] < 0))
    going, coming = 0, 0
    luck = life_draws(seed, uid, month, young[:found], PARTING)
    for k in range(found):
        i, drawn = young[k], np.float64(luck[k])
        year = np.int64(age_months[i]) // _YEAR
        with_parent = is_with_parent(household, mother, father, i)
        chance = leaving[year] if with_parent else (communal if setting[i] == _IN_HALL else 0.0)
        leavers[going] = i
        going += int(drawn < chance)
        if not with_parent and drawn < returning[year]:
            returners[coming] = i
            coming += int(_can_return(age_months, setting, partner, household, mother, father, i))
    return going, coming


class LeavingHome:
    """People of 18 to 44 without a partner leave their parents' home, or come back to it.

    The rates are solved at the start, by age, as what keeps the place's own share of young people with their parents
    where it is, given that some find a partner and that arrivals mostly live elsewhere; then frozen.

    Attributes:
        bound: The greatest chance anybody has of leaving or coming back.
    """

    def __init__(self, numbers: Numbers, sharing: Sharing) -> None:
        self._sharing = sharing
        self._rules = read_rules(LeavingRules, numbers)
        self._communal = float(monthly(np.array(self._rules.communal_leaving)))
        self._leaving: NDArray[np.float64] = np.zeros(YEARS)
        self._returning: NDArray[np.float64] = np.zeros(YEARS)
        self.bound = self._communal

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
        _mark_able_to_return(
            citizens.rows,
            citizens.age_months,
            citizens.setting,
            citizens.partner,
            citizens.household,
            citizens.mother,
            citizens.father,
            could,
        )
        able = smooth_share(count_by_year(citizens.age_months, could), everyone)
        arriving = stretched(model.profile.in_rate) * (1.0 - self._rules.return_ratio)
        outflow = -slope(share) - share * (forming + arriving)
        both = self._rules.coming_and_going * share
        young = (np.arange(YEARS) >= _FROM) & (np.arange(YEARS) < _TO)
        self._leaving = _chance(np.maximum(outflow, 0.0) + both, share, young)
        back = _chance(np.maximum(-outflow, 0.0) + both, able, young)
        self._returning = np.minimum(back, _MOST_BACK / _YEAR)  # few could at 18: a rate beyond this is noise
        self.bound = max(float(self._leaving.max()), float(self._returning.max()), self._communal)

    def step(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Let some leave and some come back, and residents of communal homes move on.

        Args:
            model: The model.
            rows: Those who may, for their draw for parting is near or below `bound`.
        """
        citizens = model.citizens
        leavers, returners = np.empty((2, rows.size), dtype=np.int64)
        going, coming = _list_moving(
            model.luck_seed,
            model.month_word,
            rows,
            citizens.uid,
            citizens.age_months,
            citizens.setting,
            citizens.partner,
            citizens.household,
            citizens.mother,
            citizens.father,
            self._leaving,
            self._returning,
            self._communal,
            leavers,
            returners,
        )
        if going:
            self._leave(model, leavers[:going])
        if coming:
            returners, hosts = returners[:coming], np.empty(coming, dtype=np.int64)
            _parental_homes(returners, citizens.setting, citizens.household, citizens.mother, citizens.father, hosts)
            follow(model, returners, hosts)

    def _leave(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Set up new homes: for one, or for up to three of like age who move in together."""
        citizens = model.citizens
        alone = self._sharing.wants_alone(model, rows)
        founders, joins, hosts = shared_homes(citizens, rows[~alone])
        founders = np.concatenate([rows[alone], founders])
        found_home(model, founders)
        follow(model, joins, hosts)
        citizens.setting[rows] = Setting.HOME


def _chance(flow: NDArray[np.float64], share: NDArray[np.float64], young: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Monthly chance among a share of the people that makes an annual flow of all people."""
    rate = np.divide(flow, share, out=np.zeros(YEARS), where=young & (share > 0.005))
    return monthly(np.minimum(rate, 1.0))
