"""Departure: what is left behind when people die or move away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY
from demandsim.compiled import kernel
from demandsim.processes.family import ADULT, children_of, lives_with
from demandsim.processes.households import distinct, rehouse

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_GROWN = np.int16(ADULT)


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
    citizens, groups = model.citizens, model.groups
    gone = np.zeros(citizens.size, dtype=np.bool_)
    _leave_partners_and_groups(
        rows,
        death,
        model.month,
        citizens.partner,
        citizens.bereaved_month,
        citizens.group,
        citizens.volunteer,
        groups.members,
        groups.volunteers,
        gone,
    )
    orphans = _leave_children(model, rows, gone)
    _end_ties(model, gone)
    citizens.release(rows)
    rehouse(model, orphans)


@kernel
def _leave_partners_and_groups(
    rows: NDArray[np.int64],
    death: bool,
    month: int,
    partner: NDArray[np.int32],
    bereaved_month: NDArray[np.int16],
    group: NDArray[np.int32],
    volunteer: NDArray[np.bool_],
    members: NDArray[np.int32],
    volunteers: NDArray[np.int32],
    gone: NDArray[np.bool_],
) -> None:
    """Mark who is gone; partners who stay are alone, and groups have a member less."""
    for i in rows:
        gone[i] = True
    for i in rows:
        its = group[i]
        if its >= 0:
            members[its] -= np.int32(1)
            volunteers[its] -= np.int32(volunteer[i])
        other = partner[i]
        if other >= 0 and not gone[other]:
            partner[other] = NOBODY
            if death:
                bereaved_month[other] = month


@kernel
def _cut_links(
    child: NDArray[np.int64],
    parent: NDArray[np.int64],
    gone: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    orphans: NDArray[np.int64],
) -> int:
    """Cut the links of children to the gone; fill in those under 18 who lived with a parent who is gone, how many."""
    found = 0
    for k in range(child.size):
        c = child[k]
        if not gone[c]:
            orphans[found] = c
            found += int(age_months[c] < _GROWN and lives_with(household, c, parent[k]))
            if mother[c] >= 0 and gone[mother[c]]:
                mother[c] = NOBODY
            if father[c] >= 0 and gone[father[c]]:
                father[c] = NOBODY
    return found


def _leave_children(model: DemandModel, rows: NDArray[np.int64], gone: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Cut the links of children to the gone; return those under 18 who lived with a parent who is gone."""
    citizens = model.citizens
    child, parent = children_of(model, rows)
    orphans = np.empty(child.size, dtype=np.int64)
    found = _cut_links(
        child,
        parent,
        gone,
        citizens.age_months,
        citizens.household,
        citizens.mother,
        citizens.father,
        orphans,
    )
    return distinct(orphans[:found])


@kernel
def _touched(gone: NDArray[np.bool_], a: NDArray[np.int32], b: NDArray[np.int32], over: NDArray[np.int64]) -> int:
    """Fill in the ties with an end among the gone; how many. Free ties join nobody with nobody."""
    found = 0
    for i in range(a.size):
        one, other = max(a[i], 0), max(b[i], 0)
        if (gone[one] | gone[other]) & (a[i] >= 0):
            over[found] = i
            found += 1
    return found


def _end_ties(model: DemandModel, gone: NDArray[np.bool_]) -> None:
    ties = model.ties
    over = np.empty(ties.size, dtype=np.int64)
    ties.release(over[: _touched(gone, ties.a, ties.b, over)])
