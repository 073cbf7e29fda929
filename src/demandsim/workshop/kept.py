"""Runs that were done, kept: in memory for the session, and in a file of the user's cache for the next.

A run is named by everything that decides its numbers, the versions of model and data among it, so that what is found
under a name is what would be run again. The file is of one version of what the pages read off a run; it may be deleted
at any time, and where it cannot be written nothing is kept beyond the session.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from demandsim.workshop.areas import Area, AreaYears
from demandsim.workshop.watch import Watched

if TYPE_CHECKING:
    from demandsim.measures.breakdowns import Row

IN_MEMORY, IN_FILE = 1500, 3000
"""Runs kept; the oldest go first. One takes about 25 kilobytes."""

_SOURCES = ("areas.py", "flows.py", "kept.py", "series.py", "watch.py")
_FILES = 2


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that is done, packed.

    Attributes:
        rows: The rows that the room sees, by year.
        watched: What the pages beside the main one show.
    """

    rows: bytes
    watched: bytes

    def years(self) -> list[list[Row]]:
        """The rows by year."""
        return [[_row(held) for held in year] for year in _unpacked(self.rows)]

    def seen(self) -> Watched:
        """What the pages beside the main one show."""
        held = _unpacked(self.watched)
        areas = AreaYears(
            tuple(Area(*area) for area in held["areas"]),
            np.array(held["people"], dtype=np.float64),
            {name: np.array(values, dtype=np.float64) for name, values in held["tops"].items()},
            held["end"],
        )
        return Watched(areas, {name: np.array(values, dtype=np.float64) for name, values in held["flows"].items()})


def kept_run(years: Sequence[Sequence[Row]], watched: Watched) -> Kept:
    """Pack a run that is done; numbers come back to the last bit.

    Args:
        years: Its rows by year.
        watched: What else was seen.
    """
    areas = watched.areas
    seen = {
        "areas": [astuple(area) for area in areas.areas],
        "people": areas.people.tolist(),
        "tops": {name: values.tolist() for name, values in areas.tops.items()},
        "end": areas.end,
        "flows": {name: values.tolist() for name, values in watched.flows.items()},
    }
    return Kept(_packed(years), _packed(seen))


def _row(held: list[Any]) -> Row:
    year, measure, by, group, value, unit = held
    return year, measure, by, group, value, unit


def _packed(content: object) -> bytes:
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 6)


def _unpacked(content: bytes) -> Any:
    return json.loads(zlib.decompress(content))


@cache
def _version() -> str:
    """Changes with what is read off a run, and how it is packed."""
    sha = hashlib.sha256()
    for name in _SOURCES:
        sha.update((files("demandsim.workshop") / name).read_bytes())
    return sha.hexdigest()[:12]


def cache_folder() -> Path:
    """What the workshop keeps between sessions lies here: the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "demandsim"


def usual_file() -> Path:
    """Where runs are kept between sessions."""
    return cache_folder() / f"workshop-{_version()}.sqlite"


class KeptRuns:
    """Runs by name.

    Args:
        path: File to keep them in for the next session; None for memory alone.
        in_memory: How many stay in memory.
        in_file: How many stay in the file.
    """

    def __init__(self, path: Path | None = None, *, in_memory: int = IN_MEMORY, in_file: int = IN_FILE) -> None:
        self._memory: OrderedDict[str, Kept] = OrderedDict()
        self._most, self._most_in_file = in_memory, in_file
        self._file = None if path is None else _opened(path)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __contains__(self, name: str) -> bool:
        if name in self._memory:
            return True
        if self._file is None:
            return False
        try:
            return self._file.execute("SELECT 1 FROM runs WHERE name = ?", (name,)).fetchone() is not None
        except sqlite3.Error:
            return False

    def get(self, name: str) -> Kept | None:
        """A run by its name, or None."""
        held = self._memory.get(name)
        if held is None:
            held = self._from_file(name)
            if held is not None:
                self._remember(name, held)
            return held
        self._memory.move_to_end(name)
        return held

    def put(self, name: str, run: Kept) -> None:
        """Keep a run."""
        self._remember(name, run)
        if self._file is None:
            return
        try:
            with self._file as file:
                file.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", (name, run.rows, run.watched))
                file.execute("DELETE FROM runs WHERE rowid <= (SELECT max(rowid) FROM runs) - ?", (self._most_in_file,))
        except sqlite3.Error:  # a full disk, or another workshop: what is in memory will do
            return

    def _remember(self, name: str, run: Kept) -> None:
        self._memory[name] = run
        while len(self._memory) > self._most:
            self._memory.popitem(last=False)

    def _from_file(self, name: str) -> Kept | None:
        if self._file is None:
            return None
        try:
            found = self._file.execute("SELECT rows, watched FROM runs WHERE name = ?", (name,)).fetchone()
            if found is None:
                return None
            run = Kept(*found)
            run.years()
            run.seen()
        except (sqlite3.Error, zlib.error, ValueError, TypeError, KeyError):  # damaged: it is run again
            return None
        return run


def _opened(path: Path) -> sqlite3.Connection | None:
    """The file, made where there is none and made anew where it is damaged; None where it cannot be."""
    for _ in range(2):
        file = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = sqlite3.connect(path, timeout=0.2, check_same_thread=False)
            for rule in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL"):
                file.execute(rule)
            file.execute("CREATE TABLE IF NOT EXISTS runs (name TEXT PRIMARY KEY, rows BLOB, watched BLOB)")
            file.commit()
            _forget_older(path)
        except (sqlite3.Error, OSError):
            if file is not None:
                file.close()
            _forget(path)
        else:
            return file
    return None


def _forget(path: Path) -> None:
    """Delete a file and what belongs to it, if that may be."""
    for part in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + part).unlink(missing_ok=True)


def _forget_older(path: Path) -> None:
    """Delete the files of versions before the last."""
    kept = sorted(path.parent.glob("workshop-*.sqlite"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in kept[_FILES:]:
        if old != path:
            _forget(old)
