"""Recovery of function: recent loss mends by itself, slower who waits for therapy; part settles as a scar that fades.

Reablement changes only the speed and the share that settles, by the hours it delivers; natural recovery is not its
doing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, kernel, rule
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.frailty import AGES
from demandsim.processes.hazards import BLOCK, cells_into, flat_table, look_up_into, not_tiny
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel

WEEKS_A_MONTH = 4.345
AGE_GROUPS = 30
_FINE = 1024.0
"""Sums that feed back are made of whole 1024ths, so that their order cannot matter."""


@dataclass(frozen=True)
class RecoveryRules:
    """Numbers of recovery, by evidence key."""

    rate: float = evidence("recovery.rate")
    per_decade: float = evidence("need.recovery_age_multiplier_per_decade")
    scar_share: float = evidence("recovery.scar_share")
    scar_fade: float = evidence("recovery.scar_fade")
    speed: float = evidence("recovery.reablement_speed")
    scar_saved: float = evidence("recovery.reablement_scar")
    half_hours: float = evidence("recovery.reablement_half_hours")
    slower: float = evidence("therapy.slower")


@rule
def mends(recent_loss: np.float32, rate: np.float32, speed: np.float32) -> np.float32:
    """Bands of recent loss that leave it this month: never more than there are."""
    return recent_loss * min(rate * speed, f4(1.0))


@rule
def scar_after(scar: np.float32, mended: np.float32, settles: np.float32, fade: np.float32) -> np.float32:
    """The scar after a month: what settles is added, then all of it fades a little."""
    return (scar + settles * mended) * (f4(1.0) - fade)


def recovery_table(rules: RecoveryRules) -> NDArray[np.float32]:
    """Share of recent loss that mends in a month, by year of age, shape (101,)."""
    years = np.arange(AGES, dtype=np.float64)
    return np.minimum(rules.rate * rules.per_decade ** ((years - 70) / 10), 1).astype(np.float32)


class Pace(NamedTuple):
    """How loss mends, as a kernel takes it."""

    weeks: np.float32
    speed: np.float32
    scar_share: np.float32
    scar_saved: np.float32
    half_hours: np.float32
    fade: np.float32
    slower: np.float32


@kernel
def _recover(
    rate: NDArray[np.float32],
    weekly: NDArray[np.float32],
    recent_loss: NDArray[np.float32],
    scar: NDArray[np.float32],
    pace: Pace,
) -> None:
    """One month of recovery for everybody."""
    for i in range(recent_loss.size):
        hours = weekly[i] * pace.weeks
        effect = hours / (hours + pace.half_hours)
        mended = mends(recent_loss[i], rate[i], f4(1.0) + pace.speed * effect)
        recent_loss[i] = not_tiny(recent_loss[i] - mended)
        settles = pace.scar_share * (f4(1.0) - pace.scar_saved * effect)
        scar[i] = not_tiny(scar_after(scar[i], mended, settles, pace.fade))


@kernel
def _slow_down(slower: np.float32, therapy_wait: NDArray[np.uint8], rate: NDArray[np.float32]) -> None:
    """Who waits for therapy mends slower."""
    for i in range(rate.size):
        rate[i] = rate[i] * (f4(1.0) - slower * f4(therapy_wait[i] > 0))


@kernel
def _month_of_recovery(
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    therapy_wait: NDArray[np.uint8],
    weekly: NDArray[np.float32],
    rates: NDArray[np.float32],
    pace: Pace,
    recent_loss: NDArray[np.float32],
    scar: NDArray[np.float32],
) -> None:
    """One month for everybody, block by block; the table is flat."""
    cells, rate = np.empty(BLOCK, dtype=np.int32), np.empty(BLOCK, dtype=np.float32)
    for start in range(0, scar.size, BLOCK):
        end = min(start + BLOCK, scar.size)
        own, mine = cells[: end - start], rate[: end - start]
        cells_into(female[start:end], quintile[start:end], age_months[start:end], alive[start:end], own)
        look_up_into(rates, own, mine)
        _slow_down(pace.slower, therapy_wait[start:end], mine)
        _recover(mine, weekly[start:end], recent_loss[start:end], scar[start:end], pace)


def _group(citizens: Citizens) -> NDArray[np.int64]:
    """Five-year age group of every row."""
    return citizens.age_months.astype(np.int64) // (5 * 12)


def _mean_by_age(citizens: Citizens, values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean of a column among the living by five-year age group, shape (groups,); 0 where nobody lives."""
    group, here = _group(citizens), citizens.alive
    people = np.bincount(group[here], minlength=AGE_GROUPS)
    total = np.bincount(group[here], weights=values[here], minlength=AGE_GROUPS)
    return np.divide(total, people, out=np.zeros(AGE_GROUPS), where=people > 0)


class Recovery(Process):
    """Recent loss mends, scars fade."""

    name = "recovery"
    reads = ("alive", "age_months", "female", "quintile", "recent_loss", "scar", "reablement_hours", "therapy_wait")
    writes = ("recent_loss", "scar")

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(RecoveryRules, numbers)
        self.rates = recovery_table(self.rules)
        self.flat_rates = flat_table(self.rates)

    def _centre(self, citizens: Citizens) -> None:
        """Quicken everybody's recovery by what waiting for therapy slows it, so that the whole keeps its speed."""
        fine = np.rint(citizens.recent_loss.astype(np.float64) * _FINE)
        waiting = fine[rows_with(citizens.therapy_wait)].sum() / max(float(fine.sum()), 1.0)
        self.flat_rates = flat_table(np.minimum(self.rates / f4(1.0 - self.rules.slower * waiting), f4(1.0)))

    def start(self, model: DemandModel) -> None:
        """Note the losses and scars that people of each age bring: the level that a life under these rules leads to."""
        citizens = model.citizens
        self._brought = tuple(_mean_by_age(citizens, values) for values in (citizens.recent_loss, citizens.scar))

    def _hold(self, citizens: Citizens) -> None:
        """Hold recent losses and scars at that level in the run-in, age by age.

        Nobody ages then, so nobody comes up from younger, less scarred ages, and both would pile up, scars by about a
        tenth. Left alone they would fade again in the first years, which would look like a gain in health.
        """
        for values, brought in zip((citizens.recent_loss, citizens.scar), self._brought, strict=True):
            now = _mean_by_age(citizens, values)
            back = np.divide(brought, now, out=np.ones_like(now), where=now > 0)
            values *= np.minimum(back, 1.0).astype(np.float32)[_group(citizens)]

    def step(self, model: DemandModel) -> None:
        """One month for everybody."""
        citizens, rules = model.citizens, self.rules
        if model.settling:
            self._centre(citizens)
        _month_of_recovery(
            citizens.alive,
            citizens.age_months,
            citizens.female,
            citizens.quintile,
            citizens.therapy_wait,
            citizens.reablement_hours,
            self.flat_rates,
            Pace(
                weeks=f4(WEEKS_A_MONTH),
                speed=f4(rules.speed),
                scar_share=f4(rules.scar_share),
                scar_saved=f4(rules.scar_saved),
                half_hours=f4(rules.half_hours),
                fade=f4(rules.scar_fade),
                slower=f4(rules.slower),
            ),
            citizens.recent_loss,
            citizens.scar,
        )
        if model.settling:
            self._hold(citizens)
