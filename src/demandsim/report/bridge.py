"""The bridge: from what the yardstick costs to what an option costs, payer by payer or service by service."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from demandsim.experiment.comparison import Estimate, Results, Values, estimate
from demandsim.measures.costs import bridge as bridge_steps
from demandsim.report.canvas import AFTER, BLACK, GREY, STYLE, TWO_COLOURS, Cell, Picture, panels, save, short_title
from demandsim.report.headlines import called, in_words, millions, money_decimals, signed
from demandsim.report.pairs import Pair, payer_label, payers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

By = Literal["payer", "service"]

_PAPER: Any = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
"""Behind an amount, so that neither the line at 0 nor the next bar strikes it through."""

_MILLION = 1e6
_LABEL_INCHES = 1.3
"""Room right of a bar for an amount that is unclear."""
BESIDE_TWO = 0.215
"""Room left of each of two panels for the names of its bars, as a share of the width."""
_NO_DIFFERENCE = "No clear difference in what the council spends"
_MOST = 8
"""Services with a bar of their own; the others stand together."""
_OTHERS = "Everything else"
_SERVICES = {
    "acute": "Emergency stays",
    "ae": "A&E",
    "benefits": "Benefits claimed",
    "carers": "Support for carers",
    "carers_allowance": "Carer’s Allowance",
    "community": "Community, prevention",
    "debt": "Repaying debt",
    "local_tax": "Council tax and charges",
    "lost_earnings": "Carers’ lost earnings",
    "nursing": "Nursing homes",
    "residential": "Residential homes",
    "unpaid_care": "Unpaid care, its worth",
    "working_age": "Working-age support",
}


def service_label(name: str) -> str:
    """What a service is called."""
    return _SERVICES.get(name, in_words(name).capitalize())


def changes(results: Results, pair: Pair, by: By = "payer") -> list[tuple[str, Estimate]]:
    """What is paid more under the option over the whole run, pounds.

    Args:
        results: What was run.
        pair: The yardstick and the option.
        by: By payer, in the order in which payers are shown; or by service, the largest change first.
    """
    groups = payers(results)
    if by == "service":
        groups = list(bridge_steps(results.measures, pair.against, pair.ours, "service")["group"])
    return [(group, results.difference(pair.ours, pair.against, "cost", "horizon", by, group)) for group in groups]


def bars(results: Results, chosen: Sequence[Pair], by: By) -> list[list[tuple[str, Estimate]]]:
    """The bars of each pair, with their labels: the same bars in the same order for all."""
    if by == "payer":
        return [[(payer_label(group), found) for group, found in changes(results, pair)] for pair in chosen]
    shown = [group for group, _ in changes(results, chosen[-1], "service")[:_MOST]]
    told = []
    for pair in chosen:
        found = dict(changes(results, pair, "service"))
        others = [_gap(results, pair, "service", group) for group in found if group not in shown]
        rows = [
            (service_label(group), found.get(group, estimate(np.zeros(len(results.replicates))))) for group in shown
        ]
        told.append([*rows, (_OTHERS, estimate(np.sum(others, axis=0)))] if others else rows)
    return told


def _gap(results: Results, pair: Pair, by: By, group: str) -> Values:
    """What a group costs more under the option over the whole run, by replicate."""
    ours = results.values(pair.ours, "cost", "horizon", by, group)
    return np.asarray(ours - results.values(pair.against, "cost", "horizon", by, group))


def bridge(results: Results, chosen: Sequence[Pair], by: By = "payer") -> Picture:
    """From the yardstick's cost to the option's: each bar begins where the one before ended."""
    rows_of = bars(results, chosen, by)
    decimals = money_decimals(results)
    title = _title(results, chosen) if by == "payer" else _service_title(rows_of, decimals)
    span = f"over {len(results.years)} years" if len(results.years) > 1 else f"in {results.years[0]}"
    ours, against = called(results.plan, chosen[0].ours), called(results.plan, chosen[0].against)
    subtitle = f"Cost of {ours} less {against} {span}, £ million, 2023/24 prices; each bar begins where the last ended"
    count = len(rows_of[0]) + 1
    figure, shown = panels(
        len(chosen),
        title,
        textwrap.shorten(subtitle, 120),
        [pair.budget for pair in chosen],
        height=0.82 + 0.205 * count,
        left=BESIDE_TWO if len(chosen) > 1 else 0.28,
        beside=0.02,
        below=0.06,
    )
    rows: list[tuple[Cell, ...]] = []
    told = []
    for pair, axes, found in zip(chosen, shown, rows_of, strict=True):
        waterfall(axes, found, decimals)
        groups = payers(results) if by == "payer" else results.groups("cost", "service")
        total = estimate(np.sum([_gap(results, pair, by, group) for group in groups], axis=0))
        for name, e in [*found, ("Together", total)]:
            rows.append((pair.budget, name, e.value / _MILLION, e.low / _MILLION, e.high / _MILLION))
        words = ", ".join(f"{name} {signed(e.value / _MILLION, decimals)}" for name, e in found)
        told.append(f"{pair.budget}: {words}, together {signed(total.value / _MILLION, decimals)}")
    alt = f"Bridge chart. {subtitle}. {'; '.join(told)}."
    name = "cost_bridge" if by == "payer" else "cost_bridge_by_service"
    return save(figure, name, title, alt, ("budget", by, "change, GBP million", "low", "high"), rows)


def service_bridge(results: Results, chosen: Sequence[Pair]) -> list[Picture]:
    """The bridge by service, as one picture; none where costs are not known by service."""
    import matplotlib as mpl

    if not results.groups("cost", "service"):
        return []
    with mpl.rc_context(STYLE):
        return [bridge(results, chosen, "service")]


def waterfall(axes: Axes, found: Sequence[tuple[str, Estimate]], decimals: int = 1) -> None:
    """Draw bars that hang together, the sum last.

    Args:
        axes: Where.
        found: Labels and changes in pounds, in order.
        decimals: Decimals of a million shown.
    """
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
        unclear = "" if last or found[place][1].clear or not round(value, decimals) else "  unclear"
        at = max(start, end) + 0.03 * reach
        amount = signed(value, decimals) + unclear
        axes.text(at, place, amount, va="center", fontsize=10, color=BLACK, bbox=_PAPER)
    names = [textwrap.fill(name, 24) for name, _ in found]
    axes.set_yticks(range(len(values)), [*names, "Together"], fontsize=10, linespacing=0.95)
    span = (high - low) or 1.0
    inches = axes.get_position().width * float(axes.get_figure(root=True).get_figwidth())  # type: ignore[union-attr]
    room = 1.06 * _LABEL_INCHES / (inches - _LABEL_INCHES)
    axes.set_xlim(low - 0.06 * span, high + room * span)
    axes.set_xticks([])
    axes.axvline(0, color=GREY, linewidth=1)
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()


def _title(results: Results, chosen: Sequence[Pair]) -> str:
    """What the council spends more or less under the last budget, which is named where there are two."""
    decimals = money_decimals(results)

    def told(pair: Pair) -> str:
        found = dict(changes(results, pair)).get("council")
        if found is None or not found.clear or round(found.value / _MILLION, decimals) == 0:
            return ""
        return f"The council spends {millions(found.value, decimals)} {'more' if found.value > 0 else 'less'}"

    *before, last = [told(pair) for pair in chosen]
    when = AFTER if before else ""
    if last:
        return short_title(f"{last} under {called(results.plan, chosen[-1].ours)}{when}", f"{last}{when}")
    return f"Council spending does not clearly differ{when}" if any(before) else _NO_DIFFERENCE


def _service_title(found: Sequence[Sequence[tuple[str, Estimate]]], decimals: int = 1) -> str:
    """The largest clear change under the last budget, which is named where there are two."""

    def clear(rows: Sequence[tuple[str, Estimate]]) -> list[tuple[str, Estimate]]:
        return [(name, e) for name, e in rows if e.clear and round(e.value / _MILLION, decimals) and name != _OTHERS]

    when = AFTER if len(found) > 1 else ""
    if not clear(found[-1]):
        return f"No service’s cost clearly differs{when if any(map(clear, found)) else ''}"
    name, e = max(clear(found[-1]), key=lambda row: abs(row[1].value))
    told = f"{name}: {millions(e.value, decimals)} {'more' if e.value > 0 else 'less'}{when}"
    largest = abs(e.value) >= max(abs(other.value) for _, other in found[-1])
    return short_title(f"{told}, the largest {'change' if largest else 'clear change'}", told)
