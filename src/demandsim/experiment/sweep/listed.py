"""Sweeps whose scenarios were made in Python: the same folder, runner and resuming as for a sweep file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demandsim.experiment.errors import InputError
from demandsim.experiment.plan import check_numbers, run_hash
from demandsim.experiment.prepare import least_scale, place_written_for, resolve_place
from demandsim.experiment.sweep.spec import LUCK_APART, Settings, SweepSpec
from demandsim.experiment.sweep.sweep import Cell, Sweep
from demandsim.experiment.versions import data_version, model_version
from demandsim.scenario.scenario import Scenario


@dataclass(frozen=True)
class Listed:
    """One scenario at one point.

    Attributes:
        point: Number of the point, from 0.
        scenario: What is run there.
        settings: What the point is, by dotted path; told beside the results.
    """

    point: int
    scenario: Scenario
    settings: Settings


class ListedSweep(Sweep):
    """A sweep over scenarios in hand, at one place.

    Args:
        name: What it is called.
        listed: What is run, each scenario once at a point.
        place: Name, code or file; left out, the one that the scenarios are written for.
        years: Model years; the most that a scenario asks for if left out.
        scale: Share of the population to simulate.
        seed: Luck of the first replicate.
        replicates: Runs of each.
        own_luck: Whether each point has luck of its own, which all its scenarios share.

    Raises:
        InputError: If nothing is listed or a number is out of range.
        PlaceError: If there is no such place.
    """

    def __init__(
        self,
        name: str,
        listed: Sequence[Listed],
        *,
        place: str | None = None,
        years: int | None = None,
        scale: float = 1.0,
        seed: int = 1,
        replicates: int = 1,
        own_luck: bool = False,
    ) -> None:
        if not listed:
            raise InputError(f"{name}: nothing to run.\n  Give one or more scenarios at one or more points.")
        scenarios = [each.scenario for each in listed]
        self.years = years if years is not None else max(scenario.years for scenario in scenarios)
        points: Mapping[int, Settings] = {each.point: each.settings for each in listed}
        last = seed + LUCK_APART * max(points) if own_luck else seed
        check_numbers(years=self.years, scale=scale, seed=last, replicates=replicates)
        where = resolve_place(place if place is not None else place_written_for(scenarios))
        if scale < (least := least_scale(where)):
            raise InputError(
                f"{name}  scale: {scale:g} is too few people of {where.name} to be a place.\n  Give at least {least:g}."
            )
        self.spec = SweepSpec(
            name=name,
            scenarios=tuple(dict.fromkeys(scenario.name for scenario in scenarios)),
            places=(where.name,),
            table=tuple(points.values()) if any(points.values()) else (),
            design="listed",
            replicates=replicates,
            years=self.years,
            scale=scale,
            seed=seed,
            own_luck=own_luck,
        )
        facts = {"model": model_version(), "data": data_version()}
        self.cells = [
            Cell(
                each.point,
                each.point,
                where,
                each.scenario,
                run_hash(each.scenario, where, years=self.years, scale=scale, **facts),
                each.settings,
            )
            for each in listed
        ]

    @property
    def identity(self) -> str:
        """8 hex digits for all that is run but its replicates: another model or size has another folder."""
        runs = sorted(f"{run}:{luck}" if self.spec.own_luck else run for run, luck in self._distinct)
        return hashlib.sha256(f"{self.spec.seed}+{'+'.join(runs)}".encode()).hexdigest()[:8]
