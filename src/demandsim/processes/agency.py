"""Agency cover: when many posts stand empty, part of the missing hours is bought in, dearly and from strangers.

Every provider buys some agency hours; those of the base year are in its price and its hours. Only when clearly more
posts than then are empty do more of them come. They deliver, but are nobody's named worker, and cost more an hour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demandsim.agents.services import Service
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.home_care import WEEKS, home_care

if TYPE_CHECKING:
    from demandsim.model import DemandModel


@dataclass(frozen=True, slots=True)
class Rules:
    """When agency workers come, how many, and what they cost."""

    vacancy_normal: float = evidence("wf.vacancy_normal")
    vacancy_above: float = evidence("agency.vacancy_above")
    cover_share: float = evidence("agency.cover_share")
    extra_hour: float = evidence("agency.extra_hour")


class Agency(Process):
    """Cover part of the hours of empty posts for the month to come; the council pays what they cost more.

    What the hours themselves cost is paid where they are delivered, as for any hour of home care.
    """

    name = "agency"

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.vacancy_from = 1.0
        self._vacancies: list[float] = []

    def start(self, model: DemandModel) -> None:
        """Open the agencies."""
        model.services["agency"] = Service(model, name="agency", funder="council", unit="h/week")

    def settled(self, model: DemandModel) -> None:
        """Freeze the vacancy from which cover is bought: the mean of the last year and a margin.

        Vacancies of a sample swing more, by one over the root of its scale, and so does the margin: otherwise its
        chance would be taken for a shortage.
        """
        normal = float(np.mean(self._vacancies[-12:])) if self._vacancies else 0.0
        margin = self.rules.vacancy_above / math.sqrt(model.scale)
        self.vacancy_from = max(normal, self.rules.vacancy_normal) + margin

    def step(self, model: DemandModel) -> None:
        """Pay for the cover that was booked for this month, then book that of the next."""
        care, service, rules = home_care(model), model.services["agency"], self.rules
        if model.settling:
            self._vacancies.append(care.vacancy)
            return
        if service.used > 0.0:
            model.ledger.cost("agency", "council", service.used * WEEKS * rules.extra_hour)
            model.ledger.total("agency_hours", service.used * WEEKS)
        # Supply is the own workers' until here: the workforce has just weighed their week.
        missing = max(0.0, care.vacancy - self.vacancy_from) / max(1.0 - care.vacancy, 1e-9) * care.supply
        care.agency = rules.cover_share * missing
        care.supply += care.agency
        service.capacity = service.used = care.agency
