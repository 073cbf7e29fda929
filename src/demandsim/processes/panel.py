"""The funding panel: of the care-home places asked for that the council would pay for, it grants a share.

The neediest come first, then a keyed draw. Who is refused stays at home with their need and may ask again; people with
means of their own are not asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from demandsim.compiled import f4
from demandsim.luck import Purpose, draw
from demandsim.processes.few import positions

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.team import Mask, Rows


class Panel:
    """Grants places month by month; what is left of a place below one is kept for next month."""

    def __init__(self, statutory: float) -> None:
        """Open the panel.

        Args:
            statutory: Limitation in bands that no help at home can meet: to refuse such a person breaches the law.
        """
        self._statutory = f4(statutory)
        self._left = 0.0

    def refused(self, model: DemandModel, rows: Rows, asks_for_money: Mask) -> Mask:
        """Who of those who ask for a place is refused this month, booked as such.

        Args:
            model: The model: its council has the share of places that the panel does not grant.
            rows: Who asks.
            asks_for_money: Who of them the council would pay for.

        Returns:
            A mask of the shape of ``rows``.
        """
        citizens = model.citizens
        asking = positions(asks_for_money)
        lot = draw(model.luck_seed, citizens.uid[rows[asking]], model.month, Purpose.PANEL)
        limitation = (citizens.limitation[rows[asking]] * f4(1000)).astype(np.int64)
        order = asking[np.lexsort((citizens.uid[rows[asking]], lot, -limitation))]
        self._left += (1.0 - model.council.placement_cut) * asking.size
        granted = int(self._left + 1e-9)
        self._left = max(self._left - granted, 0.0)
        refused: Mask = np.zeros(rows.size, dtype=np.bool_)
        refused[order[granted:]] = True
        breached = refused & (citizens.limitation[rows] >= self._statutory)
        model.ledger.people("placements_refused", citizens.cell[rows[refused]])
        model.ledger.people("statutory_breaches", citizens.cell[rows[breached]])
        return refused
