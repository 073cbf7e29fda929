"""Care workers: their week, their strain, who leaves, and who is taken on.

A paid week holds leave, sickness, supervision, training and recording; what is left is visits and travel, and
nothing else makes time with people. Pressure and recording build strain, which builds sickness and leaving; empty
posts add to leaving. Posts follow what is asked for, hires follow empty posts, and take two months to arrive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NOBODY
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.home_care import WEEKS, home_care, home_care_fee_cut
from demandsim.processes.recruitment import ValuesLed
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel

type Rows = NDArray[np.int64]
type Floats = NDArray[np.float64]

_LONGEST = 1200


@dataclass(frozen=True, slots=True)
class Rules:
    """Numbers of working in home care."""

    week_hours: float = evidence("wf.week_hours")
    leave_share: float = evidence("wf.leave_share")
    sick_base: float = evidence("wf.sick_base")
    sick_calm: float = evidence("wf.sick_calm")
    sick_strain: float = evidence("wf.sick_strain")
    new_months: float = evidence("wf.new_worker_months_to_full")
    new_share: float = evidence("wf.new_worker_share")
    training_pace: float = evidence("wf.training_pace")
    skill_base: float = evidence("wf.skill_base")
    skill_trained: float = evidence("wf.skill_trained")
    skill_pace: float = evidence("wf.skill_pace")
    skill_supervision: float = evidence("wf.supervision_full")
    skill_unsupervised: float = evidence("wf.skill_unsupervised")
    strain_load: float = evidence("wf.strain_load")
    strain_recording: float = evidence("wf.strain_recording")
    recording_base: float = evidence("wf.recording_base")
    strain_short: float = evidence("wf.strain_short")
    short_share: float = evidence("practice.visit15_share_of_visits")
    short_minutes: float = evidence("wf.short_minutes")
    shortest: float = evidence("visit.shortest")
    relief: float = evidence("wf.strain_relief")
    autonomy_relief: float = evidence("wf.autonomy_relief")
    supervision_relief: float = evidence("wf.supervision_relief")
    leave_base: float = evidence("wf.leave_base")
    leave_calm: float = evidence("wf.leave_calm")
    leave_strain: float = evidence("wf.leave_strain")
    vacancy_normal: float = evidence("wf.vacancy_normal")
    vacancy_feedback: float = evidence("wf.burnout_vacancy_feedback")
    first_year: float = evidence("wf.leave_first_year")
    later_years: float = evidence("wf.leave_later")
    pay_elasticity: float = evidence("wf.pay_elasticity")
    price_to_wage: float = evidence("wf.price_to_wage")
    hire_pay_power: float = evidence("wf.hire_pay_power")
    post_smooth: float = evidence("wf.post_smooth")
    post_margin: float = evidence("wf.post_margin")
    fill_rate: float = evidence("wf.fill_rate")
    hire_months: float = evidence("wf.hire_months")
    start_vacancy: float = evidence("wf.start_vacancy")
    start_strain: float = evidence("wf.start_strain")
    least_rows: float = evidence("wf.least_rows")
    trust_kept: float = evidence("rel.kept_on_leaving")
    strain_slows: float = evidence("wf.strain_slows_training")


@kernel
def _wear_down(
    rows: Rows,
    own_say: NDArray[np.float32],
    autonomy: float,
    relief: float,
    autonomy_relief: float,
    supervision_relief: float,
    pressure: float,
    recording: float,
    added: float,
    strain: NDArray[np.float32],
    tenure: NDArray[np.int16],
) -> None:
    """A month of strain, up and down, and of time in post."""
    for i in rows:
        say = max(autonomy, np.float64(own_say[i]))
        b = np.float64(strain[i])
        up = pressure * (1.0 - b) + recording
        after = b + up - (relief + autonomy_relief * say + supervision_relief) * b + added
        strain[i] = f4(min(max(after, 0.0), 1.0))
        tenure[i] = min(tenure[i] + 1, _LONGEST)


@kernel
def _teach(
    rows: Rows,
    suits: NDArray[np.bool_],
    lot: NDArray[np.float32],
    strain: NDArray[np.float32],
    tenure: NDArray[np.int16],
    values_led: NDArray[np.bool_],
    start_strain: float,
    strain_slows: float,
    pace: float,
    base: float,
    by_training: float,
    by_values: float,
    skill_pace: float,
    trained: NDArray[np.bool_],
    skill: NDArray[np.float32],
) -> None:
    """Train whom it suits, sooner or later, newcomers at once; move everybody's skill nearer to its aim.

    Workers take fully to what they are taught up to the strain of the base year, less above it.
    """
    for k in range(rows.size):
        i = rows[k]
        takes = 1.0 - strain_slows * max(np.float64(strain[i]) - start_strain, 0.0)
        if suits[k] and (np.float64(lot[k]) < pace * takes or tenure[i] == 0):
            trained[i] = True
        aim = base
        if trained[i]:
            aim += by_training * takes
        if values_led[i]:
            aim += by_values
        now = np.float64(skill[i])
        skill[i] = f4(now + skill_pace * (aim - now))


class Workforce(Process):
    """Move the place's home-care workers through a month.

    In a small sample each row stands for a share of a post, so that there are always enough rows for chance to
    mean the same.
    """

    name = "workforce"
    reads = ("workers.alive", "workers.uid", "workers.load_hours", "workers.own_pay", "workers.own_say")
    writes = (
        "worker",
        "relationship",
        "workers.alive",
        "workers.uid",
        "workers.weight",
        "workers.tenure",
        "workers.skill",
        "workers.values_led",
        "workers.trained",
        "workers.strain",
        "workers.sick_share",
        "workers.supply_hours",
        "workers.load_hours",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.weight = 1.0
        self.posts = 0.0
        self._demand = 0.0
        self._pipeline = [0.0] * max(1, int(self.rules.hire_months))
        self._carried = 0.0
        self._next = 0
        self._values = ValuesLed(numbers)

    def step(self, model: DemandModel) -> None:
        """Strain, leaving, arrivals and posts; then what the workers of next month can give."""
        service = home_care(model)
        asked = service.committed + service.queued
        if not service.staffed:
            self._staff_up(model, asked)
        self._demand += (1.0 - self.rules.post_smooth) * (asked - self._demand)
        wage = self.wage_margin(model)
        self._wear(model)
        left = self._leave(model, wage)
        filled = self._count_posts(model)
        hired = self._hire(filled, wage)
        self._arrive(model)
        self._pipeline.append(self._values.choose(model, hired))
        self._train(model)
        self._weigh_week(model)
        ledger = model.ledger
        ledger.total("posts", self.posts)
        ledger.total("workers", filled)
        ledger.total("vacancies", max(0.0, self.posts - filled))
        ledger.total("leavers", left)
        service.leaving = left / (filled + left) if left > 0.0 else 0.0

    def wage_margin(self, model: DemandModel) -> float:
        """Pay above the base year's, as a share: what of a higher price, or of a cut fee, reaches workers."""
        price = model.practice.home_care_price * (1.0 - home_care_fee_cut(model))
        return self.rules.price_to_wage * (price / model.base_practice.home_care_price - 1.0)

    # people

    def _staff_up(self, model: DemandModel, asked: float) -> None:
        """Take on the first workers, to match what is asked for less the vacancies of the base year."""
        rules = self.rules
        self._demand = asked
        week = self._full_week(model, np.full(1, rules.start_strain))[0]
        wanted = asked * rules.post_margin / week * (1.0 - rules.start_vacancy)
        if wanted <= 0.0:
            return
        self.weight = min(1.0, wanted / rules.least_rows)
        rows = self._take_on(model, round(wanted / self.weight))
        lot = luck.draw(model.luck_seed, model.workers.uid[rows], 0, Purpose.WORKER_START).astype(np.float64)
        tenure = -np.log1p(-lot) * 12.0 / rules.leave_base
        model.workers.tenure[rows] = np.minimum(tenure, _LONGEST).astype(np.int64)
        model.workers.strain[rows] = rules.start_strain
        service = home_care(model)
        service.staffed, service.vacancy = True, rules.start_vacancy
        # As many are on their way in as leave in a month.
        leaving = self._chance(model, rows, self.wage_margin(model)).sum() * self.weight
        self._pipeline = [float(leaving)] * len(self._pipeline)

    def _take_on(self, model: DemandModel, rows_wanted: int) -> Rows:
        """Open rows for new workers; the k-th ever taken on has the same identity in every scenario."""
        workers = model.workers
        uid = np.arange(self._next, self._next + rows_wanted, dtype=np.uint64)
        self._next += rows_wanted
        rows = workers.admit(uid)
        workers.weight[rows] = self.weight
        workers.skill[rows] = self.rules.skill_base
        return rows

    def _wear(self, model: DemandModel) -> None:
        """Strain rises with load, recording and short visits; time, autonomy and supervision relieve it."""
        workers, rules, practice = model.workers, self.rules, model.practice
        service = home_care(model)
        load = service.used / max(service.supply, 1e-9) if service.supply > 0 else 1.0
        longest = max(rules.shortest, practice.visit_minutes - model.council.visit_cut)
        short = rules.short_share if longest >= rules.short_minutes else 1.0
        supervised = min(1.0, practice.supervision_hours / rules.skill_supervision)
        pressure = rules.strain_load * max(0.0, load - 1.0) + rules.strain_short * short
        adoption = model.policy.adoption
        begins = model.month == 12 * adoption.start_year and not model.settling
        _wear_down(
            workers.rows,
            workers.own_say,
            float(practice.autonomy),
            float(rules.relief),
            float(rules.autonomy_relief),
            float(rules.supervision_relief * supervised),
            float(pressure),
            float(rules.strain_recording * practice.recording_share / rules.recording_base),
            float(adoption.start_strain_added if begins else 0.0),
            workers.strain,
            workers.tenure,
        )

    def _leave(self, model: DemandModel, wage: float) -> float:
        """Let workers leave; whoever had one of them as a named worker keeps little of the relationship."""
        workers, citizens, rules = model.workers, model.citizens, self.rules
        rows = workers.rows
        lot = luck.draw(model.luck_seed, workers.uid[rows], model.month, Purpose.WORKER_LEAVING)
        gone = rows[lot < self._chance(model, rows, wage)]
        left = float(workers.weight[gone].sum(dtype=np.float64))
        is_gone = np.zeros(workers.size, dtype=np.bool_)
        is_gone[gone] = True
        named = rows_with(citizens.arrangement)
        named = named[citizens.worker[named] != NOBODY]
        lost = named[is_gone[citizens.worker[named]]]
        citizens.worker[lost] = NOBODY
        citizens.relationship[lost] *= np.float32(rules.trust_kept)
        workers.release(gone)
        return left

    def _chance(self, model: DemandModel, rows: Rows, wage: float) -> Floats:
        """Chance of leaving this month."""
        workers, rules = model.workers, self.rules
        vacancy = home_care(model).vacancy
        strained = rules.leave_calm + rules.leave_strain * workers.strain[rows]
        thin = 1.0 + rules.vacancy_feedback * max(0.0, vacancy - rules.vacancy_normal) / 0.10
        new = np.where(workers.tenure[rows] <= 12, rules.first_year, rules.later_years)
        pay = np.maximum(0.3, 1.0 - rules.pay_elasticity * (wage + workers.own_pay[rows].astype(np.float64)) / 0.10)
        stay = 1.0 - self._values.rules.stay * workers.values_led[rows]
        hazard = rules.leave_base / 12.0 * strained * thin * new * pay * stay
        return (hazard / (1.0 + hazard / 2.0)).astype(np.float64)

    def _arrive(self, model: DemandModel) -> None:
        """Take on those whose hiring is through; parts of a row are carried over."""
        self._carried += self._pipeline.pop(0)
        whole = int(self._carried / self.weight)
        self._carried -= whole * self.weight
        self._take_on(model, whole)
        chosen = self._take_on(model, self._values.arrivals(self.weight))
        model.workers.values_led[chosen] = True

    def _train(self, model: DemandModel) -> None:
        """Train more workers towards the practice's share; skill follows training and needs supervision to last."""
        workers, rules, practice = model.workers, self.rules, model.practice
        rows = workers.rows
        suits = luck.draw(model.luck_seed, workers.uid[rows], 0, Purpose.WORKER_SKILL) < practice.trained_share
        # The second of the month's four draws: the first of month 0 is the lasting one.
        lot = luck.draw4(model.luck_seed, workers.uid[rows], model.month, Purpose.WORKER_SKILL)[:, 1]
        supervised = min(1.0, practice.supervision_hours / rules.skill_supervision)
        lasting = rules.skill_unsupervised + (1.0 - rules.skill_unsupervised) * supervised
        _teach(
            rows,
            suits,
            lot,
            workers.strain,
            workers.tenure,
            workers.values_led,
            float(rules.start_strain),
            float(rules.strain_slows),
            float(rules.training_pace),
            float(rules.skill_base),
            float(rules.skill_trained * lasting),
            float(self._values.rules.skill),
            float(rules.skill_pace),
            workers.trained,
            workers.skill,
        )

    # hours and posts

    def _full_week(self, model: DemandModel, strain: Floats) -> Floats:
        """Hours a week for visits and travel of a full worker who is past the first months, by strain."""
        rules, practice = self.rules, model.practice
        sick = self._sickness(strain)
        hours = rules.week_hours * (1.0 - rules.leave_share - sick - practice.recording_share)
        return np.maximum(hours - (practice.supervision_hours + practice.learning_hours) / WEEKS, 0.0)

    def _sickness(self, strain: Floats) -> Floats:
        return self.rules.sick_base * (self.rules.sick_calm + self.rules.sick_strain * strain)

    def _weigh_week(self, model: DemandModel) -> None:
        """What each worker can give a week, and what all of them can.

        Training in a new practice takes every worker's time while it is adopted, once.
        """
        workers, rules, service = model.workers, self.rules, home_care(model)
        rows = workers.rows
        strain = workers.strain[rows].astype(np.float64)
        sick = self._sickness(strain)
        hours = self._full_week(model, strain) - model.policy.adoption.training_hours(model.month) / WEEKS
        hours = np.maximum(hours, 0.0)
        hours = np.where(workers.tenure[rows] < rules.new_months, rules.new_share, 1.0) * hours
        workers.sick_share[rows] = sick
        workers.supply_hours[rows] = hours * workers.weight[rows]
        service.supply = float(workers.supply_hours[rows].sum(dtype=np.float64))
        service.sickness = float(sick.mean()) if rows.size else 0.0

    def _count_posts(self, model: DemandModel) -> float:
        """Posts follow the hours asked for; vacancy is what of them is not filled."""
        workers, rules, service = model.workers, self.rules, home_care(model)
        filled = float(workers.weight[workers.rows].sum(dtype=np.float64))
        each = (
            (service.supply - service.agency) / filled
            if service.supply > 0 and filled > 0
            else self._full_week(model, np.full(1, rules.start_strain))[0]
        )
        self.posts = self._demand * rules.post_margin / each
        service.vacancy = max(0.0, 1.0 - filled / self.posts) if self.posts > 0 else 0.0
        return filled

    def _hire(self, filled: float, wage: float) -> float:
        """How many to hire: for a share of the posts that are neither filled nor about to be."""
        empty = max(0.0, self.posts - filled - sum(self._pipeline) - self._values.on_their_way)
        return float(self.rules.fill_rate * empty * max(0.0, 1.0 + wage) ** self.rules.hire_pay_power)
