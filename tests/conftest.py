"""Before several workers would each compile the month's kernels, one process compiles them for all."""

from __future__ import annotations

import subprocess
import sys

import pytest

_COMPILE = """
from demandsim.experiment import kernels
from demandsim.workshop.choices import DEFAULT_PLACE, Choices
from demandsim.workshop.runs import sample_plan

if kernels.are_cold():
    kernels.warm_up(sample_plan(Choices(place=DEFAULT_PLACE), 1))
"""


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile what the tests share, in the controller of parallel workers and in nobody else."""
    config = session.config
    if config.getoption("numprocesses", None) and not config.getoption("collectonly"):
        subprocess.run([sys.executable, "-c", _COMPILE], check=False)
