"""Apportioning, drawing and matching: exact where they promise to be."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.place.matching import block_match, draw_number, fit_gaps, largest_remainder, systematic_draw


def test_largest_remainder_sums_and_stays_within_one() -> None:
    generator = np.random.default_rng(3)
    for total in (0, 1, 17, 5000):
        weights = generator.random((4, 25)) * generator.integers(0, 2, (4, 25))
        parts = largest_remainder(weights, total)
        assert parts.sum() == total
        assert np.abs(parts - weights / weights.sum() * total).max() < 1
    assert largest_remainder(np.array([2, 3, 5]), 10).tolist() == [2, 3, 5]


def test_systematic_draw_meets_every_run_of_the_order_within_one() -> None:
    generator = np.random.default_rng(5)
    chance, order = generator.random(4000) * 0.6, generator.permutation(4000).astype(float)
    drawn = systematic_draw(chance, order, generator)
    sequence = np.argsort(order)
    gap = np.cumsum(drawn[sequence]) - np.cumsum(chance[sequence])
    assert np.abs(gap).max() < 1


@pytest.mark.parametrize("number", [0, 1, 40, 300, 900])
def test_draw_number_is_exact_and_never_takes_the_impossible(number: int) -> None:
    generator = np.random.default_rng(number)
    weight = np.where(np.arange(500) % 5 == 0, 0.0, np.linspace(0.01, 9, 500))
    drawn = draw_number(weight, number, np.arange(500.0), generator)
    assert drawn.sum() == min(number, 400)
    assert not drawn[weight == 0].any()


def test_block_match_pairs_everyone_once_and_neighbours_first() -> None:
    generator = np.random.default_rng(8)
    block_a, block_b = generator.integers(0, 9, 300), generator.integers(0, 9, 260)
    key_a, key_b = generator.random(300), generator.random(260)
    a, b = block_match(block_a, key_a, block_b, key_b, generator)
    assert a.size == b.size == 260
    assert np.unique(a).size == np.unique(b).size == 260
    within = np.minimum(np.bincount(block_a, minlength=9), np.bincount(block_b, minlength=9)).sum()
    assert np.count_nonzero(block_a[a] == block_b[b]) >= within
    same, other = block_match(block_a, key_a, block_b, key_b, generator, across=False)
    assert same.size == within
    assert np.array_equal(block_a[same], block_b[other])


def test_fit_gaps_mends_what_can_be_mended_and_keeps_every_child() -> None:
    generator = np.random.default_rng(2)
    age = np.concatenate([np.linspace(240, 600, 200), np.linspace(0, 220, 200)]).astype(np.int64)
    parent, child = np.arange(200), generator.permutation(200) + 200
    fitted, good = fit_gaps(parent, child, age, 180, 560, generator)
    assert sorted(fitted) == sorted(child)
    gap = age[parent] - age[fitted]
    assert np.array_equal(good, (gap >= 180) & (gap <= 560))
    assert good.mean() > 0.98
