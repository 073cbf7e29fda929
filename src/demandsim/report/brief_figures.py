"""The four pictures of a brief: need and balance as fans, who pays as a bridge, who gains by deprivation fifth.

Each has a panel for the budget as it is and one for the cut, if a cut was asked for; panels share their scale. The
yardstick is blue and dashed, the option orange and solid, and both are labelled where they end.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from demandsim.experiment.comparison import Estimate, Results, Values, estimate
from demandsim.report.canvas import BLACK, GREY, PALE, STYLE, TWO_COLOURS, Cell, Picture, save, short_title
from demandsim.report.headlines import called, millions, plain, signed
from demandsim.report.pairs import Pair, cumulative, payer_label, payers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MILLION = 1e6
_ENOUGH_FOR_QUANTILES = 10
_PAPER: Any = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
_LABEL_INCHES = 1.3
"""Room right of a bar for an amount that is unclear."""
_STYLES: tuple[Any, ...] = ((0, (5, 1.5)), "-")


def band_words(results: Results) -> str:
    """What the bands of a fan are, in words."""
    number = len(results.replicates)
    if number < 2:
        return "One run: no range from chance is shown."
    if number < _ENOUGH_FOR_QUANTILES:
        return f"Line: median. Band: lowest to highest of {number} runs, which differ by chance alone."
    return (
        f"Line: median. Dark band: the middle half of {number} runs; pale band: the middle nine tenths. "
        "Runs differ by chance alone."
    )


def _levels(results: Results) -> tuple[float, ...]:
    """Quantiles shown: low, lower middle, median, upper middle, high."""
    return (0.05, 0.25, 0.5, 0.75, 0.95) if len(results.replicates) >= _ENOUGH_FOR_QUANTILES else (0, 0, 0.5, 1, 1)


def _panels(
    count: int, title: str, subtitle: str, budgets: Sequence[str], *, height: float, left: float, beside: float
) -> tuple[Figure, list[Axes]]:
    """A figure with a panel a budget; ``left`` and ``beside`` are the room for words, as shares of the width."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, height))
    figure.text(0.008, 1 - 0.22 / height, title, fontsize=16, fontweight="bold", color=BLACK, va="center")
    figure.text(0.008, 1 - 0.50 / height, subtitle, fontsize=11, color=GREY, va="center")
    width = 1.0 / count - left - beside
    top, bottom = 1 - (1.02 if count > 1 else 0.72) / height, 0.40 / height
    found: list[Axes] = []
    for number, budget in enumerate(budgets):
        axes = figure.add_axes((number / count + left, bottom, width, top - bottom))
        if count > 1:
            axes.set_title(budget, fontsize=12, color=BLACK)
        found.append(axes)
    return figure, found


def fan(
    results: Results, chosen: Sequence[Pair], measure: str, name: str, title: str, subtitle: str, unit: float = 1.0
) -> Picture:
    """A measure over the years under the yardstick and the option, with the range from chance."""
    budgets = [pair.budget for pair in chosen]
    figure, panels = _panels(len(chosen), title, subtitle, budgets, height=2.6, left=0.068, beside=0.15)
    years = results.years
    rows: list[tuple[Cell, ...]] = []
    told = []
    quantiles: dict[str, Values] = {}
    for pair in chosen:
        for scenario in (pair.against, pair.ours):
            runs = np.array([results.values(scenario, measure, year) / unit for year in years])
            quantiles[scenario] = np.quantile(runs, _levels(results), axis=1)
            rows += [
                (pair.budget, scenario, year, *map(float, q))
                for year, q in zip(years, quantiles[scenario].T, strict=True)
            ]
    low, high = _room(list(quantiles.values()))
    decimals = 0 if high - low > 20 else 1 if high - low > 1.5 else 2
    for pair, axes in zip(chosen, panels, strict=True):
        ends = []
        for number, scenario in enumerate((pair.against, pair.ours)):
            q = quantiles[scenario]
            _fan_line(axes, years, q, number)
            ends.append((called(results.plan, scenario), float(q[2, -1])))
            told.append(f"{pair.budget}, {ends[-1][0]}: {plain(q[2, 0], decimals)} to {plain(q[2, -1], decimals)}")
        axes.set_ylim(low, high)
        _end_labels(axes, years[-1], ends, decimals)
        _year_ticks(axes, years)
        axes.yaxis.set_major_formatter(lambda value, _: plain(value, decimals))
        axes.grid(axis="y", color=PALE, linewidth=0.8)
        if low < 0 < high:
            axes.axhline(0, color=GREY, linewidth=1.2)
    alt = f"Line chart. {subtitle}, {years[0]} to {years[-1]}. {'; '.join(told)}. {band_words(results)}"
    heads = ["low", "lower middle", "median", "upper middle", "high"]
    return save(figure, name, title, alt, ("budget", "scenario", "year", *heads), rows)


def _room(quantiles: Sequence[Values]) -> tuple[float, float]:
    """Ends of the axis that all panels share: never so near each other that chance fills the picture."""
    low, high = min(float(q.min()) for q in quantiles), max(float(q.max()) for q in quantiles)
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
    line = (high - low) * 0.185 / inch
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
            fontsize=11,
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
    ticks = [year for year in years[::step] if years[-1] - year >= 0.6 * step]
    axes.set_xticks([*ticks, years[-1]])


def _need_title(results: Results, chosen: Sequence[Pair]) -> str:
    last, pair = results.years[-1], chosen[-1]
    found = results.difference(pair.ours, pair.against, "unmet_need_people", last)
    name = called(results.plan, pair.ours)
    if not found.clear or round(found.value) == 0:
        return f"No clear difference in unmet need by {last}"
    word = "fewer" if found.value < 0 else "more"
    under = "after the cut" if len(chosen) > 1 else f"under {name}"
    head = f"{plain(abs(found.value))} {word} people with unmet need"
    return short_title(f"{head} by {last} {under}", f"{head} by {last}")


def _balance_title(results: Results, chosen: Sequence[Pair]) -> str:
    names = [scenario for pair in chosen for scenario in (pair.against, pair.ours)]
    over = sum(results.estimate(name, "council_balance", "horizon").value < 0 for name in names)
    if over in (0, len(names)):
        return f"The council {'overspends' if over else 'stays in budget'} under every option"
    return f"The council overspends under {over} of {len(names)} options"


def changes(results: Results, pair: Pair) -> list[tuple[str, Estimate]]:
    """What each payer pays more under the option over the whole run, pounds, by payer."""
    return [
        (payer, results.difference(pair.ours, pair.against, "cost", "horizon", "payer", payer))
        for payer in payers(results)
    ]


def _together(results: Results, pair: Pair) -> Estimate:
    """What all payers together pay more under the option over the whole run, pounds."""
    return estimate(np.sum([cumulative(results, pair, payer)[-1] for payer in payers(results)], axis=0))


def bridge(results: Results, chosen: Sequence[Pair]) -> Picture:
    """From the yardstick's cost to the option's, payer by payer: each bar begins where the one before ended."""
    title = _bridge_title(results, chosen[-1])
    span = f"over {len(results.years)} years" if len(results.years) > 1 else f"in {results.years[0]}"
    ours, against = called(results.plan, chosen[0].ours), called(results.plan, chosen[0].against)
    subtitle = f"Cost of {ours} less {against} {span}, £ million, 2023/24 prices; each bar begins where the last ended"
    count = len(payers(results)) + 1
    figure, panels = _panels(
        len(chosen),
        title,
        textwrap.shorten(subtitle, 120),
        [pair.budget for pair in chosen],
        height=1.25 + 0.27 * count,
        left=0.185 if len(chosen) > 1 else 0.25,
        beside=0.02,
    )
    rows: list[tuple[Cell, ...]] = []
    told = []
    for pair, axes in zip(chosen, panels, strict=True):
        found = changes(results, pair)
        _waterfall(axes, found)
        total = _together(results, pair)
        for name, e in [*((payer_label(p), e) for p, e in found), ("Together", total)]:
            rows.append((pair.budget, name, e.value / _MILLION, e.low / _MILLION, e.high / _MILLION))
        words = ", ".join(f"{payer_label(p)} {signed(e.value / _MILLION, 1)}" for p, e in found)
        told.append(f"{pair.budget}: {words}, together {signed(total.value / _MILLION, 1)}")
    alt = f"Bridge chart. {subtitle}. {'; '.join(told)}."
    return save(figure, "cost_bridge", title, alt, ("budget", "payer", "change, GBP million", "low", "high"), rows)


def _waterfall(axes: Axes, found: Sequence[tuple[str, Estimate]]) -> None:
    values = [e.value / _MILLION for _, e in found]
    starts = [sum(values[:number]) for number in range(len(values))]
    values, starts = [*values, sum(values)], [*starts, 0.0]
    ends = [start + value for start, value in zip(starts, values, strict=True)]
    reach = max(map(abs, [*starts, *ends])) or 1.0
    low, high = min([*starts, *ends]), max([*starts, *ends])
    for place, (start, value, end) in enumerate(zip(starts, values, ends, strict=True)):
        last = place == len(values) - 1
        colour = GREY if last else TWO_COLOURS[1] if value > 0 else TWO_COLOURS[0]
        axes.barh(place, value, left=start, height=0.62, color=colour, edgecolor=colour)
        if not last:
            axes.plot([end, end], [place + 0.31, place + 0.69], color=GREY, linewidth=0.9)
        unclear = "" if last or found[place][1].clear or not round(value, 1) else "  unclear"
        at = max(start, end) + 0.03 * reach
        axes.text(at, place, signed(value, 1) + unclear, va="center", fontsize=10, color=BLACK)
    names = [textwrap.fill(payer_label(payer), 24) for payer, _ in found]
    axes.set_yticks(range(len(values)), [*names, "Together"], fontsize=10.5)
    span = (high - low) or 1.0
    inches = axes.get_position().width * float(axes.get_figure(root=True).get_figwidth())  # type: ignore[union-attr]
    room = 1.06 * _LABEL_INCHES / (inches - _LABEL_INCHES)
    axes.set_xlim(low - 0.06 * span, high + room * span)
    axes.set_xticks([])
    axes.axvline(0, color=GREY, linewidth=1)
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()


def _bridge_title(results: Results, pair: Pair) -> str:
    found = dict(changes(results, pair)).get("council")
    name = called(results.plan, pair.ours)
    if found is None or not found.clear or round(found.value / _MILLION, 1) == 0:
        return "No clear difference in what the council spends"
    word = "more" if found.value > 0 else "less"
    when = " after the cut" if results.plan.cut else ""
    amount = millions(found.value)
    return short_title(f"The council spends {amount} {word} under {name}{when}", f"The council spends {amount} {word}")


def fifths(results: Results, chosen: Sequence[Pair]) -> Picture:
    """How many more or fewer people have unmet need under the option, by deprivation fifth, with the range."""
    last = results.years[-1]
    title = _fifths_title(results, chosen[-1])
    ours, against = called(results.plan, chosen[0].ours), called(results.plan, chosen[0].against)
    subtitle = f"People with unmet need in {last}: {ours} less {against}; lines are 95 % ranges from chance"
    budgets = [pair.budget for pair in chosen]
    figure, panels = _panels(
        len(chosen), title, textwrap.shorten(subtitle, 120), budgets, height=2.75, left=0.07, beside=0.02
    )
    rows: list[tuple[Cell, ...]] = []
    told = []
    estimates = [[_fifth(results, pair, str(n)) for n in range(1, 6)] for pair in chosen]
    ends = [end for row in estimates for e in row for end in (e.value, *((e.low, e.high) if e.half >= 0 else ()), 0.0)]
    span = (max(ends) - min(ends)) or 1.0
    for pair, axes, found in zip(chosen, panels, estimates, strict=True):
        for place, e in enumerate(found):
            colour = TWO_COLOURS[1] if e.value > 0 else TWO_COLOURS[0]
            axes.bar(place, e.value, width=0.62, color=colour, alpha=0.9)
            if e.half >= 0:
                axes.plot([place, place], [e.low, e.high], color=BLACK, linewidth=1.3)
            edge = min(e.value, e.low if e.half >= 0 else e.value, 0.0)
            axes.text(
                place, edge - 0.03 * span, signed(e.value), ha="center", va="top", fontsize=11, color=BLACK, bbox=_PAPER
            )
            rows.append((pair.budget, place + 1, e.value, e.low, e.high))
        axes.set_ylim(min(ends) - 0.2 * span, max(ends) + 0.05 * span)
        axes.set_xticks(range(5), ["most\ndeprived", "2", "3", "4", "least\ndeprived"], fontsize=10.5)
        axes.axhline(0, color=GREY, linewidth=1)
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(axis="x", length=0)
        axes.yaxis.set_major_formatter(lambda value, _: plain(value))
        axes.grid(axis="y", color=PALE, linewidth=0.8)
        axes.set_axisbelow(True)
        told.append(f"{pair.budget}: " + ", ".join(signed(e.value) for e in found))
    alt = f"Bar chart. {subtitle}. From the most to the least deprived fifth. {'; '.join(told)}."
    columns = ("budget", "deprivation fifth (1 is the most deprived)", "difference, people", "low", "high")
    return save(figure, "gain_by_fifth", title, alt, columns, rows)


def _fifth(results: Results, pair: Pair, group: str) -> Estimate:
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
    if not found.clear:
        return "No clear difference between most and least deprived fifths"
    return f"The {'most' if found.value < 0 else 'least'} deprived fifth fares better, for its need"


def brief_pictures(results: Results, chosen: Sequence[Pair]) -> list[Picture]:
    """The pictures of a brief that the results allow."""
    import matplotlib as mpl

    found: list[Picture] = []
    where = results.plan.place.name
    with mpl.rc_context(STYLE):
        if results.has("unmet_need_people"):
            subtitle = f"Adults with unmet need, {where}"
            found.append(
                fan(results, chosen, "unmet_need_people", "brief_need", _need_title(results, chosen), subtitle)
            )
        if results.has("council_balance"):
            subtitle = f"Council budget less spending in the year, £ million at 2023/24 prices, {where}"
            title = _balance_title(results, chosen)
            found.append(fan(results, chosen, "council_balance", "brief_balance", title, subtitle, _MILLION))
        if results.has("cost", "payer", "council"):
            found.append(bridge(results, chosen))
        if results.has("unmet_need_people", "quintile", "1"):
            found.append(fifths(results, chosen))
    return found
