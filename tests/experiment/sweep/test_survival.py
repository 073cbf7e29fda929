"""What a sweep survives: killed workers, a killed parent, a full disk, a second sweep, a flaky cluster."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from demandsim.experiment.errors import InputError, ResourceError, StoreError
from demandsim.experiment.sweep.folder import results_of, status, verify
from demandsim.experiment.sweep.store import Shard, SweepStore
from tests.experiment.sweep.toys import SLOWLY, make_toy, toy_sweep

MOMENTS = 20
GROUPS = 2
"""Tests over which the moments of killed workers are spread."""
RUNS = 24
CALM = "0.05"


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The hash of an uninterrupted sweep."""
    return toy_sweep().run(tmp_path_factory.mktemp("calm") / "s", make=make_toy).measures_sha256


def start(folder: Path, jobs: int, seconds: str = CALM) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.experiment.sweep.toys", str(folder), str(jobs)]
    return subprocess.Popen(command, env={**os.environ, SLOWLY: seconds})


def parts_in(folder: Path) -> int:
    return len(list(folder.glob("parts/*.parquet")))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no kill -9")
def test_a_parent_killed_at_any_moment_loses_nothing(calm: str, tmp_path: Path):
    """Kills come at any moment from the start on; each time the same command goes on with what was finished."""
    luck, folder = random.Random(7), tmp_path / "s"
    command = [sys.executable, "-m", "tests.experiment.sweep.toys", str(folder)]
    with subprocess.Popen(command, env={**os.environ, SLOWLY: CALM}, stdin=-1, stdout=-1, text=True) as zygote:
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        for moment in range(MOMENTS):
            before = parts_in(folder)
            print("go", file=zygote.stdin, flush=True)
            child = int(zygote.stdout.readline())
            while moment % 2 and before < RUNS and parts_in(folder) == before:  # every other one amid its writing
                time.sleep(0.002)
            time.sleep(luck.random() * (0.1 if moment % 2 else 0.5))
            os.kill(child, signal.SIGKILL)
            assert parts_in(folder) >= before
        zygote.stdin.close()
    assert parts_in(folder) > 0
    outcome = toy_sweep().run(folder, make=make_toy)
    assert outcome.failures == []
    assert outcome.measures_sha256 == calm
    assert list(folder.rglob("*.tmp")) == []
    assert verify(folder).damaged == ()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no kill -9")
def test_the_workers_of_a_killed_parent_go_with_it(calm: str, tmp_path: Path):
    process = start(tmp_path / "s", 2)
    while process.poll() is None and not parts_in(tmp_path / "s"):
        time.sleep(0.01)
    workers = workers_of(process.pid)
    process.kill()
    process.wait()
    until = time.monotonic() + 60
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    assert toy_sweep().run(tmp_path / "s", make=make_toy).measures_sha256 == calm


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="workers are found in /proc")
@pytest.mark.parametrize("group", range(GROUPS))
def test_workers_killed_at_any_moment_lose_nothing(calm: str, tmp_path: Path, group: int):
    """The moments are shared out to tests that run side by side."""
    luck, folder, killed = random.Random(11 + group), tmp_path / "s", 0
    while killed < MOMENTS // GROUPS:
        process = start(folder, 2, seconds="0.2")
        while killed < MOMENTS // GROUPS and process.poll() is None:
            if killed % 2:  # every other one while workers load or settle, not only amid runs
                time.sleep(luck.random() * 2)
            else:
                before = parts_in(folder)
                while process.poll() is None and parts_in(folder) == before:
                    time.sleep(0.01)
                time.sleep(luck.random() * 0.2)
            if workers := workers_of(process.pid):
                os.kill(luck.choice(workers), signal.SIGKILL)
                killed += 1
        assert process.wait() in (0, 3)
        if parts_in(folder) == RUNS and killed < MOMENTS // GROUPS:  # it ended before all had been killed
            for path in sorted(folder.glob("parts/*"))[::2]:
                path.unlink()
    outcome = toy_sweep().run(folder, make=make_toy)
    assert killed == MOMENTS // GROUPS
    assert outcome.failures == []
    assert outcome.measures_sha256 == calm


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="workers are copies of a server's on Linux alone")
def test_the_server_of_workers_killed_amid_a_sweep_loses_nothing(calm: str, tmp_path: Path):
    process = start(tmp_path / "s", 2, seconds="0.2")
    while process.poll() is None and not parts_in(tmp_path / "s"):
        time.sleep(0.01)
    (server,) = children_of(process.pid, b"forkserver")
    os.kill(server, signal.SIGKILL)
    assert process.wait(120) == 0
    assert parts_in(tmp_path / "s") == RUNS
    assert toy_sweep().run(tmp_path / "s", make=make_toy).measures_sha256 == calm


def children_of(parent: int, what: bytes) -> list[int]:
    """Living processes that another has started, by a word of their command."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(after_name[1]) == parent and what in command and after_name[0] != "Z":
            found.append(int(folder.name))
    return found


def workers_of(parent: int) -> list[int]:
    """Processes that a pool has started for work: copies made by the server of their parent."""
    return [worker for server in children_of(parent, b"forkserver") for worker in children_of(server, b"forkserver")]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Any:
    """A file system of 256 kB."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("a file system can be mounted by root alone")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True
    ).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_full_disk_stops_it_cleanly_and_it_goes_on_after(calm: str, tiny_disk: Path, jobs: int):
    full = tiny_disk / "holiday.jpg"
    full.write_bytes(os.urandom(160_000))
    with pytest.raises(ResourceError, match="command again") as caught:
        toy_sweep().run(tiny_disk / "s", jobs=jobs, make=make_toy)
    assert caught.value.exit_code == 5
    assert status(tiny_disk / "s").finished > 0
    assert verify(tiny_disk / "s").damaged == ()
    full.unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", str(tiny_disk)], check=True)
    outcome = toy_sweep().run(tiny_disk / "s", make=make_toy)
    assert outcome.reused > 0
    assert outcome.measures_sha256 == calm


def test_a_second_sweep_of_a_shard_stops_and_names_the_holder(tmp_path: Path):
    toy_sweep(cuts=[0], replicates=1).run(tmp_path / "s", make=make_toy)
    with SweepStore(tmp_path / "s").shard_locked(Shard(), []):
        with pytest.raises(StoreError, match=rf"shard 0/1 .*process {os.getpid()} on ") as caught:
            toy_sweep(cuts=[0], replicates=1).run(tmp_path / "s", make=make_toy)
        assert caught.value.exit_code == 4
        with pytest.raises(StoreError, match="shared out otherwise"):
            toy_sweep(cuts=[0], replicates=1).run(tmp_path / "s", shard="1/2", make=make_toy)
        with pytest.raises(StoreError, match="still running"):
            verify(tmp_path / "s")
        assert status(tmp_path / "s").at_work == (f"0/1: process {os.getpid()} on {os.uname().nodename}",)


def test_parts_are_not_put_together_while_a_shard_is_at_work(calm: str, tmp_path: Path):
    toy_sweep().run(tmp_path / "s", shard="0/2", make=make_toy)
    with SweepStore(tmp_path / "s").shard_locked(Shard(0, 2), []):
        outcome = toy_sweep().run(tmp_path / "s", shard="1/2", make=make_toy)
        assert (outcome.left, outcome.measures_sha256) == (0, "")
        with pytest.raises(StoreError, match="still running"):
            results_of(tmp_path / "s")
        with pytest.raises(StoreError, match="extends a sweep that is running"):
            toy_sweep(replicates=3).run(tmp_path / "s", shard="1/2", make=make_toy)
    assert toy_sweep().run(tmp_path / "s", shard="1/2", make=make_toy).measures_sha256 == calm


@pytest.mark.slow
def test_the_lock_of_a_killed_sweep_holds_nobody_up(tmp_path: Path):
    process = start(tmp_path / "s", 1, seconds="30")
    while process.poll() is None and not (tmp_path / "s" / "manifest.json").exists():
        time.sleep(0.05)
    assert status(tmp_path / "s").at_work[0].startswith(f"0/1: process {process.pid} on ")
    process.kill()
    process.wait()
    assert status(tmp_path / "s").at_work == ()


@pytest.mark.slow
def test_a_cluster_comes_to_the_same_though_a_worker_is_killed(
    calm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv(SLOWLY, CALM)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        victim = next(iter(cluster.workers.values()))

        def strike() -> None:
            while not list((tmp_path / "s").glob("parts/*.parquet")):
                time.sleep(0.01)
            os.kill(victim.pid, signal.SIGKILL)

        striker = threading.Thread(target=strike, daemon=True)
        striker.start()
        outcome = toy_sweep().run(tmp_path / "s", scheduler=cluster.scheduler_address, make=make_toy)
        striker.join()
        assert outcome.failures == []
        assert outcome.measures_sha256 == calm


def test_a_scheduler_that_does_not_answer_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("demandsim.experiment.sweep.cluster.ANSWER_WITHIN", 1.0)
    with pytest.raises(InputError, match="does not answer") as caught:
        toy_sweep().run(tmp_path / "s", scheduler="tcp://127.0.0.1:9", make=make_toy)
    assert caught.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["nonsense", "", "tcp://10.0.0.5", "http://10.0.0.5:8787", "tcp://here:port"])
def test_what_is_no_address_of_a_scheduler_is_said_at_once(tmp_path: Path, address: str):
    """Nothing is called, so nothing waits: the page of the dashboard is what people take for the address."""
    pytest.importorskip("distributed")
    started = time.monotonic()
    with pytest.raises(InputError, match=r"no address of a scheduler(.|\n)*tcp://10\.0\.0\.5:8786") as caught:
        toy_sweep().run(tmp_path / "s", scheduler=address, make=make_toy)
    assert time.monotonic() - started < 5.0
    assert caught.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_finished_sweep_asks_no_scheduler(calm: str, tmp_path: Path):
    toy_sweep().run(tmp_path / "s", make=make_toy)
    again = toy_sweep().run(tmp_path / "s", scheduler="tcp://127.0.0.1:9", make=make_toy)
    assert again.measures_sha256 == calm
