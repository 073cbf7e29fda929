"""Short lists: the rows that a rule is about, found in one quick pass over a column of flags or codes.

Most rules of care concern a few per cent of people. Here one kernel reads a column 128 people at a time and skips
where all of them are unset: quicker than a comparison and a search, and much quicker for codes than NumPy's own search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel

type Flags = NDArray[np.bool_] | NDArray[np.uint8]

_EIGHT, _ALL_EIGHT = np.uint64(8), np.uint64(0xFF)
_AT_ONCE = 16


@kernel
def list_rows(flags: NDArray[np.uint8], rows: NDArray[np.int64]) -> int:
    """Write the rows that are set, for loops that work block by block.

    Args:
        flags: One byte a person, contiguous, shape (n,).
        rows: Where to write them, with one place more than there are rows to write.

    Returns:
        How many there are.
    """
    words = flags[: flags.size // 8 * 8].view(np.uint64)
    whole = words.size // _AT_ONCE * _AT_ONCE
    found = np.uint64(0)
    for first in range(0, whole, _AT_ONCE):
        # Most rules concern few: 128 people are passed by at once.
        some = words[first : first + _AT_ONCE]
        anybody = np.uint64(0)
        for k in range(_AT_ONCE):
            anybody |= some[k]
        if anybody == np.uint64(0):
            continue
        for k in range(_AT_ONCE):
            eight = some[k]
            if eight == np.uint64(0):
                continue
            person = (first + k) * 8
            for _ in range(8):
                # Written before it is known whether it counts: chance would mislead a branch.
                rows[found] = person
                found += np.uint64((eight & _ALL_EIGHT) != np.uint64(0))
                eight >>= _EIGHT
                person += 1
    for i in range(whole * 8, flags.size):
        rows[found] = i
        found += np.uint64(flags[i] != 0)
    return int(found)


def rows_with(flags: Flags) -> NDArray[np.int64]:
    """Rows where a column of flags or codes is set, in ascending order: what ``np.flatnonzero(flags)`` gives.

    Args:
        flags: One byte a person, contiguous, shape (n,).

    Returns:
        Rows, ascending.
    """
    room = np.empty(flags.size + 1, dtype=np.int64)
    return _short(room[: list_rows(flags.view(np.uint8), room)], room)


def _short(rows: NDArray[np.int64], room: NDArray[np.int64]) -> NDArray[np.int64]:
    """A short list is copied, so that the room for everybody is given back at once."""
    return rows.copy() if 2 * rows.size < room.size else rows


@kernel
def _list_any(
    one: NDArray[np.uint8], other: NDArray[np.uint8], third: NDArray[np.uint8], rows: NDArray[np.int64]
) -> int:
    """Write the rows that are set in one of three columns at least, as `list_rows` does for one."""
    return list_rows(one | other | third, rows)


def rows_with_any(one: Flags, other: Flags, third: Flags) -> NDArray[np.int64]:
    """Rows where one of three columns of flags or codes is set, in ascending order: see `rows_with`."""
    room = np.empty(one.size + 1, dtype=np.int64)
    return _short(room[: _list_any(one.view(np.uint8), other.view(np.uint8), third.view(np.uint8), room)], room)


def among(rows: NDArray[np.int64], some: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these rows are among some others, given in ascending order: one truth value a row."""
    if some.size == 0:
        return np.zeros(rows.size, dtype=np.bool_)
    place = np.minimum(np.searchsorted(some, rows), some.size - 1)
    found: NDArray[np.bool_] = some[place] == rows
    return found
