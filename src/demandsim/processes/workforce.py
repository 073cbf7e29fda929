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
from demandsim.compiled import f4, plain
from demandsim.luck import Purpose
from demandsim.processes.at_work import (
    LONGEST,
    chances_of_leaving,
    full_week,
    lose_named_workers,
    posts_filled,
    sickness,
    teach,
    thin_staffing,
    wear_down,
    weigh_week,
    who_leaves,
)
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.home_care import WEEKS, home_care, home_care_fee_cut, of_all_hours
from demandsim.processes.recruitment import ValuesLed
from demandsim.processes.training import TrainingCost
from demandsim.processes.visits import longest_visits

if TYPE_CHECKING:
    from demandsim.model import DemandModel

type Rows = NDArray[np.int64]
type Floats = NDArray[np.float64]


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
    training_full: float = evidence("wf.training_full")
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
    recruited_within: float = evidence("wf.recruited_within")


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
        rules = self.rules = read_rules(Rules, numbers)
        self._sick = (rules.sick_base, rules.sick_calm, rules.sick_strain)
        self.weight = 1.0
        self.posts = 0.0
        self._demand = 0.0
        self._pipeline = [0.0] * max(1, int(rules.hire_months))
        self._carried = 0.0
        self._next = 0
        self._values = ValuesLed(numbers)
        self._training_cost = read_rules(TrainingCost, numbers)

    def step(self, model: DemandModel) -> None:
        """Strain, leaving, arrivals and posts; then what the workers of next month can give."""
        service = home_care(model)
        asked = service.committed + service.queued
        if not service.staffed:
            self._staff_up(model, asked)
        self._demand += (1.0 - self.rules.post_smooth) * (asked - self._demand)
        wage = self.wage_margin(model)
        self._wear(model)
        moved = self._moved(model)
        left = self._leave(model, wage, max(moved, 0.0))
        filled = self._count_posts(model)
        hired = self._hire(filled, wage, max(-moved, 0.0))
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
        price = model.practice.home_care_price * (1.0 - of_all_hours(model, home_care_fee_cut(model), 0.0))
        return self.rules.price_to_wage * (price / model.base_practice.home_care_price - 1.0)

    # people

    def _staff_up(self, model: DemandModel, asked: float) -> None:
        """Take on the first workers, to match what is asked for less the vacancies of the base year."""
        rules = self.rules
        self._demand = asked
        week = self._usual_week(model)
        wanted = asked * rules.post_margin / week * (1.0 - rules.start_vacancy)
        if wanted <= 0.0:
            return
        self.weight = min(1.0, wanted / rules.least_rows)
        rows = self._take_on(model, round(wanted / self.weight))
        lot = luck.draw(model.luck_seed, model.workers.uid[rows], 0, Purpose.WORKER_START).astype(np.float64)
        tenure = -np.log1p(-lot) * 12.0 / rules.leave_base
        model.workers.tenure[rows] = np.minimum(tenure, LONGEST).astype(np.int64)
        model.workers.strain[rows] = rules.start_strain
        service = home_care(model)
        service.staffed, service.vacancy = True, rules.start_vacancy
        # As many are on their way in as leave in a month.
        leaving = self._chance(model, rows, self.wage_margin(model)).sum() * self.weight
        self._pipeline = [float(leaving)] * len(self._pipeline)

    def _take_on(self, model: DemandModel, rows_wanted: int) -> Rows:
        """Open rows for new workers; the k-th ever taken on has the same identity in every scenario."""
        workers = model.workers
        if not rows_wanted:
            return np.empty(0, dtype=np.int64)
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
        short = of_all_hours(
            model,
            *(
                rules.short_share if most >= rules.short_minutes else 1.0
                for most in longest_visits(model, rules.shortest)
            ),
        )
        supervised = min(1.0, practice.supervision_hours / rules.skill_supervision)
        pressure = rules.strain_load * max(0.0, load - 1.0) + rules.strain_short * short
        adoption = model.policy.adoption
        begins = model.month == 12 * adoption.start_year and not model.settling
        wear_down(
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

    def _moved(self, model: DemandModel) -> float:
        """Workers whom other services' growth takes from home care this month; below zero whom their cuts send there.

        Who replaces their usual leavers is among the leavers of home care's base year.
        """
        hours = sum(service.hired_hours for service in model.services.values())
        return self.rules.recruited_within * hours / self._usual_week(model) if hours else 0.0

    def _leave(self, model: DemandModel, wage: float, sought: float) -> float:
        """Let workers leave; whoever had one of them as a named worker keeps little of the relationship.

        Where other services seek workers as well, everybody's chance rises by as much as makes so many more go.
        """
        workers, citizens, rows = model.workers, model.citizens, model.workers.rows
        gone = np.empty(rows.size, dtype=np.int64)
        chance = self._chance(model, rows, wage)
        if sought > 0.0:
            usual = float((chance * workers.weight[rows]).sum())
            chance = np.minimum(chance * (1.0 + sought / max(usual, 1e-9)), 1.0)
        leavers, left = who_leaves(model.luck_seed, model.month_word, rows, workers.uid, chance, workers.weight, gone)
        if leavers:
            gone = gone[:leavers]
            kept = f4(self.rules.trust_kept)
            lose_named_workers(gone, workers.size, citizens.arrangement, kept, citizens.worker, citizens.relationship)
            workers.release(gone)
        return float(left)

    def _chance(self, model: DemandModel, rows: Rows, wage: float) -> Floats:
        """Chance of leaving this month."""
        workers, rules, chance = model.workers, self.rules, np.empty(rows.size)
        vacancy = home_care(model).vacancy
        chances_of_leaving(
            rows,
            workers.strain,
            workers.tenure,
            workers.own_pay,
            workers.values_led,
            f4(rules.leave_base / 12.0),
            f4(rules.leave_calm),
            f4(rules.leave_strain),
            f4(thin_staffing(rules.vacancy_feedback, vacancy, rules.vacancy_normal)),
            rules.first_year,
            rules.later_years,
            rules.pay_elasticity,
            float(wage),
            self._values.rules.stay,
            chance,
        )
        return chance

    def _arrive(self, model: DemandModel) -> None:
        """Take on those whose hiring is through; parts of a row are carried over."""
        self._carried += self._pipeline.pop(0)
        whole = int(self._carried / self.weight)
        self._carried -= whole * self.weight
        self._take_on(model, whole)
        chosen = self._take_on(model, self._values.arrivals(self.weight))
        model.workers.values_led[chosen] = True

    def _train(self, model: DemandModel) -> None:
        """Train more workers towards the practice's share; skill follows training and needs supervision to last.

        The hours of an adoption go to those who are trained beyond today's: where they are few they give little skill.
        """
        workers, rules, practice, today = model.workers, self.rules, model.practice, model.base_practice.trained_share
        given = model.policy.adoption.training_given(model.month) / max(practice.trained_share - today, 1e-9)
        supervised = min(1.0, practice.supervision_hours / rules.skill_supervision)
        lasting = rules.skill_unsupervised + (1.0 - rules.skill_unsupervised) * supervised
        teach(
            model.luck_seed,
            model.month_word,
            workers.rows,
            workers.uid,
            f4(practice.trained_share),
            f4(today),
            min(given / rules.training_full, 1.0),
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

    def _usual_week(self, model: DemandModel) -> float:
        """Hours a week for visits and travel of a full worker who is past the first months, at the usual strain."""
        sick = plain(sickness)(self.rules.start_strain, *self._sick)
        return float(plain(full_week)(sick, *self._week(model)))

    def _week(self, model: DemandModel) -> tuple[float, float, float, float]:
        """What decides the hours of a week, as `full_week` takes it."""
        rules, practice = self.rules, model.practice
        apart = (practice.supervision_hours + practice.learning_hours) / WEEKS
        return rules.week_hours, rules.leave_share, float(practice.recording_share), float(apart)

    def _weigh_week(self, model: DemandModel) -> None:
        """What each worker can give a week, and what all of them can.

        Training in a new practice takes every worker's time while it is adopted, once; who joins later catches up in
        the first month.
        """
        workers, rules, service = model.workers, self.rules, home_care(model)
        adoption, rows = model.policy.adoption, workers.rows
        sick = np.empty(rows.size)
        trained = weigh_week(
            rows,
            workers.strain,
            workers.tenure,
            workers.weight,
            self._sick,
            self._week(model),
            float(adoption.training_hours(model.month) / WEEKS),
            float(adoption.training_missed(model.month) / WEEKS),
            rules.new_months,
            rules.new_share,
            sick,
            workers.sick_share,
            workers.supply_hours,
        )
        service.supply = float(workers.supply_hours[rows].sum(dtype=np.float64))
        service.sickness = float(sick.mean()) if rows.size else 0.0
        self._training_cost.care_workers(model, trained * WEEKS)

    def _count_posts(self, model: DemandModel) -> float:
        """Posts follow the hours asked for; vacancy is what of them is not filled."""
        workers, rules, service = model.workers, self.rules, home_care(model)
        filled = float(posts_filled(workers.alive, workers.weight))
        each = (
            (service.supply - service.agency) / filled if service.supply > 0 and filled > 0 else self._usual_week(model)
        )
        self.posts = self._demand * rules.post_margin / each
        service.vacancy = max(0.0, 1.0 - filled / self.posts) if self.posts > 0 else 0.0
        return filled

    def _hire(self, filled: float, wage: float, freed: float) -> float:
        """How many to hire: for a share of the posts that are neither filled nor about to be, and whom cuts freed."""
        empty = max(0.0, self.posts - filled - sum(self._pipeline) - self._values.on_their_way)
        usual = float(self.rules.fill_rate * empty * max(0.0, 1.0 + wage) ** self.rules.hire_pay_power)
        return usual + min(freed, max(0.0, empty - usual))
