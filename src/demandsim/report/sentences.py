"""The answer in plain English: what practice does, what the cut does, and whether practice softens the cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demandsim.experiment.comparison import Estimate, Results
from demandsim.experiment.equal_spend import SUFFIX
from demandsim.report.equal_spend import equal_spend_sentences
from demandsim.report.headlines import (
    Headline,
    called,
    cut_in_words,
    headlines,
    in_words,
    millions,
    money_decimals,
    plain,
    practice_of,
)

_TOLD = (
    "unmet_need_people",
    "unmet_need_hours",
    "carer_strain",
    "wellbeing",
    "emergency_admissions_65plus",
    "care_home_admissions",
    "wait_weeks_median",
)
"""Outcomes that sentences may name, most telling first."""
_RATIONED = ("care_home_admissions", "wait_weeks_median")
"""Outcomes of which less may only mean that fewer people are let in: after a cut, no gain by itself."""
_MOST = 3


def joined(parts: Sequence[str], word: str = "and") -> str:
    """Parts as a list in a sentence."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _amount(row: Headline, found: Estimate) -> str:
    """A clear difference in words: ``70 fewer people with unmet need (20 to 120)``."""
    low, high = sorted((abs(found.low), abs(found.high)))
    size = plain(abs(found.value) / row.unit, row.decimals)
    ends = [plain(end / row.unit, row.decimals) for end in (low, high)]
    span = f" ({ends[0]} to {ends[1]})" if ends[0] != ends[1] else ""
    if row.measure == "wellbeing":
        return f"a {'rise' if found.value > 0 else 'fall'} of {size}{span} in adults’ mean wellbeing (of 10)"
    return f"{size} {'more' if found.value > 0 else 'fewer'} {row.phrase_after(size)}{span}"


def _told(results: Results) -> list[Headline]:
    rows = {row.measure: row for row in headlines(results)}
    return [rows[name] for name in _TOLD if name in rows]


def _changes(found: Sequence[tuple[Headline, Estimate]], *, worst_first: bool = False) -> str:
    """Clear differences, the better ones first unless told otherwise; empty where none is clear."""
    good = [_amount(row, e) for row, e in found if row.tells(e) and e.value * row.direction > 0]
    bad = [_amount(row, e) for row, e in found if row.tells(e) and e.value * row.direction < 0]
    sides = [joined(side[:_MOST]) for side in ((bad, good) if worst_first else (good, bad)) if side]
    return ", but ".join(sides)


def practice_sentence(
    results: Results,
    ours: str,
    against: str,
    when: str,
    rows: Sequence[Headline] | None = None,
    year: int | None = None,
) -> str:
    """What one practice does against another in a year (the last unless told), in the outcomes given or the usual."""
    year = results.years[-1] if year is None else year
    told = _told(results) if rows is None else rows
    found = [(row, results.difference(ours, against, row.measure, year)) for row in told]
    changes = _changes(found)
    names = f"{practice_of(results.plan, ours)} rather than {called(results.plan, against)}"
    if same_scenario(results, ours, against):
        return f"{when}, {names}: one scenario under two names, with the same values and so the same results."
    if not changes:
        unclear = joined([row.phrase for row, _ in found[:_MOST]], "or")
        return f"{when}, {names} makes no clear difference in {year} to {unclear}."
    return f"{when}, {names} means in {year}: {changes}."


def cut_sentence(results: Results, pair: tuple[str, str]) -> str:
    """What the cut of ``--cut`` does under the first practice: the harm first."""
    year = results.years[-1]
    found = [(row, results.difference(pair[1], pair[0], row.measure, year)) for row in _told(results)]
    changes = _changes(found, worst_first=True)
    said = f"means in {year}: {changes}" if changes else f"makes no clear difference to these outcomes in {year}"
    rationed = any(row.measure in _RATIONED and row.tells(e) and e.value < 0 for row, e in found)
    caution = " Fewer admissions or a shorter wait after a cut can mean that fewer people are let in." * rationed
    return f"Under {in_words(pair[0])}, the {cut_in_words(results)} {said}.{caution}"


def cut_bites(results: Results, row: Headline, *pairs: tuple[str, str]) -> bool:
    """Whether a cut makes a row clearly worse in the last year: only then is there anything to soften.

    Args:
        results: What was run.
        row: The row.
        pairs: Scenarios, each with its cut version; the cut need bite under one of them.
    """
    year = results.years[-1]
    effects = [results.difference(cut, uncut, row.measure, year, row.by, row.group) for uncut, cut in pairs]
    return any(row.tells(effect) and effect.value * row.direction < 0 for effect in effects)


def softening_sentence(results: Results, ours: tuple[str, str], against: tuple[str, str]) -> str:
    """Whether one practice softens the cut that the other meets."""
    year = results.years[-1]
    softer: list[Headline] = []
    harder: list[Headline] = []
    for row in _told(results):
        found = results.softening(ours, against, row.measure, year)
        if row.tells(found) and cut_bites(results, row, ours, against):
            (softer if found.value * row.direction > 0 else harder).append(row)
    name, other = in_words(ours[0]), in_words(against[0])
    if not softer and not harder:
        return f"Does {name} soften the cut, compared with {other}? No clear difference in {year} where the cut bites."
    parts = []
    if softer:
        parts.append(f"softens the cut for {joined([row.phrase for row in softer])}")
    if harder:
        parts.append(f"makes {'it' if softer else 'the cut'} bite harder for {joined([row.phrase for row in harder])}")
    return f"Compared with {other}, {name} {' but '.join(parts)} ({year})."


def gains(results: Results, ours: str, against: str, rows: Sequence[Headline] | None = None) -> list[Headline]:
    """Outcomes that are clearly better in the last year, among the rows given or else the usual ones."""
    year = results.years[-1]
    return [
        row
        for row in (headlines(results) if rows is None else rows)
        if row.is_outcome
        and row.tells(found := results.difference(ours, against, row.measure, year, row.by, row.group))
        and found.value * row.direction > 0
    ]


def bought_by_overspend(results: Results, ours: str, against: str, rows: Sequence[Headline] | None = None) -> bool:
    """Whether better outcomes come with a council that overspends, and clearly more than the other does.

    Never at equal spend: there a budget is set so low only for the spending to come out the same.
    """
    if not results.has("council_balance") or ours.endswith(SUFFIX):
        return False
    gap = results.difference(ours, against, "council_balance", "horizon")
    balance = results.estimate(ours, "council_balance", "horizon").value
    return gap.clear and gap.value < 0 and balance < 0 and bool(gains(results, ours, against, rows))


def money_sentence(results: Results, ours: str, against: str, when: str, rows: Sequence[Headline] | None = None) -> str:
    """A plain word where a better outcome, of those shown, comes with money overspent; empty where it does not."""
    if not bought_by_overspend(results, ours, against, rows):
        return ""
    gap = results.difference(ours, against, "council_balance", "horizon")
    balance = results.estimate(ours, "council_balance", "horizon").value
    span = f"over the {len(results.years)} years" if len(results.years) > 1 else "in the year"
    other = results.estimate(against, "council_balance", "horizon").value
    name, places = called(results.plan, against), money_decimals(results)
    keeps = f"where {name} keeps {millions(other, places)}"
    beside = f"{millions(gap.value, places)} more than {name}" if other < 0 else keeps
    return (
        f"Mind the money: {when[0].lower()}{when[1:]}, {called(results.plan, ours)} overspends by "
        f"{millions(balance, places)} {span}, {beside}. Its better outcomes may be money overspent rather than method."
    )


def runs_with_notice(results: Results, name: str, year: int | None = None) -> int:
    """Runs in which a scenario's council gives a section 114 notice in any year up to one, the last unless told.

    A year's value tells of that year alone: who could not balance in an earlier one may have recovered since.
    """
    years = [one for one in results.years if year is None or one <= year]
    given = [results.values(name, "section_114", one) > 0.5 for one in years]
    return int(np.any(given, axis=0).sum())


def notice_sentence(results: Results, year: int | None = None) -> str:
    """Under which scenarios a section 114 notice is given by a year, the last unless told; empty where none is."""
    if not results.has("section_114"):
        return ""
    number = len(results.replicates)
    told = [
        called(results.plan, scenario.name, cut=True) + (f" ({runs} of {number} runs)" if number > 1 else "")
        for scenario in results.plan.scenarios
        if (runs := runs_with_notice(results, scenario.name, year))
    ]
    by = results.years[-1] if year is None else year
    return (
        f"By {by} the council has given a section 114 notice (it cannot balance its budget) under {joined(told)}."
        if told
        else ""
    )


def same_scenario(results: Results, one: str, other: str) -> bool:
    """Whether two names stand for scenarios whose every value is equal."""
    digests = {scenario.digest for scenario in results.plan.scenarios if scenario.name in (one, other)}
    return len(digests) == 1


def before_and_after(results: Results, ours: str) -> tuple[str, str]:
    """How sentences call the budget without and with the cut.

    Args:
        results: What was run.
        ours: The option that they are about: of one at equal spend, that is said.
    """
    cut = cut_in_words(results) if results.plan.cut else ""
    if ours.endswith(SUFFIX):
        return "At equal spend", f"At equal spend under the {cut}" if cut else ""
    plain_budget = "With the budget sustained" if sustained(results) else "With the budgets as the scenarios have them"
    return plain_budget, f"With the {cut}" if cut else ""


def sustained(results: Results) -> bool:
    """Whether no practice has a cut of its own; a budget that was found for equal spend is none."""
    own = (scenario for scenario in results.plan.practices if not scenario.name.endswith(SUFFIX))
    return all(scenario.budget.cut_percent == 0 for scenario in own)


def sentences(results: Results) -> list[str]:
    """The answer of a comparison in sentences, the first practice being what others are held against."""
    plan = results.plan
    first, *others = plan.practices
    said: list[str] = []
    for number, other in enumerate(others, start=1):
        before, after = before_and_after(results, other.name)
        said.append(practice_sentence(results, other.name, first.name, before))
        said.append(money_sentence(results, other.name, first.name, before))
        if plan.cut:
            said.append(practice_sentence(results, plan.cuts[number].name, plan.cuts[0].name, after))
            said.append(money_sentence(results, plan.cuts[number].name, plan.cuts[0].name, after))
    if plan.cut:
        pair = (first.name, plan.cuts[0].name)
        said.append(cut_sentence(results, pair))
        for number, other in enumerate(others, start=1):
            said.append(softening_sentence(results, (other.name, plan.cuts[number].name), pair))
    said += equal_spend_sentences(results)
    said.append(notice_sentence(results))
    return [sentence for sentence in said if sentence]
