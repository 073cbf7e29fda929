"""Whether a scenario makes sense: values that are each allowed, and together contradict one another.

Only true contradictions are refused: what is bought and may not be used, what begins after the run is over, shares of
one thing that add up to more than the whole, money that is cut and not cut. A scenario that is unwise is none of these.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from demandsim.scenario.errors import Path
from demandsim.scenario.scenario import Scenario
from demandsim.scenario.terms import AS_TODAY, SECTIONS, TERMS

type Rank = Callable[[Path], int]
"""Which of the files that extend one another has the last word on a path: 0 the first ancestor, -1 for none."""


@dataclass(frozen=True)
class Contradiction:
    """Values of a scenario that cannot all be meant.

    Attributes:
        paths: Where they stand; the one that a file says last is pointed at.
        message: What is wrong.
        hint: The nearest right thing.
    """

    paths: tuple[Path, ...]
    message: str
    hint: str


def contradictions(scenario: Scenario, rank: Rank) -> list[Contradiction]:
    """Every contradiction of a scenario.

    Args:
        scenario: The scenario, resolved.
        rank: Which file has the last word on a path. A file that only shortens the run, or only goes without training,
            is no contradiction to what its parents say.
    """
    checks = (_adoption, _starts, _budget, _investments, _visits, _training, _breaks, _shares)
    return [found for check in checks for found in check(scenario, rank)]


def _lever(group: str, key: str) -> Path:
    return ("practice", group, key)


def _adoption(scenario: Scenario, rank: Rank) -> Iterator[Contradiction]:
    """Adoption begins and ends within the run, as far as whoever wrote it knew the run."""
    if scenario.practice == scenario.base_practice:
        return
    adoption, years = scenario.adoption, scenario.years
    start, length = ("adoption", "start_year"), ("adoption", "years")
    if adoption.start_year >= years and rank(start) >= rank(("years",)):
        yield Contradiction(
            (start, ("years",)),
            f"adoption begins in year {adoption.start_year}, and the run is over after {years}: it never happens",
            f"The last year in which it can begin is {years - 1}; or run for more years.",
        )
        return
    end = adoption.start_year + adoption.years
    if end > years and max(rank(start), rank(length)) >= max(rank(("years",)), 0):
        yield Contradiction(
            (length, start),
            f"adoption ends after {end:g} years, and the run is over after {years}",
            f"Run for {math.ceil(end)} years, or take at most {years - adoption.start_year:g} to adopt.",
        )


def _starts(scenario: Scenario, rank: Rank) -> Iterator[Contradiction]:
    """Terms begin before the run is over."""
    terms = scenario.agreed.terms
    for section in SECTIONS:
        start = scenario.agreed.start_year(section)
        set_any = any(getattr(terms, t.field) != getattr(AS_TODAY, t.field) for t in TERMS if t.section == section)
        path = (section, "start_year")
        if set_any and start >= scenario.years and rank(path) >= rank(("years",)):
            yield Contradiction(
                (path, ("years",)),
                f"these terms hold from year {start}, and the run is over after {scenario.years}: they never hold",
                f"The last year in which they can begin is {scenario.years - 1}; or run for more years.",
            )


def _budget(scenario: Scenario, _: Rank) -> Iterator[Contradiction]:
    """What is cut is cut, what is ring-fenced is not, and something is left for adults."""
    budget = scenario.budget
    cut, growth = ("budget", "cut_percent"), ("budget", "real_growth_percent_per_year")
    if budget.cut_percent > 0 and budget.factor(math.ceil(budget.cut_years) - 1) >= 1.0:
        yield Contradiction(
            (growth, cut),
            f"growth of {budget.real_growth_percent_per_year:g} % a year cancels the cut of {budget.cut_percent:g} %: "
            f"nothing is cut when it is made",
            "Say one of them: a cut (growth 0), or growth (cut_percent 0).",
        )
    change = ("budget", "prevention_change_percent")
    if budget.ring_fence_prevention and budget.prevention_change_percent < 0:
        yield Contradiction(
            (change, ("budget", "ring_fence_prevention")),
            f"prevention is ring-fenced and cut by {-budget.prevention_change_percent:g} %",
            "Set it to 0 or more, or ring_fence_prevention: false.",
        )
    numbers = scenario.numbers
    borne = numbers["council.childrens_to_adults"] * numbers["council.adults_of_rest"]
    for year in range(scenario.years):
        if budget.factor(year) <= borne * (budget.childrens_factor(year) - 1.0):
            yield Contradiction(
                (("budget", "childrens_growth_percent_per_year"), cut),
                f"children's services take all the money of adult care by year {year}",
                "Let them grow less, cut less, or run for fewer years.",
            )
            return


def _investments(scenario: Scenario, _: Rank) -> Iterator[Contradiction]:
    """Money that is put in is put in for some time."""
    terms = scenario.agreed.terms
    for percent, years, key in (
        (terms.invest_percent, terms.invest_years, "invest_to_save"),
        (terms.bond_percent, terms.bond_years, "outcomes_contract"),
    ):
        if percent > 0 and years == 0:
            yield Contradiction(
                (("finance", f"{key}_percent"), ("finance", f"{key}_years")),
                f"{percent:g} % of the budget is put in for 0 years: nothing is",
                f"Say for how long: finance.{key}_years: 5.",
            )


def _visits(scenario: Scenario, rank: Rank) -> Iterator[Contradiction]:
    """Time with the person fits into the longest visit."""
    practice, task = scenario.practice, scenario.numbers["visit.task"]
    share, longest = _lever("visits", "time_with_person_share"), _lever("visits", "longest_minutes")
    if practice.goal_share > 0 and practice.visit_minutes <= task and max(rank(share), rank(longest)) >= 0:
        yield Contradiction(
            (longest, share),
            f"visits of {practice.visit_minutes:g} minutes leave no time with people: the task takes {task:g}",
            f"Allow more than {task:g} minutes, or set time_with_person_share: 0.",
        )


def _training(scenario: Scenario, rank: Rank) -> Iterator[Contradiction]:
    """Workers who are trained are given hours of training."""
    trained, hours = _lever("workers", "trained_share"), ("adoption", "training_hours_per_worker")
    more = scenario.practice.trained_share > scenario.base_practice.trained_share and scenario.adoption.fidelity > 0
    if more and scenario.adoption.training_hours_per_worker == 0 and rank(trained) >= max(rank(hours), 0):
        usual = scenario.numbers["practice.training_hours"]
        yield Contradiction(
            (trained, hours),
            f"{scenario.practice.trained_share:g} of workers are trained, in 0 hours of training each",
            f"Set adoption.training_hours_per_worker (the register has {usual:g}), or trained_share: 0.",
        )


def _breaks(scenario: Scenario, rank: Rank) -> Iterator[Contradiction]:
    """Breaks that are bought may be taken."""
    share, hours = _lever("carers", "break_share"), _lever("carers", "break_hours_per_100k_65plus_per_year")
    practice = scenario.practice
    if practice.carer_break_share == 0 and practice.carer_break_hours > 0 and rank(hours) >= max(rank(share), 0):
        yield Contradiction(
            (share, hours),
            f"{practice.carer_break_hours:g} hours of breaks are bought and no carer may take any",
            f"Let breaks replace a share of carers' hours ({scenario.base_practice.carer_break_share:g} today), "
            f"or buy none.",
        )


def _shares(scenario: Scenario, _: Rank) -> Iterator[Contradiction]:
    """Home care is handed over once."""
    terms = scenario.agreed.terms
    handed = terms.mutual_share + terms.third_sector_share
    if handed > 1.0 + 1e-9:
        yield Contradiction(
            (("services", "mutual_share"), ("services", "third_sector_share")),
            f"mutuals and charities together are given {handed:g} of home care",
            f"With third_sector_share at {terms.third_sector_share:g}, mutual_share is at most "
            f"{1.0 - terms.third_sector_share:g}.",
        )
