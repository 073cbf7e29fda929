"""A shared room found again after its terminal was closed: its token, and what the facilitator shows.

Phones hold an address with the room's token. A workshop that is started again on the same port within half a day opens
the same room, so that every phone goes on by itself. The file can be read by its owner alone.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from demandsim.workshop.kept import cache_folder

LASTS = 12 * 3600.0
"""Seconds for which a room is found again."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,40}")


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a room.

    Attributes:
        token: Opens it to phones.
        query: Choices that the facilitator showed.
        everyone_drives: Whether phones might move the levers.
    """

    token: str
    query: str
    everyone_drives: bool


def _file(port: int) -> Path:
    return cache_folder() / f"room-{port}.json"


def leave(port: int, left: Left) -> None:
    """Write down what a room on a port is; where nothing can be written, nothing is."""
    path = _file(port)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")  # for the owner's eyes alone
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump({**asdict(left), "at": time.time()}, out)
        os.replace(name, path)
    except OSError:
        return


def find_left(port: int) -> Left | None:
    """The room that was last open on a port; None where there was none lately, or its file is damaged."""
    try:
        held = json.loads(_file(port).read_text(encoding="utf-8"))
        if not 0 <= time.time() - float(held["at"]) < LASTS:
            return None
        left = Left(str(held["token"]), str(held["query"]), held["everyone_drives"] is True)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return left if _TOKEN.fullmatch(left.token) else None
