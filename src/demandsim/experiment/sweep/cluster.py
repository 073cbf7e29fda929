"""Runs on a Dask cluster: its workers simulate, this process writes what they hand back.

Workers need no common folder, only the same version of demandsim. A worker that dies loses what it had in hand, which
the scheduler gives to another; a run under which workers die again and again is set aside.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from demandsim.experiment.errors import InputError
from demandsim.experiment.plan import Task
from demandsim.experiment.pool import Failure, ModelMaker, Unit, failure_of, run_rows
from demandsim.experiment.progress import Progress
from demandsim.experiment.store import Part, PartStore, make_part
from demandsim.experiment.versions import model_version

ANSWER_WITHIN = 10.0
"""Seconds that a scheduler has to answer."""

_one_at_a_time = threading.Lock()
"""A worker with several threads takes runs one after the other: the settled places of a process are shared."""


@dataclass(slots=True)
class Handed:
    """What a worker hands back.

    Attributes:
        parts: Finished runs.
        failures: Runs that failed.
    """

    parts: list[Part] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def simulate_there(tasks: Sequence[Task], make: ModelMaker, version: str) -> Handed:
    """Run tasks on a worker of the cluster.

    Args:
        tasks: What to run.
        make: Makes the model of a task.
        version: The model's version where the sweep was started.

    Raises:
        InputError: If the worker has another version.
    """
    if model_version() != version:
        raise InputError(
            f"a worker of the cluster runs model {model_version()}, and this is {version}.\n"
            "  Install the same version of demandsim on all of them, then give the command again."
        )
    handed = Handed()
    with _one_at_a_time:
        for task in tasks:
            started = time.perf_counter()
            try:
                handed.parts.append(make_part(task, run_rows(task, make), time.perf_counter() - started))
            except Exception as error:
                handed.failures.append(failure_of(task, error))
    return handed


def run_on_cluster(
    address: str, units: Sequence[Unit], store: PartStore, make: ModelMaker, progress: Progress
) -> list[Failure]:
    """Run units on the workers of a scheduler and write what comes back.

    Args:
        address: Address of the scheduler, such as ``tcp://10.0.0.5:8786``.
        units: What to run.
        store: Where parts go.
        make: Makes the model of a task.
        progress: Told of the months of every run that has come back.

    Returns:
        Runs that failed.

    Raises:
        InputError: If Dask is not installed, the scheduler does not answer or goes away, or a worker has another
            version.
        OSError: If a part cannot be written.
    """
    client = _connect(address)
    try:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            progress.say(f"{address} has no workers yet: waiting for the first.")
        return _run(client, address, units, store, make, progress)
    finally:
        client.close()


def see_that_it_answers(address: str) -> None:
    """Call a scheduler and ring off.

    Raises:
        InputError: If Dask is not installed or the scheduler does not answer.
    """
    _connect(address).close()


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise InputError('--executor dask needs Dask.\n  Install it with: pip install "demandsim[cluster]"') from None
    _check_address(address)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=ANSWER_WITHIN, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"--scheduler {address}: does not answer within {ANSWER_WITHIN:.0f} s.\n"
            "  Start one with `dask scheduler`, workers with `dask worker ADDRESS --nthreads 1`, and give the address "
            "that the scheduler prints, such as tcp://10.0.0.5:8786."
        ) from error


def _check_address(address: str) -> None:
    """Refuse what can be no address, before anything waits for an answer.

    Raises:
        InputError: Saying what is wrong with it.
    """
    from distributed.comm.addressing import parse_address, parse_host_port
    from distributed.comm.registry import get_backend

    try:
        protocol, where = parse_address(address)
        get_backend(protocol)
        if protocol in ("tcp", "tls"):
            parse_host_port(where)
    except ValueError as error:
        raise InputError(
            f'--scheduler "{address}": is no address of a scheduler ({error}).\n'
            "  Give protocol, machine and port as `dask scheduler` prints them, such as tcp://10.0.0.5:8786; a page "
            "of the dashboard (http://…) is none."
        ) from None


def _run(
    client: Any, address: str, units: Sequence[Unit], store: PartStore, make: ModelMaker, progress: Progress
) -> list[Failure]:
    """Keep every worker busy until all units have come back."""
    from distributed import CancelledError, KilledWorker, as_completed

    failures: list[Failure] = []
    waiting: dict[Any, tuple[Task, ...]] = {}
    queue: list[tuple[Task, ...]] = [unit.tasks for unit in reversed(units)]
    version = model_version()

    def submit_some() -> Iterator[Any]:
        while queue and len(waiting) < 2 * max(1, sum(client.nthreads().values())):
            tasks = queue.pop()
            future = client.submit(simulate_there, tasks, make, version, pure=False)
            waiting[future] = tasks
            yield future

    done = as_completed(list(submit_some()), loop=client.loop)
    for future in done:
        tasks = waiting.pop(future)
        try:
            handed: Handed = future.result()
        except KilledWorker:
            if len(tasks) > 1:  # one of them does it: each alone
                queue += [(task,) for task in tasks]
            else:
                failures.append(Failure(tasks[0], "workers of the cluster died under it"))
        except (CancelledError, OSError, TimeoutError) as error:
            raise InputError(
                f"--scheduler {address}: went away ({type(error).__name__}). Finished runs are kept.\n"
                "  Start it again, then give the same command."
            ) from error
        else:
            for part in handed.parts:
                store.put(part)
            failures += handed.failures
            progress.update(sum(12 * task.years for task in tasks))
            if any(failure.no_room for failure in handed.failures):
                break
        future.release()
        for fresh in submit_some():
            done.add(fresh)
    return failures
