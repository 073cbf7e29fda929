"""How tests are shared out among workers, and what is done once for all of them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# The same examples at every run: a change is judged by what it changes. `--hypothesis-profile=default` looks further.
settings.register_profile("same", derandomize=True, database=None)
settings.load_profile("same")

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


_TOGETHER = {"tests/browser/": "pages", "tests/test_viewer.py": "pages", "tests/test_statistics.py": "statistics"}
"""Folders and files whose tests share what is dear to make: a workshop and a browser, a place at full size."""


class Together(LoadScopeScheduling):
    """Any worker takes the next test, but those that share something dear go to one worker, one after the other.

    The largest such group comes first. The viewer's page is in it, since it takes minutes: left for the end, as its
    name would have it, one worker would do it while the others have nothing left to do.

    Groups of tests (``xdist_group``) would say the same, but pytest 9.2 does not let workers rename tests by them.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((group for name, group in _TOGETHER.items() if nodeid.startswith(name)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Share tests out by `Together`."""
    return Together(config, log)
