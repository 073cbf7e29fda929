"""What a brief holds side by side: the yardstick and one option, under each budget; who pays; when it breaks even."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demandsim.experiment.comparison import Estimate, Results, Values, estimate
from demandsim.experiment.equal_spend import SUFFIX
from demandsim.experiment.errors import InputError
from demandsim.report.headlines import called, cut_in_words, in_words, millions, money_decimals
from demandsim.report.sentences import joined, sustained

PAYERS = {
    "council": "Council",
    "nhs": "NHS",
    "central": "Central government",
    "citizen": "Citizens’ own money",
    "family": "Families’ care, lost pay",
    "investor": "Investors",
}
"""Who pays, in the order shown; a payer that the model adds is shown after them under its own name."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two scenarios under one budget.

    Attributes:
        budget: The budget in words, as a heading.
        against: The yardstick.
        ours: The option.
    """

    budget: str
    against: str
    ours: str


def pairs(results: Results, option: str | None = None) -> list[Pair]:
    """The yardstick and an option, with the budget as it is and, where a cut was asked for, under it.

    Args:
        results: What was run.
        option: Name of the scenario that is held against the first; the second if left out.

    Raises:
        InputError: If there is no second scenario, or none of that name.
    """
    plan = results.plan
    names = [scenario.name for scenario in plan.practices]
    if len(names) < 2:
        raise InputError(
            f"{names[0]}: one scenario alone; a brief holds two side by side.\n"
            "  Make a comparison with `demandsim compare A B`."
        )
    if option is not None and option not in names[1:]:
        from difflib import get_close_matches

        near = get_close_matches(option, names[1:], n=1)
        guess = f" Did you mean {near[0]}?" if near else ""
        raise InputError(
            f"--option {option}: not among the scenarios held against {names[0]}.{guess}\n"
            f"  There {'is' if len(names) == 2 else 'are'}: {', '.join(names[1:])}."
        )
    number = 1 if option is None else names.index(option)
    budget, cut = "Budget sustained" if sustained(results) else "Budgets as in the scenarios", cut_in_words(results)
    if names[number].endswith(SUFFIX):
        budget, cut = "At equal spend", f"At equal spend, {cut}"
    found = [Pair(budget, names[0], names[number])]
    if plan.cut:
        found.append(Pair(cut[0].upper() + cut[1:], plan.cuts[0].name, plan.cuts[number].name))
    return found


def payers(results: Results) -> list[str]:
    """Everybody who pays for anything under any scenario: the known ones first."""
    held = results.groups("cost", "payer")
    return [name for name in PAYERS if name in held] + [name for name in held if name not in PAYERS]


def payer_label(name: str) -> str:
    """What a payer is called."""
    return PAYERS.get(name, in_words(name).capitalize())


def cumulative(results: Results, pair: Pair, payer: str) -> Values:
    """What a payer pays more under the option, added up over the years, pounds, shape (years, replicates)."""
    steps = [
        results.values(pair.ours, "cost", year, "payer", payer)
        - results.values(pair.against, "cost", year, "payer", payer)
        for year in results.years
    ]
    return np.cumsum(np.array(steps, dtype=np.float64), axis=0)


@dataclass(frozen=True, slots=True)
class BreakEven:
    """When the council has spent less in all under the option.

    Attributes:
        year: The first year by whose end it has; None where no year of the run is.
        runs: In how many runs it has by the last year.
        lasts: Whether it still has by the last year.
        until: The year up to which payers were added up: the break-even year if it lasts, or the last.
        more: Payers who have paid clearly more by then, with how much.
        less: Payers who have paid clearly less.
    """

    year: int | None
    runs: int
    lasts: bool
    until: int
    more: tuple[tuple[str, Estimate], ...]
    less: tuple[tuple[str, Estimate], ...]


def break_even(results: Results, pair: Pair) -> BreakEven:
    """The first year in which the option's cumulative council spending is below the yardstick's; who pays till then."""
    council = cumulative(results, pair, "council")
    nothing = 0.5e6 / 10 ** money_decimals(results)  # pounds that are shown as £0.0m: nothing saved or borne
    below = np.flatnonzero(council.mean(axis=1) < -nothing)
    lasts = bool(council.mean(axis=1)[-1] < -nothing)
    number = int(below[0]) if lasts else len(results.years) - 1
    found = [(name, estimate(cumulative(results, pair, name)[number])) for name in payers(results)]
    return BreakEven(
        year=results.years[int(below[0])] if below.size else None,
        runs=int((council[-1] < 0).sum()),
        lasts=lasts,
        until=results.years[number],
        more=tuple((name, e) for name, e in found if e.clear and e.value > nothing),
        less=tuple((name, e) for name, e in found if e.clear and e.value < -nothing),
    )


def break_even_sentences(results: Results, pair: Pair) -> tuple[str, str]:
    """The break-even year, and who pays until then: two sentences."""
    found, last, number = break_even(results, pair), results.years[-1], len(results.replicates)
    name = called(results.plan, pair.ours)
    if found.year is None:
        told = f"Council spending added up does not fall below the yardstick’s within the run (to {last})"
    elif found.year == results.years[0]:
        told = f"Council spending under {name} is below the yardstick’s from the first year"
    else:
        told = f"Council spending added up falls below the yardstick’s in {found.year}"
    if found.year is not None and not found.lasts:
        told += f", but is above it again by {last}"
    told += f"; by {last} it is below in {found.runs} of {number} run{'s' if number != 1 else ''}."
    span = f"By the end of {found.until}" if found.lasts else f"Over the {len(results.years)} years"
    parts, decimals = [], money_decimals(results)
    for who, word in ((found.more, "more"), (found.less, "less")):
        if who:
            paid = [f"{payer_label(payer)} {millions(e.value, decimals)}" for payer, e in who]
            parts.append(f"{word}: {joined(paid)}")
    said = f"{span}, these have borne {'; '.join(parts)}." if parts else f"{span}, no payer has clearly borne more."
    return told, said
