"""What a worker does for a story: jobs as `demandsim.workshop.pool` wants them.

Each says its finding last; between months it says nothing, which is where a job that nobody wants is stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from demandsim.experiment.stories import scan
from demandsim.experiment.trace import run_traced

if TYPE_CHECKING:
    from demandsim.experiment.plan import Task
    from demandsim.workshop.pool import Say


def count_lives(say: Say, task: Task) -> None:
    """Run a task and say everybody's months: a `Scan`."""
    say(scan(task, lambda: say(None)))


def trace_life(say: Say, task: Task, uid: int) -> None:
    """Run a task and say one person's life: a `Trace`."""
    say(run_traced(task, [uid], lambda: say(None)))
