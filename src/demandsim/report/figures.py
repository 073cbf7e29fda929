"""Pictures of an answer: who has unmet need, who bears strain, what it costs whom, and whether the council balances.

Colours are those of the Government Analysis Function; a cut is dashed, so that colour never stands alone; lines are
labelled directly; titles say what is shown. The same results give the same bytes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demandsim.experiment.comparison import Estimate, Results
from demandsim.report.canvas import (
    BLACK,
    COLOURS,
    GREY,
    PALE,
    STYLE,
    TWO_COLOURS,
    Cell,
    Picture,
    number_ticks,
    save,
    short_title,
    spread_apart,
    titles,
)
from demandsim.report.fifths import FIFTH, FIFTHS, ends_title, not_shown
from demandsim.report.headlines import cut_in_words, in_words, millions, money_decimals, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from demandsim.scenario.scenario import Scenario

_MILLION = 1e6
_NOTABLE_POINTS = 2.0
_RUNS = "lowest to highest"
BAR_GRID: Any = {"left": 0.235, "right": 0.96, "top": 0.80, "bottom": 0.04, "hspace": 0.38, "wspace": 0.95}
"""Where the panels of bars stand: room on their left for names, on their right for amounts."""


@dataclass(frozen=True, slots=True)
class Line:
    """How one scenario is drawn.

    Attributes:
        scenario: Its name.
        label: What it is called in the picture.
        colour: Its practice's colour.
        dashed: Whether it is a cut version.
    """

    scenario: str
    label: str
    colour: str
    dashed: bool


def drawn(results: Results) -> list[Line]:
    """How each scenario is drawn: colour by practice, dashes by cut."""
    plan = results.plan
    colours = TWO_COLOURS if len(plan.practices) == 2 else COLOURS

    def line(number: int, scenario: Scenario, dashed: bool) -> Line:
        practice = in_words(plan.practices[number].name)
        label = f"{practice}, {plan.cut:g} % cut" if dashed else practice
        return Line(scenario.name, label, colours[number % len(colours)], dashed)

    whole = [line(number, scenario, False) for number, scenario in enumerate(plan.practices)]
    return whole + [line(number, scenario, True) for number, scenario in enumerate(plan.cuts)]


def _frame(title: str, subtitle: str, *, height: float = 5.2) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, height))
    axes = figure.add_axes((0.09, 0.12, 0.62, 0.70))
    titles(figure, title, subtitle)
    return figure, axes


Band = Callable[[str, int], tuple[float, float]]
"""The lower and upper end of a range, by scenario and year."""


def lines_by_year(
    results: Results,
    name: str,
    measure: str,
    title: str,
    subtitle: str,
    *,
    unit: float = 1.0,
    decimals: int = 0,
    bands: Mapping[str, Band] | None = None,
) -> Picture:
    """A line a scenario over the years, in its ranges, labelled at its end.

    Args:
        results: What was run.
        name: File name of the picture.
        measure: What is drawn.
        title: The picture's title.
        subtitle: The line below it.
        unit: What one shown number is worth.
        decimals: Decimals shown.
        bands: Ranges to shade, outermost first, by what they hold; from the lowest run to the highest if left out.
    """
    lines = drawn(results)
    years = results.years
    if bands is None:
        bands = {_RUNS: lambda scenario, year: ((v := results.values(scenario, measure, year)).min(), v.max())}
    figure, axes = _frame(title, subtitle)
    ends: list[float] = []
    rows: list[tuple[Cell, ...]] = []
    for line in lines:
        values = [results.estimate(line.scenario, measure, year).value / unit for year in years]
        shaded = [
            [tuple(float(end / unit) for end in band(line.scenario, year)) for year in years] for band in bands.values()
        ]
        _draw(axes, years, line, values, shaded)
        ends.append(values[-1])
        rows += [
            (line.scenario, year, values[number], *(end for band in shaded for end in band[number]))
            for number, year in enumerate(years)
        ]
    low = _name_ends(axes, lines, years[-1], ends, decimals)
    _caption(figure, results, list(bands), starts_at_zero=low <= 0)
    _year_axis(axes, years)
    number_ticks(axes, whole=decimals == 0)
    axes.grid(axis="y", color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    columns = ["scenario", "year", "mean"]
    for words in bands:
        columns += ["lowest run", "highest run"] if words == _RUNS else [f"{words}, low", f"{words}, high"]
    return save(figure, name, title, _alt(lines, results, measure, subtitle, unit, decimals), columns, rows)


def _draw(
    axes: Axes,
    years: Sequence[int],
    line: Line,
    values: Sequence[float],
    shaded: Sequence[Sequence[tuple[float, ...]]],
) -> None:
    """A line over the years, and its ranges from a lower to an upper end shaded behind it."""
    style = (0, (4, 2)) if line.dashed else "-"
    axes.plot(years, values, color=line.colour, linestyle=style, linewidth=3, solid_capstyle="round")
    for band in shaded:
        lows, highs = zip(*band, strict=True)
        axes.fill_between(years, lows, highs, color=line.colour, alpha=0.12, linewidth=0)


def _name_ends(axes: Axes, lines: Sequence[Line], last: int, ends: Sequence[float], decimals: int) -> float:
    """Write beside the end of each line whose it is and where it stands, none over another.

    The axis is made to hold all labels, and 0 is marked where values lie on both sides of it.

    Returns:
        The lowest value of the axis.
    """
    low, high = axes.get_ylim()
    if low < 0 < high:
        axes.axhline(0, color=GREY, linewidth=1)
    labels = [textwrap.fill(f"{line.label}  {plain(end, decimals)}", 29) for line, end in zip(lines, ends, strict=True)]
    tallest = max(label.count("\n") + 1 for label in labels)
    heights = spread_apart(ends, (high - low) * 0.062 * tallest)
    low, high = min(low, *heights), max(high, *heights)
    axes.set_ylim(low, high)
    for line, label, end, height in zip(lines, labels, ends, heights, strict=True):
        axes.annotate(
            label,
            xy=(last, end),
            xytext=(1.04, height),
            textcoords=axes.get_yaxis_transform(),
            color=BLACK,
            va="center",
            fontsize=11,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": line.colour,
                "linewidth": 1.5,
                "shrinkA": 1,
                "shrinkB": 2,
                "relpos": (0, 0.5),
            },
        )
    return low


def _caption(figure: Figure, results: Results, bands: Sequence[str], *, starts_at_zero: bool) -> None:
    """What the bands are, and a warning where the axis does not start at 0."""
    told = []
    if len(results.replicates) > 1:
        number = len(results.replicates)
        if list(bands) == [_RUNS]:
            told.append(f"Band: {_RUNS} of {number} runs. Runs share their luck, so lines differ less by chance.")
        else:
            named = [f"{place}: {words}" for place, words in zip(("Outer band", "Inner band"), bands, strict=False)]
            told.append(". ".join(named if len(bands) > 1 else [f"Band: {bands[0]}"]) + f" ({number} runs).")
    if results.plan.cut and cut_in_words(results) != f"{results.plan.cut:g} % cut":
        told.append(f"{cut_in_words(results)}.")
    if not starts_at_zero:
        told.append("The axis does not start at 0.")
    figure.text(0.02, 0.025, " ".join(told), fontsize=9, color=GREY, va="center")


def _year_axis(axes: Axes, years: list[int]) -> None:
    axes.set_xticks(years if len(years) <= 6 else years[:: max(1, (len(years) - 1) // 3)])
    if len(years) == 1:
        axes.set_xlim(years[0] - 0.5, years[0] + 0.5)
    else:
        axes.set_xlim(years[0], years[-1])


def _alt(lines: Sequence[Line], results: Results, measure: str, subtitle: str, unit: float, decimals: int) -> str:
    """A line picture in words."""
    first, last = results.years[0], results.years[-1]
    told = [
        f"{line.label}: {plain(results.estimate(line.scenario, measure, first).value / unit, decimals)} in {first}, "
        f"{plain(results.estimate(line.scenario, measure, last).value / unit, decimals)} in {last}"
        for line in lines
    ]
    return f"Line chart. {subtitle}. {'; '.join(told)}."


_SEVERAL = 2
"""Years that a difference must clearly have been the other way round before a title tells of it."""


def contrast_title(results: Results, measure: str, fewer: str, more: str, thing: str) -> str:
    """A title that states what the practices do to a measure in the last year, and where it was the other way before.

    Args:
        results: What was run.
        measure: The measure.
        fewer: Phrase for less of it, such as ``fewer people have unmet need``.
        more: Phrase for more of it.
        thing: What it is called, such as ``unmet need``.
    """
    plan, last = results.plan, results.years[-1]
    if len(plan.practices) != 2:
        found = results.estimate(plan.scenarios[0].name, measure, last).value
        start = results.estimate(plan.scenarios[0].name, measure, results.years[0]).value
        words = "rises" if found > start else "falls"
        name = in_words(plan.scenarios[0].name)
        return short_title(f"Under {name}, {thing} {words} by {last}", f"{thing.capitalize()} {words} by {last}")
    name = in_words(plan.practices[1].name)

    def word(pair: Sequence[Scenario]) -> str:
        found: Estimate = results.difference(pair[1].name, pair[0].name, measure, last)
        return "" if not found.clear else fewer if found.value < 0 else more

    def turns(pair: Sequence[Scenario]) -> str:
        """What it was in several years before it came to the contrary, as words; empty where it never turned."""
        before = [results.difference(pair[1].name, pair[0].name, measure, year) for year in results.years[:-1]]
        at_last = word(pair)
        contrary = sum(e.clear and (e.value < 0) != (at_last == fewer) for e in before)
        other = more if at_last == fewer else fewer
        return f"{other}, then {at_last.split()[0]}" if at_last and contrary >= _SEVERAL else ""

    whole, cut = word(plan.practices), word(plan.cuts) if plan.cut else ""
    if turned := turns(plan.practices):
        return short_title(f"Under {name}, {turned}", turned.capitalize())
    if plan.cut and (turned := turns(plan.cuts)):
        return short_title(f"After a cut, {turned} under {name}", f"After a cut, {turned}", turned.capitalize())
    if whole and (whole == cut or not plan.cut):
        return short_title(f"Under {name}, {whole} by {last}", f"By {last}, {whole} under the second practice")
    if cut and not whole:
        return short_title(f"After a cut, {cut} under {name}", f"After a cut, {cut}")
    if whole and not cut:
        return short_title(f"Without a cut, {whole} under {name}", f"Without a cut, {whole}")
    if whole and cut:
        return short_title(f"The budget decides whether practice changes {thing}", thing.capitalize())
    return short_title(f"Practice makes no clear difference to {thing} by {last}", thing.capitalize())


def unmet_need(results: Results) -> Picture:
    """People with unmet need by year."""
    title = contrast_title(
        results, "unmet_need_people", "fewer people have unmet need", "more people have unmet need", "unmet need"
    )
    return lines_by_year(
        results, "unmet_need", "unmet_need_people", title, f"Adults with unmet need, {_where(results)}"
    )


def strained_carers(results: Results) -> Picture:
    """Strained carers by year."""
    title = contrast_title(
        results, "carer_strain", "fewer carers are strained", "more carers are strained", "carers' strain"
    )
    subtitle = f"Carers of 10 hours a week or more who are strained, {_where(results)}"
    return lines_by_year(results, "carer_strain", "carer_strain", title, subtitle)


def council_balance(results: Results) -> Picture:
    """The council's balance by year."""
    lines = drawn(results)
    totals = [results.estimate(line.scenario, "council_balance", "horizon").value for line in lines]
    over = sum(total < 0 for total in totals)
    number = len(results.years)
    span = f"Over {number} years" if number > 1 else f"In {results.years[0]}"
    if len(lines) == 1:
        title = f"{span}, the council {'overspends' if over else 'balances its budget'}"
    elif over in (0, len(lines)):
        title = f"{span}, {'every' if over else 'no'} scenario overspends"
    else:
        title = f"{span}, {over} of {len(lines)} scenarios {'overspends' if over == 1 else 'overspend'}"
    subtitle = f"Budget less spending in the year, £ million at 2023/24 prices, {_where(results)}"
    decimals = money_decimals(results)
    return lines_by_year(
        results, "council_balance", "council_balance", title, subtitle, unit=_MILLION, decimals=decimals
    )


_PAYERS = (
    ("council", "Council"),
    ("nhs", "NHS"),
    ("citizen", "Citizens' own money"),
    ("family", "Families: care and pay lost"),
)

_OTHER_PAYERS = (
    ("central", "Central government"),
    ("investor", "Investors, less what they got"),
    ("provider", "Providers' losses"),
)
"""Shown where any scenario has them."""


def _payers(results: Results) -> list[tuple[str, str]]:
    """Payers to show: the usual ones, and others through whom money went in any year."""
    others = [
        (payer, label)
        for payer, label in _OTHER_PAYERS
        if any(results.values(line.scenario, "cost", "horizon", "payer", payer).any() for line in drawn(results))
    ]
    return [*_PAYERS, *others]


def cost_by_payer(results: Results) -> Picture:
    """What each payer pays in the first and last year: one panel a payer, each with its own scale."""
    from matplotlib.figure import Figure

    lines, first, last = drawn(results), results.years[0], results.years[-1]
    title = short_title(_cost_title(results), f"What each payer spends in {last}")
    subtitle = f"£ million a year at 2023/24 prices, {_where(results)}; each panel has its own scale"
    rows, decimals = len(lines) + 1, money_decimals(results)
    payers = _payers(results)
    down = (len(payers) + 1) // 2
    figure = Figure(figsize=(9.6, 2.0 + down * (0.42 * rows + 0.55)))
    titles(figure, title, subtitle)
    grid = figure.add_gridspec(down, 2, **BAR_GRID)
    told = []
    rows_shown: list[tuple[Cell, ...]] = []
    for number, (payer, label) in enumerate(payers):
        axes = figure.add_subplot(grid[number // 2, number % 2])
        names = [f"{first}, {lines[0].label}", *(f"{last}, {line.label}" for line in lines)]
        values = [results.estimate(lines[0].scenario, "cost", first, "payer", payer).value / _MILLION]
        values += [results.estimate(line.scenario, "cost", last, "payer", payer).value / _MILLION for line in lines]
        _bars(axes, label, names, values, lines, decimals)
        when = [(lines[0], first), *((line, last) for line in lines)]
        rows_shown += [(label, line.scenario, year, v) for (line, year), v in zip(when, values, strict=True)]
        told.append(f"{label}: " + ", ".join(f"{n} £{plain(v, decimals)}m" for n, v in zip(names, values, strict=True)))
    alt = f"Bar charts. {subtitle}. {'; '.join(told)}."
    return save(figure, "cost_by_payer", title, alt, ("payer", "scenario", "year", "GBP million"), rows_shown)


def _bars(
    axes: Axes, label: str, names: list[str], values: list[float], lines: Sequence[Line], decimals: int = 1
) -> None:
    places = list(range(len(values)))
    colours = [PALE, *("white" if line.dashed else line.colour for line in lines)]
    edges = [GREY, *(line.colour for line in lines)]
    hatches = ["", *("///" if line.dashed else "" for line in lines)]
    drawn_bars = axes.barh(places, values, height=0.72, color=colours, edgecolor=edges, linewidth=1.5)
    for bar, hatch in zip(drawn_bars, hatches, strict=True):
        bar.set_hatch(hatch)
    # Below zero a payer gained: bars then run to the left, amounts stay on the right.
    low, high = min([*values, 0.0]), max([*values, 0.0])
    width = max(high - low, 1e-9)
    for place, value in zip(places, values, strict=True):
        amount = f"£{plain(value, decimals)}m"
        axes.text(max(value, 0.0) + width * 0.02, place, amount, va="center", fontsize=10, color=BLACK)
    axes.set_yticks(places, names, fontsize=10)
    axes.set_xlim(low, high + width * 0.45)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_title(label, fontsize=12, fontweight="bold", color=BLACK)


def _cost_title(results: Results) -> str:
    plan, last = results.plan, results.years[-1]
    if len(plan.practices) == 2:
        names = plan.practices[1].name, plan.practices[0].name
        found = results.difference(*names, "cost", last, "payer", "council")
        word = "more" if found.value > 0 else "less"
        if found.clear:
            amount = f"{millions(found.value, money_decimals(results))} {word} in {last}"
            return f"{in_words(names[0]).capitalize()} costs the council {amount}"
        return f"Practice makes no clear difference to council spending by {last}"
    name = plan.scenarios[0].name
    change = (
        results.estimate(name, "cost", last, "payer", "council").value
        - results.estimate(name, "cost", results.years[0], "payer", "council").value
    )
    way = "rises" if change > 0 else "falls"
    return f"Under {in_words(name)}, council spending {way} by {millions(change, money_decimals(results))}"


def by_deprivation(results: Results) -> Picture:
    """Of people with needs, the share with unmet need, by deprivation fifth."""
    lines, last = drawn(results), results.years[-1]
    hidden = not_shown(results)
    shares = {line.scenario: _unmet_shares(results, line.scenario, last, hidden) for line in lines}
    title = ends_title(results) or _deprivation_title(shares[lines[0].scenario])
    subtitle = f"Per cent of adults with care needs who have unmet need in {last}, {_where(results)}"
    figure, axes = _frame(title, subtitle)
    width = 0.8 / len(lines)
    for number, line in enumerate(lines):
        offset = (number - (len(lines) - 1) / 2) * width
        bars = axes.bar(
            [k + offset for k in range(5)],
            [0.0 if isinstance(share, str) else share for share in shares[line.scenario]],
            width * 0.88,
            color="white" if line.dashed else line.colour,
            edgecolor=line.colour,
            linewidth=1.5,
            label=line.label,
        )
        for bar in bars:
            bar.set_hatch("///" if line.dashed else "")
    for fifth, why in hidden.items():
        axes.text(int(fifth) - 1, 0, why, ha="center", va="bottom", fontsize=11, color=GREY)
    axes.set_xticks(range(5), ["most\ndeprived", "2", "3", "4", "least\ndeprived"])
    axes.yaxis.set_major_formatter(lambda value, _: f"{plain(value)} %")
    axes.grid(axis="y", color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False, fontsize=11)
    told = [
        f"{line.label}: " + ", ".join(v if isinstance(v, str) else f"{plain(v, 1)} %" for v in shares[line.scenario])
        for line in lines
    ]
    alt = f"Bar chart. {subtitle}. From the most to the least deprived fifth. {'; '.join(told)}."
    columns = ("scenario", "deprivation fifth (1 is the most deprived)", "per cent with unmet need")
    rows = [(line.scenario, fifth, v) for line in lines for fifth, v in zip(FIFTHS, shares[line.scenario], strict=True)]
    return save(figure, "by_deprivation", title, alt, columns, rows)


def _deprivation_title(shares: Sequence[float | str]) -> str:
    """Which end has more unmet need for its needs; both ends are known."""
    gap = float(shares[0]) - float(shares[-1])
    if abs(gap) < _NOTABLE_POINTS:
        return "Unmet need differs little between deprivation fifths"
    return f"{'More' if gap > 0 else 'Fewer'} of the most deprived with needs have unmet need"


def _unmet_shares(results: Results, scenario: str, year: int, hidden: Mapping[str, str]) -> list[float | str]:
    """Per cent of people with needs who have unmet need, fifth by fifth; or why a fifth is not shown."""

    def share(fifth: str) -> float:
        needs = results.estimate(scenario, "need_people", year, FIFTH, fifth).value
        unmet = results.estimate(scenario, "unmet_need_people", year, FIFTH, fifth).value
        return 100 * unmet / needs if needs else 0.0

    return [hidden[fifth] if fifth in hidden else share(fifth) for fifth in FIFTHS]


def _where(results: Results) -> str:
    return results.plan.place.heading


_PICTURES: tuple[tuple[str, Callable[[Results], Picture]], ...] = (
    ("unmet_need_people", unmet_need),
    ("carer_strain", strained_carers),
    ("council_balance", council_balance),
    ("cost", cost_by_payer),
    ("need_people", by_deprivation),
)


def pictures(results: Results) -> list[Picture]:
    """Every picture that the results allow."""
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        return [draw(results) for measure, draw in _PICTURES if results.has(measure)]
