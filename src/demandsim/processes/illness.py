"""Acute illness, small setbacks and crises of mental health: events of the body.

What the system does about an illness is `hospital`'s affair: an admission avoided does not cure it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import DEFICITS, NOBODY, SupportType
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform, uniform4
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.frailty import AGES, group_means
from demandsim.processes.hazards import illness_part, look_up, month_chance, new_loss_chance, table_cells

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_YEARS = np.arange(AGES, dtype=np.float64)
_ADULT = 18
_ILLNESS = np.uint32(Purpose.ILLNESS)
_LOSS = np.uint32(Purpose.ILLNESS_LOSS)


@dataclass(frozen=True)
class IllnessRules:
    """Numbers of acute illness, by evidence key."""

    base: float = evidence("acute.base")
    age_growth: float = evidence("acute.age_growth")
    deprivation_ratio: float = evidence("acute.deprivation_ratio")
    men: float = evidence("acute.men")
    frailty: float = evidence("acute.frailty")
    readmission: float = evidence("acute.readmission")
    unmet: float = evidence("acute.unmet")
    alone: float = evidence("acute.alone")
    admit_base: float = evidence("acute.admit_base")
    minor_ratio: float = evidence("acute.minor_ratio")
    fade: float = evidence("acute.fade")
    illness_share: float = evidence("acute.illness_share")
    loss_level: float = evidence("acute.loss_level")
    loss_size: float = evidence("acute.loss_size")
    crisis: float = evidence("acute.mh_crisis")
    setback_base: float = evidence("acute.setback_base")
    setback_growth: float = evidence("acute.setback_growth")
    setback_frailty: float = evidence("acute.setback_frailty")
    setback_bands: float = evidence("acute.setback_bands")


@rule
def acute_rate(
    base: np.float32,
    frailty: np.float32,
    admitted: np.float32,
    link: np.float32,
    per_frailty: np.float32,
    readmission: np.float32,
) -> np.float32:
    """Admission-grade illnesses a year.

    Args:
        base: Rate of someone fit of that age, sex and quintile.
        frailty: Deficits as a share of 36.
        admitted: 1 if admitted last month.
        link: What unmet need and loneliness alone add to 1, against their mean at month 0.
        per_frailty: `acute.frailty`.
        readmission: `acute.readmission`.
    """
    return base * (f4(1.0) + per_frailty * frailty) * (f4(1.0) + readmission * admitted) * (f4(1.0) + link)


@rule
def setback_rate(base: np.float32, frailty: np.float32, per_frailty: np.float32) -> np.float32:
    """Falls and other small setbacks a year."""
    return base * (f4(1.0) + per_frailty * frailty)


def acute_table(rules: IllnessRules) -> NDArray[np.float32]:
    """Admission-grade illnesses a year of someone fit, adults only, shape (2, 5, 101)."""
    by_age = rules.base / rules.admit_base * np.exp(rules.age_growth * (_YEARS - 75)) * (_YEARS >= _ADULT)
    deprivation = rules.deprivation_ratio ** ((2 - np.arange(5)) / 4)
    sex = np.array([rules.men, 1.0])
    return (sex[:, None, None] * deprivation[None, :, None] * by_age[None, None, :]).astype(np.float32)


def setback_table(rules: IllnessRules) -> NDArray[np.float32]:
    """Setbacks a year of someone fit, adults only, shape (2, 5, 101)."""
    by_age = rules.setback_base * np.exp(rules.setback_growth * (_YEARS - 75)) * (_YEARS >= _ADULT)
    return np.ascontiguousarray(np.broadcast_to(by_age, (2, 5, AGES)), dtype=np.float32)


@kernel
def _events(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    month: np.uint32,
    acute: NDArray[np.float32],
    setbacks: NDArray[np.float32],
    link: NDArray[np.float32],
    deficits: NDArray[np.uint8],
    admitted: NDArray[np.bool_],
    per_frailty: np.float32,
    readmission: np.float32,
    minor_ratio: np.float32,
    setback_frailty: np.float32,
    fade: np.float32,
    illness: NDArray[np.float32],
    fell_ill: NDArray[np.bool_],
    minor_event: NDArray[np.bool_],
    setback: NDArray[np.bool_],
) -> None:
    """What befalls everybody this month; illness of earlier months fades."""
    for i in range(uid.size):
        one, two, three, _ = uniform4(seed, uid[i], month, _ILLNESS)
        frailty = f4(deficits[i]) * f4(1.0 / DEFICITS)
        rate = acute_rate(acute[i], frailty, f4(admitted[i]), link[i], per_frailty, readmission)
        ill = one < month_chance(rate)
        fell_ill[i] = ill
        minor_event[i] = two < month_chance(rate * minor_ratio)
        setback[i] = three < month_chance(setback_rate(setbacks[i], frailty, setback_frailty))
        illness[i] = f4(1.0) if ill else illness[i] * fade


@kernel
def _losses(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    month: np.uint32,
    rows: NDArray[np.int64],
    deficits: NDArray[np.uint8],
    level: np.float32,
    illness_share: np.float32,
    bands: np.float32,
    recent_loss: NDArray[np.float32],
) -> None:
    """The loss of function that an illness brings by itself, admitted or not."""
    for k in range(rows.size):
        i = rows[k]
        chance = illness_part(new_loss_chance(f4(deficits[i]) * f4(1.0 / DEFICITS), level), illness_share)
        if uniform(seed, uid[i], month, _LOSS) < chance:
            recent_loss[i] = recent_loss[i] + bands


class Illness(Process):
    """Acute illness, minor events, setbacks and crises of mental health."""

    name = "illness"
    reads = (
        "alive",
        "uid",
        "age_months",
        "female",
        "quintile",
        "deficits",
        "admitted",
        "unmet",
        "lonely",
        "household",
        "support_type",
    )
    writes = ("illness", "fell_ill", "minor_event", "setback", "recent_loss")

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(IllnessRules, numbers)
        self.acute = acute_table(self.rules)
        self.setbacks = setback_table(self.rules)
        self.link_means = np.zeros((2, 5, AGES), dtype=np.float32)

    def _links(self, model: DemandModel) -> NDArray[np.float32]:
        """What unmet need, and loneliness of those living alone, add for each person; not centred."""
        citizens, rules = model.citizens, self.rules
        links = citizens.unmet * f4(rules.unmet)
        lonely = np.flatnonzero(citizens.lonely)
        household = citizens.household[lonely]
        size = np.bincount(citizens.household[citizens.household >= 0])
        alone = lonely[(household != NOBODY) & (size[np.maximum(household, 0)] == 1)] if size.size else lonely[:0]
        links[alone] += f4(rules.alone)
        return links

    def settled(self, model: DemandModel) -> None:
        """Freeze the means that the links are measured against."""
        self.link_means = group_means(self._links(model), model)

    def step(self, model: DemandModel) -> None:
        """One month's events and the function they cost."""
        citizens, rules = model.citizens, self.rules
        links = self._links(model)
        if model.settling:
            self.link_means = group_means(links, model)
        cells = table_cells(citizens)
        _events(
            model.luck_seed,
            citizens.uid,
            model.month_word,
            look_up(self.acute, cells),
            look_up(self.setbacks, cells),
            links - look_up(self.link_means, cells),
            citizens.deficits,
            citizens.admitted,
            f4(rules.frailty),
            f4(rules.readmission),
            f4(rules.minor_ratio),
            f4(rules.setback_frailty),
            f4(rules.fade),
            citizens.illness,
            citizens.fell_ill,
            citizens.minor_event,
            citizens.setback,
        )
        self._crises(model)
        citizens.recent_loss[citizens.setback] += f4(rules.setback_bands)
        _losses(
            model.luck_seed,
            citizens.uid,
            model.month_word,
            np.flatnonzero(citizens.fell_ill),
            citizens.deficits,
            f4(rules.loss_level),
            f4(rules.illness_share),
            f4(rules.loss_size),
            citizens.recent_loss,
        )

    def _crises(self, model: DemandModel) -> None:
        """Crises of mental health, twice as likely if lonely: a setback that goes to A&E."""
        citizens = model.citizens
        rows = np.flatnonzero((citizens.support_type == SupportType.MENTAL) & citizens.alive)
        rate = f4(self.rules.crisis) * (f4(1.0) + citizens.lonely[rows].astype(np.float32))
        hazard = rate * f4(1.0 / 12.0)
        struck = rows[
            luck.draw(model.luck_seed, citizens.uid[rows], model.month, Purpose.CRISIS) < hazard / (1 + hazard / 2)
        ]
        citizens.setback[struck] = True
        citizens.minor_event[struck] = True
