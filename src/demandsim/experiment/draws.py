"""Draws of parameters: the same scenarios again and again, each time with other values from the parameters' ranges.

Every scenario meets the same draws, and the same luck in each draw, so that scenarios stay comparable; draw k has the
luck of replicate k. What a scenario itself says of a parameter is left as it says. Held at their usual values are
fitted rows, settings of practice, budgets and terms (decisions, not facts), and the tables' rates by age and sex, of
which one drawn by itself would break the curve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from demandsim.experiment.errors import InputError
from demandsim.experiment.plan import MAX_REPLICATES, Plan
from demandsim.experiment.versions import data_version, model_version
from demandsim.parameters.noting import Noting
from demandsim.parameters.priors import joint_draws, prior
from demandsim.parameters.register import Numbers

if TYPE_CHECKING:
    from demandsim.scenario.scenario import Scenario

FEWEST = 2
MOST = MAX_REPLICATES
USUAL = 20
"""Draws that give a first idea: fewer leave the range of ranges itself unknown."""

BY_TABLES = ("work.men.", "work.women.", "partner.", "migration.", "birth.", "price.", "mort.qx", "place.")
"""Beginnings of keys that official tables settle, most of them rates by age and sex."""


@cache
def keys_drawn() -> tuple[str, ...]:
    """Evidence keys that are drawn: those the model's processes read that have a prior and no table settles."""
    from demandsim.model import MONTH

    noting = Noting()
    for process in MONTH:
        process(noting)
    return tuple(sorted({key for key in noting.read if not key.startswith(BY_TABLES) and prior(key) is not None}))


def with_ranges(plan: Plan, count: int) -> Plan:
    """A plan with so many draws of parameters besides its replicates.

    Args:
        plan: The plan; its seed is the number of the draws' design.
        count: Draws; 0 for none. Earlier draws do not depend on it.

    Raises:
        InputError: If the number is none, or there is but one replicate, whose chance could not be told apart.
    """
    if not count:
        return replace(plan, draws=())
    if not FEWEST <= count <= MOST:
        raise InputError(
            f"--ranges {count}: not possible.\n"
            f"  Give a whole number of draws from {FEWEST} to {MOST}; {USUAL} give a first idea, 0 draws none."
        )
    if plan.replicates < 2:
        raise InputError(
            f"--ranges {count}: one replicate shows no chance to tell parameters apart from.\n"
            "  Give --replicates 2 or more; 4 is usual."
        )
    drawn = joint_draws(keys_drawn(), count, design=plan.seed)
    return replace(plan, draws=tuple(tuple(_drawn(s, values) for s in plan.scenarios) for values in drawn))


def _drawn(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """A scenario with drawn values where it says none itself."""
    return replace(scenario, numbers=Numbers({**values, **dict(scenario.numbers.overrides)}))


def values_drawn(plan: Plan) -> list[dict[str, float]]:
    """The values of each draw by evidence key, before what a scenario says of its own.

    Args:
        plan: A plan with draws.

    Returns:
        One map a draw; none if there are no draws, or if the plan is of another version, whose register is not known.
    """
    if not plan.draws or (plan.model, plan.data) != (model_version(), data_version()):
        return []
    return joint_draws(keys_drawn(), len(plan.draws), design=plan.seed)
