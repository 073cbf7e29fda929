"""Write docs/calibration.md and the packaged misses: the base year against every target, for named places.

    python experiments/calibration.py [--seeds 20] [--years 5] [--scale 1] [--jobs 2] [-o docs/calibration.md]

Sunderland and Peterborough are the places that care was fitted to; Wigan is shown for demography alone, since its
care is never fitted. A miss is shown as a miss. A page written elsewhere is a trial: its misses lie beside it as CSV,
and what the package says of itself stays.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from tables import explained
from tqdm import tqdm

from demandsim.experiment.calibration import (
    BaseRun,
    Line,
    Readings,
    compare_with_targets,
    core_targets,
    read_off,
)
from demandsim.experiment.care_targets import further_targets
from demandsim.experiment.drift import Drift, drift_lines
from demandsim.experiment.forking import in_workers
from demandsim.experiment.misses import PACKAGED, PEOPLE_ALONE, Check, Miss, as_csv
from demandsim.place.profile import place_profile

DEMOGRAPHY = ("count.", "alone.", "partnered", "e65.")
PAGE = Path("docs/calibration.md")
PLACES = {"Sunderland": (), "Peterborough": (), **dict.fromkeys(PEOPLE_ALONE, DEMOGRAPHY)}


def decimals(value: float) -> int:
    """How many a figure is read with: none for counts, three for shares, more for small ones: three digits in all."""
    if abs(value) >= 100:
        return 0
    return 3 if not 0 < abs(value) < 0.1 else 2 - math.floor(math.log10(abs(value)))


def number(value: float, like: float | None = None) -> str:
    """A figure as people read it, with its own decimals or those of the figure that it belongs to."""
    return f"{value:,.{decimals(value if like is None else like)}f}"


def line_of(line: Line) -> str:
    """One row of the table."""
    target = line.target
    verdict = "met" if line.met else "**missed**"
    how = "fitted" if target.fitted else "predicted"
    return (
        f"| {target.label} | {number(target.value)} | {number(line.mean)} ± {number(line.error, line.mean)} "
        f"| {target.band_words} | {verdict} | {how} | {target.source} |"
    )


def drift_words(drift: Drift) -> tuple[str, str]:
    """How far a figure moved, and how far it may."""
    change, unit = (drift.share, "%") if drift.relative else (drift.change, " points")
    moved = f"{100 * change:+.1f}{unit} ± {100 * drift.error:.1f}"
    return moved, f"±{drift.limit:.0%}" if drift.relative else f"±{100 * drift.limit:g} points"


def drift_line(drift: Drift) -> str:
    """One row of what must stand still."""
    moved, bar = drift_words(drift)
    verdict = "met" if drift.met else "**missed**"
    return f"| {drift.label} | {number(drift.start)} | {number(drift.end)} | {moved} | {bar} | {verdict} |"


def check_of(place: str, lines: list[Line], drifts: list[Drift]) -> Check:
    """What of a place misses its band, for the briefs."""
    misses = [
        Miss(line.target.label, number(line.target.value), number(line.mean), line.target.band_words)
        for line in lines
        if not line.met
    ]
    for drift in drifts:
        if not drift.met:
            moved, bar = drift_words(drift)
            label = f"{drift.label} (start to end of the run)"
            misses.append(Miss(label, number(drift.start), f"{number(drift.end)} ({moved})", bar))
    return Check(place, len(lines) + len(drifts), tuple(misses))


def place_section(place: str, wanted: tuple[str, ...], runs: list[dict[str, Readings]]) -> tuple[list[str], Check]:
    """Heading, targets and drift of one place; and what misses its band."""
    profile, base = place_profile(place), [run["base"] for run in runs]
    targets = [t for t in core_targets(profile) if not wanted or t.name.startswith(wanted)]
    lines = compare_with_targets(targets, base)
    further = compare_with_targets([] if wanted else further_targets(profile), base)
    head = ["", "| what | known | simulated ± s.e. | band | | how | source |", "|---|---:|---:|---|---|---|---|"]
    out = [
        f"## {place}: {sum(line.met for line in lines)} of {len(lines)} targets met",
        *head,
        *map(line_of, lines),
        "",
    ]
    if further:
        met = sum(line.met for line in further)
        out += [f"Further figures, most of them never fitted: {met} of {len(further)} in range.", *head]
        out += [*map(line_of, further), ""]
    drifts = [] if wanted else list(drift_lines(runs))
    if drifts:
        out += [
            "| does it stand still? | month 0 or year 1 | end | change ± s.e. | bar | |",
            "|---|---:|---:|---:|---:|---|",
        ]
        out += map(drift_line, drifts)
        out.append("")
    return out, check_of(place, [*lines, *further], drifts)


def main(given: Sequence[str] | None = None) -> None:
    """Run, compare, write."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--seeds", type=int, default=20)
    ask.add_argument("--years", type=int, default=5)
    ask.add_argument("--scale", type=float, default=1.0)
    ask.add_argument("--jobs", type=int, default=2)
    ask.add_argument("-o", "--out", type=Path, default=PAGE)
    options = ask.parse_args(given)
    # The package speaks of what the page of the project says, not of a trial.
    packaged = options.out.resolve() == PAGE.resolve()
    misses = Path("src/demandsim/data") / PACKAGED if packaged else options.out.with_name(f"{options.out.stem}.csv")
    runs = [
        BaseRun(place, options.scale, seed, 1 if wanted else options.years)
        for place, wanted in PLACES.items()
        for seed in range(1, options.seeds + 1)
    ]
    results = list(tqdm(in_workers(read_off, runs, options.jobs), total=len(runs), file=sys.stderr, disable=None))
    text = [
        "# Calibration: how near the base year comes to what is known",
        "",
        f"Written by `python experiments/calibration.py --seeds {options.seeds} --years {options.years} "
        f"--scale {options.scale:g}`: scenario `sustained`, mean of {options.seeds} seeds with the standard error of",
        "the mean. National targets of need are held against the place's rates at England's mix of age, sex and",
        "deprivation. What must stand still is read at the ages, sexes and fifths of month 0. What misses its band is",
        "shown as a miss.",
        "",
        *explained(options.out),
    ]
    checks = []
    for place, wanted in PLACES.items():
        own = [r for run, r in zip(runs, results, strict=True) if run.place == place]
        section, check = place_section(place, wanted, own)
        text += section
        checks.append(check)
    options.out.write_text("\n".join(text) + "\n", encoding="utf-8")
    misses.write_text(as_csv(checks), encoding="utf-8")
    print(f"wrote {options.out} and {misses}")


if __name__ == "__main__":
    main()
