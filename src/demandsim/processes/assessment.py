"""Assessment and planning: who is eligible, what family is asked for, and what the plan buys.

The queue is served by crisis, then by date, then by a keyed draw, with its share of the hours that contacts have
left: assessments and reviews divide these by the work that waits, or no client would ever be reviewed while there is
a queue. An assessment looks at need with some error against the threshold in force; capital above the limit means
that a person buys for themselves. A plan may count on kin only up to what they have left to give, and how well it
fits depends on the time to listen and on what hand-offs lose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import Failure, Waiting
from demandsim.agents.services import Service
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.charging import limits_level
from demandsim.processes.front_door import off_the_list
from demandsim.processes.home_care import WEEKS
from demandsim.processes.open_door import refuse_by_new_rule
from demandsim.processes.planning import made_together
from demandsim.processes.plans import Plans, needed
from demandsim.processes.savings import Savings
from demandsim.processes.shortlist import rows_with
from demandsim.processes.team import Eligibility, Floats, Mask, Rows, in_turn, observe, team

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_ASSESSMENT = np.uint8(Waiting.ASSESSMENT)
_WRONG, _LATE = np.uint8(Failure.WRONG), np.uint8(Failure.LATE)
_GIVE_UP = np.uint32(Purpose.GIVE_UP)


@dataclass(frozen=True, slots=True)
class Rules:
    """How people are assessed and plans made."""

    observation_sd: float = evidence("door.assessment_sd")
    client_hours: float = evidence("door.client_hours_share")
    give_up: float = evidence("door.give_up")
    assessed_smooth: float = evidence("door.assessed_smooth")
    aids_hours: float = evidence("need.aids_hours")
    equipment_cost: float = evidence("door.equipment_cost")
    capital_limit: float = evidence("sc.capital_limit_upper")
    lost_refused: float = evidence("trust.lost_refused")


class Assessment(Process):
    """Assess those whose turn it is, and turn what is found into a plan."""

    name = "assessment"
    reads = (
        "uid",
        "age_months",
        "neighbourhood",
        "quintile",
        "cell",
        "limitation",
        "hands_on",
        "kin_hours",
        "neighbour_hours",
        "arrangement",
        "relationship",
        "support_type",
    )
    writes = (
        "savings",
        "waiting",
        "waiting_since",
        "urgent",
        "asked_in_vain",
        "failed_by",
        "turned_away_month",
        "helped_month",
        "concern",
        "aids",
        "kin_spare",
        "gap_fill",
        "arrangement",
        "arrangement_month",
        "plan_hours",
        "council_funded",
        "group",
        "groups.members",
        "together",
        "trust",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.plans = Plans(numbers)
        self.savings = Savings(numbers)
        self.eligibility = read_rules(Eligibility, numbers)

    def welcome(self, model: DemandModel, rows: Rows) -> None:
        """Draw the capital, other than the home, that a person has in later life: by deprivation fifth alone."""
        self.savings.give(model, rows)

    def start(self, model: DemandModel) -> None:
        """Open assessment, which the front-door team does, and the direct-payment pool."""
        model.services["assessment"] = Service(model, name="assessment", funder="council", unit="h/month")
        model.services["direct_payments"] = Service(model, name="direct_payments", funder="council", unit="h/week")

    def step(self, model: DemandModel) -> None:
        """Let some give up waiting, assess the others in turn while hours last, and plan."""
        citizens, service = model.citizens, team(model)
        self.plans.open_pool(model)
        queue = self._stay(model, rows_with(citizens.waiting))
        queue = in_turn(model, queue, ~citizens.urgent[queue], citizens.waiting_since[queue])
        together = made_together(model, queue, self.plans.together)
        hours = np.empty(queue.size)
        _hours_for(
            queue,
            citizens.council_funded,
            together,
            model.practice.assessment_hours,
            self.rules.client_hours,
            self.plans.together.hours,
            hours,
        )
        work = float(hours.sum())
        share = work / max(work + service.reviews_due, 1e-9)
        left = service.left * share
        served = service.take(hours, must=citizens.urgent[queue], share=share)
        rows = queue[served]
        self._show(model, left, float(hours[served].sum()), queue.size - rows.size)
        self._see(model, rows)
        self._decide(model, rows, together[served])
        smooth = self.rules.assessed_smooth
        service.assessed = smooth * service.assessed + (1.0 - smooth) * rows.size
        service.waiting = queue.size - rows.size

    def _see(self, model: DemandModel, rows: Rows) -> None:
        """Take those who are seen off the list, and count how long they have waited."""
        citizens, ledger, tallies = model.citizens, model.ledger, np.zeros((2, CELLS))
        waited = model.month - citizens.waiting_since[rows].astype(np.int64)
        _leave_list(rows, waited, citizens.cell, citizens.waiting, citizens.waiting_since, citizens.urgent, tallies)
        ledger.tally("assessment_wait_weeks", tallies[0])
        ledger.tally("assessments", tallies[1])
        for months, number in enumerate(np.bincount(waited)):
            ledger.total(f"assessed_after_{months}", float(number))

    def _show(self, model: DemandModel, hours: float, used: float, waiting: int) -> None:
        """Show on the service what assessments could take of the team's hours and took; crises may take more."""
        service = model.services["assessment"]
        service.used, service.waiting = used, waiting
        service.capacity = max(hours, used)

    def _stay(self, model: DemandModel, waiting: Rows) -> Rows:
        """Let some of those who are not in a crisis give up waiting; the rows of those who stay."""
        citizens, queue = model.citizens, np.empty_like(waiting)
        number = _stay(
            model.luck_seed,
            model.month_word,
            waiting,
            citizens.uid,
            f4(self.rules.give_up),
            citizens.waiting,
            citizens.waiting_since,
            citizens.urgent,
            citizens.asked_in_vain,
            citizens.failed_by,
            queue,
        )
        return queue[:number]

    def _decide(self, model: DemandModel, rows: Rows, together: Mask) -> None:
        """Who is eligible, who pays for themselves, and what is planned."""
        citizens, rules = model.citizens, self.rules
        seen = observe(model, rows, rules.observation_sd, Purpose.ASSESSED_NEED)
        threshold = self.eligibility.threshold(model)
        limit = f4(rules.capital_limit * limits_level(model))
        buys = (citizens.savings[rows] > limit) & ~citizens.council_funded[rows]
        tallies = np.zeros((2, CELLS))
        eligible, refused = np.empty_like(rows), np.empty_like(rows)
        able, unable = _split(
            rows,
            seen,
            np.where(buys, self.eligibility.usual, threshold),
            self.eligibility.statutory,
            model.month,
            citizens.cell,
            citizens.asked_in_vain,
            citizens.failed_by,
            citizens.turned_away_month,
            tallies,
            eligible,
            refused,
        )
        eligible, refused = eligible[:able], refused[:unable]
        model.ledger.tally("statutory_breaches", tallies[0])
        model.ledger.tally("turned_away", tallies[1])
        refuse_by_new_rule(model, rows[refused], seen[refused], threshold, rules.lost_refused)
        rows, together, buys = rows[eligible], together[eligible], buys[eligible]
        need = self._equip(model, rows)
        self.plans.buy_privately(model, rows[buys], need[buys])
        self.plans.make(model, rows[~buys], need[~buys], together[~buys])

    def _equip(self, model: DemandModel, rows: Rows) -> Floats:
        """Give aids to those who have none, and say what need that leaves for paid help or more from kin."""
        citizens, need = model.citizens, np.empty(rows.size)
        new = _equip(
            rows,
            citizens.hands_on,
            citizens.kin_hours,
            citizens.neighbour_hours,
            self.rules.aids_hours,
            citizens.aids,
            need,
        )
        model.ledger.cost("equipment", "council", new * self.rules.equipment_cost)
        return need


@kernel
def _stay(
    seed: np.uint64,
    month: np.uint32,
    rows: Rows,
    uid: NDArray[np.uint64],
    give_up: np.float32,
    waiting: NDArray[np.uint8],
    waiting_since: NDArray[np.int16],
    urgent: Mask,
    asked_in_vain: Mask,
    failed_by: NDArray[np.uint8],
    queue: Rows,
) -> int:
    """Of some people who wait, take some off the list of assessments, and list who stays on it; how many."""
    stay = 0
    for i in rows:
        if waiting[i] != _ASSESSMENT:
            continue
        if not urgent[i] and uniform(seed, uid[i], month, _GIVE_UP) < give_up:
            off_the_list(i, waiting, waiting_since, urgent)
            asked_in_vain[i] = True
            failed_by[i] = _LATE
        else:
            queue[stay] = i
            stay += 1
    return stay


@kernel
def _hours_for(
    queue: Rows, council_funded: Mask, together: Mask, usual: float, for_clients: float, more: float, hours: Floats
) -> None:
    """Hours of each assessment: a share of the usual ones for clients, more where a plan is made together."""
    for k in range(queue.size):
        own = usual * (for_clients if council_funded[queue[k]] else 1.0)
        hours[k] = own + (more if together[k] else 0.0)


@kernel
def _leave_list(
    rows: Rows,
    waited: Rows,
    cell: NDArray[np.uint16],
    waiting: NDArray[np.uint8],
    waiting_since: NDArray[np.int16],
    urgent: Mask,
    tallies: Floats,
) -> None:
    """Take people off the list; weeks waited and people are tallied by reporting cell."""
    for k in range(rows.size):
        i = rows[k]
        tallies[0, cell[i]] += (np.float64(waited[k]) + 0.5) * WEEKS
        tallies[1, cell[i]] += 1.0
        off_the_list(i, waiting, waiting_since, urgent)


@kernel
def _split(
    rows: Rows,
    seen: Floats,
    least: Floats,
    statutory: float,
    month: int,
    cell: NDArray[np.uint16],
    asked_in_vain: Mask,
    failed_by: NDArray[np.uint8],
    turned_away_month: NDArray[np.int16],
    tallies: Floats,
    eligible: Rows,
    refused: Rows,
) -> tuple[int, int]:
    """List, as places in ``rows``, who is eligible and who is not; the latter go away with a wrong answer.

    ``least`` is the limitation from which each of them is, ``seen`` what staff see of it.
    Those of them to whom the law gives a right, and all of them, are tallied by reporting cell.

    Returns:
        How many of each.
    """
    able, unable = 0, 0
    for k in range(rows.size):
        if seen[k] >= least[k]:
            eligible[able] = k
            able += 1
            continue
        refused[unable] = k
        unable += 1
        i = rows[k]
        tallies[0, cell[i]] += 1.0 if seen[k] >= statutory else 0.0
        tallies[1, cell[i]] += 1.0
        asked_in_vain[i] = True
        failed_by[i] = _WRONG
        turned_away_month[i] = month
    return able, unable


@kernel
def _equip(
    rows: Rows,
    hands_on: NDArray[np.float32],
    kin: NDArray[np.float32],
    neighbours: NDArray[np.float32],
    saved_share: float,
    aids: Mask,
    need: Floats,
) -> int:
    """Give aids to those who have none; how many. Fill in the hours a week that this leaves for paid help.

    Hands-on need was measured earlier in the month: what new aids will take off it counts in the plan at once.
    """
    new = 0
    for k in range(rows.size):
        i = rows[k]
        bare = not aids[i]
        saved = (saved_share if bare else 0.0) * np.float64(hands_on[i])
        need[k] = max(needed(hands_on[i], kin[i], neighbours[i]) - saved, 0.0)
        aids[i] = True
        new += int(bare)
    return new
