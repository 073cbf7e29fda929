"""The four pictures of a brief: need and balance as fans, who pays as a bridge, who gains by deprivation fifth.

Each has a panel for the budget as it is and one for the cut, if a cut was asked for; panels share their scale. The
yardstick is blue and dashed, the option orange and solid, and both are labelled where they end.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from demandsim.experiment.comparison import Estimate, Results, Values, estimate
from demandsim.report.bridge import bridge
from demandsim.report.canvas import (
    AFTER,
    BLACK,
    GREY,
    PALE,
    STYLE,
    TWO_COLOURS,
    Cell,
    Picture,
    number_ticks,
    panels,
    save,
    short_title,
)
from demandsim.report.fifths import FIFTHS, ends_title, not_shown
from demandsim.report.headlines import called, plain, signed
from demandsim.report.pairs import Pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MILLION = 1e6
_ENOUGH_FOR_QUANTILES = 10
_PAPER: Any = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
_STYLES: tuple[Any, ...] = ((0, (5, 1.5)), "-")


def band_words(results: Results) -> str:
    """What the bands of a fan are, in words."""
    number = len(results.replicates)
    if number < 2:
        return "One run: no range from chance is shown."
    if number < _ENOUGH_FOR_QUANTILES:
        return f"Line: mean. Band: lowest to highest of {number} runs, which differ by chance alone."
    return (
        f"Line: mean. Dark band: the middle half of {number} runs; pale band: the middle nine tenths. "
        "Runs differ by chance alone."
    )


def _fan_of(runs: Values) -> Values:
    """Low, lower middle, mean, upper middle and high of runs, shape (5, years).

    The line is the mean, as are the values of the answer and its differences: medians of two options can lie the other
    way round than the difference that the title tells.

    Args:
        runs: Values by year and replicate, shape (years, replicates).
    """
    levels = (0.05, 0.25, 0.75, 0.95) if runs.shape[1] >= _ENOUGH_FOR_QUANTILES else (0, 0, 1, 1)
    low, lower, upper, high = np.quantile(runs, levels, axis=1)
    return np.array([low, lower, runs.mean(axis=1), upper, high])


_FAN_INCHES = 1.68


def fan(
    results: Results,
    chosen: Sequence[Pair],
    measure: str,
    name: str,
    title: str,
    subtitle: str,
    unit: float = 1.0,
    *,
    height: float = _FAN_INCHES,
) -> Picture:
    """A measure over the years under the yardstick and the option, with the range from chance."""
    budgets = [pair.budget for pair in chosen]
    figure, shown = panels(len(chosen), title, subtitle, budgets, height=height, left=0.078, beside=0.168)
    years = results.years
    rows: list[tuple[Cell, ...]] = []
    told = []
    fans: dict[str, Values] = {}
    for pair in chosen:
        for scenario in (pair.against, pair.ours):
            runs = np.array([results.values(scenario, measure, year) / unit for year in years])
            fans[scenario] = _fan_of(runs)
            rows += [
                (pair.budget, scenario, year, *map(float, q)) for year, q in zip(years, fans[scenario].T, strict=True)
            ]
    low, high = _room(list(fans.values()))
    decimals = 0 if high - low > 20 else 1 if high - low > 1.5 else 2
    for pair, axes in zip(chosen, shown, strict=True):
        ends = []
        for number, scenario in enumerate((pair.against, pair.ours)):
            q = fans[scenario]
            _fan_line(axes, years, q, number)
            ends.append((called(results.plan, scenario), float(q[2, -1])))
            told.append(f"{pair.budget}, {ends[-1][0]}: {plain(q[2, 0], decimals)} to {plain(q[2, -1], decimals)}")
        axes.set_ylim(low, high)
        _end_labels(axes, years[-1], ends, decimals)
        _year_ticks(axes, years)
        number_ticks(axes, whole=unit == 1.0)
        axes.grid(axis="y", color=PALE, linewidth=0.8)
        if low < 0 < high:
            axes.axhline(0, color=GREY, linewidth=1.2)
    alt = f"Line chart. {subtitle}, {years[0]} to {years[-1]}. {'; '.join(told)}. {band_words(results)}"
    heads = ["low", "lower middle", "mean", "upper middle", "high"]
    return save(figure, name, title, alt, ("budget", "scenario", "year", *heads), rows)


def _room(fans: Sequence[Values]) -> tuple[float, float]:
    """Ends of the axis that all panels share: never so near each other that chance fills the picture."""
    low, high = min(float(q.min()) for q in fans), max(float(q.max()) for q in fans)
    edge = max(0.08 * (high - low), 0.05 * max(abs(low), abs(high)) - (high - low) / 2, 1e-6)
    return low - edge, high + edge


def _fan_line(axes: Axes, years: list[int], q: Values, number: int) -> None:
    colour = TWO_COLOURS[number]
    axes.fill_between(years, q[0], q[4], color=colour, alpha=0.15, linewidth=0)
    axes.fill_between(years, q[1], q[3], color=colour, alpha=0.22, linewidth=0)
    marker = "o" if len(years) == 1 else ""
    axes.plot(years, q[2], color=colour, linestyle=_STYLES[number], linewidth=2.6, marker=marker)


def _end_labels(axes: Axes, last: int, ends: Sequence[tuple[str, float]], decimals: int) -> None:
    """Names and last values beside the lines, moved apart where they would touch."""
    texts = [textwrap.fill(f"{name} {plain(value, decimals)}", 15) for name, value in ends]
    low, high = axes.get_ylim()
    inch = axes.get_position().height * float(axes.get_figure(root=True).get_figheight())  # type: ignore[union-attr]
    line = (high - low) * 0.17 / inch
    heights = [value for _, value in ends]
    needed = line * sum(text.count("\n") + 1 for text in texts) / 2 + 0.3 * line
    if abs(heights[1] - heights[0]) < needed:
        middle, up = sum(heights) / 2, heights[1] >= heights[0]
        half = needed / 2
        middle = min(max(middle, low + half), high - half)
        heights = [middle - half, middle + half] if up else [middle + half, middle - half]
    for number, (text, height, (_, value)) in enumerate(zip(texts, heights, ends, strict=True)):
        axes.annotate(
            text,
            xy=(last, value),
            xytext=(1 + 0.018 / axes.get_position().width, height),
            textcoords=axes.get_yaxis_transform(),
            fontsize=10,
            color=BLACK,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": TWO_COLOURS[number], "linewidth": 1.5, "relpos": (0, 0.5)},
        )


def _year_ticks(axes: Axes, years: list[int]) -> None:
    if len(years) == 1:
        axes.set_xlim(years[0] - 0.5, years[0] + 0.5)
        axes.set_xticks(years)
        return
    axes.set_xlim(years[0], years[-1])
    step = max(1, -(-(len(years) - 1) // 4))
    ticks = [year for year in years[::step] if years[-1] - year >= 0.85 * step]
    axes.set_xticks([*ticks, years[-1]])


def _need_title(results: Results, chosen: Sequence[Pair]) -> str:
    last = results.years[-1]
    found = [results.difference(pair.ours, pair.against, "unmet_need_people", last) for pair in chosen]
    told = [e.clear and round(e.value) != 0 for e in found]
    if not told[-1]:
        return f"No clear difference in unmet need {AFTER.strip() if any(told) else f'by {last}'}"
    head = f"{plain(abs(found[-1].value))} {'fewer' if found[-1].value < 0 else 'more'} people with unmet need"
    if len(chosen) > 1:
        return f"{head}{AFTER}"
    return short_title(f"{head} by {last} under {called(results.plan, chosen[-1].ours)}", f"{head} by {last}")


def _balance_title(results: Results, chosen: Sequence[Pair]) -> str:
    names = [scenario for pair in chosen for scenario in (pair.against, pair.ours)]
    over = sum(results.estimate(name, "council_balance", "horizon").value < 0 for name in names)
    if not over and any(results.estimate(n, "council_balance", y).value < 0 for n in names for y in results.years):
        return "The council overspends in some years, but not over all"
    if over in (0, len(names)):
        return f"On average the council {'overspends' if over else 'stays in budget'} under every option"
    return f"The council overspends under {over} of {len(names)} options"


def fifths(results: Results, chosen: Sequence[Pair]) -> Picture:
    """How many more or fewer people have unmet need under the option, by deprivation fifth, with the range."""
    last = results.years[-1]
    title = _fifths_title(results, chosen[-1])
    ours, against = called(results.plan, chosen[0].ours), called(results.plan, chosen[0].against)
    subtitle = f"People with unmet need in {last}: {ours} less {against}; lines are 95 % ranges from chance"
    budgets = [pair.budget for pair in chosen]
    figure, shown = panels(
        len(chosen), title, textwrap.shorten(subtitle, 120), budgets, height=1.72, left=0.078, beside=0.02
    )
    rows: list[tuple[Cell, ...]] = []
    told = []
    hidden = not_shown(results)
    estimates = [[_fifth(results, pair, fifth, hidden) for fifth in FIFTHS] for pair in chosen]
    known = [e for row in estimates for e in row if not isinstance(e, str)]
    ends = [0.0, *(end for e in known for end in (e.value, *((e.low, e.high) if e.half >= 0 else ())))]
    span = (max(ends) - min(ends)) or 1.0
    for pair, axes, found in zip(chosen, shown, estimates, strict=True):
        for place, e in enumerate(found):
            if isinstance(e, str):
                axes.text(place, -0.03 * span, e, ha="center", va="top", fontsize=10, color=GREY, bbox=_PAPER)
                rows.append((pair.budget, place + 1, e, "", ""))
                continue
            colour = TWO_COLOURS[1] if e.value > 0 else TWO_COLOURS[0]
            axes.bar(place, e.value, width=0.62, color=colour, alpha=0.9)
            if e.half >= 0:
                axes.plot([place, place], [e.low, e.high], color=BLACK, linewidth=1.3)
            edge = min(e.value, e.low if e.half >= 0 else e.value, 0.0)
            axes.text(
                place, edge - 0.03 * span, signed(e.value), ha="center", va="top", fontsize=10, color=BLACK, bbox=_PAPER
            )
            rows.append((pair.budget, place + 1, e.value, e.low, e.high))
        axes.set_ylim(min(ends) - 0.28 * span, max(ends) + 0.05 * span)
        axes.set_xlim(-0.5, 4.5)
        axes.set_xticks(range(5), ["most deprived", "2", "3", "4", "least deprived"], fontsize=10)
        axes.axhline(0, color=GREY, linewidth=1)
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(axis="x", length=0)
        number_ticks(axes, whole=True)
        axes.grid(axis="y", color=PALE, linewidth=0.8)
        axes.set_axisbelow(True)
        told.append(f"{pair.budget}: " + ", ".join(e if isinstance(e, str) else signed(e.value) for e in found))
    alt = f"Bar chart. {subtitle}. From the most to the least deprived fifth. {'; '.join(told)}."
    columns = ("budget", "deprivation fifth (1 is the most deprived)", "difference, people", "low", "high")
    return save(figure, "gain_by_fifth", title, alt, columns, rows)


def _fifth(results: Results, pair: Pair, group: str, hidden: Mapping[str, str]) -> Estimate | str:
    """The difference in one fifth, or why it is not shown."""
    if group in hidden:
        return hidden[group]
    return results.difference(pair.ours, pair.against, "unmet_need_people", results.years[-1], "quintile", group)


def _fifths_title(results: Results, pair: Pair) -> str:
    """Which end of the scale the difference favours, if either clearly."""

    def share(group: str) -> Values:
        needs = results.values(pair.against, "need_people", results.years[-1], "quintile", group)
        gap = results.values(pair.ours, "unmet_need_people", results.years[-1], "quintile", group) - results.values(
            pair.against, "unmet_need_people", results.years[-1], "quintile", group
        )
        return np.divide(gap, needs, out=np.zeros_like(gap), where=needs > 0)

    found = estimate(share("1") - share("5"))
    if untold := ends_title(results):
        return untold
    if not found.clear:
        return "No clear difference between most and least deprived fifths"
    return f"The {'most' if found.value < 0 else 'least'} deprived fifth fares better, for its need"


def brief_pictures(results: Results, chosen: Sequence[Pair], fan_inches: float = _FAN_INCHES) -> list[Picture]:
    """The pictures of a brief that the results allow.

    Args:
        results: What was run.
        chosen: The options against their yardsticks.
        fan_inches: Height of the lines over the years: as two pages have room for, unless there is more.
    """
    import matplotlib as mpl

    found: list[Picture] = []
    where = results.plan.place.heading
    with mpl.rc_context(STYLE):
        if results.has("unmet_need_people"):
            subtitle = f"Adults with unmet need, {where}"
            title = _need_title(results, chosen)
            found.append(fan(results, chosen, "unmet_need_people", "brief_need", title, subtitle, height=fan_inches))
        if results.has("council_balance"):
            subtitle = f"Council budget less spending in the year, £ million at 2023/24 prices, {where}"
            title = _balance_title(results, chosen)
            found.append(
                fan(results, chosen, "council_balance", "brief_balance", title, subtitle, _MILLION, height=fan_inches)
            )
        if results.has("cost", "payer", "council"):
            found.append(bridge(results, chosen))
        if results.has("unmet_need_people", "quintile", "1"):
            found.append(fifths(results, chosen))
    return found
