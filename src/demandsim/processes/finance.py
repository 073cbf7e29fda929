"""Finance: a freeze of council tax, and money put into prevention ahead of its return.

A frozen council tax forgoes the rises that were planned: every year of it compounds, and the level stays lower when the
freeze is over. What the council forgoes stays with citizens. Invest-to-save borrows now, buys more of what prevents and
repays from later budgets; whether it returns anything is left to the services that it pays for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demandsim.processes.base import Numbers, evidence, read_rules

if TYPE_CHECKING:
    from demandsim.model import DemandModel

NO_DEAL = -1
"""Model year of the council's deal with citizens while there is none."""

_YEAR = 12
_PER = 100_000.0


@dataclass(frozen=True)
class Rules:
    """Parameters of the finance terms, each a row of the evidence register."""

    tax_share: float = evidence("council.tax_share")
    tax_rise: float = evidence("council.tax_rise_planned")
    inflation: float = evidence("council.inflation")
    to_connectors: float = evidence("council.invest_connectors")
    to_breaks: float = evidence("council.invest_breaks")
    to_rapid: float = evidence("council.invest_rapid")
    connector_year: float = evidence("cost.lac_fte_year")
    break_hour: float = evidence("cost.carer_break_hour")
    rapid_episode: float = evidence("hospital.rapid_support_cost")


def tax_forgone(year: int, frozen_years: float, rise: float, inflation: float) -> float:
    """Council tax that a freeze forgoes in a year, in real terms, against the tax of the year before it.

    Args:
        year: Years since the freeze began, 0 for its first.
        frozen_years: Years for which the tax does not rise.
        rise: Rise in cash a year that was planned.
        inflation: Rise of prices a year.
    """
    planned = ((1.0 + rise) / (1.0 + inflation)) ** (year + 1)
    return float(planned * (1.0 - (1.0 + rise) ** -min(year + 1.0, frozen_years)))


class Finance:
    """Set what a tax freeze forgoes and what investment adds to prevention."""

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)

    def frozen(self, model: DemandModel) -> bool:
        """Whether council tax may not rise this year."""
        return 0 <= model.policy.agreed.years_since("finance", model.month) < model.terms.tax_freeze_years

    def open_year(self, model: DemandModel, base_month: float) -> None:
        """Set what the council forgoes in the new year, and since when it has a deal with its citizens.

        Args:
            model: The model.
            base_month: The council's budget of a month in the base year, pounds.
        """
        council, rules, years = model.council, self.rules, model.terms.tax_freeze_years
        if years <= 0:
            return
        council.deal_year = model.policy.agreed.start_year("finance")
        since = model.month // _YEAR - council.deal_year
        lost = tax_forgone(since, years, rules.tax_rise, rules.inflation)
        council.tax_forgone = _YEAR * base_month * rules.tax_share * lost

    def invest(self, model: DemandModel, base_month: float) -> None:
        """Set what is put into prevention next month, and what it buys there.

        Args:
            model: The model.
            base_month: The council's budget of a month in the base year, pounds.
        """
        council, rules, terms = model.council, self.rules, model.terms
        since = model.policy.agreed.years_since("finance", model.month)
        pounds = terms.invest_percent / 100 * base_month if 0 <= since < terms.invest_years else 0.0
        council.invested = pounds
        people = model.base_people / _PER
        council.extra_connectors = rules.to_connectors * _YEAR * pounds / rules.connector_year / people
        council.extra_break_hours = rules.to_breaks * pounds / rules.break_hour
        council.extra_rapid = rules.to_rapid * pounds / rules.rapid_episode
        rest = max(0.0, 1.0 - rules.to_connectors - rules.to_breaks - rules.to_rapid)
        council.extra_grants = rest * _YEAR * pounds
