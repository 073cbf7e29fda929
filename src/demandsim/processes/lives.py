"""Run-in lives: whole adult lives under frozen conditions, from which everybody gets a body to start with.

For each sex and deprivation fifth some thousands of lives run from 30 to 100 by the very rules that the months use:
mortality, frailty, dementia, illness, recovery, need, and admission and care homes at base shares. They give Z, the
mean relative hazard of the living by age, sex and fifth, which mortality divides by; the living at each birthday are
the `donors` of bodies, which `kept_lives` keeps between runs and `bodies` gives.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from demandsim import luck
from demandsim.agents.citizens import DEFICITS
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform4
from demandsim.processes.base import Numbers, read_rules
from demandsim.processes.capability import (
    CapabilityRules,
    base_capability,
    starting_means,
)
from demandsim.processes.conditions import Conditions, LivesRules, conditions_of
from demandsim.processes.frailty import AGES, FrailtyRules, deficit_rate, deficit_table, dementia_table
from demandsim.processes.hazards import (
    bed_part,
    hazard_chance,
    home_hazard,
    illness_part,
    month_chance,
    new_loss_chance,
    relative_hazard,
    stay_days,
)
from demandsim.processes.illness_rates import IllnessRules, acute_rate, acute_table, setback_rate, setback_table
from demandsim.processes.need import Function, NeedRules, function_weights, lasting_limitation
from demandsim.processes.recovery import RecoveryRules, mends, recovery_table, scar_after

FIRST = 30
"""Age at which lives begin: younger people are taken as fit."""

SPAN = AGES - FIRST
LIVES = 3000
"""Lives begun for each sex and fifth."""

_MOVES = 4
_KEY = np.uint64(0x6C69766573)
_DEATH = np.uint32(Purpose.DEATH)
_DEFICIT = np.uint32(Purpose.DEFICIT)
_ILLNESS = np.uint32(Purpose.ILLNESS)
_MOST = f4(DEFICITS)
_STATE = ("deficits", "dementia", "function_luck", "recent_loss", "scar", "illness", "home", "limitation")


class Rates(NamedTuple):
    """Tables by age (101) of one sex and fifth, as the kernel takes them."""

    death: NDArray[np.float32]
    deficits: NDArray[np.float32]
    dementia: NDArray[np.float32]
    illness: NDArray[np.float32]
    setbacks: NDArray[np.float32]
    recovery: NDArray[np.float32]


class Pool(NamedTuple):
    """People of one sex and fifth, of one age at a time; the living stand first."""

    uid: NDArray[np.uint64]
    deficits: NDArray[np.float32]
    dementia: NDArray[np.float32]
    luck: NDArray[np.float32]
    agency: NDArray[np.float32]
    recent_loss: NDArray[np.float32]
    scar: NDArray[np.float32]
    illness: NDArray[np.float32]
    admitted: NDArray[np.float32]
    home: NDArray[np.float32]
    limitation: NDArray[np.float32]
    hazard: NDArray[np.float32]


@kernel
def _hazards(pool: Pool, count: int, per_agency: np.float32, c: Conditions) -> float:
    """Relative hazard of each living member of the pool; returns the mean."""
    total = 0.0
    for i in range(count):
        pool.hazard[i] = relative_hazard(
            pool.deficits[i] / _MOST,
            pool.limitation[i] + per_agency * pool.agency[i],
            f4(pool.dementia[i] > f4(0.0)),
            pool.recent_loss[i],
            pool.illness[i],
            c.per_frailty,
            c.per_need,
            c.for_dementia,
            c.per_loss,
            c.for_illness,
        )
        total += np.float64(pool.hazard[i])
    return total / count


@kernel
def _scale(pool: Pool, count: int, mean: float, hazard: np.float32) -> float:
    """The divisor of relative hazards at which the mean chance of death is the table's, chances being below 1."""
    target = np.float64(hazard_chance(hazard))
    divisor = mean
    for _ in range(2):
        total = 0.0
        for i in range(count):
            total += np.float64(hazard_chance(hazard * pool.hazard[i] / f4(divisor)))
        divisor *= total / count / target
    return divisor


@kernel
def _keep(pool: Pool, target: int, source: int) -> None:
    """Copy a person from one place in the pool to another."""
    pool.uid[target] = pool.uid[source]
    pool.deficits[target] = pool.deficits[source]
    pool.dementia[target] = pool.dementia[source]
    pool.luck[target] = pool.luck[source]
    pool.agency[target] = pool.agency[source]
    pool.recent_loss[target] = pool.recent_loss[source]
    pool.scar[target] = pool.scar[source]
    pool.illness[target] = pool.illness[source]
    pool.admitted[target] = pool.admitted[source]
    pool.home[target] = pool.home[source]
    pool.limitation[target] = pool.limitation[source]


@kernel
def _note_move(pool: Pool, k: int, age: int, moves: NDArray[np.float32], moved: NDArray[np.int64]) -> None:
    """Write down who moved to a care home, and how they were, as long as there is room."""
    n = moved[0]
    if n < moves.shape[1]:
        moves[0, n] = pool.deficits[k]
        moves[1, n] = pool.dementia[k]
        moves[2, n] = pool.luck[k]
        moves[3, n] = f4(age)
        moved[0] = n + 1


@kernel
def _month(
    key: np.uint64,
    month: np.uint32,
    age: int,
    female: np.float32,
    quintile: np.float32,
    alone: np.float32,
    count: int,
    divisor: np.float32,
    pool: Pool,
    rates: Rates,
    weights: Function,
    c: Conditions,
    moves: NDArray[np.float32],
    moved: NDArray[np.int64],
) -> int:
    """One month of the lives of one age: returns how many are left. The order is that of the model's month."""
    kept = 0
    for i in range(count):
        die, move, back, _ = uniform4(key, pool.uid[i], month, _DEATH)
        if die < hazard_chance(rates.death[age] * pool.hazard[i] / divisor):
            continue
        _keep(pool, kept, i)
        k = kept
        kept += 1
        gain, onset, loses, admits = uniform4(key, pool.uid[k], month, _DEFICIT)
        if gain < month_chance(deficit_rate(rates.deficits[age], pool.deficits[k], c.self_growth, f4(0.0))):
            pool.deficits[k] = min(pool.deficits[k] + f4(1.0), _MOST)
        if pool.dementia[k] > f4(0.0) or onset < month_chance(rates.dementia[age]):
            pool.dementia[k] = pool.dementia[k] + f4(1.0)
        frailty = pool.deficits[k] / _MOST
        ill, _, sets_back, _ = uniform4(key, pool.uid[k], month, _ILLNESS)
        falls_ill = ill < month_chance(
            acute_rate(rates.illness[age], frailty, pool.admitted[k], f4(0.0), c.ill_per_frailty, c.readmission)
        )
        admitted = falls_ill and admits < c.admit
        pool.illness[k] = f4(1.0) if falls_ill else pool.illness[k] * c.fade
        if sets_back < month_chance(setback_rate(rates.setbacks[age], frailty, c.setback_frailty)):
            pool.recent_loss[k] = pool.recent_loss[k] + c.setback_bands
        chance = new_loss_chance(frailty, c.loss_level)
        taken = illness_part(chance, c.illness_share)
        if falls_ill and loses < taken:
            pool.recent_loss[k] = pool.recent_loss[k] + c.loss_size
        mended = mends(pool.recent_loss[k], rates.recovery[age], f4(1.0))
        pool.recent_loss[k] = pool.recent_loss[k] - mended
        pool.scar[k] = scar_after(pool.scar[k], mended, c.scar_share, c.scar_fade)
        lasting = lasting_limitation(frailty, female, quintile, pool.luck[k], pool.scar[k], pool.dementia[k], weights)
        pool.limitation[k] = lasting + pool.recent_loss[k] - pool.agency[k]
        demented = f4(pool.dementia[k] > f4(0.0))
        stay = stay_days(frailty, demented, f4(1.0), c.stay_base, c.stay_frailty, c.stay_dementia)
        in_bed = bed_part(chance, c.illness_share, stay, c.stay_mean, f4(0.0), f4(0.0))
        if admitted and loses >= taken and loses < taken + in_bed:
            pool.recent_loss[k] = pool.recent_loss[k] + c.loss_size
        pool.admitted[k] = f4(admitted)
        if pool.home[k] > f4(0.0):
            if back < month_chance(c.home_return):
                pool.home[k] = f4(0.0)
        elif pool.limitation[k] >= c.home_from:
            enters = home_hazard(
                pool.limitation[k],
                c.moderate,
                demented,
                pool.admitted[k],
                alone,
                c.home_base,
                c.home_crisis,
            )
            if move < hazard_chance(enters):
                pool.home[k] = f4(1.0)
                _note_move(pool, k, age, moves, moved)
    return kept


@kernel
def _live(
    key: np.uint64,
    female: np.float32,
    quintile: np.float32,
    alone: np.float32,
    per_agency: np.float32,
    pool: Pool,
    rates: Rates,
    weights: Function,
    c: Conditions,
    counts: NDArray[np.int64],
    snapshot: NDArray[np.float32],
    mean_hazard: NDArray[np.float32],
    moves: NDArray[np.float32],
    moved: NDArray[np.int64],
) -> None:
    """All lives of one sex and fifth. Where half have died every life goes on as two, with luck of its own.

    Args:
        key: Key of the luck.
        female: 1 for women.
        quintile: 0 to 4.
        alone: Share living alone.
        per_agency: Bands of limitation per unit of agency that mortality leaves out.
        pool: Lives at 30.
        rates: Rates by age.
        weights: Weights of limitation.
        c: Conditions.
        counts: Filled: the living at each birthday from 30, shape (71,).
        snapshot: Filled: their state in the order of `_STATE`, shape (71, 8, lives).
        mean_hazard: Filled: Z by age, shape (101,).
        moves: Filled: deficits, dementia, function luck and age of those who move to a care home, then.
        moved: Filled: how many did, shape (1,).
    """
    lives = pool.uid.size
    count = lives
    splits = 0
    for age in range(30, 101):
        if count * 2 <= lives:
            for i in range(count):
                _keep(pool, count + i, i)
                pool.uid[count + i] = pool.uid[i] | (np.uint64(1) << np.uint64(40 + splits))
            count = count * 2
            splits += 1
        counts[age - 30] = count
        for i in range(count):
            snapshot[age - 30, 0, i] = pool.deficits[i]
            snapshot[age - 30, 1, i] = pool.dementia[i]
            snapshot[age - 30, 2, i] = pool.luck[i]
            snapshot[age - 30, 3, i] = pool.recent_loss[i]
            snapshot[age - 30, 4, i] = pool.scar[i]
            snapshot[age - 30, 5, i] = pool.illness[i]
            snapshot[age - 30, 6, i] = pool.home[i]
            snapshot[age - 30, 7, i] = pool.limitation[i]
        total = 0.0
        people = 0
        for part in range(12):
            mean = _hazards(pool, count, per_agency, c)
            divisor = _scale(pool, count, mean, rates.death[age])
            total += divisor * count
            people += count
            month = np.uint32(age * 12 + part)
            count = _month(
                key, month, age, female, quintile, alone, count, f4(divisor), pool, rates, weights, c, moves, moved
            )
            if count == 0:
                break
        mean_hazard[age] = f4(total / people)
        if count == 0:
            break


def _pool(cell: int, lives: int, quintile: int, capability: CapabilityRules, weight: float) -> Pool:
    """People of 30, fit, with the differences they carry for life; the month word 0 keys these draws."""
    uid = np.arange(lives, dtype=np.uint64) + np.uint64(cell << 20)
    chance = luck.draw(_KEY, uid, 0, Purpose.FUNCTION).astype(np.float64)
    function_luck = ndtri(np.clip(chance, 1e-7, 1 - 1e-7)).astype(np.float32)
    fifth = np.full(lives, quintile, dtype=np.uint8)
    own = base_capability(capability, function_luck, fifth, luck.draw(_KEY, uid, 0, Purpose.CAPABILITY_BASE))
    agency = weight * (own - starting_means(capability.mean, capability.deprivation)[quintile])
    blank = [np.zeros(lives, dtype=np.float32) for _ in range(9)]
    return Pool(uid, blank[0], blank[1], function_luck, agency.astype(np.float32), *blank[2:])


def death_rates(qx: NDArray[np.float64], quintile_ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Annual hazards of death by sex, fifth and year of age from a period table, shape (2, 5, 101).

    Args:
        qx: Chances of death in a year, shape (2, 101).
        quintile_ratio: Rates against the average of each age and sex, shape (2, 5, 101).
    """
    annual: NDArray[np.float64] = -np.log1p(-np.minimum(qx, 0.999))[:, None, :] * quintile_ratio
    return annual


class Course(NamedTuple):
    """How the lives went.

    Attributes:
        counts: The living at each birthday by sex, fifth and years from 30, shape (2, 5, 71).
        snapshot: Their state then, in the order of `_STATE`, shape (2, 5, 71, 8, lives); the living stand first.
        mean_hazard: Mean relative hazard by sex, fifth and year of age, shape (2, 5, 101).
        moves: Deficits, dementia, function luck, age and ``sex * 5 + quintile`` of those who moved to a care home,
            shape (5, n).
    """

    counts: NDArray[np.int64]
    snapshot: NDArray[np.float32]
    mean_hazard: NDArray[np.float32]
    moves: NDArray[np.float32]


def course(
    numbers: Numbers,
    qx: NDArray[np.float64],
    quintile_ratio: NDArray[np.float64],
    level: float = 1.0,
    count: int = LIVES,
) -> Course:
    """Run the lives.

    Args:
        numbers: Parameter values.
        qx: Chances of death in a year, UK period table, shape (2, 101).
        quintile_ratio: Rates of the fifths against the average, shape (2, 5, 101).
        level: Deaths of the place against those rates.
        count: Lives begun for each sex and fifth.
    """
    own, capability, need = (
        read_rules(LivesRules, numbers),
        read_rules(CapabilityRules, numbers),
        read_rules(NeedRules, numbers),
    )
    frailty, illness, recovery = (
        read_rules(FrailtyRules, numbers),
        read_rules(IllnessRules, numbers),
        read_rules(RecoveryRules, numbers),
    )
    c = conditions_of(own, frailty, illness, recovery, need)
    deaths = (death_rates(qx, quintile_ratio) * level / 12).astype(np.float32)
    tables = (deaths, deficit_table(frailty), dementia_table(frailty), acute_table(illness), setback_table(illness))
    mends_by_age = recovery_table(recovery)
    counts = np.zeros((2, 5, SPAN), dtype=np.int64)
    snapshot = np.empty((2, 5, SPAN, len(_STATE), count), dtype=np.float32)
    mean_hazard = np.ones((2, 5, AGES), dtype=np.float32)
    moves = []
    for sex in range(2):
        for quintile in range(5):
            own_moves = np.full((5, _MOVES * count), sex * 5 + quintile, dtype=np.float32)
            moved = np.zeros(1, dtype=np.int64)
            _live(
                _KEY,
                f4(sex),
                f4(quintile),
                f4((own.alone_men, own.alone_women)[sex]),
                f4(1 - own.capability_share),
                _pool(sex * 5 + quintile, count, quintile, capability, need.capability_weight),
                Rates._make((*(np.ascontiguousarray(table[sex, quintile]) for table in tables), mends_by_age)),
                function_weights(need),
                c,
                counts[sex, quintile],
                snapshot[sex, quintile],
                mean_hazard[sex, quintile],
                own_moves,
                moved,
            )
            moves.append(own_moves[:, : moved[0]])
    return Course(counts, snapshot, mean_hazard, np.concatenate(moves, axis=1))
