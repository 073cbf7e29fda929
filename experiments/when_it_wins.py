"""Write docs/findings/when_it_wins.md: in which futures strengths-based practice does better, and where it fails.

    python experiments/when_it_wins.py [--scale 0.02] [--points 300] [--replicates 2] [--years 10] [--quick]

Draws futures (see `futures.py`), runs both practices in each with the same luck, and looks for the region in which
strengths-based practice does worse (the Patient Rule Induction Method) and for the option that is robust.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from findings import READINGS, Reading, Size, asked, drawing, house_style, size_words, write
from findings import table as markdown
from futures import AGAINST, OURS, RANGES, label, runs_of
from running import script

from demandsim.experiment.comparison import Values
from demandsim.experiment.questions.discovery import Flags, choose, prim, pruned
from demandsim.experiment.questions.points import column, paired
from demandsim.experiment.questions.robustness import robustness

NAMES = {AGAINST: "deficit-based", OURS: "strengths-based"}
WANTED = READINGS[:4]
CUT = "budget.cut_percent"


def better(reading: Reading) -> int:
    """Whether more is better (1) or less (-1)."""
    return 1 if reading.figure.measure == "wellbeing" else -1


def gaps(runs: pd.DataFrame, reading: Reading) -> Values:
    """By how much strengths-based practice does better in each future, mean over its replicates."""
    return better(reading) * paired(runs, reading.figure, OURS, AGAINST).mean(axis=1).to_numpy(np.float64)


def by_cut(cases: pd.DataFrame, worse: Flags) -> str:
    """In how many futures it does worse in each third of the cuts, chosen before looking."""
    cut = cases[CUT].to_numpy(np.float64)
    ends = np.quantile(cut, [0, 1 / 3, 2 / 3, 1])
    third = np.clip(np.searchsorted(ends, cut, side="right") - 1, 0, 2)
    told = [f"{ends[k]:.0f} to {ends[k + 1]:.0f} %: {worse[third == k].mean():.0%}" for k in range(3)]
    return f"Worse by depth of the cut, in thirds: {'; '.join(told)}."


def section(runs: pd.DataFrame, cases: pd.DataFrame, reading: Reading) -> list[str]:
    """Where it fails by one measure, and what each rule of choice would take."""
    gap = gaps(runs, reading)
    worse = gap < 0
    out = [
        f"## {reading.heading[0].upper()}{reading.heading[1:]}",
        "",
        f"Strengths-based practice does better in {np.mean(gap > 0):.0%} of the futures, worse in {worse.mean():.0%}.",
    ]
    if 0.05 <= worse.mean() <= 0.95:
        box = choose(prim(cases, worse, least_mass=0.1), density=max(0.8, float(worse.mean()) + 0.1))
        box = pruned(box, cases, worse)
        words = box.words({path: label(path) for path in cases.columns}, "it does worse")
        none = "Over so many columns no limits were found that chance could not have set."
        out.append(f"Where it fails: {words}" if box.limits else f"{none} {by_cut(cases, worse)}")
    else:
        out.append("That is too one-sided for a boundary to be found.")
    means = runs.pivot_table(index="point", columns="option", values=column(reading.figure)).rename(columns=NAMES)
    rules = robustness(means / reading.unit, more_is_better=better(reading) > 0)
    shown = f",.{reading.decimals}f"
    rows = [
        [
            str(option),
            *(format(float(row[name]), shown) for name in ("mean_regret", "max_regret", "worst", "hurwicz")),
            f"{row['satisficing']:.0%}",
            str(row["chosen_by"]).replace("_", " ") or "none",
        ]
        for option, row in rules.iterrows()
    ]
    headings = ["", "mean regret", "greatest regret", "worst", "half-way worst to best", "good enough", "chosen by"]
    return [*out, "", *markdown(headings, rows)]


def page(runs: pd.DataFrame, options: argparse.Namespace) -> list[str]:
    """The page's text."""
    cases = runs.drop_duplicates("point").set_index("point")[list(RANGES)]
    return [
        "# When strengths-based practice wins, and where it fails",
        "",
        size_words(options, "when_it_wins", len(runs)),
        "",
        f"{len(cases)} futures: the depth and pace of the cut, the way of adopting and all {len(RANGES) - 5} assumed "
        "effects of practice, each drawn evenly from the whole of its range, none likelier than another; so a share of "
        "futures is not a probability. Both practices meet the same luck in each. Luck is not averaged out of a small "
        "sample: in futures where the two are close, better and worse are partly chance, and conditions that "
        "chance could have set are left out. *Good enough* is the middle "
        "of all values; regret is how far an option falls behind the better one of that future.",
        "",
        "![picture]",
        "",
        *(line for reading in WANTED for line in section(runs, cases, reading)),
    ]


def main() -> None:
    """Run, look, write."""
    options = asked(__doc__, Size(0.02, 10, 2), Size(0.012, 6, 1), points=(300, 60))
    runs = runs_of(options)
    with house_style():
        from demandsim.report.canvas import BLACK, GREY, TWO_COLOURS

        reading = READINGS[0]
        gap, cut = gaps(runs, reading), runs.drop_duplicates("point")[CUT].to_numpy(np.float64)
        subtitle = "Fewer unmet hours a week than under deficit-based practice; each point one future"
        figure, axes = drawing("In which futures less need goes unmet", subtitle)
        axes.set_position((0.14, 0.14, 0.80, 0.68))
        axes.scatter(cut, gap, color=np.where(gap > 0, TWO_COLOURS[0], TWO_COLOURS[1]), s=28)
        axes.axhline(0, color=BLACK, linewidth=1)
        axes.text(0.99, 0.97, "better", transform=axes.transAxes, ha="right", va="top", color=GREY)
        axes.text(0.99, 0.03, "worse", transform=axes.transAxes, ha="right", color=GREY)
        axes.set_xlabel("cut of the council's budget, % in real terms")
        axes.set_ylabel("unmet hours a week fewer")
        alt = "Points: by how many hours strengths-based practice leaves less need unmet, by depth of the cut."
        write(options.folder, "when_it_wins", page(runs, options), figure, alt)


if __name__ == "__main__":
    script(main)
