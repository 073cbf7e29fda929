"""Towns that people move to: shared by the tests of migration and its parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes import migration
from demandsim.processes.migration import Migration


@pytest.fixture
def no_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrivals without a body: the toy has no run-in lives to take them from."""
    monkeypatch.setattr(migration, "give_body", lambda model, rows, **_: None)


def started(town: Any) -> Migration:
    """Migration with its rates and its flow fixed from the people of a town."""
    process = Migration(Numbers())
    process.start(town)
    return process


def arrived(town: Any) -> Any:
    """Rows of those who came in the flow."""
    citizens = town.citizens
    return np.flatnonzero(citizens.alive & (citizens.uid >> np.uint64(62) == 1))
