from __future__ import annotations

import pytest

from demandsim.experiment import kernels
from demandsim.experiment.prepare import make_plan


@pytest.mark.parametrize("cold", [True, False])
def test_whoever_waits_is_told_of_compiling_once_and_only_where_it_is_done(cold: bool, monkeypatch: pytest.MonkeyPatch):
    plan, ran, told = make_plan(["deficit"], scale=0.02), [], []
    monkeypatch.setattr(kernels, "are_cold", lambda: cold)
    monkeypatch.setattr(kernels, "warm_up_for", ran.append)
    for what in (plan, plan.tasks()[0][0]):
        kernels.make_ready(what, told.append)
    assert len(told) == len(ran) == (2 if cold else 0)
    assert all("Compiling" in line for line in told)
    assert all(task.place is plan.place for task in ran)
