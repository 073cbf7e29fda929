"""Kept lives: the run-in lives of a place's tables and parameter values, from memory, from disk or run anew."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections import OrderedDict
from dataclasses import astuple
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from demandsim.processes.base import Numbers, read_rules
from demandsim.processes.capability import CapabilityRules
from demandsim.processes.conditions import LivesRules
from demandsim.processes.donors import MOST_DONORS, Bodies, Lives, Movers, live
from demandsim.processes.frailty import FrailtyRules
from demandsim.processes.illness_rates import IllnessRules
from demandsim.processes.lives import LIVES
from demandsim.processes.need import NeedRules
from demandsim.processes.recovery import RecoveryRules

if TYPE_CHECKING:
    from demandsim.place.profile import PlaceProfile

_HELD_FILES = 6
_HELD_TABLES = 3
_SOURCES = (
    "compiled.py",
    "luck.py",
    "processes/lives.py",
    "processes/conditions.py",
    "processes/donors.py",
    "processes/hazards.py",
    "processes/frailty.py",
    "processes/illness_rates.py",
    "processes/recovery.py",
    "processes/need.py",
    "processes/capability.py",
    "processes/few.py",
    "processes/lasting.py",
    "processes/shortlist.py",
)


def lives_key(
    numbers: Numbers, qx: NDArray[np.float64], quintile_ratio: NDArray[np.float64], level: float = 1.0
) -> str:
    """What the lives depend on, as one hash: rules, tables and the source of the arithmetic."""
    kinds = (LivesRules, CapabilityRules, NeedRules, FrailtyRules, IllnessRules, RecoveryRules)
    sha = hashlib.sha256(repr([astuple(read_rules(kind, numbers)) for kind in kinds]).encode())
    sha.update(repr((LIVES, MOST_DONORS, level)).encode())
    for table in (qx, quintile_ratio):
        sha.update(np.ascontiguousarray(table, dtype=np.float64).tobytes())
    sha.update(_source_hash())
    return sha.hexdigest()


@cache
def _source_hash() -> bytes:
    """Hash of the source of every rule that lives obey: a change of arithmetic makes kept lives void."""
    sha = hashlib.sha256()
    for name in _SOURCES:
        sha.update((files("demandsim") / name).read_bytes())
    return sha.digest()


def _cache_folder() -> Path:
    """Where lives are kept between runs: the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "demandsim"


def _arrays(lives: Lives) -> dict[str, NDArray[Any]]:
    """Every array of the lives by name, in a fixed order."""
    named: dict[str, NDArray[Any]] = {}
    for place in ("at_home", "in_home", "moving"):
        for field, values in getattr(lives, place)._asdict().items():
            named[f"{place}_{field}"] = values
        named[f"{place}_key"] = getattr(lives, f"{place}_key")
    named["mean_hazard"] = lives.mean_hazard
    return named


def _digest(arrays: dict[str, NDArray[Any]]) -> NDArray[np.uint8]:
    sha = hashlib.sha256()
    for name, values in arrays.items():
        sha.update(f"{name}:{values.dtype.str}:{values.shape}".encode())
        sha.update(np.ascontiguousarray(values).tobytes())
    return np.frombuffer(sha.digest(), dtype=np.uint8)


def _from_arrays(arrays: dict[str, NDArray[Any]]) -> Lives:
    def part(place: str, fields: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        return {field: arrays[f"{place}_{field}"] for field in fields}

    return Lives(
        at_home=Bodies(**part("at_home", Bodies._fields)),
        at_home_key=arrays["at_home_key"],
        in_home=Bodies(**part("in_home", Bodies._fields)),
        in_home_key=arrays["in_home_key"],
        moving=Movers(**part("moving", Movers._fields)),
        moving_key=arrays["moving_key"],
        mean_hazard=arrays["mean_hazard"],
    )


def load_lives(path: Path) -> Lives | None:
    """Lives kept in a file, or None if there are none or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            arrays: dict[str, NDArray[Any]] = {name: kept[name] for name in kept.files}
        digest = arrays.pop("digest")
        return _from_arrays(arrays) if np.array_equal(digest, _digest(arrays)) else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def save_lives(lives: Lives, path: Path) -> None:
    """Keep lives in a file, whole or not at all; only the newest few files stay. Where it may not write it does not."""
    arrays = _arrays(lives)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as out:
                np.savez(out, allow_pickle=False, digest=_digest(arrays), **arrays)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
        kept = sorted(path.parent.glob("lives-*.npz"), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in kept[_HELD_FILES:]:
            old.unlink(missing_ok=True)
    except OSError:
        return


_held: OrderedDict[str, Lives] = OrderedDict()
_asked_last: list[tuple[PlaceProfile, Numbers, Lives]] = []


def lives_of(profile: PlaceProfile, numbers: Numbers) -> Lives:
    """The run-in lives for a place's tables and parameter values: from memory, from the user's cache, or run anew.

    Args:
        profile: Its first period table, ratios by fifth and level of mortality count.
        numbers: Parameter values.
    """
    for place, values, last in _asked_last:  # one at most: to make the key anew each month would take its time
        if place is profile and values is numbers:
            return last
    qx = np.asarray(profile.qx[0], dtype=np.float64)
    ratio, level = np.asarray(profile.quintile_ratio, dtype=np.float64), float(profile.mortality_factor)
    key = lives_key(numbers, qx, ratio, level)
    lives = _held.get(key)
    if lives is None:
        path = _cache_folder() / f"lives-{key[:32]}.npz"
        lives = load_lives(path)
        if lives is None:
            lives = live(numbers, qx, ratio, level)
            save_lives(lives, path)
        _held[key] = lives
        while len(_held) > _HELD_TABLES:
            _held.popitem(last=False)
    _asked_last[:] = [(profile, numbers, lives)]
    return lives
