"""Accounts: whose use of services the month's ledger has paid for.

The ledger books totals. What one person's share of them is follows from what that person used and what a unit of it
costs, by the same evidence rows as the processes that booked it: hours of visits and their price, weeks in a home and
the fee, spells in hospital and bed days. No payer is charged more for anybody than the ledger says that payer has
paid in all: where the units come to more, everybody's part is scaled down. What a service costs beyond its units (a
provider helped, hosts approved), and all services that belong to no one person, stay unattributed and are named.

Everything is read at moments of the month at which the numbers stand that the processes used: see `Readings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import DEFICITS, Arrangement, Band, Setting, SupportType
from demandsim.luck import Purpose, draw, draw4
from demandsim.processes import (
    answers,
    carer_work,
    community_health,
    delivery,
    home_care,
    home_fees,
    hospital,
    income_advice,
    reablement,
    shared_lives,
    visits,
    working_age,
)
from demandsim.processes import strain as carer_strain
from demandsim.processes.base import read_rules
from demandsim.processes.charging import Charging, asked_hours
from demandsim.processes.hosts import older_with_hosts
from demandsim.processes.standing import rapport_barrier
from demandsim.processes.support_weeks import week_costs, week_prices

if TYPE_CHECKING:
    from demandsim.ledger import Month
    from demandsim.model import DemandModel

type Floats = NDArray[np.float64]
type Rows = NDArray[np.int64]

ATTRIBUTED: Mapping[str, str] = {
    "home_care": "hours of visits, at the month's price; charges by the means test",
    "direct_payment": "hours of personal assistants, at their price; charges by the means test",
    "micro_enterprises": "hours bought from micro-enterprises, at their price",
    "residential": "weeks in a care home, at the fee; own part by the means test",
    "nursing": "weeks in a nursing home, at the fee and the NHS's part",
    "shared_lives": "weeks with a host",
    "working_age": "weeks of support of working age, by kind and setting",
    "reablement": "episodes of reablement begun",
    "equipment": "sets of aids given",
    "carers": "hours of breaks, sessions and back-up slots given to the person as a carer",
    "lost_earnings": "the part of paid work that the person has given up to care, at median earnings",
    "carers_allowance": "weeks of Carer's Allowance",
    "benefits": "weeks of benefits that advice has brought to the person",
    "acute": "emergency admissions and bed days",
    "ae": "visits to A&E",
    "community_health": "consultations and nurse visits, as expected at the person's age and frailty",
}
"""Services whose cost is attributed to persons, and by what."""

_CARE_HOME = Setting.CARE_HOME
_ADULT_MONTHS, _OLD_MONTHS, _PENSION_MONTHS = 18 * 12, 65 * 12, 66 * 12
_ATTEND = 0
"""Which of the hospital's draws is about attending A&E."""


@dataclass(frozen=True)
class Use:
    """What some people used of a service in a month, in pounds at the price of a unit.

    Attributes:
        service: The service, as the ledger names it.
        rows: Rows of those who used it, shape (n,).
        pounds: What each payer owes for each of them, by payer, each of shape (n,).
    """

    service: str
    rows: Rows
    pounds: Mapping[str, Floats]


@dataclass(frozen=True)
class Accounts:
    """One month's costs by person.

    Attributes:
        parts: Rows and pounds by (service, payer): the people concerned and what was paid for each.
        shared: Pounds by (service, payer) that belong to no one person.
    """

    parts: Mapping[tuple[str, str], tuple[Rows, Floats]]
    shared: Mapping[tuple[str, str], float]

    @property
    def sums(self) -> dict[tuple[str, str], float]:
        """Pounds attributed in all, by (service, payer)."""
        return {key: float(pounds.sum()) for key, (_, pounds) in self.parts.items()}

    def of(self, row: int) -> dict[tuple[str, str], float]:
        """What was paid for one person, by (service, payer); only what is not 0."""
        held = {key: float(pounds[rows == row].sum()) for key, (rows, pounds) in self.parts.items()}
        return {key: pounds for key, pounds in held.items() if pounds != 0.0}


def attribute(uses: Iterable[Use], costs: Mapping[tuple[str, str], float]) -> Accounts:
    """Hand out a month's costs to those who used the services.

    A payer whom a use names bears what it names, scaled down where the ledger has less. What is missing then is borne
    by the payers whom no use names (an investor, say), in equal measure.

    Args:
        uses: What people used.
        costs: The ledger's pounds by (service, payer).
    """
    parts: dict[tuple[str, str], list[tuple[Rows, Floats]]] = {}
    left = dict(costs)
    by_service: dict[str, list[Use]] = {}
    for use in uses:
        by_service.setdefault(use.service, []).append(use)
    for service, some in by_service.items():
        payers = sorted({payer for use in some for payer in use.pounds})
        scale = {}
        for payer in payers:
            owed = sum(float(use.pounds[payer].sum()) for use in some if payer in use.pounds)
            paid = max(0.0, left.get((service, payer), 0.0))
            scale[payer] = min(1.0, paid / owed) if owed > 0 else 0.0
            if owed > 0:
                left[service, payer] = left.get((service, payer), 0.0) - owed * scale[payer]
        open_part = [_sum_of(use, {p: 1.0 - s for p, s in scale.items()}) for use in some]
        missing = sum(float(pounds.sum()) for pounds in open_part)
        others = {k[1]: v for k, v in left.items() if k[0] == service and k[1] not in scale and v > 0}
        share = min(1.0, missing / sum(others.values())) if others else 0.0
        for use, unpaid in zip(some, open_part, strict=True):
            for payer, pounds in use.pounds.items():
                parts.setdefault((service, payer), []).append((use.rows, pounds * scale[payer]))
            for payer, paid in others.items() if missing > 0 else ():
                parts.setdefault((service, payer), []).append((use.rows, unpaid / missing * paid * share))
        for payer, paid in others.items() if missing > 0 else ():
            left[service, payer] = paid * (1.0 - share)
    joined = {key: _joined(held) for key, held in parts.items()}
    return Accounts(joined, {key: pounds for key, pounds in left.items() if pounds != 0.0})


def _sum_of(use: Use, weights: Mapping[str, float]) -> Floats:
    total = np.zeros(use.rows.size)
    for payer, pounds in use.pounds.items():
        total += pounds * weights[payer]
    return total


def _joined(held: list[tuple[Rows, Floats]]) -> tuple[Rows, Floats]:
    return np.concatenate([rows for rows, _ in held]), np.concatenate([pounds for _, pounds in held])


class Readings:
    """Reads who used what, at four moments of a month.

    Call in this order each month: `before_the_door` (ahead of the front door), `before_visits` (ahead of delivery,
    while workers are as well known as they were when visits were planned), `after_visits`, and `close` at the end.

    Args:
        model: The model, settled, before its first month.
    """

    def __init__(self, model: DemandModel) -> None:
        numbers = model.numbers
        self._visits = read_rules(visits.VisitRules, numbers)
        self._delivery = read_rules(delivery.Rules, numbers)
        self._charging = Charging(numbers)
        self._door = read_rules(answers.Rules, numbers)
        self._reabling = read_rules(reablement.Rules, numbers)
        self._homes = home_fees.HomeFees(numbers)
        self._hospital = read_rules(hospital.Rules, numbers)
        process = next(each for each in model.processes if isinstance(each, hospital.Hospital))
        self._ordinary_visits = process._visits  # frozen since the run-in
        self._hosts = read_rules(shared_lives.Rules, numbers)
        self._work = read_rules(carer_work.CarerWorkRules, numbers)
        self._benefit_week = read_rules(income_advice.IncomeRules, numbers).gain
        self._carers = read_rules(carer_strain.StrainRules, numbers)
        self._working_age = read_rules(working_age.Rules, numbers)
        self._week_prices = week_prices(self._working_age)
        self._health = read_rules(community_health.Rules, numbers)
        self._rates = community_health.CommunityHealth(numbers).rates(_by_frailty(model)[0])
        self._aids, self._reablement = model.citizens.aids.copy(), model.citizens.reablement.copy()
        self._uses: list[Use] = []
        nobody = np.zeros(0, dtype=np.int64), np.zeros(0)
        self._visited: tuple[Rows, Floats] = nobody
        self._assisted: tuple[Rows, Floats] = nobody

    def before_the_door(self, model: DemandModel) -> None:
        """Note who has aids and reablement already."""
        self._uses = []
        self._aids, self._reablement = model.citizens.aids.copy(), model.citizens.reablement.copy()

    def before_visits(self, model: DemandModel) -> None:
        """Note the hours a week of visits and of personal assistants that plans ask for."""
        c, rules = model.citizens, self._visits
        rows, direct = home_care.supported_at_home(c)
        week = visits.visits_of(rules, model, rows)
        left = visits.left_by_hospital(c, rows, self._delivery.hold_days)
        self._visited = rows, week.number * left * week.minutes / 60.0
        asked = asked_hours(model, direct)
        barrier = rapport_barrier(model, direct, rules)
        week = visits.visits(rules, asked, c.relationship[direct].astype(np.float64), barrier, 0.0, np.inf)
        self._assisted = direct, week.number * week.minutes / 60.0

    def after_visits(self, model: DemandModel) -> None:
        """Read home care, direct payments, and what the front door and assessments have given."""
        c = model.citizens
        begun = np.flatnonzero((c.reablement == int(self._reabling.months)) & (c.reablement > self._reablement))
        self._add("reablement", begun, council=np.full(begun.size, self._reabling.cost))
        new = np.flatnonzero(c.aids & ~self._aids)
        self._add("equipment", new, council=np.full(new.size, self._door.equipment_cost))
        self._read_visits(model)
        self._read_assistants(model)

    def close(self, model: DemandModel, closed: Month) -> Accounts:
        """Read the rest of the month and hand out its costs.

        Args:
            model: The model at the end of the month.
            closed: Its ledger.
        """
        self._read_homes(model)
        self._read_hosts(model)
        self._read_working_age(model)
        self._read_carers(model)
        self._read_income(model)
        self._read_hospital(model)
        self._read_health(model)
        return attribute(self._uses, closed.costs)

    def _add(self, service: str, rows: Rows, **pounds: Floats) -> None:
        if rows.size:
            self._uses.append(Use(service, rows, pounds))

    # care at home

    def _read_visits(self, model: DemandModel) -> None:
        """Hours of visits as far as they were delivered, at the price that the ledger's total comes to."""
        c, service = model.citizens, home_care.home_care(model)
        rows, week = self._visited
        hours = week * (service.used / max(service.committed, 1e-9)) * home_care.WEEKS
        council = c.arrangement[rows] == Arrangement.HOME_CARE
        cut = home_care.home_care_fee_cut(model)
        units = hours * np.where(council, 1.0 - cut, self._delivery.private_premium)
        cost = units * _unit_price(model, "home_care", units)
        own = cost.copy()
        own[council] = self._charging.charge(model, rows[council], cost[council])
        self._add("home_care", rows, council=cost - own, citizen=own)

    def _read_assistants(self, model: DemandModel) -> None:
        """Hours of personal assistants; those that people buy for themselves are micro-enterprises'."""
        rows, week = self._assisted
        council, hours = model.citizens.council_funded[rows], week * home_care.WEEKS
        paid = hours[council]
        cost = paid * _unit_price(model, "direct_payment", paid)
        own = self._charging.charge(model, rows[council], cost)
        self._add("direct_payment", rows[council], council=cost - own, citizen=own)
        bought = hours[~council] * self._delivery.micro_price
        self._add("micro_enterprises", rows[~council], citizen=bought)

    # homes

    def _read_homes(self, model: DemandModel) -> None:
        """Fees of residents, split by the means test."""
        c, weeks = model.citizens, home_fees.WEEKS
        rows = np.flatnonzero(c.setting == _CARE_HOME)
        rows = rows[c.alive[rows] & (c.support_type[rows] == SupportType.NONE)]
        bill = self._homes.bill(model, rows)
        own, council, nursing = bill.own * weeks, bill.council * weeks, bill.nursing
        self._add("residential", rows[~nursing], council=council[~nursing], citizen=own[~nursing])
        nhs = np.full(int(nursing.sum()), bill.nhs * weeks)
        self._add("nursing", rows[nursing], council=council[nursing], citizen=own[nursing], nhs=nhs)

    def _read_hosts(self, model: DemandModel) -> None:
        rows = older_with_hosts(model)
        month = np.full(rows.size, self._hosts.week * home_fees.WEEKS)
        own = month * np.where(model.citizens.council_funded[rows], self._hosts.contribution, 1.0)
        self._add("shared_lives", rows, council=month - own, citizen=own)

    def _read_working_age(self, model: DemandModel) -> None:
        """Support of working age: a week's cost by kind and setting, and planned hours, as `working_age` books them."""
        c, rules = model.citizens, self._working_age
        rows = np.flatnonzero(c.support_type)
        rows = rows[c.alive[rows]]
        cost = week_costs(rules, self._week_prices, model, rows) * home_fees.WEEKS
        own = cost * rules.contribution_share
        self._add("working_age", rows, council=cost - own, citizen=own)

    # carers

    def _read_carers(self, model: DemandModel) -> None:
        """Breaks, sessions and back-up of carers in the plan."""
        c, rules = model.citizens, self._carers
        informed = c.carer_informed == int(rules.informed_months)
        rows = np.flatnonzero((c.carer_break > 0) | informed | c.carer_backup)
        hours = c.carer_break[rows].astype(np.float64) * c.care_given[rows] * home_care.WEEKS
        cost = rules.break_cost * hours
        cost += rules.information_cost * rules.session_hours * informed[rows]
        cost += rules.backup_cost / 12 * c.carer_backup[rows]
        self._add("carers", rows, council=cost)

    def _read_income(self, model: DemandModel) -> None:
        """Earnings given up to care, and benefits that go to some: what central government pays or loses of them."""
        c, rules = model.citizens, self._work
        rows = np.flatnonzero(c.work_lost)
        earnings = c.work_lost[rows] / 100.0 * rules.earnings * home_care.WEEKS
        self._add("lost_earnings", rows, family=earnings * (1.0 - rules.tax), central=earnings * rules.tax)
        of_age = (c.age_months >= _ADULT_MONTHS) & (c.age_months < _PENSION_MONTHS)
        rows = np.flatnonzero(of_age & (c.care_given >= rules.full_hours) & (~c.working | (c.work_lost == 100)))
        rows = rows[draw(model.luck_seed, c.uid[rows], 0, Purpose.CARERS_ALLOWANCE) < rules.take_up]
        self._add("carers_allowance", rows, central=np.full(rows.size, rules.allowance * home_care.WEEKS))
        rows = np.flatnonzero(c.advised)
        self._add("benefits", rows, central=np.full(rows.size, self._benefit_week * home_care.WEEKS))

    # health

    def _read_hospital(self, model: DemandModel) -> None:
        """Emergency spells, bed days and visits to A&E."""
        c, rules = model.citizens, self._hospital
        rows = np.flatnonzero(c.admitted | (c.hospital_trace > 0))
        days = c.hospital_trace[rows].astype(np.float64)
        bed_day = rules.cost_bed_day * rules.price_2022_23
        self._add("acute", rows, nhs=rules.cost_spell * c.admitted[rows] + bed_day * days)
        self._read_attendance(model)

    def _read_attendance(self, model: DemandModel) -> None:
        """Visits to A&E: who of the ill went follows from the hospital's own draws; who called an ambulance went."""
        c, rules = model.citizens, self._hospital
        ill = np.flatnonzero(c.fell_ill | c.minor_event)
        serious = c.fell_ill[ill]
        lot = draw4(model.luck_seed, c.uid[ill], model.month, Purpose.ADMIT)[:, _ATTEND]
        minor = np.float32(rules.attend_minor) * self._ordinary_visits.of(c.age_months[ill] >= _OLD_MONTHS)
        attends = np.where(serious, lot < np.float32(rules.attend_serious), (lot < minor) | c.admitted[ill])
        visit = np.where(serious, rules.cost_ambulance, rules.cost_attendance)
        self._add("ae", ill[attends], nhs=visit[attends])
        callers = np.flatnonzero(c.emergency_call)
        self._add("ae", callers, nhs=np.full(callers.size, rules.cost_ambulance))

    def _read_health(self, model: DemandModel) -> None:
        """General practice and community nursing: an average of people like this one, not counted visits."""
        c, rules = model.citizens, self._health
        rows = c.rows
        _, age, frailty = _by_frailty(model)
        cost = self._rates[age, frailty] / 12 * rules.cost_consultation
        housebound = (c.band[rows] >= Band.MODERATE) & (c.setting[rows] == Setting.HOME)
        self._add("community_health", rows, nhs=cost + housebound * (rules.nurse_contacts / 12 * rules.cost_nurse))


def _unit_price(model: DemandModel, service: str, hours: Floats) -> float:
    """Pounds an hour: what the ledger has booked to council and clients so far over the hours there were."""
    booked = sum(model.ledger.spent(payer, service) for payer in ("council", "citizen"))
    return booked / max(float(hours.sum()), 1e-9)


def _by_frailty(model: DemandModel) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """People by age band and frailty group, as consultations go by them; and the two of each of the living."""
    c = model.citizens
    rows = c.rows
    age = c.cell[rows].astype(np.int64) // 10
    frailty = np.digitize(c.deficits[rows] / DEFICITS, (0.12, 0.24, 0.36), right=True)
    return np.bincount(age * 4 + frailty, minlength=20).reshape(5, 4), age, frailty
