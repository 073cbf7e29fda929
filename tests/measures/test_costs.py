"""Prices, hours and bridges, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from demandsim.measures.costs import bridge, hours_worth, in_base_prices, nominal, price_level, price_year, unpaid_hour
from demandsim.measures.recorder import WEEKS_A_MONTH
from demandsim.measures.spending import own_money
from demandsim.parameters.register import register

PATH = {
    "price.deflator_2022_23_to_2023_24": 1.1,
    "price.deflator_growth_2024": 0.1,
    "price.deflator_growth_2025": 0.2,
    "price.deflator_growth_later": 0.5,
}


def test_price_levels_by_hand() -> None:
    found = [price_level(year, PATH) for year in (2020, 2022, 2023, 2024, 2025, 2026, 2027)]
    assert found == pytest.approx([0.94403 / 1.1, 1 / 1.1, 1.0, 1.1, 1.32, 1.98, 2.97])


def test_prices_before_the_series_are_refused() -> None:
    with pytest.raises(ValueError, match="2005"):
        price_level(1999)


def test_a_value_of_other_years_prices() -> None:
    assert in_base_prices("value.qaly_green_book") == pytest.approx(70_000 * 106.1 / 94.403)
    assert in_base_prices("value.wellby") == pytest.approx(13_000 * 106.1 / 89.527)
    assert unpaid_hour() == pytest.approx(25 * 106.1 / 93.629)
    assert unpaid_hour("opportunity") == pytest.approx(10.42)
    assert unpaid_hour(numbers={**PATH, "carers.replacement_cost_hour": 10.0}) == pytest.approx(11.0 / 0.93629)
    with pytest.raises(ValueError, match="names no year"):
        price_year(register()["value.discount_rate"])


def test_nominal_pounds() -> None:
    assert nominal(np.array([[10.0, 10.0]]), [2024, 2025], PATH) == pytest.approx(np.array([[11.0, 13.2]]))


def test_an_hour_a_week_for_a_year_is_what_the_recorder_books_in_twelve_months() -> None:
    assert float(hours_worth(np.array(100.0), 25.0)) == pytest.approx(100 * 25 * 12 * WEEKS_A_MONTH)


def test_citizens_money_by_hand() -> None:
    costs = {
        ("home_care", "citizen"): 70.0,
        ("residential", "citizen"): 40.0,
        ("residential", "council"): 99.0,
        ("community", "citizen"): 3.0,
        ("community_hubs", "citizen"): 4.0,
        ("local_tax", "citizen"): 5.0,
        ("benefits", "citizen"): -6.0,
    }
    assert own_money(costs, 50.0) == {
        "charges": 50.0,
        "self_funding": 60.0,
        "giving": 7.0,
        "local_tax": 5.0,
        "benefits": -6.0,
    }


def rows(*cells: tuple[str, int, int, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(cells, columns=["scenario", "replicate", "year", "group", "value"])
    return frame.assign(measure="cost", by="payer")


def test_a_bridge_leads_from_one_cost_to_the_other() -> None:
    frame = rows(
        ("a", 1, 2024, "council", 10.0),
        ("a", 2, 2024, "council", 20.0),
        ("a", 1, 2024, "nhs", 5.0),
        ("a", 2, 2024, "nhs", 5.0),
        ("b", 1, 2024, "council", 11.0),
        ("b", 2, 2024, "council", 21.0),
        ("b", 1, 2024, "investor", 8.0),
        ("b", 2, 2024, "investor", 0.0),
    )
    steps = bridge(frame, "a", "b", "payer")
    assert steps["group"].tolist() == ["nhs", "investor", "council"]
    assert steps["change"].tolist() == [-5.0, 4.0, 1.0]
    assert steps["begins"].tolist() == [0.0, -5.0, -1.0]
    assert steps["ends"].tolist() == [-5.0, -1.0, 0.0]
    assert steps["ends"].iloc[-1] == pytest.approx(20.0 - 20.0)
