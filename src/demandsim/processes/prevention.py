"""Prevention: what of non-statutory help there is this month, once cuts are taken off and investment is added.

The practice says what should be there. The council keeps a share of it (its own line of the budget, less what it cuts
in answer to overspend), and money invested ahead of its return buys some beyond it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_YEAR = 12
_PER = 100_000.0


def connectors(model: DemandModel) -> float:
    """Area coordinators that are paid for, per 100,000 people."""
    return model.practice.connectors * model.council.prevention_share + model.council.extra_connectors


def catalysts(model: DemandModel) -> float:
    """Community catalysts that are paid for, per 100,000 people."""
    return model.practice.catalysts * model.council.prevention_share


def older(model: DemandModel) -> float:
    """Hundreds of thousands of people aged 65 and over: those of month 0, as many more as need has grown since."""
    return float(model.base_people_65 * model.need_index / _PER)


def break_hours(model: DemandModel) -> float:
    """Hours of carers' breaks that are bought in a year, per 100,000 older people."""
    planned = model.practice.carer_break_hours * model.council.prevention_share
    return planned + _YEAR * model.council.extra_break_hours / older(model)


def carers_reached(model: DemandModel) -> float:
    """Share of carers of many hours whom support reaches."""
    return model.practice.carer_reach_share * model.council.prevention_share


def rapid_support(model: DemandModel) -> float:
    """Episodes of rapid support that are bought in a year, per 100,000 older people."""
    planned = model.practice.rapid_support_places * model.council.prevention_share * model.nhs_share
    return planned + _YEAR * model.council.extra_rapid / older(model)


def group_money(model: DemandModel, needed: float) -> float:
    """Public money for community groups against what they need to go on.

    Args:
        model: The model.
        needed: Pounds a year that a group needs.
    """
    granted = model.practice.group_grant_share * model.council.prevention_share
    if model.council.extra_grants == 0.0:
        return granted
    return granted + model.council.extra_grants / (needed * max(len(model.groups), 1))
