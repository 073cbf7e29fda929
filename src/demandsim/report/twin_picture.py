"""Pictures of a twin: help by source, what happens when, satisfaction with life, and what it has cost, side by side."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from demandsim.agents.citizens import Arrangement, Setting
from demandsim.experiment.trace import Life, State, TracedMonth
from demandsim.report.canvas import COLOURS, STYLE, Picture, number_ticks, save, short_title
from demandsim.report.headlines import plain
from demandsim.report.life_table import by_payer
from demandsim.report.life_words import from_kin, has_strained_carer, hours_cared, is_strained, spells

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from demandsim.report.twins import Total, Twin

_A, _B = "#12436D", "#F46A25"
_GREY, _PALE, _BLACK = "#3D3D3D", "#D9D9D9", "#0B0C0C"
_DASH = (0, (4, 2))
_SOURCES: tuple[tuple[str, Callable[[State], float], str, str], ...] = (
    ("kin", from_kin, COLOURS[0], ""),
    ("neighbours", lambda s: s["neighbour_hours"], COLOURS[1], ".."),
    ("paid help", lambda s: s["paid_hours"] + s["reablement_hours"] + s["relieved_hours"], COLOURS[2], "//"),
    ("the care home", lambda s: s["hands_on"] * (s["setting"] == Setting.CARE_HOME), COLOURS[3], "xx"),
)
_CARE: tuple[tuple[str, Callable[[State], float], str, str], ...] = (("care given", hours_cared, COLOURS[1], ""),)
_HELP_FROM = 0.5
"""Hours of help needed a week from which it is drawn who gives it; below, what care the person gives."""
_WELLBEING = "Satisfaction with life, 0 to 10 (the axis does not start at 0)"
_YEAR = 12


def picture(twin: Twin) -> Picture:
    """The two lives in one picture."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        title = title_of(twin)
        lanes = lanes_of(twin)
        heights = [2.1, 0.42 * max(len(lanes), 1) + 0.35, 1.7, 1.9]
        top = sum(heights) + 3.35
        figure = Figure(figsize=(9.6, top))
        grid = figure.add_gridspec(
            4, 2, height_ratios=heights, left=0.20, right=0.80, top=1 - 1.55 / top, bottom=0.04,
            hspace=0.42, wspace=0.16,
        )  # fmt: skip
        figure.text(0.02, 1 - 0.35 / top, title, fontsize=16, fontweight="bold", color=_BLACK, va="center")
        figure.text(0.02, 1 - 0.58 / top, _subtitle(twin), fontsize=11, color=_GREY, va="top", linespacing=1.5)
        first = figure.add_subplot(grid[0, 0])
        second = figure.add_subplot(grid[0, 1], sharey=first)
        _help(first, twin, 0)
        _help(second, twin, 1)
        _draw_lanes(figure.add_subplot(grid[1, :]), twin, lanes)
        _lines(figure.add_subplot(grid[2, :]), twin, _WELLBEING, _wellbeing, 1)
        _lines(figure.add_subplot(grid[3, :]), twin, "Paid so far by council and NHS, £ thousand", _public, 1)
        return save(figure, f"twin_{twin.id}", title, _alt(twin))


def _subtitle(twin: Twin) -> str:
    plan = twin.traced.plan
    one, other = (
        f"{label}, {name}" if label != name else name for label, name in zip(twin.labels, twin.scenarios, strict=True)
    )
    return (
        f"{twin.name} ({twin.id}), an invented resident of {plan.place.spoken}, from April 2024\n"
        f"Solid: {one}. Dashed or hatched: {other}.{f' Both {twin.shared_cut}.' if twin.shared_cut else ''}"
    )


def title_of(twin: Twin) -> str:
    """What differs most for the person, in ten words or fewer."""
    what = biggest_difference(twin)
    if not what:
        return f"{twin.name}: two lives that hardly differ"
    return short_title(f"{what} under {twin.scenarios[1]}", f"{what} under {twin.labels[1]}", what)


def biggest_difference(twin: Twin, about: str = "") -> str:
    """What differs most under the second scenario, without naming it; empty where no months differ.

    Args:
        twin: Two lives.
        about: Label of the total that the story is about: it is told wherever it differs at all.
    """
    counted = [row for row in twin.totals if not row.pounds and row.label.startswith("Months")]
    if not counted:
        return ""

    def apart(row: Total) -> float:
        return abs(row.values[1] - row.values[0])

    row = max(counted, key=lambda row: (row.label == about and round(apart(row)) > 0, apart(row)))
    change = round(row.values[1] - row.values[0])
    word = "more" if change > 0 else "fewer"
    return f"{twin.name}: {abs(change)} {word} {row.label[0].lower()}{row.label[1:]}" if change else ""


def _months(life: Life) -> list[int]:
    return [m.month for m in life.months]


def _help(axes: Axes, twin: Twin, number: int) -> None:
    """Hours of help by source as a stack, and what is needed as a line; or hours of care given."""
    from matplotlib.patches import Rectangle

    life = twin.lives[number]
    months = _months(life)
    needs = max((m.state["hands_on"] for each in twin.lives for m in each.months), default=0.0) >= _HELP_FROM
    low = [0.0] * len(months)
    for k, (label, read, colour, hatch) in enumerate(_SOURCES if needs else _CARE):
        high = [a + float(read(m.state)) for a, m in zip(low, life.months, strict=True)]
        axes.fill_between(months, low, high, step="mid", facecolor=colour, edgecolor="white", hatch=hatch, lw=0)
        low = high
        if number == 1:
            swatch: Any = {"facecolor": colour, "edgecolor": "white", "hatch": hatch, "lw": 0, "clip_on": False}
            axes.add_patch(Rectangle((1.04, 0.05 + 0.19 * k), 0.10, 0.12, transform=axes.transAxes, **swatch))
            _beside(axes, 0.11 + 0.19 * k, label, 1.17)
    if needs:
        axes.plot(months, [m.state["hands_on"] for m in life.months], color=_BLACK, linewidth=1.6)
        if number == 1:
            _beside(axes, 0.90, "line: hands-on need", 1.04)
    what = "Help" if needs else "Care given"
    axes.set_title(f"{what}, hours a week: {twin.labels[number]}", fontsize=11, fontweight="bold", color=_BLACK)
    axes.set_ylim(bottom=0)
    number_ticks(axes)
    if number == 1:
        axes.tick_params(labelleft=False)
    _time_axis(axes, twin, few=True)


def _beside(axes: Axes, height: float, words: str, left: float) -> None:
    """A label right of a chart."""
    axes.text(left, height, words, transform=axes.transAxes, fontsize=10, color=_BLACK, va="center")


def lanes_of(twin: Twin) -> list[tuple[str, Callable[[TracedMonth], bool]]]:
    """What is drawn as bars over time: whatever happens in one of the lives at least."""
    level = twin.strain_level
    every: tuple[tuple[str, Callable[[TracedMonth], bool]], ...] = (
        ("Well short of help", lambda m: bool(m.state["unmet"])),
        ("Waits for the council", lambda m: m.state["waiting"] > 0),
        ("Reablement", lambda m: m.state["reablement"] > 0),
        ("Support at home", lambda m: m.state["arrangement"] != Arrangement.NONE or m.state["paid_hours"] > 0),
        ("In hospital", lambda m: bool(m.state["admitted"] or m.state["delayed_days"] > 0)),
        ("In a care home", lambda m: m.state["setting"] == Setting.CARE_HOME),
        ("Has a strained carer", lambda m: has_strained_carer(m, level)),
        ("Strained by caring", lambda m: is_strained(m.state, level)),
        ("Had to stop caring", lambda m: m.state["broken_down"] > 0),
        ("Often lonely", lambda m: bool(m.state["lonely"])),
    )
    return [(label, test) for label, test in every if any(test(m) for life in twin.lives for m in life.months)]


def _draw_lanes(axes: Axes, twin: Twin, lanes: list[tuple[str, Callable[[TracedMonth], bool]]]) -> None:
    """A lane for each state, two thin bars in it: the first scenario solid, the second hatched."""
    for place, (_, test) in enumerate(lanes):
        for number, life in enumerate(twin.lives):
            style: Any = {"facecolor": _A} if number == 0 else {"facecolor": "white", "edgecolor": _B, "hatch": "////"}
            axes.broken_barh(stretches(life, test), (place - 0.36 + 0.38 * number, 0.32), lw=1, **style)
    axes.set_yticks(range(len(lanes)), [label for label, _ in lanes], fontsize=10, color=_BLACK)
    axes.set_ylim(len(lanes) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    one, other = twin.labels
    axes.set_title(f"When: upper bars {one}, lower hatched bars {other}", fontsize=11, fontweight="bold", color=_BLACK)
    axes.grid(axis="x", color=_PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    _time_axis(axes, twin)


def stretches(life: Life, test: Callable[[TracedMonth], bool]) -> list[tuple[float, float]]:
    """Months in which a state holds, as (start, length)."""
    flags = [test(m) for m in life.months]
    turns = [*spells(flags, False, 1), (len(flags), False)]
    return [(life.months[start].month - 0.5, float(end - start)) for (start, on), (end, _) in pairwise(turns) if on]


def _wellbeing(life: Life) -> list[float]:
    return [float(m.state["wellbeing"]) for m in life.months]


def _public(life: Life) -> list[float]:
    """Pounds, thousands, that council and NHS have paid so far."""
    total, found = 0.0, []
    for month in life.months:
        paid = by_payer(month)
        total += (paid["council"] + paid["nhs"]) / 1000
        found.append(total)
    return found


def _lines(axes: Axes, twin: Twin, title: str, read: Callable[[Life], list[float]], decimals: int) -> None:
    """A line for each scenario, labelled where it ends, with how the life ends if it does."""
    ends = []
    for number, life in enumerate(twin.lives):
        values = read(life)
        style: Any = {"color": _A, "linestyle": "-"} if number == 0 else {"color": _B, "linestyle": _DASH}
        axes.plot(_months(life), values, linewidth=2.6, **style)
        ends.append(values[-1] if values else 0.0)
    low, high = axes.get_ylim()
    high += 0.12 * (high - low)
    axes.set_ylim(low, high)
    gap = 0.2 * (high - low)
    spread = [*ends]
    if abs(ends[0] - ends[1]) < gap:
        middle, up = sum(ends) / 2, 1 if ends[0] >= ends[1] else -1
        spread = [middle + up * gap / 2, middle - up * gap / 2]
    for life, label, end, height in zip(twin.lives, twin.labels, ends, spread, strict=True):
        last = life.months[-1].month if life.months else 0
        how = f" ({life.end})" if life.end else ""
        axes.text(last + 1.2, height, f"{label}  {plain(end, decimals)}{how}", fontsize=10, color=_BLACK, va="center")
    axes.set_title(title, fontsize=11, fontweight="bold", color=_BLACK)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(axis="y", color=_PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    _time_axis(axes, twin)


def _time_axis(axes: Axes, twin: Twin, *, few: bool = False) -> None:
    """Years along the bottom, each at its April."""
    years = twin.traced.plan.years
    step = max(1, -(-years // (4 if few else 10)))
    axes.tick_params(labelsize=10)
    axes.set_xlim(-0.5, years * _YEAR - 0.5)
    axes.set_xticks([k * _YEAR - 0.5 for k in range(0, years, step)], [str(2024 + k) for k in range(0, years, step)])


def _alt(twin: Twin) -> str:
    """The picture in words: totals of both lives."""
    one, other = twin.scenarios
    told = []
    for row in twin.totals:
        a, b = (f"£{plain(v)}" if row.pounds else plain(v) for v in row.values)
        told.append(f"{row.label.strip()}: {a} under {one}, {b} under {other}")
    cut = f", both {twin.shared_cut}" if twin.shared_cut else ""
    return (
        f"Four charts of one invented person's life, {twin.name} ({twin.id}), month by month, under {one} and {other}"
        f"{cut}: help by source, what happens when, satisfaction with life, and what council and NHS have paid. "
        f"In all: {'; '.join(told)}."
    )
