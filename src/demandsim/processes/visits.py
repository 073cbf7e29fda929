"""A home-care visit: what it is made of, what it holds, and what a week of visits asks of workers.

A visit does one block of tasks and lasts as long as rapport and task ask, up to the longest visit that is bought.
Where the goal is to maintain, the worker leaves when done and those minutes serve others. Where the goal is to
enable, minutes beyond the task are spent working *with* the person, and cost worker time like any others. So time
is conserved: nothing is gained by a label, and a longer visit alone changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel, rule
from demandsim.processes.base import evidence
from demandsim.processes.charging import asked_hours
from demandsim.processes.outcome_contracts import enabling_goal
from demandsim.processes.standing import added_to, rapport_ratio
from demandsim.processes.telecare import visits_left

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel

DAYS = 365.25 / 12
"""Days in a month."""

type Floats = NDArray[np.float64]
type Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class VisitRules:
    """What a home-care visit is made of."""

    task: float = evidence("visit.task")
    travel: float = evidence("visit.travel")
    rapport: float = evidence("visit.rapport")
    barrier: float = evidence("visit.barrier")
    multiple: float = evidence("group.multiple_rapport")
    minority: float = evidence("group.minority_rapport")
    shortest: float = evidence("visit.shortest")
    enabling_share: float = evidence("visit.enabling_share")
    skill_base: float = evidence("wf.skill_base")
    replaced: float = evidence("tech.visits_replaced")


class Visits(NamedTuple):
    """A week's home-care visits to some people, one value a person.

    Attributes:
        number: Visits a week if every one takes place.
        minutes: Mean length, minutes.
        rapport: Minutes of it that go to rapport.
        done: Share of the task that gets done.
        together: Share of the enabling time that is used: minutes of working with, against the most there can be.
        worker_hours: Worker hours a week, travel included.
    """

    number: Floats
    minutes: Floats
    rapport: Floats
    done: Floats
    together: Floats
    worker_hours: Floats


def left_by_hospital(citizens: Citizens, rows: Rows, held_days: float = 0.0) -> Floats:
    """Share of a month's visits that days in hospital leave to each person.

    Delivery comes before the hospital in a month, so what a stay takes off visits is settled the month after; what is
    beyond a month, in the months after that.

    Args:
        citizens: The people.
        rows: Who is visited.
        held_days: First days of a stay that take nothing off.
    """
    begun = np.minimum(citizens.hospital_trace[rows].astype(np.float64), DAYS)
    days = np.maximum(begun - held_days, 0.0) + citizens.earlier_stay[rows]
    left: Floats = 1.0 - np.minimum(days, DAYS) / DAYS
    return left


class Longest(NamedTuple):
    """Longest visit that is bought, minutes.

    Attributes:
        council: By the council for its clients.
        alone: By people who pay for themselves.
    """

    council: float
    alone: float


def longest_visits(model: DemandModel, shortest: float) -> Longest:
    """Longest visits that are bought now: the practice's, the council's less what it has cut, to a floor."""
    minutes = model.practice.visit_minutes
    return Longest(float(max(shortest, minutes - model.council.visit_cut)), float(max(shortest, minutes)))


@rule
def _visit(
    hours: float,
    relationship: float,
    barrier: float,
    goal: float,
    longest: float,
    task: float,
    enabling: float,
    most_rapport: float,
    travel: float,
) -> tuple[float, float, float, float, float, float]:
    """What `Visits` has of one person: rapport comes first, then the task, then what the goal has done together."""
    first = most_rapport * (1.0 - relationship) * barrier
    plain = min(longest, first + task)
    full = min(longest, first + task + enabling)
    done = min(max((plain - first) / task, 0.0), 1.0)
    together = min(max((full - first - task) / enabling, 0.0), 1.0) * goal
    minutes = goal * full + (1.0 - goal) * plain
    number = hours * (60.0 / task)
    return number, minutes, min(first, minutes), done, together, number * (minutes + travel) / 60.0


@kernel
def _visits_into(
    hours: Floats,
    relationship: Floats,
    barrier: Floats,
    goal: float,
    longest: float,
    task: float,
    enabling: float,
    most_rapport: float,
    travel: float,
    held: Floats,
) -> None:
    """Fill the rows of ``held`` with what `Visits` names, in its order."""
    for k in range(hours.size):
        held[0, k], held[1, k], held[2, k], held[3, k], held[4, k], held[5, k] = _visit(
            hours[k], relationship[k], barrier[k], goal, longest, task, enabling, most_rapport, travel
        )


@kernel
def _visits_to(
    rows: Rows,
    hours: Floats,
    relationship: NDArray[np.float32],
    dementia: NDArray[np.int16],
    quintile: NDArray[np.uint8],
    disadvantage: NDArray[np.uint8],
    council_funded: NDArray[np.bool_],
    added: Floats,
    with_dementia: float,
    goal: float,
    longest: float,
    longest_alone: float,
    task: float,
    enabling: float,
    most_rapport: float,
    travel: float,
    held: Floats,
    barrier: Floats,
) -> None:
    """The same for some of the people in the columns, and how much longer rapport takes with each."""
    for k in range(rows.size):
        i = rows[k]
        barrier[k] = rapport_ratio(dementia[i], added[quintile[i], disadvantage[i]], with_dementia)
        known = np.float64(relationship[i])
        most = longest if council_funded[i] else longest_alone
        held[0, k], held[1, k], held[2, k], held[3, k], held[4, k], held[5, k] = _visit(
            hours[k], known, barrier[k], goal, most, task, enabling, most_rapport, travel
        )


def visits(
    rules: VisitRules, hours: Floats, relationship: Floats, barrier: Floats, goal: float, longest: float
) -> Visits:
    """What a week's visits hold.

    Args:
        rules: What a visit is made of.
        hours: Need-hours a week that are bought.
        relationship: With the worker, 0 to 1: who knows the person needs fewer minutes of rapport.
        barrier: How much longer rapport takes: 1, or more with dementia.
        goal: Share of visits in which time beyond the task is spent with the person.
        longest: Longest visit, minutes.

    Returns:
        The visits; shares are means over visits with and without the enabling goal.
    """
    held = np.empty((6, hours.size))
    _visits_into(
        hours,
        relationship,
        barrier,
        goal,
        longest,
        rules.task,
        rules.task * rules.enabling_share,
        rules.rapport,
        rules.travel,
        held,
    )
    return Visits(*held)


def visits_of(rules: VisitRules, model: DemandModel, rows: Rows) -> Visits:
    """The visits that people's plans ask for under this month's practice and trim."""
    hours = asked_hours(model, rows) * visits_left(model, rows, rules.replaced)
    return visits_to(rules, model, rows, hours)[0]


def visits_to(
    rules: VisitRules,
    model: DemandModel,
    rows: Rows,
    hours: Floats,
    goal: float | None = None,
    longest: Longest | None = None,
) -> tuple[Visits, Floats]:
    """The visits that so many need-hours a week ask for.

    Args:
        rules: What a visit is made of.
        model: The model.
        rows: Who is visited.
        hours: Need-hours a week, one value a person.
        goal: Share of visits in which time beyond the task is spent with the person; this month's if left out.
        longest: Longest visits; what is bought now if left out.

    Returns:
        The visits, and how much longer rapport takes with each person.
    """
    citizens = model.citizens
    held, barrier = np.empty((6, rows.size)), np.empty(rows.size)
    most = longest_visits(model, rules.shortest) if longest is None else longest
    _visits_to(
        rows,
        hours,
        citizens.relationship,
        citizens.dementia,
        citizens.quintile,
        citizens.disadvantage,
        citizens.council_funded,
        added_to(model, rules),
        rules.barrier,
        enabling_goal(model) if goal is None else goal,
        most.council,
        most.alone,
        rules.task,
        rules.task * rules.enabling_share,
        rules.rapport,
        rules.travel,
        held,
        barrier,
    )
    return Visits(*held), barrier
