"""Write docs/findings/cuts_practice.md: what cuts do under practice that is deficit-based, half-way, strengths-based.

    python experiments/cuts_practice.py [--place sunderland] [--scale 0.1] [--replicates 4] [--years 10] [--quick]

A grid of the depth of the cut by how far strengths-based practice is taken, each point under the same luck. A second
reading asks how deep a cut uses up what the practice gains: the tipping point, if there is one.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
import pandas as pd
from findings import READINGS, Size, asked, drawing, figures, house_style, how, label_ends, size_words, write
from findings import table as markdown
from running import script

from demandsim import load_scenario
from demandsim.experiment.comparison import estimate
from demandsim.experiment.questions.points import column, run_points
from demandsim.experiment.questions.settings import with_settings
from demandsim.experiment.questions.thresholds import tipping_point
from demandsim.scenario.scenario import Scenario

CUT = "budget.cut_percent"
CUTS, QUICK_CUTS = (0.0, 10.0, 20.0, 30.0, 40.0, 50.0), (0.0, 15.0, 30.0, 50.0)
BASE, HALF, FULL = "deficit-based", "half-way", "strengths-based"


def options_of_practice() -> dict[str, Scenario]:
    """Deficit-based practice, and strengths-based practice taken half of the way and the whole."""
    strengths = load_scenario("strengths")
    half = with_settings(strengths, {"adoption.fidelity": 0.5})
    return {BASE: load_scenario("deficit"), HALF: half, FULL: strengths}


def wide(runs: pd.DataFrame, option: str, name: str) -> pd.DataFrame:
    """A measure by depth of the cut and replicate."""
    return runs[runs["option"] == option].pivot(index=CUT, columns="replicate", values=name).sort_index()


def section(runs: pd.DataFrame, number: int) -> list[str]:
    """The surface of one measure: levels of the base, and differences from it."""
    reading = READINGS[number]
    name = column(reading.figure)
    base = wide(runs, BASE, name)
    rows = []
    for cut in base.index:
        level = f"{base.loc[cut].mean() / reading.unit:,.{reading.decimals}f}"
        cells = [
            reading.told((wide(runs, option, name).loc[cut] - base.loc[cut]).to_numpy(np.float64))
            for option in (HALF, FULL)
        ]
        rows.append([f"{cut:g} %", level, *cells])
    headings = ["cut, real terms", f"{BASE}: {reading.heading}", f"{HALF} less it", f"{FULL} less it"]
    return [f"## {reading.heading[0].upper()}{reading.heading[1:]}", "", *markdown(headings, rows)]


def tipping(runs: pd.DataFrame) -> list[str]:
    """How deep a cut uses up what the practice gains."""
    said = []
    for reading in READINGS[:3]:
        name = column(reading.figure)
        full, level = wide(runs, FULL, name), wide(runs, BASE, name).loc[0.0]
        gain = estimate((full.loc[0.0] - level).to_numpy(np.float64))
        good = gain.value > 0 if reading.heading.startswith("wellbeing") else gain.value < 0
        if not (good and gain.clear):
            said.append(
                f"- **{reading.heading}**: without a cut {FULL} practice has no clear gain that a cut could use up."
            )
            continue
        found = tipping_point(full.index.to_numpy(np.float64), (full - level).to_numpy(np.float64), 0.0)
        where = "deeper than any tried here" if math.isinf(found.at) else f"of about {found.at:.0f} %"
        said.append(
            f"- **{reading.heading}**: a cut {where} takes strengths-based practice back to where deficit-based "
            f"practice stands without a cut (in {found.crossed:.0%} of the runs within this range)."
        )
    return said


def page(runs: pd.DataFrame, options: argparse.Namespace) -> list[str]:
    """The page's text."""
    return [
        "# Cuts by practice",
        "",
        size_words(options, "cuts_practice", len(runs)),
        "",
        "The cut is below the base year's budget in real terms, made in equal steps over eight years (a shorter run "
        "sees only its first steps); the budget otherwise grows with need. States are those of the last year, money "
        "and spending the sum of all years. Read gains beside the last two tables: what is bought by overspending is "
        "no gain of the practice.",
        "",
        "How deep a cut uses up the gain:",
        "",
        *tipping(runs),
        "",
        "![picture]",
        "",
        *(line for number in range(len(READINGS)) for line in section(runs, number)),
    ]


def main() -> None:
    """Run, compare, write."""
    options = asked(__doc__, Size(0.1, 10, 4), Size(0.02, 10, 3))
    points = pd.DataFrame({CUT: QUICK_CUTS if options.quick else CUTS})
    runs = run_points(options_of_practice(), points, figures(), **how("cuts_practice", options))
    with house_style():
        from demandsim.report.canvas import COLOURS

        figure, axes = drawing(
            "Unmet need by depth of the cut", "Unmet hours a week in the last year, mean of the runs"
        )
        axes.set_position((0.12, 0.14, 0.66, 0.68))
        ends: dict[str, float] = {}
        for option, colour in zip((BASE, HALF, FULL), COLOURS, strict=False):
            mean = wide(runs, option, column(READINGS[0].figure)).mean(axis=1) / 1000
            axes.plot(mean.index, mean, color=colour, linewidth=2.5, marker="o")
            ends[option] = float(mean.iloc[-1])
        label_ends(axes, float(points[CUT].iloc[-1]), ends)
        axes.set_xlabel("cut of the council's budget, % in real terms")
        axes.set_ylabel("thousand hours a week")
        alt = "Lines: unmet hours a week by depth of the cut under three practices; numbers in the tables below."
        write(options.folder, "cuts_practice", page(runs, options), figure, alt)


if __name__ == "__main__":
    script(main)
