"""The open door: people who ask below the screen and are heard all the same, and what a raised threshold breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demandsim import luck
from demandsim.luck import Purpose
from demandsim.processes.base import evidence
from demandsim.processes.few import positions
from demandsim.processes.promises import break_promise, keep_promise
from demandsim.processes.team import Floats, Mask, Rows, team, turns

if TYPE_CHECKING:
    from demandsim.model import DemandModel


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """How long people are heard, and what it does to their trust."""

    hours_share: float = evidence("door.heard_hours_share")
    won_heard: float = evidence("trust.won_heard")
    lost_refused: float = evidence("trust.lost_refused")


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
    lot = luck.draw(model.luck_seed, citizens.uid[rows], model.month, Purpose.HEARD)
    asked = positions(lot < practice.open_door_share)
    asked = asked[turns(model, rows[asked])]
    heard[asked] = team(model).take(np.full(asked.size, hours - practice.door_hours))
    keep_promise(model, rows[heard], rules.won_heard)
    model.ledger.people("heard_out", citizens.cell[rows[heard]])
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
