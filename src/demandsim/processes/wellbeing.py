"""Wellbeing: life satisfaction, 0 to 10, from loneliness, caring, function, unmet need, relationship, capability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, flag, kernel, rule
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.control import ControlRules, book_control
from demandsim.processes.hazards import positive
from demandsim.processes.lasting import give_bell
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_ADULT_MONTHS = 16 * 12
_FIXED_POINT = 1024.0
_LASTING = np.uint32(Purpose.WELLBEING_BASE)


@dataclass(frozen=True)
class WellbeingRules:
    """Points of life satisfaction that go with each circumstance."""

    mean: float = evidence("value.lifesat_mean_adult")
    lonely: float = evidence("value.lifesat_lonely")
    causal_share: float = evidence("value.lifesat_causal_share")
    strained_carer: float = evidence("value.lifesat_carer_50h")
    strained_from: float = evidence("carers.strained_from")
    heavy_hours: float = evidence("carers.heavy_hours")
    limitation: float = evidence("value.lifesat_limitation")
    unmet: float = evidence("value.lifesat_unmet")
    relationship: float = evidence("rel.wellbeing")
    capability: float = evidence("value.lifesat_capability")
    capability_level: float = evidence("value.lifesat_capability_level")
    spread: float = evidence("value.lifesat_spread")
    relief: float = evidence("value.lifesat_income")


@rule
def life_satisfaction(
    own: np.float32,
    lonely: np.float32,
    strained: np.float32,
    limitation: np.float32,
    unmet: np.float32,
    relationship: np.float32,
    capability: np.float32,
    weight: tuple[np.float32, np.float32, np.float32, np.float32, np.float32, np.float32],
) -> np.float32:
    """Life satisfaction: a person's own level, and what their circumstances add or take, between 0 and 10.

    Args:
        own: Level for everybody plus the person's lasting difference, points.
        lonely: 1 if often lonely.
        strained: 1 if a strained carer of many hours.
        limitation: Loss of function, bands.
        unmet: 1 with unmet need.
        relationship: With the paid worker, 0 to 1.
        capability: Above the middle level, -1 to 1.
        weight: Points of the six, signed.
    """
    loss = weight[0] * lonely + weight[1] * strained + weight[2] * positive(limitation - f4(1.0)) + weight[3] * unmet
    points = own + loss + weight[4] * relationship + weight[5] * capability
    return min(max(points, f4(0.0)), f4(10.0))


@kernel
def feel_well(
    lonely: NDArray[np.bool_],
    strain: NDArray[np.float32],
    care_given: NDArray[np.float32],
    limitation: NDArray[np.float32],
    unmet: NDArray[np.bool_],
    relationship: NDArray[np.float32],
    capability: NDArray[np.float32],
    own: NDArray[np.float32],
    level: np.float32,
    capability_level: np.float32,
    strained_from: np.float32,
    heavy_hours: np.float32,
    weight: tuple[np.float32, np.float32, np.float32, np.float32, np.float32, np.float32],
    wellbeing: NDArray[np.float32],
) -> None:
    """Life satisfaction of every row."""
    for i in range(wellbeing.size):
        strained = flag(strain[i] > strained_from) * flag(care_given[i] >= heavy_hours)
        wellbeing[i] = life_satisfaction(
            level + own[i],
            flag(lonely[i]),
            strained,
            limitation[i],
            flag(unmet[i]),
            relationship[i],
            capability[i] - capability_level,
            weight,
        )


class Wellbeing(Process):
    """Life satisfaction of everybody; the level is set in the run-in so that adults have the published mean."""

    name: ClassVar[str] = "wellbeing"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "age_months",
        "lonely",
        "strain",
        "care_given",
        "limitation",
        "unmet",
        "relationship",
        "capability",
        "wellbeing_luck",
        "cell",
        "band",
        "setting",
        "arrangement",
        "together",
        "advised",
    )
    writes: ClassVar[tuple[str, ...]] = ("wellbeing_luck", "wellbeing")

    def __init__(self, numbers: Numbers) -> None:
        rules = read_rules(WellbeingRules, numbers)
        self._rules = rules
        self._control = read_rules(ControlRules, numbers)
        self._weight = (
            f4(rules.lonely * rules.causal_share),
            f4(rules.strained_carer),
            f4(rules.limitation),
            f4(rules.unmet),
            f4(rules.relationship),
            f4(rules.capability),
        )
        self.level = f4(rules.mean)

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Draw a lasting personal difference, bell-shaped."""
        give_bell(model, rows, _LASTING, self._rules.spread, model.citizens.wellbeing_luck)

    def step(self, model: DemandModel) -> None:
        """Feel; in the run-in, also move the level to the published mean of adults."""
        citizens, rules = model.citizens, self._rules
        feel_well(
            citizens.lonely,
            citizens.strain,
            citizens.care_given,
            citizens.limitation,
            citizens.unmet,
            citizens.relationship,
            citizens.capability,
            citizens.wellbeing_luck,
            self.level,
            f4(rules.capability_level),
            f4(rules.strained_from),
            f4(rules.heavy_hours),
            self._weight,
            citizens.wellbeing,
        )
        if model.settling:
            adult = citizens.alive & (citizens.age_months >= _ADULT_MONTHS)
            total = np.rint(citizens.wellbeing[adult] * f4(_FIXED_POINT)).astype(np.int64).sum()
            self.level = f4(float(self.level) + rules.mean - float(total) / _FIXED_POINT / max(int(adult.sum()), 1))
        else:
            self._relieve(citizens)
            book_control(model, self._control)

    def _relieve(self, citizens: Citizens) -> None:
        """Add what money they are entitled to does for people who were helped to it."""
        rows = rows_with(citizens.advised)
        citizens.wellbeing[rows] = np.minimum(citizens.wellbeing[rows] + f4(self._rules.relief), f4(10.0))
