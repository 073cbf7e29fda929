"""Pairing: who looks for a partner this month, and who of them find each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Citizens, Setting, SupportType
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform4
from demandsim.processes.family import ADULT
from demandsim.processes.life_luck import PAIRING, candidates, life_draws

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.partnership import PartnershipRules

MAN, WOMAN = 0, 1

_YEAR = 12
_BLOCK = 5 * _YEAR
_BLOCKS = 25
_BELL = 6.0**0.5
_GROWN = np.int16(ADULT)
_AT_HOME = np.uint8(Setting.HOME)
_LEARNING = np.uint8(SupportType.LEARNING)
_SEPARATION = np.uint32(Purpose.SEPARATION)


class Looking(NamedTuple):
    """Who looks for a partner this month.

    Attributes:
        rows: Who looks for one of the other sex.
        uid: Who they are.
        line: How far down the line they are, their draw over their chance: below 1 their own chance has come.
        wanted: Age in months at which they meet others.
        block: The five-year block of that age.
        alike: Who looks for one of their own sex, their own chance having come.
    """

    rows: NDArray[np.int64]
    uid: NDArray[np.uint64]
    line: NDArray[np.float64]
    wanted: NDArray[np.float64]
    block: NDArray[np.int64]
    alike: NDArray[np.int64]


@kernel
def _list_looking(
    seed: np.uint64,
    month: np.uint32,
    near: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    partner: NDArray[np.int32],
    support_type: NDArray[np.uint8],
    chance: NDArray[np.float64],
    reach: float,
    same_sex_share: np.float32,
    age_gap: float,
    age_gap_spread: float,
    rows: NDArray[np.int64],
    their_uid: NDArray[np.uint64],
    line: NDArray[np.float64],
    wanted: NDArray[np.float64],
    block: NDArray[np.int64],
    alike: NDArray[np.int64],
) -> tuple[int, int]:
    """Fill in the adults at home without a partner who may find one: see `Looking`.

    Few people with a long-term learning disability form couples; who lives with whom is set with support. A man meets
    others at his own age, a woman with the gap she looks for: two words make a triangular bell of variance 1. No
    branch waits for memory.

    Returns:
        How many look for one of the other sex, and of their own.
    """
    free = 0
    for i in near:
        grown_at_home = (age_months[i] >= _GROWN) & (setting[i] == _AT_HOME)
        rows[free] = i
        free += int(grown_at_home & (partner[i] < 0) & (support_type[i] != _LEARNING))
    across, same = 0, 0
    drawn = life_draws(seed, uid, month, rows[:free], PAIRING)
    for k in range(free):
        i = rows[k]
        own = chance[int(female[i]), np.int64(age_months[i]) // _YEAR]
        place = np.float64(drawn[k]) / own if own > 0.0 else np.inf
        if place < reach:
            _, sex, c, d = uniform4(seed, uid[i], month, _SEPARATION)
            if sex < same_sex_share:
                alike[same] = i
                same += int(place < 1)
                continue
            age = np.float64(age_months[i])
            if female[i]:
                bell = (np.float64(c) + np.float64(d) - 1.0) * _BELL
                age += (age_gap + age_gap_spread * bell) * _YEAR
            rows[across], their_uid[across], line[across], wanted[across] = i, uid[i], place, age
            block[across] = np.int64(min(max(age // _BLOCK, 0.0), _BLOCKS - 1.0))
            across += 1
    return across, same


def who_looks(
    model: DemandModel, rules: PartnershipRules, chance: NDArray[np.float64], most: float, reach: float
) -> Looking:
    """Who may find a partner this month.

    Args:
        model: The model.
        rules: What decides who becomes a couple.
        chance: Monthly chance by sex and year of age, shape (2, years).
        most: The greatest draw that can still be within reach.
        reach: How far down the line of those not quite willing people may look.
    """
    citizens = model.citizens
    near = candidates(model, PAIRING, most)
    rows, block, alike = np.empty((3, near.size), dtype=np.int64)
    line, wanted = np.empty((2, near.size))
    uid = np.empty(near.size, dtype=np.uint64)
    across, same = _list_looking(
        model.luck_seed,
        model.month_word,
        near,
        citizens.uid,
        citizens.age_months,
        citizens.female,
        citizens.setting,
        citizens.partner,
        citizens.support_type,
        chance,
        reach,
        f4(rules.same_sex_share),
        rules.age_gap,
        rules.age_gap_spread,
        rows,
        uid,
        line,
        wanted,
        block,
        alike,
    )
    return Looking(rows[:across], uid[:across], line[:across], wanted[:across], block[:across], alike[:same])


def find_pairs(model: DemandModel, looking: Looking) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who of those who look find each other: the one and the other of each couple, shape (pairs,)."""
    citizens = model.citizens
    first, second = _match(citizens.female, looking, model.month)
    if looking.alike.size > 1:
        pairs = [(first, second), *(_match_alike(citizens, looking.alike, sex) for sex in (False, True))]
        first, second = (np.concatenate(some) for some in zip(*pairs, strict=True))
    proper = _drop_related(first, second, citizens.household, citizens.mother, citizens.father)
    return first[:proper], second[:proper]


def _match(female: NDArray[np.bool_], looking: Looking, month: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair women and men block by block of age: as many as the mean of those willing, first in line first.

    Returns:
        Women and their men, shape (pairs,).
    """
    rows, uid, line, wanted, block, _ = looking
    found = np.lexsort((uid, line, block))
    found = found[: _take_first(found, rows, block, line, female, month)]
    order = found[np.lexsort((uid[found], wanted[found], block[found]))]
    women, men = np.empty((2, order.size // 2), dtype=np.int64)
    _part_sexes(order, rows, female, women, men)
    return women, men


@kernel
def _take_first(
    order: NDArray[np.int64],
    rows: NDArray[np.int64],
    block: NDArray[np.int64],
    line: NDArray[np.float64],
    female: NDArray[np.bool_],
    month: int,
) -> int:
    """Leave in the line who is paired, how many: of each block and sex the first, the mean of the sexes' willing."""
    willing, available, pairs = np.zeros((3, 2, _BLOCKS), dtype=np.int64)
    for k in range(order.size):
        sex = int(female[rows[k]])
        available[sex, block[k]] += 1
        willing[sex, block[k]] += int(line[k] < 1)
    for b in range(_BLOCKS):
        # An odd sum rounds up in every other block and month: no lean either way.
        mean = (willing[MAN, b] + willing[WOMAN, b] + (b + month) % 2) // 2
        pairs[:, b] = min(mean, available[MAN, b], available[WOMAN, b])
    found = 0
    for k in order:
        sex = int(female[rows[k]])
        left = pairs[sex, block[k]]
        order[found] = k
        found += int(left > 0)
        pairs[sex, block[k]] = left - 1
    return found


@kernel
def _part_sexes(
    order: NDArray[np.int64],
    rows: NDArray[np.int64],
    female: NDArray[np.bool_],
    women: NDArray[np.int64],
    men: NDArray[np.int64],
) -> None:
    """Women and men in the order in which they meet, as many of the one as of the other."""
    her, his = 0, 0
    for k in order:
        i = rows[k]
        if female[i]:
            women[her] = i
            her += 1
        else:
            men[his] = i
            his += 1


def _match_alike(
    citizens: Citizens, rows: NDArray[np.int64], female: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair people of one sex, neighbours in age."""
    mine = rows[citizens.female[rows] == female]
    if mine.size < 2:
        return mine[:0], mine[:0]
    mine = mine[np.lexsort((citizens.uid[mine], citizens.age_months[mine]))]
    even = mine.size // 2 * 2
    return mine[0:even:2], mine[1:even:2]


@kernel
def _drop_related(
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
) -> int:
    """Move to the front those pairs who do not share a home or a parent, nor are parent and child; how many."""
    found = 0
    for k in range(one.size):
        a, b = one[k], other[k]
        answer = household[a] == household[b] and household[a] != NOBODY
        answer |= mother[a] != NOBODY and mother[a] == mother[b]
        answer |= father[a] != NOBODY and father[a] == father[b]
        answer |= mother[a] == b or father[a] == b or mother[b] == a or father[b] == a
        one[found], other[found] = a, b
        found += int(not answer)
    return found
