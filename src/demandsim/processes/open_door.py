"""The open door: people who ask below the screen and are heard all the same, and what a raised threshold breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform
from demandsim.processes.base import evidence
from demandsim.processes.promises import break_promise, keep_promise
from demandsim.processes.team import Floats, Mask, Rows, team, turns

if TYPE_CHECKING:
    from demandsim.model import DemandModel


_HEARD = np.uint32(Purpose.HEARD)


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """How long people are heard, and what it does to their trust."""

    hours_share: float = evidence("door.heard_hours_share")
    won_heard: float = evidence("trust.won_heard")
    lost_refused: float = evidence("trust.lost_refused")


@kernel
def _list_asked(
    seed: np.uint64, month: np.uint32, rows: Rows, uid: NDArray[np.uint64], share: np.float32, asked: Rows
) -> int:
    """List, as places in ``rows``, a share of people by lot."""
    count = 0
    for k in range(rows.size):
        asked[count] = k
        count += int(uniform(seed, uid[rows[k]], month, _HEARD) < share)
    return count


def hear_out(model: DemandModel, rows: Rows, rules: OpenDoor) -> tuple[Mask, float]:
    """Hear some of those below the screen in a full conversation, as far as the team has hours left.

    It is a conversation without the plan that an assessment ends in. Its hours come before assessments, as those of
    every contact do: others wait longer.

    Args:
        model: The place, under a practice with an open door or none.
        rows: Who asked and is answered at the door.
        rules: Numbers of the open door.

    Returns:
        Who is heard, shape of rows, and the hours that each of them has.
    """
    citizens, practice = model.citizens, model.practice
    hours = max(practice.door_hours, rules.hours_share * practice.assessment_hours)
    heard = np.zeros(rows.size, dtype=np.bool_)
    if practice.open_door_share <= 0.0:
        return heard, hours
    asked = np.empty(rows.size + 1, dtype=np.int64)
    share = f4(practice.open_door_share)
    asked = asked[: _list_asked(model.luck_seed, model.month_word, rows, citizens.uid, share, asked)]
    asked = asked[turns(model, rows[asked])]
    more = np.empty(asked.size)
    more[:] = hours - practice.door_hours
    heard[asked] = team(model).take(more)
    listened = rows[heard]
    keep_promise(model, listened, rules.won_heard)
    model.ledger.people("heard_out", citizens.cell[listened])
    return heard, hours


def refuse_by_new_rule(model: DemandModel, rows: Rows, seen: Floats, line: float, loss: float) -> None:
    """Take trust from people who are turned away only because the council has raised its threshold meanwhile.

    Args:
        model: The place.
        rows: Who is turned away, or loses support.
        seen: Their limitation as staff see it, shape of rows.
        line: Limitation from which they would not have been, under the threshold in force.
        loss: What that costs trust.
    """
    shift = model.council.threshold_shift
    if shift > 0.0:
        break_promise(model, rows[seen >= line - shift], loss)
