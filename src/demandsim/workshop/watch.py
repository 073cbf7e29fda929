"""One run watched for every page: the rows of its charts, its neighbourhoods and its flows, from the same months.

A watched run is the run that `demandsim compare` makes, step by step: readers write nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demandsim.workshop.areas import AreaRecorder, AreaYears
from demandsim.workshop.flows import FlowRecorder, Months
from demandsim.workshop.series import is_shown

if TYPE_CHECKING:
    from demandsim.experiment.plan import Task
    from demandsim.ledger import Month
    from demandsim.measures.breakdowns import Row
    from demandsim.model import DemandModel
    from demandsim.workshop.pool import Say


@dataclass(frozen=True)
class Watched:
    """What one run gives the pages beside the main one.

    Attributes:
        areas: Its neighbourhoods.
        flows: The numbers of the inside, by month.
    """

    areas: AreaYears
    flows: Mapping[str, Months]


def run_years(say: Say, task: Task) -> None:
    """A job: run a task and say the rows that the room sees, year after year; in the end a `Watched`.

    Args:
        say: Takes each year's rows, then what else was seen; after every month it is given None.
        task: What to run.
    """
    from demandsim.experiment.pool import demand_model
    from demandsim.measures.recorder import Recorder

    recorder, flows, areas = Recorder(), FlowRecorder(), AreaRecorder(task.years)
    said = 0

    def on_month(model: DemandModel, closed: Month) -> None:
        nonlocal said
        recorder.record(model, closed)
        flows.record(model, closed)
        areas.record(model, closed)
        say(None)
        rows: Sequence[Row] = recorder.rows
        if len(rows) > said:
            say([row for row in rows[said:] if is_shown(row[1], row[2])])
            said = len(rows)

    demand_model(task, on_month).run_for(12 * task.years)
    say(Watched(areas.years(), flows.months()))


def settle(say: Say, task: Task) -> None:
    """A job: let the place of a task settle in this worker, so that the first of its runs need not."""
    from demandsim.experiment.pool import demand_model

    demand_model(task, lambda _model, _closed: None)
    say(None)
