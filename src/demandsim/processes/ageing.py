"""Ageing: everyone grows a month older; some take up paid work, some retire."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import AGE_BANDS
from demandsim.compiled import kernel
from demandsim.luck import Purpose, uniform
from demandsim.processes.base import Process
from demandsim.processes.curves import age_curve
from demandsim.processes.households import cell_of
from demandsim.processes.lasting import FOR_LIFE, lasting_draws
from demandsim.processes.life_luck import draw_month
from demandsim.processes.scratch import Scratch
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

WORK_AGES = (15, 16, 18, 20, 23, 30, 45, 55, 60, 63, 65, 66, 67, 70, 75, 80)
"""Ages at which the evidence gives the share in paid work."""

_WORK = np.uint32(Purpose.WORK_START)
_FIRST_WORK, _LAST_WORK = np.int64(WORK_AGES[0] * 12), np.int64((WORK_AGES[-1] + 1) * 12)
_ADULT, _OLDER, _OLD, _OLDEST = np.int64(216), np.int64(780), np.int64(900), np.int64(1020)
assert AGE_BANDS == ("0-17", "18-64", "65-74", "75-84", "85+")


@kernel
def _grow_older(
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    cell: NDArray[np.uint16],
    birthday: NDArray[np.bool_],
) -> None:
    """A month more for the living, the reporting cell that goes with it, and whose birthday at an age of work it is.

    Free rows stay at zero. A product and a shift divide by 12, for a whole number below 65,536: far quicker.
    """
    for i in range(alive.size):
        here = np.int64(alive[i])
        age = np.int64(age_months[i]) + here
        age_months[i] = np.int16(age)
        band = np.int64(age >= _ADULT) + np.int64(age >= _OLDER) + np.int64(age >= _OLD) + np.int64(age >= _OLDEST)
        code = (band * np.int64(2) + np.int64(female[i])) * np.int64(5) + np.int64(quintile[i])
        cell[i] = np.uint16(code * here)
        year = (np.uint32(age) * np.uint32(43691)) >> np.uint32(19)
        at_work = (age >= _FIRST_WORK) & (age <= _LAST_WORK)
        birthday[i] = alive[i] & at_work & (year * np.uint32(12) == np.uint32(age))


@kernel
def _begin(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    share: NDArray[np.float64],
    cell: NDArray[np.uint16],
    working: NDArray[np.bool_],
) -> None:
    """Who comes is in paid work where the share in work at their age and sex is above their draw."""
    for i in rows:
        cell[i] = cell_of(age_months[i], female[i], quintile[i])
        drawn = np.float64(uniform(seed, uid[i], FOR_LIFE, _WORK))
        working[i] = drawn < share[np.int64(female[i]), np.int64(age_months[i]) // 12]


@kernel
def _change_work(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    share: NDArray[np.float64],
    working: NDArray[np.bool_],
) -> None:
    """At a birthday paid work begins or ends where the share in work passes a person's draw.

    ``share`` is by sex and year of age; whoever is new to a year of work was at least 14 before.
    """
    luck = lasting_draws(seed, uid, rows, _WORK)
    for k in range(rows.size):
        i, drawn = rows[k], np.float64(luck[k])
        sex, year = np.int64(female[i]), np.int64(age_months[i]) // 12
        before = drawn < share[sex, year - 1]
        now = drawn < share[sex, year]
        if before != now:
            working[i] = now


class Ageing(Process):
    """A month passes, with its luck; at a birthday, paid work begins or ends.

    Who works follows a lasting personal draw: a person is in work while the share in work at their age and sex is
    above it. So the place keeps the shares of the evidence, most people start at 16 to 23 and retire around state
    pension age, and work that something else took from a person is not handed back at the next birthday.
    """

    name: ClassVar[str] = "ageing"
    reads: ClassVar[tuple[str, ...]] = ("alive", "uid", "age_months", "female", "quintile", "working")
    writes: ClassVar[tuple[str, ...]] = (
        "age_months",
        "cell",
        "working",
        "birth_luck",
        "pairing_luck",
        "parting_luck",
        "moving_luck",
    )

    def __init__(self, numbers: Numbers) -> None:
        self._share = np.stack([age_curve(numbers, f"work.{who}", WORK_AGES) for who in ("men", "women")])
        self._share[:, : WORK_AGES[1]] = 0.0
        self._scratch = Scratch()

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Set the reporting cell, and paid work by age and sex."""
        citizens = model.citizens
        _begin(
            model.luck_seed,
            citizens.uid,
            rows,
            citizens.age_months,
            citizens.female,
            citizens.quintile,
            self._share,
            citizens.cell,
            citizens.working,
        )

    def step(self, model: DemandModel) -> None:
        """Grow older; change work at a birthday. Nothing moves in the run-in, where ages stand still."""
        if model.settling:
            return
        citizens = model.citizens
        draw_month(model)
        birthday = self._scratch.array("birthday", citizens.size, np.bool_)
        _grow_older(citizens.alive, citizens.age_months, citizens.female, citizens.quintile, citizens.cell, birthday)
        _change_work(
            model.luck_seed,
            citizens.uid,
            rows_with(birthday),
            citizens.age_months,
            citizens.female,
            self._share,
            citizens.working,
        )
