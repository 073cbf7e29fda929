"""How many replicates are enough: planned from a pilot, or by a rule that says when to stop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from demandsim.experiment.comparison import Estimate, Values, estimate
from demandsim.experiment.errors import InputError
from demandsim.experiment.plan import MAX_REPLICATES


def half_width(deviation: float, replicates: int) -> float:
    """Half the 95 % t-interval of a mean over replicates.

    Args:
        deviation: Standard deviation between replicates.
        replicates: Two or more.
    """
    from scipy.special import stdtrit

    return float(stdtrit(replicates - 1, 0.975)) * deviation / math.sqrt(replicates)


def replicates_for(pilot: Values, half: float) -> int:
    """Replicates with which the interval is expected to be no wider than asked for.

    Args:
        pilot: Values of a few replicates, shape (n,), n two or more; for a comparison, the paired differences. Those
            not known (NaN) are left out.
        half: Half the width that is wanted, in the unit of the values.

    Returns:
        The smallest number from 2 on; from a small pilot it is a rough guess, as the deviation is.

    Raises:
        InputError: If the pilot is too small or shows no chance, or the width is not above 0.
    """
    pilot = pilot[~np.isnan(pilot)]
    if pilot.size < 2:
        raise InputError("a pilot of fewer than two replicates says nothing of chance.\n  Run four or more.")
    if not half > 0:
        raise InputError(f"half a width of {half:g}: not possible.\n  Give a number above 0, in the measure's unit.")
    if estimate(pilot).coincidence:
        raise InputError(
            f"{pilot.size} equal values say nothing of chance.\n  Run more replicates, or a larger sample."
        )
    deviation = float(pilot.std(ddof=1))
    below, enough = 1, 2
    while half_width(deviation, enough) > half:
        below, enough = enough, 2 * enough
    while enough - below > 1:
        middle = (below + enough) // 2
        below, enough = (below, middle) if half_width(deviation, middle) <= half else (middle, enough)
    return enough


@dataclass(frozen=True, kw_only=True)
class StopRule:
    """When a row of replicates has told enough.

    Looking again after every batch makes an interval seem narrower than it is, most of all among the first few; the
    rule therefore wants at least ten replicates and the width to be met twice running.

    Attributes:
        half: Half the width that is wanted.
        least: Replicates before the rule is first asked.
        most: Replicates after which it gives up.
        batch: Replicates between two looks.
    """

    half: float
    least: int = 10
    most: int = MAX_REPLICATES
    batch: int = 2

    def met(self, values: Values) -> bool:
        """Whether the interval is narrow enough, with the last batch and without it."""
        before = values[: values.size - self.batch]
        return before.size >= max(2, self.least) and all(estimate(v).half <= self.half for v in (values, before))


@dataclass(frozen=True)
class Stopped:
    """What a sequential run came to.

    Attributes:
        values: By replicate.
        estimate: Mean and interval.
        enough: Whether the width was reached before the most replicates.
    """

    values: Values
    estimate: Estimate
    enough: bool


def run_until(draw: Callable[[int, int], Values], rule: StopRule) -> Stopped:
    """Add replicates until the interval is narrow enough.

    Args:
        draw: Given the number of the first replicate (from 0) and how many, runs them: their values, in order.
        rule: When to stop.
    """
    values = np.asarray(draw(0, rule.least), dtype=np.float64)
    while not rule.met(values) and values.size < rule.most:
        more = draw(values.size, min(rule.batch, rule.most - values.size))
        values = np.concatenate([values, np.asarray(more, dtype=np.float64)])
    return Stopped(values, estimate(values), rule.met(values))
