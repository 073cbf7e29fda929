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


@dataclass
class Year:
    """Tallies of the year under way.

    Attributes:
        places: How many neighbourhoods there are.
        tallies: Stocks summed over months, and events, by reporting cell.
        totals: Totals of the place.
        costs: Pounds by (service, payer).
        months: Months read.
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
        self.need = np.zeros((Band.VERY_HIGH + 1, len(SHARED)))
        self.areas = np.zeros((self.places, len(SHARED)))
        self.lives = np.zeros((LIFE_CELLS, 3))
        self.deaths = np.zeros(LIFE_CELLS)

    def tally(self, name: str) -> Tally:
        """The year's tally of a name, zero where nothing happened."""
        return self.tallies.get(name, np.zeros(CELLS))

    def add(self, name: str, amount: Tally) -> None:
        """Add a month's tally."""
        held = self.tallies.get(name)
        self.tallies[name] = amount if held is None else held + amount

    def add_ledger(self, closed: Month) -> None:
        """Add a month's events and money."""
        for name, amount in closed.people.items():
            self.add(name, amount)
        for name, total in closed.totals.items():
            self.totals[name] = self.totals.get(name, 0.0) + total
        for key, pounds in closed.costs.items():
            self.costs[key] = self.costs.get(key, 0.0) + pounds
        if "deaths" in closed.counts:
            self.deaths += closed.counts["deaths"]

    def add_stocks(self, found: Stocks) -> None:
        """Add what people are at the end of a month."""
        for number, name in enumerate(STOCKS):
            self.add(name, found.cells[:, number].copy())
        for number, name in enumerate(DRIVERS):
            self.add(name, found.drivers[:, number].copy())
        self.add("scrqol", found.scrqol)
        self.need += found.need
        self.areas += found.areas
        self.lives += found.lives
