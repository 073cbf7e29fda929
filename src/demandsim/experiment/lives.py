"""From an id or a kind of story to traced lives: the same person in two runs, or one person in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demandsim.agents.short_ids import LOOKS_LIKE, read_id, short_id
from demandsim.experiment.errors import InputError
from demandsim.experiment.plan import Plan, check_cut
from demandsim.experiment.prepare import make_plan, resolve_scenarios
from demandsim.experiment.stories import KINDS, choose
from demandsim.experiment.trace import Life, Trace, run_traced

if TYPE_CHECKING:
    from demandsim.scenario.scenario import Scenario

LIFE_SCALE = 0.05
"""Share of residents simulated where nobody says otherwise: one in twenty, so that a life is soon told."""


@dataclass(frozen=True)
class TracedLives:
    """One person in one run or two.

    Attributes:
        plan: What was run.
        uid: Who.
        traces: The run or runs, traced, in the order of the scenarios.
        chosen: How the person was chosen; empty where somebody named them.
    """

    plan: Plan
    uid: int
    traces: tuple[Trace, ...]
    chosen: str = ""

    @property
    def lives(self) -> tuple[Life, ...]:
        """The person's life in each run."""
        return tuple(trace.lives[self.uid] for trace in self.traces)


def plan_lives(
    scenarios: Sequence[str | Path | Scenario],
    *,
    place: str | None = None,
    years: int | None = None,
    scale: float | None = None,
    seed: int = 1,
    cut: float = 0.0,
) -> Plan:
    """A plan of one run of each scenario, each with the cut if there is one.

    Raises:
        InputError: If a number is out of range or a scenario is named twice.
        ScenarioError: If a scenario cannot be used.
        PlaceError: If there is no such place.
    """
    resolved = resolve_scenarios(scenarios)
    if cut:
        check_cut(cut)
        resolved = [scenario.with_cut(cut) for scenario in resolved]
    return make_plan(
        resolved, place=place, years=years, scale=LIFE_SCALE if scale is None else scale, seed=seed, replicates=1
    )


def citizen_uid(citizen: int | str) -> int:
    """The ``uid`` that a citizen was named by: a short id or a number.

    Raises:
        InputError: If it is neither.
    """
    try:
        return read_id(str(citizen))
    except ValueError as error:
        raise InputError(f"--citizen: {error}\n  {how_to_find()}") from error


def trace_lives(plan: Plan, *, citizen: int | str | None = None, story: str | None = None) -> TracedLives:
    """Trace one person through every run of a plan.

    Args:
        plan: One run of each scenario.
        citizen: Whom, by short id or ``uid``.
        story: Or: a kind of story to find somebody for, by comparing the plan's two runs.

    Raises:
        InputError: If not exactly one of the two is given, if there is no such person, or if nobody has such a story.
    """
    if (citizen is None) == (story is None):
        raise InputError(f"say whom: either --citizen ID or --story KIND.\n  Kinds: {', '.join(KINDS)}.")
    chosen = ""
    if citizen is not None:
        uid = citizen_uid(citizen)
    else:
        found = choose(plan, str(story))
        uid, chosen = found.uid, found.words
    traces = tuple(run_traced(task, [uid]) for task in plan.tasks()[0])
    missing = [s.name for s, trace in zip(plan.scenarios, traces, strict=True) if uid not in trace.lives]
    if missing:
        raise InputError(no_such_person(uid, plan, missing))
    return TracedLives(plan, uid, traces, chosen)


def no_such_person(uid: int, plan: Plan, missing: Sequence[str]) -> str:
    """The message that a person does not live in all of a plan's runs.

    Args:
        uid: Who.
        plan: What was run.
        missing: Scenarios in which they never live.
    """
    where = f"{plan.place.spoken} at scale {plan.scale:g} with seed {plan.seed}"
    if len(missing) < len(plan.scenarios):
        return (
            f"--citizen {short_id(uid)}: never lives in {where} under {missing[0]}, though under the other scenario: "
            "there is nothing to compare.\n  Born or arrived in one of them only. Choose a resident of the start."
        )
    return f"--citizen {short_id(uid)}: nobody of that id lives in {where}.\n  {how_to_find()}"


def how_to_find() -> str:
    """What ids look like and how to come by one: the end of every message about an id."""
    return (
        f"{LOOKS_LIKE}; another place, scale or seed has other people.\n"
        f"  To find somebody: demandsim twin deficit strengths --story KIND ({', '.join(KINDS)})."
    )
