"""What a worker does for the pages beside the main one: jobs as `demandsim.workshop.pool` wants them.

Each says its finding last; between months it says nothing, which is where a job that nobody wants is stopped.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from demandsim.experiment.stories import scan
from demandsim.experiment.trace import run_traced
from demandsim.workshop.pool import Say
from demandsim.workshop.watch import watched_run

if TYPE_CHECKING:
    from demandsim.experiment.plan import Task


@contextmanager
def _one_model() -> Iterator[None]:
    """A model and its agents point at each other: collected here, dead models do not pile up in a warm worker."""
    try:
        yield
    finally:
        gc.collect()


def watch(say: Say, task: Task) -> None:
    """Run a task and say what every page shows of it: a `Watched`."""
    with _one_model():
        say(watched_run(task, lambda: say(None)))


def count_lives(say: Say, task: Task) -> None:
    """Run a task and say everybody's months: a `Scan`."""
    with _one_model():
        say(scan(task, lambda: say(None)))


def trace_life(say: Say, task: Task, uid: int) -> None:
    """Run a task and say one person's life: a `Trace`."""
    with _one_model():
        say(run_traced(task, [uid], lambda: say(None)))
