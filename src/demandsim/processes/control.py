"""Control over daily life: an outcome in its own right, read off and fed back into nothing.

On the scale of the adult social care survey: 0 no control, 10 as much as one wants. It is reckoned for adults who need
hands-on help, from what the model knows of them: capability, unmet need, a choice of their own, where they live and
who comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Arrangement, Band, Setting
from demandsim.processes.base import evidence
from demandsim.processes.few import within
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel

_ADULT_MONTHS = 18 * 12


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


def control_of(citizens: Citizens, rows: NDArray[np.int64], rules: ControlRules) -> NDArray[np.float64]:
    """Control over daily life of some people, 0 to 10."""
    points = rules.level + rules.capability * (citizens.capability[rows].astype(np.float64) - rules.middle)
    points += rules.unmet * citizens.unmet[rows]
    points += rules.direct * (citizens.arrangement[rows] == Arrangement.DIRECT_PAYMENT)
    points += rules.together * citizens.together[rows]
    points += rules.care_home * (citizens.setting[rows] == Setting.CARE_HOME)
    points += rules.known_worker * citizens.relationship[rows]
    return np.asarray(within(points, 0.0, 10.0))


def book_control(model: DemandModel, rules: ControlRules) -> None:
    """Book control of every adult who needs hands-on help."""
    citizens = model.citizens
    rows = rows_with(citizens.band)
    rows = rows[(citizens.band[rows] >= Band.MODERATE) & (citizens.age_months[rows] >= _ADULT_MONTHS)]
    model.ledger.people("control", citizens.cell[rows], control_of(citizens, rows, rules))
