"""Brokerage: an independent broker's hours for each new plan, and the ways to help that they open.

A broker knows who and what is there besides a standard package. Brokers must be hired first (`area_posts`). What they
open is still only what each has left: personal assistants and micro-enterprises while they have hours, groups while
they have room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NOBODY
from demandsim.luck import Purpose
from demandsim.processes.area_posts import brokers_in_post
from demandsim.processes.base import evidence
from demandsim.processes.membership import take_places
from demandsim.processes.neighbourhood_budgets import community_of

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.scenario.practice import Practice


@dataclass(frozen=True, slots=True)
class BrokerRules:
    """What a broker's hours cost and can do."""

    hour_price: float = evidence("market.broker_hour")
    half_hours: float = evidence("market.broker_half_hours")
    effect: float = evidence("market.broker_effect")
    most: float = evidence("sb.personal_budget_users_selfdirect_max")
    group: float = evidence("market.broker_group")


def reached(rules: BrokerRules, hours: float) -> float:
    """How much of what brokerage can do is done with so many hours for each plan, 0 to 1."""
    return hours / (hours + rules.half_hours)


def share_on_offer(rules: BrokerRules, practice: Practice, hours: float) -> float:
    """Share of people with a plan to whom a direct payment is open, with brokers' hours for each plan or without."""
    share = practice.direct_payment_share
    return share + max(0.0, rules.most - share) * rules.effect * reached(rules, hours)


def pay_broker(model: DemandModel, rules: BrokerRules, plans: int) -> None:
    """Book the hours that brokers give to a month's new plans, whatever comes of them."""
    hours = brokers_in_post(model) * plans
    if hours > 0:
        model.ledger.cost("brokerage", "council", hours * rules.hour_price)


def introduce(model: DemandModel, rules: BrokerRules, rows: NDArray[np.int64]) -> None:
    """Introduce people with a new plan to a group of their community, as far as there is room.

    Args:
        model: The place.
        rules: What a broker's hours can do.
        rows: People with a new plan.
    """
    citizens, groups = model.citizens, model.groups
    chance = rules.group * reached(rules, brokers_in_post(model))
    if chance == 0.0 or groups.size == 0 or rows.size == 0:
        return
    rows = rows[citizens.group[rows] == NOBODY]
    lot = luck.draw(model.luck_seed, citizens.uid[rows], model.month, Purpose.BROKER)
    willing = lot < chance
    rows, lot = rows[willing], lot[willing]
    rows = rows[np.lexsort((citizens.uid[rows], lot))]
    community = community_of(model)
    take_places(
        rows,
        community[citizens.neighbourhood[rows]],
        groups.alive,
        groups.uid,
        community[groups.neighbourhood],
        groups.capacity,
        groups.members,
        citizens.group,
    )
