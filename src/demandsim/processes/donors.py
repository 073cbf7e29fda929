"""Donors: the living of every birthday of the run-in lives, sorted so that everybody finds a body like theirs.

Frailty, dementia, recent loss, scars, illness and lasting function arrive jointly, in proportion to how such bodies
stand side by side in a steady population.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.processes.base import Numbers
from demandsim.processes.lives import FIRST, LIVES, SPAN, Course, course

MOST_DONORS = 1000
"""Donors outside care homes of one sex, fifth and birthday, at most about so many."""


class Movers(NamedTuple):
    """What lasts of people at the moment they moved to a care home; one row each, sorted as `Lives` says."""

    deficits: NDArray[np.uint8]
    dementia: NDArray[np.int16]
    function_luck: NDArray[np.float32]


class Bodies(NamedTuple):
    """Donors: one row each, sorted as `Lives` says."""

    deficits: NDArray[np.uint8]
    dementia: NDArray[np.int16]
    function_luck: NDArray[np.float32]
    recent_loss: NDArray[np.float32]
    scar: NDArray[np.float32]
    illness: NDArray[np.float32]


@dataclass(frozen=True)
class Lives:
    """What the run-in lives leave behind.

    Attributes:
        at_home: Donors outside care homes, sorted by sex, fifth, birthday (30 to 100) and deficits.
        at_home_key: For each of them ``((sex * 5 + quintile) * 71 + birthday - 30) * 64 + deficits``.
        in_home: Donors in care homes, sorted by sex, fifth and birthday.
        in_home_key: For each of them ``(sex * 5 + quintile) * 71 + birthday - 30``.
        moving: People who moved to a care home, as they were then, sorted by sex, fifth and age.
        moving_key: For each of them ``(sex * 5 + quintile) * 71 + age - 30``.
        mean_hazard: Z: mean relative hazard of the living by sex, fifth and year of age, shape (2, 5, 101); 1 below 30.
    """

    at_home: Bodies
    at_home_key: NDArray[np.int32]
    in_home: Bodies
    in_home_key: NDArray[np.int32]
    moving: Movers
    moving_key: NDArray[np.int32]
    mean_hazard: NDArray[np.float32]

    @cached_property
    def at_home_start(self) -> NDArray[np.int64]:
        """Where the donors outside care homes of each sex, fifth and birthday begin, and the end, shape (711,)."""
        return np.searchsorted(self.at_home_key, (np.arange(2 * 5 * SPAN + 1) * 64).astype(np.int32))


def live(
    numbers: Numbers,
    qx: NDArray[np.float64],
    quintile_ratio: NDArray[np.float64],
    level: float = 1.0,
    count: int = LIVES,
) -> Lives:
    """Run the lives and sort the living at every birthday into donors: see `course`."""
    return _donors(course(numbers, qx, quintile_ratio, level, count))


def _donors(run: Course) -> Lives:
    """Sort the living of every birthday, and those who moved to a care home, into donors."""
    counts, snapshot = run.counts, run.snapshot
    home_key, home_rows, bed_key, bed_rows = [], [], [], []
    for sex in range(2):
        for quintile in range(5):
            for year in range(SPAN):
                people = snapshot[sex, quintile, year, :, : counts[sex, quintile, year]]
                resident = people[6] > 0
                apart = people[:, ~resident][:, :: max(1, int(np.ceil((~resident).sum() / MOST_DONORS)))]
                apart = apart[:, np.argsort(apart[0], kind="stable")]
                cell = (sex * 5 + quintile) * SPAN + year
                home_key.append(cell * 64 + apart[0].astype(np.int32))
                home_rows.append(apart)
                bed_key.append(np.full(int(resident.sum()), cell, dtype=np.int32))
                bed_rows.append(people[:, resident])
    beds = np.concatenate(bed_key)
    order = np.argsort(beds, kind="stable")
    moving_key = (run.moves[4] * SPAN + run.moves[3] - FIRST).astype(np.int32)
    moves = run.moves[:, np.argsort(moving_key, kind="stable")]
    return Lives(
        at_home=_bodies(np.concatenate(home_rows, axis=1)),
        at_home_key=np.concatenate(home_key).astype(np.int32),
        in_home=_bodies(np.concatenate(bed_rows, axis=1)[:, order]),
        in_home_key=beds[order],
        moving=Movers(moves[0].astype(np.uint8), np.minimum(moves[1], 1200).astype(np.int16), moves[2].copy()),
        moving_key=np.sort(moving_key),
        mean_hazard=run.mean_hazard,
    )


def _bodies(people: NDArray[np.float32]) -> Bodies:
    """Rows of a snapshot as donors."""
    return Bodies(
        people[0].astype(np.uint8),
        np.minimum(people[1], 1200).astype(np.int16),
        *(np.ascontiguousarray(people[k]) for k in (2, 3, 4, 5)),
    )
