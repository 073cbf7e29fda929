"""Which option does well whatever comes: regret, satisficing, maximin and Hurwicz over futures.

No future is given a probability here. Every rule reads the same table: a row for each future, a column for each option.
"""

from __future__ import annotations

import pandas as pd

from demandsim.experiment.errors import InputError


def regret(table: pd.DataFrame, *, more_is_better: bool) -> pd.DataFrame:
    """How much worse each option does than the best one of that future.

    Args:
        table: Futures by options.
        more_is_better: Whether a large value is a good one.

    Returns:
        The same shape, 0 for the best of each future.
    """
    good = _good(table, more_is_better)
    return good.rsub(good.max(axis=1), axis=0)


def satisficing(table: pd.DataFrame, *, enough: float, more_is_better: bool) -> pd.Series[float]:
    """Share of futures in which an option does well enough.

    Args:
        table: Futures by options.
        enough: The value that is just good enough.
        more_is_better: Whether a large value is a good one.
    """
    return (table >= enough if more_is_better else table <= enough).mean()


def maximin(table: pd.DataFrame, *, more_is_better: bool) -> pd.Series[float]:
    """Each option's worst value over the futures (Wald's rule takes the option with the best of these)."""
    return table.min() if more_is_better else table.max()


def hurwicz(table: pd.DataFrame, *, optimism: float, more_is_better: bool) -> pd.Series[float]:
    """A mixture of each option's best and worst value.

    Args:
        table: Futures by options.
        optimism: Weight of the best, 0 (only the worst counts) to 1.
        more_is_better: Whether a large value is a good one.
    """
    if not 0.0 <= optimism <= 1.0:
        raise InputError(f"an optimism of {optimism:g}: not possible.\n  Give a number from 0 to 1.")
    worst = maximin(table, more_is_better=more_is_better)
    return optimism * maximin(table, more_is_better=not more_is_better) + (1.0 - optimism) * worst


def robustness(
    table: pd.DataFrame, *, more_is_better: bool, enough: float | None = None, optimism: float = 0.5
) -> pd.DataFrame:
    """All rules side by side, and which option each of them would take.

    Args:
        table: Futures by options; a number in every cell.
        more_is_better: Whether a large value is a good one.
        enough: The value that is just good enough; the median of all cells if left out.
        optimism: For Hurwicz.

    Returns:
        A row for each option: ``mean_regret``, ``max_regret``, ``satisficing``, ``worst``, ``hurwicz``, and
        ``chosen_by``, the rules that would take it (ties: all of them).

    Raises:
        InputError: If there are fewer than two options, no future, or a cell is empty.
    """
    if table.shape[1] < 2 or table.empty or bool(table.isna().to_numpy().any()):
        raise InputError(
            "robustness needs two or more options and a value of each in every future.\n"
            "  Finish the sweep first, and leave out futures that failed under any option."
        )
    level = float(pd.Series(table.to_numpy().ravel()).median()) if enough is None else enough
    lost = regret(table, more_is_better=more_is_better)
    found = pd.DataFrame(
        {
            "mean_regret": lost.mean(),
            "max_regret": lost.max(),
            "satisficing": satisficing(table, enough=level, more_is_better=more_is_better),
            "worst": maximin(table, more_is_better=more_is_better),
            "hurwicz": hurwicz(table, optimism=optimism, more_is_better=more_is_better),
        }
    )
    up = {"mean_regret": False, "max_regret": False, "satisficing": True}
    best = {rule: column.max() if up.get(str(rule), more_is_better) else column.min() for rule, column in found.items()}
    chosen = {str(rule): found[str(rule)] == value for rule, value in best.items()}
    found["chosen_by"] = [", ".join(rule for rule, held in chosen.items() if held[option]) for option in found.index]
    return found


def _good(table: pd.DataFrame, more_is_better: bool) -> pd.DataFrame:
    return table if more_is_better else -table
