"""Homes: no child is left without an adult or parent, and nobody who lives with support elsewhere keeps a home."""

from __future__ import annotations

from typing import Any

import numpy as np

from demandsim import DemandModel, load_scenario
from demandsim.agents.citizens import Setting
from demandsim.processes.family import ADULT, lives_with_parent


def left_alone(model: Any) -> int:
    """Children under 16 at home in whose household neither an adult lives at home nor a parent, however young."""
    citizens = model.citizens
    at_home = citizens.alive & (citizens.setting == Setting.HOME)
    adults = np.unique(citizens.household[at_home & (citizens.age_months >= ADULT)])
    children = np.flatnonzero(at_home & (citizens.age_months < 16 * 12))
    homes = citizens.household[children]
    kept = ((homes >= 0) & np.isin(homes, adults)) | lives_with_parent(citizens, children)
    return int(np.count_nonzero(~kept))


def with_two_homes(model: Any) -> int:
    """People in supported living or with a host who still count in a household."""
    citizens = model.citizens
    elsewhere = np.isin(citizens.setting, (Setting.SUPPORTED_LIVING, Setting.SHARED_LIVES))
    assert (citizens.alive & elsewhere).any()
    return int(np.count_nonzero(citizens.alive & elsewhere & (citizens.household >= 0)))


def test_no_child_is_without_a_grown_up_at_home_and_nobody_elsewhere_keeps_one() -> None:
    """Partners and parents move, leave, break down, need a home or die: ten years of it."""
    model = DemandModel(load_scenario("deficit"), place="sunderland", scale=0.05, rng=1)
    alone, keep = [left_alone(model)], [with_two_homes(model)]
    for _ in range(20):
        model.run_for(6)
        alone.append(left_alone(model))
        keep.append(with_two_homes(model))
    assert alone == [0] * 21
    assert keep == [0] * 21
