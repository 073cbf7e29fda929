"""Write docs/findings/adoption_investment.md: how fast to adopt, and how much money comes with it.

    python experiments/adoption_investment.py [--place sunderland] [--scale 0.1] [--replicates 4] [--years 10] [--quick]

A grid of the years that adoption takes by real growth of the council's budget. Strengths-based practice is held against
deficit-based practice *with the same money*, so that what the money does by itself is not counted for the practice.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from findings import READINGS, Reading, Size, asked, drawing, figures, house_style, how, label_ends, size_words, write
from findings import table as markdown
from running import script

from demandsim.experiment.questions.points import paired, run_points

YEARS, GROWTH = "adoption.years", "budget.real_growth_percent_per_year"
SPEEDS, QUICK_SPEEDS = (0.5, 1.0, 3.0, 5.0, 8.0), (0.5, 3.0, 8.0)
MONEY, QUICK_MONEY = (0.0, 0.5, 1.0, 2.0), (0.0, 1.0, 2.0)
OURS, AGAINST = "strengths", "deficit"


def section(runs: pd.DataFrame, reading: Reading) -> list[str]:
    """The difference that the practice makes, by speed and money."""
    gaps = paired(runs, reading.figure, OURS, AGAINST)
    where = runs.drop_duplicates("point").set_index("point")[[YEARS, GROWTH]]
    rows = []
    for years in sorted(where[YEARS].unique()):
        own = where[where[YEARS] == years].sort_values(GROWTH)
        rows.append([f"{years:g}", *(reading.told(gaps.loc[point].to_numpy(np.float64)) for point in own.index)])
    money = [f"{growth:+g} % a year" for growth in sorted(where[GROWTH].unique())]
    return [f"## {reading.heading[0].upper()}{reading.heading[1:]}", "", *markdown(["years to adopt", *money], rows)]


def words(runs: pd.DataFrame) -> list[str]:
    """Which of the two matters more in this grid, measure by measure."""
    where = runs.drop_duplicates("point").set_index("point")
    said = []
    for reading in READINGS[:4]:
        mean = paired(runs, reading.figure, OURS, AGAINST).mean(axis=1)
        reach = {
            what: float(np.ptp(mean.groupby(where[path]).mean().to_numpy()))
            for path, what in ((YEARS, "the years to adopt"), (GROWTH, "the money"))
        }
        more, less = sorted(reach, key=lambda what: -reach[what])
        told = [f"{reach[what] / reading.unit:,.{reading.decimals}f}" for what in (more, less)]
        said.append(
            f"- **{reading.heading}**: from one end to the other, {more} moves the difference by {told[0]}, {less} by "
            f"{told[1]}. Compare with the intervals below before reading anything into it."
        )
    return said


def page(runs: pd.DataFrame, options: argparse.Namespace) -> list[str]:
    """The page's text."""
    return [
        "# Speed of adoption by investment",
        "",
        size_words(options, "adoption_investment", len(runs)),
        "",
        "Strengths-based less deficit-based practice, both with the same real growth of the budget on top of need. "
        "Training and double running cost the same in all, spread over the years of adoption. States are those of the "
        "last year, money and spending the sum of all years; slow adoption has had less time.",
        "",
        *words(runs),
        "",
        "![picture]",
        "",
        *(line for reading in READINGS for line in section(runs, reading)),
    ]


def main() -> None:
    """Run, compare, write."""
    options = asked(__doc__, Size(0.1, 10, 4), Size(0.02, 8, 3))
    speeds, money = (QUICK_SPEEDS, QUICK_MONEY) if options.quick else (SPEEDS, MONEY)
    points = pd.DataFrame([{YEARS: years, GROWTH: growth} for years in speeds for growth in money])
    runs = run_points([AGAINST, OURS], points, figures(), **how("adoption_investment", options))
    with house_style():
        from demandsim.report.canvas import BLACK, COLOURS

        subtitle = "Difference in unmet hours a week in the last year, at the same money; by growth of the budget"
        figure, axes = drawing("What the practice changes, by speed of adoption", subtitle)
        axes.set_position((0.14, 0.14, 0.66, 0.68))
        mean = paired(runs, READINGS[0].figure, OURS, AGAINST).mean(axis=1)
        ends: dict[str, float] = {}
        for growth, colour in zip(money, COLOURS, strict=False):
            own = points[points[GROWTH] == growth]
            axes.plot(own[YEARS], mean.loc[own.index], color=colour, linewidth=2.5, marker="o")
            ends[f"{growth:+g} % a year" if growth else "no growth"] = float(mean.loc[own.index[-1]])
        axes.axhline(0, color=BLACK, linewidth=1)
        label_ends(axes, speeds[-1], ends)
        axes.set_xlabel("years from beginning to full adoption")
        axes.set_ylabel("unmet hours a week")
        alt = "Lines: change of unmet hours by years to adopt, for each growth of the budget; numbers in the tables."
        write(options.folder, "adoption_investment", page(runs, options), figure, alt)


if __name__ == "__main__":
    script(main)
