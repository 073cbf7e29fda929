"""Social accounts: some adults are shown, once a year, what they put in and what they got out over their life.

Who sees that they received may feel moved to give; who sees how much they gave already may feel thanked, or that it is
enough. Both act on the motive of reciprocity, in joining groups and in helping neighbours, and either may be nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12
_ADULT_MONTHS = 18 * 12
_PENSION_MONTHS = 66 * 12


@dataclass(frozen=True, slots=True)
class Shown:
    """What a statement moves, against the motive of someone who gave or received lately."""

    received: float = evidence("accounts.received")
    gave: float = evidence("accounts.gave")
    caring_hours: float = evidence("accounts.caring_hours")


@dataclass(frozen=True, slots=True)
class Price:
    """What a statement costs."""

    statement: float = evidence("cost.account_statement")


def moved_by_account(model: DemandModel, rows: NDArray[np.int64], rules: Shown) -> NDArray[np.float64]:
    """How far statements move people to give, against the motive of someone who gave lately; 0 without statements.

    Received are support that the council pays for, help from neighbours, and a pension; given are time for others and
    care. Who did both is moved by both.

    Args:
        model: The place.
        rows: People who may join a group or help a friend.
        rules: Numbers of statements.
    """
    citizens, share = model.citizens, model.terms.visible_accounts_share
    if share <= 0.0:
        return np.zeros(rows.size)
    seen = luck.draw(model.luck_seed, citizens.uid[rows], 0, Purpose.ACCOUNT) < share
    received = citizens.council_funded[rows] | (citizens.neighbour_hours[rows] > 0.0)
    received |= citizens.age_months[rows] >= _PENSION_MONTHS
    gave = citizens.contributed_month[rows] > model.month - _YEAR
    gave |= citizens.care_given[rows] >= rules.caring_hours
    return np.asarray(seen * (rules.received * received + rules.gave * gave))


class SocialAccounts(Process):
    """Statements are made and sent, one twelfth of them each month; the council pays."""

    name: ClassVar[str] = "accounts"
    reads: ClassVar[tuple[str, ...]] = ("alive", "age_months")
    writes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(Price, numbers)

    def step(self, model: DemandModel) -> None:
        """Book what the month's statements cost."""
        share = model.terms.visible_accounts_share
        if share > 0.0:
            adults = np.count_nonzero(model.citizens.alive & (model.citizens.age_months >= _ADULT_MONTHS))
            model.ledger.cost("accounts", "council", share * adults * self._rules.statement / _YEAR)
