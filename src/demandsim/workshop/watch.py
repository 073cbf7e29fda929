"""One run watched for every page: measures, neighbourhoods and flows are read from the same months.

A watched run is the run that `demandsim compare` makes, step by step: readers write nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from demandsim.experiment.plan import Task
from demandsim.experiment.pool import demand_model
from demandsim.experiment.store import sort_rows
from demandsim.measures.recorder import Recorder
from demandsim.workshop.areas import AreaRecorder, AreaYears
from demandsim.workshop.flows import FlowRecorder, Months

if TYPE_CHECKING:
    from demandsim.ledger import Month


@dataclass(frozen=True)
class Watched:
    """What one run gives the pages.

    Attributes:
        rows: Tidy rows of its measures, as `run_task` gives them.
        areas: Its neighbourhoods.
        flows: The numbers of the inside, by month.
    """

    rows: pd.DataFrame
    areas: AreaYears
    flows: Mapping[str, Months]


def watched_run(task: Task, tick: Callable[[], None] | None = None) -> Watched:
    """Run a task and read everything the pages show.

    Args:
        task: What to run.
        tick: Called after every month; it may raise to stop the run.
    """
    recorder, flows = Recorder(), FlowRecorder()
    watchers: list[Callable[[Any, Month], None]] = [recorder.record, flows.record]

    def on_month(model: Any, closed: Month) -> None:
        for watch in watchers:
            watch(model, closed)
        if tick is not None:
            tick()

    model: Any = demand_model(task, on_month)
    areas = AreaRecorder(model, task.years)
    watchers.append(areas.record)
    model.run_for(12 * task.years)
    frame = recorder.table().assign(run=task.run, scenario=task.scenario.name, replicate=task.replicate)
    return Watched(sort_rows(frame), areas.years(), flows.months())
