"""Arrivals: who comes to the place in a month, a function of the month and the fixed flow alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, arrival_uid, uniform, uniform4
from demandsim.processes.family import ADULT
from demandsim.processes.inflow import WORKING_TO, Flow, MigrationRules
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.sharing import SHARERS

PARENT_GAP = (16, 45)
"""Years by which a parent is older than a child: at least, and less than."""

_ARRIVAL, _PARTNERING, _SHARING = (
    np.uint32(purpose) for purpose in (Purpose.ARRIVAL, Purpose.PARTNERING, Purpose.SHARING)
)
_YEAR = 12
_OLDEST = 100
_BELL = 6.0**0.5
"""Makes the sum of two uniform draws, less 1, a bell-shaped number of variance 1."""


@dataclass
class Arrivals:
    """One month's arrivals before they are there; positions within the month, -1 for nobody.

    Attributes:
        uid: Identity: the month and the number in the flow.
        age_months: Age.
        female: Woman.
        partner: Position of the partner.
        mother: Position of the mother.
        father: Position of the father.
        head: Position of the person whose home they share.
        communal: Moves to a communal home.
    """

    uid: NDArray[np.uint64]
    age_months: NDArray[np.int64]
    female: NDArray[np.bool_]
    partner: NDArray[np.int64]
    mother: NDArray[np.int64]
    father: NDArray[np.int64]
    head: NDArray[np.int64]
    communal: NDArray[np.bool_]


def arrivals(seed: np.uint64, month: int, flow: Flow, rules: MigrationRules) -> Arrivals:
    """Who arrives in a month: a function of the seed, the month and the fixed flow alone.

    Numbers of the flow are filled in order by adults alone, couples and children; children then find a mother among
    those who arrive. How many arrive follows the flow exactly over time.
    """
    uid = arrival_uid(month, flow.arriving(month))
    age, partner, mother, father, head = np.empty((5, uid.size), dtype=np.int64)
    female, communal = np.empty((2, uid.size), dtype=np.bool_)
    _compose(
        seed,
        uid,
        flow.cells,
        flow.paired,
        flow.communal,
        flow.alone,
        f4(1.0 - rules.lone_mother_weight),
        (rules.age_gap, rules.age_gap_spread),
        (rules.mother_age, rules.mother_age_spread),
        age,
        female,
        partner,
        mother,
        father,
        head,
        communal,
    )
    return Arrivals(uid, age, female, partner, mother, father, head, communal)


@kernel
def _fill_numbers(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    cells: NDArray[np.float64],
    paired: NDArray[np.float64],
    to_communal: NDArray[np.float64],
    age_gap: float,
    age_gap_spread: float,
    age_months: NDArray[np.int64],
    female: NDArray[np.bool_],
    partner: NDArray[np.int64],
    head: NDArray[np.int64],
    communal: NDArray[np.bool_],
) -> None:
    """Fill in who comes under each number of the flow, in order: somebody alone, or a couple, which takes two numbers.

    The partner is of the other sex and of a fitting age. Couples take two numbers, so the last ones drawn find none
    left; whose partner would be one too many comes alone.
    """
    count = age_months.size
    place = 0
    for i in range(count):
        if place >= count:
            break
        of_cell, of_month, of_couple, of_home = uniform4(seed, uid[i], FOR_LIFE, _ARRIVAL)
        cell = min(int(np.searchsorted(cells, np.float64(of_cell), side="right")), cells.size - 1)
        year, sex = cell // 2, cell % 2
        couple = of_couple < paired[sex, year]
        one, other = place, place + 1
        age_months[one] = year * _YEAR + np.int64(of_month * f4(_YEAR))
        female[one] = sex == 1
        communal[one] = (not couple) and of_home < to_communal[year]
        partner[one], head[one] = -1, one
        if couple and other < count:
            a, b, _, _ = uniform4(seed, uid[one], FOR_LIFE, _PARTNERING)
            bell = (np.float64(a) + np.float64(b) - 1.0) * _BELL
            gap = (age_gap + age_gap_spread * bell) * _YEAR
            age = np.float64(age_months[one]) + (gap if female[one] else -gap)
            age_months[other] = np.int64(min(max(age, np.float64(ADULT)), np.float64(_OLDEST * _YEAR)))
            female[other], communal[other] = not female[one], False
            partner[one], partner[other] = other, one
            head[other] = one
        place = other + int(couple)


@kernel
def _give_parents(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    likely_from: np.float32,
    mother_age: float,
    mother_age_spread: float,
    age_months: NDArray[np.int64],
    female: NDArray[np.bool_],
    communal: NDArray[np.bool_],
    partner: NDArray[np.int64],
    mother: NDArray[np.int64],
    father: NDArray[np.int64],
    head: NDArray[np.int64],
) -> None:
    """Give each child under 18 a mother of about the right age among the arrivals, and her partner as father.

    A woman with a partner is always considered, one without where her draw is above ``likely_from``.
    """
    women = np.empty(age_months.size, dtype=np.int64)
    exact = np.empty(age_months.size, dtype=np.float64)
    mother[:], father[:] = -1, -1
    found = 0
    for i in range(age_months.size):
        if female[i] and age_months[i] >= ADULT and not communal[i]:
            within_month, _, likely, _ = uniform4(seed, uid[i], FOR_LIFE, _PARTNERING)
            women[found] = i
            exact[found] = np.float64(age_months[i]) + np.float64(within_month)
            found += int(partner[i] >= 0 or likely > likely_from)
    if found == 0:
        return
    order = np.argsort(exact[:found], kind="mergesort")
    women, exact = women[order], exact[order]
    for child in range(age_months.size):
        if age_months[child] >= ADULT:
            continue
        _, _, c, d = uniform4(seed, uid[child], FOR_LIFE, _PARTNERING)
        bell = (np.float64(c) + np.float64(d) - 1.0) * _BELL
        wanted = np.float64(age_months[child]) + (mother_age + mother_age_spread * bell) * _YEAR
        her = women[min(int(np.searchsorted(exact, wanted)), found - 1)]
        gap = age_months[her] - age_months[child]
        if gap >= PARENT_GAP[0] * _YEAR and gap < PARENT_GAP[1] * _YEAR:
            mother[child] = her
            him = partner[her]
            father[child] = him if him >= 0 and not female[him] else -1
            head[child] = head[her]


@kernel
def _share_homes(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    alone_share: NDArray[np.float64],
    age_months: NDArray[np.int64],
    female: NDArray[np.bool_],
    communal: NDArray[np.bool_],
    head: NDArray[np.int64],
) -> None:
    """Let some of those who come alone share a home, three by three in order of age: see `sharing.Sharing`."""
    count = age_months.size
    members = np.zeros(count, dtype=np.int64)
    for i in range(count):
        members[head[i]] += 1
    sharer = np.empty(count, dtype=np.int64)
    found = 0
    for i in range(count):
        alone = members[i] == 1 and head[i] == i and not communal[i]
        alone = alone and age_months[i] >= ADULT and age_months[i] < WORKING_TO * _YEAR
        if alone:
            drawn = np.float64(uniform(seed, uid[i], FOR_LIFE, _SHARING))
            sharer[found] = i
            found += int(drawn >= alone_share[int(female[i]), age_months[i] // _YEAR])
    sharer = sharer[:found]
    sharer = sharer[np.argsort(age_months[sharer], kind="mergesort")]
    for k in range(found):
        head[sharer[k]] = sharer[k // SHARERS * SHARERS]


@kernel
def _compose(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    cells: NDArray[np.float64],
    paired: NDArray[np.float64],
    to_communal: NDArray[np.float64],
    alone_share: NDArray[np.float64],
    likely_from: np.float32,
    couple_gap: tuple[float, float],
    mother_gap: tuple[float, float],
    age_months: NDArray[np.int64],
    female: NDArray[np.bool_],
    partner: NDArray[np.int64],
    mother: NDArray[np.int64],
    father: NDArray[np.int64],
    head: NDArray[np.int64],
    communal: NDArray[np.bool_],
) -> None:
    """Fill in who comes, whose children they are and whose home they share; gaps of age are a mean and its spread."""
    gap, spread = couple_gap
    _fill_numbers(seed, uid, cells, paired, to_communal, gap, spread, age_months, female, partner, head, communal)
    gap, spread = mother_gap
    _give_parents(seed, uid, likely_from, gap, spread, age_months, female, communal, partner, mother, father, head)
    _share_homes(seed, uid, alone_share, age_months, female, communal, head)
