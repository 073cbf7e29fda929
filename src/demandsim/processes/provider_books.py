"""What an hour of home care earns a provider and what it costs: rules shared by whatever concerns providers.

A provider is paid by the hour with the person. It pays its workers for travel, leave, sickness, recording and
supervision as well, so that short visits and paperwork make each hour dearer while the fee stays. Everything is
held against the base year, in which providers earn their usual margin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demandsim.agents.providers import MUTUAL, THIRD_SECTOR, Provider
from demandsim.processes.base import evidence
from demandsim.processes.home_care import WEEKS, of_all_hours
from demandsim.processes.visits import longest_visits

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.scenario.practice import Practice

_YEAR = 12


@dataclass(frozen=True, slots=True)
class BookRules:
    """Numbers of a provider's books."""

    staff_share: float = evidence("cost.homecare_direct_staff_share")
    price_to_wage: float = evidence("wf.price_to_wage")
    week_hours: float = evidence("wf.week_hours")
    leave: float = evidence("wf.leave_share")
    sick: float = evidence("wf.sick_base")
    task: float = evidence("visit.task")
    travel: float = evidence("visit.travel")
    rapport: float = evidence("visit.rapport")
    enabling_share: float = evidence("visit.enabling_share")
    shortest: float = evidence("visit.shortest")
    travel_borne: float = evidence("market.travel_borne")
    bid_share: float = evidence("market.bid_share")
    alliance_saves: float = evidence("market.alliance_saves")
    economies_pace: float = evidence("market.economies_pace")
    economies_most: float = evidence("market.economies_most")
    private_reserves: float = evidence("market.private_reserves")
    charity_reserves: float = evidence("market.charity_reserves")
    mutual_reserves: float = evidence("market.mutual_reserves")
    exit: float = evidence("money.exit")
    loss_full: float = evidence("market.loss_full")

    def most_reserves(self, owner: str) -> float:
        """What an owner puts by at most, share of a year's income."""
        if owner == THIRD_SECTOR:
            return self.charity_reserves
        return self.mutual_reserves if owner == MUTUAL else self.private_reserves


def paid_per_hour_at_work(rules: BookRules, practice: Practice) -> float:
    """Paid hours of a worker for each hour of visits and travel: leave, sickness and office work are paid too.

    Hours of learning are not among them, since the council pays a provider for those.
    """
    apart = practice.supervision_hours / WEEKS / rules.week_hours
    return 1.0 / max(1.0 - rules.leave - rules.sick - practice.recording_share - apart, 0.1)


def travel_per_hour(rules: BookRules, practice: Practice, longest: float) -> float:
    """Hours of visits and travel for each hour with a person: the shorter the visits, the more.

    Args:
        rules: Numbers of a provider's books.
        practice: The practice in force.
        longest: Longest visit that is bought, minutes.
    """
    plain = min(longest, rules.rapport + rules.task)
    full = min(longest, rules.rapport + rules.task * (1.0 + rules.enabling_share))
    minutes = practice.goal_share * full + (1.0 - practice.goal_share) * plain
    return (minutes + rules.travel) / minutes


def cost_against_base(rules: BookRules, model: DemandModel, fee_cut: float) -> float:
    """What an hour with a person costs, against the base year: 1 under today's practice and fees.

    Args:
        rules: Numbers of a provider's books.
        model: The place.
        fee_cut: What a cut of the council's fees takes off the provider's price, private hours among them; part of it
            is passed on to wages.
    """
    now, base = model.practice, model.base_practice
    wage = rules.price_to_wage * (now.home_care_price * (1.0 - fee_cut) / base.home_care_price - 1.0)
    travel = of_all_hours(
        model, *(travel_per_hour(rules, now, longest) for longest in longest_visits(model, rules.shortest))
    )
    travel /= travel_per_hour(rules, base, max(rules.shortest, base.visit_minutes))
    paid = paid_per_hour_at_work(rules, now) / paid_per_hour_at_work(rules, base)
    paid *= 1.0 + rules.travel_borne * (travel - 1.0)
    return rules.staff_share * (1.0 + wage) * paid + 1.0 - rules.staff_share


def bidding(rules: BookRules, years: float, base_years: float, allied: bool) -> float:
    """What bidding costs beyond today's, share of income: more for short contracts, less in an alliance."""
    return rules.bid_share * (base_years / years * (1.0 - rules.alliance_saves * allied) - 1.0)


def keep_books(rules: BookRules, provider: Provider, income: float, cost: float) -> None:
    """Enter a month: what an hour earned and cost, and what that leaves or takes of reserves.

    At a loss a provider saves on what it can, to a bound. Private owners take out what is beyond their reserves; a
    mutual gives it to its workers as pay.

    Args:
        rules: Numbers of a provider's books.
        provider: Whose books.
        income: Pounds for an hour.
        cost: Pounds that an hour costs before economies.
    """
    unit_cost = cost * (1.0 - provider.economies)
    margin = 1.0 - unit_cost / income
    provider.fee, provider.unit_cost, provider.margin = income, unit_cost, margin
    if margin < 0:
        provider.loss_months += 1
        provider.economies = min(rules.economies_most, provider.economies + rules.economies_pace)
    else:
        provider.loss_months = 0
    most = rules.most_reserves(provider.owner)
    after = provider.reserves + margin / _YEAR
    beyond = after - most
    provider.reserves = most if beyond > 0 else after
    provider.surplus_pay = beyond * _YEAR / rules.staff_share if provider.owner == MUTUAL and beyond > 0 else 0.0


def exit_chance(rules: BookRules, provider: Provider) -> float:
    """Chance of giving up this month: none while reserves last, then rising with the loss."""
    if provider.margin >= 0 or provider.reserves > 0:
        return 0.0
    return rules.exit * min(1.0, provider.loss / rules.loss_full)
