"""Write docs/findings/knowing_more.md: what it would be worth to know more before choosing a practice.

    python experiments/knowing_more.py [--scale 0.02] [--points 300] [--replicates 2] [--years 10] [--quick]

The same futures as `when_it_wins.py` (read where they were run already). The choice is between the two practices by one
measure; worth is what knowing would add to the best choice on average, were all futures equally likely.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import pandas as pd
from findings import READINGS, Reading, Size, asked, drawing, house_style, size_words, write
from findings import table as markdown
from futures import RANGES, label, runs_of
from running import script
from when_it_wins import NAMES, gaps

from demandsim.experiment.questions.information import Worth, by_luck, evpi, evppi

GROUPS = {
    "the cut: depth and pace": ("budget.cut_percent", "budget.cut_years"),
    "the way of adopting": ("adoption.years", "adoption.fidelity", "adoption.never_take_share"),
}
SHOWN = 5
DEGREE = 2
EVERYTHING = "everything that was drawn, and luck"
INTERVALS = (
    "± is two standard errors over the futures; **bold** is more than luck would find in 19 cases of 20, had what is "
    "known no bearing on the choice"
)


def worths(runs: pd.DataFrame, reading: Reading) -> dict[str, Worth]:
    """What it is worth to know everything, the groups, and each of the parameters that seem worth most.

    Being picked as the greatest of many is held against the greatest that luck would find among as many.
    """
    gain = gaps(runs, reading)
    benefits = np.column_stack([np.zeros_like(gain), gain])
    cases = runs.drop_duplicates("point")[list(RANGES)]
    found = {EVERYTHING: evpi(benefits)}
    for name, paths in GROUPS.items():
        found[name] = evppi(benefits, cases[list(paths)].to_numpy(np.float64), degree=DEGREE)
    columns = {label(path): cases[path].to_numpy(np.float64) for path in RANGES}
    line = by_luck(benefits, list(columns.values()), DEGREE)
    single = {name: evppi(benefits, known, degree=DEGREE, shuffles=1) for name, known in columns.items()}
    most = sorted(single, key=lambda name: -single[name].value)[:SHOWN]
    return found | {name: replace(single[name], by_luck=line) for name in most}


def section(reading: Reading, found: dict[str, Worth]) -> list[str]:
    """One measure's table, and what it says."""
    everything = next(iter(found.values()))
    choice = list(NAMES.values())[everything.best_now]

    def number(value: float) -> str:
        return f"{value / reading.unit:,.{reading.decimals + 1}f}"

    def row(name: str, worth: Worth) -> list[str]:
        told = f"{number(worth.value)} ± {number(2 * worth.error)}"
        if name == EVERYTHING:
            return [name, told, "", f"{worth.changes:.0%}"]
        stands_out = worth.clear and float(number(worth.value).replace(",", "")) > 0
        return [name, f"**{told}**" if stands_out else told, number(worth.by_luck), f"{worth.changes:.0%}"]

    headings = [
        "to know",
        f"is worth ({reading.heading})",
        "luck would find up to",
        "futures in which it would change the choice",
    ]
    return [
        f"## Choosing by {reading.heading}",
        "",
        f"Without knowing more one would choose **{choice}** practice.",
        "",
        *markdown(headings, [row(name, worth) for name, worth in found.items()]),
    ]


def page(found: dict[str, dict[str, Worth]], options: argparse.Namespace, runs: int) -> list[str]:
    """The page's text."""
    return [
        "# The value of knowing more",
        "",
        size_words(options, "knowing_more", runs, INTERVALS),
        "",
        f"{options.points} futures, as on [the page before](when_it_wins.md). Worth is counted in the measure's own "
        "unit, by which the choice is made: how much better one would do on average by choosing after knowing. The "
        "first row of each table is a ceiling that luck makes too high, since nobody can know luck. Each "
        "future has luck of its own, which both practices share and which the fits average out. Rows but "
        "the first are read off a fit, which finds some worth in what has none, the more so the fewer "
        f"the futures: what is not bold is none that was found. Of single parameters the {SHOWN} greatest are shown, "
        f"held against the greatest that luck would find among {len(RANGES)}.",
        "",
        "![picture]",
        "",
        *(line for reading in READINGS[:4] for line in section(reading, found[reading.heading])),
    ]


def main() -> None:
    """Run, reckon, write."""
    options = asked(__doc__, Size(0.02, 10, 2), Size(0.012, 6, 1), points=(300, 60))
    runs = runs_of(options)
    found = {reading.heading: worths(runs, reading) for reading in READINGS[:4]}
    with house_style():
        from demandsim.report.canvas import BLACK, COLOURS

        reading = READINGS[0]
        shown = dict(list(found[reading.heading].items())[::-1])
        subtitle = (
            "Unmet hours a week saved on average by choosing after knowing. Dot: what luck alone would find at most"
        )
        figure, axes = drawing("What it would be worth to know", subtitle)
        axes.set_position((0.40, 0.14, 0.54, 0.68))
        names = [name.replace("`", "") for name in shown]
        errors = [2 * worth.error for worth in shown.values()]
        axes.barh(names, [w.value for w in shown.values()], xerr=errors, color=COLOURS[0], ecolor=BLACK, height=0.6)
        lines = {name.replace("`", ""): worth.by_luck for name, worth in shown.items() if name != EVERYTHING}
        axes.plot(list(lines.values()), list(lines), "o", color=COLOURS[3], markersize=8)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel("unmet hours a week (bars: with two standard errors)")
        axes.set_xlim(left=0)
        alt = "Bars: what knowing each thing would be worth in unmet hours a week; numbers in the table below."
        write(options.folder, "knowing_more", page(found, options, len(runs)), figure, alt)


if __name__ == "__main__":
    script(main)
