"""Who benefits from what is spent: money shared out among groups of people by what they used."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS, QUINTILES
from demandsim.measures.breakdowns import Rows
from demandsim.measures.equity import distributional_weights, shared_out
from demandsim.processes.base import Numbers

Floats = NDArray[np.float64]
Costs = Mapping[tuple[str, str], float]
"""Pounds by (service, payer)."""

SUPPORT: dict[str, tuple[str, ...]] = {
    "planned_home_care": ("home_care",),
    "planned_direct": ("direct_payment",),
    "care_home_residents_council": ("residential", "nursing"),
    "working_age_clients": ("working_age",),
    "shared_lives_guests": ("shared_lives",),
}
"""Services of long-term support, by what the council's spending on them is shared out by."""

OTHER_BENEFITS = (
    ("reablement_starts", "reablement", "council"),
    ("bed_days", "acute", "nhs"),
    ("ae_visits", "ae", "nhs"),
    ("care_home_residents", "nursing", "nhs"),
)
"""Other benefit in kind: what it is shared out by, the service and the payer."""


BESIDE_CARE: dict[str, str] = {
    "community": "giving",
    "community_hubs": "giving",
    "local_tax": "local_tax",
    "benefits": "benefits",
}
"""What citizens pay or receive that is no care, by service: all else is a charge or bought on their own account."""


def own_money(costs: Costs, charges: float) -> dict[str, float]:
    """What citizens pay themselves, by what for.

    Args:
        costs: Pounds by (service, payer).
        charges: Of what citizens pay for care, the charges of the council.

    Returns:
        Pounds by ``charges``, ``self_funding``, ``giving``, ``local_tax`` and ``benefits``; they add up to what is
        booked to citizens.
    """
    found = dict.fromkeys(("charges", "self_funding", "giving", "local_tax", "benefits"), 0.0)
    for (service, payer), pounds in sorted(costs.items()):
        if payer == "citizen":
            found[BESIDE_CARE.get(service, "self_funding")] += pounds
    found["charges"] = charges
    found["self_funding"] -= charges
    return found


class Spending:
    """Shares spending out.

    Args:
        numbers: Parameter values by key.
    """

    def __init__(self, numbers: Numbers) -> None:
        incomes = np.array([float(numbers[f"value.income_fifth.{fifth}"]) for fifth in QUINTILES])
        self._weights = distributional_weights(
            incomes, float(numbers["value.income_median"]), float(numbers["value.income_elasticity_mu"])
        )

    def add_rows(self, rows: Rows, label: int, costs: Costs, tally: Callable[[str], Floats], scale: float) -> None:
        """Add spending on support and benefit in kind by age, sex and deprivation fifth.

        Args:
            rows: Where to.
            label: The year.
            costs: The year's pounds of the sample.
            tally: Gives the year's tally of a name by reporting cell.
            scale: Share of people simulated.
        """
        support = of_support(costs, np.stack([tally(name) for name in SUPPORT], axis=1)) / scale
        benefit = support.copy()
        for use, service, payer in OTHER_BENEFITS:
            benefit += shared_out(costs.get((service, payer), 0.0), tally(use)) / scale
        rows.add_groups(label, "support_cost", "adults", support)
        rows.add_groups(label, "benefit_in_kind", "adults", benefit)
        by_fifth = benefit.reshape(CELLS // len(QUINTILES), len(QUINTILES)).sum(axis=0)
        for name, part, weight in zip(QUINTILES, by_fifth.tolist(), self._weights.tolist(), strict=True):
            rows.add(label, "benefit_weighted", "quintile", name, part * weight)
            if by_fifth.sum() > 0:
                rows.add(label, "benefit_share", "quintile", name, part / float(by_fifth.sum()))
        rows.add(label, "benefit_weighted", "all", "all", float(by_fifth @ self._weights))


def of_support(costs: Costs, use: Floats) -> Floats:
    """The council's spending on long-term support, by group.

    Args:
        costs: Pounds by (service, payer).
        use: What each group used, shape (groups, services): in the order of `SUPPORT`.

    Returns:
        Pounds, shape (groups,).
    """
    pounds = np.zeros(use.shape[0])
    for column, services in enumerate(SUPPORT.values()):
        pounds += shared_out(sum(costs.get((service, "council"), 0.0) for service in services), use[:, column])
    return pounds
