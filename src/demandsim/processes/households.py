"""Who lives with whom: who a chance meets this month, whose children are whose, and moving between homes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.cells import cell_codes
from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform4

if TYPE_CHECKING:
    from demandsim.model import DemandModel

ADULT = 18 * 12
"""Age in months from which a person moves on their own."""

_GUARDIAN_FROM, _GUARDIAN_TO = 25 * 12, 60 * 12


@kernel
def _below(
    seed: np.uint64,
    alive: NDArray[np.bool_],
    uid: NDArray[np.uint64],
    month: np.uint32,
    purpose: np.uint32,
    first: np.float32,
    second: np.float32,
    third: np.float32,
    some: NDArray[np.bool_],
    out: NDArray[np.uint8],
) -> None:
    """Whose draws of this month lie below their bounds: bit 0, 1 and 2 for the first three words, and whether any."""
    for i in range(out.size):
        a, b, c, _ = uniform4(seed, uid[i], month, purpose)
        bits = np.int64(a < first) | (np.int64(b < second) << np.int64(1)) | (np.int64(c < third) << np.int64(2))
        out[i] = np.uint8(bits)
        some[i] = alive[i] & (bits != np.int64(0))


def candidates(model: DemandModel, purpose: int, *bounds: float) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """The living whose draws of this month lie below a bound: the only ones whose own chance need be worked out.

    A chance never above its bound is then met exactly by those of them whose draw is below their own chance. One
    quick pass over everybody replaces looking up everybody's chances. Up to three chances of a process are met by
    the first three words of one draw, which are independent.

    Args:
        model: The model.
        purpose: What the draw is about.
        *bounds: The greatest chance anybody has, for each of one to three chances.

    Returns:
        For each bound, the rows of those below it and their draws.
    """
    citizens = model.citizens
    first, second, third = (f4(bound) for bound in (*bounds, 0.0, 0.0)[:3])
    some, hit = np.empty(citizens.size, dtype=np.bool_), np.empty(citizens.size, dtype=np.uint8)
    _below(
        model.luck_seed,
        citizens.alive,
        citizens.uid,
        model.month_word,
        np.uint32(purpose),
        first,
        second,
        third,
        some,
        hit,
    )
    rows = np.flatnonzero(some)
    drawn = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, purpose)
    bits = hit[rows]
    chosen = [(bits >> word) & 1 == 1 for word in range(len(bounds))]
    return [(rows[mine], drawn[mine, word]) for word, mine in enumerate(chosen)]


def distinct(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The different values of a short list, rising: quicker than NumPy's ``unique`` for some thousands."""
    ordered = np.sort(values)
    first = np.ones(ordered.size, dtype=np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def others(citizens: Citizens, rows: NDArray[np.int64], not_these: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows without some of them, in their order."""
    marked = np.zeros(citizens.size, dtype=np.bool_)
    marked[not_these] = True
    return rows[~marked[rows]]


def children_of(model: DemandModel, parents: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The living children of some people, babies born this month included.

    The index of children was made at the end of the last life course: what it says is checked against the links,
    since a row may have a new owner by now, and this month's babies (age 0 months) are looked for by their links.

    Args:
        model: The model.
        parents: Rows, none twice, shape (n,).

    Returns:
        Rows of children and, for each, the row of the parent it was found for; a child of two of them stands twice.
    """
    citizens, index = model.citizens, model.children
    mother, father = citizens.mother, citizens.father
    known = parents[parents < index.start.size - 1]
    first, count = index.start[known], index.start[known + 1] - index.start[known]
    parent = np.repeat(known, count)
    place = np.arange(parent.size) + np.repeat(first - (np.cumsum(count) - count), count)
    child = index.child[place].astype(np.int64)
    true = citizens.alive[child] & ((mother[child] == parent) | (father[child] == parent))
    child, parent = child[true], parent[true]
    marked = np.zeros((2, citizens.size + 1), dtype=np.bool_)  # the last place stands for the link -1: nobody
    marked[0, parents] = True
    marked[1, child] = True
    babies = np.flatnonzero(citizens.alive & (citizens.age_months == 0))
    babies = babies[~marked[1, babies]]
    for link in (mother[babies].astype(np.int64), father[babies].astype(np.int64)):
        mine = marked[0, link]
        child, parent = np.concatenate([child, babies[mine]]), np.concatenate([parent, link[mine]])
    return child, parent


def dependants(model: DemandModel, parents: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Children under 18 who live in the home of the parent: their rows and, for each, the row of that parent."""
    citizens = model.citizens
    child, parent = children_of(model, parents)
    home = citizens.household[parent]
    with_parent = (citizens.age_months[child] < ADULT) & (citizens.household[child] == home) & (home != NOBODY)
    return child[with_parent], parent[with_parent]


def lives_with_parent(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether people live in the household of their mother or father."""
    home = citizens.household[rows]
    answer = np.zeros(rows.size, dtype=np.bool_)
    for link in (citizens.mother[rows], citizens.father[rows]):
        answer |= (link != NOBODY) & (citizens.household[link] == home)
    answer &= home != NOBODY
    return answer


def new_numbers(citizens: Citizens, count: int) -> NDArray[np.int32]:
    """Household numbers that nobody has, shape (count,)."""
    first = int(citizens.household.max(initial=0)) + 1
    return np.arange(first, first + count, dtype=np.int32)


def refresh_cells(citizens: Citizens, rows: NDArray[np.int64]) -> None:
    """Set the reporting cell of some people from their age, sex and deprivation fifth."""
    citizens.cell[rows] = cell_codes(citizens.age_months[rows], citizens.female[rows], citizens.quintile[rows])


def join_home(citizens: Citizens, movers: NDArray[np.int64], hosts: NDArray[np.int64]) -> None:
    """Let people move into the homes of others: household, neighbourhood, deprivation fifth and tenure follow."""
    citizens.household[movers] = citizens.household[hosts]
    citizens.neighbourhood[movers] = citizens.neighbourhood[hosts]
    citizens.quintile[movers] = citizens.quintile[hosts]
    citizens.owner[movers] = citizens.owner[hosts]
    refresh_cells(citizens, movers)


def found_home(model: DemandModel, founders: NDArray[np.int64], home: NDArray[np.int32]) -> None:
    """Let people set up a rented home, each in the neighbourhood where they are, taking their young children along.

    Args:
        model: The model.
        founders: Rows of people.
        home: New household number of each.
    """
    citizens = model.citizens
    child, parent = dependants(model, founders)
    citizens.household[founders] = home
    citizens.owner[founders] = False
    join_home(citizens, child, parent)


def follow(model: DemandModel, movers: NDArray[np.int64], hosts: NDArray[np.int64]) -> None:
    """Let people move in with others, taking along the children under 18 who live with them."""
    citizens = model.citizens
    child, parent = dependants(model, movers)
    join_home(citizens, movers, hosts)
    join_home(citizens, child, parent)


def find_guardians(model: DemandModel, orphans: NDArray[np.int64]) -> None:
    """Give children who have no parent in the place a home with a grown-up.

    Another adult of the household keeps them; otherwise a woman of 25 to 59 of the neighbourhood (of the place, if
    there is none) takes them in, chosen by luck keyed on both, whatever the order of storage.
    """
    citizens = model.citizens
    if not orphans.size:
        return
    age = citizens.age_months
    women = np.flatnonzero(citizens.female & (age >= _GUARDIAN_FROM) & (age < _GUARDIAN_TO))
    women = women[citizens.setting[women] == Setting.HOME]
    for orphan in orphans:
        home = citizens.household[orphan]
        if home != NOBODY and np.any(age[citizens.household == home] >= ADULT):
            continue
        near = women[citizens.neighbourhood[women] == citizens.neighbourhood[orphan]]
        choice = near if near.size else women
        if choice.size:
            shared = np.uint64(model.luck_seed) ^ citizens.uid[orphan]
            drawn = luck.draw(shared, citizens.uid[choice], 0, Purpose.ARRIVAL_HOME)
            host = choice[np.lexsort((citizens.uid[choice], drawn))[:1]]
            join_home(citizens, np.array([orphan]), host)
