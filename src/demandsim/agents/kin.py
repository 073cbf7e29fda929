"""Kin: finding the children of a person, and cutting links to people who are gone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Citizens


@dataclass(frozen=True)
class Children:
    """The living children in the place of every citizen, as a compressed list.

    The children of row ``i`` are ``child[start[i]:start[i + 1]]``, eldest link first by row order.
    """

    start: NDArray[np.int64]
    child: NDArray[np.int32]


def children_index(citizens: Citizens) -> Children:
    """Build the index of children from the mother and father links (serial, in row order)."""
    rows = np.flatnonzero(citizens.alive).astype(np.int32)
    mother, father = citizens.mother[rows], citizens.father[rows]
    parent = np.concatenate([mother[mother >= 0], father[father >= 0]])
    child = np.concatenate([rows[mother >= 0], rows[father >= 0]])
    order = np.lexsort((child, parent))
    start = np.zeros(citizens.size + 1, dtype=np.int64)
    np.cumsum(np.bincount(parent, minlength=citizens.size), out=start[1:])
    return Children(start, child[order])


def cut_links(citizens: Citizens, gone: NDArray[np.int64]) -> None:
    """Cut every kin link that points to rows whose owners are gone."""
    is_gone = np.zeros(citizens.size + 1, dtype=np.bool_)
    is_gone[gone] = True
    for link in (citizens.partner, citizens.mother, citizens.father):
        link[is_gone[link]] = NOBODY
