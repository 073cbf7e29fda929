"""Children: nobody under 16 who lives in a home of the place is left there without an adult or parent."""

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


def test_no_child_is_without_a_grown_up_at_home() -> None:
    """Partners and parents move, leave, break down, need a home or die: ten years of it."""
    model = DemandModel(load_scenario("deficit"), place="sunderland", scale=0.05, rng=1)
    alone = [left_alone(model)]
    for _ in range(20):
        model.run_for(6)
        alone.append(left_alone(model))
    assert alone == [0] * 21
