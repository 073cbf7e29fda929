"""Which columns of many stand out: each one's sharpest limit, held against the sharpest that chance sets anywhere.

Whoever tries many columns at many limits finds a sharp one in pure noise. So the marks are shuffled over the futures
again and again, and of every shuffle the sharpest limit over all columns is kept (a permutation test by the greatest
of many statistics, after Westfall and Young 1993): a column stands out if hardly any shuffle has one as sharp as its
own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demandsim.experiment.errors import InputError

Flags = NDArray[np.bool_]


def checked(cases: pd.DataFrame, interest: Flags) -> Flags:
    """The marks, fit for a search.

    Raises:
        InputError: If there is not one mark a future, or all or none of the futures are marked.
    """
    flags = np.asarray(interest, dtype=np.bool_)
    if len(cases) != flags.size:
        raise InputError(f"{len(cases)} futures and {flags.size} marks.\n  Give one mark a future.")
    if flags.all() or not flags.any():
        which = "all" if flags.size and flags.all() else "none"
        raise InputError(
            f"{which} of the {flags.size} futures are of interest: there is no boundary to find.\n"
            "  Widen the ranges, or ask another question."
        )
    return flags


def screen(
    cases: pd.DataFrame,
    interest: Flags,
    *,
    shuffles: int = 999,
    seed: int = 1,
    parts: int = 20,
    least_mass: float = 0.05,
) -> pd.DataFrame:
    """Try every column by itself: the limit or pair of limits inside which cases of interest are most in excess.

    Args:
        cases: One future a row; numbers (or true and false) in every column.
        interest: Which futures are of interest, shape (cases,).
        shuffles: How often the marks are shuffled.
        seed: Luck of the shuffles.
        parts: Into how many equal parts the futures are cut along each column; limits are tried between them.
        least_mass: Share of the futures that limits must hold between them.

    Returns:
        A row for each column, the sharpest first: ``low`` and ``high``, between which cases of interest are most in
        excess (an infinite end is no limit); ``sharpness``, by how many standard deviations they are; and ``p``, the
        share of shuffles in which the sharpest limit of any column is as sharp, the marks as they stand counted as one
        of them. If no column has to do with the marks, the least ``p`` is 0.05 or less with a chance of at most 0.05.

    Raises:
        InputError: If all or none of the futures are of interest: there is nothing to find.
    """
    flags = checked(cases, interest)
    chance = np.random.default_rng(seed)
    marks = np.stack([flags, *(chance.permutation(flags) for _ in range(shuffles))]).astype(np.float32)
    rows: list[dict[str, Any]] = []
    sharpest = np.zeros(shuffles)
    for name in cases.columns:
        lows, highs, excess = _windows(cases[name].to_numpy(np.float64), marks, parts, least_mass)
        best = int(excess[0].argmax())
        rows.append({"low": lows[best], "high": highs[best], "sharpness": excess[0, best]})
        sharpest = np.maximum(sharpest, excess[1:].max(axis=1))
    table = pd.DataFrame(rows, index=pd.Index(cases.columns, name="column"))
    as_sharp = sharpest[:, None] >= table["sharpness"].to_numpy() - 1e-9
    table["p"] = (1 + as_sharp.sum(axis=0)) / (1 + shuffles)
    return table.sort_values("sharpness", ascending=False, kind="stable")


_Values = NDArray[np.float64]


def _windows(
    values: _Values, marks: NDArray[np.float32], parts: int, least_mass: float
) -> tuple[_Values, _Values, _Values]:
    """Both ends of every window of a column, and the excess in it under each set of marks, (sets, windows)."""
    ends = np.array([-np.inf, *edges(values, parts), np.inf])
    first, last = np.triu_indices(ends.size, 1)
    inside = (values[:, None] > ends[first]) & (values[:, None] < ends[last])
    size, cases = inside.sum(axis=0), values.size
    usable = size >= least_mass * cases
    first, last, size, inside = first[usable], last[usable], size[usable], inside[:, usable]
    found = marks @ inside.astype(np.float32)  # whole numbers, so exact in whatever order they are summed
    hits = float(marks[0].sum())
    # Of a shuffle, the cases of interest in a window are drawn without putting back: hypergeometric.
    variance = size * (hits / cases) * (1 - hits / cases) * (1 - size / cases) * cases / (cases - 1)
    # The window of all futures has an excess of nothing, so that a column of one level has something to show.
    spread = np.where(size < cases, np.sqrt(variance), np.inf)
    return ends[first], ends[last], (found - size * hits / cases) / spread


def edges(values: NDArray[np.float64], parts: int) -> list[float]:
    """Where limits are tried: between equal parts of the cases, each half-way between two levels that occur.

    Args:
        values: One column.
        parts: How many parts; fewer where many cases share a level, which always lies on one side.
    """
    ordered = np.sort(values)
    at = np.arange(1, parts) * values.size // parts
    first_of_level = np.unique(np.searchsorted(ordered, ordered[at], side="left"))
    return [float(ordered[k - 1] + ordered[k]) / 2 for k in first_of_level if k > 0]
