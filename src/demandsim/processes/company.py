"""Company: communities in which people meet, and who of those who look for friends meets whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel
from demandsim.processes.few import positions
from demandsim.processes.households import distinct
from demandsim.processes.ordering import ascending

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens

_BLOCK_PLACE, _AGE_PLACE, _LAST_BITS = np.uint64(44), np.uint64(24), np.uint64((1 << 24) - 1)


@kernel
def list_looking(
    rows: NDArray[np.int64],
    missing: NDArray[np.uint8],
    drawn: NDArray[np.float32],
    found_one: np.float32,
    looking: NDArray[np.int64],
) -> int:
    """List people once for each missing friendship whose draw (one row of ``drawn`` for each) is below the chance."""
    count = 0
    for k in range(rows.size):
        for slot in range(drawn.shape[0]):
            # Written before it is known whether it counts: chance would mislead a branch.
            looking[count] = rows[k]
            count += int((slot < missing[rows[k]]) & (drawn[slot, k] < found_one))
    return count


@kernel
def ties_between(
    one: NDArray[np.int32], other: NDArray[np.int32], marked: NDArray[np.bool_], found: NDArray[np.int64]
) -> int:
    """List the ties whose two ends are both marked; returns how many."""
    count = 0
    for t in range(one.size):
        if one[t] >= 0 and marked[one[t]] and marked[other[t]]:
            found[count] = t
            count += 1
    return count


@kernel
def within_limit(
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    held: NDArray[np.uint8],
    limit: int,
    accepted: NDArray[np.bool_],
) -> None:
    """Go through new ties in the order given and accept those whose ends both have room for one more."""
    for k in range(one.size):
        a, b = one[k], other[k]
        room = held[a] < limit and held[b] < limit
        accepted[k] = room
        if room:
            held[a] = np.uint8(np.int64(held[a]) + 1)
            held[b] = np.uint8(np.int64(held[b]) + 1)


def tie_uid(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Identity of a tie from the identities of its two ends, in whatever order (a 64-bit mix)."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    mixed = low * np.uint64(0x9E3779B97F4A7C15) + (high ^ (high >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)


def communities(citizens: Citizens, least: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Join neighbourhoods of like deprivation until each community has enough people to meet in.

    At full size a community is one neighbourhood. In a small sample several stand for one, so that chances of
    meeting do not depend on the scale.

    Args:
        citizens: The people.
        least: People a community has at least.

    Returns:
        The community of each neighbourhood, and the deprivation fifth of each community.
    """
    here = np.flatnonzero(citizens.alive)
    places = int(citizens.neighbourhood.max(initial=0)) + 1
    people = np.bincount(citizens.neighbourhood[here], minlength=places)
    fifths = np.bincount(citizens.neighbourhood[here], weights=citizens.quintile[here], minlength=places)
    quintile = np.rint(fifths / np.maximum(people, 1)).astype(np.int64)
    community = np.zeros(places, dtype=np.int32)
    fifth_of: list[int] = []
    gathered = least
    for place in np.lexsort((np.arange(places), quintile)):
        if not fifth_of or (gathered >= least and people[place] > 0) or fifth_of[-1] != quintile[place]:
            fifth_of.append(int(quintile[place]))
            gathered = 0
        community[place] = len(fifth_of) - 1
        gathered += int(people[place])
    return community, np.array(fifth_of, dtype=np.int64)


def pair_neighbours(
    block: NDArray[np.int64],
    age: NDArray[np.float64],
    uid: NDArray[np.uint64],
    gap: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair people of one block who stand next to each other by age.

    Args:
        block: Where each person looks for company.
        age: Age in months, with any noise that widens the choice.
        uid: Last tie-break.
        gap: Widest difference of age, months.

    Returns:
        Positions of the two ends of each pair.
    """
    word = np.empty(block.size, dtype=np.uint64)
    _sorting_words(block, age, uid, word)
    one, other = np.empty((2, block.size), dtype=np.int64)
    pairs = _pair_next(ascending(word), block, age, gap, one, other)
    return one[:pairs], other[:pairs]


@kernel
def _sorting_words(
    block: NDArray[np.int64], age: NDArray[np.float64], uid: NDArray[np.uint64], word: NDArray[np.uint64]
) -> None:
    """One word sorts by block, age (in sixteenths of a month) and identity; ages with noise may fall below zero."""
    for k in range(word.size):
        months = np.uint64(np.rint((age[k] + 1000.0) * 16.0))
        word[k] = (np.uint64(block[k]) << _BLOCK_PLACE) | (months << _AGE_PLACE) | (uid[k] & _LAST_BITS)


@kernel
def _pair_next(
    order: NDArray[np.int64],
    block: NDArray[np.int64],
    age: NDArray[np.float64],
    gap: float,
    one: NDArray[np.int64],
    other: NDArray[np.int64],
) -> int:
    """Pair the first of each block with the second, the third with the fourth and so on, if near in age; how many."""
    pairs, k = 0, 0
    while k + 1 < order.size:
        a, b = order[k], order[k + 1]
        if block[a] != block[b]:
            k += 1
            continue
        if abs(age[a] - age[b]) <= gap:
            one[pairs], other[pairs] = a, b
            pairs += 1
        k += 2
    return pairs


def find_company(
    citizens: Citizens,
    looking: NDArray[np.int64],
    community_of: NDArray[np.int32],
    quintile_of: NDArray[np.int64],
    gap: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair those who look: first in their community, then, left over, among those of like deprivation.

    Args:
        citizens: The people.
        looking: Rows of those who look, one entry for each friend looked for.
        community_of: Community of each neighbourhood.
        quintile_of: Deprivation fifth of each community.
        gap: Widest difference of age, months.

    Returns:
        The two ends of each pair; nobody is paired with themselves, no two pairs are the same.
    """
    if looking.size < 2:
        return looking[:0], looking[:0]
    age = citizens.age_months[looking].astype(np.float64)
    uid = citizens.uid[looking]
    community = community_of[citizens.neighbourhood[looking]].astype(np.int64)
    one, other = pair_neighbours(community, age, uid, gap)
    unpaired = np.ones(looking.size, dtype=np.bool_)
    unpaired[one], unpaired[other] = False, False
    left = positions(unpaired)
    third, fourth = pair_neighbours(quintile_of[community[left]], age[left], uid[left], gap)
    a = looking[np.concatenate([one, left[third]])]
    b = looking[np.concatenate([other, left[fourth]])]
    return _each_once(a, b, citizens.size)


def _each_once(a: NDArray[np.int64], b: NDArray[np.int64], rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of two people, the lower row first, each pair once, in rising order."""
    pairs = distinct(np.minimum(a, b) * rows + np.maximum(a, b))
    one, other = np.divmod(pairs, rows)
    apart = one != other
    return one[apart], other[apart]


def circles(citizens: Citizens, members: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who meets whom in groups: members stand in a circle by a lasting mark and meet two on either side."""
    if members.size == 0:
        return members, members
    group = citizens.group[members].astype(np.int64)
    uid = citizens.uid[members]
    members = members[np.lexsort((uid, tie_uid(uid, uid), group))]
    group = np.sort(group)
    first = positions(np.diff(group, prepend=-1) != 0)
    size = np.diff(np.append(first, members.size))
    start, count = np.repeat(first, size), np.repeat(size, size)
    place = np.arange(members.size) - start
    others = np.concatenate([members[start + (place + step) % count] for step in (1, 2)])
    members = np.concatenate([members, members])
    return _each_once(members, others, citizens.size)
