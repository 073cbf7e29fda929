"""Pairing: who looks for a partner this month, and who of them find each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Citizens, Setting, SupportType
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform4
from demandsim.processes.family import ADULT
from demandsim.processes.few import within
from demandsim.processes.life_luck import PAIRING, candidates, life_draw

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


@kernel
def _list_looking(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    partner: NDArray[np.int32],
    support_type: NDArray[np.uint8],
    chance: NDArray[np.float64],
    reach: float,
    looking: NDArray[np.int64],
    line: NDArray[np.float64],
) -> int:
    """Fill in the adults at home without a partner who may find one, and how far down the line; how many.

    Below 1 their own chance has come. Few people with a long-term learning disability form couples; who lives with
    whom is set with support. No branch waits for memory.
    """
    free = 0
    for i in rows:
        grown_at_home = (age_months[i] >= _GROWN) & (setting[i] == _AT_HOME)
        looking[free] = i
        free += int(grown_at_home & (partner[i] < 0) & (support_type[i] != _LEARNING))
    found = 0
    for k in range(free):
        i = looking[k]
        own = chance[int(female[i]), np.int64(age_months[i]) // _YEAR]
        drawn = np.float64(life_draw(seed, uid[i], month, PAIRING))
        looking[found], line[found] = i, drawn / own if own > 0.0 else np.inf
        found += int(line[found] < reach)
    return found


def who_looks(
    model: DemandModel, chance: NDArray[np.float64], most: float, reach: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Who may find a partner this month, and how far down the line: below 1 their own chance has come.

    Args:
        model: The model.
        chance: Monthly chance by sex and year of age, shape (2, years).
        most: The greatest draw that can still be within reach.
        reach: How far down the line of those not quite willing people may look.

    Returns:
        Rows, and their place in the line: their draw over their chance.
    """
    citizens = model.citizens
    rows = candidates(model, PAIRING, most)
    looking, line = np.empty(rows.size, dtype=np.int64), np.empty(rows.size)
    found = _list_looking(
        model.luck_seed,
        model.month_word,
        rows,
        citizens.uid,
        citizens.age_months,
        citizens.female,
        citizens.setting,
        citizens.partner,
        citizens.support_type,
        chance,
        reach,
        looking,
        line,
    )
    return looking[:found], line[:found]


@kernel
def _meet_others(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    same_sex_share: np.float32,
    age_gap: float,
    age_gap_spread: float,
    across: NDArray[np.bool_],
    wanted: NDArray[np.float64],
) -> None:
    """Whether people look for one of the other sex, and the age in months at which they meet.

    It is a man's own, and a woman's with the gap she looks for: two words make a triangular bell of variance 1.
    """
    for k in range(rows.size):
        i = rows[k]
        _, sex, c, d = uniform4(seed, uid[i], month, _SEPARATION)
        bell = (np.float64(c) + np.float64(d) - 1.0) * _BELL
        across[k] = sex >= same_sex_share
        wanted[k] = np.float64(age_months[i])
        if female[i]:
            wanted[k] += (age_gap + age_gap_spread * bell) * _YEAR


def find_pairs(
    model: DemandModel, rules: PartnershipRules, rows: NDArray[np.int64], line: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who of those who look find each other.

    Args:
        model: The model.
        rules: What decides who becomes a couple.
        rows: Who looks.
        line: How far down the line: see `who_looks`.

    Returns:
        The one and the other of each couple, shape (pairs,).
    """
    citizens = model.citizens
    across, wanted = np.empty(rows.size, dtype=np.bool_), np.empty(rows.size)
    _meet_others(
        model.luck_seed,
        model.month_word,
        rows,
        citizens.uid,
        citizens.age_months,
        citizens.female,
        f4(rules.same_sex_share),
        rules.age_gap,
        rules.age_gap_spread,
        across,
        wanted,
    )
    first, second = _match(citizens, rows[across], line[across], wanted[across], model.month)
    alike = rows[~across & (line < 1)]
    if alike.size > 1:
        pairs = [(first, second), *(_match_alike(citizens, alike, sex) for sex in (False, True))]
        first, second = (np.concatenate(some) for some in zip(*pairs, strict=True))
    proper = _drop_related(first, second, citizens.household, citizens.mother, citizens.father)
    return first[:proper], second[:proper]


def _match(
    citizens: Citizens, rows: NDArray[np.int64], line: NDArray[np.float64], wanted: NDArray[np.float64], month: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair women and men block by block of age: as many as the mean of those willing, first in line first.

    Args:
        citizens: The people.
        rows: Candidates.
        line: Draw over chance of each: below 1 the person's own chance has come.
        wanted: Age in months at which each meets others.
        month: The month.

    Returns:
        Women and their men, shape (pairs,).
    """
    uid, female = citizens.uid[rows], citizens.female[rows]
    block = within(wanted // _BLOCK, 0, _BLOCKS - 1).astype(np.int64)
    taken = np.empty(rows.size, dtype=np.int64)
    found = taken[: _take_first(np.lexsort((uid, line, block)), block, female, line, month, taken)]
    found = found[np.lexsort((uid[found], wanted[found], block[found]))]
    women = female[found]
    return rows[found[women]], rows[found[~women]]


@kernel
def _take_first(
    order: NDArray[np.int64],
    block: NDArray[np.int64],
    female: NDArray[np.bool_],
    line: NDArray[np.float64],
    month: int,
    taken: NDArray[np.int64],
) -> int:
    """Fill in who is paired, how many: of each block and sex those first in line, the mean of the sexes' willing."""
    willing, available, pairs = np.zeros((3, 2, _BLOCKS), dtype=np.int64)
    for k in range(order.size):
        available[int(female[k]), block[k]] += 1
        willing[int(female[k]), block[k]] += int(line[k] < 1)
    for b in range(_BLOCKS):
        # An odd sum rounds up in every other block and month: no lean either way.
        mean = (willing[MAN, b] + willing[WOMAN, b] + (b + month) % 2) // 2
        pairs[:, b] = min(mean, available[MAN, b], available[WOMAN, b])
    found = 0
    for k in order:
        left = pairs[int(female[k]), block[k]]
        taken[found] = k
        found += int(left > 0)
        pairs[int(female[k]), block[k]] = left - 1
    return found


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
