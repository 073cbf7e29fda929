"""Shares of a difference: efficiency, symmetry, null part, published game; mixtures of two practices."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demandsim.experiment.comparison import Values
from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.shapley import (
    THE_CHANGE,
    Coalition,
    coalitions,
    decompose,
    parts_between,
    shapley,
    shapley_sampled,
)
from demandsim.scenario.library import load_scenario
from demandsim.scenario.parts import PARTS


def gloves(coalition: Coalition) -> Values:
    """The game of gloves: one left, two right; a pair is worth 1 (shares 2/3, 1/6, 1/6)."""
    return np.array([1.0 if "left" in coalition and coalition & {"right1", "right2"} else 0.0])


def test_the_game_of_gloves() -> None:
    found = shapley(["left", "right1", "right2"], gloves)
    assert {part: float(share[0]) for part, share in found.items()} == pytest.approx(
        {"left": 2 / 3, "right1": 1 / 6, "right2": 1 / 6}
    )


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_shares_are_the_mean_over_orders_and_add_up(seed: int, count: int) -> None:
    parts = [f"p{k}" for k in range(count)]
    chance = np.random.default_rng(seed)
    known = {c: chance.normal(0, 10, 3) for c in coalitions(parts)}
    exact = shapley(parts, known.__getitem__)
    whole = known[frozenset(parts)] - known[frozenset()]
    np.testing.assert_allclose(sum(exact.values()), whole, atol=1e-9)
    by_order = {part: np.zeros(3) for part in parts}
    orders = list(permutations(parts))
    for order in orders:
        for k, part in enumerate(order):
            by_order[part] += (known[frozenset(order[: k + 1])] - known[frozenset(order[:k])]) / len(orders)
    for part in parts:
        np.testing.assert_allclose(exact[part], by_order[part], atol=1e-9)
    sampled = shapley_sampled(parts, known.__getitem__, orders=6, seed=seed)
    np.testing.assert_allclose(sum(sampled.values()), whole, atol=1e-9)


def test_drawn_orders_come_near_the_exact_shares_of_many_parts() -> None:
    parts = [f"p{k}" for k in range(9)]
    weights = np.random.default_rng(1).normal(0, 1, (9, 9))

    def worth(coalition: Coalition) -> Values:
        inside = np.array([part in coalition for part in parts], dtype=float)
        return np.array([inside @ weights @ inside])

    exact = {
        part: weights[k, k] + (weights[k].sum() + weights[:, k].sum() - 2 * weights[k, k]) / 2
        for k, part in enumerate(parts)
    }
    found = shapley_sampled(parts, worth, orders=10)
    # an order and its reverse cancel every joint effect of two: few orders are enough
    assert {part: float(share[0]) for part, share in found.items()} == pytest.approx(exact)
    with pytest.raises(InputError, match="512 combinations"):
        decompose(parts, worth)
    assert decompose(parts, worth, orders=4)[0].left is None


def test_the_interval_of_drawn_orders_holds_the_draw() -> None:
    parts = [f"p{k}" for k in range(8)]
    chance = np.random.default_rng(5)
    alone = dict(zip(parts, chance.normal(0, 5, 8), strict=True))
    threes = {frozenset(three): chance.normal(0, 3) for three in combinations(parts, 3)}
    truth = {p: alone[p] + sum(joint / 3 for three, joint in threes.items() if p in three) for p in parts}
    covered = []
    for seed in range(20):
        luck = np.random.default_rng(100 + seed).normal(0, 0.05, (len(coalitions(parts)), 4))
        values = {
            c: luck[k] + sum(alone[p] for p in c) + sum(joint for three, joint in threes.items() if three <= c)
            for k, c in enumerate(coalitions(parts))
        }
        found = decompose(parts, values.__getitem__, orders=20, seed=seed)
        covered += [one.share.low <= truth[one.part] <= one.share.high for one in found]
    assert np.mean(covered) > 0.91  # by the luck of the runs alone it would be in 2 of 100


def test_alone_and_left_of_parts_that_need_one_another() -> None:
    def both(coalition: Coalition) -> Values:
        return np.array([1.0, 2.0, 3.0]) * (len(coalition) == 2)

    for share in decompose(["a", "b"], both):
        assert share.share.value == 1.0
        assert share.alone is not None
        assert share.left is not None
        assert (share.alone.value, share.left.value) == (0.0, 0.0)


def test_mixtures_of_two_practices() -> None:
    first, second = load_scenario("deficit"), load_scenario("strengths")
    found = parts_between(first, second)
    everything = frozenset([*PARTS, THE_CHANGE])
    assert len(found) == 128
    assert len({scenario.name for scenario in found.values()}) == 128
    assert found[frozenset()] is first
    assert found[everything].digest == second.digest
    carers = found[frozenset({"the offer to carers"})]
    assert carers.practice == replace(
        first.practice, **{f: getattr(second.practice, f) for f in PARTS["the offer to carers"]}
    )
    assert carers.adoption.training_hours_per_worker == 0.0
    assert carers.adoption.years == second.adoption.years
    change = found[frozenset({THE_CHANGE})]
    assert change.practice == first.practice
    assert change.adoption == second.adoption


def test_scenarios_that_differ_in_more_than_practice_are_refused() -> None:
    with pytest.raises(InputError, match="budget"):
        parts_between(load_scenario("deficit"), load_scenario("strengths_cut30"))
    with pytest.raises(InputError, match="on the way"):
        parts_between(load_scenario("strengths"), load_scenario("adoption_slow"))
