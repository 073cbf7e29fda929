"""Kin: finding the living children of a person through the links that children hold to their parents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Citizens
from demandsim.compiled import kernel


@dataclass(frozen=True)
class Children:
    """The living children in the place of every citizen, as a compressed list.

    The children of row ``i`` are ``child[start[i]:start[i + 1]]``, in row order.
    """

    start: NDArray[np.int32]
    child: NDArray[np.int32]

    def of(self, row: int) -> NDArray[np.int32]:
        """The children of one row."""
        return self.child[self.start[row] : self.start[row + 1]]


@kernel
def _index_children(
    mother: NDArray[np.int32], father: NDArray[np.int32], start: NDArray[np.int32], child: NDArray[np.int32]
) -> None:
    """A counting sort of parent links: first count, then place each child behind its parents."""
    for i in range(mother.size):
        if mother[i] >= 0:
            start[mother[i] + 1] += 1
        if father[i] >= 0:
            start[father[i] + 1] += 1
    for i in range(mother.size):
        start[i + 1] += start[i]
    for k in range(mother.size):
        i = mother.size - 1 - k
        if mother[i] >= 0:
            start[mother[i] + 1] -= 1
            child[start[mother[i] + 1]] = i
        if father[i] >= 0:
            start[father[i] + 1] -= 1
            child[start[father[i] + 1]] = i


def children_index(citizens: Citizens) -> Children:
    """Build the index of children from the mother and father links (serial, in row order)."""
    links = int(np.count_nonzero(citizens.mother >= 0) + np.count_nonzero(citizens.father >= 0))
    # While children are placed, each parent's start stands one place on: the slice shifts it back.
    start = np.zeros(citizens.size + 2, dtype=np.int32)
    child = np.empty(links, dtype=np.int32)
    _index_children(citizens.mother, citizens.father, start, child)
    start[-1] = links
    return Children(start[1:], child)
