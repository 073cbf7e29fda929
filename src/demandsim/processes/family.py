"""Family: whose children are whose, and who lives with whom, as kernels and NumPy rules look it up.

Kernels take the index of children in four parts (see `demandsim.agents.kin.Children`): ``start``, ``listed`` (its
children), ``born`` and ``marked``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Citizens
from demandsim.agents.kin import CHILD, LAST_BITS, SHIFT
from demandsim.compiled import kernel, rule

if TYPE_CHECKING:
    from demandsim.model import DemandModel

ADULT = 18 * 12
"""Age in months from which a person moves on their own."""

_GROWN = np.int16(ADULT)
_NOBODY = np.int64(NOBODY)


@rule
def _listed_places(start: NDArray[np.int32], parent: np.int64) -> int:
    """Children that the list has of one person; it may be older than their row."""
    return int(start[parent + 1] - start[parent]) if parent + 1 < start.size else 0


@rule
def _first_born(born: NDArray[np.int64], parent: np.int64) -> int:
    """Where the babies of one person begin among the links."""
    return int(np.searchsorted(born, parent << SHIFT))


@rule
def child_places(start: NDArray[np.int32], born: NDArray[np.int64], marked: NDArray[np.bool_], parent: np.int64) -> int:
    """Places to look at for the children of one person, with `child_at`."""
    places = _listed_places(start, parent)
    if marked[parent & LAST_BITS]:
        places += _first_born(born, parent + 1) - _first_born(born, parent)
    return places


@rule
def _is_child(
    alive: NDArray[np.bool_],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    parent: np.int64,
    child: np.int64,
) -> bool:
    """Whether what a list says is still so: a row may have a new owner."""
    return bool(alive[child] & ((mother[child] == parent) | (father[child] == parent)))


@rule
def _is_listed_child(
    born: NDArray[np.int64],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    parent: np.int64,
    child: np.int64,
) -> bool:
    """The same of the list of those born before this month: the new owner may be a baby of the same parent even."""
    linked = _is_child(alive, mother, father, parent, child)
    if linked & (age_months[child] == 0):
        link = parent << SHIFT | child
        place = np.searchsorted(born, link)
        linked = place == born.size or born[place] != link
    return bool(linked)


@rule
def child_at(
    start: NDArray[np.int32],
    listed: NDArray[np.int32],
    born: NDArray[np.int64],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    parent: np.int64,
    place: int,
) -> np.int64:
    """The living child at one of a person's places, `NOBODY` if there is none; babies come after those of the list."""
    places = _listed_places(start, parent)
    if place >= places:
        c = born[_first_born(born, parent) + place - places] & CHILD
        return c if _is_child(alive, mother, father, parent, c) else _NOBODY
    c = np.int64(listed[start[parent] + place])
    return c if _is_listed_child(born, alive, age_months, mother, father, parent, c) else _NOBODY


@rule
def lives_with(household: NDArray[np.int32], one: np.int64, other: np.int64) -> bool:
    """Whether two people share a home; `NOBODY` lives with nobody. No branch waits for memory, here and below."""
    home = household[one]
    return bool((other >= 0) & (home >= 0) & (home == household[other]))


@rule
def is_with_parent(
    household: NDArray[np.int32], mother: NDArray[np.int32], father: NDArray[np.int32], who: np.int64
) -> bool:
    """Whether a person lives in the household of their mother or father."""
    with_mother = lives_with(household, who, np.int64(mother[who]))
    return with_mother | lives_with(household, who, np.int64(father[who]))


@rule
def is_dependant(
    age_months: NDArray[np.int16], household: NDArray[np.int32], child: np.int64, parent: np.int64
) -> bool:
    """Whether a child, if there is one, is under 18 and lives with that parent."""
    return bool((child >= 0) & (age_months[child] < _GROWN)) & lives_with(household, child, parent)


@kernel
def _list_children(
    parents: NDArray[np.int64],
    all_of_them: bool,
    start: NDArray[np.int32],
    listed: NDArray[np.int32],
    born: NDArray[np.int64],
    marked: NDArray[np.bool_],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    child: NDArray[np.int64],
    parent: NDArray[np.int64],
) -> int:
    """Fill in pairs of child and parent, of all children or dependants alone; how many.

    All that may be are listed first, then looked at one by one: so no look waits for another.
    """
    found = 0
    for p in parents:
        for place in range(_listed_places(start, p)):
            child[found], parent[found] = listed[start[p] + place], p
            found += 1
    babies = found
    for p in parents:
        if marked[p & LAST_BITS]:
            for place in range(_first_born(born, p), _first_born(born, p + 1)):
                child[found], parent[found] = born[place] & CHILD, p
                found += 1
    kept = 0
    for k in range(found):
        c, p = child[k], parent[k]
        if k < babies:
            linked = _is_listed_child(born, alive, age_months, mother, father, p, c)
        else:
            linked = _is_child(alive, mother, father, p, c)
        child[kept], parent[kept] = c, p
        kept += int(linked & (all_of_them | is_dependant(age_months, household, c, p)))
    return kept


def _pairs(
    model: DemandModel, parents: NDArray[np.int64], all_of_them: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if not parents.size:
        return parents, parents
    citizens, index = model.citizens, model.children
    child, parent = np.empty((2, index.links), dtype=np.int64)
    found = _list_children(
        parents,
        all_of_them,
        index.start,
        index.child,
        index.born,
        index.marked,
        citizens.alive,
        citizens.age_months,
        citizens.household,
        citizens.mother,
        citizens.father,
        child,
        parent,
    )
    return child[:found], parent[:found]


def children_of(model: DemandModel, parents: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The living children of some people, babies born this month included.

    Args:
        model: The model.
        parents: Rows, none twice, shape (n,).

    Returns:
        Rows of children and, for each, the row of the parent it was found for; a child of two of them stands twice.
    """
    return _pairs(model, parents, True)


def dependants(model: DemandModel, parents: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Children under 18 who live in the home of the parent: their rows and, for each, the row of that parent."""
    return _pairs(model, parents, False)


@kernel
def _mark_with_parent(
    rows: NDArray[np.int64],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    answer: NDArray[np.bool_],
) -> None:
    for k in range(rows.size):
        answer[k] = is_with_parent(household, mother, father, rows[k])


def lives_with_parent(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether people live in the household of their mother or father."""
    answer = np.empty(rows.size, dtype=np.bool_)
    _mark_with_parent(rows, citizens.household, citizens.mother, citizens.father, answer)
    return answer
