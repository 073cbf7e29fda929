"""Kin: finding the living children of a person through the links that children hold to their parents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Citizens
from demandsim.compiled import kernel

SHIFT = np.int64(32)
"""A link between two people is one number, ``parent * 2**32 + child``: links in order are in order of parents."""

CHILD = np.int64(0xFFFFFFFF)
LAST_BITS = np.int64(0xFFF)

_AT_ONCE = 64
_SPARE = 8
"""Places past the end that take what belongs to nobody: several, so that no write waits for the one before."""


def _no_links() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


def _no_marks() -> NDArray[np.bool_]:
    return np.zeros(int(LAST_BITS) + 1, dtype=np.bool_)


@dataclass(frozen=True)
class Children:
    """The living children in the place of every citizen, as a compressed list.

    The children of row ``i`` are ``child[start[i]:start[i + 1]]``, in row order.

    Attributes:
        start: Where each row's children begin, shape (rows + 1,).
        child: Rows of children.
        mother: Mother links that the list was made from.
        father: Father links that the list was made from.
        born: Links to those born or taken in since the list was made, rising; what the list says of the rows of babies
            is of earlier owners.
        marked: Which parents have such a child, by the last bits of their row: spares most people the search.
    """

    start: NDArray[np.int32]
    child: NDArray[np.int32]
    mother: NDArray[np.int32]
    father: NDArray[np.int32]
    born: NDArray[np.int64] = field(default_factory=_no_links)
    marked: NDArray[np.bool_] = field(default_factory=_no_marks)

    @property
    def links(self) -> int:
        """Links between children and parents, babies' included: no list of children is longer."""
        return self.child.size + self.born.size

    def of(self, row: int) -> NDArray[np.int32]:
        """The children of one row."""
        return self.child[self.start[row] : self.start[row + 1]]


class KinHelp(NamedTuple):
    """Who of kin helped whom this month: one entry for each helper of each person in need.

    Attributes:
        helper: Rows of those who could help.
        helped: Whom they would help, as places in ``in_need``.
        hours: Hours a week each gave, 0 where none were left to give.
        in_need: Rows of people in need.
    """

    helper: NDArray[np.int32]
    helped: NDArray[np.int32]
    hours: NDArray[np.float32]
    in_need: NDArray[np.int64]


NO_HELP = KinHelp(
    np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32), np.empty(0, dtype=np.int64)
)
"""Before anybody has been asked."""


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
    shift, child_bits = SHIFT, CHILD
    known = np.int64(old_start.size - 1)
    links = np.int64(old.size)
    g, c, row = 0, 0, np.int64(0)
    read, write = np.int64(0), np.int64(0)
    while True:
        parent = np.int64(start.size) - np.int64(1)
        if g < gone.size:
            other = gone[g] >> shift
            parent = other if other < parent else parent
        if c < come.size:
            other = come[c] >> shift
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
        while read < last or (c < come.size and (come[c] >> shift) == parent):
            new = come[c] & child_bits if c < come.size and (come[c] >> shift) == parent else child_bits
            held = np.int64(old[read]) if read < last else child_bits
            if held < new:
                read += 1
                if g < gone.size and gone[g] == (parent << shift | held):
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
def _changed(
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    mother_before: NDArray[np.int32],
    father_before: NDArray[np.int32],
    rows: NDArray[np.int64],
) -> int:
    """Fill in the rows with another link than before; how many. Few change: many that do not are passed by at once."""
    found = 0
    for start in range(0, mother.size, _AT_ONCE):
        m, f = mother[start : start + _AT_ONCE], father[start : start + _AT_ONCE]
        old_m, old_f = mother_before[start : start + _AT_ONCE], father_before[start : start + _AT_ONCE]
        differ = np.int32(0)
        for k in range(m.size):
            differ |= (m[k] ^ old_m[k]) | (f[k] ^ old_f[k])
        if differ != 0:
            for k in range(m.size):
                rows[found] = start + k
                found += int((m[k] != old_m[k]) | (f[k] != old_f[k]))
    return found


@kernel
def _note_changes(
    rows: NDArray[np.int64],
    now: NDArray[np.int32],
    before: NDArray[np.int32],
    gone: NDArray[np.int64],
    come: NDArray[np.int64],
    lost: int,
    found: int,
) -> tuple[int, int]:
    """Add links to a parent that ended and began to two lists; how many these have then. ``before`` becomes as now."""
    for child in rows:
        old, new = np.int64(before[child]), np.int64(now[child])
        if old != new:
            gone[lost] = old << SHIFT | child
            lost += int(old >= 0)
            come[found] = new << SHIFT | child
            found += int(new >= 0)
            before[child] = now[child]
    return lost, found


def with_links(index: Children, parent: NDArray[np.int64], child: NDArray[np.int64]) -> Children:
    """The index of children with links that began since it was made, one for each pair of parent and child."""
    born = np.concatenate([index.born, parent << SHIFT | child])
    born.sort()
    marked = index.marked.copy()
    marked[parent & LAST_BITS] = True
    return Children(index.start, index.child, index.mother, index.father, born, marked)


def with_newborn(index: Children, citizens: Citizens, newborn: NDArray[np.int64]) -> Children:
    """The index of children with those born since it was made."""
    parent = np.concatenate([citizens.mother[newborn], citizens.father[newborn]]).astype(np.int64)
    there = parent >= 0
    return with_links(index, parent[there], np.tile(newborn, 2)[there])


def _as_long(link: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """Links of a time when there were fewer rows: the new rows had none."""
    if link.size == size:
        return link
    return np.concatenate([link, np.full(size - link.size, NOBODY, dtype=np.int32)])


def renew_children(index: Children, citizens: Citizens) -> Children:
    """The index of children as it is now, from what changed since it was made: few links do in a month.

    The new index takes over the links of the old one, which is of no use from then on.
    """
    size = citizens.size
    mother, father = _as_long(index.mother, size), _as_long(index.father, size)
    rows = np.empty(size + 1, dtype=np.int64)
    rows = rows[: _changed(citizens.mother, citizens.father, mother, father, rows)]
    if rows.size * 8 > size:
        return children_index(citizens)
    gone, come = np.empty((2, 2 * rows.size + 1), dtype=np.int64)
    lost, found = _note_changes(rows, citizens.mother, mother, gone, come, 0, 0)
    lost, found = _note_changes(rows, citizens.father, father, gone, come, lost, found)
    gone, come = gone[:lost], come[:found]
    gone.sort()
    come.sort()
    start = np.empty(size + 1, dtype=np.int32)
    child = np.empty(index.child.size - lost + found, dtype=np.int32)
    _merge(index.start, index.child, gone, come, start, child)
    return Children(start, child, mother, father)
