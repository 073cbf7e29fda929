"""Frailty and dementia: deficits gather, faster with age, deprivation, loneliness, unmet need and carers' strain.

Deficits never fall, as in coded records; recovery lives in function (`recovery`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import DEFICITS, Setting
from demandsim.compiled import f4, flag, kernel, rule
from demandsim.luck import Purpose, draw4
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.hazards import (
    BLOCK,
    befalls,
    cells_into,
    draw2_into,
    flat_table,
    look_up_into,
    look_up_pairs_into,
    pair_table,
)

if TYPE_CHECKING:
    from demandsim.model import DemandModel

AGES = 101
"""Whole years of age in every table: 0 to 100, the last for all beyond."""

_YEARS = np.arange(AGES, dtype=np.float64)
_PURPOSE = np.uint32(Purpose.DEFICIT)
_MOST = np.uint8(DEFICITS)
_DEMENTIA_FROM = 55
_LONGEST = np.int16(1200)


@dataclass(frozen=True)
class FrailtyRules:
    """Numbers of frailty and dementia, by evidence key."""

    onset: float = evidence("frailty.onset")
    age_growth: float = evidence("frailty.age_growth")
    self_growth: float = evidence("frailty.self_growth")
    deprivation_ratio: float = evidence("frailty.deprivation_ratio")
    lonely: float = evidence("frailty.lonely")
    unmet: float = evidence("frailty.unmet")
    strain: float = evidence("frailty.strain")
    income: float = evidence("frailty.income")
    strained_above: float = evidence("carers.strained_from")
    dementia_rate: float = evidence("frailty.dementia_rate")
    dementia_growth: float = evidence("frailty.dementia_growth")
    from_age: float = evidence("mort.frailty_age")


@rule
def deficit_rate(base: np.float32, deficits: np.float32, self_growth: np.float32, link: np.float32) -> np.float32:
    """Deficits a year: base by age and deprivation, growing with the deficits a person has, times the links.

    Args:
        base: Rate of someone fit of that age, sex and quintile, per year.
        deficits: Deficits so far.
        self_growth: `frailty.self_growth`.
        link: What loneliness, unmet need and strain add to 1, against their mean at month 0.
    """
    return base * (f4(1.0) + self_growth * deficits) * (f4(1.0) + link)


def deficit_table(rules: FrailtyRules) -> NDArray[np.float32]:
    """Deficits a year of someone fit, shape (2, 5, 101); none below the age from which frailty is followed.

    The deprivation ratio is full to 65 and fades to 1 at 105.
    """
    fade = np.clip(1 - (_YEARS - 65) / 40, 0, 1)
    steps = (2 - np.arange(5)) / 4
    deprivation = rules.deprivation_ratio ** (steps[:, None] * fade[None, :])
    rate = rules.onset * np.exp(rules.age_growth * (_YEARS - 60)) * (rules.from_age <= _YEARS)
    return np.ascontiguousarray(np.broadcast_to(deprivation * rate, (2, 5, AGES)), dtype=np.float32)


def dementia_table(rules: FrailtyRules) -> NDArray[np.float32]:
    """Onset of dementia a year by sex, quintile and age, shape (2, 5, 101), from age 55."""
    rate = rules.dementia_rate * np.exp(rules.dementia_growth * (_YEARS - 67)) * (_YEARS >= _DEMENTIA_FROM)
    return np.ascontiguousarray(np.broadcast_to(rate, (2, 5, AGES)), dtype=np.float32)


def age_groups(age_months: NDArray[np.int16]) -> NDArray[np.int64]:
    """Five-year age group of each person, 0 to 20."""
    return np.minimum(age_months.astype(np.int64) // 60, 20)


def group_means(values: NDArray[np.float32], model: DemandModel) -> NDArray[np.float32]:
    """Mean of a quantity among the living by sex and five-year age, laid out by year of age: shape (2, 5, 101).

    What subtracts this mean adds nothing to the base: only who carries the quantity matters, and how it changes.
    """
    citizens = model.citizens
    group = citizens.female.astype(np.int64) * 21 + age_groups(citizens.age_months)
    people = np.bincount(group, weights=citizens.alive.astype(np.float64), minlength=42)
    total = np.bincount(group, weights=np.where(citizens.alive, values, 0).astype(np.float64), minlength=42)
    mean = (total / np.maximum(people, 1)).reshape(2, 21)[:, np.minimum(np.arange(AGES) // 5, 20)]
    return np.ascontiguousarray(np.broadcast_to(mean[:, None, :], (2, 5, AGES)), dtype=np.float32)


class Links(NamedTuple):
    """What circumstances add to the rate of deficits, as a kernel takes it."""

    lonely: np.float32
    unmet: np.float32
    strain: np.float32
    strained_above: np.float32
    income: np.float32


@rule
def added(lonely: np.bool_, unmet: np.bool_, strain: np.float32, advised: np.bool_, links: Links) -> np.float32:
    """What loneliness, unmet need and strain add to 1, and money one is entitled to takes off it, not centred."""
    worn = links.lonely * flag(lonely) + links.unmet * flag(unmet) + links.strain * flag(strain > links.strained_above)
    return worn - links.income * flag(advised)


@kernel
def _added_into(
    lonely: NDArray[np.bool_],
    unmet: NDArray[np.bool_],
    strain: NDArray[np.float32],
    advised: NDArray[np.bool_],
    links: Links,
    out: NDArray[np.float32],
) -> None:
    for i in range(out.size):
        out[i] = added(lonely[i], unmet[i], strain[i], advised[i], links)


@kernel
def _accrue(
    one: NDArray[np.float32],
    two: NDArray[np.float32],
    rates: NDArray[np.float32],
    mean: NDArray[np.float32],
    lonely: NDArray[np.bool_],
    unmet: NDArray[np.bool_],
    strain: NDArray[np.float32],
    advised: NDArray[np.bool_],
    links: Links,
    self_growth: np.float32,
    deficits: NDArray[np.uint8],
    dementia: NDArray[np.int16],
) -> None:
    """One month of deficits and dementia for everybody, by two draws."""
    for i in range(deficits.size):
        link = added(lonely[i], unmet[i], strain[i], advised[i], links) - mean[i]
        gains = befalls(one[i], deficit_rate(rates[2 * i], f4(deficits[i]), self_growth, link))
        deficits[i] = np.uint8(min(np.int64(deficits[i]) + np.int64(gains), np.int64(_MOST)))
        starts = befalls(two[i], rates[2 * i + 1]) | (dementia[i] > 0)
        older = np.int64(dementia[i]) + np.int64(starts)
        dementia[i] = np.int16(min(older, np.int64(_LONGEST)))


@kernel
def _month_of_frailty(
    seed: np.uint64,
    month: np.uint32,
    alive: NDArray[np.bool_],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    lonely: NDArray[np.bool_],
    unmet: NDArray[np.bool_],
    strain: NDArray[np.float32],
    advised: NDArray[np.bool_],
    rates: NDArray[np.uint64],
    means: NDArray[np.float32],
    links: Links,
    self_growth: np.float32,
    deficits: NDArray[np.uint8],
    dementia: NDArray[np.int16],
) -> None:
    """One month for everybody, block by block; ``rates`` is a pair table of deficits and dementia."""
    cells, mean = np.empty(BLOCK, dtype=np.int32), np.empty(BLOCK, dtype=np.float32)
    found = np.empty(BLOCK, dtype=np.uint64)
    both = found.view(np.float32)
    one, two = np.empty(BLOCK, dtype=np.float32), np.empty(BLOCK, dtype=np.float32)
    for start in range(0, uid.size, BLOCK):
        end = min(start + BLOCK, uid.size)
        count = end - start
        cells_into(female[start:end], quintile[start:end], age_months[start:end], alive[start:end], cells[:count])
        look_up_pairs_into(rates, cells[:count], found[:count])
        look_up_into(means, cells[:count], mean[:count])
        draw2_into(seed, uid[start:end], month, _PURPOSE, one[:count], two[:count])
        _accrue(
            one[:count],
            two[:count],
            both[: 2 * count],
            mean[:count],
            lonely[start:end],
            unmet[start:end],
            strain[start:end],
            advised[start:end],
            links,
            self_growth,
            deficits[start:end],
            dementia[start:end],
        )


class Frailty(Process):
    """Deficits and dementia; outside care homes both stand still in the run-in."""

    name = "frailty"
    reads = ("alive", "uid", "age_months", "female", "quintile", "setting", "lonely", "unmet", "strain", "advised")
    writes = ("deficits", "dementia")

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(FrailtyRules, numbers)
        self.rates = deficit_table(self.rules)
        self.onsets = dementia_table(self.rules)
        self.link_means = np.zeros((2, 5, AGES), dtype=np.float32)
        self.flat_means = flat_table(self.link_means)
        self.pairs = pair_table(self.rates, self.onsets)
        self.links = Links(
            f4(self.rules.lonely),
            f4(self.rules.unmet),
            f4(self.rules.strain),
            f4(self.rules.strained_above),
            f4(self.rules.income),
        )

    def _links(self, model: DemandModel) -> NDArray[np.float32]:
        """What loneliness, unmet need and strain add for each person, not centred."""
        citizens = model.citizens
        out = np.empty(citizens.size, dtype=np.float32)
        _added_into(citizens.lonely, citizens.unmet, citizens.strain, citizens.advised, self.links, out)
        return out

    def settled(self, model: DemandModel) -> None:
        """Freeze the means that the links are measured against: turning a link on does not move the base."""
        self.link_means = group_means(self._links(model), model)
        self.flat_means = flat_table(self.link_means)

    def step(self, model: DemandModel) -> None:
        """One month; in the run-in, when ages stand still, for residents of care homes alone."""
        if model.settling:
            self._decline_in_homes(model)
            return
        citizens = model.citizens
        _month_of_frailty(
            model.luck_seed,
            model.month_word,
            citizens.alive,
            citizens.uid,
            citizens.age_months,
            citizens.female,
            citizens.quintile,
            citizens.lonely,
            citizens.unmet,
            citizens.strain,
            citizens.advised,
            self.pairs,
            self.flat_means,
            self.links,
            f4(self.rules.self_growth),
            citizens.deficits,
            citizens.dementia,
        )

    def _decline_in_homes(self, model: DemandModel) -> None:
        """A month in a care home in the run-in.

        Who moves in has the body of somebody who does; a resident who dies is renewed with such a body. Between the
        two residents must grow as frail as they do later, or homes would fill with newcomers' bodies.
        """
        citizens = model.citizens
        rows = np.flatnonzero(citizens.setting == Setting.CARE_HOME)
        year = np.minimum(citizens.age_months[rows].astype(np.int64) // 12, AGES - 1)
        cell = (citizens.female[rows].astype(np.int64), citizens.quintile[rows], year)
        luck = draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.DEFICIT)
        deficits, dementia = citizens.deficits[rows], citizens.dementia[rows]
        _accrue(
            luck[:, 0].copy(),
            luck[:, 1].copy(),
            np.stack([self.rates[cell], self.onsets[cell]], axis=1).ravel(),
            self.link_means[cell],
            citizens.lonely[rows],
            citizens.unmet[rows],
            citizens.strain[rows],
            citizens.advised[rows],
            self.links,
            f4(self.rules.self_growth),
            deficits,
            dementia,
        )
        citizens.deficits[rows], citizens.dementia[rows] = deficits, dementia
