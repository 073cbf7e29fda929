"""Neighbourhood budgets: part of the money for groups and carers' breaks is decided on in each neighbourhood.

Once a year that part is shared out by people and by how well a neighbourhood can bid for it: poorer ones start with
less of what bidding takes. Each then divides its money between its groups and breaks for its carers. With local
knowledge it goes where its own members, volunteers and carers are; without, as in the place as a whole. Each has
meetings and accounts of its own to pay for. So it fits better in some places and is missing in others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.services import Service
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.company import communities
from demandsim.processes.letting_go import support_kept, usual
from demandsim.processes.prevention import break_hours, group_money, older

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """Parameters of neighbourhood budgets, each a row of the evidence register."""

    knowledge: float = evidence("hood.knowledge")
    administration: float = evidence("hood.administration")
    deprived: float = evidence("soc.deprived_capacity_multiplier")
    community_people: float = evidence("soc.community_people")
    heavy_hours: float = evidence("carers.supported_hours")
    grant: float = evidence("cost.group_grant_year")
    break_cost: float = evidence("cost.carer_break_hour")


class HoodMoney(Service):
    """What neighbourhoods have to decide on. Capacity is a month's money, used what goes into groups and breaks.

    Attributes:
        share: Share of the money that is decided on in neighbourhoods now.
        community: Community of each neighbourhood.
        groups: Pounds a year for groups, by community.
        breaks: Hours of breaks a month, by community.
    """

    def __init__(self, model: DemandModel, community: NDArray[np.int32], areas: int) -> None:
        super().__init__(model, name="neighbourhood_budgets", funder="council", unit="GBP a month")
        self.share = 0.0
        self.community = community
        self.groups: Floats = np.zeros(areas)
        self.breaks: Floats = np.zeros(areas)


def hood_money(model: DemandModel) -> HoodMoney | None:
    """The neighbourhood budgets, or None while nothing is decided on there."""
    held = model.services.get("neighbourhood_budgets")
    return cast(HoodMoney, held) if held is not None and cast(HoodMoney, held).share > 0.0 else None


def community_of(model: DemandModel) -> NDArray[np.int32]:
    """The community in which people of each neighbourhood meet; each is its own where none are joined."""
    held = model.services.get("neighbourhood_budgets")
    if held is not None:
        return cast(HoodMoney, held).community
    return np.arange(int(model.citizens.neighbourhood.max(initial=0)) + 1, dtype=np.int32)


def share_out_breaks(
    model: DemandModel, carers: NDArray[np.int64], wanted: Floats, hours: float, there: float = 1.0
) -> tuple[Floats, float]:
    """Give the month's hours of breaks to carers in the order given: the place's own, then each neighbourhood's.

    Args:
        model: The model.
        carers: Rows of carers, those who come first first.
        wanted: Hours each should have.
        hours: Hours that are bought in the place if it decides on all of them.
        there: Share of hours bought that there is staff to give.

    Returns:
        Hours given to each, and hours there were in all.
    """
    local, hours = hood_money(model), hours * there
    own = hours if local is None else (1.0 - local.share) * hours
    left = np.maximum(own - np.cumsum(wanted) + wanted, 0.0)
    given = np.minimum(wanted, left)
    if local is None:
        return given, hours
    area = local.community[model.citizens.neighbourhood[carers]]
    order = np.argsort(area, kind="stable")
    missing, breaks = (wanted - given)[order], there * local.breaks
    first = np.flatnonzero(np.diff(area[order], prepend=-1) != 0)
    before = np.cumsum(missing) - missing
    before -= np.repeat(before[first], np.diff(np.append(first, order.size)))
    given[order] += np.minimum(missing, np.maximum(breaks[area[order]] - before, 0.0))
    return given, own + float(breaks.sum())


class NeighbourhoodBudgets(Process):
    """Once a year share money out between neighbourhoods, and in each between groups and carers' breaks."""

    name: ClassVar[str] = "neighbourhood_budgets"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "neighbourhood",
        "care_given",
        "groups.alive",
        "groups.neighbourhood",
        "groups.members",
        "groups.volunteers",
        "groups.weight",
    )
    writes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(Rules, numbers)
        self._quintile: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        self._administration = 0.0

    def start(self, model: DemandModel) -> None:
        """Note which neighbourhoods decide together: those that form one community."""
        community, self._quintile = communities(model.citizens, int(self._rules.community_people))
        model.services["neighbourhood_budgets"] = HoodMoney(model, community, self._quintile.size)

    def step(self, model: DemandModel) -> None:
        """Share out at the start of a year and when the terms begin; pay for administration."""
        held = cast(HoodMoney, model.services["neighbourhood_budgets"])
        share = model.terms.neighbourhood_share
        if share > 0.0 and (model.month % _YEAR == 0 or share != held.share):
            self._share_out(model, held, share)
        held.share = share
        if share > 0.0:
            model.ledger.cost("neighbourhood_administration", "council", self._administration / _YEAR)

    def _share_out(self, model: DemandModel, held: HoodMoney, share: float) -> None:
        """Set each community's money for groups and hours of breaks for the year."""
        rules = self._rules
        grants = group_money(model, rules.grant) * support_kept(model)
        for_groups = rules.grant * grants * np.count_nonzero(usual(model.groups))
        for_breaks = rules.break_cost * break_hours(model) * older(model)
        pot = share * (for_groups + for_breaks)
        self._administration = rules.administration * pot
        money = self._bids(model, held) * (pot - self._administration)
        split = self._split(model, held, for_groups, for_breaks)
        held.groups = money * split
        held.breaks = money * (1.0 - split) / rules.break_cost / _YEAR
        held.capacity, held.used = pot / _YEAR, (pot - self._administration) / _YEAR

    def _bids(self, model: DemandModel, held: HoodMoney) -> Floats:
        """Share of the money that each community gets: by people, and by how well it can bid."""
        citizens, rules = model.citizens, self._rules
        here = held.community[citizens.neighbourhood[np.flatnonzero(citizens.alive)]]
        people = np.bincount(here, minlength=self._quintile.size)
        weight = people * (rules.deprived + (1.0 - rules.deprived) * self._quintile / 4.0)
        return np.asarray(weight / weight.sum())

    def _split(self, model: DemandModel, held: HoodMoney, for_groups: float, for_breaks: float) -> Floats:
        """Share of each community's money that goes to groups: by who lives there, as far as that is known.

        Each member and volunteer speaks for groups, each carer of many hours for breaks, with such voices that the
        place as a whole divides its money as it does without neighbourhood budgets.
        """
        citizens, groups, areas = model.citizens, model.groups, self._quintile.size
        whole = for_groups / max(for_groups + for_breaks, 1e-9)
        meets = held.community[groups.neighbourhood]
        active = np.where(usual(groups), groups.members + groups.volunteers, 0)
        by_group = np.bincount(meets, weights=active, minlength=areas)
        carers = np.flatnonzero(citizens.alive & (citizens.care_given >= self._rules.heavy_hours))
        by_carer = np.bincount(held.community[citizens.neighbourhood[carers]], minlength=areas)
        group_voice = by_group * for_groups / max(by_group.sum(), 1.0)
        carer_voice = by_carer * for_breaks / max(float(by_carer.sum()), 1.0)
        voices = group_voice + carer_voice
        local = np.divide(group_voice, voices, out=np.full(areas, whole), where=voices > 0)
        return np.asarray(whole + self._rules.knowledge * (local - whole))
