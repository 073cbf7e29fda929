"""Compiling from the end: a second process that compiles the month's kernels backwards while the first goes forwards.

What either has compiled the other finds in the cache, so both meet in the middle. Nothing else comes of it: a model
whose processes act in the wrong order is thrown away, and where this process fails the first compiles all.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from demandsim.measures.recorder import Recorder
from demandsim.model import DemandModel
from demandsim.scenario.library import load_scenario


class _Backwards(DemandModel):
    """A place whose months run from their last process to their first."""

    def _settle(self) -> None:
        """Prepare every process; what would settle is of no interest."""
        for process in self.processes:
            process.start(self)

    def step(self) -> None:
        """Let each process act, the last first; one that cannot without those before it is passed over."""
        for process in reversed(self.processes):
            with contextlib.suppress(Exception):
                process.step(self)


def compile_backwards(place: str, scale: float) -> None:
    """Compile what a month and its recording need, last things first.

    Args:
        place: Code of a place.
        scale: Share of its people; small, since only the compiling counts.
    """
    model = _Backwards(load_scenario("strengths"), place=place, scale=scale)
    with contextlib.suppress(Exception):
        Recorder().record(model, model.ledger.close())
    for model.settling in (True, False):
        model.step()


@contextlib.contextmanager
def from_both_ends(place: str, scale: float) -> Iterator[None]:
    """Have another process compile backwards while the body compiles; it is ended with the body.

    A machine with one core gains nothing by it: there the body compiles all.

    Args:
        place: Code of a place.
        scale: Share of its people.
    """
    if (os.cpu_count() or 1) < 2:
        yield
        return
    command = [sys.executable or "python", "-m", __name__, place, repr(scale)]
    quiet = subprocess.DEVNULL
    try:
        helper = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    except OSError:  # no Python to be started from here: the body compiles all
        yield
        return
    try:
        yield
    finally:
        helper.kill()
        helper.wait()


if __name__ == "__main__":
    compile_backwards(sys.argv[1], float(sys.argv[2]))
