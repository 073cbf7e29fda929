"""Luck of the life course: each person's draw of the month, and the few whose chance it may bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel
from demandsim.luck import Purpose, unit, words

if TYPE_CHECKING:
    from demandsim.model import DemandModel

BIRTH, PAIRING, PARTING, MOVING = range(4)
"""What each of the four words of a person's monthly draw decides.

The low end of a word decides the chance of its name: parting is for people with a partner, leaving home for people
without, so these two share one. Its high end brings residents forward as parents (moving) or children (birth) of
arrivals.
"""

_NOTED = ("birth_luck", "pairing_luck", "parting_luck", "moving_luck")
_LIFE_COURSE = np.uint32(Purpose.LIFE_COURSE)
_BLOCK = 2048
_BYTE = 256
_TOP = np.uint32(24)


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
def list_marked(mark: NDArray[np.uint8], first: int, rows: NDArray[np.int64], found: int) -> int:
    """Add the few rows of a block that are marked to a list, which needs a place to spare; how many it has then.

    Eight are looked at together. Which of the eight it is cannot be foreseen: so no branch there.
    """
    eight = mark.view(np.uint64)
    for j in range(eight.size):
        if eight[j] != np.uint64(0):
            for k in range(8 * j, 8 * j + 8):
                rows[found] = first + k
                found += int(mark[k])
    return found


@kernel
def _list_near(
    alive: NDArray[np.bool_], noted: NDArray[np.uint8], least: np.uint8, most: np.uint8, rows: NDArray[np.int64]
) -> int:
    """Fill in the living whose byte is from the least to the most; how many."""
    here = alive.view(np.uint8)
    near = np.zeros(_BLOCK, dtype=np.uint8)
    found = 0
    for first in range(0, alive.size, _BLOCK):
        bytes_of, in_use = noted[first : first + _BLOCK], here[first : first + _BLOCK]
        near[bytes_of.size :] = 0
        for k in range(bytes_of.size):
            near[k] = np.uint8(bytes_of[k] >= least) & np.uint8(bytes_of[k] <= most) & in_use[k]
        found = list_marked(near, first, rows, found)
    return found


def reach(chance: float) -> int:
    """The greatest byte of a draw that may be below a chance."""
    return min(int(chance * _BYTE), _BYTE - 1)


def candidates(model: DemandModel, word: int, chance: float, *, high_end: bool = False) -> NDArray[np.int64]:
    """The living whose draw of this month is near an end: the only ones whose own chance need be worked out.

    A chance never above its bound is met only by those of them whose draw is below their own chance. It rests on the
    bytes that `draw_month` noted; of who came this month nothing is noted, and they count among the low end.

    Args:
        model: The model.
        word: Which word: `BIRTH`, `PAIRING`, `PARTING` or `MOVING`.
        chance: The greatest chance anybody has.
        high_end: It comes true at the high end, where the draw is at least 1 less the chance.

    Returns:
        Rows in order. A few are beyond the bound: that is for the caller, with `life_draws`.
    """
    citizens = model.citizens
    least, most = (_BYTE - 1 - reach(chance), _BYTE - 1) if high_end else (0, reach(chance))
    rows = np.empty(citizens.size + 1, dtype=np.int64)  # a place more, for one looked at last and passed over
    noted = getattr(citizens, _NOTED[word])
    found = _list_near(citizens.alive, noted, np.uint8(least), np.uint8(most), rows)
    return rows[:found]


@kernel
def life_draws(
    seed: np.uint64, uid: NDArray[np.uint64], month: np.uint32, rows: NDArray[np.int64], word: int
) -> NDArray[np.float32]:
    """One word of some people's draw of the month, in [0, 1), for kernels: so many are drawn at once."""
    theirs, drawn = uid[rows], np.empty(rows.size, dtype=np.float32)
    for k in range(drawn.size):
        a, b, c, d = words(seed, theirs[k], month, _LIFE_COURSE)
        low = a if word == BIRTH else b
        high = c if word == PARTING else d
        drawn[k] = unit(low if word < PARTING else high)
    return drawn
