"""The results folder: one part on disk for every finished run, a manifest, and the table derived from them.

A part is written to a temporary name, synced and renamed, with a sidecar that holds the SHA-256 of the whole file.
The hash is checked before the part is opened: a flipped byte in a Parquet file can otherwise read as another number.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from demandsim.experiment.errors import InputError, StoreError, from_os_error
from demandsim.experiment.plan import Plan, Task
from demandsim.experiment.versions import data_version, environment, model_version

FORMAT = 1
COLUMNS = ("run", "scenario", "replicate", "year", "measure", "by", "group", "value", "unit")
"""Columns of every table of results, exactly."""

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("scenario", pa.string()),
        ("replicate", pa.int64()),
        ("year", pa.int64()),
        ("measure", pa.string()),
        ("by", pa.string()),
        ("group", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
    ]
)
_ORDER = ["scenario", "run", "replicate", "year", "measure", "by", "group"]


def sort_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of results in the order in which they are stored."""
    return frame.sort_values(_ORDER, kind="stable", ignore_index=True)[list(COLUMNS)]


def _parquet(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    table = pa.Table.from_pandas(frame[list(COLUMNS)], schema=SCHEMA, preserve_index=False)
    pq.write_table(table.replace_schema_metadata(None), sink, compression="zstd", write_page_checksum=True)
    return sink.getvalue()


def write_safely(path: Path, content: bytes) -> None:
    """Write a file so that it is either whole or not there: temporary name, sync, rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False, sort_keys=False) + "\n").encode()


class Store:
    """A results folder.

    Args:
        folder: Where it is, or is to be.

    Attributes:
        set_aside: What was wrong with each damaged part met so far, and where it is now.
        held_draws: Draws of parameters that the folder was already meant to hold when it was prepared.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = folder / "parts"
        self.set_aside: list[str] = []
        self.held_draws = 0

    @property
    def manifest_path(self) -> Path:
        """The manifest: what was run."""
        return self.folder / "manifest.json"

    def prepare(self, plan: Plan) -> int:
        """Make the folder ready for a plan; a folder that holds another result is left as it is.

        Returns:
            Replicates that the folder was already meant to hold, 0 for a new one.

        Raises:
            InputError: If the folder cannot be written, or holds something else.
            StoreError: If its manifest cannot be read.
            ResourceError: If the disk is full.
        """
        held = self._held(plan)
        try:
            self.parts.mkdir(parents=True, exist_ok=True)
            probe = self.parts / f".probe.{os.getpid()}"
            write_safely(probe, b"x")
            probe.unlink()
        except OSError as error:
            raise from_os_error(error, str(self.folder)) from error
        return held

    def _held(self, plan: Plan) -> int:
        try:
            if not self.manifest_path.exists():
                known = {"parts", "lock", "failed"}
                if self.folder.is_dir() and any(p.name not in known for p in self.folder.iterdir()):
                    raise InputError(
                        f"{self.folder}: holds files that are no result of demandsim; nothing was run.\n"
                        "  Choose a new or empty folder with -o."
                    )
                return 0
            held = json.loads(self.manifest_path.read_bytes())
            design, replicates = held["design"], int(held["replicates"])
            self.held_draws = len(held.get("told", {}).get("draws", ()))
        except OSError as error:
            raise from_os_error(error, str(self.folder)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{self.manifest_path}: damaged ({error}).\n"
                "  Move the folder away, or delete the manifest: finished parts are then checked and used again."
            ) from error
        if design != json.loads(json.dumps(plan.design())):
            raise InputError(
                f"{self.folder}: holds another result ({_first_difference(design, plan.design())}); "
                "nothing was run and nothing was overwritten.\n  Choose another folder with -o."
            )
        return replicates

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder: a second run on it is refused.

        Raises:
            StoreError: If another run holds it.
        """
        path = self.folder / "lock"
        with path.open("a+b") as handle:
            if not _lock(handle.fileno()):
                handle.seek(0)
                holder = handle.read().decode(errors="replace").strip()
                raise StoreError(
                    f"{self.folder}: another run is writing here ({holder}).\n  Wait for it, or choose -o."
                )
            handle.truncate(0)
            handle.write(f"process {os.getpid()} on {platform.node()}".encode())
            handle.flush()
            # What a killed process had half written is under a temporary name still.
            for path in self.parts.glob(".*.tmp"):
                path.unlink(missing_ok=True)
            yield

    def part(self, task: Task) -> Path:
        """Where a task's part is."""
        return self.parts / f"{task.name}.parquet"

    def write(self, task: Task, frame: pd.DataFrame, seconds: float) -> None:
        """Write a finished task: the part, then its sidecar.

        Raises:
            OSError: If it cannot be written.
        """
        content = _parquet(sort_rows(frame))
        sidecar = {
            "format": FORMAT,
            "sha256": hashlib.sha256(content).hexdigest(),
            "rows": len(frame),
            "run": task.run,
            "scenario": {"name": task.scenario.name, "digest": task.scenario.digest},
            "place": {"name": task.place.name, "code": task.place.code, "own_figures": task.place.digest},
            "years": task.years,
            "scale": task.scale,
            "replicate": task.replicate,
            "model": model_version(),
            "data": data_version(),
            "about_this_run": {
                "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "seconds": round(seconds, 3),
                "host": platform.node(),
                "environment": environment(),
            },
        }
        write_safely(self.part(task), content)
        write_safely(self.part(task).with_suffix(".json"), _json(sidecar))

    def read(self, task: Task) -> pd.DataFrame | None:
        """Read a finished task's rows.

        Returns:
            The rows; None if it is not there or not whole. A damaged part is set aside as ``.bad``, which
            `set_aside` then tells.
        """
        path = self.part(task)
        if not path.exists():
            return None
        content = path.read_bytes()
        damage = self._damage(task, content)
        if damage:
            self._set_aside(task, damage)
            return None
        frame: pd.DataFrame = pq.read_table(io.BytesIO(content), page_checksum_verification=True).to_pandas()
        # A scenario may have been given under another name; what decided the numbers is the same.
        frame["scenario"] = task.scenario.name
        return frame

    def _damage(self, task: Task, content: bytes) -> str:
        """What is wrong with a part, in words; empty where nothing is."""
        path = self.part(task).with_suffix(".json")
        try:
            sidecar = json.loads(path.read_bytes())
            known, run = sidecar["sha256"], sidecar["run"]
        except FileNotFoundError:
            return f"{path.name}, which holds its hash, is missing"
        except (ValueError, KeyError, TypeError):
            return f"{path.name}, which holds its hash, cannot be read"
        if run != task.run:
            return f"{path.name} is of another run"
        if known != hashlib.sha256(content).hexdigest():
            return f"its content does not match the hash in {path.name}"
        return ""

    def _set_aside(self, task: Task, damage: str) -> None:
        """Move a part and its sidecar out of the way, and note what was wrong."""
        path = self.part(task)
        os.replace(path, path.with_suffix(".bad"))
        sidecar = path.with_suffix(".json")
        if sidecar.exists():
            os.replace(sidecar, path.with_suffix(".json.bad"))
        self.set_aside.append(
            f"{path}: damaged ({damage}); set aside as {path.with_suffix('.bad').name}, "
            f"to be run again ({task.scenario.name} {task.replicate})."
        )

    def write_failure(self, task: Task, message: str) -> None:
        """Record a task that failed."""
        folder = self.folder / "failed"
        folder.mkdir(exist_ok=True)
        record = {"run": task.run, "scenario": task.scenario.name, "replicate": task.replicate, "error": message}
        write_safely(folder / f"{task.name}.json", _json(record))

    def clear_failure(self, task: Task) -> None:
        """Forget that a task failed: it has been run since."""
        (self.folder / "failed" / f"{task.name}.json").unlink(missing_ok=True)

    def finish(self, plan: Plan, frame: pd.DataFrame, *, failed: int, seconds: float) -> None:
        """Write the table of all parts and the manifest."""
        content = _parquet(frame)
        write_safely(self.folder / "measures.parquet", content)
        self.write_manifest(plan, measures=hashlib.sha256(content).hexdigest(), failed=failed, seconds=seconds)

    def write_manifest(self, plan: Plan, *, measures: str = "", failed: int = 0, seconds: float = 0.0) -> None:
        """Write the manifest; volatile facts stand apart, under ``about_this_run``."""
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "design": plan.design(),
            "told": plan.told(),
            "replicates": plan.replicates,
            "measures_sha256": measures,
            "failed": failed,
            "about_this_run": {
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "host": platform.node(),
                "seconds": round(seconds, 3),
                "environment": environment(),
            },
        }
        write_safely(self.manifest_path, _json(manifest))


def _first_difference(held: dict[str, Any], asked: dict[str, Any]) -> str:
    """Say in what a folder's result differs from the one asked for."""
    for key in ("place", "years", "scale", "seed", "cut", "model", "data"):
        if held.get(key) != asked[key]:
            return f"place {held['place'].get('name')}" if key == "place" else f"{key} {held.get(key)}"
    names = [scenario["name"] for scenario in held["scenarios"]]
    if names != [scenario["name"] for scenario in asked["scenarios"]]:
        return f"scenarios {', '.join(names)}"
    return "scenarios of the same names with other values"


def _lock(descriptor: int) -> bool:
    """Take the operating system's lock on an open file; it goes when the process does."""
    try:
        import fcntl
    except ImportError:  # Windows
        return _lock_windows(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _lock_windows(descriptor: int) -> bool:
    """The same on Windows."""
    import msvcrt

    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
    except OSError:
        return False
    return True
