"""What can be done with the folder of a sweep without its file: look, check, try again, take the results out."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from demandsim.experiment.errors import InputError, StoreError
from demandsim.experiment.plan import Place, Task, run_hash
from demandsim.experiment.pool import ModelMaker, demand_model
from demandsim.experiment.progress import Shown
from demandsim.experiment.store import SCHEMA, write_safely
from demandsim.experiment.sweep.results import with_settings
from demandsim.experiment.sweep.run import WHOLE, Outcome, explained, hash_of, run_tasks
from demandsim.experiment.sweep.store import Manifest, SweepStore
from demandsim.experiment.versions import data_version, model_version
from demandsim.scenario.errors import did_you_mean, shown

if TYPE_CHECKING:
    import pandas as pd

_AGAIN = "Give the `demandsim sweep` that made it again: only what is missing is run."


@dataclass(frozen=True)
class Status:
    """How far a sweep is.

    Attributes:
        folder: Where it is.
        points: Points of its design.
        runs: Runs that it is meant to hold.
        finished: How many are on disk.
        failed: How many failed.
        at_work: Shards that are running, as ``0/1: process 12 on host``.
        combined: Whether the table of all parts is up to date.
        errors: The last line of each kind of error, with how often it was met.
    """

    folder: Path
    points: int
    runs: int
    finished: int
    failed: int
    at_work: tuple[str, ...]
    combined: bool
    errors: dict[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Runs that are neither finished nor failed."""
        return self.runs - self.finished - self.failed

    def record(self) -> dict[str, object]:
        """As ``--json`` gives it."""
        return {
            "folder": str(self.folder),
            "points": self.points,
            "runs": self.runs,
            "finished": self.finished,
            "failed": self.failed,
            "missing": self.missing,
            "at_work": list(self.at_work),
            "combined": self.combined,
            "errors": self.errors,
        }

    def __str__(self) -> str:
        lines = [
            f"{self.points:,} points, {self.runs:,} runs: {self.finished:,} finished, {self.failed:,} failed, "
            f"{self.missing:,} missing."
        ]
        lines += [f"  {count:,} × {error}" for error, count in self.errors.items()]
        lines += [f"Running: shard {who}" for who in self.at_work]
        if self.failed:
            lines.append(f"To try the failed again: demandsim retry {quote(str(self.folder))} --failed")
        if self.missing and not self.at_work:
            lines.append(_AGAIN)
        if self.combined:
            lines.append(f"All rows: {self.folder / 'measures.parquet'}")
        return "\n".join(lines) + "\n"


def status(folder: Path) -> Status:
    """How far a sweep is; nothing is opened but its manifest, design and records of failure.

    Raises:
        ExperimentError: If the folder is none of a sweep, or damaged.
    """
    store = SweepStore(folder)
    manifest = store.manifest()
    design = store.design(manifest)
    keys = store.keys(manifest, design)
    names = {key.name for key in keys}
    finished = {path.stem for path in store.parts.glob("*.parquet")} & names
    failed = [path for path in store.failed() if path.stem in names - finished]
    errors: dict[str, int] = {}
    for path in failed:
        last = str(_record(path).get("error", "")).strip().splitlines() or ["unknown"]
        errors[last[-1][:200]] = errors.get(last[-1][:200], 0) + 1
    return Status(
        folder=folder,
        points=int(design["point"].nunique()),
        runs=len(keys),
        finished=len(finished),
        failed=len(failed),
        at_work=tuple(f"{path.name.replace('-of-', '/')}: {who}" for path, who in store.at_work()),
        combined=bool(manifest.measures_sha256) and store.table_path.exists(),
        errors=errors,
    )


@dataclass(frozen=True)
class Checked:
    """What a check of every file found.

    Attributes:
        whole: Parts that are whole.
        missing: Runs without one.
        damaged: What is wrong with each damaged file, in words.
    """

    whole: int
    missing: int
    damaged: tuple[str, ...]


def verify(folder: Path) -> Checked:
    """Compare every part and the table with their hashes; damaged parts are set aside, to be run again.

    Raises:
        StoreError: If somebody is at work in the folder, or manifest or design are damaged.
        InputError: If it is no sweep's.
    """
    store = SweepStore(folder)
    manifest = store.manifest()
    if others := store.at_work():
        raise StoreError(f"{folder}: still running ({others[0][1]}).\n  Wait for it, then check.")
    keys = store.keys(manifest, store.design(manifest))
    with explained(folder):
        whole = sum(store.whole(key) is not None for key in keys)
        damaged = list(store.set_aside)
        if manifest.measures_sha256 and hash_of(store.table_path) != manifest.measures_sha256:
            damaged.append(f"{store.table_path}: damaged or missing; it is made again from the parts.")
        if damaged:
            store.forget_table()
    return Checked(whole, len(keys) - whole, tuple(damaged))


def retry(
    folder: Path,
    *,
    jobs: int = 1,
    make: ModelMaker = demand_model,
    show: Callable[[int], Shown] | None = None,
) -> Outcome:
    """Run again what failed, from the records in the folder alone.

    Args:
        folder: Folder of a sweep.
        jobs: Worker processes.
        make: Makes the model of a task.
        show: Makes what shows progress.

    Raises:
        ExperimentError: As for `run_sweep`; or if nothing failed, or this version of the model is another.
    """
    store = SweepStore(folder)
    manifest = store.manifest()
    tasks = [task_of(path) for path in store.failed()]
    if not tasks:
        raise InputError(f"{folder}: no run has failed.\n  {_AGAIN}")
    return run_tasks(store, tasks, manifest, store.design(manifest), jobs=jobs, shard=WHOLE, make=make, show=show)


def task_of(path: Path) -> Task:
    """The run that a record of failure tells of.

    Raises:
        StoreError: If the record is damaged.
        InputError: If it was written by another version of the model.
    """
    from demandsim.place.names import PlaceError, find_place
    from demandsim.place.own import OwnFigures
    from demandsim.scenario.scenario import Scenario

    record = _record(path)
    try:
        scenario = Scenario.from_content(str(record["scenario"]), record["resolved"])
        name = find_place(str(record["place"]["code"]))
        figures = {str(key): float(value) for key, value in record["own_figures"].items()}
        place = Place(name.name, name.name, name.code, own=OwnFigures(name, figures) if figures else None)
        years, scale, replicate = int(record["years"]), float(record["scale"]), int(record["replicate"])
        run = run_hash(scenario, place, years=years, scale=scale, model=model_version(), data=data_version())
        if run != record["run"]:
            if record["model"] != model_version():
                raise InputError(
                    f"{path}: failed under model {record['model']}, and this is {model_version()}.\n"
                    "  Give the `demandsim sweep` again with a new -o: results of two versions are never mixed."
                )
            raise ValueError("it tells of another run")
    except (KeyError, TypeError, ValueError, AttributeError, PlaceError) as error:
        raise StoreError(f"{path}: damaged ({error}).\n  Delete it. {_AGAIN}") from error
    return Task(run, scenario, place, years, scale, replicate)


def _record(path: Path) -> dict[str, Any]:
    """A record of failure as plain data; empty where it cannot be read."""
    try:
        data = json.loads(path.read_bytes()[:5_000_000])
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def results_of(folder: Path, *, measures: Sequence[str] | None = None, by: Sequence[str] | None = None) -> pd.DataFrame:
    """The rows of a sweep with the settings of their point beside them.

    Args:
        folder: Its folder.
        measures: Measures to read; all if left out.
        by: Breakdowns to read, such as ``["all"]``; all if left out.

    Returns:
        The frame that `demandsim.experiment.sweep.results` describes.

    Raises:
        InputError: If the folder is no sweep's, its runs are not finished, or its table holds no such measure.
        StoreError: If it is damaged or its runs are still going.
    """
    store = SweepStore(folder)
    manifest = store.manifest()
    _refuse_unknown(measures or (), manifest, folder)
    design = store.design(manifest)
    if not manifest.measures_sha256 or not store.table_path.exists():
        now = status(folder)
        if now.missing:
            raise InputError(f"{folder}: {now.missing:,} of {now.runs:,} runs are missing.\n  {_AGAIN}")
        with explained(folder):
            manifest = store.combine(manifest, design)
    content = store.table_path.read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest.measures_sha256:
        raise StoreError(f"{store.table_path}: damaged (not as its hash in manifest.json).\n  {_AGAIN}")
    wanted = [(name, "in", list(values)) for name, values in (("measure", measures), ("by", by)) if values is not None]
    try:
        table = pq.read_table(io.BytesIO(content), page_checksum_verification=True, filters=wanted or None)
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"{store.table_path}: damaged ({error}).\n  {_AGAIN}") from error
    if not table.schema.equals(SCHEMA):
        raise StoreError(f"{store.table_path}: damaged (other columns).\n  {_AGAIN}")
    return with_settings(design, table.to_pandas())


def _refuse_unknown(measures: Sequence[str], manifest: Manifest, folder: Path) -> None:
    """Refuse measures that are none, or that the sweep's table was told not to hold."""
    from demandsim.measures.register import MEASURES

    kept = manifest.asked.get("measures") or list(MEASURES)
    for name in measures:
        if name not in MEASURES:
            near = did_you_mean(name, MEASURES)
            raise InputError(f'unknown measure "{shown(name)}"{near}\n  `demandsim measures` lists all.')
        if name not in kept:
            raise InputError(
                f"{folder}: its table holds no {name} (its file says measures: {', '.join(kept)}).\n"
                "  Add it there and give the `demandsim sweep` again: nothing is run anew."
            )


def export(folder: Path, target: Path, *, measures: Sequence[str] | None = None) -> int:
    """Write the results of a sweep with their settings as one file, CSV or Parquet by its ending.

    Args:
        folder: Folder of the sweep.
        target: File to write.
        measures: Measures to write; all if left out.

    Returns:
        How many rows were written.

    Raises:
        ExperimentError: If the sweep cannot be read or the file cannot be written.
    """
    if target.suffix.lower() not in (".csv", ".parquet"):
        raise InputError(f"{target}: neither .csv nor .parquet.\n  The ending of the file says how it is written.")
    frame = results_of(folder, measures=measures)
    sink = io.BytesIO()
    if target.suffix.lower() == ".csv":
        frame.to_csv(sink, index=False, lineterminator="\n")
    else:
        frame.to_parquet(sink, index=False)
    with explained(target):
        write_safely(target, sink.getvalue())
    return len(frame)
