"""The team at the front door and what its work shares: hours, turns, what staff see and know, who is eligible.

Contacts, assessments and reviews are three processes that draw on one team; what they have in common stands here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Waiting
from demandsim.agents.services import Service
from demandsim.compiled import kernel, rule
from demandsim.luck import Purpose, uniform, uniform4
from demandsim.processes.base import evidence
from demandsim.processes.help_seeking import help_gap

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel

type Rows = NDArray[np.int64]
type Mask = NDArray[np.bool_]
type Floats = NDArray[np.float64]


_BELL = math.sqrt(3.0)
"""Makes the sum of four uniform draws, less 2, a bell-shaped number of variance 1."""

_QUEUE = np.uint32(Purpose.QUEUE)
_ASSESSMENT = np.uint8(Waiting.ASSESSMENT)


class Team(Service):
    """The front-door team: contacts take of its hours first; assessments and reviews share the rest.

    Work begun is finished: the last piece of a month may run into the next month's hours, which are then already
    spent. So no hour is lost to rounding in a small sample, and hours used never exceed hours paid for.

    Attributes:
        owed: Hours of this month that last month's work had taken already.
        taken: Hours of work begun this month.
        assessed: Assessments a month, smoothed.
        reviews_due: Hours that the reviews due this month would take.
        cases: Answers at the door and plans made this month.
        faults: Those of them that did not fit.
        learnt: How much of what went wrong the team has learnt from, 0 to 1.
        mended: Share of faults of a kind that no longer happen because of it.
    """

    def __init__(self, model: DemandModel) -> None:
        super().__init__(model, name="front_door", funder="council", unit="h/month")
        self.owed = 0.0
        self.taken = 0.0
        self.assessed = 0.0
        self.reviews_due = 0.0
        self.cases = self.faults = 0.0
        self.learnt = self.mended = 0.0

    def open(self, hours: float) -> None:
        """Begin a month with so many hours, less what the last one left to finish."""
        self.owed = max(0.0, self.owed + self.taken - self.capacity)
        self.capacity, self.taken = hours, 0.0
        self.used = min(self.owed, hours)
        self.cases = self.faults = 0.0

    @property
    def left(self) -> float:
        """Hours not yet spoken for; below zero where work runs into next month."""
        return self.capacity - self.owed - self.taken

    def take(self, hours: Floats, must: Mask | None = None, share: float = 1.0) -> Mask:
        """Serve pieces of work in the order given while hours are left.

        Args:
            hours: Hours of each piece, in order of service.
            must: Pieces that are done at all events, shape as hours; none if left out.
            share: Share of the hours left that this kind of work may take.

        Returns:
            Which pieces are served.
        """
        before = hours.cumsum() - hours
        served = before < self.left * share
        if must is not None:
            served |= must
        self.taken += float(hours[served].sum())
        self.used = min(self.capacity, self.owed + self.taken)
        return served


def team(model: DemandModel) -> Team:
    """The place's front-door team."""
    return cast(Team, model.services["front_door"])


class Slots:
    """A yearly number of places, given out month by month; at most one spare place is kept for next month."""

    def __init__(self) -> None:
        self.left = 0.0

    def open(self, places: float, spare: float = 0.0) -> None:
        """Add a month's places to what is left over: at most one, or the ``spare`` months' of them a sample keeps."""
        self.left = min(self.left, max(1.0, spare * places)) + places

    def take(self, wanted: int) -> int:
        """Take as many whole places as are wanted and left."""
        # The hair's breadth keeps a whole place whole when its parts were added up.
        given = min(wanted, max(0, int(self.left + 1e-9)))
        self.left -= given
        return given


def old_enough(age_months: NDArray[np.integer[Any]], years: float) -> Mask:
    """Whether long-term support by the front door is open at an age; younger people have a road of their own."""
    enough: Mask = age_months >= 12 * years
    return enough


@kernel
def _gaps(
    rows: NDArray[np.int64],
    hands_on: NDArray[np.float32],
    kin: NDArray[np.float32],
    neighbours: NDArray[np.float32],
    paid: NDArray[np.float32],
    reablement: NDArray[np.float32],
    gap: NDArray[np.float64],
) -> None:
    for k in range(rows.size):
        i = rows[k]
        gap[k] = np.float64(help_gap(hands_on[i], kin[i], neighbours[i], paid[i], reablement[i]))


def gap_of(citizens: Citizens, rows: Rows) -> Floats:
    """Hands-on hours a week that nobody gives these people now."""
    gap = np.empty(rows.size)
    _gaps(
        rows,
        citizens.hands_on,
        citizens.kin_hours,
        citizens.neighbour_hours,
        citizens.paid_hours,
        citizens.reablement_hours,
        gap,
    )
    return gap


@kernel
def _observe(
    seed: np.uint64,
    month: np.uint32,
    purpose: np.uint32,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    limitation: NDArray[np.float32],
    sd: float,
    seen: NDArray[np.float64],
) -> None:
    for k in range(rows.size):
        i = rows[k]
        a, b, c, d = uniform4(seed, uid[i], month, purpose)
        normal = (np.float64(a) + np.float64(b) + np.float64(c) + np.float64(d) - 2.0) * _BELL
        seen[k] = np.float64(limitation[i]) + sd * normal


def observe(model: DemandModel, rows: Rows, sd: float, purpose: Purpose) -> Floats:
    """Limitation as staff see it: the truth and a keyed error, bell-shaped."""
    citizens, seen = model.citizens, np.empty(rows.size)
    _observe(model.luck_seed, model.month_word, np.uint32(purpose), citizens.uid, rows, citizens.limitation, sd, seen)
    return seen


@rule
def put_in_queue(
    i: np.int64,
    pressing: np.bool_,
    month: int,
    waiting: NDArray[np.uint8],
    waiting_since: NDArray[np.int16],
    urgent: NDArray[np.bool_],
) -> None:
    """Let one person wait for an assessment, at once if it presses."""
    waiting[i] = _ASSESSMENT
    waiting_since[i] = month
    urgent[i] = pressing


def in_turn(model: DemandModel, rows: Rows, *before: NDArray[np.generic]) -> Rows:
    """Rows in order of service: by the keys given (lowest first, first key first), then a keyed draw, then uid."""
    return rows[turns(model, rows, *before)]


@kernel
def _draw_turns(
    seed: np.uint64,
    month: np.uint32,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    own: NDArray[np.uint64],
    lot: NDArray[np.float32],
) -> None:
    for k in range(rows.size):
        own[k] = uid[rows[k]]
        lot[k] = uniform(seed, own[k], month, _QUEUE)


def turns(model: DemandModel, rows: Rows, *before: NDArray[np.generic]) -> NDArray[np.intp]:
    """The order of service as positions in ``rows``: what `in_turn` sorts by."""
    if rows.size < 2:
        return np.zeros(rows.size, dtype=np.intp)
    own, lot = np.empty(rows.size, dtype=np.uint64), np.empty(rows.size, dtype=np.float32)
    _draw_turns(model.luck_seed, model.month_word, model.citizens.uid, rows, own, lot)
    order: NDArray[np.intp] = np.lexsort((own, lot, *reversed(before)))
    return order


def heard_in(hours: float, half_hours: float) -> float:
    """Share of what matters of a person that staff hear in a conversation, half of it in ``half_hours``.

    All is known at once where these are 0.
    """
    return hours / (hours + half_hours) if hours + half_hours > 0 else 1.0


def knowledge(hours: float, half_hours: float, kept: Floats, handoffs: float, mended: float = 0.0) -> Floats:
    """How much of a person's situation an answer rests on: time to listen, less what is lost at hand-offs.

    A team that learns from what went wrong lets fewer of these faults happen again.

    Args:
        hours: Staff hours of the conversation.
        half_hours: Hours at which half of what matters is known, as `heard_in` takes them.
        kept: Share kept at one hand-off, one value a person.
        handoffs: Hand-offs on the way.
        mended: Share of faults that no longer happen.
    """
    known: Floats = heard_in(hours, half_hours) * kept**handoffs
    return known + mended * (1.0 - known)


@dataclass(frozen=True, slots=True)
class Eligibility:
    """From what limitation, and what age, a person is eligible for long-term support by the front door."""

    youngest: float = evidence("door.youngest_client")
    moderate: float = evidence("need.threshold_moderate")
    above_adl: float = evidence("door.threshold_above_adl")
    lawful_rise: float = evidence("council.threshold_lawful")

    def threshold(self, model: DemandModel) -> float:
        """The threshold in bands, with what the council has added to it."""
        return self.usual + model.council.threshold_shift

    def from_months(self, model: DemandModel) -> float:
        """Age in months below which nobody is assessed: younger people have a road of their own.

        Nobody ages in the run-in: who is just old enough at month 0 was not yet so then.
        """
        return 12 * self.youngest - min(model.month, 0)

    @property
    def usual(self) -> float:
        """The threshold without what the council has added: from here on people buy care with money of their own."""
        return self.moderate + self.above_adl

    @property
    def statutory(self) -> float:
        """Limitation from which the law asks the council to meet need whatever its money."""
        return self.usual + self.lawful_rise
