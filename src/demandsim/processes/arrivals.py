"""Arrivals: who comes to the place in a month, a function of the month and the fixed flow alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.luck import Purpose
from demandsim.processes.family import ADULT
from demandsim.processes.few import positions, within
from demandsim.processes.inflow import WORKING_TO, Flow, MigrationRules
from demandsim.processes.sharing import SHARERS

PARENT_GAP = (16, 45)
"""Years by which a parent is older than a child: at least, and less than."""

_YEAR = 12
_OLDEST = 100


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
    uid = luck.arrival_uid(month, flow.arriving(month))
    count = uid.size
    drawn = luck.draw4(seed, uid, 0, Purpose.ARRIVAL)
    cell = pick(flow.cells, drawn[:, 0])
    year, female = cell // 2, cell % 2
    couple = drawn[:, 2] < flow.paired[female, year]
    first = np.cumsum(1 + couple) - (1 + couple)
    come = first < count  # couples take two numbers, so the last ones drawn find none left
    place, couple = first[come], couple[come]
    nobody = np.full(count, -1, dtype=np.int64)
    group = Arrivals(
        uid=uid,
        age_months=np.zeros(count, dtype=np.int64),
        female=np.zeros(count, dtype=np.bool_),
        partner=nobody.copy(),
        mother=nobody.copy(),
        father=nobody.copy(),
        head=np.arange(count),
        communal=np.zeros(count, dtype=np.bool_),
    )
    group.age_months[place] = year[come] * _YEAR + (drawn[come, 1] * _YEAR).astype(np.int64)
    group.female[place] = female[come] == 1
    group.communal[place] = ~couple & (drawn[come, 3] < flow.communal[year[come]])
    own = luck.draw4(seed, uid, 0, Purpose.PARTNERING)
    _couples(group, place[couple], own, rules)
    _children(group, own, rules)
    _sharers(group, luck.draw(seed, uid, 0, Purpose.SHARING), flow)
    return group


def _couples(group: Arrivals, one: NDArray[np.int64], own: NDArray[np.float32], rules: MigrationRules) -> None:
    """Give some arrivals a partner in the next number of the flow, of the other sex and a fitting age."""
    one = one[one + 1 < group.uid.size]  # whose partner would be one too many comes alone
    other = one + 1
    bell = (own[one, 0].astype(np.float64) + own[one, 1] - 1.0) * 6.0**0.5
    gap = (rules.age_gap + rules.age_gap_spread * bell) * _YEAR
    age = group.age_months[one] + np.where(group.female[one], gap, -gap)
    group.age_months[other] = within(age, ADULT, _OLDEST * _YEAR).astype(np.int64)
    group.female[other] = ~group.female[one]
    group.partner[one], group.partner[other] = other, one
    group.head[other] = one


def _children(group: Arrivals, own: NDArray[np.float32], rules: MigrationRules) -> None:
    """Give each child under 18 a mother of about the right age among the arrivals, and her partner as father."""
    child = positions(group.age_months < ADULT)
    likely = (group.partner >= 0) | (own[:, 2] > 1.0 - rules.lone_mother_weight)
    women = positions(group.female & (group.age_months >= ADULT) & ~group.communal & likely)
    if not (child.size and women.size):
        return
    exact = group.age_months[women] + own[women, 0].astype(np.float64)  # spreads those of one month of age
    women, exact = women[np.argsort(exact, kind="stable")], np.sort(exact)
    bell = (own[child, 2].astype(np.float64) + own[child, 3] - 1.0) * 6.0**0.5
    wanted = group.age_months[child] + (rules.mother_age + rules.mother_age_spread * bell) * _YEAR
    place = within(np.searchsorted(exact, wanted), 0, women.size - 1)
    mother = women[place]
    gap = group.age_months[mother] - group.age_months[child]
    fits = (gap >= PARENT_GAP[0] * _YEAR) & (gap < PARENT_GAP[1] * _YEAR)
    child, mother = child[fits], mother[fits]
    group.mother[child] = mother
    father = group.partner[mother]
    group.father[child] = np.where((father >= 0) & ~group.female[father], father, -1)
    group.head[child] = group.head[mother]


def _sharers(group: Arrivals, drawn: NDArray[np.float32], flow: Flow) -> None:
    """Let some of those who come alone share a home, three by three in order of age: see `sharing.Sharing`."""
    members = np.bincount(group.head, minlength=group.uid.size)
    alone = (group.age_months >= ADULT) & (members == 1) & (group.head == np.arange(group.uid.size)) & ~group.communal
    alone &= group.age_months < WORKING_TO * _YEAR
    sharer = positions(alone & (drawn >= flow.alone[group.female.astype(np.int64), group.age_months // _YEAR]))
    sharer = sharer[np.argsort(group.age_months[sharer], kind="stable")]
    group.head[sharer] = sharer[np.arange(sharer.size) // SHARERS * SHARERS]


def pick(cumulative: NDArray[np.float64], drawn: NDArray[np.float32]) -> NDArray[np.int64]:
    """Which of the cumulative shares each draw falls into."""
    found = np.searchsorted(cumulative, drawn.astype(np.float64), side="right")
    return np.minimum(found, cumulative.size - 1).astype(np.int64)
