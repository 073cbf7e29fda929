"""Hospital: who attends A&E, who is admitted, how long they stay, what holds them back and what the bed costs them.

Illness is an event of the body; this process is what the services do about it. An admission avoided does not cure
the illness or the loss it causes itself: it saves bed days and the bed's own share of new loss of function.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import DEFICITS, NOBODY, Band, Setting, Waiting
from demandsim.agents.services import Service
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, draw, draw4
from demandsim.parameters.register import register
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.community_health import CommunityHealth
from demandsim.processes.hazards import bed_part, illness_part, new_loss_chance, stay_days, wanted_households
from demandsim.processes.pooled_budget import arranging_left
from demandsim.processes.prevention import rapid_support
from demandsim.processes.quantiles import by_luck, geometric_luck, lognormal_luck
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_HOME = np.uint8(Setting.HOME)
_MODERATE = np.uint8(Band.MODERATE)
_ADULT, _OLDER = np.int16(16 * 12), np.int16(65 * 12)
_DAYS_A_MONTH = 365.25 / 12
_ATTEND, _ADMIT, _STAY, _RAPID = range(4)
_LOTS = 2**24
_FINE = 1024.0
"""Sums that feed back are made of whole 1024ths, so that their order cannot matter."""


@dataclass(frozen=True)
class Rules:
    """Parameters of the hospital, each a row of the evidence register."""

    admit_base: float = evidence("acute.admit_base")
    admit_alone: float = evidence("adm.alone")
    admit_unmet: float = evidence("adm.unmet")
    admit_rapid: float = evidence("adm.rapid")
    admit_least: float = evidence("hospital.admit_least")
    admit_minor: float = evidence("hospital.admit_minor")
    minor_per_serious: float = evidence("acute.minor_ratio")
    attend_serious: float = evidence("hospital.attend_serious")
    attend_minor: float = evidence("hospital.attend_minor")
    stay_base: float = evidence("hospital.stay_base")
    stay_frailty: float = evidence("hospital.stay_frailty")
    stay_dementia: float = evidence("hospital.stay_dementia")
    stay_spread: float = evidence("hospital.stay_spread")
    stay_mean: float = evidence("acute.mean_stay")
    stay_short: float = evidence("hospital.stay_short")
    loss_level: float = evidence("acute.loss_level")
    loss_illness_share: float = evidence("acute.illness_share")
    loss_size: float = evidence("acute.loss_size")
    loss_per_delayed_day: float = evidence("service.delay_decline_per_day")
    loss_days_most: float = evidence("hospital.delay_days_that_count")
    capability_loss: float = evidence("cap.admission_loss")
    own_delay_days: float = evidence("service.delay_mean_days_all")
    delay_gap_hours: float = evidence("hospital.delay_gap_hours")
    delay_arranging_days: float = evidence("hospital.delay_arranging_days")
    delay_queued_days: float = evidence("hospital.delay_queued_days")
    base_occupancy: float = evidence("hospital.base_occupancy")
    full_occupancy: float = evidence("hospital.full_occupancy")
    early_share: float = evidence("hospital.early_discharge_share")
    planned_stay: float = evidence("hospital.planned_stay")
    cost_attendance: float = evidence("cost.ae_attendance_basic")
    cost_ambulance: float = evidence("cost.ae_via_ambulance")
    cost_spell: float = evidence("hospital.spell_cost")
    cost_bed_day: float = evidence("cost.excess_bed_day")
    cost_rapid: float = evidence("hospital.rapid_support_cost")
    price_2022_23: float = evidence("price.deflator_2022_23_to_2023_24")


def place_overrides(code: str) -> dict[str, float]:
    """Parameter values that the register holds for one place: rows ``key.<code>``, by ``key``.

    Args:
        code: ONS code of the place.
    """
    ending = f".{code}"
    return {key.removesuffix(ending): float(row.value) for key, row in register().items() if key.endswith(ending)}


def place_factor(numbers: Numbers, key: str, code: str) -> float:
    """A place factor: the register's row for the place (``key.<code>``) where there is one, else ``key``.

    Args:
        numbers: Parameter values; a scenario may override either row.
        key: Such as ``place.admission_factor``.
        code: ONS code of the place.
    """
    own = f"{key}.{code}"
    return float(numbers[own if own in register() else key])


def whole(values: NDArray[np.float32]) -> float:
    """An exact sum, the same in any order: made of whole 1024ths."""
    return int(np.rint(values.astype(np.float64) * _FINE).astype(np.int64).sum()) / _FINE


@kernel
def _count_able(
    wanted: NDArray[np.bool_],
    household: NDArray[np.int32],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    band: NDArray[np.uint8],
    broken_down: NDArray[np.uint8],
    able: NDArray[np.uint16],
) -> None:
    for i in range(household.size):
        if wanted[household[i]]:
            fit = (age_months[i] >= _ADULT) & (band[i] < _MODERATE) & (broken_down[i] == 0)
            able[household[i]] += np.uint16(fit & (setting[i] == _HOME))


def able_with(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.uint16]:
    """How many in the household of each of some people could look after another, each of them included.

    Able: 16 or over, without moderate need of their own, not in a breakdown as a carer. 0 for those without household.
    """
    wanted = wanted_households(citizens.household, rows)
    able = np.zeros(wanted.size, dtype=np.uint16)
    _count_able(
        wanted,
        citizens.household,
        citizens.setting,
        citizens.age_months,
        citizens.band,
        citizens.broken_down,
        able,
    )
    found: NDArray[np.uint16] = able[citizens.household[rows]]
    return found


@kernel
def _stays_into(
    rows: NDArray[np.int64],
    deficits: NDArray[np.uint8],
    dementia: NDArray[np.int16],
    luck: NDArray[np.float32],
    base: np.float32,
    per_frailty: np.float32,
    for_dementia: np.float32,
    stay: NDArray[np.float32],
) -> None:
    for k in range(rows.size):
        i = rows[k]
        frailty = f4(deficits[i]) / f4(DEFICITS)
        stay[k] = stay_days(frailty, f4(dementia[i] > 0), luck[k], base, per_frailty, for_dementia)


@kernel
def _lose_in_bed(
    rows: NDArray[np.int64],
    deficits: NDArray[np.uint8],
    luck: NDArray[np.float32],
    stay: NDArray[np.float32],
    delayed: NDArray[np.float32],
    level: np.float32,
    illness_share: np.float32,
    mean_stay: np.float32,
    per_day: np.float32,
    size: np.float32,
    recent_loss: NDArray[np.float32],
) -> None:
    """Lose function where the month's draw lies between the illness's part of the chance and the bed's."""
    for k in range(rows.size):
        i = rows[k]
        chance = new_loss_chance(f4(deficits[i]) / f4(DEFICITS), level)
        taken = illness_part(chance, illness_share)
        beyond = taken + bed_part(chance, illness_share, stay[k], mean_stay, delayed[k], per_day)
        if luck[k] >= taken and luck[k] < beyond:
            recent_loss[i] += size


class Hospital(Process):
    """A&E, emergency admission, beds and delay, and the use of general practice and community nursing.

    The chance of admission falls where someone at home can cope, where need is met and where a rapid-support slot is
    free. It is centred once, in the run-in: on the settled base the mean chance at 65 and over is `acute.admit_base`.
    Slots go by need, then by a keyed draw. A place factor above 1 admits more people with minor events for short
    stays, without new loss; below 1 it lowers the chance itself.

    Delay is the part that waits for social care: days to arrange support for somebody with a gap, and for whoever
    still queues for an assessment or a package at the month's end the days from a keyed moment of the month to then.
    The hospital's own delay lengthens stays and is not counted in it.
    """

    name: ClassVar[str] = "hospital"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "age_months",
        "cell",
        "household",
        "setting",
        "deficits",
        "dementia",
        "band",
        "hands_on",
        "unmet_hours",
        "waiting",
        "waiting_since",
        "broken_down",
        "fell_ill",
        "minor_event",
        "admitted",
        "capability",
        "recent_loss",
    )
    writes: ClassVar[tuple[str, ...]] = (
        "admitted",
        "admitted_last",
        "delayed_days",
        "hospital_trace",
        "recent_loss",
        "capability",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self._stay_luck = lognormal_luck(self.rules.stay_spread)
        self._delay_luck = geometric_luck(self.rules.own_delay_days)
        self._place = 1.0
        self._admit_start = self.rules.admit_base
        self._recent_terms: list[NDArray[np.int64]] = []
        self._recent_days: list[float] = []
        self._rapid_carry = 0.0
        self._planned_carry = 0.0
        self._base_days = math.inf
        self._community_health = CommunityHealth(numbers)

    def start(self, model: DemandModel) -> None:
        """Open the hospital for the place, with the place's own admission factor."""
        self._place = place_factor(model.numbers, "place.admission_factor", model.profile.code)
        model.services["hospital"] = Service(model, name="hospital", funder="nhs", unit="bed days a month")

    def settled(self, model: DemandModel) -> None:
        """Freeze beds at what the run-in used, at the base occupancy."""
        days = sum(self._recent_days) / max(len(self._recent_days), 1)
        self._base_days = days / self.rules.base_occupancy if days > 0 else math.inf
        self._community_health.settled()

    def step(self, model: DemandModel) -> None:
        """Attend, admit, keep and discharge; book the month."""
        citizens = model.citizens
        before = self._discharge(citizens)
        serious, minor = rows_with(citizens.fell_ill), rows_with(citizens.minor_event)
        minor = minor[~citizens.fell_ill[minor]]
        grave, light = self._luck(model, serious), self._luck(model, minor)
        admitted = grave[:, _ADMIT] < self._chance(model, serious, grave[:, _RAPID])
        brief = light[:, _ADMIT] < f4(self._minor_chance())
        self._attend(
            model,
            serious[grave[:, _ATTEND] < f4(self.rules.attend_serious)],
            minor[(light[:, _ATTEND] < f4(self.rules.attend_minor)) | brief],
        )
        self._admit(model, serious[admitted], minor[brief], before, grave[admitted, _STAY])
        self._community_health.book(model)

    @staticmethod
    def _luck(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Four draws for each of some people who are ill: for attending, admission, the stay and rapid support."""
        return draw4(model.luck_seed, model.citizens.uid[rows], model.month, Purpose.ADMIT)

    @staticmethod
    def _discharge(citizens: Citizens) -> NDArray[np.int64]:
        """Last month's admissions become that; what they left behind is wiped out. Returns who they are."""
        last = rows_with(citizens.admitted | citizens.admitted_last)
        before = last[citizens.admitted[last]]
        citizens.admitted_last[last] = False
        citizens.admitted_last[before] = True
        citizens.admitted[before] = False
        citizens.delayed_days[last] = 0
        citizens.hospital_trace[last] = 0
        return before

    # who is admitted

    def _chance(self, model: DemandModel, rows: NDArray[np.int64], luck: NDArray[np.float32]) -> NDArray[np.float32]:
        """Chance that a serious illness leads to admission, centred on the settled base.

        Args:
            model: The model.
            rows: Who fell seriously ill.
            luck: A draw of each, for places in rapid support.
        """
        rules, citizens = self.rules, model.citizens
        at_home = citizens.setting[rows] == _HOME
        able_self = (
            (citizens.age_months[rows] >= _ADULT)
            & (citizens.band[rows] < _MODERATE)
            & (citizens.broken_down[rows] == 0)
        )
        able = able_with(citizens, rows)
        alone = at_home & ((able <= able_self) | (citizens.household[rows] == NOBODY))
        unmet = at_home & (citizens.unmet_hours[rows] > f4(0.5) * citizens.hands_on[rows])
        rapid = self._rapid_support(model, rows, at_home, luck)
        kind = alone * 4 + unmet * 2 + rapid
        if model.settling:
            older = citizens.age_months[rows] >= _OLDER
            self._recent_terms = [*self._recent_terms[-11:], np.bincount(kind[older], minlength=8)]
            self._admit_start = self._centre(np.sum(self._recent_terms, axis=0))
        chance: NDArray[np.float32] = np.clip(self._admit_start + self._terms(), rules.admit_least, 1.0).astype(
            np.float32
        )[kind]
        return chance

    def _terms(self) -> NDArray[np.float64]:
        """What being alone, unmet need and rapid support add to the chance, by kind (alone, unmet, rapid as bits)."""
        rules, kind = self.rules, np.arange(8)
        terms: NDArray[np.float64] = rules.admit_alone * (kind >> 2 & 1) + rules.admit_unmet * (kind >> 1 & 1)
        terms -= rules.admit_rapid * (kind & 1)
        return terms

    def _centre(self, people: NDArray[np.int64]) -> float:
        """The starting chance at which these people's mean chance is the base one times the place factor."""
        target = self.rules.admit_base * min(self._place, 1.0)
        if people.sum() == 0:
            return target
        low, high = 0.0, 1.0 + self.rules.admit_rapid
        for _ in range(40):
            middle = 0.5 * (low + high)
            mean = float((np.clip(middle + self._terms(), self.rules.admit_least, 1.0) * people).sum() / people.sum())
            low, high = (middle, high) if mean < target else (low, middle)
        return 0.5 * (low + high)

    def _minor_chance(self) -> float:
        """Chance that a minor event leads to a short admission: a place factor above 1 adds its admissions here."""
        rules = self.rules
        extra = max(self._place - 1.0, 0.0) * (rules.admit_base / rules.minor_per_serious + rules.admit_minor)
        return rules.admit_minor + extra

    def _rapid_support(
        self, model: DemandModel, rows: NDArray[np.int64], at_home: NDArray[np.bool_], luck: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Who gets one of the month's rapid-support slots: older people at home, by need, then by a keyed draw."""
        citizens = model.citizens
        slots = rapid_support(model) + self._rapid_carry
        self._rapid_carry = slots - math.floor(slots)
        given = np.zeros(rows.size, dtype=np.bool_)
        asking = np.flatnonzero(at_home & (citizens.age_months[rows] >= _OLDER))
        place = (luck[asking] * f4(_LOTS)).astype(np.int64) - citizens.band[rows[asking]].astype(np.int64) * _LOTS
        count = min(math.floor(slots), asking.size)
        if 0 < count < asking.size:
            # Only those about the last place need be put in order.
            near = place <= np.partition(place, count - 1)[count - 1]
            asking, place = asking[near], place[near]
        order = np.lexsort((citizens.uid[rows[asking]], place))
        given[asking[order[:count]]] = True
        model.ledger.cost("community", "council", self.rules.cost_rapid * np.count_nonzero(given))
        return given

    def _attend(self, model: DemandModel, grave: NDArray[np.int64], light: NDArray[np.int64]) -> None:
        """Count and book visits to A&E; who is admitted for a minor event has been there."""
        rules, citizens = self.rules, model.citizens
        model.ledger.people("ae_visits", citizens.cell[np.concatenate([grave, light])])
        model.ledger.cost("ae", "nhs", rules.cost_ambulance * grave.size + rules.cost_attendance * light.size)

    # the stay

    def _admit(
        self,
        model: DemandModel,
        taken: NDArray[np.int64],
        brief: NDArray[np.int64],
        before: NDArray[np.int64],
        stay_luck: NDArray[np.float32],
    ) -> None:
        """Admit people, keep them as long as they must, and let the bed take its share of their function.

        Args:
            model: The model.
            taken: Admitted with a serious illness.
            brief: Admitted for a minor event.
            before: Admitted last month.
            stay_luck: A draw for the stay of each of the former.
        """
        rules, citizens = self.rules, model.citizens
        rows = np.concatenate([taken, brief])
        stay = np.full(rows.size, rules.stay_short, dtype=np.float32)
        luck = by_luck(self._stay_luck, stay_luck)
        _stays_into(
            taken,
            citizens.deficits,
            citizens.dementia,
            luck,
            f4(rules.stay_base),
            f4(rules.stay_frailty),
            f4(rules.stay_dementia),
            stay[: taken.size],
        )
        citizens.admitted[rows] = True
        held = self._delays(model, rows, before)
        stay = self._make_room(model, rows, stay, whole(citizens.delayed_days[held]))
        _lose_in_bed(
            taken,
            citizens.deficits,
            draw(model.luck_seed, citizens.uid[taken], model.month, Purpose.ILLNESS_LOSS),
            stay[: taken.size],
            np.minimum(citizens.delayed_days[taken], f4(rules.loss_days_most)),
            f4(rules.loss_level),
            f4(rules.loss_illness_share),
            f4(rules.stay_mean),
            f4(rules.loss_per_delayed_day),
            f4(rules.loss_size),
            citizens.recent_loss,
        )
        citizens.capability[rows] = np.maximum(citizens.capability[rows] - f4(rules.capability_loss), f4(0))
        own_luck = draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.HOSPITAL_DELAY)
        stay += by_luck(self._delay_luck, own_luck[:, 0])
        citizens.hospital_trace[rows] = stay
        citizens.hospital_trace[held] += citizens.delayed_days[held]
        self._book(model, rows, held)

    def _delays(self, model: DemandModel, rows: NDArray[np.int64], before: NDArray[np.int64]) -> NDArray[np.int64]:
        """Set the days in which people are kept in hospital for want of support, and say who is kept.

        Whoever was admitted this month, or was admitted last month and referred since, is held while queueing.

        Args:
            model: The model.
            rows: Admitted this month.
            before: Admitted last month.
        """
        rules, citizens = self.rules, model.citizens
        before = before[
            (citizens.waiting_since[before] == model.month) & citizens.alive[before] & ~citizens.admitted[before]
        ]
        new = rows[citizens.unmet_hours[rows] > f4(rules.delay_gap_hours)]
        concerned = np.sort(np.concatenate([new, before]))
        concerned = concerned[citizens.setting[concerned] == _HOME]
        arranging = f4(rules.delay_arranging_days) * citizens.admitted[concerned] * arranging_left(model, concerned)
        queued = citizens.waiting[concerned] != np.uint8(Waiting.NOTHING)
        since = draw4(model.luck_seed, citizens.uid[concerned], model.month, Purpose.HOSPITAL_DELAY)[:, 1]
        citizens.delayed_days[concerned] = arranging + f4(2.0 * rules.delay_queued_days) * since * queued
        held: NDArray[np.int64] = concerned[citizens.delayed_days[concerned] > 0]
        return held

    def _make_room(
        self, model: DemandModel, rows: NDArray[np.int64], stay: NDArray[np.float32], held_days: float
    ) -> NDArray[np.float32]:
        """When beds are short, send the least frail home a day early; what is still short cancels planned work."""
        rules, citizens, hospital = self.rules, model.citizens, model.services["hospital"]
        used = whole(stay) + held_days + rules.own_delay_days * rows.size
        self._recent_days = [*self._recent_days[-11:], used]
        if model.settling:
            hospital.capacity = hospital.used = used
            return stay
        hospital.capacity = self._base_days * model.need_index * model.nhs_share
        # A year's mean, since a sample's single month is noise that a whole hospital does not have.
        over = sum(self._recent_days) / len(self._recent_days) - rules.full_occupancy * hospital.capacity
        if over > 0:
            order = np.lexsort((citizens.uid[rows], citizens.deficits[rows]))
            early = order[: min(math.ceil(over), int(rules.early_share * rows.size))]
            saved = np.minimum(stay[early], f4(1))
            stay[early] -= saved
            used -= whole(saved)
            over -= whole(saved)
        if over > 0:
            self._planned_carry += over / rules.planned_stay
            cancelled = math.floor(self._planned_carry)
            self._planned_carry -= cancelled
            model.ledger.total("cancelled_planned", cancelled)
        hospital.used = min(used, hospital.capacity)
        return stay

    def _book(self, model: DemandModel, rows: NDArray[np.int64], held: NDArray[np.int64]) -> None:
        """Book the month's admissions, days and their cost."""
        rules, citizens, ledger = self.rules, model.citizens, model.ledger
        again = rows[citizens.admitted_last[rows]]
        in_bed = np.concatenate([rows, held[~citizens.admitted[held]]])
        days = citizens.hospital_trace[in_bed]
        ledger.people("emergency_admissions", citizens.cell[rows])
        ledger.people("readmissions", citizens.cell[again])
        ledger.people("bed_days", citizens.cell[in_bed], days)
        ledger.people("delayed_days", citizens.cell[held], citizens.delayed_days[held])
        ledger.cost("acute", "nhs", rules.cost_spell * rows.size + self._bed_day_cost * whole(days))

    @property
    def _bed_day_cost(self) -> float:
        return self.rules.cost_bed_day * self.rules.price_2022_23
