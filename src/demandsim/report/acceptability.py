"""The acceptability curve: in what share of runs an option is worth its public cost, by what a unit is worth.

A solid line counts the replicates, which differ by chance alone; where parameters were drawn, a dashed line counts the
draws, which differ by chance and by what is not known. Where a panel has one option, a second colour counts what
citizens, families and others bear as well. The value that the appraisal uses is marked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from demandsim.experiment.comparison import Results
from demandsim.report.canvas import (
    BLACK,
    COLOURS,
    GREY,
    PALE,
    STYLE,
    TWO_COLOURS,
    Cell,
    Picture,
    panels,
    save,
    short_title,
)
from demandsim.report.headlines import called, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from demandsim.report.appraisal import Appraisal, Option

Shown = tuple[str, "Appraisal", Sequence["Option"]]
"""A panel: the budget in words, an appraisal, and which of its options are drawn."""

NAME = "acceptability"
_POINTS = 101
_MOST_LINES = 4
_APART = 10.0
"""Per cent points that labels at the ends of lines need between them."""
COLUMNS = ("budget", "scenario", "costs", "runs counted", "value of a unit, GBP", "share worth it, per cent")


def _worths(appraisal: Appraisal) -> list[int]:
    """Values of a unit at which the curve is drawn, evenly spaced up to the largest threshold."""
    return [round(worth) for worth in np.linspace(0, appraisal.valued.thresholds[-1], _POINTS).tolist()]


def acceptability_picture(results: Results, shown: Sequence[Shown]) -> Picture:
    """Draw the curves, a panel for each budget.

    Args:
        results: What was run.
        shown: The panels; they value the same thing.
    """
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        return _drawn(results, shown)


def _drawn(results: Results, shown: Sequence[Shown]) -> Picture:
    appraisal = shown[0][1]
    valued, years = appraisal.valued, appraisal.years
    title = _title(results, shown)
    drawn = ", dashed: parameters drawn too" if results.has_ranges else ""
    number = len(results.replicates)
    subtitle = (
        f"Per cent of {number} run{'s' if number != 1 else ''} in which it is worth its public cost"
        f"{f' over {years} years' if years > 1 else ''}, by the value of a {valued.unit}{drawn}"
    )
    figure, axes = panels(
        len(shown), title, subtitle, [budget for budget, _, _ in shown], height=3.3, left=0.075, beside=0.2, below=0.85
    )
    rows: list[tuple[Cell, ...]] = []
    told: list[str] = []
    for panel, (budget, found, options) in zip(axes, shown, strict=True):
        _curves(panel, results, (budget, found, options), rows)
        told += [_told(results, budget, found, option) for option in options]
        panel.set_xlabel(f"value of a {valued.unit}, £ thousand", fontsize=10, loc="left")
    figure.text(0.008, 0.045, _caption(shown), fontsize=10, color=GREY, va="center")
    alt = f"Line chart. {subtitle}. {'; '.join(told)}."
    return save(figure, NAME, title, alt, COLUMNS, rows)


def _caption(shown: Sequence[Shown]) -> str:
    """What the dotted line is, and what is counted beside public cost where that is drawn."""
    used = f"Dotted: £{plain(shown[0][1].unit_value)}, as the appraisal uses it."
    if any(len(options) > 1 for _, _, options in shown):
        return used
    return f"{used} All costs: counting what citizens, families and others bear as well."


def _curves(axes: Axes, results: Results, panel: Shown, rows: list[tuple[Cell, ...]]) -> None:
    """Draw a panel's curves, and add their numbers to the rows."""
    budget, appraisal, options = panel
    worths = _worths(appraisal)
    options = options[:_MOST_LINES]
    colours = (TWO_COLOURS[1],) if len(options) == 1 else COLOURS
    ends = []
    for colour, option in zip(colours, options, strict=False):
        name = called(results.plan, option.scenario, cut=True)
        curves = [(False, colour, "public cost" if len(options) == 1 else name)]
        curves += [(True, TWO_COLOURS[0], "all costs")] if len(options) == 1 else []
        for whole, shade, label in curves:
            for which, style, counted in ((option, "-", "replicates"), (option.drawn, (0, (4, 2)), "draws")):
                if which is None:
                    continue
                shares = (100.0 * appraisal.acceptable(which, worths, whole=whole)).tolist()
                axes.plot(
                    [w / 1000 for w in worths], shares, color=shade, linestyle=style, linewidth=2.4, clip_on=False
                )
                costs = "all" if whole else "public"
                rows += [(budget, option.scenario, costs, counted, w, s) for w, s in zip(worths, shares, strict=True)]
                if which is option:
                    ends.append((label, shares[-1], shade))
    axes.set_xlim(0, worths[-1] / 1000)
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 25, 50, 75, 100], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axes.grid(axis="y", color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.axvline(appraisal.unit_value / 1000, color=GREY, linewidth=1.4, linestyle=":")
    _end_labels(axes, worths[-1] / 1000, ends)


def _end_labels(axes: Axes, last: float, ends: Sequence[tuple[str, float, str]]) -> None:
    """Names beside the lines' ends, from the top down, moved apart where they would touch."""
    import textwrap

    texts = [textwrap.fill(f"{name} {share:.0f} %", 20) for name, share, _ in ends]
    order = sorted(range(len(ends)), key=lambda k: -ends[k][1])
    edge, heights = math.inf, dict[int, float]()
    for k in order:
        tall = _APART * (texts[k].count("\n") + 1)
        heights[k] = min(ends[k][1], edge - tall / 2)
        edge = heights[k] - tall / 2
    low = min((heights[k] - _APART for k in order), default=0.0)
    for k in order:
        axes.annotate(
            texts[k],
            xy=(last, ends[k][1]),
            xytext=(1 + 0.018 / axes.get_position().width, heights[k] - min(low, 0.0)),
            textcoords=axes.get_yaxis_transform(),
            fontsize=10,
            color=BLACK,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": ends[k][2], "linewidth": 1.5, "relpos": (0, 0.5)},
        )


def _told(results: Results, budget: str, appraisal: Appraisal, option: Option) -> str:
    """A curve in words: where it begins, at the value used, where it ends."""
    worths = (0, round(appraisal.unit_value), appraisal.valued.thresholds[-1])

    def shares(which: Option, whole: bool = False) -> str:
        found = appraisal.acceptable(which, worths, whole=whole).tolist()
        return ", ".join(f"{100 * share:.0f} % at £{plain(worth)}" for share, worth in zip(found, worths, strict=True))

    text = f"{f'{budget}, ' if budget else ''}{called(results.plan, option.scenario, cut=not budget)}: {shares(option)}"
    text += f"; counting what citizens, families and others bear {shares(option, True)}"
    return text if option.drawn is None else f"{text}; public cost with parameters drawn {shares(option.drawn)}"


def _title(results: Results, shown: Sequence[Shown]) -> str:
    """What the curves show at the value that is used, in ten words or fewer: of draws where there are any.

    Where the option is worth its cost under one budget and not under the other, the last is told, and named.
    """
    _, appraisal, options = shown[-1]
    if len(options) > 1:
        worth = sum(_mostly(appraisal, option, whole=False) for option in options)
        return f"{worth} of {len(options)} options are mostly worth their public cost"
    words = [_worth_words(found, option) for _, found, (option,) in shown]
    name = called(results.plan, options[0].scenario)
    if len(set(words)) > 1:
        return short_title(f"After the cut, {name} is {words[-1]}", f"After the cut: {words[-1]}")
    return short_title(f"{name[0].upper()}{name[1:]} is {words[-1]}", f"{words[-1][0].upper()}{words[-1][1:]}")


def _worth_words(appraisal: Appraisal, option: Option) -> str:
    """Whether an option is worth its public cost, and all that it costs, at the value that is used."""
    return {
        (True, True): "worth its cost in most runs",
        (True, False): "worth its public cost, not all costs",
        (False, True): "worth all costs, not its public cost",
        (False, False): "not worth its cost in most runs",
    }[_mostly(appraisal, option, whole=False), _mostly(appraisal, option, whole=True)]


def _mostly(appraisal: Appraisal, option: Option, *, whole: bool) -> bool:
    """Whether an option is worth its cost in more than half of the runs: of draws where there are any."""
    counted = option if option.drawn is None else option.drawn
    return float(appraisal.acceptable(counted, (round(appraisal.unit_value),), whole=whole)[0]) > 0.5
