from __future__ import annotations

import numpy as np

from demandsim import luck
from demandsim.agents.citizens import NOBODY, Setting
from demandsim.parameters.register import Numbers
from demandsim.processes.births import Births
from tests.lifecourse import BIRTH_RATE, assert_links_sound, steady_town, toy_town


def test_births_follow_the_rates_of_the_place() -> None:
    town = steady_town(20_000)
    town.profile.births_factor = 0.8
    citizens = town.citizens
    births = Births(Numbers())
    births.start(town)
    women = citizens.rows[citizens.female[citizens.rows]]
    expected = 24 / 12 * 0.8 * BIRTH_RATE[citizens.age_months[women] // 12].sum()
    for _ in range(24):
        births.step(town)
        town.month += 1
    # ages stand still here; a Poisson count is within 5 standard deviations but for 1 time in a million, and the
    # rates by partnership are smoothed over age (1 %)
    assert abs(len(citizens) - 20_000 - expected) < 5 * expected**0.5 + 0.01 * expected


def test_women_with_a_partner_have_more_children() -> None:
    town = steady_town(20_000)
    births = Births(Numbers())
    births.start(town)
    alone, paired = births._chance
    fertile = alone > 0
    assert np.allclose(paired[fertile] / alone[fertile], Numbers()["birth.partner_ratio"])


def test_a_newborn_is_its_mothers_child() -> None:
    town = toy_town(20_000)
    citizens = town.citizens
    births = Births(Numbers())
    births.start(town)
    before = citizens.alive.copy()
    births.step(town)
    babies = np.flatnonzero(citizens.alive[: before.size] & ~before)
    assert babies.size == town.ledger.close().people["births"].sum() > 5
    mother = citizens.mother[babies]
    assert citizens.female[mother].all()
    assert (citizens.age_months[babies] == 0).all()
    for name in ("household", "neighbourhood", "quintile", "owner", "income_band"):
        assert np.array_equal(getattr(citizens, name)[babies], getattr(citizens, name)[mother])
    father = citizens.father[babies]
    assert np.array_equal(father[father >= 0], citizens.partner[mother[father >= 0]])
    assert not citizens.female[father[father >= 0]].any()
    assert np.array_equal(citizens.uid[babies], luck.child_uid(citizens.uid[mother], 0))
    assert_links_sound(town)


def test_a_birth_does_not_hang_on_who_else_is_there() -> None:
    towns = [toy_town(5_000), toy_town(5_000)]
    for town in towns:
        births = Births(Numbers())
        births.start(town)
        if town is towns[1]:
            town.citizens.age_months[town.citizens.age_months > 60 * 12] = 99 * 12
        births.step(town)
    first, second = (np.sort(town.citizens.uid[town.citizens.rows]) for town in towns)
    assert np.array_equal(first, second)


def test_boys_and_girls() -> None:
    town = toy_town(20_000)
    citizens = town.citizens
    births = Births(Numbers())
    births.start(town)
    for _ in range(60):
        births.step(town)
        town.month += 1
    born = citizens.alive & (citizens.uid >> np.uint64(63) == 1)
    count = np.count_nonzero(born)
    assert count > 1_000
    assert abs(citizens.female[born].mean() - 100 / 205) < 5 * 0.5 / count**0.5  # 1 in a million


def test_no_births_in_the_run_in_nor_to_women_in_communal_homes() -> None:
    town = toy_town(5_000)
    births = Births(Numbers())
    births.start(town)
    town.settling = True
    births.step(town)
    assert len(town.citizens) == 5_000
    town.settling = False
    town.citizens.setting[town.citizens.rows] = Setting.OTHER_COMMUNAL
    births.step(town)
    assert len(town.citizens) == 5_000
    assert (town.citizens.mother[~town.citizens.alive] == NOBODY).all()
