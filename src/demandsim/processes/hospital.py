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

from demandsim.agents.citizens import DEFICITS, Call, Setting, Waiting
from demandsim.agents.services import Service
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, draw, draw4
from demandsim.parameters.register import register
from demandsim.processes.admission import Admission, Ordinary, whole
from demandsim.processes.at_home import count_at_home, nobody_able
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.community_health import CommunityHealth
from demandsim.processes.hazards import bed_part, illness_part, new_loss_chance, stay_days
from demandsim.processes.pooled_budget import arranging_left
from demandsim.processes.quantiles import by_luck, geometric_luck, lognormal_luck
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_HOME = np.uint8(Setting.HOME)
_OLDER = np.int16(65 * 12)
_ATTEND, _ADMIT, _STAY, _RAPID = range(4)
_YEAR = 12


@dataclass(frozen=True)
class Rules:
    """Parameters of the hospital, each a row of the evidence register."""

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
    delay_alone_days: float = evidence("discharge.alone_days")
    base_occupancy: float = evidence("hospital.base_occupancy")
    full_occupancy: float = evidence("hospital.full_occupancy")
    early_share: float = evidence("hospital.early_discharge_share")
    planned_stay: float = evidence("hospital.planned_stay")
    cost_attendance: float = evidence("cost.ae_attendance_basic")
    cost_ambulance: float = evidence("cost.ae_via_ambulance")
    cost_spell: float = evidence("hospital.spell_cost")
    cost_bed_day: float = evidence("cost.excess_bed_day")
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

    Who comes is ill, or called because they cannot cope (`coping`); whom it keeps is a matter of `admission`.

    Delay is the part that waits for social care: days to arrange support for somebody with a gap, more of them where
    nobody at home is able to help, and for whoever still queues for an assessment or a package at the month's end the
    days from a keyed moment of the month to then. The hospital's own delay lengthens stays and is not counted in it.
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
        "emergency_call",
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
        self.admission = Admission(numbers)
        self._visits = Ordinary()
        self._delay_scale = 1.0
        self._recent_delays: list[tuple[float, float]] = []
        self._recent_days: list[float] = []
        self._base_visits = math.inf
        self._recent_visits: list[int] = []
        self._planned_carry = 0.0
        self._base_days = math.inf
        self._community_health = CommunityHealth(numbers)

    def start(self, model: DemandModel) -> None:
        """Open the hospital for the place, with the place's own admission factor, and what goes with it."""
        self.admission.open(model, place_factor(model.numbers, "place.admission_factor", model.profile.code))
        model.services["hospital"] = Service(model, name="hospital", funder="nhs", unit="bed days a month")
        model.services["hospital"].unit_cost = self._bed_day_cost
        model.services["ae"] = Service(model, name="ae", funder="nhs", unit="visits a month")
        model.services["ae"].unit_cost = self.rules.cost_attendance
        self._community_health.open(model)

    def settled(self, model: DemandModel) -> None:
        """Freeze beds, and room in A&E, at what the run-in used, at the base occupancy."""
        days = sum(self._recent_days) / max(len(self._recent_days), 1)
        self._base_days = days / self.rules.base_occupancy if days > 0 else math.inf
        visits = sum(self._recent_visits) / max(len(self._recent_visits), 1)
        self._base_visits = visits / self.rules.base_occupancy if visits > 0 else math.inf
        self._community_health.settled()

    def step(self, model: DemandModel) -> None:
        """Attend, admit, keep and discharge; book the month."""
        citizens, admission = model.citizens, self.admission
        before = self._discharge(citizens)
        serious, minor, callers = self._who_comes(citizens)
        grave, light, called = (self._luck(model, rows) for rows in (serious, minor, callers))
        _, able = count_at_home(citizens, np.concatenate([serious, minor, callers]))
        chance = admission.chance(model, serious, able[citizens.household[serious]], grave[:, _RAPID])
        kept = admission.kept_from_calls(model, callers, called[:, _ADMIT])
        if model.settling:
            self._note(citizens, serious, chance, minor, callers, kept)
        admitted = admission.kept(model, serious, chance, grave[:, _ADMIT])
        brief = light[:, _ADMIT] < f4(admission.minor_chance)
        attend_minor = f4(self.rules.attend_minor) * self._visits.of(citizens.age_months[minor] >= _OLDER)
        self._attend(
            model,
            serious[grave[:, _ATTEND] < f4(self.rules.attend_serious)],
            minor[(light[:, _ATTEND] < attend_minor) | brief],
            callers,
        )
        taken = np.concatenate([serious[admitted], callers[kept]])
        stay_luck = np.concatenate([grave[admitted, _STAY], called[kept, _STAY]])
        self._admit(model, taken, minor[brief], before, stay_luck, able)
        model.ledger.people("social_admissions", citizens.cell[callers[kept]])
        self._community_health.book(model)

    def _note(
        self,
        citizens: Citizens,
        serious: NDArray[np.int64],
        chance: NDArray[np.float32],
        minor: NDArray[np.int64],
        callers: NDArray[np.int64],
        kept: NDArray[np.bool_],
    ) -> None:
        """Note, in the run-in, how many visits and admissions are of people who cannot cope."""
        serious_older, minor_older, called_older = (
            citizens.age_months[rows] >= _OLDER for rows in (serious, minor, callers)
        )
        self.admission.ordinary.note(chance, serious_older, called_older[kept])
        attend = np.full(minor.size, self.rules.attend_minor, dtype=np.float32)
        self._visits.note(attend, minor_older, called_older)

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

    @staticmethod
    def _who_comes(citizens: Citizens) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Who is seriously ill, who had a minor event alone, and who called because they cannot cope."""
        rows = rows_with(citizens.fell_ill | citizens.minor_event | citizens.emergency_call)
        ill = citizens.fell_ill[rows]
        callers = rows[citizens.emergency_call[rows] != np.uint8(Call.NONE)]
        return rows[ill], rows[citizens.minor_event[rows] & ~ill], callers

    def _attend(
        self, model: DemandModel, grave: NDArray[np.int64], light: NDArray[np.int64], callers: NDArray[np.int64]
    ) -> None:
        """Count and book visits to A&E; who is admitted for a minor event has been there."""
        rules, citizens, service = self.rules, model.citizens, model.services["ae"]
        coping = callers[citizens.emergency_call[callers] != np.uint8(Call.FALSE_ALARM)]
        model.ledger.people("social_emergencies", citizens.cell[coping])
        model.ledger.people("ae_visits", citizens.cell[np.concatenate([grave, light, callers])])
        by_ambulance = grave.size + callers.size
        model.ledger.cost("ae", "nhs", rules.cost_ambulance * by_ambulance + rules.cost_attendance * light.size)
        visits = by_ambulance + light.size
        if model.settling:
            self._recent_visits = [*self._recent_visits[1 - _YEAR :], visits]
        service.capacity = float(visits) if model.settling else self._base_visits * model.need_index
        service.used = min(float(visits), service.capacity)
        service.waiting = math.ceil(visits - service.used)

    # the stay

    def _admit(
        self,
        model: DemandModel,
        taken: NDArray[np.int64],
        brief: NDArray[np.int64],
        before: NDArray[np.int64],
        stay_luck: NDArray[np.float32],
        able: NDArray[np.uint16],
    ) -> None:
        """Admit people, keep them as long as they must, and let the bed take its share of their function.

        Args:
            model: The model.
            taken: Admitted with a serious illness, or because they cannot cope.
            brief: Admitted for a minor event.
            before: Admitted last month.
            stay_luck: A draw for the stay of each of the former.
            able: How many could look after another, by household of whoever may be admitted.
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
        held = self._delays(model, rows, before, able)
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

    def _delays(
        self, model: DemandModel, rows: NDArray[np.int64], before: NDArray[np.int64], able: NDArray[np.uint16]
    ) -> NDArray[np.int64]:
        """Set the days in which people are kept in hospital for want of support, and say who is kept.

        Whoever was admitted this month, or was admitted last month and referred since, is held while queueing.

        Args:
            model: The model.
            rows: Admitted this month.
            before: Admitted last month.
            able: How many could look after another, by household of whoever was admitted this month.
        """
        rules, citizens = self.rules, model.citizens
        before = before[
            (citizens.waiting_since[before] == model.month) & citizens.alive[before] & ~citizens.admitted[before]
        ]
        new = rows[citizens.unmet_hours[rows] > f4(rules.delay_gap_hours)]
        concerned = np.sort(np.concatenate([new, before]))
        concerned = concerned[citizens.setting[concerned] == _HOME]
        admitted = citizens.admitted[concerned]
        queued = citizens.waiting[concerned] != np.uint8(Waiting.NOTHING)
        since = draw4(model.luck_seed, citizens.uid[concerned], model.month, Purpose.HOSPITAL_DELAY)[:, 1]
        arranging = f4(rules.delay_arranging_days) * admitted * arranging_left(model, concerned)
        days = (arranging + f4(2.0 * rules.delay_queued_days) * since * queued).astype(np.float32)
        alone = nobody_able(citizens, concerned, able[citizens.household[concerned]]) & admitted
        citizens.delayed_days[concerned] = self._with_nobody_there(model, alone, days)
        held: NDArray[np.int64] = concerned[citizens.delayed_days[concerned] > 0]
        return held

    def _with_nobody_there(
        self, model: DemandModel, alone: NDArray[np.bool_], days: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Days of delay with those added for want of anybody at home, scaled so that the run-in's total stays."""
        longer = days + f4(self.rules.delay_alone_days) * alone.astype(np.float32)
        if model.settling:
            self._recent_delays = [*self._recent_delays[1 - _YEAR :], (whole(days), whole(longer))]
            plain, full = np.sum(self._recent_delays, axis=0)
            self._delay_scale = float(plain / full) if full > 0 else 1.0
        scaled: NDArray[np.float32] = longer * f4(self._delay_scale)
        return scaled

    def _make_room(
        self, model: DemandModel, rows: NDArray[np.int64], stay: NDArray[np.float32], held_days: float
    ) -> NDArray[np.float32]:
        """When beds are short, send the least frail home a day early; what is still short cancels planned work."""
        rules, citizens, hospital = self.rules, model.citizens, model.services["hospital"]
        used = whole(stay) + held_days + rules.own_delay_days * rows.size
        self._recent_days = [*self._recent_days[1 - _YEAR :], used]
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
