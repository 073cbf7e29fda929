"""Sweeps of real scenarios with a toy for a model: quick, and able to go wrong on purpose.

``python -m tests.experiment.sweep.toys FOLDER JOBS`` runs the same sweep as a process of its own, to be killed;
``python -m tests.experiment.sweep.toys FOLDER`` does so for every line it is sent, in a copy of itself whose number it
prints: what takes long, loading, is done once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from demandsim.experiment.errors import ExperimentError
from demandsim.experiment.plan import Task
from demandsim.experiment.sweep.study import Study, study
from tests.experiment.fake import FakeModel, FakeScenario

SLOWLY = "DEMANDSIM_TOY_SECONDS"
TROUBLE = "DEMANDSIM_TOY_TROUBLE"


def make_toy(task: Task, on_month: Any) -> FakeModel:
    """A toy whose results hang on what is varied; a file that the environment names tells it to go wrong."""
    scenario = task.scenario
    time.sleep(float(os.environ.get(SLOWLY, "0")))
    trouble = Path(os.environ.get(TROUBLE, "/nowhere"))
    if trouble.exists():
        _go_wrong(trouble, task)
    effect = scenario.practice.visit_minutes / 60 + scenario.adoption.years / 100
    cut = scenario.budget.cut_percent / 100
    stand_in: Any = FakeScenario(scenario.name, effect=effect, cut=cut)
    toy_task = Task(task.run, stand_in, task.place, task.years, task.scale, task.replicate)
    return FakeModel(toy_task, on_month)


def _go_wrong(trouble: Path, task: Task) -> None:
    what, _, minutes = trouble.read_text().partition(" ")
    if minutes and task.scenario.practice.visit_minutes != float(minutes):
        return
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "fail":
        raise ValueError("on purpose")
    if what == "interrupt":
        raise KeyboardInterrupt


ASKED: dict[str, Any] = {
    "name": "toy",
    "scenarios": ["deficit", "strengths"],
    "vary": {"practice.visits.longest_minutes": [30, 45, 60]},
    "cuts": [0, 30],
    "replicates": 2,
    "years": 1,
    "scale": 0.02,
}


def toy_sweep(**changes: Any) -> Study:
    return study(None, {**ASKED, **changes})


def run(folder: str, jobs: int) -> int:
    try:
        toy_sweep().run(folder, jobs=jobs, make=make_toy)
    except ExperimentError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def run_in_copies(folder: str) -> None:
    toy_sweep()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(run(folder, 1))
        print(child, flush=True)
        os.waitpid(child, 0)


def main() -> None:
    if len(sys.argv) == 2:
        run_in_copies(sys.argv[1])
    else:
        sys.exit(run(sys.argv[1], int(sys.argv[2])))


if __name__ == "__main__":
    # by its full name: what workers are handed is looked up there
    from tests.experiment.sweep import toys

    toys.main()
