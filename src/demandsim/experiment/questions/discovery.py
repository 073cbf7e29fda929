"""When does one option beat another: the Patient Rule Induction Method over futures, and its box in words.

After Friedman and Fisher (1999): from the box of all futures a thin slice is peeled off again and again, whichever
leaves the highest share of cases of interest inside; then edges are pasted back where that does no harm. The steps are
kept, so that a reader can choose between a pure box and one that holds most cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demandsim.experiment.errors import InputError

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Box:
    """A region of futures.

    Attributes:
        limits: Least and greatest value inside, for every column that is limited; an infinite end is no limit.
        coverage: Share of all cases of interest that lie inside.
        density: Share of the cases inside that are of interest.
        mass: Share of all cases that lie inside.
    """

    limits: Mapping[str, tuple[float, float]]
    coverage: float
    density: float
    mass: float

    def holds(self, cases: pd.DataFrame) -> Flags:
        """Which cases lie inside."""
        inside = np.ones(len(cases), dtype=np.bool_)
        for name, (low, high) in self.limits.items():
            values = cases[name].to_numpy(np.float64)
            inside &= (values >= low) & (values <= high)
        return inside

    def words(self, labels: Mapping[str, str], event: str) -> str:
        """The box as a sentence.

        Args:
            labels: What to call each column, such as ``"the cut in per cent"``.
            event: What is of interest, such as ``"strengths-based practice leaves less need unmet"``.
        """
        share = f"In {self.density:.0%} of the futures"
        told = f"that is {self.coverage:.0%} of all in which it does"
        if not self.limits:
            return f"No condition marks off when {event}: it does in {self.density:.0%} of all futures."
        *most, last = (_limit_words(labels.get(name, name), *ends) for name, ends in self.limits.items())
        where = f"{', '.join(most)} and {last}" if most else last
        return f"{share} where {where}, {event}; {told}."


def _limit_words(label: str, low: float, high: float) -> str:
    if np.isinf(low):
        return f"{label} is at most {high:.3g}"
    if np.isinf(high):
        return f"{label} is at least {low:.3g}"
    return f"{label} lies between {low:.3g} and {high:.3g}"


def prim(
    cases: pd.DataFrame, interest: Flags, *, peel: float = 0.05, least_mass: float = 0.05, paste: bool = True
) -> list[Box]:
    """Peel and paste.

    Args:
        cases: One future a row; numbers (or true and false) in every column.
        interest: Which futures are of interest, shape (cases,).
        peel: Share of the cases inside that one peel takes off, at least one case.
        least_mass: Share of all cases that a box must keep.
        paste: Whether to paste edges back at the end.

    Returns:
        The boxes from all futures inwards; each denser than the one before.

    Raises:
        InputError: If all or none of the futures are of interest: there is nothing to find.
    """
    flags = np.asarray(interest, dtype=np.bool_)
    if len(cases) != flags.size or flags.all() or not flags.any():
        which = "all" if flags.size and flags.all() else "none"
        raise InputError(
            f"{which} of the {flags.size} futures are of interest: there is no boundary to find.\n"
            "  Widen the ranges, or ask another question."
            if len(cases) == flags.size
            else f"{len(cases)} futures and {flags.size} marks.\n  Give one mark a future."
        )
    table = {str(name): cases[name].to_numpy(np.float64) for name in cases.columns}
    limits = dict.fromkeys(table, (-np.inf, np.inf))
    boxes = [_box(table, flags, limits)]
    while True:
        better = _best_peel(table, flags, limits, peel, least_mass)
        if better is None:
            break
        limits = better
        boxes.append(_box(table, flags, limits))
    pasted = _paste(table, flags, limits, peel) if paste else limits
    if pasted != limits:
        boxes.append(_box(table, flags, pasted))
    return boxes


def choose(boxes: Sequence[Box], density: float = 0.8) -> Box:
    """The widest box that is at least so dense; the densest where none is.

    Args:
        boxes: As `prim` gives them.
        density: Share of cases inside that should be of interest.
    """
    enough = [box for box in boxes if box.density >= density]
    return max(enough, key=lambda box: box.coverage) if enough else max(boxes, key=lambda box: box.density)


def pruned(box: Box, cases: pd.DataFrame, interest: Flags, *, level: float = 0.05) -> Box:
    """The box without limits that chance could have set (Bryant and Lempert's quasi-p-values, 2010).

    A limit stays if the cases inside would hardly be as dense by drawing from the box without it. Peeling tried every
    column, so the level is shared among all of them.

    Args:
        box: As `choose` gives.
        cases: The futures.
        interest: Which are of interest.
        level: Chance of keeping any limit that means nothing, roughly.

    Returns:
        The same box with fewer limits, perhaps none.
    """
    from scipy.stats import binomtest

    flags, limits = np.asarray(interest, dtype=np.bool_), dict(box.limits)
    table = {str(name): cases[name].to_numpy(np.float64) for name in cases.columns}

    def by_chance(name: str) -> float:
        inside = _inside(table, limits)
        without = _inside(table, {other: ends for other, ends in limits.items() if other != name})
        found, share = int(np.count_nonzero(flags & inside)), float(flags[without].mean())
        return float(binomtest(found, int(inside.sum()), share, alternative="greater").pvalue)

    while limits:
        weakest = max(limits, key=by_chance)
        if by_chance(weakest) <= level / len(table):
            break
        del limits[weakest]
    return _box(table, flags, limits)


_Table = Mapping[str, NDArray[np.float64]]
_Limits = dict[str, tuple[float, float]]


def _inside(table: _Table, limits: Mapping[str, tuple[float, float]]) -> Flags:
    size = next(iter(table.values())).size
    inside = np.ones(size, dtype=np.bool_)
    for name, (low, high) in limits.items():
        inside &= (table[name] >= low) & (table[name] <= high)
    return inside


def _box(table: _Table, flags: Flags, limits: _Limits) -> Box:
    inside = _inside(table, limits)
    found = int(np.count_nonzero(flags & inside))
    held = {name: ends for name, ends in limits.items() if not np.isinf(ends).all()}
    return Box(held, found / int(flags.sum()), found / int(inside.sum()), float(inside.mean()))


def _best_peel(table: _Table, flags: Flags, limits: _Limits, peel: float, least_mass: float) -> _Limits | None:
    """The peel that gains most density for each case it takes off; None where none gains any."""
    inside = _inside(table, limits)
    density, held = float(flags[inside].mean()), int(inside.sum())
    best, gained = None, 0.0
    for name, values in table.items():
        for ends in _peels(values[inside], limits[name], peel):
            kept = inside & (values >= ends[0]) & (values <= ends[1])
            count = int(kept.sum())
            if count == held or count < least_mass * flags.size or not count:
                continue
            gain = (float(flags[kept].mean()) - density) / (held - count)
            if gain > gained + 1e-15:
                best, gained = {**limits, name: ends}, gain
    return best


def _peels(values: NDArray[np.float64], ends: tuple[float, float], peel: float) -> list[tuple[float, float]]:
    """New ends after a slice from below and one from above; levels held by many cases go as a whole."""
    levels = np.unique(values)
    if levels.size < 2:
        return []
    count = max(1, int(peel * values.size))
    ordered = np.sort(values)
    # The new edge lies half-way between the last case out and the first case in: nobody knows where between them.
    low = min(int(np.searchsorted(levels, ordered[count - 1], "right")), levels.size - 1)
    high = max(int(np.searchsorted(levels, ordered[-count], "left")) - 1, 0)
    return [
        (float(levels[low - 1] + levels[low]) / 2, ends[1]),
        (ends[0], float(levels[high] + levels[high + 1]) / 2),
    ]


def _paste(table: _Table, flags: Flags, limits: _Limits, share: float) -> _Limits:
    """Drop each limit, or let it out a little, where the cases gained are as dense as the box."""
    while True:
        inside = _inside(table, limits)
        density = float(flags[inside].mean())
        best, most = None, 0
        for name, (low, high) in limits.items():
            around = _inside(table, {**limits, name: (-np.inf, np.inf)})
            outer = table[name][around]
            count = max(1, int(share * int(inside.sum())))
            below, above = np.sort(outer[outer < low])[::-1], np.sort(outer[outer > high])
            options = []
            if below.size:
                options.append((-np.inf if below.size <= count else float(below[count - 1]), high))
            if above.size:
                options.append((low, np.inf if above.size <= count else float(above[count - 1])))
            for ends in options:
                wider = _inside(table, {**limits, name: ends})
                gain = int(wider.sum()) - int(inside.sum())
                if gain > most and float(flags[wider].mean()) >= density:
                    best, most = {**limits, name: ends}, gain
        if best is None:
            return limits
        limits = best
