"""Area posts: local area coordinators and community catalysts, hired for so many people each.

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

_COORDINATORS, _CATALYSTS = "area_coordination", "community_catalysts"


class AreaPosts:
    """Fill the posts that are paid for."""

    def __init__(self, numbers: Numbers) -> None:
        self._staff = {name: council_staff(numbers) for name in (_COORDINATORS, _CATALYSTS)}

    def start(self, model: DemandModel) -> None:
        """Open both services with the posts of the base year filled."""
        for name in self._staff:
            model.services[name] = Service(model, name=name, funder="council", unit="posts per 100,000 people")
        self.step(model)

    def step(self, model: DemandModel) -> None:
        """Let a month of leaving and hiring pass."""
        for (name, staff), bought in zip(self._staff.items(), (connectors(model), catalysts(model)), strict=True):
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
