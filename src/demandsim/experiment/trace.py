"""Tracing: the whole state of a few citizens, month by month, read from a run that does not know it is watched.

Nobody's life is stored in an ordinary run. To tell one, the model is run again under the same luck, with readers
between its processes that write nothing. A person is found by their ``uid`` each month, since a row is used again
for somebody else when its owner has died or moved away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from demandsim.agents.citizens import NOBODY
from demandsim.experiment.accounts import Readings
from demandsim.experiment.pool import demand_model
from demandsim.processes.base import Process

if TYPE_CHECKING:
    from demandsim.experiment.plan import Task
    from demandsim.ledger import Month
    from demandsim.model import DemandModel

State = dict[str, Any]
"""Every column of citizens at one person's row."""

DIED, LEFT = "died", "moved away"


@dataclass(frozen=True)
class Relative:
    """Somebody of a traced person's family in one month.

    Attributes:
        relation: ``partner``, ``mother``, ``father``, ``son`` or ``daughter``.
        state: Their columns.
    """

    relation: str
    state: State


@dataclass(frozen=True)
class TracedMonth:
    """One month of a life.

    Attributes:
        month: Months since April 2024.
        state: The person's columns at the end of the month.
        family: Partner, parents and children in the place.
        costs: Pounds paid for the person's services this month, by (service, payer).
        household: People in their household, themselves included; 0 in a communal home.
    """

    month: int
    state: State
    family: tuple[Relative, ...]
    costs: dict[tuple[str, str], float]
    household: int


@dataclass
class Life:
    """A person's life in one run, as far as the run goes.

    Attributes:
        uid: Who.
        scenario: Name of the scenario.
        start: The person as the run finds them, before its first month; None if they come later.
        months: The months they live in the place.
        end: How it ends within the run: `DIED`, `LEFT`, or empty where it goes on.
        end_month: When, or -1.
    """

    uid: int
    scenario: str
    start: TracedMonth | None = None
    months: list[TracedMonth] = field(default_factory=list)
    end: str = ""
    end_month: int = -1

    @property
    def first(self) -> TracedMonth:
        """The person as first seen."""
        return self.months[0] if self.start is None else self.start


@dataclass
class Trace:
    """What a traced run gives.

    Attributes:
        lives: By ``uid``, of those who ever lived in the place; in the order asked for.
        attributed: Pounds attributed to persons, by (service, payer), whole run, all people simulated.
        shared: Pounds that belong to no one person, the same way; both together are what the ledger booked.
        people_months: Months lived in the place by all people simulated.
    """

    lives: dict[int, Life] = field(default_factory=dict)
    attributed: dict[tuple[str, str], float] = field(default_factory=dict)
    shared: dict[tuple[str, str], float] = field(default_factory=dict)
    people_months: int = 0


class _Reader(Process):
    """A place between two processes from which the model can be read; it writes nothing."""

    name: ClassVar[str] = "reader"

    def __init__(self, read: Callable[[DemandModel], None]) -> None:
        self._read = read

    def step(self, model: DemandModel) -> None:
        self._read(model)


class Tracer:
    """Follows citizens through a run.

    Give ``tracer.record`` to the model as ``on_month`` and call ``tracer.follow(model)`` before its first month.

    Args:
        uids: Whom to follow.
        scenario: Name of the scenario, for the lives.
    """

    def __init__(self, uids: Sequence[int], scenario: str) -> None:
        self._wanted = dict.fromkeys(uids)
        self._scenario = scenario
        self._readings: Readings | None = None
        self.trace = Trace()

    def follow(self, model: DemandModel) -> None:
        """Put readers between the model's processes, and see whom the run begins with.

        Args:
            model: A model before its first month.
        """
        readings = self._readings = Readings(model)
        _read_at(model, "mortality", self._see_who_died, after=True)
        _read_at(model, "front_door", readings.before_the_door)
        _read_at(model, "delivery", readings.before_visits)
        _read_at(model, "delivery", readings.after_visits, after=True)
        for uid in self._wanted:
            row = row_of(model, uid)
            if row != NOBODY:
                self.trace.lives[uid] = Life(uid, self._scenario, start=_read(model, row, -1, {}))

    def record(self, model: DemandModel, closed: Month) -> None:
        """Read one month, after its last process.

        Args:
            model: The model at the end of the month.
            closed: The month's ledger.
        """
        if self._readings is None:
            raise RuntimeError("call follow() before the first month")
        accounts = self._readings.close(model, closed)
        trace = self.trace
        trace.people_months += len(model.citizens)
        for held, sums in ((trace.shared, accounts.shared), (trace.attributed, accounts.sums)):
            for key, pounds in sums.items():
                held[key] = held.get(key, 0.0) + pounds
        for uid in self._wanted:
            life, row = trace.lives.get(uid), row_of(model, uid)
            if row == NOBODY:
                self._end(life, LEFT, model.month)
                continue
            if life is None:
                life = trace.lives[uid] = Life(uid, self._scenario)
            life.months.append(_read(model, row, model.month, accounts.of(row)))

    def _see_who_died(self, model: DemandModel) -> None:
        for uid, life in self.trace.lives.items():
            if row_of(model, uid) == NOBODY:
                self._end(life, DIED, model.month)

    @staticmethod
    def _end(life: Life | None, how: str, month: int) -> None:
        if life is not None and not life.end:
            life.end, life.end_month = how, month


def _read_at(model: DemandModel, name: str, read: Callable[[DemandModel], None], *, after: bool = False) -> None:
    """Let something be read just ahead of one of the model's processes, or just after it."""
    place = next(k for k, process in enumerate(model.processes) if process.name == name)
    model.processes.insert(place + after, _Reader(read))


def row_of(model: DemandModel, uid: int) -> int:
    """The row of a person, or `NOBODY` if they do not live in the place."""
    citizens = model.citizens
    found = np.flatnonzero((citizens.uid == np.uint64(uid)) & citizens.alive)
    return int(found[0]) if found.size else NOBODY


def _read(model: DemandModel, row: int, month: int, costs: dict[tuple[str, str], float]) -> TracedMonth:
    citizens = model.citizens
    household = int(citizens.household[row])
    together = int(np.count_nonzero(citizens.alive & (citizens.household == household))) if household >= 0 else 0
    return TracedMonth(month, _state(model, row), _family(model, row), costs, together)


def _state(model: DemandModel, row: int) -> State:
    return {name: values[row].item() for name, values in model.citizens.state().items()}


def _family(model: DemandModel, row: int) -> tuple[Relative, ...]:
    """Partner, parents and children, in this order; children from the oldest."""
    citizens = model.citizens
    found = [
        Relative(relation, _state(model, int(other)))
        for relation, other in (
            ("partner", citizens.partner[row]),
            ("mother", citizens.mother[row]),
            ("father", citizens.father[row]),
        )
        if other != NOBODY
    ]
    children = np.flatnonzero(citizens.alive & ((citizens.mother == row) | (citizens.father == row)))
    order = children[np.lexsort((citizens.uid[children], -citizens.age_months[children].astype(np.int64)))]
    found += [Relative("daughter" if citizens.female[k] else "son", _state(model, int(k))) for k in order]
    return tuple(found)


def run_traced(task: Task, uids: Sequence[int], tick: Callable[[], None] | None = None) -> Trace:
    """Run a task's model and follow citizens through it.

    Args:
        task: The run.
        uids: Whom to follow.
        tick: Called after every month; it may raise to stop the run.

    Returns:
        Their lives; who never lives in the place has none.
    """
    tracer = Tracer(uids, task.scenario.name)
    model: Any = demand_model(task, tracer.record)
    tracer.follow(model)
    for _ in range(12 * task.years):
        model.step()
        if tick is not None:
            tick()
    return tracer.trace
