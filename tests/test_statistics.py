"""The base year against what is known: demography of year 1, with the chance of a false alarm stated.

The bars are those of the calibration report, which holds the mean of 20 seeds against them at full scale. Here two
seeds at a quarter of the people are held against the bar plus 3.9 standard errors of sampling: for a mean that lies
anywhere inside its bar a false alarm comes about once in 10,000 readings.
"""

from __future__ import annotations

import math
import statistics

import pytest

from demandsim.experiment.calibration import BaseRun, Readings, read_off, targets_of
from demandsim.place.profile import place_profile

SCALE, SEEDS, SIGMAS = 0.25, (11, 12), 3.9


@pytest.fixture(scope="module")
def runs() -> list[Readings]:
    return [read_off(BaseRun("Sunderland", SCALE, seed, 1))["base"] for seed in SEEDS]


@pytest.mark.slow
def test_deaths_and_births_of_year_1(runs: list[Readings]) -> None:
    for target in targets_of(place_profile("Sunderland")):
        if target.name in ("count.deaths", "count.births"):
            error = math.sqrt(target.value / SCALE / len(SEEDS))
            mean = statistics.fmean(run[target.name] for run in runs)
            assert abs(mean - target.value) <= target.band * target.value + SIGMAS * error, target.label


@pytest.mark.slow
def test_people_live_as_the_tables_say(runs: list[Readings]) -> None:
    people_65 = 60_000 * SCALE * len(SEEDS)
    for target in targets_of(place_profile("Sunderland")):
        if target.name.startswith(("alone.", "partnered", "adl.men", "adl.women", "help.")):
            mean = statistics.fmean(run[target.name] for run in runs)
            # Shares of at least a tenth of the people of 65 and over, standardised: twice the binomial error.
            error = 2 * math.sqrt(target.value * (1 - target.value) / (people_65 / 10))
            assert abs(mean - target.value) <= target.band + SIGMAS * error, target.label


@pytest.mark.slow
def test_life_expectancy_at_65(runs: list[Readings]) -> None:
    """The standard error of a year of deaths at 65 and over among so many people is about 0.35 years by sex."""
    for target in targets_of(place_profile("Sunderland")):
        if target.name.startswith("e65."):
            mean = statistics.fmean(run[target.name] for run in runs)
            assert abs(mean - target.value) <= target.band + SIGMAS * 0.35 / math.sqrt(len(SEEDS)), target.label
