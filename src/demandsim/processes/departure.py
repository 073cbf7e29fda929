"""Departure: what is left behind when people die or move away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY
from demandsim.compiled import kernel
from demandsim.processes.family import ADULT, children_of
from demandsim.processes.households import distinct, find_guardians, join_home

if TYPE_CHECKING:
    from demandsim.model import DemandModel


@kernel
def _touched(gone: NDArray[np.bool_], a: NDArray[np.int32], b: NDArray[np.int32], over: NDArray[np.int32]) -> int:
    """Fill in the ties with an end among the gone; how many. Free ties join nobody with nobody: the last place."""
    found = 0
    nobody = gone.size - 1
    for i in range(a.size):
        one = a[i] if a[i] >= 0 else nobody
        other = b[i] if b[i] >= 0 else nobody
        if gone[one] | gone[other]:
            over[found] = i
            found += 1
    return found


def depart(model: DemandModel, rows: NDArray[np.int64], *, death: bool = True) -> None:
    """Take people out of the place: cut every link to them, then free their rows.

    Partners and children lose the link, ties end, groups lose a member, children under 18 who lived with them go to
    the other parent or a guardian. Events are booked by the caller, before. Call it once a month for each cause.

    Args:
        model: The model; reads ``model.children`` and this month's babies.
        rows: Who leaves, none twice.
        death: They died (a surviving partner is bereaved) rather than moved away.
    """
    if not rows.size:
        return
    citizens = model.citizens
    gone = np.zeros(citizens.size + 1, dtype=np.bool_)  # the last place stands for the link -1: nobody
    gone[rows] = True
    _leave_partner(model, rows, gone, death)
    orphans = _leave_children(model, rows, gone)
    _end_ties(model, gone)
    _leave_groups(model, rows)
    citizens.release(rows)
    _rehouse(model, orphans)


def _leave_partner(model: DemandModel, rows: NDArray[np.int64], gone: NDArray[np.bool_], death: bool) -> None:
    citizens = model.citizens
    partner = citizens.partner[rows]
    left = partner[(partner != NOBODY) & ~gone[partner]]
    citizens.partner[left] = NOBODY
    if death:
        citizens.bereaved_month[left] = model.month


def _leave_children(model: DemandModel, rows: NDArray[np.int64], gone: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Cut the links of children to the gone; return those under 18 who lived with a parent who is gone."""
    citizens = model.citizens
    child, parent = children_of(model, rows)
    child, parent = child[~gone[child]], parent[~gone[child]]
    lived_with = (citizens.household[child] == citizens.household[parent]) & (citizens.household[child] != NOBODY)
    for link in (citizens.mother, citizens.father):
        mine = link[child]
        link[child] = np.where(gone[mine], NOBODY, mine)
    return distinct(child[lived_with & (citizens.age_months[child] < ADULT)])


def _end_ties(model: DemandModel, gone: NDArray[np.bool_]) -> None:
    ties = model.ties
    over = np.empty(ties.size, dtype=np.int32)
    found = _touched(gone, ties.a, ties.b, over)
    if found:
        ties.release(over[:found].astype(np.int64))


def _leave_groups(model: DemandModel, rows: NDArray[np.int64]) -> None:
    citizens, groups = model.citizens, model.groups
    group, gives_time = citizens.group[rows], citizens.volunteer[rows]
    member = group != NOBODY
    if member.any():
        groups.members -= np.bincount(group[member], minlength=groups.size).astype(np.int32)
        groups.volunteers -= np.bincount(group[member & gives_time], minlength=groups.size).astype(np.int32)


def _rehouse(model: DemandModel, orphans: NDArray[np.int64]) -> None:
    """Bring children who lost a parent of their home to the other parent, or to a guardian if there is none."""
    if not orphans.size:
        return
    citizens = model.citizens
    mother, father = citizens.mother[orphans], citizens.father[orphans]
    other = np.where(mother != NOBODY, mother, father)
    housed = (other != NOBODY) & (citizens.household[other] != NOBODY)
    join_home(citizens, orphans[housed], other[housed].astype(np.int64))
    find_guardians(model, orphans[~housed])
