"""Renewal: in the run-in nobody ages and nobody leaves, so who would have gone makes way for another such person.

Somebody who would have died, or moved to a care home, goes on at the same place in the same family with another body
of their age, without the help they had. So at month 0 the people, their kin and the residents of homes are those of the
tables, while those whom services know have come and gone as they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NEVER, Concern, Setting
from demandsim.luck import Purpose
from demandsim.processes.bodies import renew_body
from demandsim.processes.front_door import end_support
from demandsim.processes.savings import Savings

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_LASTING = ("deficits", "dementia", "function_luck")

RENEWED: dict[str, float] = {
    "concern": Concern.NONE,
    "asked_in_vain": 0,
    "failed_by": 0,
    "helped_month": NEVER,
    "turned_away_month": NEVER,
    "contacted": 0,
    "crisis": 0,
    "delayed_days": 0,
    "hospital_trace": 0,
    "earlier_stay": 0,
    "fell_ill": 0,
    "minor_event": 0,
    "setback": 0,
    "emergency_call": 0,
    "therapy_wait": 0,
    "admitted": 0,
    "admitted_last": 0,
    "reablement": 0,
    "reablement_hours": 0,
    "paid_hours": 0,
    "paid_hours_before": 0,
    "gap_fill": 0,
    "done_for": 0,
    "enabling_hours": 0,
    "aids": 0,
    "review_due": 0,
}
"""What someone who is renewed loses beside support and queue places: help, and what befell them."""


def renew(model: DemandModel, rows: NDArray[np.int64]) -> None:
    """Let people go on with another body, without help, and with their savings as if no care had been paid for yet.

    Residents of care homes go on as people who have just moved in.
    """
    if not rows.size:
        return
    citizens = model.citizens
    end_support(citizens, rows)
    for name, value in RENEWED.items():
        getattr(citizens, name)[rows] = value
    citizens.capability[rows] = citizens.capability_base[rows]
    Savings(model.numbers).give(model, rows)
    renew_body(model, rows, citizens.setting[rows] == Setting.CARE_HOME)


def renew_mover(model: DemandModel, rows: NDArray[np.int64]) -> None:
    """Let people who would move to a care home make way, and somebody else of their age become as frail as they are.

    Who moves is the frailest and has least help at home. Were their lasting frailty left where it is, those without
    family would stay the frailest, whom homes have long since taken in when a place stands still.
    """
    citizens = model.citizens
    other = _others_alike(model, rows)
    found = other >= 0
    one, two = rows[found], other[found]
    for name in _LASTING:
        column = getattr(citizens, name)
        column[one], column[two] = column[two], column[one]
    renew(model, rows)
    # The month's help is given already: what services gave to the one who left is not there for who comes.
    by_family = citizens.kin_hours[rows] + citizens.neighbour_hours[rows]
    citizens.unmet_hours[rows] = np.maximum(citizens.hands_on[rows] - by_family, np.float32(0))


def _others_alike(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of some people another at home of the same sex, fifth and year of age, none twice; -1 where none is."""
    citizens = model.citizens
    cell = (citizens.age_months // 12).astype(np.int32) * 10 + citizens.female * np.int32(5) + citizens.quintile
    wanted = np.zeros(int(cell.max(initial=0)) + 1, dtype=np.bool_)
    wanted[cell[rows]] = True
    free = wanted[cell] & citizens.alive & (citizens.setting == Setting.HOME) & (citizens.support_type == 0)
    free[rows] = False
    others = np.flatnonzero(free)
    uid = citizens.uid[others]
    order = np.lexsort((uid, luck.draw(model.luck_seed, uid, model.month, Purpose.RENEWAL), cell[others]))
    others = others[order]
    mine = np.lexsort((citizens.uid[rows], cell[rows]))
    own = cell[rows[mine]]
    turn = np.arange(own.size) - np.searchsorted(own, own)
    place = np.searchsorted(cell[others], own) + turn
    there = place < np.searchsorted(cell[others], own, side="right")
    answer = np.full(rows.size, -1, dtype=np.int64)
    answer[mine[there]] = others[place[there]]
    return answer
