"""Services, commissioners and neighbourhoods: the object agents of a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

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
        prevention_share: What is left of non-statutory spending, 1 to 0.25.
        working_age_trim: Share taken off working-age packages.
        income_rise: Rise of council tax and charges, share of budget.
        section_114: Has issued a section 114 notice.
        older_share: Share of the settled base year's spending that goes to older people.
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
