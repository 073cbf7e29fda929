from __future__ import annotations

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.inflow import fixed_flow
from demandsim.processes.migration import Migration
from tests.lifecourse import steady_town
from tests.processes.moving_town import started


def test_the_flow_is_fixed_by_the_base_month() -> None:
    town = steady_town(5_000)
    first, second = (fixed_flow(town, Migration(Numbers())._rules) for _ in range(2))
    assert first.monthly == second.monthly > 0
    assert first.cells[-1] == pytest.approx(1.0)
    assert (first.quintile <= 4).all()


def test_the_flow_holds_for_a_year_then_falls_to_its_long_term_level_and_stays() -> None:
    town = steady_town(10_000)
    numbers = Numbers()
    process = started(town)
    flow = process._flow
    assert flow is not None
    counts = np.array([flow.arriving(month) for month in range(180)])
    years = numbers["migration.return_years"]
    fewer = (1 - numbers["migration.long_run_ratio"]) * 0.01 * 10_000
    assert abs(counts[:12].sum() - 12 * flow.monthly) <= 1
    settled = counts[round(12 * (1 + years)) :]
    assert abs(settled.sum() - settled.size * (flow.monthly - fewer / 12)) <= 1
    falling = counts[12 : round(12 * (1 + years))]
    halfway = flow.monthly - fewer / 24
    assert abs(falling.sum() - falling.size * halfway) <= 1 + fewer / 24  # a straight line, half a month's step
    assert flow.before(180) == pytest.approx(counts.sum(), abs=1)


def test_a_place_that_loses_people_abroad_keeps_its_flow() -> None:
    town = steady_town(5_000)
    town.profile.international_net = -0.002
    assert fixed_flow(town, Migration(Numbers())._rules).fewer == 0.0
