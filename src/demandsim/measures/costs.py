"""What money is worth when, and who pays it: prices of one year and of each, hours of families valued two ways.

Pure functions. The model's money is in prices of the base year, 2023/24. Nominal pounds are those of the year itself:
the published price level up to 2022/23, published growth to 2024/25, and what the register assumes from then on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demandsim.parameters.register import Evidence, register
from demandsim.parameters.register import Numbers as Register
from demandsim.place.tables import rows

if TYPE_CHECKING:
    from demandsim.processes.base import Numbers

Floats = NDArray[np.float64]

BASE_PRICES = 2023
"""Year whose prices the model's money has: April 2023 to March 2024."""

FINANCE = ("debt", "invest_to_save", "local_tax")
"""What the council's books hold that buys nothing: borrowing paid back or taken up, and tax."""

Hours = Literal["replacement", "opportunity"]
"""How hours of unpaid care are valued: what it would cost to buy them, or what an hour is worth to the carer."""

HOURS: tuple[Hours, ...] = ("replacement", "opportunity")

WEEKS_A_YEAR = 365.25 / 7

_PRICE_YEAR = re.compile(r"\b(20\d\d)(?:/\d\d)?\b(?: prices)?")


@cache
def _published() -> dict[int, float]:
    """Published price level by financial year, labelled by the year in which it starts."""
    return {
        int(row["financial_year"][:4]): float(row["gdp_deflator_2022_23_eq_100"]) for row in rows("gdp_deflators.csv")
    }


def price_level(year: int, numbers: Numbers | None = None) -> float:
    """Price level of a financial year against the base year's.

    Args:
        year: Financial year, labelled by the calendar year in which it starts; 2005 or later.
        numbers: Parameter values by key; the register's if left out.

    Returns:
        Pounds of that year that buy what a pound of the base year buys.

    Raises:
        ValueError: If the year is before the published series.
    """
    numbers = Register() if numbers is None else numbers
    index = _published()
    last = max(index)
    if year < min(index):
        raise ValueError(f"{year}: before the price series, which begins in {min(index)}")
    base = index[last] * numbers["price.deflator_2022_23_to_2023_24"]
    if year <= last:
        return index[year] / base
    level = 1.0
    for each in range(BASE_PRICES + 1, year + 1):
        key = f"price.deflator_growth_{each}" if each <= BASE_PRICES + 2 else "price.deflator_growth_later"
        level *= 1.0 + numbers[key]
    return level


def in_base_prices(key: str, numbers: Numbers | None = None) -> float:
    """The value of an evidence row in prices of the base year.

    Args:
        key: A row whose unit names the year of its prices, such as ``GBP per WELLBY, 2019 prices``.
        numbers: Parameter values by key; the register's if left out.

    Raises:
        ValueError: If its unit names no year.
    """
    numbers = Register() if numbers is None else numbers
    return numbers[key] / price_level(price_year(register()[key]), numbers)


def price_year(row: Evidence) -> int:
    """The year of an evidence row's prices, as its unit names it.

    Raises:
        ValueError: If its unit names none.
    """
    found = _PRICE_YEAR.search(row.unit)
    if found is None:
        raise ValueError(f"{row.key}: its unit ({row.unit}) names no year of prices")
    return int(found.group(1))


def nominal(pounds: Floats, years: Sequence[int], numbers: Numbers | None = None) -> Floats:
    """Pounds of the base year as pounds of each year.

    Args:
        pounds: By year on the last axis, shape (..., years).
        years: Labels of the years.
        numbers: Parameter values by key; the register's if left out.
    """
    return np.asarray(pounds * np.array([price_level(year, numbers) for year in years]))


def unpaid_hour(hours: Hours = "replacement", numbers: Numbers | None = None) -> float:
    """What an hour of unpaid care is valued at, pounds of the base year: its evidence row has prices of its own year.

    Args:
        hours: At ``replacement`` cost or ``opportunity`` cost.
        numbers: Parameter values by key; the register's if left out.
    """
    return in_base_prices(f"carers.{hours}_cost_hour", numbers)


def hours_worth(hours_a_week: Floats, price: float) -> Floats:
    """What a year of unpaid care is worth.

    Args:
        hours_a_week: Mean hours a week, any shape.
        price: Pounds an hour.
    """
    return np.asarray(hours_a_week * WEEKS_A_YEAR * price)


def bridge(frame: pd.DataFrame, a: str, b: str, by: str) -> pd.DataFrame:
    """The steps from what scenario ``a`` costs to what ``b`` costs, over all years, mean of the replicates.

    Args:
        frame: Tidy rows of both.
        a: Where the bridge begins.
        b: Where it ends.
        by: ``payer`` or ``service``.

    Returns:
        A row for each group of either, the largest change first: ``group``, ``change``, and where its bar ``begins``
        and ``ends`` if the bars hang together, pounds of the base year. All changes add up to the difference.
    """
    costs = frame[(frame["measure"] == "cost") & (frame["by"] == by) & frame["scenario"].isin([a, b])]
    runs = frame[frame["scenario"].isin([a, b])].groupby("scenario")["replicate"].nunique()
    total = costs.groupby(["group", "scenario"])["value"].sum().unstack(fill_value=0)
    mean = {name: total[name] / runs[name] if name in total else 0.0 * total.sum(axis=1) for name in (a, b)}
    change = mean[b] - mean[a]
    order = sorted(change.index, key=lambda group: (-abs(change[group]), group))
    steps = pd.DataFrame({"group": order, "change": [float(change[group]) for group in order]})
    ends = steps["change"].cumsum()
    return steps.assign(begins=ends - steps["change"], ends=ends)
