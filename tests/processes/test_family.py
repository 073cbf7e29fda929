from __future__ import annotations

from typing import Any

import numpy as np

from demandsim.agents.citizens import NOBODY
from demandsim.agents.kin import with_newborn
from demandsim.processes.departure import depart
from demandsim.processes.family import ADULT, children_of, dependants, lives_with_parent
from tests.lifecourse import toy_town


def links(town: Any, parents: Any, *, at_home: bool = False) -> set[tuple[int, int]]:
    """Pairs of child and parent, by the links themselves."""
    citizens = town.citizens
    found = set()
    for link in (citizens.mother, citizens.father):
        for child in citizens.rows[np.isin(link[citizens.rows], parents)]:
            home = citizens.household[child]
            small = citizens.age_months[child] < ADULT and home != NOBODY and home == citizens.household[link[child]]
            if small or not at_home:
                found.add((int(child), int(link[child])))
    return found


def found(pairs: Any) -> set[tuple[int, int]]:
    child, parent = pairs
    assert len(set(zip(child, parent, strict=True))) == child.size
    return set(zip(child.tolist(), parent.tolist(), strict=True))


def test_children_are_found_whatever_became_of_their_rows() -> None:
    town = toy_town(3_000)
    citizens = town.citizens
    parents = np.unique(citizens.mother[citizens.mother != NOBODY]).astype(np.int64)
    mother = parents[0]
    listed = town.children.of(int(mother))
    assert found(children_of(town, parents)) == links(town, parents)
    depart(town, listed[:1].astype(np.int64))
    depart(town, citizens.rows[-40:-20])
    baby = citizens.admit(np.array([10**9], dtype=np.uint64))  # may take the row of the child who left
    citizens.mother[baby], citizens.household[baby] = mother, citizens.household[mother]
    town.children = with_newborn(town.children, citizens, baby)
    stranger = citizens.admit(np.array([10**9 + 1], dtype=np.uint64))
    parents = np.concatenate([parents[citizens.alive[parents]], stranger])
    assert (int(baby[0]), int(mother)) in found(children_of(town, parents))
    assert found(children_of(town, parents)) == links(town, parents)
    assert found(dependants(town, parents)) == links(town, parents, at_home=True)


def test_who_lives_with_a_parent() -> None:
    town = toy_town(3_000)
    citizens = town.citizens
    rows = citizens.rows
    wanted = [
        any(p != NOBODY and citizens.household[p] == citizens.household[i] != NOBODY for p in (m, f))
        for i, m, f in zip(rows, citizens.mother[rows], citizens.father[rows], strict=True)
    ]
    assert np.array_equal(lives_with_parent(citizens, rows), wanted)
