"""Housing adaptations: homes made fit for somebody, beyond today's, from a list by need and out of a grant.

An adapted home takes a little off the hands-on help its occupant needs and makes falls there less likely. It stays
behind when they move.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from demandsim.agents.citizens import NOBODY, Band, Setting
from demandsim.agents.services import Service
from demandsim.compiled import f4
from demandsim.luck import Purpose, draw
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_PER = 100_000.0
_YEAR = 12


@dataclass(frozen=True)
class AdaptationRules:
    """What an adaptation costs and how many hours it saves."""

    hours: float = evidence("adapt.hours")
    cost: float = evidence("adapt.cost")


class Adaptations(Process):
    """Adapt homes in turn, and let those who live in one need a little less help. `missed_help` has the falls."""

    name: ClassVar[str] = "adaptations"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "cell",
        "setting",
        "household",
        "band",
        "hands_on",
        "adapted",
    )
    writes: ClassVar[tuple[str, ...]] = ("adapted", "hands_on")

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(AdaptationRules, numbers)
        self._rows = np.zeros(0, dtype=np.int64)
        self._homes = np.zeros(0, dtype=np.int32)
        self._carry = 0.0

    def start(self, model: DemandModel) -> None:
        """Open the service: what it does beyond today's provision."""
        service = Service(model, name="adaptations", funder="central", unit="homes a month")
        service.unit_cost = self.rules.cost
        model.services["adaptations"] = service

    def step(self, model: DemandModel) -> None:
        """Leave the homes of people who moved, adapt others, and take off the hours."""
        citizens = model.citizens
        self._forget_movers(model)
        if model.terms.adaptations > 0.0:
            self._adapt(model)
        else:
            service = model.services["adaptations"]
            service.capacity, service.used, service.waiting = 0.0, 0.0, 0
        citizens.hands_on[self._rows] *= f4(1.0 - self.rules.hours)

    def _forget_movers(self, model: DemandModel) -> None:
        """Who died or left lost the mark with their row; who lives elsewhere loses it now."""
        citizens = model.citizens
        stays = citizens.adapted[self._rows] & (citizens.household[self._rows] == self._homes)
        stays &= citizens.setting[self._rows] == Setting.HOME
        citizens.adapted[self._rows[~stays]] = False
        self._rows, self._homes = self._rows[stays], self._homes[stays]

    def _adapt(self, model: DemandModel) -> None:
        """Adapt the homes that the month has grants for: moderate need or more first, then by a lasting keyed draw."""
        citizens, service = model.citizens, model.services["adaptations"]
        rows = rows_with(citizens.band)
        waits = (citizens.setting[rows] == Setting.HOME) & (citizens.household[rows] != NOBODY)
        rows = rows[waits & ~citizens.adapted[rows] & (citizens.band[rows] >= Band.LOW)]
        a_month = model.terms.adaptations * model.base_people_65 * model.need_index / _PER / _YEAR
        grants = a_month + self._carry
        count = min(math.floor(grants), rows.size)
        self._carry = grants - math.floor(grants)
        lot = draw(model.luck_seed, citizens.uid[rows], 0, Purpose.ADAPTATION)
        done = rows[np.lexsort((citizens.uid[rows], lot, citizens.band[rows] < Band.MODERATE))][:count]
        citizens.adapted[done] = True
        self._rows = np.concatenate([self._rows, done])
        self._homes = np.concatenate([self._homes, citizens.household[done]])
        service.capacity, service.used, service.waiting = float(math.floor(grants)), float(count), rows.size - count
        model.ledger.people("homes_adapted", citizens.cell[done])
        model.ledger.cost("adaptations", "central", self.rules.cost * count)
