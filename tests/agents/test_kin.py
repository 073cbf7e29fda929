"""The index of children against a plain search."""

from __future__ import annotations

import numpy as np

from demandsim.agents.citizens import NOBODY
from demandsim.agents.kin import children_index, renew_children, with_links, with_newborn
from demandsim.processes.family import children_of
from tests.toy import toy_model


def test_every_child_is_found_under_each_parent_in_row_order() -> None:
    citizens = toy_model(3000).citizens
    index = children_index(citizens)
    found = 0
    for row in range(citizens.size):
        expected = np.flatnonzero((citizens.mother == row) | (citizens.father == row))
        np.testing.assert_array_equal(index.of(row), expected)
        found += expected.size
    assert found == np.count_nonzero(citizens.mother >= 0) + np.count_nonzero(citizens.father >= 0)
    assert found > 500


def test_the_renewed_index_is_the_one_made_anew() -> None:
    citizens = toy_model(3000).citizens
    index = children_index(citizens)
    generator = np.random.default_rng(1)
    for month in range(40):
        rows = generator.choice(citizens.rows, 40, replace=False)
        for link in (citizens.mother, citizens.father):
            changed = rows[generator.random(40) < 0.6]
            link[changed] = np.where(generator.random(changed.size) < 0.4, NOBODY, generator.choice(3000, changed.size))
        citizens.father[citizens.mother == citizens.father] = NOBODY
        if month % 10 == 3:  # the columns grow
            born = citizens.admit(np.arange(10**6 + month * 1000, 10**6 + month * 1000 + 70, dtype=np.uint64))
            citizens.mother[born] = generator.choice(3000, born.size)
        index, fresh = renew_children(index, citizens), children_index(citizens)
        assert np.array_equal(index.start, fresh.start)
        assert np.array_equal(index.child, fresh.child)


def test_links_that_began_this_month_are_found_until_the_index_is_renewed() -> None:
    model = toy_model(3000)
    citizens = model.citizens
    children = np.flatnonzero(citizens.alive & (citizens.mother != NOBODY))[:3]
    guardian = np.flatnonzero(citizens.alive & citizens.female & (citizens.age_months > 300))[:1].repeat(3)
    citizens.mother[children] = guardian
    baby = citizens.admit(np.array([10**9], dtype=np.uint64))
    citizens.mother[baby] = guardian[:1]
    index = with_newborn(with_links(model.children, guardian, children), citizens, baby)
    model.children = index
    found, _ = children_of(model, guardian[:1])
    assert {*children, *baby} <= set(found)
    assert found.size == np.count_nonzero(citizens.mother == guardian[0])
    assert np.array_equal(renew_children(index, citizens).child, children_index(citizens).child)


def test_many_changes_at_once_are_found_too() -> None:
    citizens = toy_model(2000).citizens
    index = children_index(citizens)
    citizens.mother[:] = NOBODY
    renewed = renew_children(index, citizens)
    assert renewed.child.size == np.count_nonzero(citizens.father >= 0)
    assert np.array_equal(renewed.start, children_index(citizens).start)
