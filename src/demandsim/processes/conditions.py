"""Conditions of the run-in lives: the numbers of every rule that they obey, in the form their kernel takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from demandsim.compiled import f4
from demandsim.processes.base import evidence
from demandsim.processes.frailty import FrailtyRules
from demandsim.processes.illness_rates import IllnessRules
from demandsim.processes.need import NeedRules
from demandsim.processes.recovery import RecoveryRules


@dataclass(frozen=True)
class LivesRules:
    """Numbers that only the run-in lives and mortality share, by evidence key."""

    per_frailty: float = evidence("mort.k_f")
    per_need: float = evidence("mort.k_x")
    for_dementia: float = evidence("mort.k_d")
    per_loss: float = evidence("mort.k_s")
    for_illness: float = evidence("mort.k_i")
    capability_share: float = evidence("mort.capability_share")
    home_base: float = evidence("home.entry_base")
    home_factor: float = evidence("home.lives_factor")
    home_crisis: float = evidence("home.crisis_weight")
    home_return: float = evidence("home.return_rate")
    home_from: float = evidence("home.placement_base")
    stay_base: float = evidence("hospital.stay_base")
    stay_frailty: float = evidence("hospital.stay_frailty")
    stay_dementia: float = evidence("hospital.stay_dementia")
    stay_mean: float = evidence("acute.mean_stay")
    alone_men: float = evidence("home.alone_men")
    alone_women: float = evidence("home.alone_women")


class Conditions(NamedTuple):
    """Everything a life obeys that is the same for all, as the kernel takes it."""

    per_frailty: np.float32
    per_need: np.float32
    for_dementia: np.float32
    per_loss: np.float32
    for_illness: np.float32
    self_growth: np.float32
    ill_per_frailty: np.float32
    readmission: np.float32
    setback_frailty: np.float32
    setback_bands: np.float32
    fade: np.float32
    admit: np.float32
    loss_level: np.float32
    illness_share: np.float32
    loss_size: np.float32
    scar_share: np.float32
    scar_fade: np.float32
    moderate: np.float32
    home_base: np.float32
    home_crisis: np.float32
    home_return: np.float32
    home_from: np.float32
    stay_base: np.float32
    stay_frailty: np.float32
    stay_dementia: np.float32
    stay_mean: np.float32


def conditions_of(
    lives: LivesRules, frailty: FrailtyRules, illness: IllnessRules, recovery: RecoveryRules, need: NeedRules
) -> Conditions:
    """Rules of the processes as the kernel takes them."""
    return Conditions(
        per_frailty=f4(lives.per_frailty),
        per_need=f4(lives.per_need),
        for_dementia=f4(lives.for_dementia),
        per_loss=f4(lives.per_loss),
        for_illness=f4(lives.for_illness),
        self_growth=f4(frailty.self_growth),
        ill_per_frailty=f4(illness.frailty),
        readmission=f4(illness.readmission),
        setback_frailty=f4(illness.setback_frailty),
        setback_bands=f4(illness.setback_bands),
        fade=f4(illness.fade),
        admit=f4(illness.admit_base),
        loss_level=f4(illness.loss_level),
        illness_share=f4(illness.illness_share),
        loss_size=f4(illness.loss_size),
        scar_share=f4(recovery.scar_share),
        scar_fade=f4(recovery.scar_fade),
        moderate=f4(need.moderate),
        home_base=f4(lives.home_base * lives.home_factor),
        home_crisis=f4(lives.home_crisis),
        home_return=f4(lives.home_return),
        home_from=f4(lives.home_from),
        stay_base=f4(lives.stay_base),
        stay_frailty=f4(lives.stay_frailty),
        stay_dementia=f4(lives.stay_dementia),
        stay_mean=f4(lives.stay_mean),
    )
