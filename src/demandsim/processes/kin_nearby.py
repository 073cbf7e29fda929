"""Kin nearby: arrivals who come back to a parent, or to be near a grown child."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform4
from demandsim.processes.arrivals import PARENT_GAP, Arrivals
from demandsim.processes.family import ADULT
from demandsim.processes.households import join_home
from demandsim.processes.inflow import Flow, MigrationRules
from demandsim.processes.life_luck import BIRTH, MOVING, candidates, life_draws

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_YEAR = 12
_BELL = 6.0**0.5
_LEAST_GAP, _MOST_GAP = PARENT_GAP[0] * _YEAR, PARENT_GAP[1] * _YEAR
_GROWN = np.int16(ADULT)
_PARENT_FROM = np.int16(ADULT + _LEAST_GAP)
_AT_HOME = np.uint8(Setting.HOME)
_COMING_BACK = np.uint32(Purpose.COMING_BACK)


# residents whom luck brings forward


@kernel
def _list_parents(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    from_draw: np.float32,
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    partner: NDArray[np.int32],
    children_away: NDArray[np.uint8],
    parents: NDArray[np.int64],
) -> int:
    """Fill in who can be found as a parent: women, and men without a partner, with a grown child outside the place."""
    found = 0
    for i in rows:
        parents[found] = i
        old = age_months[i] >= _PARENT_FROM
        found += int(old & (children_away[i] > 0) & (female[i] | (partner[i] < 0)))
    forward = 0
    drawn = life_draws(seed, uid, month, parents[:found], MOVING)
    for k in range(found):
        parents[forward] = parents[k]
        forward += int(drawn[k] >= from_draw)
    return forward


@kernel
def _list_children(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    from_draw: np.float32,
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    children: NDArray[np.int64],
) -> int:
    """Fill in who can be found as a child: adults with neither parent in the place; how many."""
    found = 0
    for i in rows:
        children[found] = i
        found += int((age_months[i] >= _GROWN) & (mother[i] < 0) & (father[i] < 0))
    forward = 0
    drawn = life_draws(seed, uid, month, children[:found], BIRTH)
    for k in range(found):
        children[forward] = children[k]
        forward += int(drawn[k] >= from_draw)
    return forward


def forward_parents(model: DemandModel, chance: float) -> NDArray[np.int64]:
    """Residents whom luck brings forward this month as parents to come back to, in order of age."""
    citizens = model.citizens
    rows = candidates(model, MOVING, chance, high_end=True)
    parents = np.empty(rows.size, dtype=np.int64)
    found = _list_parents(
        model.luck_seed,
        model.month_word,
        rows,
        f4(1.0 - chance),
        citizens.uid,
        citizens.age_months,
        citizens.female,
        citizens.partner,
        citizens.children_away,
        parents,
    )
    return _by_age(citizens, parents[:found])


def forward_children(model: DemandModel, chance: float) -> NDArray[np.int64]:
    """Residents whom luck brings forward this month as children to come and be near, in order of age."""
    citizens = model.citizens
    rows = candidates(model, BIRTH, chance, high_end=True)
    children = np.empty(rows.size, dtype=np.int64)
    found = _list_children(
        model.luck_seed,
        model.month_word,
        rows,
        f4(1.0 - chance),
        citizens.uid,
        citizens.age_months,
        citizens.mother,
        citizens.father,
        children,
    )
    return _by_age(citizens, children[:found])


def _by_age(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[np.lexsort((citizens.uid[rows], citizens.age_months[rows]))]


# who of the arrivals meets whom


@rule
def _usual_gap(c: np.float32, d: np.float32, mother_age: float, mother_age_spread: float) -> float:
    """Months by which a parent is older, by two draws."""
    bell = (np.float64(c) + np.float64(d) - 1.0) * _BELL
    return (mother_age + mother_age_spread * bell) * _YEAR


@rule
def _fits(parent_age: np.int16, child_age: np.int16) -> bool:
    """Whether one person is old enough, and not too old, to be the parent of another."""
    gap = np.int64(parent_age) - np.int64(child_age)
    return bool((gap >= _LEAST_GAP) & (gap < _MOST_GAP))


@kernel
def _meet(
    newcomers: NDArray[np.int64],
    wanted: NDArray[np.float64],
    residents: NDArray[np.int64],
    age_months: NDArray[np.int16],
    comes: NDArray[np.int64],
    met: NDArray[np.int64],
) -> int:
    """Fill in, for each wanted age, rising, the first resident who is no younger and whom nobody before has taken.

    Returns:
        How many newcomers found somebody; the others, the last ones, find none left.
    """
    order = np.argsort(wanted, kind="mergesort")
    offered = age_months[residents]
    free = 0
    for k in range(order.size):
        free = max(free, np.searchsorted(offered, wanted[order[k]]))
        if free >= offered.size:
            return k
        comes[k], met[k] = newcomers[order[k]], residents[free]
        free += 1
    return order.size


@kernel
def _list_coming_back(
    seed: np.uint64,
    month: np.uint32,
    uid: NDArray[np.uint64],
    age_of: NDArray[np.int64],
    linked: NDArray[np.float64],
    mother_age: float,
    mother_age_spread: float,
    looking: NDArray[np.int64],
    wanted: NDArray[np.float64],
) -> int:
    """Fill in who comes back, by place in the month's group, and the age of the parent they look for; how many."""
    found = 0
    for k in range(uid.size):
        drawn, b, c, _ = uniform4(seed, uid[k], month, _COMING_BACK)
        looking[found] = k
        wanted[found] = np.float64(age_of[k]) + _usual_gap(b, c, mother_age, mother_age_spread)
        found += int(np.float64(drawn) < linked[age_of[k] // _YEAR])
    return found


@kernel
def _link_to_parents(
    rows: NDArray[np.int64],
    parents: NDArray[np.int64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    partner: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    children_away: NDArray[np.uint8],
    linked: NDArray[np.bool_],
) -> None:
    """Link people who come back to a parent they found, if the ages fit, and to the parent's partner of the other sex.

    Those two have a child less outside the place; the partner only if there is one to have back.
    """
    for k in range(rows.size):
        i, parent = rows[k], parents[k]
        linked[k] = _fits(age_months[parent], age_months[i])
        if linked[k]:
            other = np.int64(partner[parent])
            both = other >= 0 and female[other] != female[parent] and children_away[other] > 0
            second = other if both else np.int64(NOBODY)
            mother[i] = parent if female[parent] else second
            father[i] = second if female[parent] else parent
            children_away[parent] -= np.uint8(1)
            if both:
                children_away[other] -= np.uint8(1)


@kernel
def _list_moving_in(
    seed: np.uint64,
    month: np.uint32,
    back: NDArray[np.int64],
    parents: NDArray[np.int64],
    linked: NDArray[np.bool_],
    uid: NDArray[np.uint64],
    age_of: NDArray[np.int64],
    partner_of: NDArray[np.int64],
    mother_of: NDArray[np.int64],
    father_of: NDArray[np.int64],
    communal: NDArray[np.bool_],
    to_parent: NDArray[np.float64],
    setting: NDArray[np.uint8],
    household: NDArray[np.int32],
    moving: NDArray[np.int64],
) -> int:
    """Fill in which of those who come back single, without children, move in with the parent, who has a home."""
    with_child = np.zeros(uid.size + 1, dtype=np.bool_)  # the last place stands for nobody
    for k in range(uid.size):
        with_child[mother_of[k]] = with_child[father_of[k]] = True
    found = 0
    for j in range(back.size):
        k = back[j]
        single = partner_of[k] < 0 and not with_child[k] and not communal[k]
        if linked[j] and single and setting[parents[j]] == _AT_HOME and household[parents[j]] >= 0:
            _, _, _, drawn = uniform4(seed, uid[k], month, _COMING_BACK)
            moving[found] = j
            found += int(np.float64(drawn) < to_parent[age_of[k] // _YEAR])
    return found


def come_back(
    model: DemandModel,
    flow: Flow,
    rules: MigrationRules,
    group: Arrivals,
    rows: NDArray[np.int64],
    parents: NDArray[np.int64],
) -> None:
    """Link arrivals who come back to a parent with a grown child outside the place; some move in with them.

    Args:
        model: The model.
        flow: The flow they are of.
        rules: How arrivals come.
        group: The month's arrivals.
        rows: Their rows.
        parents: Residents whom luck brings forward as parents, in order of age; each is found once a month.
    """
    citizens, month = model.citizens, model.month_word
    (looking, back, parent, moving), wanted = np.empty((4, rows.size), dtype=np.int64), np.empty(rows.size)
    ages = (rules.mother_age, rules.mother_age_spread)
    found = _list_coming_back(model.luck_seed, month, group.uid, group.age_months, flow.linked, *ages, looking, wanted)
    if not found:
        return
    found = _meet(looking[:found], wanted[:found], parents, citizens.age_months, back, parent)
    back, parent, linked = back[:found], parent[:found], np.empty(found, dtype=np.bool_)
    own = rows[back]
    _link_to_parents(
        own,
        parent,
        citizens.age_months,
        citizens.female,
        citizens.partner,
        citizens.mother,
        citizens.father,
        citizens.children_away,
        linked,
    )
    found = _list_moving_in(
        model.luck_seed,
        month,
        back,
        parent,
        linked,
        group.uid,
        group.age_months,
        group.partner,
        group.mother,
        group.father,
        group.communal,
        flow.to_parent,
        citizens.setting,
        citizens.household,
        moving,
    )
    moving = moving[:found]
    join_home(citizens, own[moving], parent[moving])


@kernel
def _list_near_child(
    seed: np.uint64,
    month: np.uint32,
    uid: NDArray[np.uint64],
    age_of: NDArray[np.int64],
    female_of: NDArray[np.bool_],
    partner_of: NDArray[np.int64],
    near_child: NDArray[np.float64],
    mother_age: float,
    mother_age_spread: float,
    looking: NDArray[np.int64],
    wanted: NDArray[np.float64],
) -> int:
    """Fill in who comes to be near a child, by place in the month's group, and the age of the child; how many.

    The woman of a couple speaks for both.
    """
    found = 0
    for k in range(uid.size):
        _, b, c, drawn = uniform4(seed, uid[k], month, _COMING_BACK)
        looking[found] = k
        wanted[found] = np.float64(age_of[k]) - _usual_gap(b, c, mother_age, mother_age_spread)
        speaks = female_of[k] or partner_of[k] < 0
        found += int(speaks and np.float64(drawn) < near_child[age_of[k] // _YEAR])
    return found


@kernel
def _link_to_children(
    rows: NDArray[np.int64],
    children: NDArray[np.int64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    partner: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    children_away: NDArray[np.uint8],
) -> None:
    """Link residents to parents who come to be near them, if the ages fit, and to their partners of the other sex.

    The child counts no longer among those away.
    """
    for k in range(rows.size):
        i, child = rows[k], children[k]
        other = np.int64(partner[i])
        if not _fits(age_months[i], age_months[child]) or other == child:
            continue
        second = other if other >= 0 and female[other] != female[i] else np.int64(NOBODY)
        mother[child] = i if female[i] else second
        father[child] = second if female[i] else i
        children_away[i] -= np.uint8(children_away[i] > 0)
        if second >= 0:
            children_away[second] -= np.uint8(children_away[second] > 0)


def join_child(
    model: DemandModel,
    flow: Flow,
    rules: MigrationRules,
    group: Arrivals,
    rows: NDArray[np.int64],
    children: NDArray[np.int64],
) -> None:
    """Link older arrivals, who come to be near a grown child, to a resident of the right age.

    Args:
        model: The model.
        flow: The flow they are of.
        rules: How arrivals come.
        group: The month's arrivals.
        rows: Their rows.
        children: Residents whom luck brings forward as children, in order of age; each is found once a month.
    """
    citizens = model.citizens
    (looking, comes, child), wanted = np.empty((3, rows.size), dtype=np.int64), np.empty(rows.size)
    found = _list_near_child(
        model.luck_seed,
        model.month_word,
        group.uid,
        group.age_months,
        group.female,
        group.partner,
        flow.near_child,
        rules.mother_age,
        rules.mother_age_spread,
        looking,
        wanted,
    )
    if not found:
        return
    found = _meet(looking[:found], wanted[:found], children, citizens.age_months, comes, child)
    _link_to_children(
        rows[comes[:found]],
        child[:found],
        citizens.age_months,
        citizens.female,
        citizens.partner,
        citizens.mother,
        citizens.father,
        citizens.children_away,
    )


def without_parent(citizens: Citizens) -> NDArray[np.bool_]:
    """Adults with neither parent in the place."""
    answer: NDArray[np.bool_] = (citizens.mother == NOBODY) & (citizens.father == NOBODY)
    answer &= citizens.alive
    answer &= citizens.age_months >= ADULT
    return answer
