"""Compiling kernels once, in the parent, before several workers would each compile the same."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from demandsim.experiment.backwards import from_both_ends
from demandsim.experiment.plan import Plan, Task
from demandsim.experiment.pool import ModelMaker, demand_model
from demandsim.experiment.prepare import least_scale
from demandsim.experiment.versions import model_version

_WARM_SCALE = 0.01
_COMPILING = "Compiling the model for this machine first: a minute or two, once."


def cache_folder() -> Path:
    """Where Numba keeps compiled kernels, as `demandsim.compiled` chose."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        return Path(named)
    package = Path(__file__).parents[1]
    return package / "__pycache__" if os.access(package, os.W_OK) else Path.home() / ".cache" / "numba"


def _marker() -> Path:
    facts = [model_version(), version("numba"), sys.version, platform.machine(), str(cache_folder().resolve())]
    name = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
    return cache_folder() / f"demandsim-warm-{name}"


def are_cold() -> bool:
    """Whether kernels of this version have never been compiled here."""
    return not _marker().exists()


def note_warm() -> None:
    """Remember that kernels have been compiled; where nothing can be written, nothing is remembered."""
    try:
        marker = _marker()
        marker.parent.mkdir(parents=True, exist_ok=True)
        for old in marker.parent.glob("demandsim-warm-*"):
            old.unlink(missing_ok=True)
        marker.touch()
    except OSError:
        return


def warm_up(plan: Plan, make: ModelMaker = demand_model) -> None:
    """Compile every kernel by running a small sample of the plan's place for a month."""
    warm_up_for(_sample_of(plan), make)


def warm_up_for(task: Task, make: ModelMaker = demand_model) -> None:
    """Compile every kernel by running a small sample of a task's place for a month."""
    from demandsim.measures.recorder import Recorder

    scale = min(task.scale, max(_WARM_SCALE, least_scale(task.place)))
    with from_both_ends(task.place.code, scale):
        make(replace(task, scale=scale, years=1), Recorder().record).run_for(1)
    note_warm()


def make_ready(what: Plan | Task, say: Callable[[str], object]) -> None:
    """Compile kernels if they never were here, and say what takes so long.

    Args:
        what: What is to be run.
        say: Tells whoever waits.
    """
    if are_cold():
        say(_COMPILING)
        warm_up_for(_sample_of(what) if isinstance(what, Plan) else what)


def say_on_stderr(text: str) -> None:
    """Tell a person at a terminal or in a log."""
    print(text, file=sys.stderr, flush=True)


def _sample_of(plan: Plan) -> Task:
    return Task("warm-up", plan.scenarios[-1], plan.place, 1, plan.scale, plan.seed)
