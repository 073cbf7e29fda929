"""Learning organisations: teams that look at what went wrong, mend it, and forget again.

Learning is paid hours away from people. What there is to learn from is what went wrong this month: answers and plans
that did not fit, tasks left undone, visits by somebody who did not know the person. A leader with the authority to
mend turns part of it into something that will not happen again. With no hours, no faults or no such leader nothing is
learnt. What is learnt is forgotten with time and goes with those who leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.home_care import HomeCare, home_care
from demandsim.processes.team import Team, team

if TYPE_CHECKING:
    from demandsim.model import DemandModel


@dataclass(frozen=True, slots=True)
class TeamTime:
    """What learning takes of a member of the front-door team's month."""

    month_hours: float = evidence("learn.team_month_hours")

    def share(self, model: DemandModel) -> float:
        """Share of the team's paid hours that goes into learning, at most all."""
        return min(model.practice.learning_hours / self.month_hours, 1.0)


@dataclass(frozen=True, slots=True)
class Rules:
    """How learning is won and lost, and what it is worth."""

    gain: float = evidence("learn.gain")
    forget: float = evidence("learn.forget")
    effect: float = evidence("learn.effect")
    team_turnover: float = evidence("learn.team_turnover")
    hour_cost: float = evidence("wf.hour_cost")


class Learning(Process):
    """Let the front-door team and the providers of home care learn from the month's faults."""

    name = "learning"
    reads = ("workers.alive", "workers.weight")
    writes = ()

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)

    def step(self, model: DemandModel) -> None:
        """Learn, forget, and pay for the hours of care workers (the team's are paid at the door)."""
        door, care, rules = team(model), home_care(model), self.rules
        self._learn(model, door, door.faults / max(door.cases, 1.0), rules.team_turnover / 12.0)
        self._learn(model, care, 1.0 - (1.0 - care.others) * (1.0 - care.undone), care.leaving)
        hours = model.practice.learning_hours
        if hours > 0.0:
            staff = float(model.workers.weight[model.workers.rows].sum(dtype=np.float64))
            model.ledger.cost("learning", "council", hours * staff * rules.hour_cost)

    def _learn(self, model: DemandModel, service: Team | HomeCare, faults: float, leaving: float) -> None:
        """Move what a team has learnt by one month.

        Args:
            model: The place.
            service: The team.
            faults: Share of the month's cases in which something went wrong.
            leaving: Share of its staff who left this month.
        """
        rules, practice = self.rules, model.practice
        won = min(rules.gain * practice.learning_hours * practice.mending_share * faults, 1.0)
        lost = min(rules.forget + leaving, 1.0)
        service.learnt += won * (1.0 - service.learnt) - lost * service.learnt
        service.learnt = min(max(service.learnt, 0.0), 1.0)
        service.mended = rules.effect * service.learnt
