"""General practice and community nursing: what the NHS spends on people outside hospital, by age and frailty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import DEFICITS, Band, Setting
from demandsim.agents.services import Service
from demandsim.compiled import kernel
from demandsim.processes.base import evidence, read_rules

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_HOME = np.uint8(Setting.HOME)
_MODERATE = np.uint8(Band.MODERATE)
_AGE_BANDS, _FRAILTY_BANDS = 5, 4
_CELLS_OF_AGE = 10
_SPARE = np.uint64(3)


@dataclass(frozen=True)
class Rules:
    """Numbers of general practice and community nursing."""

    cost_consultation: float = evidence("cost.gp_consult")
    cost_nurse: float = evidence("cost.district_nurse_contact")
    consultations_younger: float = evidence("community_health.consultations_under65")
    consultations_65: float = evidence("service.gp_consult_rate.65_74")
    consultations_75: float = evidence("service.gp_consult_rate.75_84")
    consultations_85: float = evidence("service.gp_consult_rate.85plus")
    frail_mild: float = evidence("service.gp_irr.mild")
    frail_moderate: float = evidence("service.gp_irr.moderate")
    frail_severe: float = evidence("service.gp_irr.severe")
    nurse_contacts: float = evidence("community_health.nurse_contacts")


@kernel
def _count_frailty(
    alive: NDArray[np.bool_],
    cell: NDArray[np.uint16],
    deficits: NDArray[np.uint8],
    setting: NDArray[np.uint8],
    band: NDArray[np.uint8],
    tally: NDArray[np.int64],
) -> np.int64:
    """Tally people by reporting cell and deficits; return those with moderate need who live at home.

    ``tally`` has a spare first axis: neighbours in the columns, often alike, are counted in different places. Unsigned
    places are found quicker, since none of them can count from the end.
    """
    housebound = np.int64(0)
    for i in range(band.size):
        housebound += np.int64((band[i] >= _MODERATE) & (setting[i] == _HOME))
    for i in range(alive.size):
        tally[np.uint64(i) & _SPARE, np.uint64(cell[i]), np.uint64(deficits[i])] += np.int64(alive[i])
    return housebound


class CommunityHealth:
    """Consultations and nurse visits, booked by the hospital's step as the NHS's other part in the month."""

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(Rules, numbers)
        share = np.arange(DEFICITS + 1) / DEFICITS
        group = np.digitize(share, (0.12, 0.24, 0.36), right=True)
        self._frailty_groups = [np.flatnonzero(group == each) for each in range(_FRAILTY_BANDS)]
        self._month = 0.0
        self._consultations = np.zeros((_AGE_BANDS, _FRAILTY_BANDS))
        self._centred = False

    def open(self, model: DemandModel) -> None:
        """Open general practice and community nursing: led by demand, so that neither has a queue."""
        for name, unit, cost in (
            ("gp", "consultations a month", self._rules.cost_consultation),
            ("community_health", "nurse visits a month", self._rules.cost_nurse),
        ):
            model.services[name] = Service(model, name=name, funder="nhs", unit=unit)
            model.services[name].unit_cost = cost

    def settled(self) -> None:
        """Keep the rates as they are: what frailty adds is from now on not taken off the mean."""
        self._centred = True

    def book(self, model: DemandModel) -> None:
        """Book consultations by age and frailty, and nurse visits to people with moderate need at home.

        People are counted each quarter: their numbers move slowly.
        """
        if model.month % 3 == 0:
            self._month = self._cost(model)
        model.ledger.cost("community_health", "nhs", self._month)

    def _cost(self, model: DemandModel) -> float:
        """A month's cost of general practice and community nursing, pounds."""
        rules, citizens = self._rules, model.citizens
        fine = np.zeros((4, _AGE_BANDS * _CELLS_OF_AGE, DEFICITS + 1), dtype=np.int64)
        housebound = _count_frailty(
            citizens.alive, citizens.cell, citizens.deficits, citizens.setting, citizens.band, fine
        )
        by_age = fine.reshape(4, _AGE_BANDS, _CELLS_OF_AGE, DEFICITS + 1).sum(axis=(0, 2))
        tally = np.stack([by_age[:, group].sum(axis=1) for group in self._frailty_groups], axis=1)
        if not self._centred:
            self._consultations = self.rates(tally)
        consultations = float((tally * self._consultations).sum()) / 12
        visits = int(housebound) * rules.nurse_contacts / 12
        for name, number in (("gp", consultations), ("community_health", visits)):
            model.services[name].capacity = model.services[name].used = number
        return consultations * rules.cost_consultation + visits * rules.cost_nurse

    def rates(self, tally: NDArray[np.int64]) -> NDArray[np.float64]:
        """Consultations a year by age band and frailty group: published means by age, ratios by frailty.

        Args:
            tally: People, shape (age bands, frailty groups).

        Returns:
            Of the same shape.
        """
        rules = self._rules
        mean = [rules.consultations_younger] * 2 + [
            rules.consultations_65,
            rules.consultations_75,
            rules.consultations_85,
        ]
        ratio = np.array([1.0, rules.frail_mild, rules.frail_moderate, rules.frail_severe])
        people = np.maximum(tally.sum(axis=1), 1)
        average = np.where(tally.sum(axis=1) > 0, (tally * ratio).sum(axis=1) / people, 1.0)
        rates: NDArray[np.float64] = np.array(mean)[:, None] * ratio[None, :] / average[:, None]
        return rates
