"""Control over daily life: an outcome in its own right, read off and fed back into nothing.

On the scale of the adult social care survey: 0 no control, 10 as much as one wants. It is reckoned for adults who need
hands-on help, from what the model knows of them: capability, unmet need, a choice of their own, where they live and
who comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Arrangement, Band, Setting
from demandsim.compiled import f4, kernel
from demandsim.processes.base import evidence
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel

_ADULT_MONTHS = 18 * 12
_MODERATE, _CARE_HOME = np.uint8(Band.MODERATE), np.uint8(Setting.CARE_HOME)
_DIRECT = np.uint8(Arrangement.DIRECT_PAYMENT)


@dataclass(frozen=True)
class ControlRules:
    """Points of control that go with each circumstance."""

    level: float = evidence("value.control_level")
    capability: float = evidence("value.control_capability")
    middle: float = evidence("value.lifesat_capability_level")
    unmet: float = evidence("value.control_unmet")
    direct: float = evidence("value.control_direct_payment")
    together: float = evidence("value.control_together")
    care_home: float = evidence("value.control_care_home")
    known_worker: float = evidence("value.control_relationship")


class Points(NamedTuple):
    """The same, as a kernel takes them."""

    level: float
    capability: float
    middle: float
    unmet: float
    direct: float
    together: float
    care_home: float
    known_worker: np.float32


@kernel
def _control_into(
    rows: NDArray[np.int64],
    capability: NDArray[np.float32],
    unmet: NDArray[np.bool_],
    arrangement: NDArray[np.uint8],
    together: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    relationship: NDArray[np.float32],
    points: Points,
    out: NDArray[np.float64],
) -> None:
    """Control over daily life of some people."""
    for k in range(rows.size):
        i = rows[k]
        own = points.level + points.capability * (np.float64(capability[i]) - points.middle)
        own += points.unmet * np.float64(unmet[i])
        own += points.direct * np.float64(arrangement[i] == _DIRECT)
        own += points.together * np.float64(together[i])
        own += points.care_home * np.float64(setting[i] == _CARE_HOME)
        own += np.float64(points.known_worker * relationship[i])
        out[k] = min(max(own, 0.0), 10.0)


def control_of(citizens: Citizens, rows: NDArray[np.int64], rules: ControlRules) -> NDArray[np.float64]:
    """Control over daily life of some people, 0 to 10."""
    points = Points(
        rules.level,
        rules.capability,
        rules.middle,
        rules.unmet,
        rules.direct,
        rules.together,
        rules.care_home,
        f4(rules.known_worker),
    )
    out = np.empty(rows.size, dtype=np.float64)
    _control_into(
        rows,
        citizens.capability,
        citizens.unmet,
        citizens.arrangement,
        citizens.together,
        citizens.setting,
        citizens.relationship,
        points,
        out,
    )
    return out


def book_control(model: DemandModel, rules: ControlRules) -> None:
    """Book control of every adult who needs hands-on help."""
    citizens = model.citizens
    rows = rows_with(citizens.band >= _MODERATE)
    rows = rows[citizens.age_months[rows] >= _ADULT_MONTHS]
    model.ledger.people("control", citizens.cell[rows], control_of(citizens, rows, rules))
