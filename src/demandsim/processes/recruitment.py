"""Recruitment for values: who is taken on, and what it takes to choose them.

Employers who choose for values see the same applicants as others. Some of them suit and are taken on, after a longer
selection; the posts of the others stay empty and are tried again. Who was chosen so may be more skilled in relating to
people and stay longer; either may be nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demandsim.processes.base import Numbers, evidence, read_rules

if TYPE_CHECKING:
    from demandsim.model import DemandModel


@dataclass(frozen=True, slots=True)
class Rules:
    """How workers are chosen for their values, and what these are worth."""

    suited: float = evidence("wf.values_suited_share")
    months: float = evidence("wf.values_months")
    hire_months: float = evidence("wf.hire_months")
    interview_hours: float = evidence("wf.values_interview_hours")
    hour_cost: float = evidence("wf.hour_cost")
    skill: float = evidence("wf.values_skill")
    stay: float = evidence("wf.values_stay")


class ValuesLed:
    """Workers chosen for their values who are on their way in.

    Attributes:
        rules: What choosing takes and is worth.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self._pipeline = [0.0] * max(1, int(self.rules.hire_months) + int(self.rules.months))
        self._carried = 0.0

    @property
    def on_their_way(self) -> float:
        """Workers chosen who have not begun."""
        return sum(self._pipeline)

    def choose(self, model: DemandModel, applicants: float) -> float:
        """See the values-led share of this month's applicants, take those who suit, and pay for the interviews.

        Args:
            model: The place.
            applicants: Workers who would be taken on as usual.

        Returns:
            Workers who are taken on as usual.
        """
        seen = applicants * model.practice.values_led_share
        self._pipeline.append(seen * self.rules.suited)
        if seen > 0.0:
            cost = seen * self.rules.interview_hours * self.rules.hour_cost
            model.ledger.cost("recruitment", "council", cost)
        return applicants - seen

    def arrivals(self, weight: float) -> int:
        """Rows to open for those who begin this month; parts of a row are carried over."""
        self._carried += self._pipeline.pop(0)
        whole = int(self._carried / weight)
        self._carried -= whole * weight
        return whole
