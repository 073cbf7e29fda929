"""How long a report takes: `python benchmarks/report.py [FOLDER] [--runs N] [--replicates R] [--years Y] [--scale S]`.

Writes the brief of two scenarios × 20 replicates × 20 years again and again, each time in a process of its own as a
user would; prints wall and CPU seconds with their medians, and the size of the file. Without a folder it makes one in
a small sample: a report's rows do not depend on the scale. Ends with 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS, MEGABYTES = 15.0, 1.5
"""Bars: seconds that the median run may take, and the largest file."""
_COMMAND = [sys.executable, "-c", "from demandsim.cli import main; main()"]


def make(folder: Path, options: argparse.Namespace) -> None:
    """Run the comparison that is reported on."""
    settings = ["--place", "sunderland", "--scale", str(options.scale), "--years", str(options.years)]
    settings += ["--replicates", str(options.replicates), "--no-brief", "-o", str(folder)]
    subprocess.run([*_COMMAND, "compare", "deficit", "strengths", *settings], check=True, stdout=subprocess.DEVNULL)


def once(folder: Path, target: Path) -> tuple[float, float]:
    """Wall and CPU seconds of one report."""
    target.unlink(missing_ok=True)
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*_COMMAND, "report", str(folder), "-o", str(target)], check=True, stdout=subprocess.DEVNULL)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - begin
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", nargs="?", type=Path, help="a results folder; made if left out")
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--replicates", type=int, default=20)
    arguments.add_argument("--years", type=int, default=20)
    arguments.add_argument("--scale", type=float, default=0.02)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as room:
        folder = options.folder
        if folder is None:
            folder = Path(room) / "results"
            make(folder, options)
        target = Path(room) / "brief.html"
        found = [once(folder, target) for _ in range(options.runs)]
        size = target.stat().st_size / 1e6
    for wall, cpu in found:
        print(f"{wall:6.1f} s, {cpu:5.1f} s of CPU time")
    wall, cpu = (statistics.median(column) for column in zip(*found, strict=True))
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(f"median {wall:.1f} s (bar: {SECONDS:g} s), {cpu:.1f} s of CPU time; load {load:.1f} a core")
    print(f"brief {size:.2f} MB (bar: {MEGABYTES:g} MB)")
    sys.exit(wall > SECONDS or size > MEGABYTES)


if __name__ == "__main__":
    main()
