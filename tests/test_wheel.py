"""What is installed from a built wheel has all that it needs, without the folder in which it was built."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "demandsim"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what a wheel installs; skipped where none can be built."""
    folder = tmp_path_factory.mktemp("wheel")
    if uv := os.environ.get("UV"):  # set by `uv run`
        build = [uv, "build", "-q", "--wheel", "-o", str(folder), str(ROOT)]
    else:
        build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.skip(f"no wheel can be built here: {done.stderr.strip()[-200:]}")
    (wheel,) = folder.glob("demandsim-*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "installed")
    return folder / "installed"


@pytest.mark.slow
def test_every_file_of_the_package_is_in_it(unpacked: Path) -> None:
    wanted = {path.relative_to(SOURCE) for path in SOURCE.rglob("*") if path.is_file()}
    wanted = {path for path in wanted if "__pycache__" not in path.parts}
    held = {path.relative_to(unpacked / "demandsim") for path in (unpacked / "demandsim").rglob("*") if path.is_file()}
    assert wanted - held == set()
    assert {path.name for path in (ROOT / "scenarios").glob("*.yaml")} <= {path.name for path in held}


@pytest.mark.slow
def test_it_lists_checks_and_finds_places_by_itself(unpacked: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}

    def said(*arguments: str) -> str:
        command = [sys.executable, "-c", "from demandsim.cli import main; main()", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = [sys.executable, "-c", "import demandsim; print(demandsim.__file__)"]
    found = subprocess.run(where, capture_output=True, text=True, cwd=tmp_path, env=environment, check=True).stdout
    assert Path(found.strip()).is_relative_to(unpacked)
    assert "wigan_deal" in said("scenarios")
    assert "strengths" in said("explain", "strengths")
    assert "Sunderland" in said("places", "sunderland")
