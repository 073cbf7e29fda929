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

from demandsim.agents.cells import CELLS
from demandsim.agents.services import Service
from demandsim.compiled import f4
from demandsim.luck import Purpose, draw4
from demandsim.parameters.register import register
from demandsim.processes.admission import Admission, Ordinary
from demandsim.processes.at_home import who_is_at_home
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.community_health import CommunityHealth
from demandsim.processes.exact import FINE, whole
from demandsim.processes.in_hospital import (
    ADMISSIONS,
    ADMIT,
    AE_VISITS,
    BED_DAYS,
    DELAYED_DAYS,
    RAPID,
    READMISSIONS,
    SOCIAL_ADMISSIONS,
    SOCIAL_EMERGENCIES,
    admit,
    days_to_wait,
    discharge,
    hold,
    leave,
    lie_in_bed,
    list_kept,
    see,
    who_comes,
    who_may_be_held,
)
from demandsim.processes.pooled_budget import arranging_left
from demandsim.processes.quantiles import geometric_luck, lognormal_luck

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_OLDER = np.int16(65 * 12)
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


def place_factor(numbers: Numbers, key: str, code: str) -> float:
    """A place factor: the register's row for the place (``key.<code>``) where there is one, else ``key``.

    Args:
        numbers: Parameter values; a scenario may override either row.
        key: Such as ``place.admission_factor``.
        code: ONS code of the place.
    """
    own = f"{key}.{code}"
    return float(numbers[own if own in register() else key])


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
        "earlier_stay",
        "recent_loss",
        "capability",
    )

    def __init__(self, numbers: Numbers) -> None:
        rules = self.rules = read_rules(Rules, numbers)
        self._stay = (
            f4(rules.stay_base),
            f4(rules.stay_frailty),
            f4(rules.stay_dementia),
            f4(rules.stay_short),
        )
        self._loss = (
            f4(rules.loss_days_most),
            f4(rules.loss_level),
            f4(rules.loss_illness_share),
            f4(rules.stay_mean),
            f4(rules.loss_per_delayed_day),
            f4(rules.loss_size),
            f4(rules.capability_loss),
        )
        self._stay_luck = lognormal_luck(rules.stay_spread)
        self._delay_luck = geometric_luck(rules.own_delay_days)
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
        before = self._discharge(model.citizens)
        who, serious, minor = self._who_comes(model.citizens)
        luck = self._luck(model, who)
        _, able = who_is_at_home(model.citizens, who)
        chance = self.admission.chance(model, who[:serious], able[:serious], luck[:serious, RAPID])
        kept = self._attend(model, who, serious, minor, luck, chance)
        place = np.empty(who.size + 1, dtype=np.int64)
        taken = list_kept(kept, serious, minor, place)
        place = place[: int(np.count_nonzero(kept))]
        self._admit(model, who[place], taken, place, luck, before, able[place])
        self._community_health.book(model)

    def _note(
        self,
        citizens: Citizens,
        who: NDArray[np.int64],
        serious: int,
        minor: int,
        chance: NDArray[np.float32],
        kept: NDArray[np.bool_],
    ) -> None:
        """Note, in the run-in, how many visits and admissions are of people who cannot cope."""
        older, ill = citizens.age_months[who] >= _OLDER, serious + minor
        self.admission.ordinary.note(chance, older[:serious], older[ill:][kept[ill:]])
        attend = np.full(minor, self.rules.attend_minor, dtype=np.float32)
        self._visits.note(attend, older[serious:ill], older[ill:])

    @staticmethod
    def _luck(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Four draws for each of some people who are ill: for attending, admission, the stay and rapid support."""
        return draw4(model.luck_seed, model.citizens.uid[rows], model.month, Purpose.ADMIT)

    @staticmethod
    def _discharge(citizens: Citizens) -> NDArray[np.int64]:
        """Last month's admissions become that; what they left behind is wiped out. Returns who they are."""
        before = np.empty(citizens.size + 1, dtype=np.int64)
        found = discharge(
            citizens.admitted,
            citizens.admitted_last,
            citizens.delayed_days,
            citizens.hospital_trace,
            citizens.earlier_stay,
            before,
        )
        return before[:found]

    @staticmethod
    def _who_comes(citizens: Citizens) -> tuple[NDArray[np.int64], int, int]:
        """Who is seriously ill, who had a minor event alone, and who called because they cannot cope.

        Returns:
            All of them, one after another, and how many the first and the second are.
        """
        came, who = np.empty((2, citizens.size + 1), dtype=np.int64)
        serious, minor, callers = who_comes(citizens.fell_ill, citizens.minor_event, citizens.emergency_call, came, who)
        return who[: serious + minor + callers], serious, minor

    def _attend(
        self,
        model: DemandModel,
        who: NDArray[np.int64],
        serious: int,
        minor: int,
        luck: NDArray[np.float32],
        chance: NDArray[np.float32],
    ) -> NDArray[np.bool_]:
        """Count and book visits to A&E; say who is kept.

        In the run-in it is noted first what those who cannot cope leave to the ill.
        """
        rules, citizens, admission, service = self.rules, model.citizens, self.admission, model.services["ae"]
        if model.settling:
            calls = admission.kept_from_calls(model, who, luck[:, ADMIT])
            self._note(citizens, who, serious, minor, chance, calls)
        kept, tally = np.empty(who.size, dtype=np.bool_), np.zeros((3, CELLS))
        grave, light = see(
            who,
            serious,
            minor,
            luck,
            citizens.age_months,
            citizens.emergency_call,
            citizens.cell,
            chance,
            admission.ordinary.share,
            admission.call_chance,
            f4(admission.minor_chance),
            f4(rules.attend_serious),
            f4(rules.attend_minor),
            self._visits.share,
            kept,
            tally,
        )
        model.ledger.tally("social_emergencies", tally[SOCIAL_EMERGENCIES])
        model.ledger.tally("ae_visits", tally[AE_VISITS])
        model.ledger.tally("social_admissions", tally[SOCIAL_ADMISSIONS])
        by_ambulance = grave + who.size - serious - minor
        model.ledger.cost("ae", "nhs", rules.cost_ambulance * by_ambulance + rules.cost_attendance * light)
        visits = by_ambulance + light
        if model.settling:
            self._recent_visits = [*self._recent_visits[1 - _YEAR :], visits]
        service.capacity = float(visits) if model.settling else self._base_visits * model.need_index
        service.used = min(float(visits), service.capacity)
        service.waiting = math.ceil(visits - service.used)
        return kept

    # the stay

    def _admit(
        self,
        model: DemandModel,
        rows: NDArray[np.int64],
        taken: int,
        place: NDArray[np.int64],
        luck: NDArray[np.float32],
        before: NDArray[np.int64],
        able: NDArray[np.uint16],
    ) -> None:
        """Admit people, keep them as long as they must, and let the bed take its share of their function.

        Args:
            model: The model.
            rows: Whom: with a serious illness or because they cannot cope, then for a minor event.
            taken: How many the former are.
            place: Where their draws are.
            luck: Draws of whoever came, shape (people, 4).
            before: Admitted last month.
            able: How many in the household of each could look after another.
        """
        citizens = model.citizens
        stay = np.empty(rows.size, dtype=np.float32)
        stays = admit(
            rows,
            place,
            taken,
            luck,
            citizens.deficits,
            citizens.dementia,
            self._stay_luck,
            *self._stay,
            citizens.admitted,
            stay,
        )
        held, days = self._delays(model, rows, before, able)
        self._make_room(model, rows, stay, stays / FINE + days)
        lie_in_bed(
            model.luck_seed,
            model.month_word,
            rows,
            taken,
            stay,
            citizens.uid,
            citizens.deficits,
            citizens.delayed_days,
            *self._loss,
            self._delay_luck,
            citizens.recent_loss,
            citizens.capability,
            citizens.hospital_trace,
        )
        self._book(model, rows, held)

    def _delays(
        self, model: DemandModel, rows: NDArray[np.int64], before: NDArray[np.int64], able: NDArray[np.uint16]
    ) -> tuple[NDArray[np.int64], float]:
        """Set the days in which people are kept in hospital for want of support; say who is kept, and their days.

        Args:
            model: The model.
            rows: Admitted this month.
            before: Admitted last month.
            able: How many in the household of each of the former could look after another.
        """
        rules, citizens, most = self.rules, model.citizens, rows.size + before.size + 1
        concerned, alone = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.bool_)
        found = who_may_be_held(
            rows,
            able,
            before,
            model.month,
            f4(rules.delay_gap_hours),
            citizens.alive,
            citizens.admitted,
            citizens.setting,
            citizens.age_months,
            citizens.band,
            citizens.broken_down,
            citizens.unmet_hours,
            citizens.waiting_since,
            concerned,
            alone,
        )
        concerned, alone = concerned[:found], alone[:found]
        days, longer = np.empty((2, found), dtype=np.float32)
        days_to_wait(
            model.luck_seed,
            model.month_word,
            concerned,
            alone,
            arranging_left(model, concerned),
            f4(rules.delay_arranging_days),
            f4(2.0 * rules.delay_queued_days),
            f4(rules.delay_alone_days),
            citizens.uid,
            citizens.admitted,
            citizens.waiting,
            days,
            longer,
        )
        if model.settling:
            self._scale_delays(days, longer)
        held = np.empty(found + 1, dtype=np.int64)
        kept, held_days = hold(concerned, longer, f4(self._delay_scale), citizens.delayed_days, held)
        return held[:kept], held_days / FINE

    def _scale_delays(self, days: NDArray[np.float32], longer: NDArray[np.float32]) -> None:
        """Scale days of delay, those added for want of anybody at home among them, so that the run-in's total stays."""
        self._recent_delays = [*self._recent_delays[1 - _YEAR :], (whole(days), whole(longer))]
        plain, full = np.sum(self._recent_delays, axis=0)
        self._delay_scale = float(plain / full) if full > 0 else 1.0

    def _make_room(self, model: DemandModel, rows: NDArray[np.int64], stay: NDArray[np.float32], days: float) -> None:
        """When beds are short, send the least frail home a day early; what is still short cancels planned work."""
        rules, citizens, hospital = self.rules, model.citizens, model.services["hospital"]
        used = days + rules.own_delay_days * rows.size
        self._recent_days = [*self._recent_days[1 - _YEAR :], used]
        if model.settling:
            hospital.capacity = hospital.used = used
            return
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

    def _book(self, model: DemandModel, rows: NDArray[np.int64], held: NDArray[np.int64]) -> None:
        """Book the month's admissions, days and their cost."""
        rules, citizens, ledger = self.rules, model.citizens, model.ledger
        tally = np.zeros((4, CELLS))
        days = leave(
            rows,
            held,
            citizens.admitted,
            citizens.admitted_last,
            citizens.delayed_days,
            citizens.cell,
            citizens.hospital_trace,
            tally,
        )
        ledger.tally("emergency_admissions", tally[ADMISSIONS])
        ledger.tally("readmissions", tally[READMISSIONS])
        ledger.tally("bed_days", tally[BED_DAYS])
        ledger.tally("delayed_days", tally[DELAYED_DAYS])
        ledger.cost("acute", "nhs", rules.cost_spell * rows.size + self._bed_day_cost * (days / FINE))

    @property
    def _bed_day_cost(self) -> float:
        return self.rules.cost_bed_day * self.rules.price_2022_23
