"""At work: the loops over care workers that `workforce` is made of, from strain to what a week holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform, unit, words
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.shortlist import list_rows

type Rows = NDArray[np.int64]
type Floats = NDArray[np.float64]

LONGEST = 1200
"""Months in post beyond which nobody counts."""

_YEAR = 12
_LEAVING, _SKILL = np.uint32(Purpose.WORKER_LEAVING), np.uint32(Purpose.WORKER_SKILL)


@kernel
def wear_down(
    rows: Rows,
    own_say: NDArray[np.float32],
    autonomy: float,
    relief: float,
    autonomy_relief: float,
    supervision_relief: float,
    pressure: float,
    recording: float,
    added: float,
    strain: NDArray[np.float32],
    tenure: NDArray[np.int16],
) -> None:
    """A month of strain, up and down, and of time in post."""
    for i in rows:
        say = max(autonomy, np.float64(own_say[i]))
        b = np.float64(strain[i])
        up = pressure * (1.0 - b) + recording
        after = b + up - (relief + autonomy_relief * say + supervision_relief) * b + added
        strain[i] = f4(min(max(after, 0.0), 1.0))
        tenure[i] = min(tenure[i] + 1, LONGEST)


@rule
def leaving[N: (float, np.float32)](base: N, calm: N, strained: N, strain: N, thin: N) -> N:
    """How often workers leave: a base, times what strain and thin staffing make of it."""
    return base * (calm + strained * strain) * thin


def thin_staffing(feedback: float, vacancy: float, normal: float) -> float:
    """What empty posts beyond the normal add to leaving, as a factor: ``feedback`` for each ten points of vacancy."""
    return 1.0 + feedback * max(0.0, vacancy - normal) / 0.10


@kernel
def chances_of_leaving(
    rows: Rows,
    strain: NDArray[np.float32],
    tenure: NDArray[np.int16],
    own_pay: NDArray[np.float32],
    values_led: NDArray[np.bool_],
    base: np.float32,
    calm: np.float32,
    strained: np.float32,
    thin: np.float32,
    first_year: float,
    later_years: float,
    pay_elasticity: float,
    wage: float,
    stay: float,
    chance: Floats,
) -> None:
    """Chance of each of some workers to leave this month."""
    for k in range(rows.size):
        i = rows[k]
        new = first_year if tenure[i] <= _YEAR else later_years
        pay = max(0.3, 1.0 - pay_elasticity * (wage + np.float64(own_pay[i])) / 0.10)
        hazard = np.float64(leaving(base, calm, strained, strain[i], thin)) * new * pay
        hazard *= 1.0 - stay * np.float64(values_led[i])
        chance[k] = hazard / (1.0 + hazard / 2.0)


@kernel
def who_leaves(
    seed: np.uint64,
    month: np.uint32,
    rows: Rows,
    uid: NDArray[np.uint64],
    chance: Floats,
    weight: NDArray[np.float32],
    gone: Rows,
) -> tuple[int, float]:
    """List who leaves; how many, and how many posts they filled."""
    found, left = 0, 0.0
    for k in range(rows.size):
        i = rows[k]
        if np.float64(uniform(seed, uid[i], month, _LEAVING)) < chance[k]:
            gone[found] = i
            left += np.float64(weight[i])
            found += 1
    return found, left


@kernel
def lose_named_workers(
    gone: Rows,
    workers: int,
    arrangement: NDArray[np.uint8],
    trust_kept: np.float32,
    worker: NDArray[np.int32],
    relationship: NDArray[np.float32],
) -> None:
    """Whoever had one of those who are gone as a named worker keeps little of the relationship."""
    is_gone = np.zeros(workers, dtype=np.bool_)
    for i in gone:
        is_gone[i] = True
    rows = np.empty(arrangement.size + 1, dtype=np.int64)
    for k in range(list_rows(arrangement, rows)):
        i = rows[k]
        if worker[i] != NOBODY and is_gone[worker[i]]:
            worker[i] = NOBODY
            relationship[i] *= trust_kept


@kernel
def posts_filled(alive: NDArray[np.bool_], weight: NDArray[np.float32]) -> float:
    """How many posts are filled."""
    posts = 0.0
    for i in range(alive.size):
        if alive[i]:
            posts += np.float64(weight[i])
    return posts


@kernel
def teach(
    seed: np.uint64,
    month: np.uint32,
    rows: Rows,
    uid: NDArray[np.uint64],
    trained_share: np.float32,
    trained_today: np.float32,
    taught: float,
    strain: NDArray[np.float32],
    tenure: NDArray[np.int16],
    values_led: NDArray[np.bool_],
    start_strain: float,
    strain_slows: float,
    pace: float,
    base: float,
    by_training: float,
    by_values: float,
    skill_pace: float,
    trained: NDArray[np.bool_],
    skill: NDArray[np.float32],
) -> None:
    """Train whom it suits, sooner or later, newcomers at once; move everybody's skill nearer to its aim.

    Workers take fully to what they are taught up to the strain of the base year, less above it. Whom a new practice
    trains beyond the share trained today is ``taught`` so much of it, by the hours that there are.
    """
    for i in rows:
        takes = 1.0 - strain_slows * max(np.float64(strain[i]) - start_strain, 0.0)
        # Whom it suits is lasting; of the month's four draws the first, at month 0, is the lasting one.
        suits = uniform(seed, uid[i], FOR_LIFE, _SKILL)
        if suits < trained_share:
            lot = unit(words(seed, uid[i], month, _SKILL)[1])
            if np.float64(lot) < pace * takes or tenure[i] == 0:
                trained[i] = True
        aim = base
        if trained[i]:
            aim += by_training * takes * (1.0 if suits < trained_today else taught)
        if values_led[i]:
            aim += by_values
        now = np.float64(skill[i])
        skill[i] = f4(now + skill_pace * (aim - now))


@rule
def sickness(strain: float, base: float, calm: float, strained: float) -> float:
    """Share of a worker's hours that is lost to sickness."""
    return base * (calm + strained * strain)


@rule
def full_week(sick: float, week_hours: float, leave_share: float, recording_share: float, apart: float) -> float:
    """Hours a week for visits and travel of a full worker past the first months; ``apart`` is what meetings take."""
    return max(week_hours * (1.0 - leave_share - sick - recording_share) - apart, 0.0)


@rule
def hours_when_new(tenure: int, new_months: float, new_share: float) -> float:
    """What a worker gives after so many months in post, as a share of what one does who knows the work."""
    return new_share if np.float64(tenure) < new_months else 1.0


@kernel
def weigh_week(
    rows: Rows,
    strain: NDArray[np.float32],
    tenure: NDArray[np.int16],
    weight: NDArray[np.float32],
    sickness_of: tuple[float, float, float],
    week: tuple[float, float, float, float],
    training: float,
    missed: float,
    new_months: float,
    new_share: float,
    sick: Floats,
    sick_share: NDArray[np.float32],
    supply_hours: NDArray[np.float32],
) -> float:
    """What each worker can give a week; training in a new practice takes its hours.

    ``sickness_of`` and ``week`` are what `sickness` and `full_week` take beside strain and sickness, ``missed`` are
    hours of training that others had before this month's new workers came.

    Returns:
        Hours a week that all of them spend in training.
    """
    in_training = 0.0
    for k in range(rows.size):
        i = rows[k]
        sick[k] = sickness(np.float64(strain[i]), sickness_of[0], sickness_of[1], sickness_of[2])
        hours = max(full_week(sick[k], week[0], week[1], week[2], week[3]) - training, 0.0)
        hours = hours_when_new(tenure[i], new_months, new_share) * hours
        catching_up = missed if tenure[i] == 0 else 0.0
        hours = max(hours - catching_up, 0.0)
        in_training += (training + catching_up) * np.float64(weight[i])
        sick_share[i] = f4(sick[k])
        supply_hours[i] = f4(hours * np.float64(weight[i]))
    return in_training
