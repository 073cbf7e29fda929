"""Training in a new practice: what it takes of a team's hours, and what trainers cost.

Everybody in post is trained once, while the practice is adopted; who joins later has the same hours at the start. Care
workers' hours are paid to their providers, since nobody pays these for a visit that is not made; the front-door team's
are among its paid hours already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demandsim.processes.base import evidence

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_YEAR = 12.0


@dataclass(frozen=True, slots=True)
class TrainingCost:
    """What an hour of one worker's training costs."""

    trainer: float = evidence("wf.trainer_hour")
    pay: float = evidence("wf.hour_cost")

    def care_workers(self, model: DemandModel, hours: float) -> None:
        """Book the training of care workers: trainers, and the hours themselves."""
        _book(model, hours * (self.trainer + self.pay))

    def team(self, model: DemandModel, hours: float) -> None:
        """Book the training of the front-door team: trainers alone."""
        _book(model, hours * self.trainer)


@dataclass(frozen=True, slots=True)
class TeamTraining:
    """What training takes of a member of the front-door team's month."""

    month_hours: float = evidence("learn.team_month_hours")
    turnover: float = evidence("learn.team_turnover")

    def share(self, model: DemandModel) -> float:
        """Share of the team's paid hours that goes into training, at most all: new members catch up."""
        adoption, month = model.policy.adoption, model.month
        hours = adoption.training_hours(month) + adoption.training_missed(month) * self.turnover / _YEAR
        return min(hours / self.month_hours, 1.0)


def _book(model: DemandModel, pounds: float) -> None:
    if pounds > 0.0:
        model.ledger.cost("training", "council", pounds)
