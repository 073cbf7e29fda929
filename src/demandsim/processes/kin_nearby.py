"""Kin nearby: arrivals who come back to a parent, or to be near a grown child."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.compiled import kernel
from demandsim.luck import Purpose
from demandsim.processes.arrivals import PARENT_GAP, Arrivals
from demandsim.processes.family import ADULT, People, people_of
from demandsim.processes.few import positions
from demandsim.processes.households import join_home
from demandsim.processes.inflow import Flow, MigrationRules
from demandsim.processes.life_luck import BIRTH, MOVING, candidates, drawn_for

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_YEAR = 12
_GROWN = np.int16(ADULT)
_PARENT_FROM = np.int16(ADULT + PARENT_GAP[0] * _YEAR)


@kernel
def _list_parents(
    rows: NDArray[np.int64], people: People, children_away: NDArray[np.uint8], parents: NDArray[np.int64]
) -> int:
    """Fill in who can be found as a parent: women, and men without a partner, with a grown child outside the place."""
    age_months, female, partner = people.age_months, people.female, people.partner
    found = 0
    for i in rows:
        parents[found] = i
        old = age_months[i] >= _PARENT_FROM
        found += int(old & (children_away[i] > 0) & (female[i] | (partner[i] < 0)))
    return found


@kernel
def _list_children(rows: NDArray[np.int64], people: People, children: NDArray[np.int64]) -> int:
    """Fill in who can be found as a child: adults with neither parent in the place; how many."""
    age_months, mother, father = people.age_months, people.mother, people.father
    found = 0
    for i in rows:
        children[found] = i
        found += int((age_months[i] >= _GROWN) & (mother[i] < 0) & (father[i] < 0))
    return found


def forward_parents(model: DemandModel, chance: float) -> NDArray[np.int64]:
    """Residents whom luck brings forward this month as parents to come back to, in order of age."""
    citizens = model.citizens
    rows = candidates(model, MOVING, chance, high_end=True)
    parents = np.empty_like(rows)
    parents = parents[: _list_parents(rows, people_of(citizens), citizens.children_away, parents)]
    return _by_age(citizens, parents[drawn_for(model, MOVING, parents) >= 1.0 - chance])


def forward_children(model: DemandModel, chance: float) -> NDArray[np.int64]:
    """Residents whom luck brings forward this month as children to come and be near, in order of age."""
    citizens = model.citizens
    rows = candidates(model, BIRTH, chance, high_end=True)
    children = np.empty_like(rows)
    children = children[: _list_children(rows, people_of(citizens), children)]
    return _by_age(citizens, children[drawn_for(model, BIRTH, children) >= 1.0 - chance])


def _by_age(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[np.lexsort((citizens.uid[rows], citizens.age_months[rows]))]


def near_kin_luck(model: DemandModel, group: Arrivals) -> NDArray[np.float32]:
    """Four draws of each arrival that decide on kin nearby: for `come_back` and `join_child`."""
    return luck.draw4(model.luck_seed, group.uid, model.month, Purpose.COMING_BACK)


def come_back(
    model: DemandModel,
    flow: Flow,
    rules: MigrationRules,
    group: Arrivals,
    rows: NDArray[np.int64],
    parents: NDArray[np.int64],
    drawn: NDArray[np.float32],
) -> None:
    """Link arrivals who come back to a parent with a grown child outside the place; some move in with them."""
    citizens = model.citizens
    year = group.age_months // _YEAR
    back = positions(drawn[:, 0] < flow.linked[year])
    if not back.size:
        return
    bell = (drawn[back, 1].astype(np.float64) + drawn[back, 2] - 1.0) * 6.0**0.5
    gap = (rules.mother_age + rules.mother_age_spread * bell) * _YEAR
    child, parent = _find_parents(citizens, parents, rows[back], group.age_months[back] + gap)
    child = back[child]
    if not child.size:
        return
    mother = citizens.female[parent]
    partner = citizens.partner[parent]
    both = (partner != NOBODY) & (citizens.female[partner] != mother) & (citizens.children_away[partner] > 0)
    own, second = rows[child], np.where(both, partner, NOBODY)
    citizens.mother[own] = np.where(mother, parent, second)
    citizens.father[own] = np.where(mother, second, parent)
    citizens.children_away[parent] -= np.uint8(1)
    citizens.children_away[partner[both]] -= np.uint8(1)
    with_child = np.zeros(rows.size + 1, dtype=np.bool_)  # the last place stands for nobody
    with_child[group.mother], with_child[group.father] = True, True
    single = (group.partner[child] < 0) & ~with_child[child] & ~group.communal[child]
    welcome = single & (citizens.setting[parent] == Setting.HOME) & (citizens.household[parent] != NOBODY)
    stays = welcome & (drawn[child, 3] < flow.to_parent[year[child]])
    join_home(citizens, own[stays], parent[stays])


def join_child(
    model: DemandModel,
    flow: Flow,
    rules: MigrationRules,
    group: Arrivals,
    rows: NDArray[np.int64],
    children: NDArray[np.int64],
    drawn: NDArray[np.float32],
) -> None:
    """Link older arrivals, who come to be near a grown child, to a resident of the right age."""
    citizens = model.citizens
    speaks = group.female | (group.partner < 0)
    comes = positions(speaks & (drawn[:, 3] < flow.near_child[group.age_months // _YEAR]))
    if not comes.size:
        return
    bell = (drawn[comes, 1].astype(np.float64) + drawn[comes, 2] - 1.0) * 6.0**0.5
    gap = (rules.mother_age + rules.mother_age_spread * bell) * _YEAR
    found, child = _find_children(citizens, children, rows[comes], group.age_months[comes] - gap)
    parent = rows[comes[found]]
    mother = citizens.female[parent]
    partner = citizens.partner[parent]
    other = np.where((partner != NOBODY) & (citizens.female[partner] != mother), partner, NOBODY)
    citizens.mother[child] = np.where(mother, parent, other)
    citizens.father[child] = np.where(mother, other, parent)
    known = np.concatenate([parent, other[other != NOBODY]])  # the child counts no longer among those away
    citizens.children_away[known] -= np.minimum(citizens.children_away[known], np.uint8(1))


def without_parent(citizens: Citizens) -> NDArray[np.bool_]:
    """Adults with neither parent in the place."""
    answer: NDArray[np.bool_] = (citizens.mother == NOBODY) & (citizens.father == NOBODY)
    answer &= citizens.alive
    answer &= citizens.age_months >= ADULT
    return answer


def _find_children(
    citizens: Citizens, children: NDArray[np.int64], rows: NDArray[np.int64], wanted: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Match people who move to be near a child with residents of about the right age who have no parent here.

    Args:
        citizens: The people.
        children: Rows of residents whom luck brings forward, in order of age.
        rows: Rows of those who arrive.
        wanted: Age in months of the child of each.

    Returns:
        Positions of those who found a child, and the rows of the children.
    """
    order = np.lexsort((citizens.uid[rows], wanted))
    place = _next_free(citizens.age_months[children], wanted[order])
    parent, child = order[: place.size], children[place]
    gap = citizens.age_months[rows[parent]].astype(np.int64) - citizens.age_months[child]
    fits = (gap >= PARENT_GAP[0] * _YEAR) & (gap < PARENT_GAP[1] * _YEAR)
    fits &= citizens.partner[rows[parent]] != child
    return parent[fits], child[fits]


def _find_parents(
    citizens: Citizens, parents: NDArray[np.int64], rows: NDArray[np.int64], wanted: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Match people who come back with parents of about the right age, each parent once a month.

    Args:
        citizens: The people.
        parents: Rows of residents whom luck brings forward, in order of age.
        rows: Rows of those who come back.
        wanted: Age in months of the parent each looks for.

    Returns:
        Positions of those who found a parent, and the rows of the parents.
    """
    order = np.lexsort((citizens.uid[rows], wanted))
    place = _next_free(citizens.age_months[parents], wanted[order])
    child, parent = order[: place.size], parents[place]
    gap = citizens.age_months[parent].astype(np.int64) - citizens.age_months[rows[child]]
    fits = (gap >= PARENT_GAP[0] * _YEAR) & (gap < PARENT_GAP[1] * _YEAR)
    return child[fits], parent[fits]


@kernel
def _next_free(offered: NDArray[np.int16], wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each wanted age, rising, the first age offered that is no lower and that nobody before has taken.

    Returns:
        The positions taken, by the first so many of those who look; the others find none left.
    """
    place = np.empty(wanted.size, dtype=np.int64)
    free = 0
    for k in range(wanted.size):
        free = max(free, np.searchsorted(offered, wanted[k]))
        if free >= offered.size:
            return place[:k]
        place[k] = free
        free += 1
    return place
