"""From what a user asks for to a plan: scenarios resolved, the place found, every number checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from demandsim.experiment.draws import with_ranges
from demandsim.experiment.errors import InputError
from demandsim.experiment.plan import REPLICATES, Place, Plan, check_cut

if TYPE_CHECKING:
    from demandsim.scenario.scenario import Scenario

DEFAULT_PLACE = "sunderland"
_FILE_ENDINGS = (".yaml", ".yml", ".json", ".csv", ".txt", ".xlsx")
"""Of files that people give for a place, whether or not they can be read as one."""


def resolve_place(given: str) -> Place:
    """Find a place by name or code, or read a file of a council's own figures.

    Raises:
        PlaceError: If there is no such place, or the file cannot be used.
        ScenarioError: If the file cannot be read as strict YAML.
    """
    from demandsim.place.names import find_place
    from demandsim.place.own import load_own
    from demandsim.place.profile import place_profile
    from demandsim.scenario.loader import read_yaml

    own = None
    if is_file(given):
        own = load_own(Path(given), read_yaml)
    found = find_place(given) if own is None else own.place
    note = place_profile(found, own).note
    if own is not None:
        named = ", ".join(name.replace("_", " ") for name in sorted(own.figures)) or "none"
        source = f" ({own.source})" if own.source else ""
        note = f"{note} Figures of its own{source}: {named}.".strip()
    return Place(given, found.name, found.code, note, own)


def is_file(given: str) -> bool:
    """Whether what was given for a place is a file, not a name or code."""
    return "/" in given or "\\" in given or given.lower().endswith(_FILE_ENDINGS)


def place_problem(scenario: Scenario) -> str:
    """What is wrong with the place that a scenario was written for; empty where nothing is."""
    from demandsim.place.names import PlaceError, find_place

    if not scenario.place:
        return ""
    where = scenario.origins["place"][1] if "place" in scenario.origins else scenario.name
    if is_file(scenario.place):
        return (
            f"{where}  place: {scenario.place!r} is a file; a scenario names a council\n"
            "  Give a file of own figures on the command line: --place FILE."
        )
    try:
        find_place(scenario.place)
    except PlaceError as error:
        return f"{where}  place: {error}"
    return ""


def place_written_for(scenarios: Sequence[Scenario]) -> str:
    """The place that scenarios were written for, Sunderland where they name none.

    Raises:
        InputError: If one names no place of the tables, or two name different ones.
    """
    from demandsim.place.names import find_place

    named = [scenario for scenario in scenarios if scenario.place]
    for scenario in named:
        if problem := place_problem(scenario):
            raise InputError(f"{problem}\n  Nothing was run.")
    if len({find_place(str(scenario.place)).code for scenario in named}) > 1:
        told = ", ".join(f"{scenario.name} for {scenario.place}" for scenario in named)
        raise InputError(f"the scenarios were written for different places ({told}).\n  Say which with --place.")
    return str(named[0].place) if named else DEFAULT_PLACE


def resolve_scenarios(given: Sequence[str | Path | Scenario]) -> list[Scenario]:
    """Load scenarios by library name or file; those loaded already are kept.

    Raises:
        ScenarioError: With the problems of the first that cannot be used.
    """
    from demandsim.scenario.library import load_scenario

    return [load_scenario(item) if isinstance(item, str | Path) else item for item in given]


def make_plan(
    scenarios: Sequence[str | Path | Scenario],
    *,
    place: str | None = None,
    years: int | None = None,
    scale: float = 1.0,
    seed: int = 1,
    replicates: int = REPLICATES,
    cut: float = 0.0,
    ranges: int = 0,
) -> Plan:
    """Resolve and check everything before anything is run.

    Args:
        scenarios: Library names, files, or scenarios.
        place: Name, code or file; left out, the one the scenarios are written for, else Sunderland.
        years: Model years; left out, the most that a scenario asks for.
        scale: Share of the population to simulate.
        seed: Luck of the first replicate.
        replicates: How often each scenario is run.
        cut: Per cent of a cut whose version of each scenario is to be run too; 0 for none.
        ranges: Draws of parameters from their ranges, besides the replicates; 0 for none.

    Raises:
        InputError: If a number is out of range, a sample is too small, or two scenarios have one name.
        ScenarioError: If a scenario cannot be used.
        PlaceError: If the place cannot.
    """
    practices = resolve_scenarios(scenarios)
    cuts: list[Scenario] = []
    if cut:
        check_cut(cut)
        _refuse_second_cut(practices, cut)
        cuts = [scenario.with_cut(cut) for scenario in practices]
    plan = Plan(
        place=resolve_place(place_written_for(practices) if place is None else place),
        scenarios=(*practices, *cuts),
        years=max((scenario.years for scenario in practices), default=1) if years is None else years,
        scale=scale,
        seed=seed,
        replicates=replicates,
        cut=cut,
    )
    _check_sample(plan)
    return with_ranges(plan, ranges)


def _refuse_second_cut(practices: Sequence[Scenario], cut: float) -> None:
    """A cut takes the place of the one that a scenario makes, so that what it changes would be no cut's effect."""
    for scenario in practices:
        if scenario.budget.cut_percent > 0:
            has = scenario.budget.cut_percent
            raise InputError(
                f"--cut {cut:g}: {scenario.name} has {'this cut' if has == cut else f'a cut of {has:g} %'} already.\n"
                "  Name the scenario without the cut, or leave --cut out."
            )


def residents(place: Place) -> int:
    """How many people live in a place."""
    from demandsim.place.profile import place_profile

    return int(place_profile(place.code if place.own is None else place.own.place, place.own).people.sum())


def least_scale(place: Place) -> float:
    """The smallest share of a place's residents that can be simulated, to five decimals."""
    from demandsim.place.builder import FEWEST

    return min(1.0, math.ceil(1e5 * FEWEST / residents(place)) / 1e5)


def _check_sample(plan: Plan) -> None:
    """Refuse a sample too small to be a place, before any folder is made for it."""
    least = least_scale(plan.place)
    if plan.scale < least:
        raise InputError(
            f"--scale {plan.scale:g}: too few people of {plan.place.spoken} to be a place.\n  Give at least {least:g}."
        )
