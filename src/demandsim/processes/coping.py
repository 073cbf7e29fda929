"""Coping: who is taken to A&E because they cannot manage at home, and not because they fell ill.

Three roads lead there: a fall of somebody who lives alone and is found late; a night without help where nobody in the
home is able to give it; a carer who breaks down with nobody to step in. How many go is a matter of the help there is.
The hospital decides whom it keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Band, Call, Setting, SupportType
from demandsim.luck import Purpose, draw4
from demandsim.processes.at_home import missed_share, nobody_able, who_is_at_home
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.shortlist import rows_with
from demandsim.processes.telecare import has_sensors

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_LOW, _HIGH = np.uint8(Band.LOW), np.uint8(Band.HIGH)


@dataclass(frozen=True)
class CopingRules:
    """How often people who cannot manage end up in A&E."""

    lie_share: float = evidence("coping.lie_share")
    lie_half_hours: float = evidence("coping.lie_half_hours")
    lie_calls: float = evidence("coping.lie_calls")
    lie_found: float = evidence("tech.lie_found")
    night_calls: float = evidence("coping.night_calls")
    carer_calls: float = evidence("coping.carer_calls")
    crisis_months: float = evidence("carers.crisis_months")


class Coping(Process):
    """Mark who calls for an ambulance because they cannot manage; whoever is ill this month goes as that."""

    name: ClassVar[str] = "coping"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "cell",
        "age_months",
        "household",
        "setting",
        "support_type",
        "band",
        "broken_down",
        "crisis",
        "setback",
        "fell_ill",
        "minor_event",
        "hands_on",
        "unmet",
        "unmet_hours",
        "kin_hours",
        "neighbour_hours",
        "paid_hours",
        "reablement_hours",
        "arrangement",
        "emergency_call",
    )
    writes: ClassVar[tuple[str, ...]] = ("emergency_call",)

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(CopingRules, numbers)

    def step(self, model: DemandModel) -> None:
        """One month's calls by the three roads; of two the one named last in `Call` is what happened."""
        citizens = model.citizens
        citizens.emergency_call[rows_with(citizens.emergency_call)] = Call.NONE
        rows = self._at_risk(citizens)
        people, able = who_is_at_home(citizens, rows)
        fell = citizens.setback[rows] & (people == 1)
        unaided = nobody_able(citizens, rows, able)
        concerned = fell | unaided
        rows, fell, unaided = rows[concerned], fell[concerned], unaided[concerned]
        luck = draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.COPING)
        lies = self._lies(model, rows, fell, luck[:, 0])
        model.ledger.people("long_lies", citizens.cell[rows[lies]])
        lies &= luck[:, 1] < np.float32(self.rules.lie_calls)
        nights = self._nights(citizens, rows, unaided, luck[:, 2])
        lost = self._carer_lost(citizens, rows, unaided, luck[:, 3])
        for call, happened in ((Call.LIE, lies), (Call.NIGHT, nights), (Call.CARER, lost)):
            citizens.emergency_call[rows[happened]] = call

    @staticmethod
    def _at_risk(citizens: Citizens) -> NDArray[np.int64]:
        """People at home, not ill this month, who fell, miss help that they need by night, or lost their carer."""
        by_night = citizens.unmet & (citizens.band >= _HIGH)
        rows = rows_with(citizens.setback | by_night | citizens.crisis)
        here = (citizens.setting[rows] == Setting.HOME) & (citizens.support_type[rows] == SupportType.NONE)
        here &= (citizens.band[rows] >= _LOW) & citizens.alive[rows]
        listed: NDArray[np.int64] = rows[here & ~(citizens.fell_ill[rows] | citizens.minor_event[rows])]
        return listed

    def _lies(
        self, model: DemandModel, everyone: NDArray[np.int64], fell: NDArray[np.bool_], luck: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Who of those who fell while alone lies long: less likely the more hours somebody is there to find them."""
        citizens, rules = model.citizens, self.rules
        rows = everyone[fell]
        hours = citizens.kin_hours[rows] + citizens.neighbour_hours[rows]
        hours += citizens.paid_hours[rows] + citizens.reablement_hours[rows]
        chance = np.float32(rules.lie_share) * (rules.lie_half_hours / (rules.lie_half_hours + hours))
        chance *= 1 - np.float32(rules.lie_found) * has_sensors(model, rows)
        lies = fell.copy()
        lies[fell] = luck[fell] < chance
        return lies

    def _nights(
        self, citizens: Citizens, rows: NDArray[np.int64], unaided: NDArray[np.bool_], luck: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Who of them has a night that ends in A&E.

        They need help by day and night, nobody in the home can give it, and what help comes goes to the day first: the
        more of it is missed, the more nights are without.
        """
        nights = unaided & (citizens.band[rows] >= _HIGH)
        hazard = missed_share(citizens, rows[nights]) * np.float32(self.rules.night_calls / 12)
        nights[nights] = luck[nights] < hazard / (np.float32(1) + hazard * np.float32(0.5))
        return nights

    def _carer_lost(
        self, citizens: Citizens, rows: NDArray[np.int64], unaided: NDArray[np.bool_], luck: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Who of them lost their carer this month, has nobody else in the home, and no back-up to step in.

        A crisis that begins is as long as one without back-up; a back-up makes it shorter, or it is none.
        """
        began = citizens.crisis[rows] == int(self.rules.crisis_months)
        lost: NDArray[np.bool_] = unaided & began & (luck < np.float32(self.rules.carer_calls))
        return lost
