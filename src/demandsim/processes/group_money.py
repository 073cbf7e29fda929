"""Money of community groups: public, decided on in the place or in neighbourhoods, their own, and rooms in kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.processes.base import evidence, read_rules
from demandsim.processes.hubs import network
from demandsim.processes.letting_go import support_kept, usual
from demandsim.processes.neighbourhood_budgets import hood_money
from demandsim.processes.prevention import group_money

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers
    from demandsim.processes.letting_go import LettingGo

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """Parameters of groups' money, each a row of the evidence register."""

    grant: float = evidence("cost.group_grant_year")


class GroupMoney:
    """What groups have against what they need, and what of it is public."""

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(Rules, numbers)

    def _given(self, model: DemandModel) -> float:
        """Public money against what groups need."""
        return float(group_money(model, self._rules.grant) * support_kept(model))

    def public(self, model: DemandModel) -> float:
        """Public money for groups in the place against what they need, 0 to 1."""
        return min(max(self._given(model), 0.0), 1.0)

    def of_groups(
        self, model: DemandModel, area: NDArray[np.int32], quintile: NDArray[np.int64], own: LettingGo
    ) -> Floats:
        """Money of each group, rooms in kind included, against what it needs, 0 to 1; a hub has books of its own.

        Args:
            model: The model.
            area: Community in which each group meets.
            quintile: Deprivation fifth of it.
            own: What members raise where public support is given up.
        """
        groups, local, hubs = model.groups, hood_money(model), network(model)
        money = np.full(groups.size, self.public(model))
        if local is not None:
            money *= 1.0 - local.share
            money += self._local(model, area, local.groups)[area]
        if model.terms.let_go_share > 0.0:
            money += own.own_money(model, quintile)
        if hubs is not None and hubs.opened:
            money += hubs.rent_share * np.isin(groups.uid, hubs.rent_free)
            money[groups.weight > 1] = 1.0
        return np.asarray(np.minimum(money, 1.0))

    def seed(self, model: DemandModel, area: NDArray[np.int32], areas: int) -> Floats:
        """Public money beyond what groups need, against that need, by community: it goes into starting new ones."""
        local, given = hood_money(model), self._given(model)
        beyond = np.full(areas, max(given - 1.0, 0.0))
        if local is not None:
            beyond *= 1.0 - local.share
            missing = 1.0 - (1.0 - local.share) * self.public(model)
            beyond += np.maximum(self._local(model, area, local.groups) - missing, 0.0)
        return beyond

    def spent(self, model: DemandModel, groups: int) -> float:
        """Pounds a year of public money for so many groups: what is decided on in neighbourhoods is spent whole."""
        local = hood_money(model)
        by_place = self._rules.grant * (self.public(model) + max(self._given(model) - 1.0, 0.0)) * groups
        return by_place if local is None else (1.0 - local.share) * by_place + float(local.groups.sum())

    def _local(self, model: DemandModel, area: NDArray[np.int32], pounds: Floats) -> Floats:
        """Money decided on in each community against what its groups need; where none meets, that of one group."""
        number = np.bincount(area[usual(model.groups)], minlength=pounds.size)
        return np.asarray(pounds / (self._rules.grant * np.maximum(number, 1)))
