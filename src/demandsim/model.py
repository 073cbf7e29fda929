"""The model: a place, a scenario and the ordered processes of a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import Citizens
from demandsim.agents.kin import Children
from demandsim.agents.services import Council, Neighbourhood, Service
from demandsim.agents.ties import Groups, Ties
from demandsim.agents.workers import CareWorkers
from demandsim.ledger import Ledger

if TYPE_CHECKING:
    from demandsim.processes.base import Numbers
    from demandsim.scenario.practice import Practice


class DemandModel(mesa.Model):  # type: ignore[misc]
    """One place under one scenario, month by month.

    Attributes:
        citizens: The people, as columns.
        workers: Care workers, as columns.
        ties: Ties outside the family, as columns.
        groups: Community groups, as columns.
        services: Services by name.
        council: The council as commissioner.
        neighbourhoods: Small areas by index.
        children: Index of living children in the place, renewed each month after the life course.
        practice: Levers of practice in force this month.
        base_practice: Practice of the base year: what the run-in runs under.
        numbers: Parameter values by evidence key.
        seed: Key of all luck.
        month: Months since April 2024; negative in the run-in.
        settling: In the run-in: ages stand still, the dead are renewed, controllers act.
        scale: Share of the real population that is simulated.
        base_need_population: Need-weighted population at month 0, for indexing capacity and budgets.
    """

    citizens: Citizens
    workers: CareWorkers
    ties: Ties
    groups: Groups
    services: dict[str, Service]
    council: Council
    neighbourhoods: list[Neighbourhood]
    children: Children
    ledger: Ledger
    practice: Practice
    base_practice: Practice
    numbers: Numbers
    luck_seed: np.uint64
    month: int
    settling: bool
    scale: float

    @property
    def month_word(self) -> np.uint32:
        """The month as a word of the luck counter."""
        return luck.month_word(self.month)

    def draws(self, purpose: int) -> NDArray[np.float32]:
        """One uniform number for every row of citizens, this month: for plain-NumPy rules."""
        return luck.draw(self.luck_seed, self.citizens.uid, self.month, purpose)


__all__ = ["CELLS", "DemandModel"]
