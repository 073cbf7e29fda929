"""Family: whose children are whose, and who lives with whom, as kernels and NumPy rules look it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Citizens
from demandsim.compiled import kernel, rule

if TYPE_CHECKING:
    from demandsim.model import DemandModel

ADULT = 18 * 12
"""Age in months from which a person moves on their own."""

_GROWN = np.int16(ADULT)
_NOBODY = np.int64(NOBODY)
_SHIFT = np.int64(32)
_LAST_BITS = np.int64(0xFFF)
_CHILD = np.int64(0xFFFFFFFF)


class People(NamedTuple):
    """Columns of citizens that the life course turns on, as a kernel takes them: see `Citizens`.

    A kernel takes out those it needs before its loop: to look into the tuple at every step costs many times more.
    """

    alive: NDArray[np.bool_]
    uid: NDArray[np.uint64]
    age_months: NDArray[np.int16]
    female: NDArray[np.bool_]
    setting: NDArray[np.uint8]
    household: NDArray[np.int32]
    partner: NDArray[np.int32]
    mother: NDArray[np.int32]
    father: NDArray[np.int32]


class Kin(NamedTuple):
    """Whose children are whose, as a kernel takes it: the model's index of children, and this month's babies.

    Attributes:
        start: Where each row's children begin in the list.
        child: The list.
        born: Links of this month's babies, ``parent * 2**32 + child``, rising; what the list says of them is of
            earlier owners of their rows.
        marked: Which parents have a baby, by the last bits of their row: spares most people the search.
    """

    start: NDArray[np.int32]
    child: NDArray[np.int32]
    born: NDArray[np.int64]
    marked: NDArray[np.bool_]


def people_of(citizens: Citizens) -> People:
    """The columns the life course turns on, in one piece."""
    return People(
        citizens.alive,
        citizens.uid,
        citizens.age_months,
        citizens.female,
        citizens.setting,
        citizens.household,
        citizens.partner,
        citizens.mother,
        citizens.father,
    )


@kernel
def _list_born(
    newborn: NDArray[np.int64],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    born: NDArray[np.int64],
    marked: NDArray[np.bool_],
) -> int:
    """Fill in the links of babies to their parents, and mark these; how many."""
    found = 0
    for k in range(newborn.size):
        child = newborn[k]
        for parent in (np.int64(mother[child]), np.int64(father[child])):
            if parent >= 0:
                born[found] = parent << _SHIFT | child
                marked[parent & _LAST_BITS] = True
                found += 1
    born[:found].sort()
    return found


def kin_of(model: DemandModel) -> Kin:
    """Whose children are whose now: see `children_of`."""
    citizens, index = model.citizens, model.children
    born, marked = np.empty(2 * index.newborn.size, dtype=np.int64), np.zeros(_LAST_BITS + 1, dtype=np.bool_)
    found = _list_born(index.newborn, citizens.mother, citizens.father, born, marked)
    return Kin(index.start, index.child, born[:found], marked)


@rule
def _listed(start: NDArray[np.int32], parent: np.int64) -> int:
    """Children that the list has of one person; it may be older than their row."""
    return int(start[parent + 1] - start[parent]) if parent + 1 < start.size else 0


@rule
def _first_born(born: NDArray[np.int64], parent: np.int64) -> int:
    """Where the babies of one person begin among the links."""
    return int(np.searchsorted(born, parent << _SHIFT))


@rule
def child_places(start: NDArray[np.int32], born: NDArray[np.int64], marked: NDArray[np.bool_], parent: np.int64) -> int:
    """Places to look at for the children of one person, with `child_at`."""
    places = _listed(start, parent)
    if marked[parent & _LAST_BITS]:
        places += _first_born(born, parent + 1) - _first_born(born, parent)
    return places


@rule
def _is_linked(
    born: NDArray[np.int64],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    parent: np.int64,
    child: np.int64,
) -> bool:
    """Whether what the list says is still so: a row may have a new owner, this month's baby of the same parent even."""
    linked = alive[child] & ((mother[child] == parent) | (father[child] == parent))
    if linked & (age_months[child] == 0):
        link = parent << _SHIFT | child
        place = np.searchsorted(born, link)
        linked = place == born.size or born[place] != link
    return bool(linked)


@rule
def child_at(
    start: NDArray[np.int32],
    child: NDArray[np.int32],
    born: NDArray[np.int64],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    parent: np.int64,
    place: int,
) -> np.int64:
    """The living child at one of a person's places, `NOBODY` if there is none; babies come after those of the list."""
    listed = _listed(start, parent)
    if place >= listed:
        c = born[_first_born(born, parent) + place - listed] & _CHILD
        return c if alive[c] else _NOBODY
    c = np.int64(child[start[parent] + place])
    return c if _is_linked(born, alive, age_months, mother, father, parent, c) else _NOBODY


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
    kin: Kin,
    people: People,
    parents: NDArray[np.int64],
    all_of_them: bool,
    child: NDArray[np.int64],
    parent: NDArray[np.int64],
) -> int:
    """Fill in pairs of child and parent, of all children or dependants alone; how many.

    All that may be are listed first, then looked at one by one: so no look waits for another.
    """
    start, listed, born, marked = kin
    alive, age_months, household = people.alive, people.age_months, people.household
    mother, father = people.mother, people.father
    found = 0
    for p in parents:
        for place in range(_listed(start, p)):
            child[found], parent[found] = listed[start[p] + place], p
            found += 1
    babies = found
    for p in parents:
        if marked[p & _LAST_BITS]:
            for place in range(_first_born(born, p), _first_born(born, p + 1)):
                child[found], parent[found] = born[place] & _CHILD, p
                found += 1
    kept = 0
    for k in range(found):
        c, p = child[k], parent[k]
        linked = alive[c] if k >= babies else _is_linked(born, alive, age_months, mother, father, p, c)
        child[kept], parent[kept] = c, p
        kept += int(linked & (all_of_them | is_dependant(age_months, household, c, p)))
    return kept


def _pairs(
    model: DemandModel, parents: NDArray[np.int64], all_of_them: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if not parents.size:
        return parents, parents
    kin = kin_of(model)
    most = kin.child.size + kin.born.size
    child, parent = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    found = _list_children(kin, people_of(model.citizens), parents, all_of_them, child, parent)
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
def _mark_with_parent(people: People, rows: NDArray[np.int64], answer: NDArray[np.bool_]) -> None:
    household, mother, father = people.household, people.mother, people.father
    for k in range(rows.size):
        answer[k] = is_with_parent(household, mother, father, rows[k])


def lives_with_parent(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether people live in the household of their mother or father."""
    answer = np.empty(rows.size, dtype=np.bool_)
    _mark_with_parent(people_of(citizens), rows, answer)
    return answer
