"""Who gains and who loses: the same people under two scenarios and the same luck, counted by what became of them.

Only shared luck allows it: a resident of the start is the same person in both runs and meets the same chances until the
scenario itself changes what happens. The runs are made again, and outcomes of every adult of the start are read from
them month by month; nothing is stored of anybody. A change anywhere also reshuffles who is next in a queue, so many
gain and many lose by turns of chance alone: the difference of the two, over several runs, is what a scenario does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demandsim.agents.cells import AGE_BANDS, QUINTILES, SEXES
from demandsim.experiment.comparison import estimate
from demandsim.experiment.errors import InputError
from demandsim.experiment.forking import in_workers
from demandsim.experiment.plan import Plan, Task
from demandsim.experiment.pool import ModelMaker, demand_model
from demandsim.measures.small_numbers import LEAST
from demandsim.parameters.register import Numbers
from demandsim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from demandsim.ledger import Month
    from demandsim.model import DemandModel

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

COLUMNS = ("scenario", "against", "outcome", "by", "group", "change", "value", "low", "high", "unit")
CHANGES = ("better", "worse", "same", "better less worse")

_ADULT_MONTHS = 18 * 12
_BANDS = ("none", "low", "moderate", "high", "very high")
_YES_NO = ("no", "yes")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome of a person.

    Attributes:
        name: Its name in tables.
        label: Plain words.
        direction: 1 where more is better, -1 where less is.
        key: Evidence row of the smallest change that counts.
    """

    name: str
    label: str
    direction: int
    key: str


OUTCOMES = (
    Outcome("unmet_hours", "Hours of unmet need", -1, "gains.unmet_hours"),
    Outcome("wellbeing", "Wellbeing", 1, "gains.wellbeing"),
    Outcome("strain", "Strain of caring", -1, "gains.strain"),
    Outcome("months", "Months lived here", 1, "gains.months"),
)
"""What people are compared by: means over the months that they lived in the place, and how many those were."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "all": ("all",),
    "quintile": QUINTILES,
    "sex": SEXES,
    "age": AGE_BANDS,
    "carer": _YES_NO,
    "need": _BANDS,
}
"""Groups by which people are counted, as they were when the run began."""


@dataclass(frozen=True)
class Lives:
    """What became of the adults of the start in one run.

    Attributes:
        uid: Who, in ascending order, shape (people,).
        groups: For each of `GROUPS`, which of its groups each person was in at the start.
        outcomes: For each of `OUTCOMES`, its value for each person.
    """

    uid: NDArray[np.uint64]
    groups: Mapping[str, Codes]
    outcomes: Mapping[str, Floats]


class Watch:
    """Reads the outcomes of everybody who is an adult when a run begins.

    Give ``watch.record`` to the model as ``on_month`` and call ``watch.begin(model)`` before its first month.
    """

    def __init__(self) -> None:
        self._uid = np.zeros(0, dtype=np.uint64)
        self._groups: dict[str, Codes] = {}
        self._sums: dict[str, Floats] = {}

    def begin(self, model: DemandModel) -> None:
        """See who is there."""
        c = model.citizens
        rows = np.flatnonzero(c.alive & (c.age_months >= _ADULT_MONTHS))
        rows = rows[np.argsort(c.uid[rows])]
        self._uid = c.uid[rows].copy()
        self._groups = {
            "all": np.zeros(rows.size, dtype=np.int64),
            "quintile": c.quintile[rows].astype(np.int64),
            "sex": c.female[rows].astype(np.int64),
            "age": c.cell[rows].astype(np.int64) // 10,
            "carer": (c.care_given[rows] > 0).astype(np.int64),
            "need": c.band[rows].astype(np.int64),
        }
        self._sums = {outcome.name: np.zeros(rows.size) for outcome in OUTCOMES}

    def record(self, model: DemandModel, closed: Month) -> None:
        """Read one month, after its last process.

        Args:
            model: The model at the end of the month.
            closed: The month's ledger, which is not looked at.
        """
        c = model.citizens
        rows = np.flatnonzero(c.alive)
        place = np.searchsorted(self._uid, c.uid[rows])
        there = place < self._uid.size
        there[there] = self._uid[place[there]] == c.uid[rows][there]
        rows, place = rows[there], place[there]
        sums = self._sums
        sums["months"][place] += 1.0
        sums["unmet_hours"][place] += c.unmet_hours[rows]
        sums["wellbeing"][place] += c.wellbeing[rows]
        sums["strain"][place] += np.where(c.care_given[rows] > 0, c.strain[rows], 0.0)

    def lives(self) -> Lives:
        """What has become of them so far."""
        months = np.maximum(self._sums["months"], 1.0)
        means = {name: total / months for name, total in self._sums.items() if name != "months"}
        return Lives(self._uid, self._groups, {**means, "months": self._sums["months"].copy()})


def watch_lives(task: Task, make: ModelMaker = demand_model) -> Lives:
    """Run a task's model again and read what becomes of the adults of its start."""
    watch = Watch()
    model: Any = make(task, watch.record)
    watch.begin(model)
    model.run_for(12 * task.years)
    return watch.lives()


def changes(first: Lives, other: Lives, outcome: Outcome, least: float) -> NDArray[np.int8]:
    """For each person 1 if they fare better under the other run, -1 if worse, 0 if the same.

    Args:
        first: Lives under the yardstick.
        other: Lives of the same people under the option.
        outcome: What they are compared by.
        least: The smallest change that counts.

    Raises:
        ValueError: If the people are not the same.
    """
    if not np.array_equal(first.uid, other.uid):
        raise ValueError("the two runs did not begin with the same people")
    gain = outcome.direction * (other.outcomes[outcome.name] - first.outcomes[outcome.name])
    edge = least - 1e-9
    return np.where(gain >= edge, 1, np.where(gain <= -edge, -1, 0)).astype(np.int8)


Counts = dict[tuple[str, str, str], Floats]
"""People by outcome, breakdown and group: as simulated, in the order of `CHANGES`."""
Pair = tuple[str, str]
"""Names of an option and its yardstick."""


def counted(first: Lives, other: Lives, numbers: Mapping[str, float]) -> Counts:
    """People by what became of them.

    Args:
        first: Lives under the yardstick.
        other: Lives of the same people under the option.
        numbers: Parameter values by key: the smallest changes that count.
    """
    found: Counts = {}
    for outcome in OUTCOMES:
        change = changes(first, other, outcome, numbers[outcome.key])
        kinds = np.stack([change == 1, change == -1, change == 0]).astype(np.float64)
        for by, names in GROUPS.items():
            totals = np.array([np.bincount(first.groups[by], weights=kind, minlength=len(names)) for kind in kinds])
            for number, name in enumerate(names):
                better, worse, _ = people = totals[:, number]
                found[outcome.name, by, name] = np.append(people, better - worse)
    return found


def _of_replicate(tasks: Sequence[Task], pairs: Sequence[Pair], make: ModelMaker) -> dict[Pair, Counts]:
    """Counts of every pair in one replicate."""
    lives = {task.scenario.name: watch_lives(task, make) for task in tasks}
    numbers = Numbers()
    return {pair: counted(lives[pair[1]], lives[pair[0]], numbers) for pair in pairs}


def who_gains(plan: Plan, *, jobs: int = 1, make: ModelMaker = demand_model) -> pd.DataFrame:
    """Count who gains and who loses under every scenario against the first, in runs made again for it.

    Args:
        plan: What was compared.
        jobs: Worker processes.
        make: Makes the model of a task.

    Returns:
        A row for each option, outcome, group and change: see `COLUMNS`. Values are people of the whole place, with the
        range over replicates. Groups of fewer simulated people than the register allows to be shown have no value.

    Raises:
        InputError: If there is one scenario alone, or scenarios read from a folder, which cannot be run.
    """
    if len(plan.practices) < 2:
        raise InputError("who gains and who loses needs two or more scenarios.\n  Give `compare` another.")
    if make is demand_model and not all(isinstance(scenario, Scenario) for scenario in plan.scenarios):
        raise InputError(
            "results read from a folder hold no scenarios to run again.\n"
            "  Give the `demandsim compare` that made them, with --who-gains: finished runs are used."
        )
    pairs = [(other.name, half[0].name) for half in (plan.practices, plan.cuts) for other in half[1:]]
    tasks = replace(plan, draws=()).tasks()
    jobs = max(1, min(jobs, len(tasks)))
    if jobs == 1:
        runs = [_of_replicate(replicate, pairs, make) for replicate in tasks]
    else:
        runs = list(in_workers(partial(_of_replicate, pairs=pairs, make=make), tasks, jobs))
    return pd.DataFrame(_rows(plan, pairs, runs), columns=list(COLUMNS))


def _rows(plan: Plan, pairs: Sequence[Pair], runs: Sequence[dict[Pair, Counts]]) -> list[dict[str, object]]:
    """Rows of the table, from counts by replicate."""
    fewest = Numbers()[LEAST]
    rows: list[dict[str, object]] = []
    for pair in pairs:
        for key in runs[0][pair]:
            people = np.array([run[pair][key] for run in runs])
            enough = float(people[:, :3].sum()) >= fewest
            for number, change in enumerate(CHANGES):
                found = estimate(people[:, number] / plan.scale)
                known = enough and found.half >= 0
                rows.append(
                    {
                        "scenario": pair[0],
                        "against": pair[1],
                        "outcome": key[0],
                        "by": key[1],
                        "group": key[2],
                        "change": change,
                        "value": found.value if enough else None,
                        "low": found.low if known else None,
                        "high": found.high if known else None,
                        "unit": "people",
                    }
                )
    return rows
