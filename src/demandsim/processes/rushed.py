"""Rushed visits: what is left undone when visits are too short gives people cause to come back.

A visit of the base year's length finishes its task but where rapport takes long. Only what a shorter visit leaves
undone beyond that counts, person by person, so that nothing comes of it while visits are as long as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demandsim import luck
from demandsim.agents.citizens import Concern, Failure
from demandsim.luck import Purpose
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.failure import forget
from demandsim.processes.home_care import home_care, served_at_home
from demandsim.processes.visits import Floats, Longest, Rows, VisitRules, longest_visits, visits_to

if TYPE_CHECKING:
    from demandsim.model import DemandModel


@dataclass(frozen=True, slots=True)
class Rules:
    """How unfinished tasks come back."""

    rushed_return: float = evidence("visit.rushed_return")


class RushedVisits(Process):
    """Let those whose visits end before the task is done worry about it again."""

    name = "rushed"
    reads = (
        "uid",
        "support_type",
        "dementia",
        "quintile",
        "disadvantage",
        "arrangement",
        "council_funded",
        "asked_in_vain",
        "plan_hours",
        "relationship",
    )
    writes = ("concern", "failed_by")

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.visit_rules = read_rules(VisitRules, numbers)

    def step(self, model: DemandModel) -> None:
        """Give a concern about tasks to some of those whose visits are shorter than they were; let old marks fade."""
        citizens, service = model.citizens, home_care(model)
        service.undone = 0.0
        forget(citizens)
        longest = longest_visits(model, self.visit_rules.shortest)
        if longest.council >= model.base_practice.visit_minutes:
            return
        rows = served_at_home(citizens)
        undone = self._undone(model, rows, longest)
        service.undone = float(undone.mean()) if rows.size else 0.0
        lot = luck.draw(model.luck_seed, citizens.uid[rows], model.month, Purpose.RUSHED_RETURN)
        back = rows[(lot < self.rules.rushed_return * undone) & (citizens.concern[rows] == Concern.NONE)]
        citizens.concern[back] = Concern.TASKS
        citizens.failed_by[back] = Failure.RUSHED

    def _undone(self, model: DemandModel, rows: Rows, longest: Longest) -> Floats:
        """Share of the task that visits leave undone beyond what those of the base year's length would."""
        hours = model.citizens.plan_hours[rows].astype(np.float64)
        usual = model.base_practice.visit_minutes
        before, now = (
            visits_to(self.visit_rules, model, rows, hours, goal=0.0, longest=most)[0].done
            for most in (Longest(usual, usual), longest)
        )
        left: Floats = before - now
        return left
