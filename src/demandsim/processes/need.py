"""Function and need: limitation on one scale, the hours of help it asks for, and its band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import DEFICITS
from demandsim.compiled import f4, flag, kernel, rule
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.capability import capability_means, starting_means
from demandsim.processes.hazards import Fifths, fifths, of_fifth, positive

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_ADULT_MONTHS = f4(18 * 12)


@dataclass(frozen=True)
class NeedRules:
    """Numbers of function and need, by evidence key."""

    base: float = evidence("need.base")
    frailty: float = evidence("need.frailty")
    women: float = evidence("need.women")
    deprivation: float = evidence("need.deprivation")
    function_sd: float = evidence("need.function_sd")
    dementia_month: float = evidence("need.dementia_month")
    dementia_most: float = evidence("need.dementia_most")
    capability_weight: float = evidence("need.capability_weight")
    low: float = evidence("need.threshold_low")
    moderate: float = evidence("need.threshold_moderate")
    high: float = evidence("need.threshold_high")
    very_high: float = evidence("need.threshold_very_high")
    hours_low: float = evidence("need.hours_low")
    hours_moderate: float = evidence("need.hours_moderate")
    hours_high: float = evidence("need.hours_high")
    hours_very_high: float = evidence("need.hours_very_high")
    hours_top: float = evidence("need.hours_top")
    hours_scale: float = evidence("need.hours_scale")
    hands_on_low: float = evidence("need.hands_on_low")
    hands_on_moderate: float = evidence("need.hands_on_moderate")
    hands_on_high: float = evidence("need.hands_on_high")
    hands_on_very_high: float = evidence("need.hands_on_very_high")
    hands_on_scale: float = evidence("need.hands_on_scale")
    aids_hours: float = evidence("need.aids_hours")
    mean_capability: float = evidence("cap.mean")
    deprivation_capability: float = evidence("cap.deprivation")


class Function(NamedTuple):
    """Weights of limitation, as a kernel takes them."""

    base: np.float32
    frailty: np.float32
    women: np.float32
    deprivation: np.float32
    function_sd: np.float32
    dementia_month: np.float32
    dementia_most: np.float32


class Hours(NamedTuple):
    """Thresholds of the bands, hours at each, and the rise per band between them."""

    low: np.float32
    moderate: np.float32
    high: np.float32
    very_high: np.float32
    top: np.float32
    at_low: np.float32
    rise_low: np.float32
    rise_moderate: np.float32
    rise_high: np.float32
    rise_very_high: np.float32


def function_weights(rules: NeedRules) -> Function:
    """The weights of limitation as ``float32``."""
    return Function(*(f4(getattr(rules, name)) for name in Function._fields))


def hours_between(rules: NeedRules, at: tuple[float, float, float, float, float], scale: float) -> Hours:
    """Knots of hours as a kernel takes them.

    Args:
        rules: Where the thresholds stand.
        at: Hours a week at each threshold and one band above the last.
        scale: Multiplies all of them.
    """
    where = (rules.low, rules.moderate, rules.high, rules.very_high, rules.very_high + 1)
    rises = [scale * (at[k + 1] - at[k]) / (where[k + 1] - where[k]) for k in range(4)]
    return Hours._make(f4(x) for x in (*where, scale * at[0], *rises))


def need_hours(rules: NeedRules) -> Hours:
    """Knots of all help needed, presence included."""
    at = (rules.hours_low, rules.hours_moderate, rules.hours_high, rules.hours_very_high, rules.hours_top)
    return hours_between(rules, at, rules.hours_scale)


def hands_on_hours(rules: NeedRules) -> Hours:
    """Knots of hands-on help needed: flat beyond the last."""
    most = rules.hands_on_very_high
    at = (rules.hands_on_low, rules.hands_on_moderate, rules.hands_on_high, most, most)
    return hours_between(rules, at, rules.hands_on_scale)


@rule
def lasting_limitation(
    frailty: np.float32,
    female: np.float32,
    quintile: np.float32,
    luck: np.float32,
    scar: np.float32,
    dementia: np.float32,
    weights: Function,
) -> np.float32:
    """Loss of function that lasts: frailty, sex, deprivation, the person's own difference, scars and dementia.

    Args:
        frailty: Deficits as a share of 36.
        female: 1 for women.
        quintile: 0 most deprived to 4 least.
        luck: Lasting personal difference, standard normal.
        scar: Bands.
        dementia: Months since onset.
        weights: See `Function`.
    """
    return (
        weights.base
        + weights.frailty * frailty
        + weights.women * female
        + weights.deprivation * (f4(2.0) - quintile)
        + weights.function_sd * luck
        + scar
        + min(weights.dementia_month * dementia, weights.dementia_most)
    )


@rule
def _between(value: np.float32, start: np.float32, end: np.float32) -> np.float32:
    """How far a value has come from start to end, in the value's unit."""
    return min(positive(value - start), end - start)


@rule
def hours_of(limitation: np.float32, hours: Hours) -> np.float32:
    """Weekly hours at a limitation: none below the low threshold, straight lines between the knots."""
    return f4(limitation >= hours.low) * (
        hours.at_low
        + hours.rise_low * _between(limitation, hours.low, hours.moderate)
        + hours.rise_moderate * _between(limitation, hours.moderate, hours.high)
        + hours.rise_high * _between(limitation, hours.high, hours.very_high)
        + hours.rise_very_high * _between(limitation, hours.very_high, hours.top)
    )


@rule
def band_of(limitation: np.float32, hours: Hours) -> np.int64:
    """Need band of a limitation: how many thresholds it has reached."""
    return (
        np.int64(limitation >= hours.low)
        + np.int64(limitation >= hours.moderate)
        + np.int64(limitation >= hours.high)
        + np.int64(limitation >= hours.very_high)
    )


@kernel
def _needs(
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    deficits: NDArray[np.uint8],
    luck: NDArray[np.float32],
    recent_loss: NDArray[np.float32],
    scar: NDArray[np.float32],
    dementia: NDArray[np.int16],
    capability: NDArray[np.float32],
    support_type: NDArray[np.uint8],
    support_level: NDArray[np.float32],
    aids: NDArray[np.bool_],
    means: Fifths,
    weights: Function,
    hours: Hours,
    hands: Hours,
    capability_weight: np.float32,
    aids_hours: np.float32,
    limitation: NDArray[np.float32],
    need: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    band: NDArray[np.uint8],
) -> None:
    """Limitation, hours and band of everybody; children have none that this model follows."""
    for i in range(limitation.size):
        lasting = lasting_limitation(
            f4(deficits[i]) * f4(1.0 / DEFICITS),
            flag(female[i]),
            f4(quintile[i]),
            luck[i],
            scar[i],
            f4(dementia[i]),
            weights,
        )
        disabled = flag(support_type[i] > 0) * support_level[i]
        agency = capability_weight * (capability[i] - of_fifth(quintile[i], means))
        counts = flag(alive[i]) * flag(f4(age_months[i]) >= _ADULT_MONTHS)
        x = counts * (max(lasting, disabled) + recent_loss[i] - agency)
        limitation[i] = x
        need[i] = hours_of(x, hours)
        hands_on[i] = hours_of(x, hands) * (f4(1.0) - aids_hours * flag(aids[i]))
        band[i] = band_of(x, hours)


class Need(Process):
    """Limitation, need hours and band, anew each month from the body and capability."""

    name = "need"
    reads = (
        "alive",
        "age_months",
        "female",
        "quintile",
        "deficits",
        "function_luck",
        "recent_loss",
        "scar",
        "dementia",
        "capability",
        "support_type",
        "support_level",
        "aids",
    )
    writes = ("limitation", "need_hours", "hands_on", "band")

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(NeedRules, numbers)
        self.weights = function_weights(self.rules)
        self.hours = need_hours(self.rules)
        self.hands = hands_on_hours(self.rules)
        self.means = starting_means(self.rules.mean_capability, self.rules.deprivation_capability)

    def start(self, model: DemandModel) -> None:
        """Work out everybody's need, so that first arrangements can follow it."""
        self.step(model)

    def settled(self, model: DemandModel) -> None:
        """Freeze mean capability by quintile, so that its term is zero on average at month 0, and see need anew."""
        self.means = capability_means(model, self.means)
        self.step(model)

    def step(self, model: DemandModel) -> None:
        """One month for everybody."""
        citizens, rules = model.citizens, self.rules
        _needs(
            citizens.alive,
            citizens.age_months,
            citizens.female,
            citizens.quintile,
            citizens.deficits,
            citizens.function_luck,
            citizens.recent_loss,
            citizens.scar,
            citizens.dementia,
            citizens.capability,
            citizens.support_type,
            citizens.support_level,
            citizens.aids,
            fifths(self.means),
            self.weights,
            self.hours,
            self.hands,
            f4(rules.capability_weight),
            f4(rules.aids_hours),
            citizens.limitation,
            citizens.need_hours,
            citizens.hands_on,
            citizens.band,
        )
