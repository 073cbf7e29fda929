"""What the experiments that write a page of docs/findings share: their options, and a page with table and picture."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from running import add_runs_option
from tables import shown

from demandsim.experiment.comparison import Estimate, Values, estimate
from demandsim.experiment.progress import Bar
from demandsim.experiment.scale import Figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

FOLDER = Path("docs/findings")


@dataclass(frozen=True)
class Reading:
    """A figure as a page shows it."""

    figure: Figure
    heading: str
    unit: float = 1.0
    decimals: int = 0

    def told(self, values: Values) -> str:
        """Differences by replicate as a cell: mean and half the interval, bold where it leaves 0 out."""
        return self.cell(estimate(values))

    def cell(self, found: Estimate) -> str:
        """A difference as a cell."""
        return shown(found, self.unit, self.decimals)


READINGS = (
    Reading(Figure("unmet_need_hours"), "unmet hours a week"),
    Reading(Figure("carer_strain"), "strained carers"),
    Reading(Figure("wellbeing"), "wellbeing, 0–10", 1.0, 3),
    Reading(Figure("cost", "payer", "council"), "council spending, £m", 1e6, 1),
    Reading(Figure("council_balance"), "council balance, £m", 1e6, 1),
)
"""What every page shows: need, carers, people's lives and money beside one another."""


def figures() -> list[Figure]:
    """The figures of `READINGS`."""
    return [reading.figure for reading in READINGS]


@dataclass(frozen=True)
class Size:
    """How much is run."""

    scale: float
    years: int
    replicates: int


def asked(doc: str, usual: Size, quick: Size, **more: Any) -> argparse.Namespace:
    """The options that all these experiments have.

    Args:
        doc: The script's docstring.
        usual: Size by default.
        quick: Size with ``--quick``.
        more: Further whole-number options with their default and their quick value.
    """
    ask = argparse.ArgumentParser(description=doc.splitlines()[0])
    ask.add_argument("--place", default="sunderland")
    ask.add_argument("--scale", type=float, help=f"share of the people simulated (usually {usual.scale:g})")
    ask.add_argument("--years", type=int, help=f"usually {usual.years}")
    ask.add_argument("--replicates", type=int, help=f"runs of each, by shared luck (usually {usual.replicates})")
    for name, (default, _) in more.items():
        ask.add_argument(f"--{name}", type=int, help=f"usually {default}")
    ask.add_argument("--jobs", type=int, default=2)
    ask.add_argument("--quick", action="store_true", help="a small sample, a few minutes")
    ask.add_argument("-o", "--folder", type=Path, default=FOLDER)
    add_runs_option(ask)
    options = ask.parse_args()
    size = quick if options.quick else usual
    for name in ("scale", "years", "replicates"):
        if getattr(options, name) is None:
            setattr(options, name, getattr(size, name))
    for name, (default, small) in more.items():
        if getattr(options, name) is None:
            setattr(options, name, small if options.quick else default)
    options.folder.mkdir(parents=True, exist_ok=True)
    return options


def how(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """The options as `run_scenarios` takes them, with a folder in which a stopped experiment is gone on with."""
    size = {key: getattr(options, key) for key in ("place", "scale", "years", "replicates", "jobs")}
    return {**size, "name": name, "folder": options.runs, "show": Bar}


FROM_CHANCE = (
    "intervals are 95 % and hold chance alone, with every parameter at its central value unless said otherwise; "
    "**bold** leaves 0 out"
)
"""What the intervals of most pages are."""


def size_words(options: argparse.Namespace, script: str, runs: int, intervals: str = FROM_CHANCE) -> str:
    """How the page came about, and what its intervals are."""
    quick = (
        " This is the quick version: a small sample, so read directions and large differences, not decimals."
        if options.quick
        else ""
    )
    named = "".join(f" --{name} {getattr(options, name)}" for name in ("points",) if hasattr(options, name))
    return (
        f"Written by `python experiments/{script}.py --scale {options.scale:g} --years {options.years} "
        f"--replicates {options.replicates}{named}`: {runs:,} results of {options.place.capitalize()} with "
        f"{options.scale:.0%} of its people over {options.years} years (one run stands for all settings that change "
        f"nothing for its practice). Numbers are for the whole place; {intervals}.{quick}"
    )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table, the first column words, the others numbers."""
    return [
        "| " + " | ".join(headings) + " |",
        "|---|" + "---:|" * (len(headings) - 1),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]


def by_replicate(runs: pd.DataFrame, scenario: str, column: str) -> Values:
    """A column's values of one scenario, in the order of the replicates."""
    own = runs[runs["scenario"] == scenario].sort_values("replicate")
    return own[column].to_numpy(np.float64)


def drawing(title: str, subtitle: str, *, height: float = 5.2) -> tuple[Drawing, Any]:
    """A figure in the house style with one pair of axes; use inside `house_style`."""
    from matplotlib.figure import Figure as Blank

    from demandsim.report.canvas import titles

    figure = Blank(figsize=(9.6, height))
    axes = figure.add_axes((0.30, 0.14, 0.64, 0.68))
    titles(figure, title, subtitle)
    return figure, axes


def label_ends(axes: Any, at: float, ends: Mapping[str, float]) -> None:
    """Name each line at its right end and number the heights; say so where they leave 0 out.

    Args:
        axes: With all lines drawn.
        at: Where the lines end.
        ends: Height of each line's end by its name.
    """
    from demandsim.report.canvas import BLACK, GREY, number_ticks, spread_apart

    number_ticks(axes)
    low, high = axes.get_ylim()
    heights = spread_apart(list(ends.values()), (high - low) * 0.06)
    for (name, end), height in zip(ends.items(), heights, strict=True):
        axes.annotate(
            name,
            xy=(at, end),
            xytext=(1.04, height),
            textcoords=axes.get_yaxis_transform(),
            color=BLACK,
            va="center",
            annotation_clip=False,  # it may be pushed above
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 1, "shrinkB": 4, "relpos": (0, 0.5)},
        )
    if low > 0 or high < 0:
        axes.figure.text(0.02, 0.02, "The axis does not start at 0.", fontsize=9, color=GREY, va="center")


def house_style() -> Any:
    """Fonts and colours of the reports, for a ``with``."""
    from matplotlib import rc_context

    from demandsim.report.canvas import STYLE

    return rc_context(STYLE)


def write(folder: Path, name: str, text: Sequence[str], figure: Drawing, alt: str) -> None:
    """Write a page and its picture; ``![picture]`` in the text is where it goes."""
    from demandsim.report.canvas import save

    (folder / f"{name}.png").write_bytes(save(figure, name, name.replace("_", " "), alt).png)
    page = "\n".join(f"![{alt}]({name}.png)" if line == "![picture]" else line for line in text)
    (folder / f"{name}.md").write_text(page + "\n", encoding="utf-8")
    print(f"wrote {folder / name}.md")
