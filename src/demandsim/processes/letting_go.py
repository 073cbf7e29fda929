"""Letting go: what carries a community group when public support is withdrawn.

Support that is given up is simply missing. While its loss is news some people step up; after that a group lasts as
its volunteers carry it and as far as its members can pay for it themselves, which they can less where people are
poor. At a share of 0 nothing here acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.processes.base import evidence, read_rules

if TYPE_CHECKING:
    from demandsim.agents.ties import Groups
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_MIDDLE = 2.0


@dataclass(frozen=True)
class Rules:
    """Parameters of letting go, each a row of the evidence register."""

    volunteers_carry: float = evidence("let_go.volunteers_carry")
    own_money: float = evidence("let_go.own_money")
    gradient: float = evidence("let_go.money_gradient")
    size: float = evidence("soc.group_size")
    volunteers: float = evidence("soc.group_volunteers")
    loss_aversion: float = evidence("soc.loss_aversion")


def support_kept(model: DemandModel) -> float:
    """Share of public support for groups that is not given up."""
    return 1.0 - model.terms.let_go_share


def better_off(quintile: NDArray[np.int64], gradient: float) -> NDArray[np.float64]:
    """What a place raises against a middling one: less by the gradient in the poorest fifth, as much more in the best.

    Args:
        quintile: Deprivation fifth, 0 most deprived, shape (n,).
        gradient: Share.
    """
    return np.asarray(1.0 + gradient * (quintile - _MIDDLE) / _MIDDLE, dtype=np.float64)


class LettingGo:
    """What takes the place of public support, as far as anything does."""

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(Rules, numbers)

    def own_money(self, model: DemandModel, quintile: NDArray[np.int64]) -> NDArray[np.float64]:
        """Money that members raise, against what a group needs, in proportion to the support given up.

        Args:
            model: The model.
            quintile: Deprivation fifth of where each group meets, shape of the groups.
        """
        rules, groups = self._rules, model.groups
        full = np.minimum(groups.members / (rules.size * groups.weight.astype(np.float64)), 1.0)
        return model.terms.let_go_share * rules.own_money * full * better_off(quintile, rules.gradient)

    def carried(self, model: DemandModel) -> NDArray[np.float64]:
        """Annual survival that each group's volunteers add or, where they are few, take away."""
        rules, groups = self._rules, model.groups
        against_usual = groups.volunteers / (rules.volunteers * groups.weight.astype(np.float64))
        doublings = np.clip(np.log2(np.maximum(against_usual, 0.5)), -1.0, 1.0)
        return np.asarray(model.terms.let_go_share * rules.volunteers_carry * doublings)

    def rallied(self, model: DemandModel, threatened: NDArray[np.bool_]) -> NDArray[np.float64]:
        """How much more readily, and how many more, people step up where a loss threatens: 1 where none does.

        Args:
            model: The model.
            threatened: Groups that meet where public money fell, or a group or hub closed or may close, lately.
        """
        # A hub that may close rallies its own; other groups only support that is given up.
        at_risk = np.where(model.groups.weight > 1, 1.0, model.terms.let_go_share) * threatened
        return np.asarray(1.0 + (self._rules.loss_aversion - 1.0) * at_risk)


def usual(groups: Groups) -> NDArray[np.bool_]:
    """Groups of the usual kind, hubs left out."""
    here: NDArray[np.bool_] = groups.alive & (groups.weight == 1)
    return here
