"""Who lives with whom: who a chance meets this month, whose children are whose, and moving between homes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.cells import cell_codes
from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.compiled import kernel
from demandsim.luck import Purpose, unit, words

if TYPE_CHECKING:
    from demandsim.model import DemandModel

ADULT = 18 * 12
"""Age in months from which a person moves on their own."""

_GUARDIAN_FROM, _GUARDIAN_TO = 25 * 12, 60 * 12
_AT_HOME = np.uint8(Setting.HOME)


_LIFE_COURSE = np.uint32(Purpose.LIFE_COURSE)
_BLOCK = 2048
_BYTE = 256
_TOP = np.uint32(24)

WORDS = ("birth", "pairing", "parting", "moving")
"""What each of the four words of a person's monthly draw decides.

The low end of a word decides the chance of its name: parting is for people with a partner, leaving home for people
without, so these two share one. Its high end brings residents forward as parents (moving) or children (birth) of
arrivals.
"""


@kernel
def _draw_month(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    month: np.uint32,
    birth: NDArray[np.uint8],
    pairing: NDArray[np.uint8],
    parting: NDArray[np.uint8],
    moving: NDArray[np.uint8],
) -> None:
    """The first byte of each of the four words of everybody's draw of this month."""
    for i in range(uid.size):
        a, b, c, d = words(seed, uid[i], month, _LIFE_COURSE)
        birth[i] = np.uint8(a >> _TOP)
        pairing[i] = np.uint8(b >> _TOP)
        parting[i] = np.uint8(c >> _TOP)
        moving[i] = np.uint8(d >> _TOP)


def draw_month(model: DemandModel) -> None:
    """Draw for everybody what the life course turns on this month, and note the first byte of each word.

    These bytes only tell the few whose chance may come from the many whose chance cannot: see `candidates`.
    """
    citizens = model.citizens
    _draw_month(
        model.luck_seed,
        citizens.uid,
        model.month_word,
        citizens.birth_luck,
        citizens.pairing_luck,
        citizens.parting_luck,
        citizens.moving_luck,
    )


@kernel
def _list_near(
    alive: NDArray[np.bool_], noted: NDArray[np.uint8], least: np.uint8, most: np.uint8, rows: NDArray[np.int32]
) -> int:
    """Fill in the living whose byte is from the least to the most; how many."""
    here = alive.view(np.uint8)
    near = np.zeros(_BLOCK, dtype=np.uint8)
    eight = near.view(np.uint64)
    found = 0
    for first in range(0, alive.size, _BLOCK):
        bytes_of, in_use = noted[first : first + _BLOCK], here[first : first + _BLOCK]
        near[bytes_of.size :] = 0
        for k in range(bytes_of.size):
            near[k] = np.uint8(bytes_of[k] >= least) & np.uint8(bytes_of[k] <= most) & in_use[k]
        for j in range(eight.size):
            if eight[j] != np.uint64(0):
                for k in range(8 * j, 8 * j + 8):
                    if near[k] != np.uint8(0):
                        rows[found] = first + k
                        found += 1
    return found


@kernel
def _words_of(
    seed: np.uint64, uid: NDArray[np.uint64], month: np.uint32, word: np.int64, out: NDArray[np.float32]
) -> None:
    for i in range(uid.size):
        a, b, c, d = words(seed, uid[i], month, _LIFE_COURSE)
        low = a if word == 0 else b
        high = c if word == 2 else d
        out[i] = unit(low if word < 2 else high)


def candidates(model: DemandModel, word: str, chance: float, *, high_end: bool = False) -> NDArray[np.int64]:
    """The living whose draw of this month is near an end: the only ones whose own chance need be worked out.

    A chance never above its bound is met only by those of them whose draw is below their own chance. It rests on the
    bytes that `draw_month` noted; of who came this month nothing is noted, and they count among the low end.

    Args:
        model: The model.
        word: Which word: one of `WORDS`.
        chance: The greatest chance anybody has.
        high_end: It comes true at the high end, where the draw is at least 1 less the chance.

    Returns:
        Rows in order. A few are beyond the bound: that is for the caller, with `drawn_for`.
    """
    citizens = model.citizens
    reach = min(int(chance * _BYTE), _BYTE - 1)
    least, most = (_BYTE - 1 - reach, _BYTE - 1) if high_end else (0, reach)
    rows = np.empty(citizens.size, dtype=np.int32)
    noted = getattr(citizens, f"{word}_luck")
    found = _list_near(citizens.alive, noted, np.uint8(least), np.uint8(most), rows)
    return rows[:found].astype(np.int64)


def drawn_for(model: DemandModel, word: str, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """One word of some people's draw of this month, in [0, 1)."""
    out = np.empty(rows.size, dtype=np.float32)
    uid = model.citizens.uid[rows]
    _words_of(model.luck_seed, uid, model.month_word, np.int64(WORDS.index(word)), out)
    return out


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


@kernel
def _is_among(rising: NDArray[np.int64], value: np.int64) -> bool:
    """Whether a value is in a rising list."""
    place = np.searchsorted(rising, value)
    return bool(place < rising.size and rising[place] == value)


@kernel
def _find_children(
    start: NDArray[np.int32],
    listed: NDArray[np.int32],
    newborn: NDArray[np.int64],
    alive: NDArray[np.bool_],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    parents: NDArray[np.int64],
    rising: NDArray[np.int64],
    child: NDArray[np.int64],
    parent: NDArray[np.int64],
) -> int:
    """Fill in pairs of child and parent, first from the list, then newborns by their links; how many."""
    found = 0
    for k in range(parents.size):
        p = parents[k]
        if p + 1 < start.size:
            for place in range(start[p], start[p + 1]):
                c = np.int64(listed[place])
                if alive[c] and (mother[c] == p or father[c] == p) and not _is_among(newborn, c):
                    child[found] = c
                    parent[found] = p
                    found += 1
    for k in range(newborn.size):
        c = newborn[k]
        m, f = np.int64(mother[c]), np.int64(father[c])
        if alive[c]:
            if m >= 0 and _is_among(rising, m):
                child[found] = c
                parent[found] = m
                found += 1
            if f >= 0 and _is_among(rising, f):
                child[found] = c
                parent[found] = f
                found += 1
    return found


def children_of(model: DemandModel, parents: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The living children of some people, babies born this month included.

    The index of children was made at the end of the last life course: what it says is checked against the links,
    since a row may have a new owner by now, and this month's babies are looked for by their links.

    Args:
        model: The model.
        parents: Rows, none twice, shape (n,).

    Returns:
        Rows of children and, for each, the row of the parent it was found for; a child of two of them stands twice.
    """
    citizens, index = model.citizens, model.children
    known = parents[parents < index.start.size - 1]
    most = int((index.start[known + 1] - index.start[known]).sum()) + 2 * index.newborn.size
    child, parent = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    found = _find_children(
        index.start,
        index.child,
        index.newborn,
        citizens.alive,
        citizens.mother,
        citizens.father,
        parents,
        np.sort(parents),
        child,
        parent,
    )
    return child[:found], parent[:found]


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


@kernel
def _women_near(
    wanted: NDArray[np.bool_],
    neighbourhood: NDArray[np.int32],
    alive: NDArray[np.bool_],
    female: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    rows: NDArray[np.int32],
) -> int:
    """Women at home of an age to take in a child, in the neighbourhoods wanted; how many."""
    found = 0
    for i in range(alive.size):
        if (
            wanted[neighbourhood[i]]
            and alive[i]
            and female[i]
            and age_months[i] >= _GUARDIAN_FROM
            and age_months[i] < _GUARDIAN_TO
            and setting[i] == _AT_HOME
        ):
            rows[found] = i
            found += 1
    return found


def _women(citizens: Citizens, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
    rows = np.empty(citizens.size, dtype=np.int32)
    found = _women_near(
        wanted,
        citizens.neighbourhood,
        citizens.alive,
        citizens.female,
        citizens.setting,
        citizens.age_months,
        rows,
    )
    return rows[:found].astype(np.int64)


def find_guardians(model: DemandModel, orphans: NDArray[np.int64]) -> None:
    """Give children who have no parent in the place a home with a grown-up.

    Another adult of the household keeps them; otherwise a woman of 25 to 59 of the neighbourhood (of the place, if
    there is none) takes them in, chosen by luck keyed on both, whatever the order of storage.
    """
    citizens = model.citizens
    kept = np.zeros(orphans.size, dtype=np.bool_)
    for k, home in enumerate(citizens.household[orphans]):
        mates = np.flatnonzero(citizens.household == home) if home != NOBODY else orphans[:0]
        kept[k] = np.any(citizens.age_months[mates] >= ADULT)
    take_in(model, orphans[~kept])


def take_in(model: DemandModel, orphans: NDArray[np.int64]) -> None:
    """Give children with no grown-up at home one: see `find_guardians`."""
    citizens = model.citizens
    if not orphans.size:
        return
    wanted = np.zeros(int(citizens.neighbourhood.max()) + 1, dtype=np.bool_)
    wanted[citizens.neighbourhood[orphans]] = True
    women = _women(citizens, wanted)
    anywhere = women[:0]
    for orphan in orphans:
        choice = women[citizens.neighbourhood[women] == citizens.neighbourhood[orphan]]
        if not choice.size:
            anywhere = anywhere if anywhere.size else _women(citizens, np.ones_like(wanted))
            choice = anywhere
        if choice.size:
            shared = np.uint64(model.luck_seed) ^ citizens.uid[orphan]
            drawn = luck.draw(shared, citizens.uid[choice], 0, Purpose.ARRIVAL_HOME)
            host = choice[np.lexsort((citizens.uid[choice], drawn))[:1]]
            join_home(citizens, np.array([orphan]), host)
