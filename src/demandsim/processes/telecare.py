"""Technology at home: sensors and remote checks for people who have support there.

Sensors find some who lie on the floor sooner. A remote check comes instead of some visits: it costs fewer minutes,
does part of what the visit did, and builds no relationship. Alarms that mean nothing cost call-outs and visits to A&E.
Who buys their care for themselves pays for their sensors too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Call, Setting, SupportType
from demandsim.agents.services import Service
from demandsim.compiled import plain
from demandsim.luck import Purpose, draw, draw4
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.hazards import month_chance
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12


@dataclass(frozen=True)
class TelecareRules:
    """What sensors cost and how often they call for nothing."""

    cost_year: float = evidence("tech.cost_year")
    false_alarms: float = evidence("tech.false_alarms")
    false_calls: float = evidence("tech.false_calls")
    responder_cost: float = evidence("tech.responder_cost")


def has_sensors(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Who of some people has sensors: a lasting draw of each, among those supported at home."""
    citizens, share = model.citizens, model.terms.technology_share
    if share == 0.0:
        return np.zeros(rows.size, dtype=np.bool_)
    supported = (citizens.arrangement[rows] > 0) & (citizens.setting[rows] == Setting.HOME)
    supported &= citizens.support_type[rows] == SupportType.NONE
    chosen: NDArray[np.bool_] = supported & (draw(model.luck_seed, citizens.uid[rows], 0, Purpose.SENSORS) < share)
    return chosen


def visits_left(model: DemandModel, rows: NDArray[np.int64], replaced: float) -> NDArray[np.float64]:
    """Share of their visits that people still have where a remote check comes instead of some.

    Args:
        model: The place.
        rows: Who is visited.
        replaced: Share of visits that sensors replace, `tech.visits_replaced`.
    """
    left = np.empty(rows.size)
    left[:] = 1.0
    if model.terms.technology_share > 0.0:
        left -= replaced * has_sensors(model, rows).astype(np.float64)
    return left


class Telecare(Process):
    """Fit, watch and pay for sensors; send for an ambulance where an alarm goes unanswered."""

    name: ClassVar[str] = "telecare"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "arrangement",
        "council_funded",
        "setting",
        "support_type",
        "fell_ill",
        "minor_event",
        "emergency_call",
    )
    writes: ClassVar[tuple[str, ...]] = ("emergency_call",)

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(TelecareRules, numbers)

    def start(self, model: DemandModel) -> None:
        """Open the service, as yet without anybody to watch over."""
        service = Service(model, name="telecare", funder="council", unit="people with sensors")
        service.unit_cost = self.rules.cost_year / _YEAR
        model.services["telecare"] = service

    def step(self, model: DemandModel) -> None:
        """One month of sensors: their cost, their false alarms, and who is taken to A&E to be safe."""
        citizens, rules, service = model.citizens, self.rules, model.services["telecare"]
        if model.terms.technology_share == 0.0:
            service.capacity = service.used = 0.0
            return
        rows = rows_with(citizens.arrangement)
        rows = rows[has_sensors(model, rows)]
        service.capacity = service.used = float(rows.size)
        luck = draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.FALSE_ALARM)
        alarmed = luck[:, 0] < plain(month_chance)(np.float32(rules.false_alarms))
        taken = rows[alarmed & (luck[:, 1] < rules.false_calls)]
        well = ~(citizens.fell_ill[taken] | citizens.minor_event[taken]) & (citizens.emergency_call[taken] == Call.NONE)
        citizens.emergency_call[taken[well]] = Call.FALSE_ALARM
        pounds = rules.cost_year / _YEAR + rules.responder_cost * alarmed
        by_council = citizens.council_funded[rows]
        model.ledger.cost("telecare", "council", float(pounds[by_council].sum()))
        model.ledger.cost("telecare", "citizen", float(pounds[~by_council].sum()))
