"""Reviews: plans are looked at early and then yearly, while the team has hours.

Many recover, and without a review nobody would look. A review ends what is no longer called for, and moves the hours
of the rest half-way to what is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import Arrangement, SupportType
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform
from demandsim.processes.base import Numbers, evidence, read_rules
from demandsim.processes.front_door import end_support
from demandsim.processes.open_door import refuse_by_new_rule
from demandsim.processes.plans import paid_need
from demandsim.processes.team import Eligibility, Floats, Mask, Rows, in_turn, observe, team

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_NO_ARRANGEMENT, _NO_SUPPORT = np.uint8(Arrangement.NONE), np.uint8(SupportType.NONE)
_EXTRA_REVIEW = np.uint32(Purpose.EXTRA_REVIEW)


@dataclass(frozen=True, slots=True)
class Rules:
    """When plans are reviewed, and what of it comes."""

    observation_sd: float = evidence("door.assessment_sd")
    hours: float = evidence("plan.review_hours")
    first: float = evidence("plan.review_first")
    second: float = evidence("plan.review_second")
    third: float = evidence("plan.review_third")
    later: float = evidence("plan.review_later")
    step: float = evidence("plan.review_step")
    lost_ended: float = evidence("trust.lost_ended")
    cap: float = evidence("plan.cap")
    least: float = evidence("plan.least_hours")
    private_share: float = evidence("plan.private_share")
    private_most: float = evidence("plan.private_most")


@kernel
def _list_due(
    known: Rows,
    review_due: Mask,
    arrangement: NDArray[np.uint8],
    support_type: NDArray[np.uint8],
    council_funded: Mask,
    by_team: Rows,
    own: Rows,
) -> tuple[int, int]:
    """List whose review is due, by the team and by people who pay for themselves; how many of each."""
    due, alone = 0, 0
    for i in known:
        if review_due[i] and arrangement[i] != _NO_ARRANGEMENT and support_type[i] == _NO_SUPPORT:
            if council_funded[i]:
                by_team[due] = i
                due += 1
            else:
                own[alone] = i
                alone += 1
    return due, alone


@kernel
def _revise(
    rows: Rows,
    seen: Floats,
    need: Floats,
    council_funded: Mask,
    cell: NDArray[np.uint16],
    cap: float,
    private_share: float,
    private_most: float,
    least: float,
    threshold: float,
    usual: float,
    statutory: float,
    rises_refused: float,
    step: float,
    plan_hours: NDArray[np.float32],
    breaches: Floats,
    ended: Rows,
    lost: Rows,
) -> tuple[int, int]:
    """Compare plans with what is called for now.

    Args:
        rows: Whose plans.
        seen: Their limitation as staff see it.
        need: Hours a week that others leave to paid help.
        council_funded: Whom the council pays for.
        cell: Everybody's reporting cell.
        cap: Most hours that the council plans.
        private_share: Share of what is missing that people buy for themselves.
        private_most: Most hours that they buy.
        least: Fewest hours worth planning.
        threshold: Limitation from which people are eligible.
        usual: The same without what the council has added: what people buy for themselves is held against this.
        statutory: Limitation from which the law asks the council to meet need.
        rises_refused: Share of rises that the council refuses.
        step: How far plans are moved towards what is called for.
        plan_hours: Everybody's plans; those that go on are moved.
        breaches: Duties not met, counted by reporting cell; zero on entry.
        ended: Filled with rows of those whose support ends.
        lost: Filled with places in ``rows`` of those whom only the threshold costs their support.

    Returns:
        How many of each.
    """
    over, below = 0, 0
    for k in range(rows.size):
        i = rows[k]
        council = council_funded[i]
        wanted = min(need[k], cap) if council else min(private_share * need[k], private_most)
        enough = wanted >= (1.0 if council else private_share) * least
        if seen[k] < (threshold if council else usual) or not enough:
            ended[over] = i
            over += 1
            if council and enough:
                lost[below] = k
                below += 1
                breaches[cell[i]] += 1.0 if seen[k] >= statutory else 0.0
        else:
            more = wanted - np.float64(plan_hours[i])
            refused = (rises_refused if council else 0.0) * max(more, 0.0)
            breaches[cell[i]] += 1.0 if refused >= least else 0.0
            plan_hours[i] = np.float64(plan_hours[i]) + step * (more - refused)
    return over, below


@kernel
def _mark_due(
    seed: np.uint64,
    month: np.uint32,
    known: Rows,
    uid: NDArray[np.uint64],
    arrangement: NDArray[np.uint8],
    support_type: NDArray[np.uint8],
    council_funded: Mask,
    began: NDArray[np.int16],
    next_month: int,
    first: tuple[int, int],
    later: tuple[int, int],
    extra: np.float32,
    review_due: Mask,
    by_team: Mask,
) -> None:
    """Mark whose review falls due: at two times after the start, then from a third on at even distances, or by lot.

    Who of the people known is the council's client and due for a review, now or since earlier, is filled in last.
    """
    third, distance = later
    for k in range(known.size):
        i = known[k]
        by_team[k] = False
        if arrangement[i] == _NO_ARRANGEMENT or support_type[i] != _NO_SUPPORT:
            continue
        elapsed = next_month - np.int64(began[i])
        due = elapsed in first or (elapsed >= third and (elapsed - third) % distance == 0)
        if extra > f4(0) and council_funded[i]:
            due = due or uniform(seed, uid[i], month, _EXTRA_REVIEW) < extra
        review_due[i] |= due
        by_team[k] = review_due[i] & council_funded[i]


class Reviews:
    """Reviews of arrangements at home."""

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self._eligibility = read_rules(Eligibility, numbers)

    def hold(self, model: DemandModel, known: Rows) -> None:
        """Review arrangements that are due while the team has hours; people who pay for themselves see to it alone."""
        citizens = model.citizens
        by_team, own = np.empty_like(known), np.empty_like(known)
        due, alone = _list_due(
            known,
            citizens.review_due,
            citizens.arrangement,
            citizens.support_type,
            citizens.council_funded,
            by_team,
            own,
        )
        by_team = in_turn(model, by_team[:due], citizens.arrangement_month[by_team[:due]])
        hours = np.empty(due)
        hours[:] = self.rules.hours
        done = by_team[team(model).take(hours)]
        model.ledger.people("reviews", citizens.cell[done])
        rows = np.concatenate([done, own[:alone]])
        citizens.review_due[rows] = False
        self._revise(model, rows)

    def mark_due(self, model: DemandModel, known: Rows) -> None:
        """Enter in the diary what falls due next month, and how many of the team's hours that would take.

        A drive to review packages takes clients by lot; it costs the team's hours before it saves anything.
        """
        citizens, rules = model.citizens, self.rules
        by_team = np.empty(known.size, dtype=np.bool_)
        _mark_due(
            model.luck_seed,
            model.month_word,
            known,
            citizens.uid,
            citizens.arrangement,
            citizens.support_type,
            citizens.council_funded,
            citizens.arrangement_month,
            model.month + 1,
            (int(rules.first), int(rules.second)),
            (int(rules.third), int(rules.later)),
            f4(model.council.extra_reviews / 12),
            citizens.review_due,
            by_team,
        )
        team(model).reviews_due = rules.hours * np.count_nonzero(by_team)

    def _revise(self, model: DemandModel, rows: Rows) -> None:
        """End what is no longer called for; move the hours of the rest half-way to what is."""
        citizens, rules = model.citizens, self.rules
        seen = observe(model, rows, rules.observation_sd, Purpose.REVIEW)
        threshold = self._eligibility.threshold(model)
        breaches = np.zeros(CELLS)
        ended, lost = np.empty_like(rows), np.empty_like(rows)
        over, below = _revise(
            rows,
            seen,
            paid_need(model, rows),
            citizens.council_funded,
            citizens.cell,
            rules.cap,
            rules.private_share,
            rules.private_most,
            rules.least,
            threshold,
            self._eligibility.usual,
            self._eligibility.statutory,
            model.council.rises_refused,
            rules.step,
            citizens.plan_hours,
            breaches,
            ended,
            lost,
        )
        model.ledger.tally("statutory_breaches", breaches)
        refuse_by_new_rule(model, rows[lost[:below]], seen[lost[:below]], threshold, rules.lost_ended)
        end_support(citizens, ended[:over])
