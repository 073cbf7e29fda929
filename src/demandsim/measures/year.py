"""The year under way: what the recorder has read of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from demandsim.agents.cells import CELLS, LIFE_CELLS
from demandsim.agents.citizens import Band
from demandsim.measures.tallies import DRIVERS, SHARED, STOCKS, Stocks, Tally

if TYPE_CHECKING:
    from demandsim.ledger import Month

_OF_STOCKS = {name: column for column, name in enumerate(STOCKS)}
_OF_DRIVERS = {name: column for column, name in enumerate(DRIVERS)}


@dataclass
class Year:
    """Tallies of the year under way.

    Attributes:
        places: How many neighbourhoods there are.
        tallies: Events by reporting cell.
        totals: Totals of the place.
        costs: Pounds by (service, payer).
        months: Months read.
        cells: Stocks by reporting cell, summed over months; so with what follows.
        drivers: What the council's spending is shared out by.
        scrqol: Social-care-related quality of life.
        need: Stocks of adults by need band, summed over months.
        areas: Stocks by neighbourhood, summed over months.
        lives: People by the life table's cell, summed over months: all, healthy, without need.
        deaths: Deaths by the life table's cell.
    """

    places: int
    tallies: dict[str, Tally] = field(default_factory=dict)
    totals: dict[str, float] = field(default_factory=dict)
    costs: dict[tuple[str, str], float] = field(default_factory=dict)
    months: int = 0

    def __post_init__(self) -> None:
        self.cells = np.zeros((CELLS, len(STOCKS)))
        self.drivers = np.zeros((CELLS, len(DRIVERS)))
        self.scrqol = np.zeros(CELLS)
        self.need = np.zeros((Band.VERY_HIGH + 1, len(SHARED)))
        self.areas = np.zeros((self.places, len(SHARED)))
        self.lives = np.zeros((LIFE_CELLS, 3))
        self.deaths = np.zeros(LIFE_CELLS)

    def tally(self, name: str) -> Tally:
        """The year's tally of a name, zero where nothing happened."""
        if name in self.tallies:
            return self.tallies[name]
        if name in _OF_STOCKS:
            return self.cells[:, _OF_STOCKS[name]].copy()
        if name in _OF_DRIVERS:
            return self.drivers[:, _OF_DRIVERS[name]].copy()
        return self.scrqol if name == "scrqol" else np.zeros(CELLS)

    def add_ledger(self, closed: Month) -> None:
        """Add a month's events and money."""
        tallies = self.tallies
        for name, amount in closed.people.items():
            if name in tallies:
                tallies[name] += amount
            else:
                tallies[name] = amount.copy()  # what is added to later belongs to the year, not to the month
        for name, total in closed.totals.items():
            self.totals[name] = self.totals.get(name, 0.0) + total
        for key, pounds in closed.costs.items():
            self.costs[key] = self.costs.get(key, 0.0) + pounds
        if "deaths" in closed.counts:
            self.deaths += closed.counts["deaths"]

    def add_stocks(self, found: Stocks) -> None:
        """Add what people are at the end of a month."""
        self.cells += found.cells
        self.drivers += found.drivers
        self.scrqol += found.scrqol
        self.need += found.need
        self.areas += found.areas
        self.lives += found.lives
