"""Groups that rest on a handful of simulated people are named."""

from __future__ import annotations

import pandas as pd
import pytest

from demandsim.measures.small_numbers import nobody, people_behind, too_few


def rows_of(*values: tuple[str, str, str, int, int, float]) -> pd.DataFrame:
    return pd.DataFrame(values, columns=["measure", "by", "group", "year", "replicate", "value"])


ROWS = rows_of(
    ("population", "neighbourhood", "A", 2024, 1, 1_500),
    ("population", "neighbourhood", "A", 2024, 2, 1_700),
    ("population", "neighbourhood", "A", 2025, 1, 1_600),
    ("population", "neighbourhood", "A", 2025, 2, 1_600),
    ("population", "neighbourhood", "B", 2024, 1, 40_000),
    ("need_people", "need", "high", 2024, 1, 900),
    ("population", "all", "all", 2024, 1, 41_500),
)


def test_people_are_counted_as_simulated_with_replicates_pooled() -> None:
    assert people_behind(ROWS, "neighbourhood", 0.01) == {"A": pytest.approx(32), "B": pytest.approx(400)}
    assert people_behind(ROWS, "need", 0.01) == {"high": pytest.approx(9)}


def test_too_few_are_named_and_a_larger_sample_tells_more() -> None:
    assert too_few(ROWS, "neighbourhood", 0.01) == {"A"}
    assert too_few(ROWS, "neighbourhood", 0.05) == set()
    assert too_few(ROWS, "neighbourhood", 0.05, least=1_000) == {"A"}
    assert too_few(ROWS, "sex", 0.01) == set()


def test_groups_without_anybody_are_told_from_small_ones() -> None:
    empty = pd.concat([ROWS, rows_of(("population", "neighbourhood", "C", 2024, 1, 0.0))], ignore_index=True)
    assert nobody(empty, "neighbourhood") == {"C"}
    assert too_few(empty, "neighbourhood", 0.01) == {"A", "C"}
