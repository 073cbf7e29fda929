"""Compiling from both ends: the other process goes through the month backwards, and never outlives the body."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demandsim.experiment import backwards
from demandsim.experiment.backwards import compile_backwards, from_both_ends
from demandsim.model import MONTH, DemandModel
from demandsim.processes.base import Process

PLACE, SCALE = "E08000024", 0.002


def test_processes_act_from_the_last_to_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    acted: list[str] = []

    class Noted(backwards._Backwards):
        def _settle(self) -> None:
            super()._settle()
            for process in self.processes:
                process.step = self._noted(process)  # type: ignore[method-assign]

        @staticmethod
        def _noted(process: Process) -> Any:
            step = process.step

            def noted(model: DemandModel) -> None:
                step(model)
                acted.append(process.name)

            return noted

    monkeypatch.setattr(backwards, "_Backwards", Noted)
    compile_backwards(PLACE, SCALE)
    order = [kind.name for kind in MONTH]
    first = acted[: acted.index(order[0]) + 1]  # the first month: until the process that begins the month
    assert first == [name for name in reversed(order) if name in first]
    assert len(first) >= len(order) - 2  # hardly any needs those before it


def test_the_helper_ends_with_the_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def noted(*args: Any, **kwargs: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*args, **kwargs))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", noted)
    with from_both_ends(PLACE, SCALE):
        assert started[0].poll() is None
    assert started[0].poll() is not None


def test_one_core_has_no_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a helper was started"))
    with from_both_ends(PLACE, SCALE):
        pass


def test_where_no_python_can_be_started_the_body_compiles_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    reached = False
    with from_both_ends(PLACE, SCALE):
        reached = True
    assert reached
