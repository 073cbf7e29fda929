"""The headline of the room: what the plan means against today carried on, in a sentence or two."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from demandsim.experiment.comparison import Estimate, Results, estimate
from demandsim.report.headlines import Headline, millions, money_decimals
from demandsim.report.sentences import joined, money_sentence, notice_sentence, practice_sentence
from demandsim.workshop.choices import BASELINE, CHOSEN
from demandsim.workshop.series import CHARTS

_TOLD_OF_TODAY = ("unmet_need_people", "carer_strain")
"""What is told of the present carried on, by itself."""

_TOLD_FIRST = ("unmet_need_people", "carer_strain", "ae_visits")
"""What a first run tells, before there are enough to say what is chance."""

_MOST = 2
"""Charts of which it is told that earlier years differ from the last."""


def headline(results: Results, year: int | None = None) -> list[str]:
    """The room's answer: what changes in a year, and what it does to the council's money up to then.

    Args:
        results: Runs of the present carried on and of the room's scenario.
        year: The year; the last if left out.

    Returns:
        Sentences, the most telling first.
    """
    return [*_answer(results, results.years[-1] if year is None else year), *_so_far(results)]


def _answer(results: Results, year: int) -> list[str]:
    """The answer from the runs that there are."""
    if _is_today(results):
        told = [_today(results, year), notice_sentence(results, year)]
        return [*filter(None, told), "Move a lever or choose a plan to see what changes."]
    if len(results.replicates) < 2:
        return [_first_look(results, year)]
    number, last = results.years.index(year) + 1, year == results.years[-1]
    when = f"After {number} years" if number > 1 else "After a year"
    outcomes = _outcomes()
    said = [practice_sentence(results, CHOSEN, BASELINE, when, outcomes, year)]
    said.append(_on_the_way(results) if last else "")
    overspent = money_sentence(results, CHOSEN, BASELINE, "With these choices", outcomes) if last else ""
    said.append(overspent or _balance(results, year))
    said.append(notice_sentence(results, year))
    return [sentence for sentence in said if sentence]


def _outcomes() -> list[Headline]:
    """The charts that tell how people fare."""
    return [row for row in CHARTS if row.is_outcome]


def _today(results: Results, year: int) -> str:
    """The present carried on, in words: how many there are in a year, and were in the first."""
    first = results.years[0]
    parts = []
    for row in (row for row in CHARTS if row.measure in _TOLD_OF_TODAY):
        then, now = (row.number(results.estimate(BASELINE, row.measure, one).value) for one in (first, year))
        parts.append(f"{now} {row.phrase_after(now)}" + (f" ({then} in {first})" if year != first else ""))
    return f"If today is carried on, in {year} there are {joined(parts)}."


def _on_the_way(results: Results) -> str:
    """What is clearly so for some years before the last and not in it; empty where there is nothing of the kind.

    Two years running: of so many years and charts, one alone is often no more than chance.
    """
    told = []
    for row in _outcomes():
        found = [results.difference(CHOSEN, BASELINE, row.measure, year) for year in results.years]
        ways = [_way(row, change) for change in found]
        stretch = max(_stretches(ways), key=len, default=range(0))
        if stretch:
            most = max((found[at] for at in stretch), key=lambda change: abs(change.value))
            span = f"{results.years[stretch[0]]} to {results.years[stretch[-1]]}"
            told.append((ways[stretch[0]] * row.direction, f"{_at_most(row, most.value)} ({span})"))
    worst_first = [words for _, words in sorted(told, key=lambda item: item[0])]
    return f"It is not so in every year: on the way there are {joined(worst_first[:_MOST])}." if told else ""


def _way(row: Headline, change: Estimate) -> int:
    """1 where a change is clearly more, -1 where it is clearly less, else 0."""
    return (1 if change.value > 0 else -1) if row.tells(change) else 0


def _stretches(ways: Sequence[int]) -> list[range]:
    """Where two years or more go one way that the last year does not go."""
    found, begin = [], 0
    for way, years in groupby(ways):
        end = begin + len(list(years))
        if way and way != ways[-1] and end - begin > 1:
            found.append(range(begin, end))
        begin = end
    return found


def _at_most(row: Headline, change: float) -> str:
    size = row.number(abs(change))
    if row.measure == "wellbeing":
        return f"{'rises' if change > 0 else 'falls'} of up to {size} in adults’ mean wellbeing"
    return f"up to {size} {'more' if change > 0 else 'fewer'} {row.phrase_after(size)}"


def _first_look(results: Results, year: int) -> str:
    """One run in words: no range, and it says so."""
    rows = [row for row in CHARTS if row.measure in _TOLD_FIRST]
    changes = {row: _change(results, row, year) for row in rows}
    if any(changes.values()):
        told = joined([_told(row, change) for row, change in changes.items()])
        said = f"in {year} there are {told} than with today carried on."
    else:
        unchanged = joined([row.phrase for row in rows], "or")
        said = f"in {year} there is no change against today carried on in {unchanged}."
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
    size = row.number(abs(change) * row.unit)
    return f"{size} {'more' if change > 0 else 'fewer'} {row.phrase_after(size)}"


def _so_far(results: Results) -> list[str]:
    """That more runs follow, where the answer does not say so itself."""
    done, of = len(results.replicates), results.plan.replicates
    said = done < 2 and not _is_today(results)
    return [] if done == of or said else [f"So far {done} of {of} runs: this can still change."]


def _is_today(results: Results) -> bool:
    """Whether nothing but the present carried on was run."""
    return all(scenario.name == BASELINE for scenario in results.plan.scenarios)


def _balance(results: Results, year: int) -> str:
    """What the plan does to the council's balance over the years up to one, where that is clear."""
    years = results.years[: results.years.index(year) + 1]
    ours, today = (
        np.sum([results.values(name, "council_balance", one) for one in years], axis=0) for name in (CHOSEN, BASELINE)
    )
    gap = estimate(ours - today)
    up_to = f"From {years[0]} to {year}" if len(years) > 1 else f"In {year}"
    if not gap.clear:
        return f"{up_to} the council’s balance does not clearly change."
    side = "better" if gap.value > 0 else "worse"
    amount = millions(gap.value, money_decimals(results))
    return f"{up_to} the council’s balance is {amount} {side} than with today carried on."
