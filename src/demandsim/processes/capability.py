"""Capability: skill, confidence and agency to live the life one chooses with a given frailty.

Hours of working *with* a person raise it, those of reablement and of groups among them; help *done for* what a person
could do lowers it, and it drifts back to the person's own base. The rates are the same whoever helps, and each may be
zero. Nobody has measured it: it is latent, and only differences matter. What a stay in hospital or a move to a care
home takes is applied there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from demandsim.agents.citizens import Band
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.few import within
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.recovery import WEEKS_A_MONTH

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_OLDER_MONTHS = 65 * 12
_MODERATE = np.uint8(Band.MODERATE)
_BASE = np.uint32(Purpose.CAPABILITY_BASE)
_LEAST, _MOST = 1e-7, 1 - 1e-7


@dataclass(frozen=True)
class CapabilityRules:
    """Numbers of capability, by evidence key."""

    mean: float = evidence("cap.mean")
    deprivation: float = evidence("cap.deprivation")
    sd: float = evidence("cap.sd")
    function_correlation: float = evidence("cap.function_correlation")
    enable_hour: float = evidence("cap.enable_hour")
    done_for: float = evidence("cap.done_for")
    back: float = evidence("cap.return")
    peer_share: float = evidence("cap.peer_share")
    reablement_share: float = evidence("cap.reablement_share")
    session_hours: float = evidence("soc.tie_hours_per_group_session")


@rule
def tie_gain(capability: np.float32, gain: np.float32) -> np.float32:
    """Capability that one new tie brings: ``cap.tie`` of what is left to 1 (applied by friendship)."""
    return gain * (f4(1.0) - capability)


@rule
def capability_after(
    capability: np.float32,
    base: np.float32,
    enabling: np.float32,
    done_for: np.float32,
    enable_hour: np.float32,
    done_for_loss: np.float32,
    back: np.float32,
) -> np.float32:
    """Capability after a month.

    Args:
        capability: Before it.
        base: To which it returns.
        enabling: Hours of working with the person this month.
        done_for: Help done for what the person could do, against its mean at month 0; 0 without ADL need.
        enable_hour: `cap.enable_hour`.
        done_for_loss: `cap.done_for`.
        back: `cap.return`.
    """
    moved = (
        capability
        + enable_hour * enabling * (f4(1.0) - capability)
        - done_for_loss * done_for * capability
        + back * (base - capability)
    )
    return min(max(moved, f4(0.0)), f4(1.0))


@lru_cache(maxsize=16)
def starting_means(mean: float, deprivation: float) -> NDArray[np.float32]:
    """Mean base capability by quintile, shape (5,)."""
    return (mean - deprivation * (2 - np.arange(5))).astype(np.float32)


def capability_means(model: DemandModel, otherwise: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean capability of people aged 65 and over by quintile now, shape (5,).

    Args:
        model: The place.
        otherwise: Values for quintiles without such people.
    """
    citizens = model.citizens
    rows = np.flatnonzero(citizens.alive & (citizens.age_months >= _OLDER_MONTHS))
    people = np.bincount(citizens.quintile[rows], minlength=5)
    total = np.bincount(citizens.quintile[rows], weights=citizens.capability[rows].astype(np.float64), minlength=5)
    means = otherwise.copy()
    some = people > 0
    means[some] = total[some] / people[some]
    return means


@kernel
def _draw_ranks(seed: np.uint64, uid: NDArray[np.uint64], rows: NDArray[np.int64], chance: NDArray[np.float64]) -> None:
    for k in range(rows.size):
        drawn = np.float64(uniform(seed, uid[rows[k]], FOR_LIFE, _BASE))
        chance[k] = min(max(drawn, _LEAST), _MOST)


@kernel
def _join_function(
    rows: NDArray[np.int64], function_luck: NDArray[np.float32], rho: float, rest: float, own: NDArray[np.float64]
) -> None:
    """Make normal numbers of people's own correlate with their lasting function."""
    for k in range(rows.size):
        own[k] = rho * np.float64(function_luck[rows[k]]) + rest * own[k]


@kernel
def _give_base(
    rows: NDArray[np.int64],
    rank: NDArray[np.float64],
    quintile: NDArray[np.uint8],
    means: NDArray[np.float32],
    reach: float,
    base: NDArray[np.float32],
    capability: NDArray[np.float32],
) -> None:
    """Capability at a rank of a symmetric triangle about the mean of the fifth, within 0 and 1."""
    for k in range(rows.size):
        i = rows[k]
        below, above = np.sqrt(2 * rank[k]) - 1, 1 - np.sqrt(2 * (1 - rank[k]))
        value = np.float64(means[quintile[i]]) + reach * (below if rank[k] < 0.5 else above)
        base[i] = capability[i] = f4(min(max(value, 0.0), 1.0))


def _bring(
    rules: CapabilityRules,
    rows: NDArray[np.int64],
    own: NDArray[np.float64],
    function_luck: NDArray[np.float32],
    quintile: NDArray[np.uint8],
    base: NDArray[np.float32],
    capability: NDArray[np.float32],
) -> None:
    """Give some people base capability and capability, by a normal number of their own and their lasting function."""
    rho = rules.function_correlation
    _join_function(rows, function_luck, rho, math.sqrt(1 - rho * rho), own)
    means, reach = starting_means(rules.mean, rules.deprivation), rules.sd * math.sqrt(6)
    _give_base(rows, ndtr(own), quintile, means, reach, base, capability)


def base_capability(
    rules: CapabilityRules, function_luck: NDArray[np.float32], quintile: NDArray[np.uint8], chance: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Capability that people bring: symmetric triangular, correlated with their lasting function.

    Args:
        rules: Numbers of capability.
        function_luck: Lasting personal difference in function, standard normal, shape (n,).
        quintile: Shape (n,).
        chance: Uniform draws, shape (n,).

    Returns:
        Shape (n,), within 0 and 1.
    """
    own = ndtri(within(chance.astype(np.float64), _LEAST, _MOST))
    base = np.empty(chance.size, dtype=np.float32)
    _bring(rules, np.arange(chance.size), own, function_luck, quintile, base, base)
    return base


def give_capability(model: DemandModel, rows: NDArray[np.int64], rules: CapabilityRules) -> None:
    """Give people the base capability they bring for life (see `base_capability`), and capability at that base."""
    citizens, chance = model.citizens, np.empty(rows.size)
    _draw_ranks(model.luck_seed, citizens.uid, rows, chance)
    own = ndtri(chance)
    _bring(rules, rows, own, citizens.function_luck, citizens.quintile, citizens.capability_base, citizens.capability)


@kernel
def _move(
    base: NDArray[np.float32],
    enabling: NDArray[np.float32],
    reablement: NDArray[np.float32],
    group: NDArray[np.int32],
    done_for: NDArray[np.float32],
    band: NDArray[np.uint8],
    mean_done_for: np.float32,
    group_hours: np.float32,
    reablement_weight: np.float32,
    enable_hour: np.float32,
    done_for_loss: np.float32,
    back: np.float32,
    capability: NDArray[np.float32],
) -> None:
    """One month of capability for everybody; the weight turns hours of reablement a week into enabling ones a month."""
    for i in range(capability.size):
        beyond = f4(band[i] >= _MODERATE) * (done_for[i] - mean_done_for)
        hours = enabling[i] + reablement_weight * reablement[i] + group_hours * f4(group[i] >= 0)
        capability[i] = capability_after(
            capability[i],
            base[i],
            hours,
            beyond,
            enable_hour,
            done_for_loss,
            back,
        )


class Capability(Process):
    """Capability moves with what people do with, and for, each other."""

    name = "capability"
    reads = (
        "alive",
        "uid",
        "age_months",
        "quintile",
        "function_luck",
        "enabling_hours",
        "reablement_hours",
        "group",
        "done_for",
        "band",
    )
    writes = ("capability_base", "capability")

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(CapabilityRules, numbers)
        self.mean_done_for = f4(0.0)

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Base capability of new people, by their lasting function and quintile."""
        give_capability(model, rows, self.rules)

    def _mean_done_for(self, model: DemandModel) -> np.float32:
        """Mean of help done for people with ADL need now."""
        citizens = model.citizens
        rows = np.flatnonzero(citizens.alive & (citizens.band >= _MODERATE))
        return f4(citizens.done_for[rows].astype(np.float64).mean()) if rows.size else f4(0.0)

    def settled(self, model: DemandModel) -> None:
        """Freeze the mean of help done for: the base run neither gains nor sinks by it."""
        self.mean_done_for = self._mean_done_for(model)

    def step(self, model: DemandModel) -> None:
        """One month for everybody."""
        citizens, rules = model.citizens, self.rules
        if model.settling:
            self.mean_done_for = self._mean_done_for(model)
        _move(
            citizens.capability_base,
            citizens.enabling_hours,
            citizens.reablement_hours,
            citizens.group,
            citizens.done_for,
            citizens.band,
            self.mean_done_for,
            f4(rules.peer_share * rules.session_hours * WEEKS_A_MONTH),
            f4(rules.reablement_share * WEEKS_A_MONTH),
            f4(rules.enable_hour),
            f4(rules.done_for),
            f4(rules.back),
            citizens.capability,
        )
