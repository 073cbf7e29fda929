"""The month's ledger: what happened, tallied by reporting cell, and who paid for what.

Processes write here and never read: nothing in the model depends on whether it is observed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel

CHARGES = "charges"
"""Total of what the council's clients are charged: the part of citizens' money that is not spent on their own account.

It stands beside the costs that a service books to ``citizen``, which hold it already.
"""


@kernel
def _count(cell: NDArray[np.uint16], by_cell: NDArray[np.float64]) -> None:
    """Add people by their cells."""
    for c in cell:
        by_cell[c] += 1.0


@kernel
def _add(
    cell: NDArray[np.uint16], amount: NDArray[np.float32] | NDArray[np.float64], by_cell: NDArray[np.float64]
) -> None:
    """Add an amount for each of some people by their cells, one after another."""
    for k in range(cell.size):
        by_cell[cell[k]] += np.float64(amount[k])


@dataclass(frozen=True)
class Month:
    """One closed month.

    Attributes:
        people: Event or hours totals by measure, each an array over reporting cells.
        totals: Totals of the place by measure.
        costs: Pounds by (service, payer).
        counts: People by measure, each an array over some other code than the reporting cell.
    """

    people: dict[str, NDArray[np.float64]]
    totals: dict[str, float]
    costs: dict[tuple[str, str], float]
    counts: dict[str, NDArray[np.float64]]


class Ledger:
    """Tallies of the month under way."""

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._people: dict[str, NDArray[np.float64]] = {}
        self._totals: dict[str, float] = {}
        self._costs: dict[tuple[str, str], float] = {}
        self._counts: dict[str, NDArray[np.float64]] = {}

    def people(
        self,
        measure: str,
        cell: NDArray[np.uint16],
        amount: NDArray[np.float32] | NDArray[np.float64] | None = None,
    ) -> None:
        """Add people (or an amount for each) to a measure, by reporting cell.

        Args:
            measure: Name in the measures register.
            cell: Reporting cell of each person concerned.
            amount: What to add for each; 1 if left out.
        """
        if cell.size == 0:
            self._people.setdefault(measure, np.zeros(self._cells))
            return
        by_cell = np.zeros(self._cells)
        if amount is None:
            _count(cell, by_cell)
        else:
            _add(cell, amount, by_cell)
        self.tally(measure, by_cell)

    def tally(self, measure: str, by_cell: NDArray[np.float64]) -> None:
        """Add what was tallied already, shape (cells,), to a measure."""
        held = self._people.get(measure)
        self._people[measure] = by_cell if held is None else held + by_cell

    def count(self, measure: str, code: NDArray[np.int64], size: int) -> None:
        """Add people to a measure by a code of their own, finer or other than the reporting cell.

        Args:
            measure: Name of the tally.
            code: Code of each person, from 0 up.
            size: How many codes there are.
        """
        tally = np.bincount(code, minlength=size).astype(np.float64)
        held = self._counts.get(measure)
        self._counts[measure] = tally if held is None else held + tally

    def total(self, measure: str, amount: float) -> None:
        """Add to a measure that belongs to no one person."""
        self._totals[measure] = self._totals.get(measure, 0.0) + float(amount)

    def cost(self, service: str, payer: str, pounds: float) -> None:
        """Book money (base-year pounds) that a payer spent on a service this month."""
        key = (service, payer)
        self._costs[key] = self._costs.get(key, 0.0) + float(pounds)

    def spent(self, payer: str, *services: str) -> float:
        """Pounds booked to a payer so far this month, for some services or all: what the council's own books show."""
        costs = self._costs
        if services:
            booked = [(service, payer) for service in sorted(services) if (service, payer) in costs]
        else:
            booked = sorted([key for key in costs if key[1] == payer])
        return sum([costs[key] for key in booked])

    def counted(self, measure: str, first_cell: int = 0) -> float:
        """People tallied so far this month: what a contract that pays by the head looks at.

        Args:
            measure: Name of the tally.
            first_cell: Reporting cell from which people count, such as the first of an age band.
        """
        held = self._people.get(measure)
        return 0.0 if held is None else float(held[first_cell:].sum())

    def close(self) -> Month:
        """Hand over the month and begin a new one."""
        month = Month(self._people, self._totals, self._costs, self._counts)
        self._people, self._totals, self._costs, self._counts = {}, {}, {}, {}
        return month
