"""At equal spend: the cut or growth of a budget at which a scenario costs the council as much as another.

A scenario may look better only because its council overspends more. So the budget of each scenario is changed, by a
cut made over the years in which the scenario makes its cuts, until the council spends as much on services over the
whole run as under the first. What a budget does to spending is known only by running it: the answer is searched for,
within bounds, on a sample and with the luck of the real runs, so that the same question always finds the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from demandsim.experiment.draws import with_ranges
from demandsim.experiment.plan import Plan
from demandsim.measures.costs import FINANCE
from demandsim.parameters.register import Numbers

if TYPE_CHECKING:
    from demandsim.scenario.scenario import Scenario

SUFFIX = "_equal_spend"
"""End of the name of a scenario whose budget was found here."""

MOST_GROWTH, MOST_CUT = -60.0, 60.0
"""Bounds of the search: a cut in per cent, growth being a cut below 0."""

SEARCH_SCALE = 0.05
"""Largest share of residents in the runs of the search."""

MOST_RUNS = 12
"""Budgets tried for one scenario at most."""

_STEP = 5.0
_DECIMALS = 2

RunPlan = Callable[[Plan], pd.DataFrame]
"""Runs a plan and gives its tidy rows."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One budget tried.

    Attributes:
        cut: Per cent off the budget; below 0 is growth.
        gap: The council's spending on services over the run less the first scenario's, share of the latter.
    """

    cut: float
    gap: float


@dataclass(frozen=True, slots=True)
class Matched:
    """What was found for one scenario.

    Attributes:
        scenario: Name of the scenario.
        against: Name of the scenario whose spending it was to meet.
        equal: The scenario with the budget found; None where no budget within bounds will do.
        target: What the council spends on services under the first, pounds, in the runs of the search.
        tried: Every budget tried, in order.
        scale: Share of residents in the runs of the search.
        tolerance: Gap within which spending counts as equal.
    """

    scenario: str
    against: str
    equal: Scenario | None
    target: float
    tried: tuple[Tried, ...]
    scale: float
    tolerance: float

    @property
    def best(self) -> Tried:
        """The budget that came nearest."""
        return min(self.tried, key=lambda tried: (abs(tried.gap), abs(tried.cut)))


def service_spending(frame: pd.DataFrame, scenario: str) -> float:
    """What the council spends on services over the run, mean of the replicates, pounds of the base year.

    Borrowing, debt paid back and tax are left out: they buy no service.

    Args:
        frame: Tidy rows.
        scenario: Name of the scenario.
    """
    costs = frame[(frame["scenario"] == scenario) & (frame["measure"] == "cost")]
    council = costs[(costs["by"] == "payer") & (costs["group"] == "council")]
    finance = costs[(costs["by"] == "payer+service") & costs["group"].isin([f"council+{name}" for name in FINANCE])]
    runs = max(1, costs["replicate"].nunique())
    return float((council["value"].sum() - finance["value"].sum()) / runs)


def with_budget(scenario: Scenario, cut: float) -> Scenario:
    """The scenario with another cut of its budget, or growth, named for what it is.

    Args:
        scenario: Any scenario.
        cut: Per cent off the base year once the cut is made; below 0 is growth.
    """
    return replace(
        scenario,
        name=f"{scenario.name}{SUFFIX}",
        budget=replace(scenario.budget, cut_percent=float(cut)),
        origins={**scenario.origins, "budget.cut_percent": (float(cut), "--equal-spend")},
    )


def search_plan(plan: Plan) -> Plan:
    """The plan of the first run of the search: every scenario as it is, on a sample where the plan has more people."""
    return replace(plan, scale=min(plan.scale, SEARCH_SCALE), cut=0.0, draws=())


def equal_spend(plan: Plan, run: RunPlan) -> list[Matched]:
    """Find for every scenario but the first the budget at which the council spends as much on services.

    With a cut in the plan, each cut version is matched with the first scenario's.

    Args:
        plan: What is to be compared.
        run: Runs a plan; it is called several times with few scenarios.
    """
    small = search_plan(plan)
    frame = run(small)
    halves = [half for half in (plan.practices, plan.cuts) if half]
    found = []
    for first, *others in halves:
        target = service_spending(frame, first.name)
        for scenario in others:
            at_first = service_spending(frame, scenario.name) / target - 1.0
            found.append(_match(small, scenario, first.name, target, at_first, run))
    return found


def _match(small: Plan, scenario: Scenario, against: str, target: float, at_first: float, run: RunPlan) -> Matched:
    """Search for one scenario's budget."""
    tolerance = Numbers()["spend.tolerance"]

    def gap(cut: float) -> float:
        version = with_budget(scenario, cut)
        frame = run(replace(small, scenarios=(version,)))
        return service_spending(frame, version.name) / target - 1.0

    tried = find_cut(gap, Tried(scenario.budget.cut_percent, at_first), tolerance)
    best = min(tried, key=lambda each: (abs(each.gap), abs(each.cut)))
    equal = with_budget(scenario, best.cut) if abs(best.gap) <= tolerance else None
    return Matched(scenario.name, against, equal, target, tried, small.scale, tolerance)


def find_cut(gap: Callable[[float], float], start: Tried, tolerance: float) -> tuple[Tried, ...]:
    """Search for the cut at which a gap is 0: step away until it changes sign, then close in from both sides.

    Args:
        gap: The gap at a cut; the larger the cut, the smaller it is meant to be.
        start: A cut whose gap is known.
        tolerance: Gap at which the search ends.

    Returns:
        Every cut tried, in order, `start` first. None may be near enough: spending may not follow the budget, or
        jump.
    """
    tried = [start]
    if abs(start.gap) <= tolerance:
        return tuple(tried)
    low = high = start  # low overspends, high underspends
    step = _STEP if start.gap > 0 else -_STEP
    while (low.gap > 0) == (high.gap > 0) and len(tried) < MOST_RUNS:
        edge = high if step > 0 else low
        cut = min(max(edge.cut + step, MOST_GROWTH), MOST_CUT)
        if cut == edge.cut:
            return tuple(tried)
        new = Tried(cut, gap(cut))
        tried.append(new)
        low, high = (low if new.gap < 0 else new, new) if step > 0 else (new, high if new.gap > 0 else new)
        if abs(new.gap) <= tolerance:
            return tuple(tried)
        step *= 2
    return (*tried, *_close_in(gap, low, high, tolerance, MOST_RUNS - len(tried)))


def _close_in(gap: Callable[[float], float], low: Tried, high: Tried, tolerance: float, most: int) -> list[Tried]:
    """Close in on a change of sign: where the line between both ends crosses 0, kept away from the ends."""
    tried: list[Tried] = []
    while len(tried) < most:
        width = high.cut - low.cut
        at = low.cut + width * low.gap / (low.gap - high.gap)
        cut = round(min(max(at, low.cut + 0.1 * width), high.cut - 0.1 * width), _DECIMALS)
        if cut in (low.cut, high.cut):
            break
        new = Tried(cut, gap(cut))
        tried.append(new)
        if abs(new.gap) <= tolerance:
            break
        low, high = (new, high) if new.gap > 0 else (low, new)
    return tried


def with_equal_spend(plan: Plan, matched: Sequence[Matched]) -> Plan:
    """The plan with each scenario at equal spend after the scenario itself, where there is one."""
    equal: Mapping[str, Scenario] = {found.scenario: found.equal for found in matched if found.equal is not None}
    practices = list(plan.practices)
    if plan.cut:
        # Halves must mirror each other: a practice is shown at equal spend only if its cut version is, too.
        pairs = [
            (equal[practice.name], equal[cut.name])
            for practice, cut in zip(plan.practices, plan.cuts, strict=True)
            if practice.name in equal and cut.name in equal
        ]
        scenarios = (*practices, *(a for a, _ in pairs), *plan.cuts, *(b for _, b in pairs))
    else:
        scenarios = (*practices, *(equal[scenario.name] for scenario in practices if scenario.name in equal))
    return with_ranges(replace(plan, scenarios=scenarios, draws=()), len(plan.draws))
