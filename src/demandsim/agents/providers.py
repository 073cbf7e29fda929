"""Providers: the firms, charities and teams that sell home care or run care homes."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.services import Service

if TYPE_CHECKING:
    from demandsim.model import DemandModel

PRIVATE, THIRD_SECTOR, MUTUAL, IN_HOUSE, MICRO = "private", "third_sector", "mutual", "in_house", "micro"
OWNERS = (PRIVATE, THIRD_SECTOR, MUTUAL, IN_HOUSE, MICRO)
"""Who may own a provider."""

NEVER_JOINED = -1
"""Of a provider that is in no alliance."""


class Provider(Service):
    """One provider, with its books and its contract.

    Attributes:
        number: Its number in its market, from 1.
        identity: Key of its luck; another one when somebody new takes a closed provider's place.
        owner: One of `OWNERS`.
        trading: Is open; a closed provider keeps its number, so that somebody may take its place.
        size: Share of the market that it is made for: how many of those who look for work it takes on.
        share: Share of the market's workers or places now.
        usual_margin: Surplus against income at the fees and costs of the base year.
        fee: Pounds an hour (or week) that it is paid now.
        unit_cost: Pounds that an hour (or week) costs it now.
        margin: Surplus against income now; below zero a loss.
        reserves: What it has put by, share of a year's income.
        economies: Share of its cost that it has saved in months of loss.
        loss_months: Months of loss in a row.
        fee_cut: The part of the council's cut of fees that has reached it.
        surplus_pay: Surplus that it gives its workers as pay, share of their wage.
        contract_years: Length of its contract.
        contract_end: Month in which the contract ends.
        today_end: Month in which it would end if contracts were as long as today's.
        tenders_as_today: Tenders that there would have been with today's contracts and that have not been held yet.
        allied_from: Month in which it joined the alliance; `NEVER_JOINED` if it has not.
        handed_over: Came to its owner by a decision of the council.
        closing: Months until it closes, once it has given notice; 0 if it has not.
    """

    def __init__(self, model: DemandModel, *, name: str, unit: str, number: int, owner: str, share: float) -> None:
        super().__init__(model, name=name, funder="council", unit=unit)
        self.number = number
        self.identity = number
        self.owner = owner
        self.trading = True
        self.size = share
        self.share = share
        self.usual_margin = 0.0
        self.fee = 0.0
        self.unit_cost = 0.0
        self.margin = 0.0
        self.reserves = 0.0
        self.economies = 0.0
        self.loss_months = 0
        self.fee_cut = 0.0
        self.surplus_pay = 0.0
        self.contract_years = 0.0
        self.contract_end = 0
        self.today_end = 0
        self.tenders_as_today = 0
        self.allied_from = NEVER_JOINED
        self.handed_over = False
        self.closing = 0

    def succeed(self, owner: str, generation: int) -> None:
        """Let somebody new take the place of a provider that has closed.

        Args:
            owner: Who owns it now.
            generation: How far identities of successors lie apart: the number of providers of its kind.
        """
        self.identity += generation
        self.trading, self.owner, self.handed_over = True, owner, False
        self.margin, self.economies, self.loss_months, self.tenders_as_today = 0.0, 0.0, 0, 0

    @property
    def loss(self) -> float:
        """Loss as a share of income; 0 if there is none."""
        return max(0.0, -self.margin)


def owners_by_size(shares: NDArray[np.float64], in_house: float, third_sector: float) -> list[str]:
    """Owners by size: the smallest are the council's, up to its share, the next ones charities; the rest private."""
    owners = [PRIVATE] * shares.size
    left = {IN_HOUSE: in_house, THIRD_SECTOR: third_sector}
    for k in range(shares.size - 1, 0, -1):
        for owner, share in left.items():
            if shares[k] / 2 <= share:
                owners[k] = owner
                left[owner] = share - float(shares[k])
                break
    return owners


def providers_named(model: DemandModel, names: tuple[str, ...]) -> list[Provider]:
    """Every provider of a market, closed ones too, in the order of their numbers, which have no gap.

    Args:
        model: The place.
        names: Names that providers of the market have, in the order of their numbers; more than there may be.
    """
    services = model.services
    return cast(list[Provider], [services[name] for name in takewhile(services.__contains__, names)])
