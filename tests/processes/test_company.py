"""Company: communities, pairs of like age and identities of ties."""

from __future__ import annotations

import numpy as np

from demandsim.processes.company import communities, pair_neighbours, tie_uid
from tests.toy import toy_model

PEOPLE = 6_000


def test_pairs_are_of_one_block_and_within_the_gap() -> None:
    generator = np.random.default_rng(2)
    block = generator.integers(0, 9, 500)
    age = generator.integers(200, 1_000, 500).astype(float)
    one, other = pair_neighbours(block, age, np.arange(500, dtype=np.uint64), 60.0)
    assert (block[one] == block[other]).all()
    assert (np.abs(age[one] - age[other]) <= 60).all()
    both = np.concatenate([one, other])
    assert np.unique(both).size == both.size
    assert both.size > 450


def test_pairing_does_not_depend_on_storage_order() -> None:
    generator = np.random.default_rng(3)
    block, age = generator.integers(0, 5, 200), generator.integers(200, 400, 200).astype(float)
    uid = np.arange(200, dtype=np.uint64)
    shuffle = generator.permutation(200)
    one, other = pair_neighbours(block, age, uid, 60.0)
    two, others = pair_neighbours(block[shuffle], age[shuffle], uid[shuffle], 60.0)
    first = {frozenset(pair) for pair in zip(uid[one].tolist(), uid[other].tolist(), strict=True)}
    second = {frozenset(pair) for pair in zip(uid[shuffle][two].tolist(), uid[shuffle][others].tolist(), strict=True)}
    assert first == second


def test_communities_hold_enough_people_of_one_fifth() -> None:
    citizens = toy_model(PEOPLE).citizens
    community, fifth = communities(citizens, 1_000)
    people = np.bincount(community[citizens.neighbourhood[citizens.alive]], minlength=fifth.size)
    last_of_fifth = np.append(fifth[1:] != fifth[:-1], True)
    assert (people[~last_of_fifth] >= 1_000).all()
    assert people.sum() == PEOPLE
    assert communities(citizens, 1)[1].size == 20


def test_identity_of_a_tie_does_not_depend_on_its_direction() -> None:
    a, b = np.arange(100, dtype=np.uint64), np.arange(50, 150, dtype=np.uint64)
    assert (tie_uid(a, b) == tie_uid(b, a)).all()
    assert np.unique(tie_uid(a, b)).size == 100
