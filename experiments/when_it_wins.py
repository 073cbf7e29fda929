"""Write docs/findings/when_it_wins.md: in which futures strengths-based practice does better, and where it fails.

    python experiments/when_it_wins.py [--scale 0.02] [--points 300] [--replicates 2] [--years 10] [--quick]

Draws futures (see `futures.py`), runs both practices in each with the same luck, and looks for the region in which
strengths-based practice does worse (all columns screened one at a time, then the Patient Rule Induction Method over
those that stand out) and for the option that is robust.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from findings import READINGS, Reading, Size, asked, drawing, house_style, size_words, write
from findings import table as markdown
from futures import AGAINST, OURS, RANGES, label, runs_of
from running import script

from demandsim.experiment.comparison import Values
from demandsim.experiment.questions.discovery import Discovery, discover
from demandsim.experiment.questions.points import column, paired
from demandsim.experiment.questions.robustness import robustness
from demandsim.experiment.questions.screening import Flags

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

NAMES = {AGAINST: "deficit-based", OURS: "strengths-based"}
WANTED = READINGS[:4]
CUT = "budget.cut_percent"


def better(reading: Reading) -> int:
    """Whether more is better (1) or less (-1)."""
    return 1 if reading.figure.measure == "wellbeing" else -1


def gaps(runs: pd.DataFrame, reading: Reading) -> Values:
    """By how much strengths-based practice does better in each future, mean over its replicates."""
    return better(reading) * paired(runs, reading.figure, OURS, AGAINST).mean(axis=1).to_numpy(np.float64)


def shares(runs: pd.DataFrame, reading: Reading) -> str:
    """In how many futures it does better and worse, and what each replicate's luck alone would say."""
    gap = gaps(runs, reading)
    single = better(reading) * paired(runs, reading.figure, OURS, AGAINST).to_numpy(np.float64)
    told = f"does better in {np.mean(gap > 0):.0%} of the futures, worse in {np.mean(gap < 0):.0%}"
    if single.shape[1] == 1:
        return f"{told}."
    return f"{told} (by each replicate alone: {', '.join(f'{share:.0%}' for share in (single < 0).mean(axis=0))})."


def cases_of(runs: pd.DataFrame) -> pd.DataFrame:
    """What was drawn for each future, in the order of `gaps`."""
    return runs.drop_duplicates("point").set_index("point")[list(RANGES)]


def search(runs: pd.DataFrame, reading: Reading) -> Discovery | None:
    """Where strengths-based practice does worse; None if that is too one-sided for a boundary to be found."""
    worse = gaps(runs, reading) < 0
    return discover(cases_of(runs), worse, least_mass=0.1) if 0.05 <= worse.mean() <= 0.95 else None


def by_cut(cases: pd.DataFrame, worse: Flags) -> str:
    """In how many futures it does worse in each third of the cuts, chosen before looking."""
    cut = cases[CUT].to_numpy(np.float64)
    ends = np.quantile(cut, [0, 1 / 3, 2 / 3, 1])
    third = np.clip(np.searchsorted(ends, cut, side="right") - 1, 0, 2)
    told = [f"{ends[k]:.0f} to {ends[k + 1]:.0f} %: {worse[third == k].mean():.0%}" for k in range(3)]
    return f"Worse by depth of the cut, in thirds: {'; '.join(told)}."


def where_it_fails(found: Discovery | None, cases: pd.DataFrame, worse: Flags) -> str:
    """What the search found, and how easily chance would have found as much."""
    if found is None:
        return "That is too one-sided for a boundary to be found."
    if limits := found.box.limits:
        words = found.box.words({path: label(path) for path in cases.columns}, "it does worse")
        chance = max(found.chance[name] for name in limits)
        which = "as sharp a limit" if len(limits) == 1 else "the less sharp of these limits"
        return f"Where it fails: {words} Chance alone finds {which} in {chance:.1%} of searches."
    nearest = min(found.chance, key=lambda name: found.chance[name])
    return (
        f"No condition stands out: the sharpest limit, on {label(nearest)}, is one that chance alone finds in "
        f"{found.chance[nearest]:.0%} of searches. {by_cut(cases, worse)}"
    )


def section(runs: pd.DataFrame, reading: Reading, found: Discovery | None) -> list[str]:
    """Where it fails by one measure, and what each rule of choice would take."""
    out = [
        f"## {reading.heading[0].upper()}{reading.heading[1:]}",
        "",
        f"Strengths-based practice {shares(runs, reading)}",
        where_it_fails(found, cases_of(runs), gaps(runs, reading) < 0),
    ]
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


def page(runs: pd.DataFrame, found: Mapping[str, Discovery | None], options: argparse.Namespace) -> list[str]:
    """The page's text."""
    return [
        "# When strengths-based practice wins, and where it fails",
        "",
        size_words(options, "when_it_wins", len(runs), "of each future they are the mean of its replicates"),
        "",
        f"{runs['point'].nunique()} futures: the depth and pace of the cut, the way of adopting and all "
        f"{len(RANGES) - 5} assumed effects of practice, each drawn evenly from the whole of its range, none likelier "
        "than another; so a share of futures is not a probability. Each future has luck of its own, which both "
        "practices share: where they are close, better and worse are partly chance, but no one luck moves all futures "
        "alike. Read which conditions matter, not how large a share is.",
        "",
        f"Where it does worse was looked for in all {len(RANGES)} columns that were drawn, one at a time, then "
        "together in those that stood out. A condition is told only if chance alone, looking as widely, finds one as "
        "sharp in at most 5 % of searches; so once in twenty a measure is given a condition although nothing matters. "
        "The shares are of the futures that set the limits, and so a little too sharp. *Good enough* is the middle of "
        "all values; regret is how far an option falls behind the better one of that future.",
        "",
        "![picture]",
        "",
        *(line for reading in WANTED for line in section(runs, reading, found[reading.heading])),
    ]


def picture(runs: pd.DataFrame, reading: Reading, found: Discovery | None) -> Drawing:
    """Each future by its cut and by how much better it does; shaded where a limit on the cut alone was found."""
    from demandsim.report.canvas import BLACK, GREY, TWO_COLOURS

    gap, cut = gaps(runs, reading), cases_of(runs)[CUT].to_numpy(np.float64)
    subtitle = "Fewer unmet hours a week than under deficit-based practice; each point one future"
    figure, axes = drawing("In which futures less need goes unmet", subtitle)
    axes.set_position((0.14, 0.14, 0.80, 0.68))
    axes.scatter(cut, gap, color=np.where(gap > 0, TWO_COLOURS[0], TWO_COLOURS[1]), s=28)
    axes.axhline(0, color=BLACK, linewidth=1)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(RANGES[CUT][0] - 1, RANGES[CUT][1] + 1)
    if found is not None and found.box.limits.keys() == {CUT}:
        low, high = np.clip(found.box.limits[CUT], *axes.get_xlim())
        axes.axvspan(low, high, color=GREY, alpha=0.15, linewidth=0, zorder=0)
        told = f"worse in {found.box.density:.0%}"
        axes.text((low + high) / 2, 1.02, told, transform=axes.get_xaxis_transform(), ha="center", color=GREY)
    axes.text(0.99, 0.97, "better", transform=axes.transAxes, ha="right", va="top", color=GREY)
    axes.text(0.99, 0.03, "worse", transform=axes.transAxes, ha="right", color=GREY)
    axes.set_xlabel("cut of the council's budget, % in real terms")
    axes.set_ylabel("unmet hours a week fewer")
    return figure


def main() -> None:
    """Run, look, write."""
    options = asked(__doc__, Size(0.02, 10, 2), Size(0.012, 6, 1), points=(300, 60))
    runs = runs_of(options)
    found = {reading.heading: search(runs, reading) for reading in WANTED}
    with house_style():
        figure = picture(runs, READINGS[0], found[READINGS[0].heading])
        alt = "Points: by how many hours strengths-based practice leaves less need unmet, by depth of the cut."
        alt += " Shaded: the cuts at which it does worse, where such were found."
        write(options.folder, "when_it_wins", page(runs, found, options), figure, alt)


if __name__ == "__main__":
    script(main)
