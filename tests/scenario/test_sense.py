"""Contradictions are refused where they stand, with the nearest right thing; sensible files are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from demandsim.scenario import ScenarioError, load_scenario
from demandsim.scenario.library import library_folder

REFUSED = [
    (
        "adoption: {start_year: 10}",
        "f.yaml:3  adoption.start_year: adoption begins in year 10, and the run is over after 10: it never happens\n"
        "  The last year in which it can begin is 9; or run for more years.",
    ),
    (
        "adoption: {start_year: 4, years: 8}",
        "f.yaml:3  adoption.years: adoption ends after 12 years, and the run is over after 10\n"
        "  Run for 12 years, or take at most 6 to adopt.",
    ),
    (
        "years: 5\nadoption: {years: 8}",
        "f.yaml:4  adoption.years: adoption ends after 8 years, and the run is over after 5\n"
        "  Run for 8 years, or take at most 5 to adopt.",
    ),
    (
        "services: {start_year: 10, mutual_share: 0.5}",
        "f.yaml:3  services.start_year: these terms hold from year 10, and the run is over after 10: they never hold",
    ),
    (
        "budget: {cut_percent: 10, cut_years: 8, real_growth_percent_per_year: 2}",
        "f.yaml:3  budget.real_growth_percent_per_year: growth of 2 % a year cancels the cut of 10 %: nothing is cut "
        "when it is made\n  Say one of them: a cut (growth 0), or growth (cut_percent 0).",
    ),
    (
        "budget: {ring_fence_prevention: true, prevention_change_percent: -20}",
        "f.yaml:3  budget.prevention_change_percent: prevention is ring-fenced and cut by 20 %\n"
        "  Set it to 0 or more, or ring_fence_prevention: false.",
    ),
    (
        "budget: {prevention_change_percent: -120}",
        "f.yaml:3  budget.prevention_change_percent: -120 is below -100",
    ),
    (
        "budget: {childrens_growth_percent_per_year: 20}\nyears: 20",
        "f.yaml:3  budget.childrens_growth_percent_per_year: children's services take all the money of adult care by "
        "year 8\n  Let them grow less, cut less, or run for fewer years.",
    ),
    (
        "finance: {invest_to_save_percent: 2}",
        "f.yaml:3  finance.invest_to_save_percent: 2 % of the budget is put in for 0 years: nothing is\n"
        "  Say for how long: finance.invest_to_save_years: 5.",
    ),
    (
        "finance: {outcomes_contract_percent: 2, outcomes_contract_years: 0}",
        "f.yaml:3  finance.outcomes_contract_percent: 2 % of the budget is put in for 0 years: nothing is",
    ),
    (
        "practice: {visits: {longest_minutes: 20}}",
        "f.yaml:3  practice.visits.longest_minutes: visits of 20 minutes leave no time with people: the task takes 20\n"
        "  Allow more than 20 minutes, or set time_with_person_share: 0.",
    ),
    (
        "practice: {workers: {trained_share: 0.5}}\nadoption: {training_hours_per_worker: 0}",
        "f.yaml:3  practice.workers.trained_share: 0.5 of workers are trained, in 0 hours of training each\n"
        "  Set adoption.training_hours_per_worker (the register has ",
    ),
    (
        "practice: {carers: {break_share: 0, break_hours_per_100k_65plus_per_year: 5000}}",
        "f.yaml:3  practice.carers.break_share: 5000 hours of breaks are bought and no carer may take any\n"
        "  Let breaks replace a share of carers' hours (0.05 today), or buy none.",
    ),
    (
        "services: {third_sector_share: 0.7, mutual_share: 0.4}",
        "f.yaml:3  services.mutual_share: mutuals and charities together are given 1.1 of home care\n"
        "  With third_sector_share at 0.7, mutual_share is at most 0.3.",
    ),
]


def write(folder: Path, text: str, parent: str = "strengths") -> Path:
    path = folder / "f.yaml"
    path.write_text(f"format: 1\nextends: {parent}\n{text}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=range(len(REFUSED)))
def test_a_contradiction_is_refused_where_it_stands(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    (found,) = caught.value.problems
    assert found.replace(f"{tmp_path}/", "").startswith(message)


@pytest.mark.parametrize(
    "text",
    [
        "years: 2",  # who only shortens the run wants to see its first years
        "adoption: {start_year: 9, years: 1}",
        "adoption: {training_hours_per_worker: 0}",  # declared and not trained for: a story of its own
        "adoption: {fidelity: 0, training_hours_per_worker: 0}\npractice: {workers: {trained_share: 0.5}}",
        "budget: {cut_percent: 30, real_growth_percent_per_year: 1}",
        "budget: {cut_percent: 30, prevention_change_percent: 50, ring_fence_prevention: true}",
        "budget: {childrens_growth_percent_per_year: 4, nhs_change_percent: -10}",
        "finance: {invest_to_save_percent: 2, invest_to_save_years: 5}",
        "finance: {invest_to_save_percent: 0, invest_to_save_years: 5}",
        "finance: {start_year: 12}",  # nothing is agreed
        "practice: {visits: {longest_minutes: 15, time_with_person_share: 0}}",
        "practice: {carers: {break_share: 0}}",
        "services: {third_sector_share: 0.7, mutual_share: 0.3}",
    ],
)
def test_a_file_that_makes_sense_is_not_refused(tmp_path: Path, text: str) -> None:
    assert load_scenario(write(tmp_path, text)).origins


@pytest.mark.parametrize("stem", [path.stem for path in sorted(library_folder().glob("*.yaml"))])
def test_the_library_does_not_contradict_itself(stem: str) -> None:
    assert load_scenario(stem).name == stem


def test_every_contradiction_of_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write(tmp_path, "finance: {invest_to_save_percent: 2, outcomes_contract_percent: 2}"))
    assert len(caught.value.problems) == 2


def test_what_no_file_says_is_no_contradiction(tmp_path: Path) -> None:
    """Practice that is today's is not adopted: when it would have been does not matter."""
    scenario = load_scenario(write(tmp_path, "adoption: {start_year: 30}", parent="sustained"))
    assert scenario.digest == load_scenario("sustained").digest
