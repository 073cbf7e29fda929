from __future__ import annotations

from typing import Any

import numpy as np

from demandsim.agents.citizens import NOBODY
from demandsim.parameters.register import Numbers
from demandsim.processes.family import lives_with_parent
from demandsim.processes.households import first_new_number, found_home
from demandsim.processes.life_luck import draw_month
from demandsim.processes.sharing import SHARERS, Sharing, alone_share, free_of_kin, shared_homes, single_people
from tests.lifecourse import assert_links_sound, renew, steady_town


def sharing_town(people: int = 20_000) -> Any:
    """A town in which half of the single people without kin at home share with two others."""
    town = steady_town(people)
    citizens = town.citizens
    rows, _ = single_people(town)
    rows = rows[free_of_kin(town, rows)]
    rows = rows[np.random.default_rng(3).random(rows.size) < 0.5]
    rows = rows[: rows.size // SHARERS * SHARERS]
    citizens.household[rows] = first_new_number(citizens) + np.arange(rows.size) // SHARERS
    return town


def test_single_people_are_those_without_partner_at_home_and_alone_if_nobody_shares_their_number() -> None:
    town = sharing_town(3_000)
    citizens = town.citizens
    rows, alone = single_people(town)
    assert (citizens.partner[rows] == NOBODY).all()
    assert (citizens.age_months[rows] >= 18 * 12).all()
    size = {int(home): np.count_nonzero(citizens.household == home) for home in citizens.household[rows]}
    assert np.array_equal(alone, [size[int(home)] == 1 for home in citizens.household[rows]])
    free = free_of_kin(town, rows)
    assert not lives_with_parent(citizens, rows[free]).any()
    assert free.any()
    assert not free.all()


def test_three_of_like_age_share_and_nobody_is_left_over() -> None:
    town = sharing_town(3_000)
    citizens = town.citizens
    for count in (0, 1, 2, 3, 4, 7, 9, 10):
        rows = citizens.rows[:count]
        founders, joins, hosts = shared_homes(citizens, rows)
        assert sorted([*founders, *joins]) == rows.tolist()
        assert np.isin(hosts, founders).all()
        homes = np.unique(hosts, return_counts=True)[1] + 1
        if count > 1:
            assert homes.sum() == count
            assert homes.max() <= SHARERS + 1


def test_shares_come_back_after_many_set_up_home_alone() -> None:
    town = sharing_town()
    citizens = town.citizens
    sharing = Sharing(Numbers())
    sharing.start(town)
    before = alone_share(town)
    rows, alone = single_people(town)
    found_home(town, rows[~alone])
    assert (alone_share(town)[:, 40] == 1.0).all()
    for town.month in range(24):
        draw_month(town)
        sharing.step(town)
        renew(town)
        town.month -= 1
    after = alone_share(town)
    rows, _ = single_people(town)
    rows = rows[free_of_kin(town, rows)]
    for age in (30, 50, 80):
        low, high = {30: (25, 45), 50: (45, 65), 80: (75, 120)}[age]
        for sex in (0, 1):
            years = citizens.age_months[rows] // 12
            count = np.count_nonzero((citizens.female[rows] == bool(sex)) & (years >= low) & (years < high))
            # each goes by a lasting draw: six standard errors, and one in a hundred whose turn has not come
            assert count > 50
            assert abs(after[sex, age] - before[sex, age]) < 6 * 0.5 / count**0.5 + 0.01
    assert_links_sound(town)


def test_changing_over_leaves_those_alone_who_live_as_they_would() -> None:
    town = sharing_town(5_000)
    citizens = town.citizens
    sharing = Sharing(Numbers())
    sharing.start(town)
    draw_month(town)
    rows, alone = single_people(town)
    content = rows[sharing.wants_alone(town, rows) & alone]
    home = citizens.household.copy()
    sharing.step(town)
    assert np.array_equal(citizens.household[content], home[content])
    assert (citizens.household != home).any()
