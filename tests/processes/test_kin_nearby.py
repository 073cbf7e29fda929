from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY
from tests.lifecourse import assert_links_sound, steady_town
from tests.processes.moving_town import arrived, no_bodies, started  # noqa: F401

pytestmark = pytest.mark.usefixtures("no_bodies")


def test_who_comes_back_takes_the_place_of_a_child_away() -> None:
    town = steady_town(10_000)
    citizens = town.citizens
    process = started(town)
    before = citizens.children_away.astype(int)
    residents = citizens.rows
    process._parent_chance, process._child_chance = 1.0, 0.0
    process._arrive(town)
    back = arrived(town)
    back = back[(citizens.age_months[back] >= 18 * 12)]
    for link in (citizens.mother, citizens.father):
        parent = link[back][np.isin(link[back], residents)]
        assert parent.size > 0 or link is citizens.father
        assert np.array_equal(citizens.children_away[parent], before[parent] - 1)
        assert np.unique(parent).size == parent.size
    lost = before[residents].sum() - citizens.children_away[residents].astype(int).sum()
    links = sum(np.isin(link[back], residents).sum() for link in (citizens.mother, citizens.father))
    assert lost == links > 0


def test_older_people_come_to_be_near_a_grown_child() -> None:
    town = steady_town(20_000)
    citizens = town.citizens
    process = started(town)
    residents = citizens.rows
    mother, father = citizens.mother.copy(), citizens.father.copy()
    process._parent_chance, process._child_chance = 0.0, 1.0
    process._arrive(town)
    linked = residents[
        (citizens.mother[residents] != mother[residents]) | (citizens.father[residents] != father[residents])
    ]
    assert linked.size > 0
    assert (mother[linked] == NOBODY).all()
    assert (father[linked] == NOBODY).all()
    parent = np.where(citizens.mother[linked] != NOBODY, citizens.mother[linked], citizens.father[linked])
    gap = citizens.age_months[parent].astype(int) - citizens.age_months[linked]
    assert gap.min() >= 16 * 12
    assert gap.max() < 45 * 12
    assert_links_sound(town)
