"""Over the years: which years are shown, and that their numbers are the differences of those years."""

from __future__ import annotations

import pytest

from demandsim.experiment.comparison import Results
from demandsim.report.headlines import HEADLINES
from demandsim.report.over_time import WIDTH, over_time_block, shown_years
from tests.experiment.fake import invented_rows, two_by_two_plan


@pytest.mark.parametrize(
    ("years", "shown"),
    [(1, [1]), (2, [1, 2]), (3, [1, 3]), (5, [1, 3, 5]), (10, [1, 3, 10]), (15, [1, 3, 10, 15]), (20, [1, 3, 10, 20]),
     (40, [1, 3, 10, 40])],
)  # fmt: skip
def test_years_shown(years: int, shown: list[int]) -> None:
    assert [year - 2023 for year in shown_years(range(2024, 2024 + years))] == shown


def test_the_block_holds_the_differences_of_its_years() -> None:
    plan = two_by_two_plan(years=20, scale=1.0, replicates=5)
    results = Results(plan, invented_rows(plan))
    lines = over_time_block(results, "OVER THE YEARS", "strengths", "deficit")
    assert len(lines) == 3 + len(HEADLINES)
    assert max(map(len, lines)) <= WIDTH
    for row, line in zip(HEADLINES, lines[3:], strict=True):
        values = line.removeprefix(row.label).split()
        for shown, year in zip(values, (2024, 2026, 2033, 2043), strict=True):
            found = results.difference("strengths", "deficit", row.measure, year, row.by, row.group)
            assert shown == row.change(found.value) + ("*" if row.tells(found) else "")


def test_one_year_has_no_years_between() -> None:
    plan = two_by_two_plan(years=1, scale=1.0, replicates=2)
    assert over_time_block(Results(plan, invented_rows(plan)), "OVER THE YEARS", "strengths", "deficit") == []
