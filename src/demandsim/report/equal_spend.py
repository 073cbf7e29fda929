"""What is said of scenarios at equal spend: the budget found, how near it comes, or that there is none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demandsim.experiment.comparison import Estimate, Results, Values, estimate
from demandsim.experiment.equal_spend import MOST_CUT, MOST_GROWTH, SUFFIX, Matched
from demandsim.measures.costs import FINANCE
from demandsim.parameters.register import Numbers
from demandsim.report.headlines import called, in_words, millions, plain, practice_of, signed

_WIDE = 4.0
"""Tolerances beyond which the range from chance is too wide for spending to be called equal: a per cent, usually."""
COLUMNS = ("scenario", "against", "cut_percent", "gap_percent", "found", "scale", "tolerance_percent")


def equal_spend_sentences(results: Results) -> list[str]:
    """A sentence for every scenario at equal spend: its budget, and how near its spending is in these runs."""
    plan, said = results.plan, []
    halves = [half for half in (plan.practices, plan.cuts) if half]
    for first, *others in halves:
        for scenario in (each for each in others if each.name.endswith(SUFFIX)):
            theirs, ours = spending(results, first.name), spending(results, scenario.name)
            gap = estimate(100.0 * (ours - theirs) / theirs.mean())
            budget = budget_words(scenario.budget.cut_percent, scenario.budget.cut_years)
            span = f"over {len(results.years)} years" if len(results.years) > 1 else "in the year"
            half = f" (± {plain(gap.half, 2)})" if gap.half >= 0 else ""
            apart = how_equal(gap)
            under = f" under the {plan.cut:g} % cut" if scenario in plan.cuts else ""
            said.append(
                f"At equal spend{under}: {practice_of(plan, scenario.name)}, with {budget}, is meant to cost the "
                f"council on services {span} what {called(plan, first.name)} does, "
                f"{millions(float(theirs.mean()))}. In these runs it costs {signed(gap.value, 2)} %{half}: {apart}. "
                "Its council balance is held against that budget, which is set only to make spending equal."
            )
    return said


def how_equal(gap: Estimate) -> str:
    """In words, how near spending is to the mark: its mean gap and the range of it, per cent."""
    allowed = 100.0 * Numbers()["spend.tolerance"]
    if abs(gap.value) > allowed:
        return "not quite equal: read its differences with that in mind"
    if gap.half > _WIDE * allowed:
        return "equal on average, but so few runs differ too much by chance to rely on it"
    return "equal for the purpose"


def spending(results: Results, scenario: str) -> Values:
    """What the council spends on services over the run, by replicate: borrowing, repaying and tax left out."""
    council = results.values(scenario, "cost", "horizon", "payer", "council")
    finance = [results.values(scenario, "cost", "horizon", "payer+service", f"council+{name}") for name in FINANCE]
    return np.asarray(council - np.sum(finance, axis=0))


def budget_words(cut: float, years: float) -> str:
    """``a cut of 3.4 % made over 8 years``, growth where it is below 0, or ``neither cut nor growth``."""
    return f"{budget_kind(cut)} made over {years:g} years" if round(cut, 2) else budget_kind(cut)


def unmatched_notes(matched: Sequence[Matched]) -> list[str]:
    """What is said of scenarios for which no budget was found."""
    return [
        f"At equal spend: no budget found between {plain(-MOST_GROWTH)} % more and {plain(MOST_CUT)} % less with which "
        f"{in_words(found.scenario)} costs the council what {in_words(found.against)} does. The nearest of "
        f"{len(found.tried)} tried, {budget_kind(found.best.cut)}, is {signed(100 * found.best.gap, 1)} % apart. "
        "Its spending does not follow its budget closely enough, or jumps."
        for found in matched
        if found.equal is None
    ]


def budget_kind(cut: float) -> str:
    """``a cut of 3.40 %``, ``growth of 2.00 %``, or ``neither cut nor growth``."""
    if not round(cut, 2):
        return "neither cut nor growth"
    return f"{'a cut' if cut > 0 else 'growth'} of {plain(abs(cut), 2)} %"


def equal_spend_records(matched: Sequence[Matched]) -> list[dict[str, object]]:
    """Every budget that was tried, as plain records: see `COLUMNS`."""
    return [
        {
            "scenario": found.scenario,
            "against": found.against,
            "cut_percent": tried.cut,
            "gap_percent": 100 * tried.gap,
            "found": "yes" if found.equal is not None and tried == found.best else "no",
            "scale": found.scale,
            "tolerance_percent": 100 * found.tolerance,
        }
        for found in matched
        for tried in found.tried
    ]
