"""Which part of a practice does the work: the difference between two practices, shared out among its parts.

A part's share (its Shapley value) is what it adds when it comes, averaged over all orders in which the parts could
come. Parts that need one another share what they make together; the shares add up to the whole difference. It is taken
replicate by replicate, since all combinations meet the same luck.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.experiment.comparison import Estimate, Values, estimate
from demandsim.experiment.errors import InputError
from demandsim.scenario.parts import PARTS, check_parts

if TYPE_CHECKING:
    from demandsim.scenario.scenario import Adoption, Scenario

Coalition = frozenset[str]
Worth = Callable[[Coalition], Values]
"""The value of a measure, by replicate, with these parts in place."""

EXACT = 7
"""Parts up to which every combination is run (128 of seven); beyond, orders are drawn."""

THE_CHANGE = "the change itself"
"""The part that holds what adopting costs: training, running old and new side by side, strain at the start."""

_COSTS_OF_CHANGE = (
    "training_hours_per_worker",
    "double_running_share",
    "double_running_years",
    "start_strain_added",
)


@dataclass(frozen=True, slots=True)
class Share:
    """What one part does.

    Attributes:
        part: Its name.
        share: Its part of the difference; the shares of all parts add up to it.
        alone: What it does by itself, without any other part.
        left: What is left of the whole difference when this part alone is missing; None where orders were drawn.
    """

    part: str
    share: Estimate
    alone: Estimate | None
    left: Estimate | None


def coalitions(parts: Sequence[str]) -> list[Coalition]:
    """Every combination of parts, from none to all."""
    return [frozenset(some) for size in range(len(parts) + 1) for some in combinations(parts, size)]


def shapley(parts: Sequence[str], worth: Worth) -> dict[str, Values]:
    """Exact shares by replicate.

    Args:
        parts: Names.
        worth: Values of each combination; asked once for each.

    Returns:
        For each part its share, shape (replicates,).
    """
    known = {coalition: np.asarray(worth(coalition), dtype=np.float64) for coalition in coalitions(parts)}
    count = len(parts)
    shares = {part: np.zeros_like(known[frozenset()]) for part in parts}
    for coalition, value in known.items():
        for part in parts:
            if part not in coalition:
                weight = factorial(len(coalition)) * factorial(count - len(coalition) - 1) / factorial(count)
                shares[part] = shares[part] + weight * (known[coalition | {part}] - value)
    return shares


def shapley_sampled(parts: Sequence[str], worth: Worth, *, orders: int, seed: int = 1) -> dict[str, Values]:
    """Shares from orders drawn at random, each with its reverse, which evens out much of the draw.

    The shares add up to the difference exactly, whichever orders are drawn.

    Args:
        parts: Names.
        worth: Values of each combination; asked once for each.
        orders: How many orders, two or more (an odd number is rounded up).
        seed: Luck of the draw.
    """
    return {part: found.mean(axis=0) for part, found in _by_order(parts, worth, orders, seed).items()}


def _by_order(parts: Sequence[str], worth: Worth, orders: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """What each part adds, mean of an order and its reverse: shape (pairs of orders, replicates)."""
    known: dict[Coalition, Values] = {}

    def value(coalition: Coalition) -> Values:
        if coalition not in known:
            known[coalition] = np.asarray(worth(coalition), dtype=np.float64)
        return known[coalition]

    chance = np.random.default_rng(seed)
    pairs = (orders + 1) // 2
    added = {part: np.zeros((pairs, value(frozenset()).size)) for part in parts}
    for pair in range(pairs):
        order = [parts[k] for k in chance.permutation(len(parts))]
        for one in (order, order[::-1]):
            before: Coalition = frozenset()
            for part in one:
                added[part][pair] += (value(before | {part}) - value(before)) / 2.0
                before |= {part}
    return added


def _drawn_share(added: NDArray[np.float64]) -> Estimate:
    """A share from drawn orders: its interval holds the luck of the runs and that of the draw, as squares."""
    runs, draw = estimate(added.mean(axis=0)), estimate(added.mean(axis=1))
    return Estimate(runs.value, float(np.hypot(runs.half, draw.half)), runs.n)


def decompose(parts: Sequence[str], worth: Worth, *, orders: int = 0, seed: int = 1) -> list[Share]:
    """Share a difference out, with intervals over replicates, and over the orders where they were drawn.

    Args:
        parts: Names.
        worth: Values of each combination.
        orders: Orders to draw instead of running every combination; 0 for exact. Of fewer than three no interval can
            be told.
        seed: Luck of that draw.

    Returns:
        One share a part, in the order given.

    Raises:
        InputError: If there are too many parts to run every combination.
    """
    if not orders and len(parts) > EXACT:
        raise InputError(
            f"{len(parts)} parts have {2 ** len(parts):,} combinations: too many to run.\n"
            f"  Draw orders instead (orders=20), or join parts to {EXACT} or fewer."
        )
    if orders:
        added = _by_order(parts, worth, orders, seed)
        return [Share(part, _drawn_share(added[part]), None, None) for part in parts]
    shares = shapley(parts, worth)
    nothing, everything = worth(frozenset()), frozenset(parts)
    return [
        Share(
            part,
            estimate(shares[part]),
            estimate(worth(frozenset({part})) - nothing),
            estimate(worth(everything - {part}) - nothing),
        )
        for part in parts
    ]


def parts_between(
    first: Scenario, second: Scenario, parts: Mapping[str, Sequence[str]] = PARTS
) -> dict[Coalition, Scenario]:
    """Every mixture of two scenarios: the first with some parts of the second.

    The way of adopting (when, how fast, how far) is the second's throughout, since it says how levers move; what it
    costs to change is a part of its own.

    Args:
        first: With no part; it must be the practice that the second starts from.
        second: With all of them.
        parts: Fields of `Practice` by part, every lever once.

    Returns:
        A scenario for each combination of the parts and `THE_CHANGE`. With none it is the first, with all the second,
        but for their names.

    Raises:
        InputError: If the two differ in more than practice and its adoption, or the second starts elsewhere.
        ValueError: If the parts are not every lever once.
    """
    check_parts(parts)
    _check_alike(first, second)
    names = [*parts, THE_CHANGE]
    free = replace(second.adoption, **{name: getattr(first.adoption, name) for name in _COSTS_OF_CHANGE})
    found = {}
    for number, coalition in enumerate(coalitions(names)):
        if not coalition:
            found[coalition] = first
            continue
        taken = {field: getattr(second.practice, field) for part in coalition & set(parts) for field in parts[part]}
        found[coalition] = replace(
            second,
            name=second.name if len(coalition) == len(names) else f"mixture_{number:03d}",
            practice=replace(first.practice, **taken),
            adoption=second.adoption if THE_CHANGE in coalition else free,
            origins={},
        )
    return found


def _check_alike(first: Scenario, second: Scenario) -> None:
    own = ("name", "summary", "source", "place", "years", "practice", "adoption", "origins")
    differing = [
        f.name
        for f in fields(first)
        if f.name not in own and f.name != "numbers" and getattr(first, f.name) != getattr(second, f.name)
    ]
    if first.numbers.overrides != second.numbers.overrides:
        differing.append("parameters")
    if differing:
        raise InputError(
            f"{first.name} and {second.name} differ in more than practice: {', '.join(differing)}.\n"
            "  Give two scenarios that are alike but for practice and adoption, such as deficit and strengths."
        )
    if first.practice != first.base_practice and not _same_way(first.adoption, second.adoption):
        raise InputError(
            f"{first.name} is itself on the way to another practice, at another pace than {second.name}.\n"
            "  Give as the first the practice that the second starts from."
        )


def _same_way(first: Adoption, second: Adoption) -> bool:
    return all(
        getattr(first, f.name) == getattr(second, f.name) for f in fields(first) if f.name not in _COSTS_OF_CHANGE
    )
