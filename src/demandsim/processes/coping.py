"""Coping: who is taken to A&E because they cannot manage at home, and not because they fell ill.

Three roads lead there: a fall of somebody who lives alone and is found late; a night without help where nobody in the
home is able to give it; a carer who breaks down with nobody to step in. How many go is a matter of the help there is.
The hospital decides whom it keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import Band, Call, Setting, SupportType
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform4
from demandsim.processes.at_home import has_nobody, share_missed, who_is_at_home
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.hazards import hazard_chance
from demandsim.processes.shortlist import list_rows
from demandsim.processes.telecare import has_sensors

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_LOW, _HIGH = np.uint8(Band.LOW), np.uint8(Band.HIGH)
_HOME, _NO_SUPPORT = np.uint8(Setting.HOME), np.uint8(SupportType.NONE)
_LIE, _NIGHT, _CARER = np.uint8(Call.LIE), np.uint8(Call.NIGHT), np.uint8(Call.CARER)
_COPING = np.uint32(Purpose.COPING)


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


class Chances(NamedTuple):
    """How often people who cannot manage end up in A&E, as the kernel takes it."""

    lie_share: np.float32
    lie_half_hours: np.float32
    lie_found: np.float32
    lie_calls: np.float32
    night_calls: np.float32
    carer_calls: np.float32


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
        rules = self.rules = read_rules(CopingRules, numbers)
        self._chances = Chances(
            lie_share=f4(rules.lie_share),
            lie_half_hours=f4(rules.lie_half_hours),
            lie_found=f4(rules.lie_found),
            lie_calls=f4(rules.lie_calls),
            night_calls=f4(rules.night_calls / 12),
            carer_calls=f4(rules.carer_calls),
        )

    def step(self, model: DemandModel) -> None:
        """One month's calls by the three roads; of two the one named last in `Call` is what happened."""
        citizens, rules = model.citizens, self.rules
        citizens.emergency_call[:] = Call.NONE
        rows = np.empty(citizens.size + 1, dtype=np.int64)
        at_risk = _list_at_risk(
            citizens.alive,
            citizens.setting,
            citizens.support_type,
            citizens.band,
            citizens.setback,
            citizens.unmet,
            citizens.crisis,
            citizens.fell_ill,
            citizens.minor_event,
            rows,
        )
        rows = rows[:at_risk].copy()
        people, able = who_is_at_home(citizens, rows)
        fell, unaided = np.empty((2, at_risk), dtype=np.bool_)
        concerned = _list_helpless(
            rows,
            citizens.setting,
            citizens.age_months,
            citizens.band,
            citizens.broken_down,
            citizens.setback,
            people,
            able,
            fell,
            unaided,
        )
        rows, long_lies = rows[:concerned], np.zeros(CELLS)
        _call(
            model.luck_seed,
            model.month_word,
            rows,
            fell,
            unaided,
            has_sensors(model, rows),
            self._chances,
            citizens.uid,
            citizens.cell,
            citizens.kin_hours,
            citizens.neighbour_hours,
            citizens.paid_hours,
            citizens.reablement_hours,
            citizens.band,
            citizens.hands_on,
            citizens.unmet_hours,
            citizens.unmet,
            citizens.crisis,
            int(rules.crisis_months),
            citizens.emergency_call,
            long_lies,
        )
        model.ledger.tally("long_lies", long_lies)


@kernel
def _list_at_risk(
    alive: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    support_type: NDArray[np.uint8],
    band: NDArray[np.uint8],
    setback: NDArray[np.bool_],
    unmet: NDArray[np.bool_],
    crisis: NDArray[np.uint8],
    fell_ill: NDArray[np.bool_],
    minor_event: NDArray[np.bool_],
    rows: NDArray[np.int64],
) -> int:
    """List people at home, not ill this month, who fell, miss help that they need by night, or lost their carer."""
    risk = np.empty(alive.size, dtype=np.uint8)
    for i in range(risk.size):
        by_night = unmet[i] & (band[i] >= _HIGH)
        risk[i] = np.uint8(setback[i] | by_night | (crisis[i] > 0))
    count = 0
    for i in rows[: list_rows(risk, rows)]:
        here = alive[i] & (setting[i] == _HOME) & (support_type[i] == _NO_SUPPORT) & (band[i] >= _LOW)
        if here and not (fell_ill[i] | minor_event[i]):
            rows[count] = i
            count += 1
    return count


@kernel
def _list_helpless(
    rows: NDArray[np.int64],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    band: NDArray[np.uint8],
    broken_down: NDArray[np.uint8],
    setback: NDArray[np.bool_],
    people: NDArray[np.uint16],
    able: NDArray[np.uint16],
    fell: NDArray[np.bool_],
    unaided: NDArray[np.bool_],
) -> int:
    """Keep of those at risk who fell while living alone, or has nobody at home who could look after them.

    Args:
        rows: Who is at risk; those kept stand first then.
        setting: Where everybody lives.
        age_months: Everybody's age.
        band: Everybody's need band.
        broken_down: Months for which everybody is in a breakdown as a carer.
        setback: Who fell.
        people: How many live with each of them, themselves counted.
        able: How many of these could look after another.
        fell: Filled with who of those kept fell while living alone.
        unaided: Filled with who of them has nobody who could look after them.

    Returns:
        How many are kept.
    """
    kept = 0
    for k in range(rows.size):
        i = rows[k]
        alone = setback[i] & (people[k] == 1)
        helpless = has_nobody(setting[i], age_months[i], band[i], broken_down[i], able[k])
        if alone | helpless:
            rows[kept], fell[kept], unaided[kept] = i, alone, helpless
            kept += 1
    return kept


@rule
def _lies_long(luck: np.float32, chances: Chances, hours: np.float32, sensors: np.bool_) -> bool:
    """Whether who fell while alone lies long: less likely the more hours somebody is there to find them."""
    chance = chances.lie_share * (chances.lie_half_hours / (chances.lie_half_hours + hours))
    return bool(luck < chance * (f4(1) - (chances.lie_found if sensors else f4(0))))


@kernel
def _call(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    fell: NDArray[np.bool_],
    unaided: NDArray[np.bool_],
    sensors: NDArray[np.bool_],
    chances: Chances,
    uid: NDArray[np.uint64],
    cell: NDArray[np.uint16],
    kin: NDArray[np.float32],
    neighbours: NDArray[np.float32],
    paid: NDArray[np.float32],
    reabling: NDArray[np.float32],
    band: NDArray[np.uint8],
    hands_on: NDArray[np.float32],
    unmet_hours: NDArray[np.float32],
    unmet: NDArray[np.bool_],
    crisis: NDArray[np.uint8],
    crisis_months: int,
    emergency_call: NDArray[np.uint8],
    long_lies: NDArray[np.float64],
) -> None:
    """See who calls for an ambulance, by the three roads; of two the one looked at last is what happened.

    A night ends in A&E for who needs help by day and night while nobody in the home can give it. What help comes goes
    to the day first: the more of it is missed, the more nights are without. A crisis that begins is as long as one
    without back-up; a back-up makes it shorter, or it is none.
    """
    for k in range(rows.size):
        i = rows[k]
        for_lie, for_call, for_night, for_carer = uniform4(seed, uid[i], month, _COPING)
        hours = (kin[i] + neighbours[i]) + (paid[i] + reabling[i])
        if fell[k] and _lies_long(for_lie, chances, hours, sensors[k]):
            long_lies[cell[i]] += 1.0
            if for_call < chances.lie_calls:
                emergency_call[i] = _LIE
        if not unaided[k]:
            continue
        missed = share_missed(hands_on[i], unmet_hours[i], unmet[i])
        if band[i] >= _HIGH and for_night < hazard_chance(missed * chances.night_calls):
            emergency_call[i] = _NIGHT
        if crisis[i] == crisis_months and for_carer < chances.carer_calls:
            emergency_call[i] = _CARER
