"""Stocks of a month: one pass over the people for what they are, tallied by reporting cell, need, place and age.

Four tables come of it, each a row for every code: *cells* (age band, sex, deprivation fifth), *need* (need band of
adults), *areas* (neighbourhood) and *lives* (bands of a life table, sex, fifth). Nothing is written to the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS, LIFE_BAND_OF_AGE, LIFE_CELLS
from demandsim.agents.citizens import DEFICITS, Arrangement, Band, Setting
from demandsim.compiled import f4, kernel, rule
from demandsim.measures.quality import CareQuality, Health, scrqol_of
from demandsim.processes.control import ControlRules, control_of
from demandsim.processes.shortlist import list_rows

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens

Tally = NDArray[np.float64]

ADULT_CELL = 10
"""First reporting cell of adults."""

_MODERATE = int(Band.MODERATE)
_HOME = int(Setting.HOME)
_CARE_HOME = int(Setting.CARE_HOME)
_SUPPORTED_LIVING = int(Setting.SUPPORTED_LIVING)
_SHARED_LIVES = int(Setting.SHARED_LIVES)
_HOME_CARE = int(Arrangement.HOME_CARE)
_DIRECT_PAYMENT = int(Arrangement.DIRECT_PAYMENT)
_STRAINED = f4(0.6)
_STRAINED_HOURS = f4(10)

STOCKS = (
    "population",
    "wellbeing",
    "capability",
    "lonely",
    "volunteers",
    "care_home_residents",
    "waiting_people",
    "need_people",
    "need_hours",
    "unmet_need_people",
    "unmet_need_hours",
    "kin",
    "neighbours",
    "paid",
    "carers",
    "carer_hours",
    "carer_strain",
    "supported_at_home",
    "direct_payments",
    "long_term_clients",
    "with_worker",
    "relationship",
    "people_supported",
    "health",
    "independent",
    "relieved",
)
"""What is tallied by reporting cell, in the order of its columns."""

SHARED = (
    "population",
    "adults",
    "wellbeing",
    "need_people",
    "need_hours",
    "unmet_need_people",
    "unmet_need_hours",
    "carer_strain",
    "long_term_clients",
    "planned_home_care",
    "planned_direct",
    "care_home_residents_council",
    "working_age_clients",
    "shared_lives_guests",
)
"""What is tallied by need band and by neighbourhood, in the order of its columns; the last five by cell too."""

DRIVERS = SHARED[-5:]
"""What the council's spending on long-term support is shared out by."""

_FIRST_DRIVER = len(SHARED) - len(DRIVERS)


_LIFE_OF_MONTH = np.repeat(LIFE_BAND_OF_AGE, 12).astype(np.uint8)
_SEX_AND_FIFTH = (np.arange(CELLS) % 10).astype(np.uint8)
"""Look-ups instead of divisions, which cost more than all the rest of a person's part."""


@dataclass(frozen=True)
class Stocks:
    """What people are at the end of a month.

    Attributes:
        cells: By reporting cell, shape (CELLS, len(STOCKS)).
        drivers: By reporting cell, shape (CELLS, len(DRIVERS)).
        need: Of adults by need band, shape (5, len(SHARED)).
        areas: By neighbourhood, shape (neighbourhoods, len(SHARED)).
        lives: People, healthy people and people without need by the life table's cell, shape (LIFE_CELLS, 3).
        scrqol: Social-care-related quality of life of adults who need hands-on help, summed by cell, shape (CELLS,).
    """

    cells: Tally
    drivers: Tally
    need: Tally
    areas: Tally
    lives: Tally
    scrqol: Tally


@rule
def _is_strained(care_given: np.float32, strain: np.float32) -> np.bool_ | bool:
    """Gives ten hours a week or more and is strained."""
    return care_given >= _STRAINED_HOURS and strain > _STRAINED


@rule
def _has_support(arrangement: int, setting: int) -> bool:
    """Has long-term support at home, in a care home, in supported living or with a host."""
    at_home = arrangement in (_HOME_CARE, _DIRECT_PAYMENT)
    return at_home or setting == _CARE_HOME or setting >= _SUPPORTED_LIVING


@rule
def _driver(support_type: int, setting: int, arrangement: int, plan_hours: np.float32) -> tuple[int, float]:
    """Which of `DRIVERS` the support of someone whom the council pays for is counted by, and how much there is."""
    if support_type:
        return 3, 1.0
    if setting == _CARE_HOME:
        return 2, 1.0
    if setting == _SHARED_LIVES:
        return 4, 1.0
    if arrangement == _DIRECT_PAYMENT:
        return 1, np.float64(plan_hours)
    return 0, np.float64(plan_hours) if arrangement == _HOME_CARE else 0.0


@rule
def _add_if(tally: Tally, column: int, amount: np.float64, counts: np.bool_ | bool) -> None:
    """Add an amount to a tally where it counts: adding nothing is quicker than a branch that chance misleads."""
    tally[column] += amount if counts else 0.0


@kernel
def _tally_everybody(
    alive: NDArray[np.bool_],
    cell: NDArray[np.uint16],
    neighbourhood: NDArray[np.int32],
    age_months: NDArray[np.int16],
    wellbeing: NDArray[np.float32],
    capability: NDArray[np.float32],
    lonely: NDArray[np.bool_],
    volunteer: NDArray[np.bool_],
    band: NDArray[np.uint8],
    deficits: NDArray[np.uint8],
    setting: NDArray[np.uint8],
    illness: NDArray[np.float32],
    care_given: NDArray[np.float32],
    strain: NDArray[np.float32],
    life_of_month: NDArray[np.uint8],
    sex_and_fifth: NDArray[np.uint8],
    base: Tally,
    off_for_need: Tally,
    off_when_ill: float,
    off_when_troubled: float,
    most_deficits: float,
    found: Tally,
    areas: Tally,
    lives: Tally,
) -> None:
    """Add what everybody has, in row order: to their cell, their neighbourhood and the cells of the life table."""
    one = np.float64(1.0)
    for i in range(cell.size):
        if not alive[i]:
            continue
        own, area = found[np.int64(cell[i])], areas[np.int64(neighbourhood[i])]
        adult, well = cell[i] >= ADULT_CELL, np.float64(wellbeing[i])
        own[0] += one
        own[1] += well
        own[2] += np.float64(capability[i])
        _add_if(own, 3, one, lonely[i])
        _add_if(own, 4, one, volunteer[i])
        area[0] += one
        _add_if(area, 1, one, adult)
        _add_if(area, 2, well, adult)
        age = np.int64(age_months[i])
        life = np.int64(life_of_month[age if age < life_of_month.size else life_of_month.size - 1])
        tally = lives[life * 10 + np.int64(sex_and_fifth[np.int64(cell[i])])]
        tally[0] += one
        _add_if(tally, 1, one, (band[i] == 0) & (deficits[i] <= most_deficits))
        _add_if(tally, 2, one, band[i] == 0)
        weight = base[life] - off_for_need[np.int64(band[i])] - off_when_ill * np.float64(illness[i])
        weight -= off_when_troubled if lonely[i] | _is_strained(care_given[i], strain[i]) else 0.0
        _add_if(own, 23, weight, adult)
        _add_if(own, 24, one, adult & (setting[i] == _HOME) & (band[i] < _MODERATE))


@kernel
def _list_concerned(
    alive: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    waiting: NDArray[np.uint8],
    band: NDArray[np.uint8],
    care_given: NDArray[np.float32],
    council_funded: NDArray[np.bool_],
    worker: NDArray[np.int32],
    concerned: NDArray[np.uint8],
    rows: NDArray[np.int64],
) -> int:
    """List who needs, gives, gets or waits for any care, or has a worker of their own; how many."""
    for i in range(concerned.size):
        cared = (band[i] > 0) | (waiting[i] > 0) | (setting[i] == _CARE_HOME) | council_funded[i] | (worker[i] >= 0)
        concerned[i] = np.uint8(alive[i] & (cared | (care_given[i] > f4(0.0))))
    return list_rows(concerned, rows)


@kernel
def _tally_cells(
    rows: NDArray[np.int64],
    cell: NDArray[np.uint16],
    setting: NDArray[np.uint8],
    waiting: NDArray[np.uint8],
    band: NDArray[np.uint8],
    hands_on: NDArray[np.float32],
    unmet: NDArray[np.bool_],
    unmet_hours: NDArray[np.float32],
    kin_hours: NDArray[np.float32],
    relieved_hours: NDArray[np.float32],
    neighbour_hours: NDArray[np.float32],
    paid_hours: NDArray[np.float32],
    care_given: NDArray[np.float32],
    carer_break: NDArray[np.float32],
    strain: NDArray[np.float32],
    council_funded: NDArray[np.bool_],
    arrangement: NDArray[np.uint8],
    worker: NDArray[np.int32],
    relationship: NDArray[np.float32],
    plan_hours: NDArray[np.float32],
    support_type: NDArray[np.uint8],
    found: Tally,
) -> None:
    """Add the people listed to the tallies of their cell, in row order: care needed, given, got and waited for."""
    for i in rows:
        tally = found[np.int64(cell[i])]
        if setting[i] == _CARE_HOME:
            tally[5] += 1.0
        if waiting[i]:
            tally[6] += 1.0
        if band[i] and cell[i] >= ADULT_CELL:
            if band[i] >= _MODERATE:
                tally[7] += 1.0
            tally[8] += np.float64(hands_on[i])
            if unmet[i]:
                tally[9] += 1.0
            tally[10] += np.float64(unmet_hours[i])
            tally[11] += np.float64(kin_hours[i] - relieved_hours[i])
            tally[25] += np.float64(relieved_hours[i])
            tally[12] += np.float64(neighbour_hours[i])
            tally[13] += np.float64(paid_hours[i])
        if care_given[i] > 0:
            tally[14] += 1.0
            tally[15] += np.float64(care_given[i] * (f4(1.0) - carer_break[i]))
            if _is_strained(care_given[i], strain[i]):
                tally[16] += 1.0
        if council_funded[i]:
            if arrangement[i] in (_HOME_CARE, _DIRECT_PAYMENT):
                tally[17] += 1.0
            if arrangement[i] == _DIRECT_PAYMENT:
                tally[18] += 1.0
            if _has_support(arrangement[i], setting[i]):
                tally[19] += 1.0
                tally[22] += 1.0
            elif support_type[i] and plan_hours[i] > 0:
                tally[22] += 1.0
        if worker[i] >= 0:
            tally[20] += 1.0
            tally[21] += np.float64(relationship[i])


@kernel
def _tally_shared(
    rows: NDArray[np.int64],
    cell: NDArray[np.uint16],
    neighbourhood: NDArray[np.int32],
    wellbeing: NDArray[np.float32],
    setting: NDArray[np.uint8],
    band: NDArray[np.uint8],
    hands_on: NDArray[np.float32],
    unmet: NDArray[np.bool_],
    unmet_hours: NDArray[np.float32],
    care_given: NDArray[np.float32],
    strain: NDArray[np.float32],
    council_funded: NDArray[np.bool_],
    arrangement: NDArray[np.uint8],
    plan_hours: NDArray[np.float32],
    support_type: NDArray[np.uint8],
    drivers: Tally,
    need: Tally,
    areas: Tally,
) -> None:
    """Add the people listed to their neighbourhood, and adults who need help to their need band, in row order.

    Of `SHARED` all but what everybody has. Adults without need have the supported among them counted here; how many
    they are is what is left of all.
    """
    for i in rows:
        area = areas[np.int64(neighbourhood[i])]
        if _is_strained(care_given[i], strain[i]):
            area[7] += 1.0
        if cell[i] < ADULT_CELL:
            continue
        if band[i]:
            by_need = need[np.int64(band[i])]
            by_need[1] += 1.0
            by_need[2] += np.float64(wellbeing[i])
            for tally in (area, by_need):
                tally[3] += np.float64(band[i] >= _MODERATE)
                tally[4] += np.float64(hands_on[i])
                tally[5] += np.float64(unmet[i])
                tally[6] += np.float64(unmet_hours[i])
        if council_funded[i]:
            column, amount = _driver(support_type[i], setting[i], arrangement[i], plan_hours[i])
            supported = np.float64(_has_support(arrangement[i], setting[i]))
            for tally in (area, need[np.int64(band[i])]):
                tally[8] += supported
                tally[_FIRST_DRIVER + column] += amount
            drivers[np.int64(cell[i]), column] += amount


def read_stocks(
    people: Citizens, areas: int, health: Health, care: CareQuality, control: ControlRules, healthy: float
) -> Stocks:
    """Read what people are this month.

    Args:
        people: The people.
        areas: How many neighbourhoods there are.
        health: Weights of health.
        care: Weights and places of social-care-related quality of life.
        control: What control over daily life rests on.
        healthy: Largest share of health deficits of people who count as healthy.

    Raises:
        ValueError: If somebody lives in a neighbourhood that is not there.
    """
    last = int(people.neighbourhood.max(initial=0))
    if last >= areas:  # the kernels do not look where they write
        raise ValueError(f"somebody lives in neighbourhood {last}, and there are {areas}")
    found = np.zeros((CELLS, len(STOCKS)))
    drivers, need = np.zeros((CELLS, len(DRIVERS))), np.zeros((Band.VERY_HIGH + 1, len(SHARED)))
    by_area, lives = np.zeros((areas, len(SHARED))), np.zeros((LIFE_CELLS, 3))
    _read_everybody(people, (*health, healthy * DEFICITS), found, by_area, lives)
    _read_concerned(people, found, drivers, need, by_area)
    need[0, 1:3] = by_area[:, 1:3].sum(axis=0) - need[1:, 1:3].sum(axis=0)
    return Stocks(found, drivers, need, by_area, lives, _quality(people, care, control))


def _read_everybody(
    p: Citizens, weights: tuple[Tally, Tally, float, float, float], found: Tally, by_area: Tally, lives: Tally
) -> None:
    """Tally what everybody has; the weights are those of health, and the most deficits of the healthy."""
    _tally_everybody(
        p.alive,
        p.cell,
        p.neighbourhood,
        p.age_months,
        p.wellbeing,
        p.capability,
        p.lonely,
        p.volunteer,
        p.band,
        p.deficits,
        p.setting,
        p.illness,
        p.care_given,
        p.strain,
        _LIFE_OF_MONTH,
        _SEX_AND_FIFTH,
        *weights,
        found,
        by_area,
        lives,
    )


def _read_concerned(p: Citizens, found: Tally, drivers: Tally, need: Tally, by_area: Tally) -> None:
    """Tally what those have who have to do with care."""
    rows = _concerned(p)
    _tally_cells(
        rows,
        p.cell,
        p.setting,
        p.waiting,
        p.band,
        p.hands_on,
        p.unmet,
        p.unmet_hours,
        p.kin_hours,
        p.relieved_hours,
        p.neighbour_hours,
        p.paid_hours,
        p.care_given,
        p.carer_break,
        p.strain,
        p.council_funded,
        p.arrangement,
        p.worker,
        p.relationship,
        p.plan_hours,
        p.support_type,
        found,
    )
    _tally_shared(
        rows,
        p.cell,
        p.neighbourhood,
        p.wellbeing,
        p.setting,
        p.band,
        p.hands_on,
        p.unmet,
        p.unmet_hours,
        p.care_given,
        p.strain,
        p.council_funded,
        p.arrangement,
        p.plan_hours,
        p.support_type,
        drivers,
        need,
        by_area,
    )


def _concerned(people: Citizens) -> NDArray[np.int64]:
    """Rows of those who need, give, get or wait for any care, or have a worker of their own, ascending."""
    room, flags = np.empty(people.size + 1, dtype=np.int64), np.empty(people.size, dtype=np.uint8)
    p = people
    listed = _list_concerned(
        p.alive, p.setting, p.waiting, p.band, p.care_given, p.council_funded, p.worker, flags, room
    )
    return room[:listed]


@kernel
def _in_need(band: NDArray[np.uint8], cell: NDArray[np.uint16], rows: NDArray[np.int64]) -> int:
    """List adults who need hands-on help; how many."""
    found = 0
    for k in range(list_rows(band, rows)):
        i = rows[k]
        rows[found] = i
        found += int((band[i] >= _MODERATE) & (cell[i] >= ADULT_CELL))
    return found


def _quality(people: Citizens, care: CareQuality, control: ControlRules) -> Tally:
    """Social-care-related quality of life of adults who need hands-on help, summed by cell."""
    room = np.empty(people.size + 1, dtype=np.int64)
    rows = room[: _in_need(people.band, people.cell, room)]
    index = scrqol_of(people, rows, control_of(people, rows, control), care)
    return np.bincount(people.cell[rows], weights=index, minlength=CELLS).astype(np.float64)
