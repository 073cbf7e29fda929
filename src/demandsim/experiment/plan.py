"""What is to be run: scenarios of one place, so many years, at a scale, with so many replicates."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from demandsim.experiment.errors import InputError
from demandsim.experiment.spoken import heading, spoken
from demandsim.experiment.versions import data_version, model_version

if TYPE_CHECKING:
    from demandsim.place.own import OwnFigures
    from demandsim.scenario.scenario import Scenario

MAX_YEARS = 60
MAX_REPLICATES = 1000
MAX_CUT = 90
MAX_SEED = 2**63 - 1

REPLICATES = 4
"""Runs of each scenario where nobody says otherwise: enough for an interval, few enough for two minutes."""


@dataclass(frozen=True)
class Place:
    """A place, resolved.

    Attributes:
        given: What the user typed: a name, a code, or the path of a file with a council's own figures.
        name: Its name.
        code: Its ONS code.
        note: What a reader must know of it, or empty.
        own: A council's own figures, if any are given.
    """

    given: str
    name: str
    code: str
    note: str = ""
    own: OwnFigures | None = None

    @property
    def heading(self) -> str:
        """Its name as headings have it."""
        return heading(self.name)

    @property
    def spoken(self) -> str:
        """Its name as sentences have it."""
        return spoken(self.name)

    @property
    def digest(self) -> str:
        """Hash of a council's own figures, or empty."""
        if self.own is None or not self.own.figures:
            return ""
        return hashlib.sha256(json.dumps(sorted(self.own.figures.items())).encode()).hexdigest()[:16]

    @property
    def slug(self) -> str:
        """The name as part of a folder's name."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.name.lower()).split())


@dataclass(frozen=True, slots=True)
class RunKey:
    """What it takes to find a run on disk and to tell of it.

    Attributes:
        run: Content hash of what decides the result but luck.
        replicate: Number of the replicate.
        label: Name of the scenario.
    """

    run: str
    replicate: int
    label: str

    @property
    def name(self) -> str:
        """Name of its part on disk."""
        return f"{self.run}-{self.replicate:04d}"


@dataclass(frozen=True, slots=True)
class Task:
    """One run of the model.

    Attributes:
        run: Content hash of what decides the result but luck.
        scenario: The scenario.
        place: The place.
        years: Model years.
        scale: Share of the population that is simulated.
        replicate: Number of the replicate, which is the model's ``rng``.
    """

    run: str
    scenario: Scenario
    place: Place
    years: int
    scale: float
    replicate: int

    @property
    def name(self) -> str:
        """Name of its part on disk."""
        return self.key.name

    @property
    def key(self) -> RunKey:
        """What it takes to find it on disk."""
        return RunKey(self.run, self.replicate, self.scenario.name)

    @property
    def start(self) -> tuple[object, ...]:
        """What decides the settled start: tasks of which it is equal share it, if one worker runs them in turn."""
        overrides = self.scenario.numbers.overrides
        return self.place.code, self.place.digest, self.scale, self.replicate, overrides


@dataclass(frozen=True)
class Plan:
    """Scenarios to be compared by the same luck.

    Attributes:
        place: The place.
        scenarios: In the order to show them; differences are against the first.
        years: Model years, from April 2024.
        scale: Share of the population that is simulated, above 0 and up to 1.
        seed: Luck of the first replicate; the others count on from it.
        replicates: How often each scenario is run.
        cut: Per cent of the cut whose versions are among the scenarios (each scenario, then each with the cut);
            0 where there is none.
        draws: For each draw of parameters, the scenarios with its values, in their order; see `draws.with_ranges`.
        model: Version of the model; this one's unless the results were read from a folder.
        data: Version of its packaged data, likewise.
    """

    place: Place
    scenarios: tuple[Scenario, ...]
    years: int = 10
    scale: float = 1.0
    seed: int = 1
    replicates: int = REPLICATES
    cut: float = 0.0
    draws: tuple[tuple[Scenario, ...], ...] = ()
    model: str = field(default_factory=model_version)
    data: str = field(default_factory=data_version)

    def __post_init__(self) -> None:
        most = max(self.replicates, len(self.draws))
        check_numbers(years=self.years, scale=self.scale, seed=self.seed, replicates=most)
        names = [scenario.name for scenario in self.scenarios]
        twice = sorted({name for name in names if names.count(name) > 1})
        if not names:
            raise InputError("no scenario given.\n  `demandsim scenarios` lists those of the library.")
        if twice:
            raise InputError(f"{twice[0]}: named twice.\n  Name each scenario once; two files need different names.")

    @property
    def runs(self) -> tuple[str, ...]:
        """The content hash of each scenario's run, in order."""
        return tuple(self._run(scenario) for scenario in self.scenarios)

    @cached_property
    def draw_runs(self) -> tuple[tuple[str, ...], ...]:
        """The content hash of each scenario's run in each draw."""
        return tuple(tuple(self._run(scenario) for scenario in drawn) for drawn in self.draws)

    @property
    def months(self) -> int:
        """Months to simulate in all."""
        return (self.replicates + len(self.draws)) * len(self.scenarios) * self.years * 12

    @property
    def identity(self) -> str:
        """16 hex digits for all of it but the numbers of replicates and draws: names the results folder."""
        if len(self.scenarios) == 1:
            return self.runs[0]
        return hashlib.sha256("+".join(self.runs).encode()).hexdigest()[:16]

    @property
    def folder_name(self) -> str:
        """Name of the results folder where none is given."""
        return f"{self.place.slug}-{self.identity}" + (f"-seed{self.seed}" if self.seed != 1 else "")

    @property
    def practices(self) -> tuple[Scenario, ...]:
        """The scenarios without the cut versions."""
        return self.scenarios[: len(self.scenarios) // 2] if self.cut else self.scenarios

    @property
    def cuts(self) -> tuple[Scenario, ...]:
        """The cut version of each of `practices`; empty where there is no cut."""
        return self.scenarios[len(self.scenarios) // 2 :] if self.cut else ()

    def tasks(self) -> list[list[Task]]:
        """Every run, listed by replicate, then by draw: what shares luck and parameters stands together."""

        def together(number: int, runs: tuple[str, ...], scenarios: tuple[Scenario, ...]) -> list[Task]:
            luck = self.seed + number
            pairs = zip(runs, scenarios, strict=True)
            return [Task(run, scenario, self.place, self.years, self.scale, luck) for run, scenario in pairs]

        usual = [together(number, self.runs, self.scenarios) for number in range(self.replicates)]
        drawn = enumerate(zip(self.draw_runs, self.draws, strict=True))
        return usual + [together(number, runs, scenarios) for number, (runs, scenarios) in drawn]

    def design(self) -> dict[str, object]:
        """What is run, as the manifest records it: everything that decides the results."""
        return {
            "place": {"name": self.place.name, "code": self.place.code, "own_figures": self.place.digest},
            "scenarios": [
                {"name": scenario.name, "digest": scenario.digest, "run": run}
                for scenario, run in zip(self.scenarios, self.runs, strict=True)
            ],
            "years": self.years,
            "scale": self.scale,
            "seed": self.seed,
            "cut": self.cut,
            "model": self.model,
            "data": self.data,
        }

    def told(self) -> dict[str, object]:
        """What a report needs beyond `design`: nothing here decides a result that `design` does not."""
        own = self.place.own
        return {
            "place": {
                "given": self.place.given,
                "note": self.place.note,
                "own_figures": {} if own is None else dict(sorted(own.figures.items())),
                "own_source": "" if own is None else own.source,
            },
            "draws": [[scenario.digest for scenario in drawn] for drawn in self.draws],
            "budgets": [
                {"cut_percent": scenario.budget.cut_percent, "cut_years": scenario.budget.cut_years}
                for scenario in self.scenarios
            ],
        }

    def _run(self, scenario: Scenario) -> str:
        facts: Any = {"years": self.years, "scale": self.scale, "model": self.model, "data": self.data}
        return run_hash(scenario, self.place, **facts)


def run_hash(scenario: Scenario, place: Place, *, years: int, scale: float, model: str, data: str) -> str:
    """16 hex digits for all that decides the result of a run but luck.

    Args:
        scenario: What is run.
        place: Where.
        years: Model years.
        scale: Share of the population that is simulated.
        model: Version of the model.
        data: Version of its packaged data.
    """
    content = [scenario.digest, place.code, place.digest, scale, years, data, model]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def check_numbers(*, years: int, scale: float, seed: int, replicates: int) -> None:
    """Refuse numbers that no run can have.

    Raises:
        InputError: Naming the option, the value, and what is allowed.
    """
    if not 1 <= years <= MAX_YEARS:
        raise InputError(f"--years {years}: not possible.\n  Give whole years from 1 to {MAX_YEARS}; 10 is usual.")
    if math.isnan(scale) or not 0 < scale <= 1:
        raise InputError(
            f"--scale {scale:g}: not possible.\n"
            "  Give the share of the population to simulate, above 0 and up to 1 (1 is everybody, 0.05 one in twenty)."
        )
    if not 1 <= replicates <= MAX_REPLICATES:
        raise InputError(
            f"--replicates {replicates}: not possible.\n"
            f"  Give a whole number from 1 to {MAX_REPLICATES}; {REPLICATES} is usual."
        )
    last = MAX_SEED - replicates + 1  # replicates count on from the seed
    if not 0 <= seed <= last:
        raise InputError(f"--seed {seed}: not possible.\n  Give a whole number from 0 to {last}.")


def check_cut(cut: float) -> None:
    """Refuse a cut that no budget can have.

    Raises:
        InputError: Saying what is allowed.
    """
    if math.isnan(cut) or not 0 < cut <= MAX_CUT:
        raise InputError(f"--cut {cut:g}: not possible.\n  Give per cent off the budget, above 0 and up to {MAX_CUT}.")
