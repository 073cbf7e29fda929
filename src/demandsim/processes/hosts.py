"""The stock of Shared Lives hosts: how many places there are, who may take one, and who takes one now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import Setting, SupportType
from demandsim.agents.services import Service
from demandsim.luck import Purpose
from demandsim.processes.area_posts import brokers_in_post
from demandsim.processes.base import evidence
from demandsim.processes.brokerage import BrokerRules, reached
from demandsim.processes.few import positions
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel

type Rows = NDArray[np.int64]

_SHARED = np.uint8(Setting.SHARED_LIVES)


class SharedLives(Service):
    """Hosts with whom people live: a place each.

    Attributes:
        today: Places by hosts of the base year, who are replaced as they stop.
    """

    def __init__(self, model: DemandModel, hosts: float) -> None:
        super().__init__(model, name="shared_lives", funder="council", unit="places")
        self.capacity = self.used = self.today = hosts

    @property
    def recruited(self) -> float:
        """Places beyond today's, by hosts who were looked for or told of; these are open to older people too."""
        return self.capacity - self.today


@dataclass(frozen=True, slots=True)
class HostRules:
    """Which older people may live with a host, and how many would."""

    older: float = evidence("market.host_older")
    most_bands: float = evidence("market.host_most_bands")


def shared_lives(model: DemandModel) -> SharedLives:
    """The place's Shared Lives scheme."""
    return cast(SharedLives, model.services["shared_lives"])


def rows_with_hosts(model: DemandModel) -> Rows:
    """Everybody who lives with a host."""
    citizens = model.citizens
    rows = rows_with(citizens.setting == _SHARED)
    here: Rows = rows[citizens.alive[rows]]
    return here


def older_with_hosts(model: DemandModel) -> Rows:
    """Those of them whose support did not begin at working age."""
    rows = rows_with_hosts(model)
    older: Rows = rows[model.citizens.support_type[rows] == SupportType.NONE]
    return older


def free_places(model: DemandModel) -> int:
    """Places that nobody has taken."""
    return max(0, int(shared_lives(model).capacity) - rows_with_hosts(model).size)


def free_for_older(model: DemandModel) -> int:
    """Places that older people may take now: free ones, up to what there is beyond today's."""
    service = model.services.get("shared_lives")
    if not isinstance(service, SharedLives) or service.recruited < 1.0:
        return 0
    return max(0, min(free_places(model), int(service.recruited) - older_with_hosts(model).size))


def find_hosts(model: DemandModel, rules: HostRules, broker: BrokerRules, rows: Rows) -> NDArray[np.bool_]:
    """Which of some people about to move to a care home live with a host instead.

    They must be told of it (by staff with a wide menu or a broker), want it, and be within what a host can do; places
    go by a keyed draw while there are any.

    Args:
        model: The place.
        rules: Which older people may live with a host.
        broker: What brokerage can do.
        rows: Who is about to move.

    Returns:
        One truth value for each of ``rows``.
    """
    citizens = model.citizens
    found = np.zeros(rows.size, dtype=np.bool_)
    free = free_for_older(model) if rows.size else 0
    if free == 0:
        return found
    told = max(model.practice.menu_share, broker.effect * reached(broker, brokers_in_post(model)))
    lot = luck.draw(model.luck_seed, citizens.uid[rows], model.month, Purpose.SHARED_LIVES)
    wants = positions((lot < rules.older * told) & (citizens.limitation[rows] < rules.most_bands))
    turn = np.lexsort((citizens.uid[rows[wants]], lot[wants]))
    found[wants[turn[:free]]] = True
    return found
