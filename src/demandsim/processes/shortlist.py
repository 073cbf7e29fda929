"""Short lists: the rows that a rule is about, found in one quick pass over a column of flags or codes.

Most rules of care concern a few per cent of people. Here one kernel reads a column 32 people at a time and skips
where all of them are unset: quicker than a comparison and a search, and much quicker for codes than NumPy's own search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel

type Flags = NDArray[np.bool_] | NDArray[np.uint8]

_AT_ONCE = 8
_SMALL = 1 << 15
"""Of so few people there is no need to count first: memory for all of them comes at no cost."""


@kernel
def _count(flags: NDArray[np.uint8]) -> int:
    """How many are set."""
    found = 0
    for i in range(flags.size):
        found += 1 if flags[i] != 0 else 0
    return found


@kernel
def list_rows(flags: NDArray[np.uint8], rows: NDArray[np.int64]) -> int:
    """Write the rows that are set, for loops that work block by block.

    Args:
        flags: One byte a person, contiguous, shape (n,).
        rows: Where to write them, with one place more than there are rows to write.

    Returns:
        How many there are.
    """
    words = flags[: flags.size // _AT_ONCE * _AT_ONCE].view(np.uint64)
    found = 0
    for first in range(0, words.size - 3, 4):
        # Most rules concern few: four words are passed by at once.
        if words[first] | words[first + 1] | words[first + 2] | words[first + 3] == np.uint64(0):
            continue
        for word in range(first, first + 4):
            if words[word] != np.uint64(0):
                for i in range(word * _AT_ONCE, word * _AT_ONCE + _AT_ONCE):
                    # Written before it is known whether it counts: chance would mislead a branch.
                    rows[found] = i
                    found += 1 if flags[i] != 0 else 0
    for i in range(words.size // 4 * 4 * _AT_ONCE, flags.size):
        rows[found] = i
        found += 1 if flags[i] != 0 else 0
    return found


def rows_with(flags: Flags) -> NDArray[np.int64]:
    """Rows where a column of flags or codes is set, in ascending order: what ``np.flatnonzero(flags)`` gives.

    Args:
        flags: One byte a person, contiguous, shape (n,).

    Returns:
        Rows, ascending.
    """
    codes = flags.view(np.uint8)
    if codes.size <= _SMALL:
        rows = np.empty(codes.size + 1, np.int64)
        return rows[: list_rows(codes, rows)]
    rows = np.empty(_count(codes) + 1, np.int64)
    list_rows(codes, rows)
    return rows[:-1]


def among(rows: NDArray[np.int64], some: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these rows are among some others, given in ascending order: one truth value a row."""
    if some.size == 0:
        return np.zeros(rows.size, dtype=np.bool_)
    place = np.minimum(np.searchsorted(some, rows), some.size - 1)
    found: NDArray[np.bool_] = some[place] == rows
    return found
