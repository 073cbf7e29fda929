"""The headline of the room: what the plan means against today carried on, in a sentence or two."""

from __future__ import annotations

from demandsim.experiment.comparison import Results
from demandsim.report.headlines import Headline, millions
from demandsim.report.sentences import joined, money_sentence, notice_sentence, practice_sentence
from demandsim.workshop.choices import BASELINE, CHOSEN
from demandsim.workshop.series import CHARTS

_TOLD_OF_TODAY = ("unmet_need_people", "carer_strain")
"""What is told of the present carried on, by itself."""

_TOLD_FIRST = ("unmet_need_people", "carer_strain", "ae_visits")
"""What a first run tells, before there are enough to say what is chance."""


def headline(results: Results) -> list[str]:
    """The room's answer: what changes, and what it does to the council's money.

    Args:
        results: Runs of the present carried on and of the room's scenario.

    Returns:
        Sentences, the most telling first.
    """
    years = results.years
    if all(scenario.name == BASELINE for scenario in results.plan.scenarios):
        told = [_today(results), notice_sentence(results), "Move a lever or choose a plan to see what changes."]
        return [sentence for sentence in told if sentence]
    if len(results.replicates) < 2:
        return [_first_look(results)]
    when = f"After {len(years)} years" if len(years) > 1 else "After a year"
    outcomes = [row for row in CHARTS if row.is_outcome]
    said = [practice_sentence(results, CHOSEN, BASELINE, when, outcomes)]
    said.append(money_sentence(results, CHOSEN, BASELINE, "With these choices", outcomes) or _balance(results))
    said.append(notice_sentence(results))
    return [sentence for sentence in said if sentence]


def _today(results: Results) -> str:
    """The present carried on, in words: how many there are in the last year, and were in the first."""
    first, last = results.years[0], results.years[-1]
    parts = []
    for row in (row for row in CHARTS if row.measure in _TOLD_OF_TODAY):
        then, now = (row.number(results.estimate(BASELINE, row.measure, year).value) for year in (first, last))
        parts.append(f"{now} {row.phrase}" + (f" ({then} in {first})" if last != first else ""))
    return f"If today is carried on, in {last} there are {joined(parts)}."


def _first_look(results: Results) -> str:
    """One run in words: no range yet, and it says so."""
    year = results.years[-1]
    parts = [_told(results, row, year) for row in CHARTS if row.measure in _TOLD_FIRST]
    return f"First look, one run: in {year} {joined(parts)} than with today carried on. Its range follows."


def _told(results: Results, row: Headline, year: int) -> str:
    change = results.difference(CHOSEN, BASELINE, row.measure, year).value
    return f"{row.number(abs(change))} {'more' if change > 0 else 'fewer'} {row.phrase}"


def _balance(results: Results) -> str:
    """What the plan does to the council's balance over the years, where that is clear."""
    gap = results.difference(CHOSEN, BASELINE, "council_balance", "horizon")
    if not gap.clear:
        return "The council’s balance over these years does not clearly change."
    side = "better" if gap.value > 0 else "worse"
    return f"Over these years the council’s balance is {millions(gap.value)} {side} than with today carried on."
