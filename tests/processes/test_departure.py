from __future__ import annotations

from typing import Any

import numpy as np

from demandsim.agents.citizens import NEVER, NOBODY, Setting
from demandsim.agents.kin import children_index, with_newborn
from demandsim.agents.ties import Groups, Ties
from demandsim.processes.departure import depart
from demandsim.processes.households import found_home, leave_home
from tests.lifecourse import assert_links_sound, toy_town


def pairs(town: Any) -> Any:
    citizens = town.citizens
    return np.flatnonzero(citizens.alive & citizens.female & (citizens.partner != NOBODY))


def test_a_widow_remembers_and_one_whose_partner_moves_does_not() -> None:
    town = toy_town(3_000)
    town.month = 7
    women = pairs(town)[:20]
    men = town.citizens.partner[women].astype(np.int64)
    depart(town, men[:10])
    depart(town, men[10:], death=False)
    assert (town.citizens.partner[women] == NOBODY).all()
    assert (town.citizens.bereaved_month[women[:10]] == 7).all()
    assert (town.citizens.bereaved_month[women[10:]] == NEVER).all()
    assert not town.citizens.alive[men].any()
    assert_links_sound(town)


def test_a_couple_that_goes_together_leaves_no_trace() -> None:
    town = toy_town(3_000)
    women = pairs(town)[:10]
    both = np.concatenate([women, town.citizens.partner[women]]).astype(np.int64)
    depart(town, both, death=False)
    assert_links_sound(town)


def test_nobody_is_linked_to_the_gone_whoever_goes() -> None:
    town = toy_town(3_000)
    gone = np.random.default_rng(5).choice(town.citizens.rows, 1_500, replace=False)
    depart(town, gone)
    assert len(town.citizens) == 1_500
    assert_links_sound(town)


def test_a_reused_row_does_not_inherit_children() -> None:
    town = toy_town(3_000)
    citizens = town.citizens
    mother = int(np.argmax(np.diff(town.children.start)))
    children = town.children.child[town.children.start[mother] : town.children.start[mother + 1]]
    depart(town, np.array([mother]))
    assert (citizens.mother[children] != mother).all()
    stranger = int(citizens.admit(np.array([10**9], dtype=np.uint64))[0])
    assert stranger == mother
    other = np.setdiff1d(citizens.rows, [*children, mother])[0]
    citizens.mother[children] = other
    depart(town, np.array([stranger]))
    assert (citizens.mother[children] == other).all()


def test_babies_of_this_month_lose_the_link_although_the_index_does_not_know_them() -> None:
    town = toy_town(3_000)
    citizens = town.citizens
    mother = pairs(town)[0]
    baby = citizens.admit(np.array([10**9], dtype=np.uint64))
    citizens.mother[baby], citizens.father[baby] = mother, citizens.partner[mother]
    citizens.household[baby] = citizens.household[mother]
    father = int(citizens.partner[mother])
    town.children = with_newborn(town.children, citizens, baby)
    depart(town, np.array([mother]))
    assert citizens.mother[baby] == NOBODY
    assert citizens.father[baby] == father
    assert citizens.household[baby] == citizens.household[father]


def test_an_orphan_finds_a_home_with_a_grown_up() -> None:
    town = toy_town(3_000)
    citizens = town.citizens
    small = np.flatnonzero(citizens.alive & (citizens.age_months < 120) & (citizens.mother != NOBODY))[:5]
    parents = np.unique(np.concatenate([citizens.mother[small], citizens.father[small]]))
    depart(town, parents[parents >= 0].astype(np.int64))
    for child in small:
        grown = citizens.alive & (citizens.household == citizens.household[child]) & (citizens.age_months >= 216)
        assert grown.any()
        assert citizens.neighbourhood[grown][0] == citizens.neighbourhood[child]


def test_siblings_of_one_home_are_taken_in_together() -> None:
    town = toy_town(3_000)
    citizens = town.citizens
    small = np.flatnonzero(citizens.alive & (citizens.age_months < 120) & (citizens.mother != NOBODY))
    homes, count = np.unique(citizens.household[small], return_counts=True)
    families = [small[citizens.household[small] == home] for home in homes[count > 1]]
    assert len(families) > 20
    keep = small.astype(np.int64)
    grown = np.flatnonzero(citizens.alive & np.isin(citizens.household, homes[count > 1]))
    depart(town, np.setdiff1d(grown, keep))  # the whole home but the small ones
    for family in families:
        assert citizens.alive[family].all()
        assert np.unique(citizens.household[family]).size == 1
    assert_links_sound(town)


def test_who_keeps_an_orphan_stands_in_as_a_parent() -> None:
    """Wherever the guardian moves the child goes along, and finds another grown-up when the guardian dies."""
    town = toy_town(3_000)
    citizens = town.citizens
    child = int(np.flatnonzero(citizens.alive & (citizens.age_months < 120) & (citizens.mother != NOBODY))[0])
    for _ in range(3):
        parents = np.array([link[child] for link in (citizens.mother, citizens.father) if link[child] >= 0])
        depart(town, parents.astype(np.int64))
        (guardian,) = (int(link[child]) for link in (citizens.mother, citizens.father) if link[child] >= 0)
        assert citizens.age_months[guardian] >= 216
        found_home(town, np.array([guardian]))
        assert citizens.household[child] == citizens.household[guardian]
        assert_links_sound(town)


def test_a_baby_of_a_child_moves_along_too() -> None:
    town = toy_town(3_000)
    citizens = town.citizens
    teens = citizens.alive & (citizens.age_months >= 180) & (citizens.age_months < 216) & (citizens.mother != NOBODY)
    teen = int(np.flatnonzero(teens)[0])
    grandmother = int(citizens.mother[teen])
    baby = int(np.flatnonzero(citizens.alive & (citizens.age_months < 12))[0])
    citizens.mother[baby], citizens.father[baby] = teen, NOBODY
    citizens.household[baby] = citizens.household[teen]
    town.children = children_index(citizens)
    found_home(town, np.array([grandmother]))
    assert citizens.household[baby] == citizens.household[teen] == citizens.household[grandmother]


def test_a_parent_who_moves_to_a_care_home_leaves_the_child_with_a_grown_up_at_home() -> None:
    town = toy_town(3_000)
    citizens = town.citizens
    child = int(np.flatnonzero(citizens.alive & (citizens.age_months < 120) & (citizens.mother != NOBODY))[0])
    for _ in range(3):
        home = citizens.alive & (citizens.household == citizens.household[child]) & (citizens.age_months >= 216)
        leave_home(town, np.flatnonzero(home), Setting.CARE_HOME)
        assert (citizens.household[home] == NOBODY).all()
        assert citizens.setting[child] == Setting.HOME
        grown = citizens.alive & (citizens.household == citizens.household[child]) & (citizens.age_months >= 216)
        assert (citizens.setting[grown] == Setting.HOME).all()
        assert grown.any()


def test_a_child_goes_to_the_parent_who_lives_elsewhere() -> None:
    town = toy_town(3_000)
    citizens = town.citizens
    has = citizens.alive & (citizens.age_months < 120) & (citizens.mother != NOBODY) & (citizens.father != NOBODY)
    child = np.flatnonzero(has)[:1]
    mother, father = int(citizens.mother[child[0]]), int(citizens.father[child[0]])
    citizens.partner[mother] = citizens.partner[father] = NOBODY
    citizens.household[father] = 10**6
    depart(town, np.array([mother]))
    assert citizens.household[child[0]] == 10**6


def test_ties_end_and_groups_lose_members() -> None:
    town = toy_town(3_000)
    citizens = town.citizens
    rows = citizens.rows[:100]
    town.ties, town.groups = Ties(60), Groups(4)
    town.ties.admit(np.arange(50, dtype=np.uint64))
    town.ties.a[:50], town.ties.b[:50] = rows[:50], rows[50:]
    town.groups.admit(np.arange(4, dtype=np.uint64))
    citizens.group[rows] = np.arange(100) % 4
    citizens.volunteer[rows[:8]] = True
    town.groups.members[:], town.groups.volunteers[:] = 25, 2
    depart(town, rows[:10])
    assert np.array_equal(np.flatnonzero(town.ties.alive), np.arange(10, 50))
    still = citizens.group[citizens.rows]
    assert np.array_equal(town.groups.members, np.bincount(still[still >= 0], minlength=4))
    assert town.groups.volunteers.sum() == np.count_nonzero(citizens.volunteer) == 0


def test_it_does_not_hang_on_the_order_given() -> None:
    towns = [toy_town(2_000), toy_town(2_000)]
    gone = np.random.default_rng(3).choice(towns[0].citizens.rows, 400, replace=False)
    depart(towns[0], gone)
    depart(towns[1], np.sort(gone))
    for name, values in towns[0].citizens.state().items():
        assert np.array_equal(values, getattr(towns[1].citizens, name)), name
    assert np.array_equal(children_index(towns[0].citizens).child, children_index(towns[1].citizens).child)
