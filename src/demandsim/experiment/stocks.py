"""Do stocks hold still? Each against what the rates of month 0 would make of the people there are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Setting
from demandsim.processes.home_care import client_rows

if TYPE_CHECKING:
    from demandsim.model import DemandModel

STOCKS: Mapping[str, str] = {
    "clients": "people with a council-paid package at home",
    "residents": "residents of care homes",
    "carers": "unpaid carers",
    "lonely": "people who are often lonely",
    "partnered": "people with a partner",
}
"""Stocks that the base scenario must hold but for ageing: name and words."""

YEARLY_LIMIT = 0.02
"""How far a stock may move in a year beyond what ageing itself moves, as a share."""

_GROUP_MONTHS, _AGE_GROUPS = 60, 20
_CELLS = 2 * 5 * _AGE_GROUPS


@dataclass(frozen=True)
class Held:
    """The stocks of a first moment as rates.

    Attributes:
        month: When.
        rates: Share of people who belong to a stock, by its name; shape (200,): sex, fifth, five years of age.
    """

    month: int
    rates: dict[str, NDArray[np.float64]]


def held(model: DemandModel) -> Held:
    """The rates of every stock now."""
    people, cases = _counts(model)
    share = {name: np.divide(count, people, out=np.zeros(_CELLS), where=people > 0) for name, count in cases.items()}
    return Held(model.month, share)


def growth_beyond_ageing(model: DemandModel, first: Held) -> dict[str, float]:
    """By how much each stock has grown in a year, on average, against what a first moment's rates would make of it.

    Args:
        model: The model now.
        first: The rates of the first moment.

    Returns:
        ``stock.<name>``: the yearly factor; 1 where a stock has moved with the people's sex, fifth and age alone, and
        at the first moment itself.
    """
    people, cases = _counts(model)
    years = max(model.month - first.month, 1) / 12.0
    out = {}
    for name, count in cases.items():
        usual = float(first.rates[name] @ people)
        out[f"stock.{name}"] = (float(count.sum()) / usual) ** (1.0 / years) if usual > 0.0 else 1.0
    return out


def _counts(model: DemandModel) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """People, and people of each stock, by cell."""
    c = model.citizens
    group = np.minimum(c.age_months.astype(np.int64) // _GROUP_MONTHS, _AGE_GROUPS - 1)
    cell = (c.female * 5 + c.quintile.astype(np.int64)) * _AGE_GROUPS + group
    members = {
        "clients": client_rows(c),
        "residents": c.alive & (c.setting == Setting.CARE_HOME),
        "carers": c.alive & (c.care_given > 0),
        "lonely": c.alive & c.lonely,
        "partnered": c.alive & (c.partner != NOBODY),
    }
    return _tally(cell[c.alive]), {name: _tally(cell[who]) for name, who in members.items()}


def _tally(cells: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.bincount(cells, minlength=_CELLS).astype(np.float64)
