"""Unequal standing: people for whom services are harder to reach and to get on with, whatever they need.

Two attributes are drawn for life, by deprivation fifth: multiple disadvantage (homelessness, addiction, violence or
prison, often together) and belonging to a minority group that services know little of. Both may make it take longer
until somebody trusts a worker, and may make an answer at the door fit less often. Each effect is measured against the
mean of a person's fifth, so that the base stands where it was calibrated, and each may be none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import Band, Disadvantage
from demandsim.compiled import kernel, rule
from demandsim.luck import Purpose, uniform4
from demandsim.parameters.register import Numbers
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_ADULT_MONTHS = 18 * 12
_DRAW = np.uint32(Purpose.DISADVANTAGE)
_MODERATE = np.uint8(Band.MODERATE)
_MULTIPLE, _MINORITY = np.uint8(Disadvantage.MULTIPLE), np.uint8(Disadvantage.MINORITY)


class Barrier(Protocol):
    """What each attribute adds to something, as a share of it: rules of a process that has to do with people."""

    @property
    def multiple(self) -> float:
        """By multiple disadvantage."""

    @property
    def minority(self) -> float:
        """By belonging to a minority group."""


class VisitBarrier(Barrier, Protocol):
    """The same for the time that rapport takes, with what dementia does to it."""

    @property
    def barrier(self) -> float:
        """Ratio with dementia."""


@dataclass(frozen=True, slots=True)
class DoorBarrier:
    """How much less often an answer at the door fits."""

    multiple: float = evidence("group.multiple_misfit")
    minority: float = evidence("group.minority_misfit")


@dataclass(frozen=True, slots=True)
class Shares:
    """Share of people with each attribute; a place may have a row of its own for the second."""

    multiple_1: float = evidence("group.multiple_share_1")
    multiple_2: float = evidence("group.multiple_share_2")
    multiple_3: float = evidence("group.multiple_share_3")
    multiple_4: float = evidence("group.multiple_share_4")
    multiple_5: float = evidence("group.multiple_share_5")
    minority: float = evidence("group.minority_share")
    gradient: float = evidence("group.minority_gradient")


def shares(model: DemandModel) -> NDArray[np.float64]:
    """Share of people with each attribute by deprivation fifth, shape (2, 5): multiple disadvantage, minority."""
    return _shares(*_given(model))


def _given(model: DemandModel) -> tuple[Shares, float]:
    """England's shares, and the place's own of the second attribute."""
    return _given_in(model.profile.code, model.numbers.overrides)


@lru_cache(maxsize=16)
def _given_in(place: str, overrides: tuple[tuple[str, float], ...]) -> tuple[Shares, float]:
    numbers = Numbers(dict(overrides))
    england = read_rules(Shares, numbers)
    return england, numbers.get(f"group.minority_share.{place}", england.minority)


@lru_cache(maxsize=16)
def _shares(england: Shares, minority: float) -> NDArray[np.float64]:
    multiple = [getattr(england, f"multiple_{fifth}") for fifth in range(1, 6)]
    gradient = 1.0 + england.gradient * (2.0 - np.arange(5))
    return np.asarray(np.clip(np.stack([np.array(multiple), minority * gradient]), 0.0, 1.0))


@lru_cache(maxsize=16)
def _added(
    place: str, overrides: tuple[tuple[str, float], ...], for_multiple: float, for_minority: float
) -> NDArray[np.float64]:
    """What a barrier adds by deprivation fifth and `Disadvantage`: shape (5, 4)."""
    mean = _shares(*_given_in(place, overrides))[:, :, None]
    held = np.arange(4, dtype=np.uint8)
    has_multiple, has_minority = (held & _MULTIPLE) > 0, (held & _MINORITY) > 0
    return np.asarray(for_multiple * (has_multiple - mean[0]) + for_minority * (has_minority - mean[1]))


def added_to(model: DemandModel, barrier: Barrier) -> NDArray[np.float64]:
    """What a barrier adds for people of each deprivation fifth and `Disadvantage`, shape (5, 4).

    It is measured against the mean of the fifth; 0 for everybody where the barrier is none.
    """
    return _added(model.profile.code, model.numbers.overrides, barrier.multiple, barrier.minority)


def added_by(model: DemandModel, rows: NDArray[np.int64], barrier: Barrier) -> NDArray[np.float64]:
    """What a barrier adds for some people: see `added_to`."""
    citizens = model.citizens
    return np.asarray(added_to(model, barrier)[citizens.quintile[rows], citizens.disadvantage[rows]])


@rule
def fit_at_door(added: float) -> float:
    """Ratio of the chance that an answer at the door fits somebody, to that of their fifth on average."""
    return max(1.0 - added, 0.0)


@rule
def rapport_ratio(dementia: np.int16, added: float, with_dementia: float) -> float:
    """Ratio of the time that rapport takes with somebody, to that of others of their fifth without dementia."""
    ratio = max(1.0 + added, 0.1)
    return ratio * with_dementia if dementia > 0 else ratio


@kernel
def _rapport_ratios(
    rows: NDArray[np.int64],
    dementia: NDArray[np.int16],
    quintile: NDArray[np.uint8],
    disadvantage: NDArray[np.uint8],
    added: NDArray[np.float64],
    with_dementia: float,
    ratio: NDArray[np.float64],
) -> None:
    for k in range(rows.size):
        i = rows[k]
        ratio[k] = rapport_ratio(dementia[i], added[quintile[i], disadvantage[i]], with_dementia)


def rapport_barrier(model: DemandModel, rows: NDArray[np.int64], barrier: VisitBarrier) -> NDArray[np.float64]:
    """Ratio of the time that rapport takes with each of these people: see `rapport_ratio`."""
    citizens, ratio = model.citizens, np.empty(rows.size)
    added = added_to(model, barrier)
    _rapport_ratios(rows, citizens.dementia, citizens.quintile, citizens.disadvantage, added, barrier.barrier, ratio)
    return ratio


@kernel
def _give_disadvantage(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    quintile: NDArray[np.uint8],
    share: NDArray[np.float64],
    disadvantage: NDArray[np.uint8],
) -> None:
    """Write both attributes as bits, each where a draw is below the share of a person's fifth."""
    for i in rows:
        a, b, _, _ = uniform4(seed, uid[i], FOR_LIFE, _DRAW)
        multiple = np.float64(a) < share[0, quintile[i]]
        minority = np.float64(b) < share[1, quintile[i]]
        disadvantage[i] = (_MULTIPLE if multiple else 0) | (_MINORITY if minority else 0)


_COUNTED = ("people", "wellbeing", "need_people", "unmet_need_people", "long_term_clients", "contacts", "turned_away")


@kernel
def _tally(
    rows: NDArray[np.int64],
    age_months: NDArray[np.int16],
    cell: NDArray[np.uint16],
    wellbeing: NDArray[np.float32],
    band: NDArray[np.uint8],
    unmet: NDArray[np.bool_],
    client: NDArray[np.bool_],
    contacted: NDArray[np.bool_],
    turned_away_month: NDArray[np.int16],
    month: int,
    tallies: NDArray[np.float64],
) -> None:
    """Add adults among some people to what is counted of them (see `_COUNTED`), by reporting cell."""
    for i in rows:
        if age_months[i] >= _ADULT_MONTHS:
            c = cell[i]
            tallies[0, c] += 1.0
            tallies[1, c] += np.float64(wellbeing[i])
            tallies[2, c] += np.float64(band[i] >= _MODERATE)
            tallies[3, c] += np.float64(unmet[i])
            tallies[4, c] += np.float64(client[i])
            tallies[5, c] += np.float64(contacted[i])
            tallies[6, c] += np.float64(contacted[i] & (turned_away_month[i] == month))


@kernel
def _tally_asking(
    rows: NDArray[np.int64],
    cell: NDArray[np.uint16],
    turned_away_month: NDArray[np.int16],
    month: int,
    tallies: NDArray[np.float64],
) -> None:
    """Count by reporting cell people who ask, and those of them who are turned away."""
    for i in rows:
        tallies[0, cell[i]] += 1.0
        tallies[1, cell[i]] += np.float64(turned_away_month[i] == month)


class Standing(Process):
    """Draws who meets services from an unequal start, and counts how they fare."""

    name: ClassVar[str] = "standing"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "cell",
        "age_months",
        "quintile",
        "band",
        "unmet",
        "council_funded",
        "wellbeing",
        "contacted",
        "turned_away_month",
    )
    writes: ClassVar[tuple[str, ...]] = ("disadvantage",)

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Draw both attributes for life."""
        citizens = model.citizens
        share = shares(model)
        _give_disadvantage(model.luck_seed, citizens.uid, rows, citizens.quintile, share, citizens.disadvantage)

    def step(self, model: DemandModel) -> None:
        """Book needs, support, answers and wellbeing of people with either attribute."""
        if model.settling:
            return
        citizens, ledger = model.citizens, model.ledger
        tallies = np.zeros((len(_COUNTED), CELLS), dtype=np.float64)
        _tally(
            rows_with(citizens.disadvantage),
            citizens.age_months,
            citizens.cell,
            citizens.wellbeing,
            citizens.band,
            citizens.unmet,
            citizens.council_funded,
            citizens.contacted,
            citizens.turned_away_month,
            model.month,
            tallies,
        )
        for measure, tally in zip(_COUNTED, tallies, strict=True):
            ledger.tally(f"{measure}_disadvantaged", tally)
        asking = np.zeros((2, CELLS), dtype=np.float64)
        _tally_asking(rows_with(citizens.contacted), citizens.cell, citizens.turned_away_month, model.month, asking)
        ledger.tally("people_asking", asking[0])
        ledger.tally("people_turned_away", asking[1])
