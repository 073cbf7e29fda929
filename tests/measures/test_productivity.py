"""Productivity three ways, on rows that a reader can follow by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from demandsim.measures.productivity import care_indices, chained_index, per_pound


def year_of(year: int, **values: float) -> list[dict[str, Any]]:
    """Rows of a year: measures by name, ``payer__service`` for costs."""
    rows, total, payers = [], 0.0, dict[str, float]()
    for name, value in values.items():
        payer, _, service = name.partition("__")
        if not service:
            rows.append({"measure": name, "by": "all", "group": "all", "value": value})
            continue
        rows.append({"measure": "cost", "by": "payer+service", "group": f"{payer}+{service}", "value": value})
        payers[payer] = payers.get(payer, 0.0) + value
        total += value
    rows += [{"measure": "cost", "by": "payer", "group": payer, "value": value} for payer, value in payers.items()]
    rows.append({"measure": "cost", "by": "all", "group": "all", "value": total})
    return [{"year": year, **row} for row in rows]


FIRST: dict[str, float] = {
    "home_care_hours": 1_000,
    "assessments": 100,
    "scrqol": 0.8,
    "qaly": 500,
    "council__home_care": 75_000,
    "council__assessment": 25_000,
    "council__community": 20_000,
    "nhs__acute": 30_000,
    "family__unpaid_care": 350_000,
}


def rows_of(**second: float) -> pd.DataFrame:
    return pd.DataFrame(year_of(2024, **FIRST) + year_of(2025, **{**FIRST, **second}))


def test_a_chain_by_hand() -> None:
    activity = np.array([[10.0, 10.0], [12.0, 5.0], [12.0, 10.0]])
    cost = np.array([[75.0, 25.0], [50.0, 50.0], [1.0, 1.0]])
    # Year 2: 0.75 x 1.2 + 0.25 x 0.5 = 1.025; year 3: 0.5 x 1 + 0.5 x 2 = 1.5.
    assert chained_index(activity, cost) == pytest.approx([100.0, 102.5, 153.75])


def test_what_nobody_had_comes_in_a_year_later() -> None:
    activity, cost = np.array([[10.0, 0.0], [10.0, 5.0], [10.0, 10.0]]), np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    assert chained_index(activity, cost) == pytest.approx([100.0, 100.0, 150.0])
    assert chained_index(np.zeros((2, 1)), np.zeros((2, 1))).tolist() == [100.0, 100.0]


def test_with_nothing_changed_but_scale_a_chain_is_a_plain_ratio() -> None:
    luck = np.random.default_rng(1)
    activity, cost = luck.uniform(1, 9, (1, 4)), luck.uniform(1, 9, (1, 4))
    growth = np.array([[1.0], [1.1], [0.9], [1.3]])
    assert chained_index(activity * growth, cost * growth) == pytest.approx(100 * growth[:, 0])


def test_twice_of_everything_is_no_more_productive() -> None:
    doubled = {name: value * (1 if name == "scrqol" else 2) for name, value in FIRST.items()}
    care = care_indices(rows_of(**doubled))
    assert care.output == pytest.approx([100, 200])
    assert care.inputs == pytest.approx([100, 200])
    assert care.productivity == pytest.approx([100, 100])


def test_it_falls_when_a_package_is_prevented() -> None:
    """A tenth of home care is prevented by community work that costs as much: the same money, less output."""
    care = care_indices(rows_of(home_care_hours=900, council__home_care=67_500, council__community=27_500))
    assert care.inputs == pytest.approx([100, 100])
    assert care.output == pytest.approx([100, 100 * (0.75 * 0.9 + 0.25)])
    assert care.productivity[1] < 100


def test_better_quality_is_more_output_and_finance_is_no_input() -> None:
    care = care_indices(rows_of(scrqol=0.88, council__debt=50_000))
    assert care.productivity == pytest.approx([100, 110])


def test_outcome_per_pound() -> None:
    rows = rows_of(qaly=510)
    assert per_pound(rows, "qaly", public=True)[2024] == pytest.approx(500 / 150)  # £150,000 of public money
    assert per_pound(rows, "qaly", public=False) == pytest.approx({2024: 1.0, 2025: 1.02})  # £500,000 of everything
    assert per_pound(rows[rows.measure != "cost"], "qaly", public=True) == {}
