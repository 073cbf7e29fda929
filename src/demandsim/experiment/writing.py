"""Making finished runs durable beside the work: the next run is simulated while the disk takes in the last one.

A disk needs milliseconds to say that a file is safe. A worker that waited for it after every run would lose them; so a
thread of its own writes, syncs and renames. Nothing is promised early: a run counts as finished once its part stands
under its own name, and a unit of work is handed back only when all of its runs do.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType

import pyarrow as pa

from demandsim.experiment.plan import Task
from demandsim.experiment.store import PartStore

IN_HAND = 1
"""Finished runs that may wait for the disk: more would cost memory and lose more when the power fails."""


class PartWriter:
    """Writes finished runs in a thread of its own; use with ``with``, at whose end all of them are on disk.

    Args:
        store: Where they go.
        failed: Told of a run whose part could not be written, while the error is being handled.
    """

    def __init__(self, store: PartStore, failed: Callable[[Task, Exception], None]) -> None:
        self._store = store
        self._failed = failed
        self._queue: queue.Queue[tuple[Task, pa.Table, float] | None] = queue.Queue(IN_HAND)
        self._thread = threading.Thread(target=self._write, name="parts", daemon=True)

    def put(self, task: Task, rows: pa.Table, seconds: float) -> None:
        """Hand over a finished run; waits while an earlier one is still being written.

        Args:
            task: What was run.
            rows: Its rows (see `store.rows_of`).
            seconds: How long it took.
        """
        self._queue.put((task, rows, seconds))

    def __enter__(self) -> PartWriter:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._queue.put(None)
        self._thread.join()

    def _write(self) -> None:
        wrote = False
        while (given := self._queue.get()) is not None:
            task, rows, seconds = given
            try:
                self._store.write(task, rows, seconds)
                wrote = True
            except Exception as error:
                self._failed(task, error)
        if wrote:
            self._store.sync_names()
