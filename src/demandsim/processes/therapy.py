"""Therapy: a waiting list for musculoskeletal therapy, the clinics that work it off, and Community Appointment Days.

Falls, setbacks and minor injuries bring people on the list. As long as they wait, what they lost mends slower
(`recovery` reads this). Clinics see people in turn; their hours are those with which the list settled at its usual
wait. On a Community Appointment Day many are seen at once, with charities and groups there: hours that clinics lack
or that are paid beside them, and courses of therapy that follow for those not discharged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Band, Setting
from demandsim.agents.services import Service
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, draw4, uniform
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.company import communities
from demandsim.processes.few import positions
from demandsim.processes.membership import take_places
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

WEEKS = 4.345
"""Weeks in a month."""

_PER = 100_000.0
_YEAR = 12
_LONG = 30
"""Months of the run-in, after the first in which the list fills, whose mean sets what clinics can do."""
_ADULT = np.int16(18 * 12)
_HOME, _LONGEST = np.uint8(Setting.HOME), np.uint8(250)
_GIVE_UP, _TURN = np.uint32(Purpose.THERAPY_GIVE_UP), np.uint32(Purpose.THERAPY_TURN)
_REFERRAL = np.uint32(Purpose.THERAPY_REFERRAL)
_LOTS = 2**24
_DISCHARGED, _RETURNS, _JOINS = range(1, 4)


@dataclass(frozen=True)
class TherapyRules:
    """Numbers of the list, the clinics and the days."""

    after_setback: float = evidence("therapy.after_setback")
    after_minor: float = evidence("therapy.after_minor")
    wait_weeks: float = evidence("therapy.wait_weeks")
    give_up: float = evidence("therapy.give_up")
    first_hours: float = evidence("therapy.first_hours")
    course_hours: float = evidence("therapy.course_hours")
    clinic_discharged: float = evidence("therapy.clinic_discharged")
    hour_cost: float = evidence("therapy.hour_cost")
    day_people: float = evidence("therapy.day_people")
    day_take_up: float = evidence("therapy.day_take_up")
    day_hours: float = evidence("therapy.day_hours")
    day_discharged: float = evidence("therapy.day_discharged")
    day_returns: float = evidence("therapy.day_returns")
    day_from_clinics: float = evidence("therapy.day_from_clinics")
    day_place_cost: float = evidence("therapy.day_place_cost")
    day_joins: float = evidence("therapy.day_joins")
    community_people: float = evidence("soc.community_people")

    @property
    def clinic_hours(self) -> float:
        """Therapist hours that a person seen in a clinic takes in the mean, a course of therapy included."""
        return self.first_hours + (1.0 - self.clinic_discharged) * self.course_hours


class TherapyService(Service):
    """The therapy service.

    Attributes:
        wait_weeks: Mean weeks that the people seen this month had waited.
    """

    def __init__(self, model: DemandModel) -> None:
        super().__init__(model, name="therapy", funder="nhs", unit="people seen a month")
        self.wait_weeks = 0.0


class Therapy(Process):
    """Refer, wait, see. In the run-in everybody is seen after the usual wait, which sets what clinics can do later."""

    name: ClassVar[str] = "therapy"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "cell",
        "age_months",
        "setting",
        "neighbourhood",
        "quintile",
        "band",
        "setback",
        "minor_event",
        "therapy_wait",
        "group",
        "groups.alive",
        "groups.uid",
        "groups.neighbourhood",
        "groups.capacity",
        "groups.members",
    )
    writes: ClassVar[tuple[str, ...]] = ("therapy_wait", "group", "groups.members")

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(TherapyRules, numbers)
        self._recent_seen: list[int] = []
        self._base_hours = 0.0
        self._hours_owed = 0.0
        self._clinic_carry = 0.0
        self._days_carry = 0.0
        self._community = np.zeros(1, dtype=np.int32)

    def start(self, model: DemandModel) -> None:
        """Open the service, as yet without a list."""
        service = TherapyService(model)
        service.unit_cost = self.rules.clinic_hours * self.rules.hour_cost
        model.services["therapy"] = service
        self._community, _ = communities(model.citizens, int(self.rules.community_people))

    def settled(self, model: DemandModel) -> None:
        """Freeze the clinics' hours at what kept the list at its usual wait."""
        self._base_hours = sum(self._recent_seen) / max(len(self._recent_seen), 1) * self.rules.clinic_hours

    def step(self, model: DemandModel) -> None:
        """One month of the list: wait, give up, be seen, be referred."""
        citizens, service = model.citizens, model.services["therapy"]
        rows, waited, turn = self._in_order(model)
        if model.settling:
            seen = waited + turn > self.rules.wait_weeks / WEEKS
            citizens.therapy_wait[rows[seen]] = 0
            service.capacity = float(np.count_nonzero(seen))
            self._recent_seen = [*self._recent_seen[1 - _LONG :], int(np.count_nonzero(seen))]
        else:
            seen = self._hold_days(model, rows)
            on_day = np.count_nonzero(seen)
            clinics = self._clinic_places(model)
            in_clinic = positions(~seen)[:clinics]
            citizens.therapy_wait[rows[in_clinic]] = 0
            seen[in_clinic] = True
            service.capacity = float(clinics + on_day)
        self._book(model, rows[seen], waited[seen])
        self._refer(model)

    def _in_order(self, model: DemandModel) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.float32]]:
        """Add a month to the wait of those on the list, take off who gives up or moves to a home, and order the rest.

        Returns:
            Rows in turn (longest wait first, then a keyed draw), months they have waited, and the draw.
        """
        citizens = model.citizens
        rows = rows_with(citizens.therapy_wait)
        waited, uid = np.empty(rows.size, dtype=np.uint8), np.empty(rows.size, dtype=np.uint64)
        turn, place = np.empty(rows.size, dtype=np.float32), np.empty(rows.size, dtype=np.int64)
        number = _wait_on(
            model.luck_seed,
            model.month_word,
            rows,
            citizens.uid,
            citizens.setting,
            f4(self.rules.give_up),
            citizens.therapy_wait,
            waited,
            uid,
            turn,
            place,
        )
        order = np.lexsort((uid[:number], place[:number]))
        return rows[order], waited[order], turn[order]

    def _clinic_places(self, model: DemandModel) -> int:
        """People whom clinics can see this month: their hours follow need; what days took or left to do comes first."""
        hours = self._base_hours * model.need_index
        owed = min(self._hours_owed, hours)
        self._hours_owed -= owed
        places = (hours - owed) / self.rules.clinic_hours + self._clinic_carry
        self._clinic_carry = places - math.floor(places)
        return math.floor(places)

    def _hold_days(self, model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Hold the month's Community Appointment Days; says who of those on the list, in turn, was seen there.

        Everybody is invited, some come. They leave the list, but some of those discharged come back to its end, and
        who is not discharged begins a course of therapy, which takes clinic hours of the months to come.
        """
        rules, citizens = self.rules, model.citizens
        self._days_carry += model.practice.appointment_days / _YEAR
        days = math.floor(self._days_carry + 1e-9)
        self._days_carry -= days
        seen = np.zeros(rows.size, dtype=np.bool_)
        places = math.floor(days * rules.day_people * model.base_people * model.need_index / _PER)
        if places == 0:
            return seen
        luck = draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.APPOINTMENT_DAY)
        came = positions(luck[:, 0] < rules.day_take_up)[:places]
        seen[came] = True
        people, luck = rows[came], luck[came]
        discharged = luck[:, _DISCHARGED] < rules.day_discharged
        citizens.therapy_wait[people] = discharged & (luck[:, _RETURNS] < rules.day_returns)
        hours = rules.day_hours * people.size
        self._hours_owed += rules.course_hours * np.count_nonzero(~discharged) + rules.day_from_clinics * hours
        paid = (1.0 - rules.day_from_clinics) * hours * rules.hour_cost + rules.day_place_cost * people.size
        model.ledger.people("appointment_day_people", citizens.cell[people])
        model.ledger.cost("therapy", "nhs", paid)
        self._join(model, people[luck[:, _JOINS] < rules.day_joins])
        return seen

    def _join(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Who would join a group that was there does, in turn, as long as one in their community has room."""
        citizens, groups = model.citizens, model.groups
        rows = rows[(citizens.group[rows] == NOBODY) & (citizens.band[rows] < Band.HIGH)]
        take_places(
            rows,
            self._community[citizens.neighbourhood[rows]],
            groups.alive,
            groups.uid,
            self._community[groups.neighbourhood],
            groups.capacity,
            groups.members,
            citizens.group,
        )

    def _book(self, model: DemandModel, seen: NDArray[np.int64], waited: NDArray[np.uint8]) -> None:
        """Book who was seen and how long they had waited; keep the service up to date."""
        citizens = model.citizens
        service = therapy(model)
        weeks = waited.astype(np.float64) * WEEKS
        model.ledger.people("therapy_seen", citizens.cell[seen])
        model.ledger.people("therapy_waited", citizens.cell[seen], weeks)
        service.used = float(seen.size)
        service.wait_weeks = float(weeks.sum()) / max(seen.size, 1)

    def _refer(self, model: DemandModel) -> None:
        """Put some of those with a fall, a setback or a minor event this month on the list."""
        rules, citizens = self.rules, model.citizens
        _refer(
            model.luck_seed,
            model.month_word,
            rows_with(citizens.setback | citizens.minor_event),
            citizens.uid,
            citizens.setting,
            citizens.age_months,
            citizens.setback,
            rules.after_setback,
            rules.after_minor,
            citizens.therapy_wait,
        )
        therapy(model).waiting = int(np.count_nonzero(citizens.therapy_wait))


@kernel
def _wait_on(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    setting: NDArray[np.uint8],
    give_up: np.float32,
    therapy_wait: NDArray[np.uint8],
    waited: NDArray[np.uint8],
    who: NDArray[np.uint64],
    turn: NDArray[np.float32],
    place: NDArray[np.int64],
) -> int:
    """Add a month to people's wait, and take off the list who gives up or moves to a home.

    Args:
        seed: Key of luck.
        month: This month.
        rows: Who is on the list; who stays stands first then.
        uid: Everybody's identity.
        setting: Where everybody lives.
        give_up: Chance to give up in a month.
        therapy_wait: Months that everybody has waited, 0 off the list; written.
        waited: Filled with months that those who stay had waited.
        who: Filled with their identities.
        turn: Filled with the draws that decide between people who have waited as long.
        place: Filled with wait and draw as one whole number: sorted quicker than the two.

    Returns:
        How many stay.
    """
    stay = 0
    for k in range(rows.size):
        i = rows[k]
        if uniform(seed, uid[i], month, _GIVE_UP) < give_up or setting[i] != _HOME:
            therapy_wait[i] = 0
            continue
        before = min(therapy_wait[i], _LONGEST)
        therapy_wait[i] = before + np.uint8(1)
        rows[stay], waited[stay], who[stay] = i, before, uid[i]
        turn[stay] = uniform(seed, uid[i], month, _TURN)
        place[stay] = np.int64(turn[stay] * f4(_LOTS)) - np.int64(before) * _LOTS
        stay += 1
    return stay


@kernel
def _refer(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    setback: NDArray[np.bool_],
    after_setback: float,
    after_minor: float,
    therapy_wait: NDArray[np.uint8],
) -> None:
    """Put adults at home on the list by luck, after a setback or a minor event."""
    for i in rows:
        if setting[i] != _HOME or age_months[i] < _ADULT or therapy_wait[i] > 0:
            continue
        chance = after_setback if setback[i] else after_minor
        if np.float64(uniform(seed, uid[i], month, _REFERRAL)) < chance:
            therapy_wait[i] = 1


def therapy(model: DemandModel) -> TherapyService:
    """The place's therapy service."""
    return cast(TherapyService, model.services["therapy"])
