"""Carers' strain: how caring wears people down, what relieves it, and how caring breaks down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.cells import CELLS
from demandsim.agents.services import Service
from demandsim.compiled import f4, flag, kernel, rule
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.breakdown import break_downs, leave_in_crisis
from demandsim.processes.carer_breaks import A_MONTH, BreakRules, hours_wanted, stand_in
from demandsim.processes.closeness import GivingUp, Readiness
from demandsim.processes.hazards import draw2_into, draw_into, positive, uids_of
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.neighbourhood_budgets import share_out_breaks
from demandsim.processes.posts import care_staff, council_staff
from demandsim.processes.prevention import break_hours, carers_reached, older
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12
_SUPPORT, _SESSION = np.uint32(Purpose.CARER_SUPPORT), np.uint32(Purpose.CARER_SESSION)


@dataclass(frozen=True)
class StrainRules:
    """Numbers of strain, support and breakdown."""

    gain: float = evidence("carers.strain_gain")
    recovery: float = evidence("carers.strain_recovery")
    break_relief: float = evidence("carers.strain_break")
    informed_relief: float = evidence("carers.strain_info")
    backup_relief: float = evidence("carers.strain_backup")
    load_hours: float = evidence("carers.strain_load_hours")
    load_most: float = evidence("carers.strain_load_most")
    skill: float = evidence("carers.strain_skill")
    rest: float = evidence("carers.strain_rest")
    strained_from: float = evidence("carers.strained_from")
    settle_months: float = evidence("carers.strain_settle_months")
    supported_hours: float = evidence("carers.supported_hours")
    break_until: float = evidence("carers.break_until")
    session_hours: float = evidence("carers.information_session")
    informed_months: float = evidence("carers.informed_months")
    learning: float = evidence("carers.capability_hour")
    forgetting: float = evidence("carers.capability_return")
    breakdown: float = evidence("carers.breakdown_base")
    breakdown_hours: float = evidence("carers.breakdown_hours")
    breakdown_strain: float = evidence("carers.breakdown_hazard_strain_multiplier")
    short_breakdown: float = evidence("carers.breakdown_short")
    long_breakdown: float = evidence("carers.breakdown_long")
    long_share: float = evidence("carers.breakdown_long_share")
    crisis: float = evidence("carers.crisis_months")
    crisis_backup: float = evidence("carers.crisis_months_backup")
    break_cost: float = evidence("cost.carer_break_hour")
    information_cost: float = evidence("cost.carer_information_hour")
    backup_cost: float = evidence("cost.carer_backup_year")


@rule
def caring_load(
    hours: np.float32,
    burden: np.float32,
    limitation: np.float32,
    capability: np.float32,
    usual_hours: np.float32,
    skill: np.float32,
    most: np.float32,
) -> np.float32:
    """How hard caring is: hours, what they contain, the carer's own health and skill; 1 is 50 plain hours."""
    health = f4(1.0) + positive(limitation - f4(1.0))
    return min((hours / usual_hours) * burden * health * (f4(1.0) + skill * (f4(0.5) - capability)), most)


@kernel
def wear(
    care_given: NDArray[np.float32],
    burden: NDArray[np.float32],
    limitation: NDArray[np.float32],
    capability: NDArray[np.float32],
    breaks: NDArray[np.float32],
    informed: NDArray[np.uint8],
    backup: NDArray[np.bool_],
    gain: np.float32,
    recovery: np.float32,
    by_breaks: np.float32,
    by_information: np.float32,
    by_backup: np.float32,
    rest: np.float32,
    usual_hours: np.float32,
    skill: np.float32,
    most: np.float32,
    strain: NDArray[np.float32],
) -> None:
    """One month of strain: up by load, down by recovery and support; who does not care rests."""
    for i in range(strain.size):
        load = caring_load(care_given[i], burden[i], limitation[i], capability[i], usual_hours, skill, most)
        relief = recovery + by_breaks * breaks[i] + by_information * flag(informed[i] > 0) + by_backup * flag(backup[i])
        now = strain[i]
        worn = now + gain * load * (f4(1.0) - now) - relief * now
        rested = now * (f4(1.0) - rest)
        strain[i] = min(max(worn if care_given[i] > f4(0.0) else rested, f4(0.0)), f4(1.0))


@kernel
def pass_month(
    care_given: NDArray[np.float32],
    supported_hours: np.float32,
    forgetting: np.float32,
    capability: NDArray[np.float32],
    breaks: NDArray[np.float32],
    informed: NDArray[np.uint8],
    backup: NDArray[np.bool_],
    broken_down: NDArray[np.uint8],
    in_plan: NDArray[np.bool_],
) -> None:
    """What time alone does: skill fades, information ages, breakdowns heal; who cares little leaves the plan."""
    for i in range(care_given.size):
        capability[i] += forgetting * (f4(0.5) - capability[i])
        informed[i] = np.uint8(np.int64(informed[i]) - np.int64(informed[i] > 0))
        broken_down[i] = np.uint8(np.int64(broken_down[i]) - np.int64(broken_down[i] > 0))
        heavy = care_given[i] >= supported_hours
        breaks[i] = breaks[i] if heavy else f4(0.0)
        backup[i] = backup[i] and heavy
        in_plan[i] = heavy


@kernel
def _reach(
    seed: np.uint64,
    heavy: NDArray[np.int64],
    uid: NDArray[np.uint64],
    strain: NDArray[np.float32],
    reach_share: np.float32,
    backup_share: np.float32,
    strained_from: np.float32,
    break_until: np.float32,
    breaks: NDArray[np.float32],
    backup: NDArray[np.bool_],
    reached: NDArray[np.int64],
    worn: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Say whom of the carers in the plan support reaches, who of them has a back-up slot, and who should have a break.

    Two lasting draws decide the former. Breaks are for the strained; who has them already keeps them until well below
    strain. All are given anew.

    Returns:
        How many are reached, how many of them are worn, how many have a slot.
    """
    of_reach, of_backup = np.empty(heavy.size, dtype=np.float32), np.empty(heavy.size, dtype=np.float32)
    draw2_into(seed, uids_of(uid, heavy), FOR_LIFE, _SUPPORT, of_reach, of_backup)
    found, tired, slots = 0, 0, 0
    for k in range(heavy.size):
        i = heavy[k]
        here = of_reach[k] < reach_share
        limit = min(break_until, strained_from) if breaks[i] > f4(0.0) else strained_from
        slot = here & (of_backup[k] < backup_share)
        # Written before it is known whether it counts: chance would mislead a branch.
        reached[found] = i
        worn[tired] = i
        found += 1 if here else 0
        tired += 1 if here & (strain[i] > limit) else 0
        slots += 1 if slot else 0
        backup[i] = slot
        breaks[i] = f4(0.0)
    return found, tired, slots


@kernel
def _note_breaks(
    worn: NDArray[np.int64],
    caring: NDArray[np.float64],
    wanted: NDArray[np.float64],
    given: NDArray[np.float64],
    cell: NDArray[np.uint16],
    breaks: NDArray[np.float32],
    tally: NDArray[np.float64],
) -> int:
    """Write to carers what share of their hours breaks replace, and tally the hours by cell; how many wait for some."""
    waiting = 0
    for k in range(worn.size):
        i = worn[k]
        breaks[i] = f4(given[k] / (caring[k] * A_MONTH))
        tally[cell[i]] += np.float64(f4(given[k]))
        waiting += int(given[k] < wanted[k])
    return waiting


@kernel
def _learn(
    seed: np.uint64,
    month: np.uint32,
    reached: NDArray[np.int64],
    uid: NDArray[np.uint64],
    whole: int,
    part: np.float32,
    gain: np.float32,
    informed_months: np.uint8,
    capability: NDArray[np.float32],
    informed: NDArray[np.uint8],
) -> int:
    """Hold so many sessions with everybody, and one more with some; returns how many were held."""
    of_one_more = np.empty(reached.size, dtype=np.float32)
    draw_into(seed, uids_of(uid, reached), month, _SESSION, of_one_more)
    held = 0
    for k in range(reached.size):
        i = reached[k]
        sessions = whole + (1 if of_one_more[k] < part else 0)
        if sessions > 0:
            capability[i] += min(gain * f4(sessions), f4(1.0)) * (f4(1.0) - capability[i])
            informed[i] = informed_months
            held += sessions
    return held


@kernel
def _bring_strain(
    rows: NDArray[np.int64],
    other_caring: NDArray[np.float32],
    load_hours: np.float32,
    load_most: np.float32,
    gain: np.float32,
    recovery: np.float32,
    strain: NDArray[np.float32],
) -> None:
    """Strain at which wear and recovery balance, of those who care for somebody elsewhere."""
    for i in rows:
        if other_caring[i] > f4(0.0):
            worn = gain * min(other_caring[i] / load_hours, load_most)
            strain[i] = worn / (worn + recovery)


class CarerStrain(Process):
    """Strain, the support that carers get by the levers of practice, and breakdown.

    Support works through hours and places only: hours of breaks, of which there are so many and no more, hours of
    information and training, emergency back-up slots. All need staff, who must be hired, are paid for, and shrink when
    a council cuts what the law does not demand.
    """

    name: ClassVar[str] = "strain"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "cell",
        "limitation",
        "illness",
        "care_given",
        "care_burden",
        "strain",
        "carer_capability",
        "other_caring",
        "working",
        "work_lost",
        "cares_at_home",
    )
    writes: ClassVar[tuple[str, ...]] = (
        "strain",
        "carer_capability",
        "carer_break",
        "relieved_hours",
        "carer_informed",
        "carer_backup",
        "broken_down",
        "crisis",
    )

    def __init__(self, numbers: Numbers) -> None:
        rules = self._rules = read_rules(StrainRules, numbers)
        self._break_rules = read_rules(BreakRules, numbers)
        self._pace = (f4(rules.load_hours), f4(rules.load_most), f4(rules.gain), f4(rules.recovery))
        self._settled_in = False
        self._giving_up = Readiness(read_rules(GivingUp, numbers))
        self._staff, self._back_up = care_staff(numbers), care_staff(numbers)
        self._advisers = council_staff(numbers)

    def start(self, model: DemandModel) -> None:
        """Open the service; strain itself settles in the first month, once it is known who cares."""
        model.services["carers_service"] = Service(model, name="carers_service", funder="council", unit="h/month")

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Who comes as a carer of somebody elsewhere brings the strain of long caring."""
        _bring_strain(rows, model.citizens.other_caring, *self._pace, model.citizens.strain)

    def step(self, model: DemandModel) -> None:
        """Support, wear, break down."""
        citizens, rules = model.citizens, self._rules
        in_plan = np.empty(citizens.size, dtype=np.bool_)
        pass_month(
            citizens.care_given,
            f4(rules.supported_hours),
            f4(rules.forgetting),
            citizens.carer_capability,
            citizens.carer_break,
            citizens.carer_informed,
            citizens.carer_backup,
            citizens.broken_down,
            in_plan,
        )
        heavy = rows_with(in_plan)
        self._support(model, heavy)
        months = 1
        if not self._settled_in:
            months = int(rules.settle_months)
            self._settled_in = True
        for _ in range(months):
            self._wear(citizens)
        self._break_down(model, heavy)

    def _wear(self, citizens: Citizens) -> None:
        rules = self._rules
        wear(
            citizens.care_given,
            citizens.care_burden,
            citizens.limitation,
            citizens.carer_capability,
            citizens.carer_break,
            citizens.carer_informed,
            citizens.carer_backup,
            f4(rules.gain),
            f4(rules.recovery),
            f4(rules.break_relief),
            f4(rules.informed_relief),
            f4(rules.backup_relief),
            f4(rules.rest),
            f4(rules.load_hours),
            f4(rules.skill),
            f4(rules.load_most),
            citizens.strain,
        )

    def _support(self, model: DemandModel, heavy: NDArray[np.int64]) -> None:
        """Breaks, information and back-up for the carers in the plan; book what they cost."""
        rules = self._rules
        reached, worn, slots = self._whom_support_reaches(model, heavy, self._backed_up(model, heavy.size))
        hours = self._breaks(model, worn)
        stand_in(model)
        sessions = self._inform(model, reached)
        pounds = (
            rules.break_cost * hours
            + rules.information_cost * rules.session_hours * sessions
            + rules.backup_cost / _YEAR * slots
        )
        model.ledger.cost("carers", "council", float(pounds))

    def _backed_up(self, model: DemandModel, carers: int) -> float:
        """Share of the carers reached for whom somebody would come; a slot takes the hours that its price buys."""
        rules, staff, share = self._rules, self._back_up, model.practice.carer_backup_share
        there = staff.open(share * carers_reached(model))
        hours = staff.growth * carers * rules.backup_cost / rules.break_cost
        model.services["carers_service"].hired_hours = hours / (_YEAR * A_MONTH)
        return share * there

    def _whom_support_reaches(
        self, model: DemandModel, heavy: NDArray[np.int64], backed_up: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """Carers whom support reaches, those of them who should have a break, and how many have a back-up slot."""
        citizens, rules = model.citizens, self._rules
        reached, worn = np.empty((2, heavy.size), dtype=np.int64)
        found, tired, slots = _reach(
            model.luck_seed,
            heavy,
            citizens.uid,
            citizens.strain,
            f4(carers_reached(model)),
            f4(backed_up),
            f4(rules.strained_from),
            f4(rules.break_until),
            citizens.carer_break,
            citizens.carer_backup,
            reached,
            worn,
        )
        return reached[:found], worn[:tired], slots

    def _breaks(self, model: DemandModel, worn: NDArray[np.int64]) -> float:
        """Give the hours of breaks there are to these carers.

        The most strained come first, then luck; nobody has more than a share of their hours, nor more than so many
        a week.

        Returns:
            Hours given this month.
        """
        citizens, tally = model.citizens, np.zeros(CELLS)
        if worn.size > 1:
            turn = luck.draw(model.luck_seed, citizens.uid[worn], model.month, Purpose.CARER_BREAK)
            worn = worn[np.lexsort((citizens.uid[worn], turn, -citizens.strain[worn]))]
        caring = citizens.care_given[worn].astype(np.float64)
        wanted = hours_wanted(model, self._break_rules, caring)
        service = model.services["carers_service"]
        given, service.capacity = share_out_breaks(model, worn, wanted, *self._hours_of_breaks(model))
        service.waiting = _note_breaks(worn, caring, wanted, given, citizens.cell, citizens.carer_break, tally)
        model.ledger.tally("break_hours", tally)
        service.used = min(float(given.sum()), service.capacity)
        return service.used

    def _hours_of_breaks(self, model: DemandModel) -> tuple[float, float]:
        """Hours of breaks that are bought this month, and the share of them that there is staff to give."""
        service, staff = model.services["carers_service"], self._staff
        bought, a_month = break_hours(model), older(model) / _YEAR
        there = staff.open(bought)
        service.vacancy = staff.vacancy
        service.hired_hours += staff.growth * a_month / A_MONTH
        return bought * a_month, there

    def _inform(self, model: DemandModel, reached: NDArray[np.int64]) -> int:
        """Sessions of information and training raise skill and count for a while; returns how many were held.

        As many are held with each carer as there are staff for.
        """
        citizens, rules, hours = model.citizens, self._rules, model.practice.carer_information_hours
        there = self._advisers.open(hours * carers_reached(model))
        a_month = hours * there / rules.session_hours / _YEAR
        whole = int(a_month)
        return _learn(
            model.luck_seed,
            model.month_word,
            reached,
            citizens.uid,
            whole,
            f4(a_month - whole),
            f4(rules.learning * rules.session_hours),
            np.uint8(rules.informed_months),
            citizens.carer_capability,
            citizens.carer_informed,
        )

    def _break_down(self, model: DemandModel, heavy: NDArray[np.int64]) -> None:
        """Caring stops for some months where luck and strain will have it; those they helped are in crisis."""
        citizens, rules = model.citizens, self._rules
        carers = np.empty(heavy.size, dtype=np.int64)
        found = break_downs(
            model.luck_seed,
            model.month_word,
            heavy,
            citizens.uid,
            self._giving_up.of(model, heavy, citizens.cares_at_home[heavy], citizens.care_given[heavy]),
            citizens.care_given,
            citizens.strain,
            citizens.illness,
            f4(rules.breakdown),
            f4(rules.breakdown_hours),
            f4(rules.strained_from),
            f4(rules.breakdown_strain),
            carers,
        )
        carers = carers[:found]
        model.ledger.people("carer_breakdowns", citizens.cell[carers])
        if not found:
            return
        lot = luck.draw(model.luck_seed, citizens.uid[carers], model.month, Purpose.BREAKDOWN_LENGTH)
        months = np.where(lot < rules.long_share, rules.long_breakdown, rules.short_breakdown)
        citizens.broken_down[carers] = months
        leave_in_crisis(
            citizens.broken_down,
            *model.kin_help,
            citizens.carer_backup,
            np.uint8(rules.crisis),
            np.uint8(rules.crisis_backup),
            citizens.crisis,
        )
