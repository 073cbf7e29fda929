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
    return [*_answer(results), *_so_far(results)]


def _answer(results: Results) -> list[str]:
    """The answer from the runs that there are."""
    years = results.years
    if _is_today(results):
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
    """One run in words: no range, and it says so."""
    year = results.years[-1]
    rows = [row for row in CHARTS if row.measure in _TOLD_FIRST]
    changes = {row: _change(results, row, year) for row in rows}
    if any(changes.values()):
        said = (
            f"{joined([_told(row, change) for row, change in changes.items()])} than with today carried on, in {year}."
        )
    else:
        said = f"no change against today carried on in {joined([row.phrase for row in rows], 'or')}, in {year}."
    if results.plan.replicates > 1:
        return f"First look, one run: {said} Its range follows."
    who = "Everybody" if results.plan.scale == 1 else "A large share of the people"
    return f"{who}, one run: {said} It has no range from chance."


def _change(results: Results, row: Headline, year: int) -> float:
    """A change in the one run, in shown units, as it is shown."""
    return round(results.difference(CHOSEN, BASELINE, row.measure, year).value / row.unit, row.decimals)


def _told(row: Headline, change: float) -> str:
    if not change:
        return f"neither more nor fewer {row.phrase}"
    return f"{row.number(abs(change) * row.unit)} {'more' if change > 0 else 'fewer'} {row.phrase}"


def _so_far(results: Results) -> list[str]:
    """That more runs follow, where the answer does not say so itself."""
    done, of = len(results.replicates), results.plan.replicates
    said = done < 2 and not _is_today(results)
    return [] if done == of or said else [f"So far {done} of {of} runs: this can still change."]


def _is_today(results: Results) -> bool:
    """Whether nothing but the present carried on was run."""
    return all(scenario.name == BASELINE for scenario in results.plan.scenarios)


def _balance(results: Results) -> str:
    """What the plan does to the council's balance over the years, where that is clear."""
    gap = results.difference(CHOSEN, BASELINE, "council_balance", "horizon")
    if not gap.clear:
        return "The council’s balance over these years does not clearly change."
    side = "better" if gap.value > 0 else "worse"
    return f"Over these years the council’s balance is {millions(gap.value)} {side} than with today carried on."
