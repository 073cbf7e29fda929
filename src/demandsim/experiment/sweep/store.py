"""The folder of a sweep: parts, the design, a manifest, a lock for each shard, the table derived from all parts.

manifest.json      what was asked for, and the hashes of design and table
design.csv         one row for each point and scenario, with the run that it comes to
parts/             one part and sidecar for each finished run
failed/            one record for each run that failed, enough to try it again
locks/             one file for each shard, held while it runs
measures.parquet   rows of all parts, sorted; made again whenever parts are added
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow.csv import ConvertOptions, read_csv

from demandsim.experiment.errors import InputError, StoreError, from_os_error
from demandsim.experiment.locks import held, holder
from demandsim.experiment.plan import RunKey, Task
from demandsim.experiment.store import FORMAT, SCHEMA, PartStore, to_json, write_safely
from demandsim.experiment.sweep.results import DESIGN_COLUMNS, design_csv, runs_of
from demandsim.experiment.versions import code_version, data_version, environment, model_version

if TYPE_CHECKING:
    import pandas as pd

    from demandsim.experiment.sweep.sweep import Sweep

KIND = "sweep"
_MOST_BYTES = 10_000_000
_ROWS_AT_ONCE = 500_000
_READERS, _READ_AHEAD = 4, 16
"""Threads that read parts while the table is put together, and parts that they take at a time."""
_HASH = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Shard:
    """A share of a sweep.

    Attributes:
        number: Which, from 0.
        of: How many there are; 1 is the whole.
    """

    number: int = 0
    of: int = 1

    @property
    def name(self) -> str:
        """As it is given: ``3/20``."""
        return f"{self.number}/{self.of}"

    def share(self, tasks: Sequence[Task]) -> list[Task]:
        """Its own tasks: neighbours, since they share their settled start."""
        ends = [len(tasks) * end // self.of for end in (self.number, self.number + 1)]
        return list(tasks[ends[0] : ends[1]])


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a sweep's folder says of itself.

    Attributes:
        asked: What was asked for.
        model: Version of the model.
        data: Version of its data.
        design_sha256: Hash of ``design.csv``.
        seed: Luck of the first replicate.
        replicates: Runs of each point.
        measures_sha256: Hash of ``measures.parquet``; empty where it is to be made again.
    """

    asked: Mapping[str, Any]
    model: str
    data: str
    design_sha256: str
    seed: int
    replicates: int
    measures_sha256: str

    def written(self) -> bytes:
        """As it stands in the folder; volatile facts apart."""
        content = {
            "format": FORMAT,
            "kind": KIND,
            "sweep": dict(self.asked),
            "model": self.model,
            "data": self.data,
            "design_sha256": self.design_sha256,
            "seed": self.seed,
            "replicates": self.replicates,
            "measures_sha256": self.measures_sha256,
            "about_this_run": {
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "host": platform.node(),
                "code": code_version(),
                "environment": environment(),
            },
        }
        return to_json(content)


def _luck_of(manifest: Manifest) -> str:
    return "luck of their own" if manifest.asked.get("own_luck") else "the same luck"


class SweepStore(PartStore):
    """The folder of a sweep.

    Args:
        folder: Where it is, or is to be.
    """

    @property
    def design_path(self) -> Path:
        """The design."""
        return self.folder / "design.csv"

    @property
    def table_path(self) -> Path:
        """The table of all parts."""
        return self.folder / "measures.parquet"

    def foreseen(self, sweep: Sweep, *, only_asked: bool = False) -> Manifest:
        """What the folder is to say of itself with a sweep: a new one, the same one, or one that it extends.

        Nothing is written.

        Args:
            sweep: The sweep.
            only_asked: Whether it is to be of the replicates asked for alone; parts of others stay where they are.

        Returns:
            Of replicates, as many as asked for, or more if the folder was meant to hold more.

        Raises:
            InputError: If the folder holds something else.
            StoreError: If it is damaged.
        """
        self.refuse_strangers()
        spec = sweep.spec
        new = Manifest(
            asked={**spec.record(), "years": sweep.years},
            model=model_version(),
            data=data_version(),
            design_sha256=hashlib.sha256(design_csv(sweep.design)).hexdigest(),
            seed=spec.seed,
            replicates=spec.replicates,
            measures_sha256="",
        )
        if self.manifest_path.exists():
            old = self.manifest()
            self._refuse_another(old, new, sweep.design)
            if not only_asked:
                new = replace(new, replicates=max(old.replicates, new.replicates))
        return new

    def make_folder(self) -> None:
        """Make the folder and its room for locks, and see that it can be written to.

        Raises:
            ExperimentError: If it cannot, or the disk is full.
        """
        super().make_folder()
        try:
            (self.folder / "locks").mkdir(exist_ok=True)
        except OSError as error:
            raise from_os_error(error, str(self.folder)) from error

    def settle(self, manifest: Manifest, design: pd.DataFrame, but: Path) -> Manifest:
        """Write design and manifest, unless they are there; while others are at work, nothing is changed under them.

        Args:
            manifest: What the folder is to say of itself.
            design: The design.
            but: Our own lock.

        Returns:
            The manifest, with the hash of the table if that is still good.

        Raises:
            StoreError: If others are at work on another extent of the sweep.
            OSError: If it cannot be written.
        """
        if self.manifest_path.exists():
            old = self.manifest()
            if replace(old, measures_sha256="") == manifest and self.design_path.exists():
                return old
            if others := self.at_work(but=but):
                raise StoreError(
                    f"{self.folder}: this command extends a sweep that is running ({others[0][1]}).\n"
                    "  Wait for it, then give the command again."
                )
        write_safely(self.design_path, design_csv(design))
        write_safely(self.manifest_path, manifest.written())
        return manifest

    def _refuse_another(self, old: Manifest, new: Manifest, design: pd.DataFrame) -> None:
        """Refuse a folder whose runs the new design does not hold."""
        for key in ("model", "data"):
            if getattr(old, key) != getattr(new, key):
                raise InputError(
                    f"{self.folder}: was run by another version ({key} {getattr(old, key)}, this is "
                    f"{getattr(new, key)}); nothing was run and nothing was overwritten.\n"
                    "  Results of two versions are never mixed: choose another folder with -o."
                )
        pairs: list[tuple[str, Any, Any]] = [("seed", old.seed, new.seed)]
        pairs += [(key, old.asked.get(key), new.asked[key]) for key in ("years", "scale")]
        pairs.append(("its points have", _luck_of(old), _luck_of(new)))
        other = next((f"{key} {there}" for key, there, asked in pairs if there != asked), "")
        if not other and old.design_sha256 != new.design_sha256:
            there, asked = ({row[1:] for row in runs_of(d, new.seed)} for d in (self.design(old), design))
            gone = there - asked
            other = f"{len(gone):,} runs that this design has not" if gone else ""
        if other:
            raise InputError(
                f"{self.folder}: holds another sweep ({other}); nothing was run and nothing was overwritten.\n"
                "  Choose another folder with -o. More values of a grid, more points of sobol or morris, more rows of "
                "a table and more replicates extend a sweep; other settings make a new one."
            )

    def manifest(self) -> Manifest:
        """What the folder says of itself.

        Raises:
            InputError: If it is missing, or no sweep's.
            StoreError: If it is damaged.
        """
        path = self.manifest_path
        if not path.is_file():
            raise InputError(
                f"{self.folder}: no folder of a sweep.\n"
                f"  `demandsim sweep FILE -o {quote(str(self.folder))}` makes one."
            )
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise ValueError("far too large")
            data = json.loads(path.read_bytes())
            if data.get("kind") != KIND:
                raise InputError(
                    f"{self.folder}: holds results of `demandsim run` or `compare`, no sweep.\n  Choose another folder."
                )
            if data["format"] != FORMAT:
                raise InputError(
                    f"{self.folder}: written in format {data['format']!r}, and this version reads {FORMAT}.\n"
                    "  Use the version that wrote it."
                )
            manifest = Manifest(
                asked=data["sweep"],
                model=str(data["model"]),
                data=str(data["data"]),
                design_sha256=str(data["design_sha256"]),
                seed=int(data["seed"]),
                replicates=int(data["replicates"]),
                measures_sha256=str(data["measures_sha256"]),
            )
            if not isinstance(manifest.asked, dict) or not 1 <= manifest.replicates <= 10_000:
                raise ValueError("no sweep, or an impossible number of replicates")
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}).\n  Look at its permissions.") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise StoreError(
                f"{path}: damaged ({type(error).__name__}: {error}).\n"
                "  Delete it and give the `demandsim sweep` again: finished parts are checked and used."
            ) from error
        return manifest

    def design(self, manifest: Manifest) -> pd.DataFrame:
        """The design in the folder, its hash compared.

        Raises:
            StoreError: If it is damaged.
        """
        mend = "Delete manifest.json and give the `demandsim sweep` again: finished parts are checked and used."
        try:
            content = self.design_path.read_bytes()
            if hashlib.sha256(content).hexdigest() != manifest.design_sha256:
                raise StoreError(f"{self.design_path}: damaged (not as its hash in manifest.json).\n  {mend}")
            # pandas alone does not read every decimal back to the same bits
            kinds = ConvertOptions(column_types={"place": "string", "scenario": "string", "run": "string"})
            frame: pd.DataFrame = read_csv(io.BytesIO(content), convert_options=kinds).to_pandas()
            if list(frame.columns[: len(DESIGN_COLUMNS)]) != list(DESIGN_COLUMNS):
                raise ValueError("other columns")
            if not all(len(run) == 16 and _HASH.issuperset(run) for run in frame["run"]):
                raise ValueError("runs that are none")
        except (OSError, ValueError, TypeError, KeyError, pa.ArrowException) as error:
            raise StoreError(f"{self.design_path}: damaged or missing ({error}).\n  {mend}") from error
        return frame

    # who is at work

    @contextmanager
    def shard_locked(self, shard: Shard, tasks: Sequence[Task]) -> Iterator[Path]:
        """Hold a shard; a second run of it is refused, and so is one that shares the work out otherwise.

        Yields:
            Its lock file.

        Raises:
            StoreError: If another process holds it.
        """
        mine = self.folder / "locks" / f"{shard.number}-of-{shard.of}"
        again = "\n  Wait for it, or choose another folder with -o."
        with held(mine, f"{self.folder}: another process runs shard {shard.name} here (HOLDER).{again}"):
            for path, who in self.at_work(but=mine):
                if not path.name.endswith(f"-of-{shard.of}"):
                    raise StoreError(
                        f"{self.folder}: a sweep shared out otherwise is running here "
                        f"({path.name.replace('-of-', '/')}: {who}).{again}"
                    )
            self.sweep_away(task.name for task in tasks)
            yield mine

    def at_work(self, but: Path | None = None) -> list[tuple[Path, str]]:
        """Shards that are running, each with its holder."""
        found = []
        for path in sorted((self.folder / "locks").glob("*-of-*")):
            who = "" if path == but else holder(path)
            if who:
                found.append((path, who))
        return found

    # failures

    def write_failure(self, task: Task, message: str) -> None:
        """Record a run that failed, with all that it takes to try it again."""
        folder = self.folder / "failed"
        folder.mkdir(exist_ok=True)
        own = task.place.own
        record = {
            "run": task.run,
            "scenario": task.scenario.name,
            "replicate": task.replicate,
            "error": message,
            "resolved": task.scenario.content,
            "place": {"given": task.place.given, "code": task.place.code, "own_figures": task.place.digest},
            "own_figures": {} if own is None else dict(sorted(own.figures.items())),
            "years": task.years,
            "scale": task.scale,
            "model": model_version(),
        }
        write_safely(folder / f"{task.name}.json", to_json(record))

    def failed(self) -> list[Path]:
        """Records of runs that failed."""
        return sorted((self.folder / "failed").glob("*.json"))

    # the table of all parts

    def combine(self, manifest: Manifest, design: pd.DataFrame, but: Path | None = None) -> Manifest:
        """Write the table of all parts that are there, part by part, so that memory stays flat.

        Args:
            manifest: What the folder says of itself.
            design: Its design.
            but: Our own lock.

        Returns:
            The manifest, with the hash of the table.

        Raises:
            StoreError: If somebody is at work here.
            OSError: If it cannot be written.
        """
        if others := self.at_work(but=but):
            raise StoreError(
                f"{self.folder}: still running ({others[0][1]}), so its parts cannot be put together yet.\n"
                "  Wait for it; whoever ends last puts them together."
            )
        names = sorted(set(runs_of(design, manifest.seed)))
        numbers = range(manifest.replicates)
        keys = [RunKey(run, luck + number, scenario) for scenario, run, luck in names for number in numbers]
        temporary = self.folder / f".{self.table_path.name}.{secrets.token_hex(4)}.tmp"
        try:
            with temporary.open("wb") as handle:
                with pq.ParquetWriter(handle, SCHEMA, compression="zstd", write_page_checksum=True) as writer:
                    for table in self._in_order(keys, manifest.asked.get("measures") or []):
                        writer.write_table(table)
                handle.flush()
                os.fsync(handle.fileno())
            with temporary.open("rb") as handle:
                known = hashlib.file_digest(handle, "sha256").hexdigest()
            os.replace(temporary, self.table_path)
        finally:
            temporary.unlink(missing_ok=True)
        self.sync_names()
        done = replace(manifest, measures_sha256=known)
        write_safely(self.manifest_path, done.written())
        return done

    def _in_order(self, keys: Sequence[RunKey], measures: Sequence[str]) -> Iterator[pa.Table]:
        """The rows of all parts that are there, in order and some hundred thousand at a time.

        Args:
            keys: Runs, in order.
            measures: Measures to keep; all if empty.
        """
        wanted = pa.array(list(measures), pa.string())

        def rows_of(key: RunKey) -> pa.Table | None:
            table = self.read_table(key)
            return table if table is None or not measures else table.filter(pc.is_in(table["measure"], wanted))

        held: list[pa.Table] = []
        with ThreadPoolExecutor(_READERS) as readers:
            for begin in range(0, len(keys), _READ_AHEAD):
                held += [t for t in readers.map(rows_of, keys[begin : begin + _READ_AHEAD]) if t is not None]
                if sum(table.num_rows for table in held) >= _ROWS_AT_ONCE:
                    yield pa.concat_tables(held).combine_chunks()
                    held = []
        if held:
            yield pa.concat_tables(held).combine_chunks()

    def forget_table(self) -> None:
        """Say that the table is to be made again, since parts are about to be added."""
        manifest = self.manifest()
        if manifest.measures_sha256:
            write_safely(self.manifest_path, replace(manifest, measures_sha256="").written())

    def keys(self, manifest: Manifest, design: pd.DataFrame) -> list[RunKey]:
        """Every run that the folder is meant to hold, once."""
        first: dict[tuple[str, int], str] = {}
        for scenario, run, luck in runs_of(design, manifest.seed):
            first.setdefault((run, luck), scenario)
        return [
            RunKey(run, luck + number, scenario)
            for number in range(manifest.replicates)
            for (run, luck), scenario in first.items()
        ]
