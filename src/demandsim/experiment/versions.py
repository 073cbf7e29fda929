"""What a result depends on: the version of the model's code and of its packaged data."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("mesa", "numpy", "numba", "llvmlite", "pandas", "pyarrow", "pydantic")
"""Packages whose versions are kept with every result."""

_PACKAGE = Path(__file__).parents[1]
_NOT_AN_INPUT = ("scale_bias.csv", "calibration_misses.csv", "sensitivity.csv")
"""Packaged tables that are read off results: no result depends on them."""

_NOT_THE_MODEL = ("report", "experiment", "workshop", "viewer", "api", "cli")


def package_version() -> str:
    """The version of demandsim."""
    try:
        return version("demandsim")
    except PackageNotFoundError:
        return "0+unknown"


def _digest(folder: Path, files: list[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(files, key=lambda p: p.relative_to(folder).as_posix()):
        total.update(path.relative_to(folder).as_posix().encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:12]


@cache
def model_version() -> str:
    """The version of the model: the package's, with a digest of every source file that can change a result."""
    files = [
        path
        for path in _PACKAGE.rglob("*.py")
        if path.relative_to(_PACKAGE).parts[0].removesuffix(".py").split("_")[0] not in _NOT_THE_MODEL
        and "data" not in path.relative_to(_PACKAGE).parts
    ]
    return f"{package_version()}+{_digest(_PACKAGE, files)}"


@cache
def data_version() -> str:
    """A digest of every packaged table that results depend on, the evidence register among them."""
    folder = _PACKAGE / "data"
    files = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc", ".md")]
    return _digest(folder, [path for path in files if path.name not in _NOT_AN_INPUT])


def environment() -> dict[str, str]:
    """Versions of Python and of the packages that compute."""
    return dict(_environment())


@cache
def _environment() -> dict[str, str]:
    """The same, looked up once: asking seven packages takes as long as writing a part."""
    found = {"python": platform.python_version(), "system": platform.platform()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


@cache
def code_version() -> dict[str, object]:
    """The commit that the code is of and whether it was changed since; empty and unknown outside a checkout."""
    checkout = _PACKAGE.parents[1]
    unknown: dict[str, object] = {"commit": "", "changed_since": None}
    if not ((checkout / ".git").exists() and (checkout / "pyproject.toml").exists()):
        return unknown

    def ask(*words: str) -> str:
        command = ["git", "-C", str(checkout), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()

    try:
        changed = bool(ask("status", "--porcelain", "--untracked-files=no", "--", "src"))
        return {"commit": ask("rev-parse", "HEAD"), "changed_since": changed}
    except (OSError, subprocess.SubprocessError):  # no git, or none that reads this checkout
        return unknown
