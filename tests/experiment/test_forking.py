from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver, get_context
from pathlib import Path

import pytest

from demandsim.experiment.forking import in_workers, interrupts_held, take_surroundings, worker_context

NEW = "DEMANDSIM_TEST_NEW"


def held_back() -> set[int]:
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def later(number: int) -> tuple[int, int]:
    """The first takes longest."""
    time.sleep(0.3 if number == 0 else 0.0)
    return number, os.getpid()


def for_long(number: int) -> int:
    time.sleep(60 if number else 0)
    return number


def strike(number: int) -> int:
    """Ctrl-C in a terminal reaches workers too."""
    os.kill(os.getpid(), signal.SIGINT)
    return number


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


@pytest.mark.slow
def test_what_workers_find_comes_in_the_order_of_what_was_asked():
    found = list(in_workers(later, range(6), 2))
    assert [number for number, _ in found] == list(range(6))
    assert len({worker for _, worker in found}) == 2
    assert list(in_workers(strike, range(3), 2)) == [0, 1, 2]


@pytest.mark.slow
def test_workers_are_ended_with_what_is_left_where_nobody_waits_any_more():
    """As Ctrl-C does, whether it strikes in here or in the loop around it."""
    begun = time.monotonic()
    found = in_workers(for_long, range(4), 2)
    assert next(found) == 0
    assert multiprocessing.active_children()
    with pytest.raises(KeyboardInterrupt):
        found.throw(KeyboardInterrupt)
    assert time.monotonic() - begun < 55  # what is left would have gone on for 60
    assert not multiprocessing.active_children()


def test_a_ctrl_c_that_another_thread_takes_is_held_all_the_same() -> None:
    """Libraries keep threads of their own, which hold nothing back: the worker being started must be known first."""
    let_go, before = threading.Event(), signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that run in the background hear no Ctrl-C
    threading.Thread(target=let_go.wait, daemon=True).start()
    done: list[str] = []

    def held() -> None:
        with interrupts_held():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)
            done.append("all of it")

    try:
        with pytest.raises(KeyboardInterrupt):
            held()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        let_go.set()
        signal.signal(signal.SIGINT, before)
    assert done


def test_where_ctrl_c_is_ignored_it_stays_ignored() -> None:
    """A job in the background hears none, and neither do its workers."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts_held():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
