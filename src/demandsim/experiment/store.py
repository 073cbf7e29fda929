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
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from demandsim.experiment.errors import InputError, StoreError, from_os_error
from demandsim.experiment.locks import held
from demandsim.experiment.plan import Plan, RunKey, Task
from demandsim.experiment.versions import code_version, data_version, environment, model_version

if TYPE_CHECKING:
    import pandas as pd

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


def rows_of(task: Task, read: pa.Table) -> pa.Table:
    """What a recorder read off a run as rows of results, in the order in which they are stored.

    Arrow orders text as pandas does, by its letters' numbers, and takes a fraction of the time.

    Args:
        task: What was run.
        read: Its tidy rows, without run, scenario and replicate, which are the same throughout.

    Returns:
        A table of `SCHEMA`.
    """
    order = pc.sort_indices(read, sort_keys=[(name, "ascending") for name in _ORDER[3:]])
    same = {"run": task.run, "scenario": task.scenario.name, "replicate": task.replicate}
    columns = [
        pa.repeat(pa.scalar(same[field.name], field.type), read.num_rows)
        if field.name in same
        else read[field.name].take(order)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def to_table(frame: pd.DataFrame) -> pa.Table:
    """Rows of results as an Arrow table that says nothing but the rows."""
    return pa.Table.from_arrays([pa.array(frame[field.name], field.type) for field in SCHEMA], schema=SCHEMA)


def _parquet(rows: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(rows, sink, compression="zstd", write_page_checksum=True)
    return sink.getvalue()


def write_safely(path: Path, content: bytes) -> None:
    """Write a file so that it is either whole or not there: temporary name, sync, rename."""
    write_together([(path, content)])


def write_together(files: Sequence[tuple[Path, bytes]]) -> None:
    """Write files that belong together: all synced under temporary names, then renamed in their order.

    Args:
        files: Paths and contents; a later one is never there without the earlier ones.
    """
    # random: processes of one number on two machines may share the folder
    held = [(path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp"), path) for path, _ in files]
    try:
        with ExitStack() as open_files:
            handles = [open_files.enter_context(temporary.open("wb")) for temporary, _ in held]
            for handle, (_, content) in zip(handles, files, strict=True):
                handle.write(content)
                handle.flush()
            for handle in handles:  # after all are written: the disk takes in the second with the first
                os.fsync(handle.fileno())
        for temporary, path in held:
            os.replace(temporary, path)
    except BaseException:
        for temporary, _ in held:
            temporary.unlink(missing_ok=True)
        raise


def sync_names(folder: Path) -> None:
    """Make the names in a folder outlast a power cut; where the system cannot, files are whole or missing anyway."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_once(path: Path, content: bytes) -> None:
    """Write a file that nobody has written otherwise: one that holds anything else is left as it is.

    Args:
        path: File to write.
        content: What it is to hold.

    Raises:
        InputError: If it cannot be written or holds something else.
        ResourceError: If the disk is full.
    """
    try:
        if path.exists():
            if path.read_bytes() == content:
                return
            raise InputError(f"{path}: holds something else; nothing was overwritten.\n  Choose another name with -o.")
        write_safely(path, content)
    except OSError as error:
        raise from_os_error(error, str(path)) from error


def to_json(content: object) -> bytes:
    """A sidecar or manifest as it is written."""
    return (json.dumps(content, indent=2, ensure_ascii=False, sort_keys=False) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Part:
    """A finished run as it is to be written.

    Attributes:
        name: Its task's name.
        content: The Parquet file.
        sidecar: The file beside it: hash, provenance, wall time.
    """

    name: str
    content: bytes
    sidecar: bytes


def make_part(task: Task, rows: pa.Table, seconds: float) -> Part:
    """A finished task as the bytes of its part and sidecar.

    Args:
        task: What was run.
        rows: Its rows (see `rows_of`).
        seconds: How long it took.
    """
    content = _parquet(rows)
    sidecar = {
        "format": FORMAT,
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": rows.num_rows,
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
            "code": code_version(),
            "environment": environment(),
        },
    }
    return Part(task.name, content, to_json(sidecar))


class PartStore:
    """Parts in a folder: what results of any kind have in common.

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

    def refuse_strangers(self) -> None:
        """Leave alone a folder that holds other things.

        Raises:
            InputError: If the folder has no manifest and holds what no run of ours writes.
        """
        known = {"parts", "lock", "locks", "failed", "design.csv", ".DS_Store"}
        if not self.folder.is_dir() or self.manifest_path.exists():
            return
        if any(p.name not in known and p.suffix != ".tmp" for p in self.folder.iterdir()):
            raise InputError(
                f"{self.folder}: holds files that are no result of demandsim; nothing was run.\n"
                "  Choose a new or empty folder with -o."
            )

    def make_folder(self) -> None:
        """Make the folder, and see that it can be written to.

        Raises:
            ExperimentError: If it cannot, or the disk is full.
        """
        try:
            self.parts.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.parts) as probe:  # has no name that a killed process could leave
                probe.write(b"x")
                probe.flush()
                os.fsync(probe.fileno())
        except OSError as error:
            raise from_os_error(error, str(self.folder)) from error

    def part(self, task: Task | RunKey) -> Path:
        """Where a run's part is."""
        return self.parts / f"{task.name}.parquet"

    def write(self, task: Task, rows: pa.Table, seconds: float) -> None:
        """Write a finished task and its rows (see `rows_of`).

        Raises:
            OSError: If it cannot be written.
        """
        self.put(make_part(task, rows, seconds))

    def put(self, part: Part) -> None:
        """Write a sidecar and its part, named in this order: no part ever stands there without its hash.

        Raises:
            OSError: If it cannot be written.
        """
        path = self.parts / f"{part.name}.parquet"
        write_together([(path.with_suffix(".json"), part.sidecar), (path, part.content)])

    def sync_names(self) -> None:
        """Make the names of what has been written outlast a power cut."""
        sync_names(self.parts)

    def read(self, task: Task | RunKey) -> pd.DataFrame | None:
        """Read a finished run's rows.

        Returns:
            The rows; None if it is not there or not whole. A damaged part is set aside as ``.bad``, which
            `set_aside` then tells.
        """
        table = self.read_table(task)
        return None if table is None else table.to_pandas()

    def read_table(self, task: Task | RunKey) -> pa.Table | None:
        """The same as an Arrow table."""
        key = task.key if isinstance(task, Task) else task
        content = self.whole(key)
        if content is None:
            return None
        # not `pq.read_table`: it looks for many files and takes five times as long over a small one
        with pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True) as file:
            table = file.read().cast(SCHEMA)
        # A scenario may have been given under another name; what decided the numbers is the same.
        label = pa.repeat(pa.scalar(key.label, pa.string()), table.num_rows)
        return table.set_column(COLUMNS.index("scenario"), SCHEMA.field("scenario"), label)

    def whole(self, task: Task | RunKey) -> bytes | None:
        """A finished run's part as it is on disk, its hash compared; None if it is not there or not whole."""
        key = task.key if isinstance(task, Task) else task
        try:
            content = self.part(key).read_bytes()
        except FileNotFoundError:
            return None
        damage = self._damage(key, content)
        if damage:
            self._set_aside(key, damage)
            return None
        return content

    def _damage(self, key: RunKey, content: bytes) -> str:
        """What is wrong with a part, in words; empty where nothing is."""
        path = self.part(key).with_suffix(".json")
        try:
            sidecar = json.loads(path.read_bytes())
            known, run, replicate = (sidecar[key] for key in ("sha256", "run", "replicate"))
        except FileNotFoundError:
            return f"{path.name}, which holds its hash, is missing"
        except (ValueError, KeyError, TypeError):
            return f"{path.name}, which holds its hash, cannot be read"
        if (run, replicate) != (key.run, key.replicate):
            return f"{path.name} is of another run"
        if known != hashlib.sha256(content).hexdigest():
            return f"its content does not match the hash in {path.name}"
        return ""

    def _set_aside(self, key: RunKey, damage: str) -> None:
        """Move a part and its sidecar out of the way, and note what was wrong."""
        path = self.part(key)
        os.replace(path, path.with_suffix(".bad"))
        sidecar = path.with_suffix(".json")
        if sidecar.exists():
            os.replace(sidecar, path.with_suffix(".json.bad"))
        self.set_aside.append(
            f"{path}: damaged ({damage}); set aside as {path.with_suffix('.bad').name}, "
            f"to be run again ({key.label} {key.replicate})."
        )

    def has(self, task: Task | RunKey) -> bool:
        """Whether a run's part is there; whether it is whole is not looked at."""
        return self.part(task).exists()

    def sweep_away(self, names: Iterable[str] | None = None) -> None:
        """Delete what killed processes had half written, which is under a temporary name still.

        Args:
            names: Tasks that nobody else is running; all if left out.
        """
        mine = None if names is None else set(names)
        for path in self.parts.glob(".*.tmp"):
            if mine is None or path.name[1:].split(".")[0] in mine:
                path.unlink(missing_ok=True)

    def write_failure(self, task: Task, message: str) -> None:
        """Record a task that failed."""
        folder = self.folder / "failed"
        folder.mkdir(exist_ok=True)
        record = {"run": task.run, "scenario": task.scenario.name, "replicate": task.replicate, "error": message}
        write_safely(folder / f"{task.name}.json", to_json(record))

    def clear_failure(self, task: Task) -> None:
        """Forget that a task failed: it has been run since."""
        (self.folder / "failed" / f"{task.name}.json").unlink(missing_ok=True)


class Store(PartStore):
    """The results folder of a plan."""

    def prepare(self, plan: Plan) -> int:
        """Make the folder ready for a plan; a folder that holds another result is left as it is.

        Returns:
            Replicates that the folder was already meant to hold, 0 for a new one.

        Raises:
            InputError: If the folder cannot be written, or holds something else.
            StoreError: If its manifest cannot be read.
            ResourceError: If the disk is full.
        """
        replicates = self._held(plan)
        self.make_folder()
        return replicates

    def _held(self, plan: Plan) -> int:
        try:
            if not self.manifest_path.exists():
                self.refuse_strangers()
                return 0
            manifest = json.loads(self.manifest_path.read_bytes())
            design, replicates = manifest["design"], int(manifest["replicates"])
            self.held_draws = len(manifest.get("told", {}).get("draws", ()))
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
        refusal = f"{self.folder}: another run is writing here (HOLDER).\n  Wait for it, or choose -o."
        with held(self.folder / "lock", refusal):
            self.sweep_away()
            yield

    def finish(self, plan: Plan, frame: pd.DataFrame, *, failed: int, seconds: float) -> None:
        """Write the table of all parts and the manifest."""
        content = _parquet(to_table(frame))
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
        write_safely(self.manifest_path, to_json(manifest))


def _first_difference(held: dict[str, Any], asked: dict[str, Any]) -> str:
    """Say in what a folder's result differs from the one asked for."""
    for key in ("place", "years", "scale", "seed", "cut", "model", "data"):
        if held.get(key) != asked[key]:
            return f"place {held['place'].get('name')}" if key == "place" else f"{key} {held.get(key)}"
    names = [scenario["name"] for scenario in held["scenarios"]]
    if names != [scenario["name"] for scenario in asked["scenarios"]]:
        return f"scenarios {', '.join(names)}"
    return "scenarios of the same names with other values"
