"""Three tools that build a population without a loop over people: apportion, draw, match."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Ints = NDArray[np.int64]
type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]


def as_key(values: Ints) -> Floats:
    """Whole numbers as a sort key."""
    return values.astype(np.float64)


def largest_remainder(weights: Floats | Ints, total: int) -> Ints:
    """Split ``total`` in whole numbers in proportion to ``weights``; they sum to it exactly.

    Args:
        weights: Non-negative, any shape, not all zero unless ``total`` is 0.
        total: What to split.

    Returns:
        Whole numbers of the same shape. Ties go to the first.
    """
    flat = np.asarray(weights, dtype=np.float64).ravel()
    if total == 0:
        return np.zeros(np.shape(weights), dtype=np.int64)
    exact = flat * (total / flat.sum())
    whole = np.floor(exact + 1e-9).astype(np.int64)
    short = total - int(whole.sum())
    order = np.argsort(whole - exact, kind="stable")
    whole[order[:short]] += 1
    return whole.reshape(np.shape(weights))


def systematic_draw(chance: Floats, order: Floats, generator: np.random.Generator) -> Flags:
    """Draw people with given chances so that every run of the order gets its expected number, within one.

    Args:
        chance: Chance of each, 0 to 1.
        order: Sort key along which the draw is spread.
        generator: Source of the one random start.

    Returns:
        Who is drawn.
    """
    sequence = np.argsort(order, kind="stable")
    start = generator.uniform(1e-6, 1 - 1e-6)
    steps = np.floor(np.cumsum(chance[sequence]) + start).astype(np.int64)
    drawn = np.zeros(chance.size, dtype=np.bool_)
    drawn[sequence] = np.diff(steps, prepend=0) > 0
    return drawn


def draw_number(weight: Floats, number: int, order: Floats, generator: np.random.Generator) -> Flags:
    """Draw exactly ``number`` people with chances in proportion to ``weight``, spread along an order.

    Args:
        weight: Non-negative weights.
        number: How many; all with a positive weight when there are fewer.
        order: Sort key along which the draw is spread.
        generator: Source of luck.
    """
    possible = int(np.count_nonzero(weight > 0))
    if number >= possible:
        return np.asarray(weight > 0)
    chance = np.zeros(weight.size)
    for _ in range(30):
        room = number - np.count_nonzero(chance >= 1)
        free = chance < 1
        chance[free] = weight[free] * (room / weight[free].sum())
        if not (chance[free] > 1).any():
            break
        chance = np.minimum(chance, 1.0)
    drawn = systematic_draw(chance, order, generator)
    _adjust(drawn, weight, number, generator)
    return drawn


def _adjust(drawn: Flags, weight: Floats, number: int, generator: np.random.Generator) -> None:
    """Add or take away at random the few by which rounding missed the number."""
    miss = number - int(np.count_nonzero(drawn))
    pool = np.flatnonzero(~drawn & (weight > 0)) if miss > 0 else np.flatnonzero(drawn)
    if miss:
        drawn[generator.choice(pool, abs(miss), replace=False)] = miss > 0


def _rank_in_block(block: Ints, shuffle: Floats) -> Ints:
    """Position of each within its block, in an order given by ``shuffle`` in [0, 1)."""
    order = np.argsort(block + shuffle)
    first = np.concatenate([[0], np.cumsum(np.bincount(block))])
    rank = np.empty(block.size, dtype=np.int64)
    rank[order] = np.arange(block.size) - first[block[order]]
    return rank


def _paired(block: Ints, key: Floats, chosen: Ints) -> Ints:
    """Chosen positions sorted by block, then key."""
    return chosen[np.lexsort((key[chosen], block[chosen]))]


def block_match(
    block_a: Ints, key_a: Floats, block_b: Ints, key_b: Floats, generator: np.random.Generator, *, across: bool = True
) -> tuple[Ints, Ints]:
    """Pair members of two lists that stand in the same block and at the same place along a key.

    In each block the longer list is thinned at random; both are then sorted by key and paired by position. Who is
    left is paired in the same way across all blocks.

    Args:
        block_a: Block of each member of the first list, from 0.
        key_a: Key of each.
        block_b: Block of each member of the second list.
        key_b: Key of each.
        generator: Source of luck.
        across: Whether to match across blocks what is left.

    Returns:
        Positions in the first and in the second list, pair by pair.
    """
    blocks = int(max(block_a.max(initial=-1), block_b.max(initial=-1))) + 1
    room = np.minimum(np.bincount(block_a, minlength=blocks), np.bincount(block_b, minlength=blocks))
    in_a = _rank_in_block(block_a, generator.random(block_a.size)) < room[block_a]
    in_b = _rank_in_block(block_b, generator.random(block_b.size)) < room[block_b]
    first = _paired(block_a, key_a, np.flatnonzero(in_a))
    second = _paired(block_b, key_b, np.flatnonzero(in_b))
    if not across:
        return first, second
    rest_a, rest_b = np.flatnonzero(~in_a), np.flatnonzero(~in_b)
    number = min(rest_a.size, rest_b.size)
    rest_a = np.sort(generator.permutation(rest_a)[:number])
    rest_b = np.sort(generator.permutation(rest_b)[:number])
    rest_a = rest_a[np.argsort(key_a[rest_a], kind="stable")]
    rest_b = rest_b[np.argsort(key_b[rest_b], kind="stable")]
    return np.concatenate([first, rest_a]), np.concatenate([second, rest_b])


def fit_gaps(
    parent: Ints, child: Ints, age: Ints, least: int, most: int, generator: np.random.Generator
) -> tuple[Ints, Flags]:
    """Swap children between pairs until no parent is too young or too old.

    Args:
        parent: Person number of the parent in each pair.
        child: Person number of the child.
        age: Ages in months by person number.
        least: Smallest gap of age, months.
        most: Largest.
        generator: Source of luck.

    Returns:
        The children in their new order, and which pairs fit now.
    """
    child = child.copy()

    def fits(parents: Ints, children: Ints) -> Flags:
        gap = age[parents] - age[children]
        return np.asarray((gap >= least) & (gap <= most))

    good = fits(parent, child)
    for _ in range(60):
        bad = np.flatnonzero(~good)
        if bad.size == 0 or not good.any():
            break
        other, first = np.unique(generator.integers(0, parent.size, bad.size), return_index=True)
        bad = bad[first]
        swap = good[other] & fits(parent[bad], child[other]) & fits(parent[other], child[bad])
        bad, other = bad[swap], other[swap]
        child[bad], child[other] = child[other], child[bad]
        good[bad] = True
    return child, good
