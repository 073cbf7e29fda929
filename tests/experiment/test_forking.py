from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver, get_context
from pathlib import Path

import pytest

from demandsim.experiment.forking import interrupts_held, take_surroundings, worker_context

NEW = "DEMANDSIM_TEST_NEW"


def held_back() -> set[int]:
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def is_loaded(module: str) -> bool:
    return module in sys.modules


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows starts processes in another way")
@pytest.mark.parametrize("spawned", [True, False])
def test_an_interrupt_cannot_strike_workers_that_are_starting(spawned: bool):
    """Ctrl-C goes to the whole group of processes; a worker struck while it imports would print a traceback."""
    before = held_back()
    context = get_context("spawn") if spawned else worker_context()
    with interrupts_held(), ProcessPoolExecutor(1, mp_context=context) as pool:
        held = pool.submit(held_back).result()
        assert signal.SIGINT in held_back()
    assert signal.SIGINT in held
    assert held_back() == before


@pytest.mark.skipif(sys.platform != "linux", reason="workers are copies on Linux alone")
def test_workers_are_copies_of_one_that_has_loaded_what_they_need():
    with ProcessPoolExecutor(1, mp_context=worker_context()) as pool:
        assert pool.submit(is_loaded, "demandsim.model").result()
        assert pool.submit(os.getppid).result() != os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="workers are copies on Linux alone")
def test_where_there_is_no_place_for_a_server_workers_load_for_themselves(monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise OSError("AF_UNIX path too long")

    monkeypatch.setattr(forkserver, "ensure_running", fail)
    assert worker_context().get_start_method() == "spawn"


@pytest.mark.slow
def test_workers_have_the_environment_and_folder_that_their_parent_has_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    worker_context()  # where there is a server, it has what was there before
    monkeypatch.setenv(NEW, "here")
    monkeypatch.chdir(tmp_path)
    told = (dict(os.environ),)
    with ProcessPoolExecutor(1, mp_context=worker_context(), initializer=take_surroundings, initargs=told) as pool:
        assert pool.submit(os.getenv, NEW).result() == "here"
        assert Path(pool.submit(os.getcwd).result()) == tmp_path
