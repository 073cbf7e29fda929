"""Micro-enterprises: one or two people who set up to give support near home, helped by a catalyst.

They have some hours a week. People with a direct payment and people who pay for themselves take these up as long as
any are free, and keep the same person as those do who employ an assistant. They may fold, and then their clients look
for help anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import Arrangement
from demandsim.agents.providers import MICRO
from demandsim.agents.services import Service
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.handover import back_to_queue
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

type Mask = NDArray[np.bool_]
type Floats = NDArray[np.float64]

_YEAR = 12
_PER = 100_000.0


class MicroEnterprises(Service):
    """All micro-enterprises of a place.

    Attributes:
        enterprises: How many there are, in the sample; parts of one where the sample holds less than one.
        owed: Hours a week of clients of folded enterprises who have not been told yet.
        self_funded: Share of free hours that is open to people who pay for themselves.
        choice: Share of new self-funders who would rather have one than an agency.
    """

    def __init__(self, model: DemandModel, *, self_funded: float, choice: float) -> None:
        super().__init__(model, name="micro_enterprises", funder="council", unit="h/week")
        self.owner = MICRO
        self.enterprises = 0.0
        self.owed = 0.0
        self.self_funded = self_funded
        self.choice = choice

    def take(self, hours: Floats, wanted: Mask, share: float) -> Mask:
        """Give free hours to those who want them, in the order given.

        Args:
            hours: Hours a week of each person.
            wanted: Who wants them.
            share: Share of the hours free now that these people may take.

        Returns:
            Who gets their hours: all or nothing.
        """
        free = share * max(0.0, self.capacity - self.used)
        ask = np.where(wanted, hours, 0.0)
        served: Mask = wanted & (np.cumsum(ask) <= free)
        self.used += float(ask[served].sum())
        return served


def micro_enterprises(model: DemandModel) -> MicroEnterprises | None:
    """The place's micro-enterprises, where there are any."""
    service = model.services.get("micro_enterprises")
    return cast(MicroEnterprises, service) if service is not None and service.capacity > 0 else None


@dataclass(frozen=True, slots=True)
class Rules:
    """How micro-enterprises start, work and fold."""

    start_cost: float = evidence("market.micro_start_cost")
    survival: float = evidence("market.micro_survival")
    hours: float = evidence("market.micro_hours")
    stay: float = evidence("market.micro_stay")
    self_funded: float = evidence("market.micro_self_funded")
    choice: float = evidence("market.micro_choice")
    trust_kept: float = evidence("rel.kept_on_leaving")


class MicroEnterprise(Process):
    """Start micro-enterprises, and let some fold.

    Their number is what starts and survival make of it on the mean: hundreds of one-person firms leave little to
    luck. Whose enterprise folds is drawn among people with a direct payment or an assistant of their own.
    """

    name: ClassVar[str] = "micro_enterprise"
    reads: ClassVar[tuple[str, ...]] = ("uid", "cell", "support_type", "plan_hours")
    writes: ClassVar[tuple[str, ...]] = (
        "worker",
        "relationship",
        "arrangement",
        "waiting",
        "waiting_since",
        "urgent",
        "review_due",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)

    def start(self, model: DemandModel) -> None:
        """Open the book of micro-enterprises; today's are few and part of the pool of personal assistants."""
        rules = self.rules
        model.services["micro_enterprises"] = MicroEnterprises(
            model, self_funded=rules.self_funded, choice=rules.choice
        )

    def step(self, model: DemandModel) -> None:
        """Fold, start and pay, and free the hours of clients who no longer need them."""
        rules, service = self.rules, cast(MicroEnterprises, model.services["micro_enterprises"])
        starts = model.practice.micro_starts * model.council.prevention_share * model.base_people / _PER / _YEAR
        if starts == 0.0 and service.enterprises == 0.0:
            return
        before = service.capacity
        folds = 1.0 - rules.survival ** (1.0 / _YEAR)
        service.owed += service.used * folds
        service.used *= (1.0 - folds) * (1.0 - 1.0 / rules.stay)
        service.enterprises = service.enterprises * (1.0 - folds) + starts
        service.capacity = service.enterprises * rules.hours
        service.hired_hours = service.capacity - before  # who sets up may have been a home-care worker
        service.used = min(service.used, service.capacity)
        if starts > 0:
            model.ledger.cost("micro_enterprises", "council", starts * rules.start_cost)
        self._let_go(model, service)
        model.ledger.total("micro_enterprises", service.enterprises)

    def _let_go(self, model: DemandModel, service: MicroEnterprises) -> None:
        """Clients of folded enterprises wait for help again, in a keyed order, while the hours lost are owed."""
        citizens = model.citizens
        if service.owed < 1.0:  # fewer hours than the smallest plan
            return
        rows = rows_with(citizens.arrangement)
        own = (citizens.arrangement[rows] == Arrangement.DIRECT_PAYMENT) & (citizens.support_type[rows] == 0)
        rows = rows[own]
        lot = luck.draw(model.luck_seed, citizens.uid[rows], model.month, Purpose.MICRO_CLIENT)
        rows = rows[np.lexsort((citizens.uid[rows], lot))]
        lost = np.cumsum(citizens.plan_hours[rows].astype(np.float64)) <= service.owed
        gone = rows[lost]
        service.owed -= float(citizens.plan_hours[gone].astype(np.float64).sum())
        back_to_queue(model, gone, self.rules.trust_kept)
