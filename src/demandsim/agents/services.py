"""Services, commissioners and neighbourhoods: the object agents of a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from demandsim.model import DemandModel


class Service(mesa.Agent):  # type: ignore[misc]
    """A provider or team.

    Attributes:
        name: What it is called in results.
        funder: Who pays for it: ``council`` or ``nhs``.
        capacity: What it can give this month, in its own unit.
        used: What it gave this month, same unit; never above capacity.
        waiting: People who wait for it.
        vacancy: Share of its posts that stand empty, 0 where staff are not followed.
        hired_hours: Hours a week by which its staff grew this month, where their work is home care's.
        unit: The unit of capacity.
        unit_cost: Pounds that a unit costs the funder, 0 where that is not one figure.
    """

    def __init__(self, model: DemandModel, *, name: str, funder: str, unit: str) -> None:
        super().__init__(model)
        self.name = name
        self.funder = funder
        self.unit = unit
        self.capacity = 0.0
        self.used = 0.0
        self.waiting = 0
        self.vacancy = 0.0
        self.hired_hours = 0.0
        self.unit_cost = 0.0


class Council(mesa.Agent):  # type: ignore[misc]
    """The council as commissioner of adult social care: its money and the answers it gives to overspend.

    Attributes:
        budget: Pounds for the financial year under way.
        spent: Pounds spent so far in it, net of charges.
        reserves: Pounds left in reserve.
        debt: Pounds borrowed for overspends that reserves could not carry, and not yet repaid.
        repayment: Pounds of it to repay in the year under way.
        threshold_shift: Rise of the eligibility threshold over the base, bands.
        trim: Share taken off every package.
        visit_cut: Minutes taken off every visit.
        fee_cut: Share taken off fees to providers.
        prevention_share: Non-statutory spending against what the practice asks for: 1, less what is cut.
        working_age_trim: Share taken off working-age packages.
        income_rise: Rise of council tax and charges, share of budget.
        section_114: Has issued a section 114 notice.
        older_share: Share of the settled base year's spending that goes to older people.
        extra_reviews: Reviews of a package in a year beyond the usual ones.
        rises_refused: Share of the rises found in reviews that are refused.
        placement_cut: Share of the care-home places asked for at its cost that a panel refuses.
        posts_cut: Share of front-door team hours left unfilled.
        tax_forgone: Pounds of council tax that a freeze forgoes in the year under way.
        deal_year: Model year in which it made a deal with its citizens, -1 for none.
        invested: Pounds a month put into prevention ahead of their return.
        extra_connectors: Area coordinators per 100,000 people that these pay for.
        extra_break_hours: Hours of carers' breaks a month that they pay for.
        extra_rapid: Rapid-support episodes a month that they pay for.
        extra_grants: Pounds a year for groups out of them.
        area_trust: What people of each neighbourhood have come to think of services, -1 to 1; 0 as at the start.
    """

    def __init__(self, model: DemandModel) -> None:
        super().__init__(model)
        self.budget = 0.0
        self.spent = 0.0
        self.reserves = 0.0
        self.debt = 0.0
        self.repayment = 0.0
        self.threshold_shift = 0.0
        self.trim = 0.0
        self.visit_cut = 0.0
        self.fee_cut = 0.0
        self.prevention_share = 1.0
        self.working_age_trim = 0.0
        self.income_rise = 0.0
        self.section_114 = False
        self.older_share = 0.5
        self.extra_reviews = 0.0
        self.rises_refused = 0.0
        self.placement_cut = 0.0
        self.posts_cut = 0.0
        self.tax_forgone = 0.0
        self.deal_year = -1
        self.invested = 0.0
        self.extra_connectors = 0.0
        self.extra_break_hours = 0.0
        self.extra_rapid = 0.0
        self.extra_grants = 0.0
        self.area_trust: NDArray[np.float32] = np.zeros(0, dtype=np.float32)


class Neighbourhood(mesa.Agent):  # type: ignore[misc]
    """A small area (LSOA).

    Attributes:
        index: Its number in the place: the value of ``citizens.neighbourhood``.
        code: ONS code.
        label: A name that people can read.
        district: Name of the district it lies in.
        quintile: Deprivation fifth, 0 most deprived … 4 least.
    """

    def __init__(self, model: DemandModel, *, index: int, code: str, label: str, district: str, quintile: int) -> None:
        super().__init__(model)
        self.index = index
        self.code = code
        self.label = label
        self.district = district
        self.quintile = quintile
