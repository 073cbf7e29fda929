"""How often illness and falls come: rates by age, sex, deprivation and frailty, in the month and in run-in lives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, rule
from demandsim.processes.base import evidence
from demandsim.processes.frailty import AGES

_YEARS = np.arange(AGES, dtype=np.float64)
_ADULT = 18


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
