"""When does one option beat another: the Patient Rule Induction Method over futures, and its box in words.

After Friedman and Fisher (1999): from the box of all futures a thin slice is peeled off again and again, whichever
leaves the highest share of cases of interest inside; then edges are pasted back where that does no harm. The steps are
kept, so that a reader can choose between a pure box and one that holds most cases (density against coverage, as Bryant
and Lempert 2010 call them).

Over many columns and few futures every peel finds something, most of it chance, and the column that matters is lost
among small peels of those that do not. `discover` therefore screens the columns one at a time first, and peels only
over those that stand out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.screening import Flags, checked, edges, screen


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
        peel: Share of the cases inside that one peel takes off, at least one case; more where no peel so thin gains.
        least_mass: Share of all cases that a box must keep.
        paste: Whether to paste edges back at the end.

    Returns:
        The boxes from all futures inwards, each denser than the one before; the pasted one last.

    Raises:
        InputError: If all or none of the futures are of interest: there is nothing to find.
    """
    flags = checked(cases, interest)
    table = {str(name): cases[name].to_numpy(np.float64) for name in cases.columns}
    limits = dict.fromkeys(table, (-np.inf, np.inf))
    boxes = [_box(table, flags, limits)]
    while (better := _thinnest_peel(table, flags, limits, peel, least_mass)) is not None:
        limits = better
        boxes.append(_box(table, flags, limits))
    pasted = _paste(table, flags, limits, peel) if paste else limits
    if pasted != limits:
        boxes.append(_box(table, flags, pasted))
    return boxes


def choose(boxes: Sequence[Box], density: float | None = 0.8) -> Box:
    """The widest box that is at least so dense; the densest where none is.

    Args:
        boxes: As `prim` gives them.
        density: Share of cases inside that should be of interest. None: the box that fits best, where lying inside and
            being of interest correlate most.
    """
    if density is None:
        return max(boxes, key=lambda box: float(_fit(box.coverage, box.mass)))
    enough = [box for box in boxes if box.density >= density]
    return max(enough, key=lambda box: box.coverage) if enough else max(boxes, key=lambda box: box.density)


def pruned(box: Box, cases: pd.DataFrame, interest: Flags, *, level: float = 0.05) -> Box:
    """The box without limits that chance could have set (Bryant and Lempert's quasi-p-values, 2010).

    A limit, from below or from above, stays if the cases inside would hardly be as dense by drawing from the box
    without it. Peeling tried both ends of every column, so the level is shared among all of them.

    Args:
        box: As `choose` gives.
        cases: The futures; the columns that peeling was given.
        interest: Which are of interest.
        level: Chance of keeping any limit that means nothing, roughly.

    Returns:
        The same box with fewer limits, perhaps none.
    """
    from scipy.special import bdtrc

    flags, limits = np.asarray(interest, dtype=np.bool_), dict(box.limits)
    table = {str(name): cases[name].to_numpy(np.float64) for name in cases.columns}

    def by_chance(wider: _Limits) -> float:
        inside, around = _inside(table, limits), _inside(table, wider)
        found, share = int(np.count_nonzero(flags & inside)), float(flags[around].mean())
        return float(bdtrc(found - 1, int(inside.sum()), share))  # so many or more

    while loosened := _one_end_fewer(limits):
        weakest = max(loosened, key=by_chance)
        if by_chance(weakest) <= level / (2 * len(table)):
            break
        limits = weakest
    return _box(table, flags, limits)


def settled(box: Box, cases: pd.DataFrame, interest: Flags, *, least_mass: float = 0.05) -> Box:
    """The box with its ends moved, column after column, until it fits no better (as `choose` understands it).

    Peeling takes thin slices, and among few futures stops short of, or beyond, where the density changes.

    Args:
        box: As `choose` gives.
        cases: The futures; the columns that may be limited.
        interest: Which are of interest.
        least_mass: Share of all cases that the box must keep.
    """
    flags = np.asarray(interest, dtype=np.bool_)
    table = {str(name): cases[name].to_numpy(np.float64) for name in cases.columns}
    while True:
        limits = dict(box.limits)
        for name, values in table.items():
            others = _inside(table, {**limits, name: (-np.inf, np.inf)})
            limits[name] = _best_ends(values, flags, others, least_mass)
        moved = _box(table, flags, limits)
        if _fit(moved.coverage, moved.mass) <= _fit(box.coverage, box.mass) + 1e-9:
            return box
        box = moved


@dataclass(frozen=True)
class Discovery:
    """What a search found.

    Attributes:
        box: Where cases of interest lie close; without limits if no column stands out.
        chance: For each column, how often chance alone sets a limit as sharp anywhere (`screen`'s ``p``) as of when it
            was last tried: over all futures, or, once others had stood out, inside the box they made.
    """

    box: Box
    chance: Mapping[str, float]


def discover(
    cases: pd.DataFrame,
    interest: Flags,
    *,
    level: float = 0.05,
    least_mass: float = 0.05,
    shuffles: int = 999,
    seed: int = 1,
) -> Discovery:
    """Screen the columns, peel over those that stand out, and screen the others again inside the box.

    So a column that matters only together with another is found too. The search ends when no more stand out.

    Args:
        cases: One future a row; numbers (or true and false) in every column.
        interest: Which futures are of interest, shape (cases,).
        level: Chance of a false alarm, at most: that the box has limits although no column matters. A column that does
            not matter joins others that do about as rarely.
        least_mass: Share of all cases that the box must keep; of those screened, that a limit must leave.
        shuffles: As for `screen`.
        seed: Luck of the shuffles.

    Raises:
        InputError: If all or none of the futures are of interest, or the shuffles are too few to tell of the level.
    """
    flags = checked(cases, interest)
    if level * (1 + shuffles) < 1:
        raise InputError(
            f"{shuffles} shuffles: too few for a level of {level:g}; nothing could stand out.\n"
            f"  Give at least {math.ceil(1 / level) - 1}."
        )
    found: list[str] = []
    chance: dict[str, float] = {}
    box = Box({}, 1.0, float(flags.mean()), 1.0)
    inside = np.ones(flags.size, dtype=np.bool_)
    while len(found) < cases.shape[1] and not flags[inside].all():
        rest = [name for name in cases.columns if name not in found]
        screened = screen(cases.loc[inside, rest], flags[inside], shuffles=shuffles, seed=seed, least_mass=least_mass)
        chance.update(zip(screened.index, screened["p"], strict=True))
        standing_out = list(screened.index[screened["p"] <= level])
        if not standing_out:
            break
        found += standing_out
        peeled = choose(prim(cases[found], flags, least_mass=least_mass), density=None)
        box = pruned(settled(peeled, cases[found], flags, least_mass=least_mass), cases[found], flags, level=level)
        inside = box.holds(cases)
    return Discovery(box, chance)


_Table = Mapping[str, NDArray[np.float64]]
_Limits = dict[str, tuple[float, float]]
_Shares = NDArray[np.float64]


def _inside(table: _Table, limits: Mapping[str, tuple[float, float]]) -> Flags:
    size = next(iter(table.values())).size
    inside = np.ones(size, dtype=np.bool_)
    for name, (low, high) in limits.items():
        inside &= (table[name] >= low) & (table[name] <= high)
    return inside


def _one_end_fewer(limits: _Limits) -> list[_Limits]:
    """The same limits with one end let go, for every end there is."""
    ends = [(name, -np.inf, high) for name, (low, high) in limits.items() if not np.isinf(low)]
    ends += [(name, low, np.inf) for name, (low, high) in limits.items() if not np.isinf(high)]
    return [{**limits, name: (low, high)} for name, low, high in ends]


def _fit(coverage: float | _Shares, mass: float | _Shares) -> _Shares:
    """How well lying inside goes with being of interest: their correlation, but for a factor that all boxes share."""
    spread = np.sqrt(np.multiply(mass, np.subtract(1, mass)))
    return np.divide(np.subtract(coverage, mass), np.where(spread > 0, spread, np.inf))


def _best_ends(values: _Shares, flags: Flags, others: Flags, least_mass: float) -> tuple[float, float]:
    """The ends of one column that fit best, the limits of the others given; among equals the widest."""
    ends = np.array([-np.inf, *edges(values[others], 200), np.inf])
    part = np.searchsorted(ends, values[others]) - 1
    held = np.append(0, np.cumsum(np.bincount(part, minlength=ends.size - 1)))
    hits = np.append(0, np.cumsum(np.bincount(part, flags[others], minlength=ends.size - 1)))
    first, last = np.triu_indices(ends.size, 1)
    mass = (held[last] - held[first]) / flags.size
    fit = _fit((hits[last] - hits[first]) / flags.sum(), mass)
    best = int(np.where((mass >= least_mass) | (mass == mass.max()), fit, -np.inf).argmax())
    return float(ends[first[best]]), float(ends[last[best]])


def _box(table: _Table, flags: Flags, limits: _Limits) -> Box:
    inside = _inside(table, limits)
    found = int(np.count_nonzero(flags & inside))
    held = {name: ends for name, ends in limits.items() if not np.isinf(ends).all()}
    return Box(held, found / int(flags.sum()), found / int(inside.sum()), float(inside.mean()))


def _thinnest_peel(table: _Table, flags: Flags, limits: _Limits, peel: float, least_mass: float) -> _Limits | None:
    """The best peel, twice and again twice as thick where none gains: one dense by chance may hide sparse ones."""
    thicker = (_best_peel(table, flags, limits, peel * times, least_mass) for times in (1, 2, 4, 8) if peel * times < 1)
    return next((found for found in thicker if found is not None), None)


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
