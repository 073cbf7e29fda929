"""Run-in lives: whole adult lives under frozen conditions, from which everybody gets a body to start with.

For each sex and deprivation fifth some thousands of lives run from 30 to 100 by the very rules that the months use:
mortality, frailty, dementia, illness, recovery, need, and admission and care homes at base shares. The living at
each birthday are *donors*: frailty, dementia, recent loss, scars, illness and lasting function arrive jointly, in
proportion to how such bodies stand side by side in a steady population. The lives also give Z, the mean relative
hazard of the living by age, sex and fifth, which mortality divides by.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections import OrderedDict
from dataclasses import astuple, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from demandsim import luck
from demandsim.agents.citizens import DEFICITS, Setting
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform4
from demandsim.processes.base import Numbers, evidence, read_rules
from demandsim.processes.capability import (
    CapabilityRules,
    base_capability,
    give_capability,
    starting_means,
)
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
from demandsim.processes.illness import IllnessRules, acute_rate, acute_table, setback_rate, setback_table
from demandsim.processes.need import Function, NeedRules, function_weights, lasting_limitation
from demandsim.processes.recovery import RecoveryRules, mends, recovery_table, scar_after

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.place.profile import PlaceProfile

FIRST = 30
"""Age at which lives begin: younger people are taken as fit."""

SPAN = AGES - FIRST
LIVES = 3000
"""Lives begun for each sex and fifth."""

_DONORS = 1000
_MOVES = 4
_HELD_FILES = 6
_HELD_TABLES = 3
_KEY = np.uint64(0x6C69766573)
_DEATH = np.uint32(Purpose.DEATH)
_DEFICIT = np.uint32(Purpose.DEFICIT)
_ILLNESS = np.uint32(Purpose.ILLNESS)
_MOST = f4(DEFICITS)
_STATE = ("deficits", "dementia", "function_luck", "recent_loss", "scar", "illness", "home", "limitation")
_SOURCES = (
    "lives.py",
    "hazards.py",
    "frailty.py",
    "illness.py",
    "recovery.py",
    "need.py",
    "capability.py",
)


@dataclass(frozen=True)
class LivesRules:
    """Numbers that only the run-in lives and mortality share, by evidence key."""

    per_frailty: float = evidence("mort.k_f")
    per_need: float = evidence("mort.k_x")
    for_dementia: float = evidence("mort.k_d")
    per_loss: float = evidence("mort.k_s")
    for_illness: float = evidence("mort.k_i")
    capability_share: float = evidence("mort.capability_share")
    home_base: float = evidence("home.entry_base")
    home_factor: float = evidence("home.lives_factor")
    home_crisis: float = evidence("home.crisis_weight")
    home_return: float = evidence("home.return_rate")
    home_from: float = evidence("home.placement_base")
    stay_base: float = evidence("hospital.stay_base")
    stay_frailty: float = evidence("hospital.stay_frailty")
    stay_dementia: float = evidence("hospital.stay_dementia")
    stay_mean: float = evidence("acute.mean_stay")
    alone_men: float = evidence("home.alone_men")
    alone_women: float = evidence("home.alone_women")


class Conditions(NamedTuple):
    """Everything a life obeys that is the same for all, as the kernel takes it."""

    per_frailty: np.float32
    per_need: np.float32
    for_dementia: np.float32
    per_loss: np.float32
    for_illness: np.float32
    self_growth: np.float32
    ill_per_frailty: np.float32
    readmission: np.float32
    setback_frailty: np.float32
    setback_bands: np.float32
    fade: np.float32
    admit: np.float32
    loss_level: np.float32
    illness_share: np.float32
    loss_size: np.float32
    scar_share: np.float32
    scar_fade: np.float32
    moderate: np.float32
    home_base: np.float32
    home_crisis: np.float32
    home_return: np.float32
    home_from: np.float32
    stay_base: np.float32
    stay_frailty: np.float32
    stay_dementia: np.float32
    stay_mean: np.float32


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


def _conditions(
    lives: LivesRules, frailty: FrailtyRules, illness: IllnessRules, recovery: RecoveryRules, need: NeedRules
) -> Conditions:
    """Rules of the processes as the kernel takes them."""
    return Conditions(
        per_frailty=f4(lives.per_frailty),
        per_need=f4(lives.per_need),
        for_dementia=f4(lives.for_dementia),
        per_loss=f4(lives.per_loss),
        for_illness=f4(lives.for_illness),
        self_growth=f4(frailty.self_growth),
        ill_per_frailty=f4(illness.frailty),
        readmission=f4(illness.readmission),
        setback_frailty=f4(illness.setback_frailty),
        setback_bands=f4(illness.setback_bands),
        fade=f4(illness.fade),
        admit=f4(illness.admit_base),
        loss_level=f4(illness.loss_level),
        illness_share=f4(illness.illness_share),
        loss_size=f4(illness.loss_size),
        scar_share=f4(recovery.scar_share),
        scar_fade=f4(recovery.scar_fade),
        moderate=f4(need.moderate),
        home_base=f4(lives.home_base * lives.home_factor),
        home_crisis=f4(lives.home_crisis),
        home_return=f4(lives.home_return),
        home_from=f4(lives.home_from),
        stay_base=f4(lives.stay_base),
        stay_frailty=f4(lives.stay_frailty),
        stay_dementia=f4(lives.stay_dementia),
        stay_mean=f4(lives.stay_mean),
    )


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


def live(
    numbers: Numbers,
    qx: NDArray[np.float64],
    quintile_ratio: NDArray[np.float64],
    level: float = 1.0,
    count: int = LIVES,
) -> Lives:
    """Run the lives and sort the living at every birthday into donors: see `course`."""
    return _donors(course(numbers, qx, quintile_ratio, level, count))


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
    c = _conditions(own, frailty, illness, recovery, need)
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


def _donors(run: Course) -> Lives:
    """Sort the living of every birthday, and those who moved to a care home, into donors."""
    counts, snapshot = run.counts, run.snapshot
    home_key, home_rows, bed_key, bed_rows = [], [], [], []
    for sex in range(2):
        for quintile in range(5):
            for year in range(SPAN):
                people = snapshot[sex, quintile, year, :, : counts[sex, quintile, year]]
                resident = people[6] > 0
                apart = people[:, ~resident][:, :: max(1, int(np.ceil((~resident).sum() / _DONORS)))]
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


# keeping lives between runs


def lives_key(
    numbers: Numbers, qx: NDArray[np.float64], quintile_ratio: NDArray[np.float64], level: float = 1.0
) -> str:
    """What the lives depend on, as one hash: rules, tables and the source of the arithmetic."""
    kinds = (LivesRules, CapabilityRules, NeedRules, FrailtyRules, IllnessRules, RecoveryRules)
    sha = hashlib.sha256(repr([astuple(read_rules(kind, numbers)) for kind in kinds]).encode())
    sha.update(repr((LIVES, _DONORS, level)).encode())
    for table in (qx, quintile_ratio):
        sha.update(np.ascontiguousarray(table, dtype=np.float64).tobytes())
    sha.update(_source_hash())
    return sha.hexdigest()


@cache
def _source_hash() -> bytes:
    """Hash of the source of every rule that lives obey: a change of arithmetic makes kept lives void."""
    sha = hashlib.sha256()
    for name in _SOURCES:
        sha.update((files("demandsim.processes") / name).read_bytes())
    return sha.digest()


def _cache_folder() -> Path:
    """Where lives are kept between runs: the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "demandsim"


def _arrays(lives: Lives) -> dict[str, NDArray[Any]]:
    """Every array of the lives by name, in a fixed order."""
    named: dict[str, NDArray[Any]] = {}
    for place in ("at_home", "in_home", "moving"):
        for field, values in getattr(lives, place)._asdict().items():
            named[f"{place}_{field}"] = values
        named[f"{place}_key"] = getattr(lives, f"{place}_key")
    named["mean_hazard"] = lives.mean_hazard
    return named


def _digest(arrays: dict[str, NDArray[Any]]) -> NDArray[np.uint8]:
    sha = hashlib.sha256()
    for name, values in arrays.items():
        sha.update(f"{name}:{values.dtype.str}:{values.shape}".encode())
        sha.update(np.ascontiguousarray(values).tobytes())
    return np.frombuffer(sha.digest(), dtype=np.uint8)


def _from_arrays(arrays: dict[str, NDArray[Any]]) -> Lives:
    def part(place: str, fields: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        return {field: arrays[f"{place}_{field}"] for field in fields}

    return Lives(
        at_home=Bodies(**part("at_home", Bodies._fields)),
        at_home_key=arrays["at_home_key"],
        in_home=Bodies(**part("in_home", Bodies._fields)),
        in_home_key=arrays["in_home_key"],
        moving=Movers(**part("moving", Movers._fields)),
        moving_key=arrays["moving_key"],
        mean_hazard=arrays["mean_hazard"],
    )


def load_lives(path: Path) -> Lives | None:
    """Lives kept in a file, or None if there are none or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            arrays: dict[str, NDArray[Any]] = {name: kept[name] for name in kept.files}
        digest = arrays.pop("digest")
        return _from_arrays(arrays) if np.array_equal(digest, _digest(arrays)) else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def save_lives(lives: Lives, path: Path) -> None:
    """Keep lives in a file, whole or not at all; only the newest few files stay. Where it may not write it does not."""
    arrays = _arrays(lives)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as out:
                np.savez(out, allow_pickle=False, digest=_digest(arrays), **arrays)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
        kept = sorted(path.parent.glob("lives-*.npz"), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in kept[_HELD_FILES:]:
            old.unlink(missing_ok=True)
    except OSError:
        return


_held: OrderedDict[str, Lives] = OrderedDict()


def lives_of(profile: PlaceProfile, numbers: Numbers) -> Lives:
    """The run-in lives for a place's tables and parameter values: from memory, from the user's cache, or run anew.

    Args:
        profile: Its first period table, ratios by fifth and level of mortality count.
        numbers: Parameter values.
    """
    qx = np.asarray(profile.qx[0], dtype=np.float64)
    ratio, level = np.asarray(profile.quintile_ratio, dtype=np.float64), float(profile.mortality_factor)
    key = lives_key(numbers, qx, ratio, level)
    lives = _held.get(key)
    if lives is None:
        path = _cache_folder() / f"lives-{key[:32]}.npz"
        lives = load_lives(path)
        if lives is None:
            lives = live(numbers, qx, ratio, level)
            save_lives(lives, path)
        _held[key] = lives
        while len(_held) > _HELD_TABLES:
            _held.popitem(last=False)
    return lives


# giving bodies


def _nearer_birthday(age_months: NDArray[np.int16]) -> NDArray[np.int64]:
    """Years from 30 to the birthday that is nearer: donors at the last birthday would leave frailty too young."""
    return np.clip((age_months.astype(np.int64) + 6) // 12 - FIRST, 0, SPAN - 1)


def _among(first: NDArray[np.int64], last: NDArray[np.int64], chance: NDArray[np.float32]) -> NDArray[np.int64]:
    """One of the places from first to before last, by chance."""
    place: NDArray[np.int64] = first + np.minimum((chance * (last - first)).astype(np.int64), last - first - 1)
    return place


def _cells(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sex, fifth and birthday of people as one number, as donors outside care homes are sorted."""
    citizens = model.citizens
    fifth = citizens.female[rows].astype(np.int64) * 5 + citizens.quintile[rows]
    return fifth * SPAN + _nearer_birthday(citizens.age_months[rows])


def _donors_at_home(lives: Lives, cells: NDArray[np.int64], chance: NDArray[np.float32]) -> NDArray[np.int64]:
    """A donor of the same sex, fifth and birthday for each person."""
    first = np.searchsorted(lives.at_home_key, (cells * 64).astype(np.int32))
    last = np.searchsorted(lives.at_home_key, (cells * 64 + 63).astype(np.int32), side="right")
    return _among(first, last, chance)


def _about(keys: NDArray[np.int32], cells: NDArray[np.int64], chance: NDArray[np.float32]) -> NDArray[np.int64]:
    """A donor of the same sex, fifth and about the same age for each person: the window widens until it holds one.

    Args:
        keys: Sorted ``(sex * 5 + quintile) * 71 + years from 30`` of the donors.
        cells: The same of each person.
        chance: A uniform draw for each.

    Returns:
        Place among the donors, -1 where none of that sex and fifth exists.
    """
    year = cells % SPAN
    begin = cells - year
    found = np.full(cells.size, -1, dtype=np.int64)
    for width in (2, 5, 10, 20, 40, SPAN):
        open_ = np.flatnonzero(found < 0)
        if not open_.size:
            break
        low = begin[open_] + np.maximum(year[open_] - width, 0)
        high = begin[open_] + np.minimum(year[open_] + width, SPAN - 1)
        first = np.searchsorted(keys, low.astype(np.int32))
        last = np.searchsorted(keys, high.astype(np.int32), side="right")
        some = last > first
        found[open_[some]] = _among(first[some], last[some], chance[open_[some]])
    return found


def _put(model: DemandModel, rows: NDArray[np.int64], bodies: Bodies, donors: NDArray[np.int64], passing: bool) -> None:
    """Copy donors' bodies; only what passes (recent loss, scar, illness) if ``passing``."""
    for name in ("recent_loss", "scar", "illness") if passing else Bodies._fields:
        getattr(model.citizens, name)[rows] = getattr(bodies, name)[donors]


def give_body(model: DemandModel, rows: NDArray[np.int64], *, healthy_mover: bool = False) -> None:
    """Give people the body of a donor of their sex, fifth and nearer birthday, and capability that goes with it.

    Residents of care homes get a donor in a care home. Under 30 everybody is fit, with a lasting difference of their
    own. The choice is keyed on the person and the month.

    Args:
        model: The place; people must have age, sex, fifth and setting.
        rows: Who.
        healthy_mover: They moved in: `mig.healthy_mover` deficits fewer than the donor.
    """
    citizens = model.citizens
    lives = lives_of(model.profile, model.numbers)
    chance = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.DONOR)
    young = citizens.age_months[rows] < FIRST * 12 - 6
    resident = (citizens.setting[rows] == Setting.CARE_HOME) & ~young & (lives.in_home_key.size > 0)
    at_home = ~young & ~resident
    cells = _cells(model, rows)
    _put(model, rows[at_home], lives.at_home, _donors_at_home(lives, cells[at_home], chance[at_home, 0]), False)
    donors = _about(lives.in_home_key, cells[resident], chance[resident, 0])
    _put(model, rows[resident][donors >= 0], lives.in_home, donors[donors >= 0], False)
    for name in ("deficits", "dementia", "recent_loss", "scar", "illness"):
        getattr(citizens, name)[rows[young]] = 0
    own = np.clip(chance[young, 1].astype(np.float64), 1e-7, 1 - 1e-7)
    citizens.function_luck[rows[young]] = ndtri(own)
    if healthy_mover:
        fewer = np.floor(float(model.numbers["mig.healthy_mover"]) + chance[:, 2]).astype(np.int64)
        citizens.deficits[rows] = np.maximum(citizens.deficits[rows].astype(np.int64) - fewer, 0)
    give_capability(model, rows, read_rules(CapabilityRules, model.numbers))


def renew_body(model: DemandModel, rows: NDArray[np.int64], residents: NDArray[np.bool_]) -> None:
    """Give people who are renewed in the run-in a body for another such life.

    What only grows with age (deficits, dementia) and what is theirs for life stays, since ages stand still and nothing
    would bring it back. Residents of care homes get these of somebody who is just moving to a home instead. Recent
    loss, scar and illness come from a donor outside care homes of the same sex, fifth and birthday with as many
    deficits (the nearest above or below where there is none).

    Args:
        model: The place.
        rows: Who.
        residents: Which of them lived in a care home.
    """
    citizens = model.citizens
    lives = lives_of(model.profile, model.numbers)
    grown = citizens.age_months[rows] >= FIRST * 12 - 6
    for name in ("recent_loss", "scar", "illness"):
        getattr(citizens, name)[rows[~grown]] = 0
    rows, residents = rows[grown], residents[grown]
    chance = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.DONOR)
    cells = _cells(model, rows)
    movers = _about(lives.moving_key, cells, chance[:, 1])
    changed = residents & (movers >= 0)
    for name in Movers._fields:
        getattr(citizens, name)[rows[changed]] = getattr(lives.moving, name)[movers[changed]]
    donors = _donors_alike(lives, cells, citizens.deficits[rows], chance[:, 0])
    _put(model, rows, lives.at_home, donors, True)


def _donors_alike(
    lives: Lives, cells: NDArray[np.int64], deficits: NDArray[np.uint8], chance: NDArray[np.float32]
) -> NDArray[np.int64]:
    """A donor outside care homes with as many deficits, or the nearest, for each person."""
    key = (cells * 64 + deficits).astype(np.int32)
    first = np.searchsorted(lives.at_home_key, key)
    last = np.searchsorted(lives.at_home_key, key, side="right")
    none = first == last
    end = np.searchsorted(lives.at_home_key, (cells * 64 + 63).astype(np.int32), side="right")
    first = np.where(none, np.minimum(first, end - 1), first)
    return _among(first, np.where(none, first + 1, last), chance)
