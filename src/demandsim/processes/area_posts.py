"""Area posts: local area coordinators and community catalysts, hired for so many people each, and independent brokers.

They come from many kinds of work; home care does not lose workers to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from demandsim.agents.services import Service
from demandsim.processes.posts import council_staff
from demandsim.processes.prevention import catalysts, connectors

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_COORDINATORS, _CATALYSTS, _BROKERS = "area_coordination", "community_catalysts", "brokerage"
_PER_PEOPLE, _PER_PLAN = "posts per 100,000 people", "hours per new plan"
_UNITS = {_COORDINATORS: _PER_PEOPLE, _CATALYSTS: _PER_PEOPLE, _BROKERS: _PER_PLAN}


class AreaPosts:
    """Fill the posts that are paid for."""

    def __init__(self, numbers: Numbers) -> None:
        self._staff = {name: council_staff(numbers) for name in _UNITS}

    def start(self, model: DemandModel) -> None:
        """Open the services with the posts of the base year filled."""
        for name, unit in _UNITS.items():
            model.services[name] = Service(model, name=name, funder="council", unit=unit)
        self.step(model)

    def step(self, model: DemandModel) -> None:
        """Let a month of leaving and hiring pass."""
        paid_for = (connectors(model), catalysts(model), model.practice.broker_hours)
        for (name, staff), bought in zip(self._staff.items(), paid_for, strict=True):
            service = model.services[name]
            service.capacity = bought
            service.used = bought * staff.open(bought)
            service.vacancy = staff.vacancy


def coordinators_in_post(model: DemandModel) -> float:
    """Area coordinators in post per 100,000 people; all that are paid for where the service is not open."""
    service = model.services.get(_COORDINATORS)
    return connectors(model) if service is None else service.used


def catalysts_in_post(model: DemandModel) -> float:
    """Community catalysts in post per 100,000 people."""
    return model.services[_CATALYSTS].used


def brokers_in_post(model: DemandModel) -> float:
    """Hours for each new plan of brokers in post; all that are paid for where the service is not open."""
    service = model.services.get(_BROKERS)
    return model.practice.broker_hours if service is None else service.used
