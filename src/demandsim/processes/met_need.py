"""Met need: how much of the help that people need they get, what nobody meets, and what is done for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Setting
from demandsim.compiled import f4, kernel, rule
from demandsim.processes.base import evidence
from demandsim.processes.hazards import positive

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens

_HOME = np.uint8(Setting.HOME)
_CARE_HOME = np.uint8(Setting.CARE_HOME)

type Floats = NDArray[np.float64]
type Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NeedRules:
    """From when need is unmet, and how much of what is done for people is so by kin."""

    unmet_cut: float = evidence("need.unmet_cut")
    moderate: float = evidence("need.threshold_moderate")
    very_high: float = evidence("need.threshold_very_high")
    kin_done_for: float = evidence("delivery.kin_done_for")


@rule
def done_for_share(
    kin: np.float32, paid: np.float32, together: np.float32, hands_on: np.float32, kin_done_for: np.float32
) -> np.float32:
    """Help that is done for a person, against all the hands-on help they need."""
    needed = max(hands_on, f4(0.1))
    by_kin = kin_done_for * min(kin / needed, f4(1))
    by_paid = (f4(1) - together) * min(paid / needed, f4(1))
    return min(by_kin + by_paid, f4(1))


@rule
def could_do(limitation: np.float32, very_high: np.float32) -> np.float32:
    """How much of it a person could do: nothing left at the very high band."""
    return min(max((very_high - limitation) / very_high, f4(0)), f4(1))


@kernel
def _meet_need(
    alive: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    paid: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    kin: NDArray[np.float32],
    neighbour: NDArray[np.float32],
    reabling: NDArray[np.float32],
    limitation: NDArray[np.float32],
    cut: np.float32,
    moderate: np.float32,
    very_high: np.float32,
    kin_done_for: np.float32,
    unmet_hours: NDArray[np.float32],
    unmet: NDArray[np.bool_],
    done_for: NDArray[np.float32],
) -> None:
    """Set what nobody meets, and what is done for people where nothing is done together: none without need.

    In a care home everything is done for people that they need help with, and nothing is left unmet. In reablement
    nothing is: it is there so that they do it themselves.
    """
    for i in range(hands_on.size):
        needed = hands_on[i]
        at_home = alive[i] & (setting[i] == _HOME)
        family = kin[i] + neighbour[i]
        formal = paid[i] + reabling[i]
        short = positive(needed - (family + formal))
        unmet_hours[i] = short if at_home else f4(0)
        unmet[i] = at_home & (limitation[i] >= moderate) & (family + formal < cut * needed)
        share = done_for_share(family, paid[i], f4(0), needed, kin_done_for)
        share = share if at_home else f4(0)
        share = f4(1) if setting[i] == _CARE_HOME else share
        share = share if needed > f4(0) else f4(0)
        done_for[i] = share * could_do(limitation[i], very_high)


@kernel
def _do_together(
    rows: Rows,
    together: Floats,
    paid: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    kin: NDArray[np.float32],
    neighbour: NDArray[np.float32],
    limitation: NDArray[np.float32],
    done_for: NDArray[np.float32],
    very_high: np.float32,
    kin_done_for: np.float32,
) -> None:
    """Set what is done for people with whom workers do part of it together."""
    for k in range(rows.size):
        i = rows[k]
        if together[k] > 0 and hands_on[i] > f4(0):
            family = kin[i] + neighbour[i]
            share = done_for_share(family, paid[i], f4(together[k]), hands_on[i], kin_done_for)
            done_for[i] = share * could_do(limitation[i], very_high)


def see_what_is_met(rules: NeedRules, citizens: Citizens, rows: Rows, together: Floats) -> None:
    """Set what nobody meets and what is done for people; of those visited, some do it together with a worker.

    Args:
        rules: From when need is unmet.
        citizens: The people.
        rows: Who is visited.
        together: How far each does it together with the worker.
    """
    cut, moderate, very_high = f4(rules.unmet_cut), f4(rules.moderate), f4(rules.very_high)
    kin_done_for = f4(rules.kin_done_for)
    _meet_need(
        citizens.alive,
        citizens.setting,
        citizens.paid_hours,
        citizens.hands_on,
        citizens.kin_hours,
        citizens.neighbour_hours,
        citizens.reablement_hours,
        citizens.limitation,
        cut,
        moderate,
        very_high,
        kin_done_for,
        citizens.unmet_hours,
        citizens.unmet,
        citizens.done_for,
    )
    _do_together(
        rows,
        together,
        citizens.paid_hours,
        citizens.hands_on,
        citizens.kin_hours,
        citizens.neighbour_hours,
        citizens.limitation,
        citizens.done_for,
        very_high,
        kin_done_for,
    )
