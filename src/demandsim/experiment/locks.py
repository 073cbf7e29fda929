"""One process at a time in a results folder: the operating system's locks, with a word on who holds them.

The lock goes when its process does, however it ends; so no lock file is ever stale, whatever it still says.
"""

from __future__ import annotations

import errno
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demandsim.experiment.errors import StoreError

_TRIES, _PAUSE = 5, 0.1
"""Somebody who only looks whether a lock is held holds it for an instant; so a taken lock is tried again."""


@contextmanager
def held(path: Path, refusal: str) -> Iterator[None]:
    """Hold a lock file.

    Args:
        path: The file; it is made if need be, and stays.
        refusal: What to say when another process holds it; ``HOLDER`` stands for which.

    Raises:
        StoreError: If another process holds it, or the file system has no locks.
        OSError: If the file cannot be written.
    """
    with path.open("a+b") as handle:
        for tried in range(_TRIES):
            if _lock(handle.fileno(), path):
                break
            if tried + 1 == _TRIES:
                raise StoreError(refusal.replace("HOLDER", _told(path)))
            time.sleep(_PAUSE)
        handle.truncate(0)
        handle.write(f"process {os.getpid()} on {platform.node()}".encode())
        handle.flush()
        yield


def holder(path: Path) -> str:
    """Who holds a lock file, empty where nobody does."""
    try:
        with path.open("r+b") as handle:
            return "" if _lock(handle.fileno(), path) else _told(path)
    except FileNotFoundError:
        return ""


def _told(path: Path) -> str:
    try:
        text = path.read_bytes()[:200].decode(errors="replace").strip()
    except OSError:  # Windows lets nobody read what is locked
        text = ""
    return "".join(c for c in text if c.isprintable()) or "another process"


def _lock(descriptor: int, path: Path) -> bool:
    """Take the operating system's lock on an open file."""
    try:
        import fcntl
    except ImportError:  # Windows
        return _lock_windows(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES):
            return False
        raise StoreError(
            f"{path}: this file system has no locks ({error.strerror}), so two runs could not be kept apart.\n"
            "  Choose a folder on another file system with -o."
        ) from error
    return True


def _lock_windows(descriptor: int) -> bool:
    """The same on Windows."""
    import msvcrt

    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
    except OSError:
        return False
    return True
