"""Admission: who of the people in A&E is kept in hospital, and whom rapid support keeps at home.

The chances are centred once, in the run-in: published visits and admissions count people who come because they cannot
cope along with the ill, so in the settled base the ill make up what remains.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Call, Setting
from demandsim.agents.services import Service
from demandsim.compiled import f4, kernel
from demandsim.processes.at_home import has_nobody
from demandsim.processes.base import evidence, read_rules
from demandsim.processes.exact import FINE, whole
from demandsim.processes.few import positions, within
from demandsim.processes.home_care import WEEKS
from demandsim.processes.posts import care_staff
from demandsim.processes.prevention import older, rapid_support

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_HOME = np.uint8(Setting.HOME)
_OLDER = np.int16(65 * 12)
_LOTS = 2**24
_YEAR = 12


@dataclass(frozen=True)
class AdmissionRules:
    """Chances of admission, each a row of the evidence register."""

    base: float = evidence("acute.admit_base")
    alone: float = evidence("adm.alone")
    unmet: float = evidence("adm.unmet")
    rapid: float = evidence("adm.rapid")
    least: float = evidence("hospital.admit_least")
    minor: float = evidence("hospital.admit_minor")
    minor_per_serious: float = evidence("acute.minor_ratio")
    lie: float = evidence("coping.lie_admitted")
    night: float = evidence("coping.night_admitted")
    carer: float = evidence("coping.carer_admitted")
    cost_rapid: float = evidence("hospital.rapid_support_cost")
    cost_hour: float = evidence("cost.carer_break_hour")


class Ordinary:
    """What remains to ordinary illness of a published number that counts those who cannot cope as well.

    Attributes:
        share: Of ordinary chances, for people under 65 and from 65 on, shape (2,).
    """

    def __init__(self) -> None:
        self.share = np.ones(2, dtype=np.float32)
        self._months: list[NDArray[np.float64]] = []

    def note(self, ill: NDArray[np.float32], ill_older: NDArray[np.bool_], coping_older: NDArray[np.bool_]) -> None:
        """Take in a month of the run-in; the share rests on the last twelve.

        Args:
            ill: Ordinary chance of each ill person.
            ill_older: Which of them are 65 or over.
            coping_older: Which of those who came because they cannot cope are.
        """
        ordinary = [whole(ill[ill_older == older]) for older in (False, True)]
        coping = [float(np.count_nonzero(coping_older == older)) for older in (False, True)]
        self._months = [*self._months[1 - _YEAR :], np.array([ordinary, coping])]
        all_ordinary, all_coping = np.sum(self._months, axis=0)
        self.share = within(1.0 - all_coping / np.maximum(all_ordinary, 1.0 / FINE), 0.0, 1.0).astype(np.float32)

    def of(self, older: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The share for each of some people, by whether they are 65 or over."""
        share: NDArray[np.float32] = self.share[older.astype(np.int64)]
        return share


@kernel
def _circumstances(
    rows: NDArray[np.int64],
    able: NDArray[np.uint16],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    band: NDArray[np.uint8],
    broken_down: NDArray[np.uint8],
    unmet_hours: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    kind: NDArray[np.int64],
    at_home: NDArray[np.bool_],
) -> None:
    """Who of the ill lives at home, and of what kind of chance they are: alone and unmet need as bits 4 and 2."""
    for k in range(rows.size):
        i = rows[k]
        at_home[k] = setting[i] == _HOME
        alone = has_nobody(setting[i], age_months[i], band[i], broken_down[i], able[k])
        unmet = at_home[k] & (unmet_hours[i] > f4(0.5) * hands_on[i])
        kind[k] = np.int64(alone) * 4 + np.int64(unmet) * 2


@kernel
def _ask_for_rapid_support(
    rows: NDArray[np.int64],
    at_home: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    band: NDArray[np.uint8],
    luck: NDArray[np.float32],
    asks: NDArray[np.bool_],
    place: NDArray[np.int64],
) -> int:
    """Say who asks for rapid support, older people at home, and list what each one's turn goes by; how many ask."""
    asking = 0
    for k in range(rows.size):
        i = rows[k]
        asks[k] = at_home[k] & (age_months[i] >= _OLDER)
        place[asking] = np.int64(luck[k] * f4(_LOTS)) - np.int64(band[i]) * _LOTS
        asking += int(asks[k])
    return asking


class Admission:
    """The rules by which a hospital keeps people, and the rapid support that is an alternative to it.

    The chance of admission falls where someone at home can cope, where need is met and where a rapid-support slot is
    free. On the settled base the mean chance at 65 and over is `acute.admit_base`. Slots go by need, then by a keyed
    draw. A place factor above 1 admits more people with minor events for short stays, without new loss; below 1 it
    lowers the chance itself.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(AdmissionRules, numbers)
        self.place = 1.0
        self.start = self.rules.base
        self.ordinary = Ordinary()
        self._recent_terms: list[NDArray[np.int64]] = []
        self._rapid_carry = 0.0
        self._staff = care_staff(numbers)
        self.call_chance = np.zeros(len(Call), dtype=np.float32)
        self.call_chance[[Call.LIE, Call.NIGHT, Call.CARER]] = self.rules.lie, self.rules.night, self.rules.carer
        self._terms = self._terms_by_kind()
        self._by_kind = self._chance_by_kind()

    def open(self, model: DemandModel, place: float) -> None:
        """Open rapid support, and take over the place's own admission factor."""
        self.place = place
        model.services["rapid_support"] = Service(
            model, name="rapid_support", funder="council", unit="episodes a month"
        )
        model.services["rapid_support"].unit_cost = self.rules.cost_rapid

    def chance(
        self, model: DemandModel, rows: NDArray[np.int64], able: NDArray[np.uint16], luck: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Chance that a serious illness leads to admission, centred on the settled base.

        Args:
            model: The model.
            rows: Who fell seriously ill.
            able: How many in their household could look after another.
            luck: A draw of each, for places in rapid support.
        """
        citizens = model.citizens
        kind, at_home = np.empty(rows.size, dtype=np.int64), np.empty(rows.size, dtype=np.bool_)
        _circumstances(
            rows,
            able,
            citizens.setting,
            citizens.age_months,
            citizens.band,
            citizens.broken_down,
            citizens.unmet_hours,
            citizens.hands_on,
            kind,
            at_home,
        )
        kind += self.rapid_support(model, rows, at_home, luck)
        if model.settling:
            older = citizens.age_months[rows] >= _OLDER
            self._recent_terms = [*self._recent_terms[1 - _YEAR :], np.bincount(kind[older], minlength=8)]
            self.start = self._centre(np.sum(self._recent_terms, axis=0))
            self._by_kind = self._chance_by_kind()
        chance: NDArray[np.float32] = self._by_kind[kind]
        return chance

    def kept_from_calls(
        self, model: DemandModel, rows: NDArray[np.int64], luck: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Who of those who called because they cannot cope is admitted."""
        kept: NDArray[np.bool_] = luck < self.call_chance[model.citizens.emergency_call[rows]]
        return kept

    def _terms_by_kind(self) -> NDArray[np.float64]:
        """What being alone, unmet need and rapid support add to the chance, by kind (alone, unmet, rapid as bits)."""
        rules, kind = self.rules, np.arange(8)
        terms: NDArray[np.float64] = rules.alone * (kind >> 2 & 1) + rules.unmet * (kind >> 1 & 1)
        terms -= rules.rapid * (kind & 1)
        return terms

    def _chance_by_kind(self) -> NDArray[np.float32]:
        """The chance of each kind, from the starting chance on."""
        return within(self.start + self._terms, self.rules.least, 1.0).astype(np.float32)

    def _centre(self, people: NDArray[np.int64]) -> float:
        """The starting chance at which these people's mean chance is the base one times the place factor."""
        target = self.rules.base * min(self.place, 1.0)
        if people.sum() == 0:
            return target
        low, high = 0.0, 1.0 + self.rules.rapid
        for _ in range(40):
            middle = 0.5 * (low + high)
            mean = float((within(middle + self._terms, self.rules.least, 1.0) * people).sum() / people.sum())
            low, high = (middle, high) if mean < target else (low, middle)
        return 0.5 * (low + high)

    @property
    def minor_chance(self) -> float:
        """Chance that a minor event leads to a short admission: a place factor above 1 adds its admissions here."""
        rules = self.rules
        return rules.minor + max(self.place - 1.0, 0.0) * (rules.base / rules.minor_per_serious + rules.minor)

    def rapid_support(
        self, model: DemandModel, rows: NDArray[np.int64], at_home: NDArray[np.bool_], luck: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Who gets one of the month's rapid-support slots: older people at home, by need, then by a keyed draw."""
        citizens = model.citizens
        slots = self._episodes(model) + self._rapid_carry
        self._rapid_carry = slots - math.floor(slots)
        given, place = np.empty(rows.size, dtype=np.bool_), np.empty(rows.size, dtype=np.int64)
        asked = _ask_for_rapid_support(rows, at_home, citizens.age_months, citizens.band, luck, given, place)
        count = min(math.floor(slots), asked)
        if count < asked:
            asking, place = positions(given), place[:asked]
            given[asking] = False
            if count:
                # Only those about the last place need be put in order.
                near = place <= np.partition(place, count - 1)[count - 1]
                asking, place = asking[near], place[near]
                order = np.lexsort((citizens.uid[rows[asking]], place))
                given[asking[order[:count]]] = True
        model.ledger.cost("community", "council", self.rules.cost_rapid * count)
        service = model.services["rapid_support"]
        service.capacity, service.used, service.waiting = float(math.floor(slots)), float(count), asked - count
        return given

    def _episodes(self, model: DemandModel) -> float:
        """Episodes of rapid support that there is staff for this month; each takes the hours that its price buys."""
        service, staff, rules = model.services["rapid_support"], self._staff, self.rules
        bought, a_month = rapid_support(model), older(model) / _YEAR
        there = staff.open(bought)
        hours = staff.growth * a_month * rules.cost_rapid / rules.cost_hour
        service.vacancy, service.hired_hours = staff.vacancy, hours / WEEKS
        return bought * a_month * there
