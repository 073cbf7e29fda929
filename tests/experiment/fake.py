"""A quick stand-in for the model: the runner, the answer and the pictures are tested without the engine."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from demandsim.agents.cells import CELLS
from demandsim.experiment.plan import Place, Plan, Task
from demandsim.ledger import Ledger
from tests.toy import toy_model, toy_neighbourhoods

if TYPE_CHECKING:
    from demandsim.experiment.comparison import Results

SUNDERLAND = Place("sunderland", "Sunderland", "E08000024")


@dataclass(frozen=True)
class FakeScenario:
    name: str
    effect: float = 0.0
    cut: float = 0.0
    years: int = 3
    behaviour: str = ""
    flag: str = ""
    numbers: Any = field(default_factory=lambda: SimpleNamespace(overrides=()))
    budget: Any = field(default_factory=lambda: SimpleNamespace(cut_percent=0.0, cut_years=8.0))

    @property
    def digest(self) -> str:
        return f"{self.effect}:{self.cut}:{self.behaviour}"


class FakeModel:
    """A toy town whose months cost little and whose money moves with the scenario."""

    def __init__(self, task: Task, on_month: Any) -> None:
        scenario: Any = task.scenario
        self.scenario = scenario
        self.toy = toy_model(400, seed=task.replicate)
        self.toy.scale = task.scale
        self.toy.neighbourhoods = toy_neighbourhoods()
        self.random = np.random.default_rng(task.replicate)
        self.on_month = on_month
        self.ledger = Ledger(CELLS)

    def run_for(self, duration: int) -> None:
        toy, scenario = self.toy, self.scenario
        people = toy.citizens
        old = np.flatnonzero(people.alive & (people.age_months > 780))
        people.band[old] = 2 + (np.arange(old.size) % 2)
        people.hands_on[old] = 6
        people.care_given[old[::2]] = 30
        for month in range(duration):
            toy.month = month
            behave(scenario, month)
            chance = self.random.random(old.size)
            people.unmet[old] = chance < 0.4 - 0.1 * scenario.effect + 0.2 * scenario.cut * month / 36
            people.unmet_hours[old] = np.where(people.unmet[old], 3, 0)
            people.strain[old] = np.where(chance < 0.5 - 0.2 * scenario.effect, 0.9, 0.1)
            self.ledger.people("emergency_admissions", people.cell[old[chance[: old.size] < 0.05]])
            self.ledger.cost("home_care", "council", 1000.0 * (1 + 0.1 * scenario.effect - 0.3 * scenario.cut))
            self.ledger.cost("acute", "nhs", 500.0)
            self.ledger.total("council_balance", -300.0 * scenario.cut)
            self.ledger.total("assessed_after_1", 4)
            self.on_month(toy, self.ledger.close())


def behave(scenario: Any, month: int) -> None:
    """Go wrong on purpose, where a test asks for it; with a flag file, once only."""
    if not scenario.behaviour or month != 14 or (scenario.flag and Path(scenario.flag).exists()):
        return
    if scenario.flag:
        Path(scenario.flag).touch()
    if scenario.behaviour == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if scenario.behaviour == "fail":
        raise ValueError("on purpose")
    if scenario.behaviour == "memory":
        raise MemoryError
    if scenario.behaviour == "interrupt":
        raise KeyboardInterrupt
    if scenario.behaviour == "slow":
        time.sleep(30)


def make_model(task: Task, on_month: Any) -> FakeModel:
    return FakeModel(task, on_month)


def fake_plan(**changes: Any) -> Plan:
    given: dict[str, Any] = {
        "place": SUNDERLAND,
        "scenarios": (FakeScenario("deficit"), FakeScenario("strengths", effect=1.0)),
        "years": 3,
        "scale": 0.5,
        "replicates": 3,
    }
    return Plan(**{**given, **changes})


def two_by_two_plan(**changes: Any) -> Plan:
    scenarios = (
        FakeScenario("deficit"),
        FakeScenario("strengths", effect=1.0),
        FakeScenario("deficit_cut30", cut=1.0),
        FakeScenario("strengths_cut30", effect=1.0, cut=1.0),
    )
    return fake_plan(scenarios=scenarios, cut=30.0, **changes)


def invented_rows(plan: Plan, seed: int = 1) -> pd.DataFrame:
    """Tidy rows of plausible size for a whole plan, without any model."""
    from demandsim.experiment.store import sort_rows
    from demandsim.measures.register import MEASURES

    base = {
        "unmet_need_people": 12_000,
        "need_people": 20_000,
        "unmet_need_hours": 60_000,
        "wellbeing": 7.19,
        "carer_strain": 2_870,
        "carer_breakdowns": 520,
        "wait_weeks_median": 5.4,
        "emergency_admissions_65plus": 16_400,
        "care_home_admissions": 690,
        "council_balance": -1e6,
        "section_114": 0,
    }
    costs = {"council": 88e6, "nhs": 40e6, "citizen": 21e6, "family": 660e6}
    rows = []
    luck = np.random.default_rng(seed)
    for replicate in range(plan.seed, plan.seed + plan.replicates):
        shared = luck.normal(0, 0.004, 100)
        for run, scenario in zip(plan.runs, plan.scenarios, strict=True):
            strengths, cut = "strengths" in scenario.name, "cut" in scenario.name
            for number in range(plan.years):
                drift = number / max(1, plan.years - 1)
                noise = 1 + shared[number] + luck.normal(0, 0.0005)
                bad = noise * (1 + 0.10 * drift + 0.06 * drift * cut - 0.03 * drift * strengths * (1 + cut))
                pounds = noise * (1 + 0.05 * drift - 0.2 * drift * cut + 0.03 * strengths * drift * (1 + cut))

                def add(measure: str, value: float, by: str = "all", group: str = "all") -> None:
                    key = (run, scenario.name, replicate, 2024 + number)  # noqa: B023
                    rows.append((*key, measure, by, group, value, MEASURES[measure].unit))

                for measure, value in base.items():
                    if measure == "wellbeing":
                        add(measure, value + 0.01 * strengths * drift - 0.01 * cut * drift + 0.002 * (noise - 1))
                    elif measure == "council_balance":
                        add(measure, (1 - 3 * drift * cut - 4 * drift * strengths * cut) * 1e6 * noise)
                    elif measure == "section_114":
                        add(measure, float(cut and drift > 0.3))
                    else:
                        add(measure, value * bad)
                for fifth in range(5):
                    share = [0.28, 0.24, 0.2, 0.16, 0.12][fifth]
                    add("need_people", 20_000 * share, "quintile", str(fifth + 1))
                    add("unmet_need_people", 12_000 * share * bad * (1.1 - 0.05 * fifth), "quintile", str(fifth + 1))
                for payer, value in costs.items():
                    add("cost", value * (pounds if payer == "council" else noise), "payer", payer)
                add("cost", costs["family"] * noise, "payer+service", "family+unpaid_care")
                add("cost", sum(costs.values()) * noise)
    columns = ["run", "scenario", "replicate", "year", "measure", "by", "group", "value", "unit"]
    return sort_rows(pd.DataFrame(rows, columns=columns))


def with_value(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows with QALYs, and gaps between deprivation fifths that follow unmet need and wellbeing."""
    whole = rows[rows["by"] == "all"].set_index("measure")
    need, well = whole.loc["unmet_need_people"].reset_index(), whole.loc["wellbeing"].reset_index()
    gap = need.assign(measure="slope_index", by="outcome", group="unmet_need_people", value=need["value"] / 250)
    added = [
        need.assign(measure="qaly", value=200_000 - need["value"] / 10),
        gap,
        gap.assign(measure="slope_change", value=gap["value"] - 48),
        well.assign(measure="slope_index", by="outcome", group="wellbeing", value=well["value"] - 7),
        well.assign(measure="slope_change", by="outcome", group="wellbeing", value=well["value"] - 7.19),
    ]
    return pd.concat([rows, *added], ignore_index=True)


def with_draws(plan: Plan, count: int, spread: float = 0.2) -> Results:
    """Invented rows with draws whose difference in unmet need moves by so much from draw to draw."""
    from demandsim.experiment.comparison import Results
    from demandsim.experiment.store import sort_rows

    draws = tuple(
        tuple(replace(s, behaviour=f"draw {d}") for s in plan.scenarios)  # type: ignore[type-var]
        for d in range(count)
    )
    plan = replace(plan, draws=draws)
    frames = [invented_rows(replace(plan, draws=()))]
    luck = np.random.default_rng(5)
    for number, drawn in enumerate(draws):
        one = replace(plan, scenarios=drawn, draws=(), replicates=1, seed=plan.seed + number)
        rows = invented_rows(one, seed=number + 1)
        moved = rows["scenario"].str.contains("strengths") & (rows["measure"] == "unmet_need_people")
        rows.loc[moved, "value"] *= 1 + luck.normal(0, spread)
        frames.append(rows)
    return Results(plan, sort_rows(pd.concat(frames, ignore_index=True)))
