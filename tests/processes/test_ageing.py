from __future__ import annotations

import numpy as np

from demandsim.agents.cells import cell_codes
from demandsim.parameters.register import Numbers
from demandsim.processes.ageing import Ageing
from tests.toy import toy_model


def town_at_work(people: int = 20_000) -> tuple[object, Ageing]:
    town = toy_model(people)
    ageing = Ageing(Numbers())
    ageing.welcome(town, town.citizens.rows)
    return town, ageing


def test_everyone_alive_grows_a_month_older_and_free_rows_stay_at_zero() -> None:
    town, ageing = town_at_work(2_000)
    before = town.citizens.age_months.copy()
    ageing.step(town)
    assert np.array_equal(town.citizens.age_months, before + town.citizens.alive)
    assert (town.citizens.cell[~town.citizens.alive] == 0).all()


def test_cells_follow_age() -> None:
    town, ageing = town_at_work(2_000)
    citizens = town.citizens
    for _ in range(15):
        ageing.step(town)
    rows = citizens.rows
    wanted = cell_codes(citizens.age_months[rows], citizens.female[rows], citizens.quintile[rows])
    assert np.array_equal(citizens.cell[rows], wanted)


def test_nothing_moves_in_the_run_in() -> None:
    town, ageing = town_at_work(500)
    town.settling = True
    before = town.citizens.age_months.copy()
    ageing.step(town)
    assert np.array_equal(town.citizens.age_months, before)


def test_share_in_work_follows_the_evidence_after_ten_years() -> None:
    town, ageing = town_at_work()
    citizens, numbers = town.citizens, Numbers()
    for _ in range(120):
        ageing.step(town)
    for who, sex in (("men", False), ("women", True)):
        for age in (30, 45, 60, 70):
            mine = citizens.alive & (citizens.female == sex) & (abs(citizens.age_months // 12 - age) <= 1)
            share, count = numbers[f"work.{who}.{age}"], np.count_nonzero(mine)
            assert count > 100
            # six standard errors, and the change of the share over three years of age: below 1 in a million
            assert abs(citizens.working[mine].mean() - share) < 6 * (share * (1 - share) / count) ** 0.5 + 0.03
    assert not citizens.working[citizens.age_months < 16 * 12].any()


def test_work_that_was_lost_is_not_handed_back_at_the_next_birthday() -> None:
    town, ageing = town_at_work(5_000)
    citizens = town.citizens
    middle = np.flatnonzero(citizens.working & (citizens.age_months > 46 * 12) & (citizens.age_months < 55 * 12))
    citizens.working[middle] = False
    for _ in range(24):
        ageing.step(town)
    assert not citizens.working[middle].any()
