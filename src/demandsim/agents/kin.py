"""Kin: finding the living children of a person through the links that children hold to their parents."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Citizens
from demandsim.compiled import kernel

_SPARE = 8
"""Places past the end that take what belongs to nobody: several, so that no write waits for the one before."""

_FEW = 4
"""The index is made anew where more links changed than one for so many rows."""

_BLOCK = 2048
_SHIFT = np.int64(32)


def _nobody() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Children:
    """The living children in the place of every citizen, as a compressed list.

    The children of row ``i`` are ``child[start[i]:start[i + 1]]``, in row order.

    Attributes:
        start: Where each row's children begin, shape (rows + 1,).
        child: Rows of children.
        mother: Mother links that the list was made from.
        father: Father links that the list was made from.
        newborn: Rows of those born since the list was made, rising; they are not in it.
    """

    start: NDArray[np.int32]
    child: NDArray[np.int32]
    mother: NDArray[np.int32]
    father: NDArray[np.int32]
    newborn: NDArray[np.int64] = field(default_factory=_nobody)

    def of(self, row: int) -> NDArray[np.int32]:
        """The children of one row."""
        return self.child[self.start[row] : self.start[row + 1]]


@kernel
def _count(mother: NDArray[np.int32], father: NDArray[np.int32], start: NDArray[np.int32]) -> np.int32:
    """Children of each row, then where each row's list begins; the number of links in all.

    Row ``i`` counts at place ``i + 1``: as children are placed it moves on to the end of ``i``, the start of the next.
    """
    size = mother.size
    for i in range(size):
        spare = np.int64(size + 1) + (np.int64(i) & np.int64(_SPARE - 1))
        m = np.int64(mother[i]) + np.int64(1)
        f = np.int64(father[i]) + np.int64(1)
        start[m if m > 0 else spare] += np.int32(1)
        start[f if f > 0 else spare] += np.int32(1)
    links = np.int32(0)
    for place in range(1, size + 1):
        here = start[place]
        start[place] = links
        links += here
    for place in range(size + 1, size + 1 + _SPARE):
        start[place] = links
    return links


@kernel
def _place(
    mother: NDArray[np.int32], father: NDArray[np.int32], start: NDArray[np.int32], child: NDArray[np.int32]
) -> None:
    """Put each child into the lists of its parents; without branches, as half the people have no parent here."""
    size = mother.size
    for i in range(size):
        spare = np.int64(size + 1) + (np.int64(i) & np.int64(_SPARE - 1))
        m = np.int64(mother[i]) + np.int64(1)
        f = np.int64(father[i]) + np.int64(1)
        list_of = m if m > 0 else spare
        place = start[list_of]
        child[place] = np.int32(i)
        start[list_of] = place + np.int32(m > 0)
        list_of = f if f > 0 else spare
        place = start[list_of]
        child[place] = np.int32(i)
        start[list_of] = place + np.int32(f > 0)


def children_index(citizens: Citizens) -> Children:
    """Build the index of children from the mother and father links: a counting sort, in row order."""
    size = citizens.size
    start = np.zeros(size + 1 + _SPARE, dtype=np.int32)
    links = int(_count(citizens.mother, citizens.father, start))
    child = np.empty(links + 1, dtype=np.int32)
    _place(citizens.mother, citizens.father, start, child)
    return Children(start[: size + 1], child[:links], citizens.mother.copy(), citizens.father.copy())


@kernel
def _merge(
    old_start: NDArray[np.int32],
    old: NDArray[np.int32],
    gone: NDArray[np.int64],
    come: NDArray[np.int64],
    start: NDArray[np.int32],
    child: NDArray[np.int32],
) -> None:
    """A list of children from the last one and the links gone and come since: parent * 2**32 + child, rising.

    Rows between two parents with a change keep their children: these move in one piece.
    """
    child_bits = np.int64(0xFFFFFFFF)
    known = np.int64(old_start.size - 1)
    links = np.int64(old.size)
    g, c, row = 0, 0, np.int64(0)
    read, write = np.int64(0), np.int64(0)
    while True:
        parent = np.int64(start.size) - np.int64(1)
        if g < gone.size:
            other = gone[g] >> _SHIFT
            parent = other if other < parent else parent
        if c < come.size:
            other = come[c] >> _SHIFT
            parent = other if other < parent else parent
        until = np.int64(old_start[parent]) if parent < known else links
        moved = np.int32(write - read)
        edge = parent if parent < known else known
        old_part = old_start[row : edge + 1]
        new_part = start[row : row + old_part.size]
        for k in range(old_part.size):
            new_part[k] = old_part[k] + moved
        first = row if row > edge else edge + 1
        start[first : parent + 1] = np.int32(links) + moved
        piece = old[read:until]
        new_piece = child[write : write + piece.size]
        for k in range(piece.size):
            new_piece[k] = piece[k]
        write += piece.size
        read = until
        if parent == start.size - 1:
            break
        last = np.int64(old_start[parent + 1]) if parent < known else links
        while read < last or (c < come.size and (come[c] >> _SHIFT) == parent):
            new = come[c] & child_bits if c < come.size and (come[c] >> _SHIFT) == parent else child_bits
            held = np.int64(old[read]) if read < last else child_bits
            if held < new:
                read += 1
                if g < gone.size and gone[g] == (parent << _SHIFT | held):
                    g += 1
                else:
                    child[write] = held
                    write += 1
            else:
                child[write] = new
                write += 1
                c += 1
        row = parent + np.int64(1)


@kernel
def _list_changes(
    old_mother: NDArray[np.int32],
    old_father: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    gone: NDArray[np.int64],
    come: NDArray[np.int64],
) -> tuple[int, int]:
    """Fill in the links gone and come since the old ones were noted, parent * 2**32 + child; how many of each.

    Few links change in a month: people are compared eight at a time and looked at one by one where any of them differs.
    The old links are brought up to date on the way.
    """
    differs = np.zeros(_BLOCK, dtype=np.uint8)
    eight = differs.view(np.uint64)
    lost, found = 0, 0
    for first in range(0, mother.size, _BLOCK):
        was_m, was_f = old_mother[first : first + _BLOCK], old_father[first : first + _BLOCK]
        now_m, now_f = mother[first : first + _BLOCK], father[first : first + _BLOCK]
        differs[now_m.size :] = 0
        for k in range(now_m.size):
            differs[k] = np.uint8(was_m[k] != now_m[k]) | np.uint8(was_f[k] != now_f[k])
        for j in range(eight.size):
            if eight[j] != np.uint64(0):
                for k in range(8 * j, min(8 * j + 8, now_m.size)):
                    child = np.int64(first + k)
                    for was, now in ((was_m[k], now_m[k]), (was_f[k], now_f[k])):
                        if was != now:
                            gone[lost] = np.int64(was) << _SHIFT | child
                            lost += int(was >= 0)
                            come[found] = np.int64(now) << _SHIFT | child
                            found += int(now >= 0)
                    was_m[k], was_f[k] = now_m[k], now_f[k]
    return lost, found


def _lengthened(link: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """A link of an earlier month at the present number of rows: new rows had no parent."""
    return np.concatenate([link, np.full(size - link.size, -1, dtype=np.int32)])


def renew_children(index: Children, citizens: Citizens) -> Children:
    """The index of children as it is now, from what changed since it was made: few links do in a month.

    Args:
        index: The last index. It is used up: the links it was made from become those of the new one, in place.
        citizens: The people.
    """
    size = citizens.size
    mother, father = index.mother, index.father
    if mother.size < size:
        mother, father = _lengthened(mother, size), _lengthened(father, size)
    gone, come = np.empty(2 * size + 1, dtype=np.int64), np.empty(2 * size + 1, dtype=np.int64)
    lost, found = _list_changes(mother, father, citizens.mother, citizens.father, gone, come)
    if (lost + found) * _FEW > size:
        return children_index(citizens)
    start = np.empty(size + 1, dtype=np.int32)
    child = np.empty(index.child.size - lost + found, dtype=np.int32)
    _merge(index.start, index.child, np.sort(gone[:lost]), np.sort(come[:found]), start, child)
    return Children(start, child, mother, father)
