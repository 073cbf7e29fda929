"""The funding panel: how much need a council asks for before it pays for a place in a care home.

A panel's bar lies above the practice's own limit by what the council's answers to overspend have added. Who is refused
stays at home with their need and may ask again; people with means of their own are not asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from demandsim.compiled import f4

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.team import Mask, Rows


def refused_by_panel(model: DemandModel, rows: Rows, asks_for_money: Mask, limit: float, statutory: float) -> Mask:
    """Who of those who ask for a place is refused, booked as such.

    Args:
        model: The model: its council has the bar.
        rows: Who asks.
        asks_for_money: Who of them the council would pay for.
        limit: Limitation below which no place is proposed anyway, bands.
        statutory: Limitation that no help at home can meet, bands: refusing such a person breaches the law.

    Returns:
        A mask of the shape of ``rows``.
    """
    citizens = model.citizens
    refused: Mask = asks_for_money & (citizens.limitation[rows] < f4(limit + model.council.placement_bar))
    breached = refused & (citizens.limitation[rows] >= f4(statutory))
    model.ledger.people("placements_refused", citizens.cell[rows[refused]])
    model.ledger.people("statutory_breaches", citizens.cell[rows[breached]])
    return refused
