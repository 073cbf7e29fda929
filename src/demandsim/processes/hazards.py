"""Small rules that the run-in lives and the services share: chances, new loss in illness, stays, homes.

Written once so that the bodies people start with (`lives`) and the months they live through (`illness`,
`hospital`, `care_home`) obey the same arithmetic. Every argument is ``float32``; yes-or-no arguments are 0 or 1.
All work on numbers in a kernel and on NumPy arrays alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, flag, kernel, rule
from demandsim.luck import uniform, uniform4

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens


@rule
def positive(value: np.float32) -> np.float32:
    """The value if above zero, else zero."""
    return (value + abs(value)) * f4(0.5)


@rule
def not_tiny(value: np.float32) -> np.float32:
    """The value, or 0 below a millionth: fading further would give numbers that slow some processors a hundredfold."""
    return value * f4(value > f4(1e-6))


@rule
def hazard_chance(hazard: np.float32) -> np.float32:
    """Chance in a month from a monthly hazard: 1 - exp(-h) in rational form, within 0.3 % for h below 0.2."""
    return hazard / (f4(1.0) + hazard * f4(0.5))


@rule
def month_chance(annual: np.float32) -> np.float32:
    """Chance in a month from an annual rate: `hazard_chance` of a twelfth of it."""
    hazard = annual * f4(1.0 / 12.0)
    return hazard / (f4(1.0) + hazard * f4(0.5))


@rule
def befalls(luck: np.float32, annual: np.float32) -> np.bool_:
    """Whether a draw lies below `month_chance` of an annual rate, without the division that takes a loop its time."""
    hazard = annual * f4(1.0 / 12.0)
    return luck * (f4(1.0) + hazard * f4(0.5)) < hazard


@rule
def new_loss_chance(frailty: np.float32, level: np.float32) -> np.float32:
    """Chance that an illness with an average stay in hospital costs function: level * (0.5 + 2.5 frailty).

    The chance has two parts: the illness itself takes `illness_part`, admitted or not; the days in bed take
    `bed_part`. One keyed draw (``Purpose.ILLNESS_LOSS``) of the month serves both: the person loses function to the
    illness if the draw is below the first part (`illness.Illness` does this), and to the bed if it lies between the
    first part and the sum (`hospital.Hospital` does this). So nobody loses twice and the parts add up.

    Args:
        frailty: Deficits as a share of 36.
        level: `acute.loss_level`.
    """
    return level * (f4(0.5) + f4(2.5) * frailty)


@rule
def illness_part(chance: np.float32, illness_share: np.float32) -> np.float32:
    """The part of the new-loss chance that the illness takes, admitted or not."""
    return chance * illness_share


@rule
def bed_part(
    chance: np.float32,
    illness_share: np.float32,
    stay: np.float32,
    mean_stay: np.float32,
    delayed: np.float32,
    per_day: np.float32,
) -> np.float32:
    """The part of the new-loss chance that days in a hospital bed take.

    Args:
        chance: `new_loss_chance`.
        illness_share: `acute.illness_share`.
        stay: Days in hospital, delay left out.
        mean_stay: The average stay, `acute.mean_stay`.
        delayed: Days of delay that count, at most 14.
        per_day: Extra chance of each, `service.delay_decline_per_day`.
    """
    return chance * (f4(1.0) - illness_share) * (stay / mean_stay) + delayed * per_day


@rule
def stay_days(
    frailty: np.float32,
    demented: np.float32,
    luck: np.float32,
    base: np.float32,
    per_frailty: np.float32,
    for_dementia: np.float32,
) -> np.float32:
    """Length of stay in days: (base + per_frailty * frailty + for_dementia) * luck, luck having mean 1."""
    return (base + per_frailty * frailty + for_dementia * demented) * luck


@rule
def home_hazard(
    limitation: np.float32,
    moderate: np.float32,
    demented: np.float32,
    crisis: np.float32,
    alone: np.float32,
    base: np.float32,
    crisis_weight: np.float32,
) -> np.float32:
    """Monthly hazard of moving to a care home, for those whom the practice would place.

    Args:
        limitation: Loss of function, bands (x).
        moderate: Threshold of the moderate band (t2).
        demented: 1 with dementia.
        crisis: 1 if admitted or left without the carer this month.
        alone: 1 if living alone; a share gives the average of a group.
        base: Monthly hazard at one band above moderate for half the people living alone, `home.entry_base`.
        crisis_weight: `home.crisis_weight`.
    """
    beyond = positive(limitation - moderate)
    square = beyond * beyond
    return base * square * square * (f4(1.0) + demented) * (f4(1.0) + crisis_weight * crisis) * (f4(0.5) + alone)


@rule
def relative_hazard(
    frailty: np.float32,
    limitation: np.float32,
    demented: np.float32,
    recent_loss: np.float32,
    illness: np.float32,
    per_frailty: np.float32,
    per_need: np.float32,
    for_dementia: np.float32,
    per_loss: np.float32,
    for_illness: np.float32,
) -> np.float32:
    """Hazard of death against a fit, able person: a plain sum of markers (R).

    Markers say who dies, not what prevention of disability would save.

    Args:
        frailty: Deficits as a share of 36.
        limitation: Loss of function that counts for mortality, bands.
        demented: 1 with dementia.
        recent_loss: Bands.
        illness: Acute illness, 0 to 1.
        per_frailty: `mort.k_f`.
        per_need: `mort.k_x`, for the square of bands beyond the first.
        for_dementia: `mort.k_d`.
        per_loss: `mort.k_s`.
        for_illness: `mort.k_i`.
    """
    beyond = positive(limitation - f4(1.0))
    return (
        f4(1.0)
        + per_frailty * frailty
        + per_need * beyond * beyond
        + for_dementia * demented
        + per_loss * recent_loss
        + for_illness * illness
    )


class Fifths(NamedTuple):
    """One number for each deprivation fifth, the most deprived first, as a kernel takes them."""

    one: np.float32
    two: np.float32
    three: np.float32
    four: np.float32
    five: np.float32


def fifths(values: NDArray[np.float32]) -> Fifths:
    """Five numbers by deprivation fifth, shape (5,), for `of_fifth`."""
    return Fifths._make(f4(value) for value in values)


@rule
def of_fifth(quintile: np.uint8, values: Fifths) -> np.float32:
    """The number of a person's deprivation fifth: a sum, so that the loop around it stays vectorised."""
    return (
        values.one * flag(quintile == 0)
        + values.two * flag(quintile == 1)
        + values.three * flag(quintile == 2)
        + values.four * flag(quintile == 3)
        + values.five * flag(quintile == 4)
    )


CELLS = 2 * 5 * 101
"""Cells of a table by sex, deprivation fifth and year of age; the cell after the last stands for a free row."""

BLOCK = 4080
"""People a kernel works through at a time, so that what it looks up for them stays near the processor.

Not a power of two: buffers of such a size compete for the same places there.
"""


@kernel
def draw_into(
    seed: np.uint64, uid: NDArray[np.uint64], month: np.uint32, purpose: np.uint32, out: NDArray[np.float32]
) -> None:
    """One draw for each person. Loops of draws stand alone: numbers of one width fill a vector best."""
    for i in range(out.size):
        out[i] = uniform(seed, uid[i], month, purpose)


@kernel
def draw2_into(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    month: np.uint32,
    purpose: np.uint32,
    one: NDArray[np.float32],
    two: NDArray[np.float32],
) -> None:
    """Two independent draws for each person."""
    for i in range(one.size):
        a, b, _, _ = uniform4(seed, uid[i], month, purpose)
        one[i] = a
        two[i] = b


@kernel
def uids_of(uid: NDArray[np.uint64], rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Identities of some people, one after another, so that their draws stay a loop of their own: for kernels."""
    found = np.empty(rows.size, dtype=np.uint64)
    for k in range(rows.size):
        found[k] = uid[rows[k]]
    return found


@kernel
def draw4_into(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    month: np.uint32,
    purpose: np.uint32,
    one: NDArray[np.float32],
    two: NDArray[np.float32],
    three: NDArray[np.float32],
    four: NDArray[np.float32],
) -> None:
    """Four independent draws for each person."""
    for i in range(one.size):
        a, b, c, d = uniform4(seed, uid[i], month, purpose)
        one[i] = a
        two[i] = b
        three[i] = c
        four[i] = d


@kernel
def cells_into(
    female: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    alive: NDArray[np.bool_],
    out: NDArray[np.int32],
) -> None:
    """Each person's cell in a table by sex (0 men, 1 women), fifth and year of age; `CELLS` in free rows.

    Years of age come of a product and a shift: a twelfth, exact below 65,536 months.
    """
    for i in range(out.size):
        year = min((np.int64(age_months[i]) * 43691) >> 19, np.int64(100))
        cell = (np.int64(female[i]) * 5 + np.int64(quintile[i])) * 101 + year
        out[i] = cell if alive[i] else CELLS


@kernel
def look_up_into(flat: NDArray[np.float32], cells: NDArray[np.int32], out: NDArray[np.float32]) -> None:
    """Each person's entry of a table that `flat_table` laid out: apart from the draws, which then stay vectorised."""
    for i in range(out.size):
        out[i] = flat[cells[i]]


@kernel
def look_up_pairs_into(flat: NDArray[np.uint64], cells: NDArray[np.int32], out: NDArray[np.uint64]) -> None:
    """Each person's two entries of a table of `pair_table`, in one go."""
    for i in range(out.size):
        out[i] = flat[cells[i]]


def flat_table(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """A table as kernels look it up: one row of entries, and 0 for free rows at its end.

    Args:
        table: Shape (2, 5, 101), or what stretches to it.

    Returns:
        Shape (1011,).
    """
    return np.append(np.broadcast_to(table, (2, 5, 101)).ravel(), f4(0)).astype(np.float32)


def pair_table(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Two tables side by side, an entry of each in one 64-bit word, so that one look-up finds both.

    Seen as ``float32``, what `look_up_pairs_into` finds stands in turn: first, second, first, second.

    Args:
        first: A table as `flat_table` takes it.
        second: Another.

    Returns:
        Shape (1011,).
    """
    return np.stack([flat_table(first), flat_table(second)], axis=1).view(np.uint64)[:, 0]


def table_cells(citizens: Citizens) -> NDArray[np.int32]:
    """Each row's cell in a table by sex (0 men, 1 women), fifth and year of age, for `look_up`."""
    out = np.empty(citizens.size, dtype=np.int32)
    cells_into(citizens.female, citizens.quintile, citizens.age_months, citizens.alive, out)
    return out


def look_up(table: NDArray[np.float32], cells: NDArray[np.int32]) -> NDArray[np.float32]:
    """Each person's entry of a table; 0 in free rows.

    Args:
        table: Shape (2, 5, 101), or what stretches to it.
        cells: From `table_cells`.
    """
    out = np.empty(cells.size, dtype=np.float32)
    look_up_into(flat_table(table), cells, out)
    return out


@kernel
def wanted_households(household: NDArray[np.int32], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which households some people live in, by number; the last place, for the number -1, is always False.

    Few people live in them, so that a loop over everybody is quick to pass by the rest.

    Args:
        household: Household number of everybody, -1 for none.
        rows: Of whom.
    """
    greatest = np.int32(-1)
    for i in range(household.size):
        greatest = max(greatest, household[i])
    wanted = np.zeros(np.int64(greatest) + 2, dtype=np.bool_)
    for k in range(rows.size):
        wanted[household[rows[k]]] = household[rows[k]] >= 0
    return wanted


@kernel
def _people_with(household: NDArray[np.int32], rows: NDArray[np.int64], found: NDArray[np.uint16]) -> None:
    """Households are seen without sign: -1 is then the largest number, and no place is counted from the end."""
    wanted = wanted_households(household, rows)
    people = np.zeros(wanted.size, dtype=np.uint16)
    unsigned, last = household.view(np.uint32), np.uint32(wanted.size - 1)
    for i in range(unsigned.size):
        home = min(unsigned[i], last)
        if wanted[home]:
            people[home] += np.uint16(1)
    for k in range(rows.size):
        found[k] = people[household[rows[k]]]


def people_with(household: NDArray[np.int32], rows: NDArray[np.int64]) -> NDArray[np.uint16]:
    """How many live in the household of each of some people, 0 for those who have none.

    Args:
        household: Household number of everybody, -1 for none.
        rows: Of whom.
    """
    found = np.empty(rows.size, dtype=np.uint16)
    if rows.size:
        _people_with(household, rows, found)
    return found
