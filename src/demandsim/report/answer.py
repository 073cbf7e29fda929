"""The printed answer: practice across, budget down, then whether practice softens the cut. Fits 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from demandsim.experiment.comparison import Estimate, Results
from demandsim.experiment.equal_spend import SUFFIX
from demandsim.parameters.register import register
from demandsim.report.equal_spend import budget_kind
from demandsim.report.evidence import evidence_rows, graded, how_graded
from demandsim.report.headlines import Headline, called, headlines, in_words, practice_of
from demandsim.report.over_time import over_time_block, shown_years
from demandsim.report.ranges import how_drawn, ranges_block, ranges_sentence
from demandsim.report.scale import scale_note
from demandsim.report.sentences import (
    before_and_after,
    bought_by_overspend,
    cut_bites,
    joined,
    same_scenario,
    sentences,
)

WIDTH = 80
_LABEL = 24
_NUMBER = 8
_DIFFERENCE = WIDTH - _LABEL - 4 * _NUMBER
_RANGE = "± range: chance alone"
THIRD_OPTION = "strengths_in_name_only"
BOUGHT = "£"
"""Set after the word for a gain that comes with an overspend."""
UNMET_NEED = (
    "Unmet need: an adult who needs hands-on help gets less than all of it from family, neighbours and services "
    "together: the sense of the Health Survey for England, not a test of eligibility."
)


def _centred(lines: Sequence[str], width: int, rows: int) -> list[str]:
    """Lines of a heading, centred, filled up from above."""
    return [" " * width] * (rows - len(lines)) + [line.center(width) for line in lines]


def _heading(title: str, columns: Sequence[tuple[str, int]], below: str) -> list[str]:
    """A block's title with the columns' headings beside it, and a line of years below."""
    wrapped = [textwrap.wrap(text, width - 1) for text, width in columns]
    rows = max(len(lines) for lines in wrapped)
    cells = [_centred(lines, width, rows) for lines, (_, width) in zip(wrapped, columns, strict=True)]
    beside = "" if len(title) >= _LABEL else title
    lines = [("" if row else beside).ljust(_LABEL) + "".join(column[row] for column in cells) for row in range(rows)]
    lines.append(" " * _LABEL + below)
    return [*([] if beside else [title]), *(line.rstrip() for line in lines if line.strip()), "─" * WIDTH]


def verdict(row: Headline, found: Estimate) -> str:
    """A word for a difference: better, worse, more, less, unclear."""
    if not row.tells(found):
        return "unclear"
    if row.direction == 0:
        return "more" if found.value > 0 else "less"
    return "better" if found.value * row.direction > 0 else "worse"


def softening_verdict(row: Headline, found: Estimate, *, bites: bool) -> str:
    """A word for what practice does to a cut's effect.

    Args:
        row: The row.
        found: How much more the cut adds to it under the second practice.
        bites: Whether the cut makes the row worse under either: else there is nothing to soften.
    """
    word = verdict(row, found)
    if not row.is_outcome or word == "unclear":
        return word
    if not bites:
        return "more" if found.value > 0 else "less"
    return {"better": "softens", "worse": "worsens"}[word]


def _difference(row: Headline, found: Estimate, word: str) -> str:
    return f"{row.change(found.value):>8} {row.half(found):<7} {word}"


def pair_block(
    results: Results, title: str, ours: str, against: str, names: tuple[str, str] | None = None
) -> list[str]:
    """Two scenarios side by side, first year beside the last, and their difference in the last.

    Args:
        results: What was run.
        title: The block's title.
        ours: The scenario on the right.
        against: The scenario on the left, against which the difference is taken.
        names: What stands above them, left and right; what they are called if left out.
    """
    first, last = results.years[0], results.years[-1]
    names = names or (called(results.plan, against), called(results.plan, ours))
    columns = [*((name, 2 * _NUMBER) for name in names), (f"difference in {last}", _DIFFERENCE)]
    shown_years = (first, last) if first != last else (last,)
    start = first if first != last else ""
    years = f"{start:>{_NUMBER}}{last:>{_NUMBER}}" * 2 + _RANGE.center(_DIFFERENCE)
    lines = _heading(title, columns, years)
    same = same_scenario(results, ours, against)
    bought = bought_by_overspend(results, ours, against)
    for row in headlines(results):
        shown = "".join(
            "".join(
                f"{row.number(results.estimate(name, row.measure, year, row.by, row.group).value):>{_NUMBER}}"
                for year in shown_years
            ).rjust(2 * _NUMBER)
            for name in (against, ours)
        )
        found = results.difference(ours, against, row.measure, last, row.by, row.group)
        word = "same" if same else verdict(row, found)
        if bought and word == "better":
            word += BOUGHT
        lines.append(f"{row.label:<{_LABEL}}{shown}{_difference(row, found, word)}".rstrip())
    return lines


def softening_block(results: Results, ours: tuple[str, str], against: tuple[str, str]) -> list[str]:
    """What the cut changes under each of two practices, and by how much less under one."""
    last = results.years[-1]
    columns = [
        (f"cut's effect on {in_words(against[0])}", 2 * _NUMBER),
        (f"cut's effect on {in_words(ours[0])}", 2 * _NUMBER),
        (f"difference in {last}", _DIFFERENCE),
    ]
    below = " " * 4 * _NUMBER + _RANGE.center(_DIFFERENCE)
    equal = ", AT EQUAL SPEND" if ours[0].endswith(SUFFIX) else ""
    lines = _heading(f"DOES PRACTICE SOFTEN THE CUT{equal}?", columns, below)
    for row in headlines(results):
        shown = "".join(
            f"{row.change(results.difference(cut, uncut, row.measure, last, row.by, row.group).value):>{2 * _NUMBER}}"
            for uncut, cut in (against, ours)
        )
        found = results.softening(ours, against, row.measure, last, row.by, row.group)
        word = softening_verdict(row, found, bites=cut_bites(results, row, ours, against))
        lines.append(f"{row.label:<{_LABEL}}{shown}{_difference(row, found, word)}".rstrip())
    return lines


def wrapped(text: str, indent: str = "") -> list[str]:
    """A paragraph of at most 80 columns; commands in it are not broken up."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def setting_line(results: Results) -> str:
    """How the answer was made: replicates, scale, prices, and what the range is."""
    plan, number = results.plan, len(results.replicates)
    who = (
        "every resident simulated" if plan.scale == 1 else f"a sample: {100 * plan.scale:.3g} % of residents simulated"
    )
    runs = f"{number} run{'s' if number != 1 else ''}"
    if len(plan.scenarios) > 1:
        runs += " of each with shared luck"
    spread = "± is the 95 % range from chance alone" if number > 1 else "one run shows no range from chance"
    steps = sorted({scenario.budget.cut_years for scenario in plan.cuts})
    over = f"; the cut is made step by step over {' to '.join(f'{y:g}' for y in steps)} years" if steps else ""
    return f"{runs}, {who}; money in 2023/24 prices; {spread}{over}."


def evidence_note(results: Results) -> str:
    """How much of the model rests on assumption, and what the ranges hold of it."""
    rows = list(register().values())
    weak = sum(row.status == "A" for row in rows)
    shows = "--ranges 20 draws parameters from their ranges and shows it."
    beyond = f"The ± above does not include this: {shows}" if len(results.replicates) > 1 else f"How much: {shows}"
    if results.has_ranges:
        beyond = "± is from chance alone; what the parameters leave open is told apart."
    return (
        f"Weak evidence: {weak} of the model's {len(rows):,} parameters are assumed, among them most of what practice "
        "does (capability, relationship, carers' strain); every assumed effect of practice has a range that includes "
        f"none. {beyond}"
    )


def title(results: Results) -> str:
    """What is compared, where and when."""
    plan = results.plan
    years = f"{results.years[0]}" + (f" to {results.years[-1]}" if len(results.years) > 1 else "")
    return f"{plan.place.heading}, {years}: {joined([in_words(s.name) for s in plan.practices], 'or')}" + (
        f", and a cut of {plan.cut:g} %" if plan.cut else ""
    )


def comparison_text(results: Results, *, where: str = "", notes: Sequence[str] = ()) -> str:
    """The whole printed answer of a comparison.

    Args:
        results: What was run.
        where: Folder in which tables and pictures lie, if any.
        notes: Further notes, such as that this was a quick look.
    """
    plan = results.plan
    lines = [*wrapped(title(results)), *wrapped(setting_line(results)), ""]
    first, *others = plan.practices
    if plan.cut and not others:
        _, after = before_and_after(results, first.name)
        names = ("without the cut", after[0].lower() + after[1:])
        lines += [*pair_block(results, "WHAT THE CUT DOES", plan.cuts[0].name, first.name, names), ""]
    for number, other in enumerate(others, start=1):
        before, after = before_and_after(results, other.name)
        heading = _pair_heading(results, before, other.name, first.name)
        lines += [*pair_block(results, heading, other.name, first.name), ""]
        if plan.cut:
            cut_first, cut_other = plan.cuts[0].name, plan.cuts[number].name
            heading = _pair_heading(results, after, cut_other, cut_first)
            lines += [*pair_block(results, heading, cut_other, cut_first), ""]
            lines += [*softening_block(results, (other.name, cut_other), (first.name, cut_first)), ""]
        lines += _over_the_years(results, number)
    lines += _ranges(results)
    unclear = "the range includes no difference" if len(results.replicates) > 1 else "one run shows no range"
    if any("±0 " in line and "unclear" in line for line in lines):
        unclear += ", or so few runs happened to agree (±0) that they show none"
    lines += wrapped(f"unclear: {unclear}. Rows of a year are that year's alone.")
    if any(f"better{BOUGHT}" in line for line in lines):
        lines += wrapped(
            f"better{BOUGHT}: better, while the council overspends, and clearly more than the other: a gain that may "
            "be bought by the overspend. --equal-spend tells money from method."
        )
    lines += [*wrapped(UNMET_NEED), ""]
    for sentence in (*sentences(results), *ranges_in_words(results)):
        lines += wrapped(sentence)
    lines += ["", *_evidence(results), "", *footnotes(results, where=where, notes=notes)]
    return "\n".join(lines) + "\n"


def _pairs_shown(results: Results) -> list[tuple[str, str, str]]:
    """Every option and its yardstick, with the budget as a heading has it; then the same under the cut."""
    plan = results.plan
    first, *others = plan.practices
    if plan.cut and not others:
        return [(before_and_after(results, first.name)[1], plan.cuts[0].name, first.name)]
    shown = [(before_and_after(results, other.name)[0], other.name, first.name) for other in others]
    cuts = plan.cuts[1:]
    return shown + [(before_and_after(results, ours.name)[1], ours.name, plan.cuts[0].name) for ours in cuts]


def _ranges(results: Results) -> list[str]:
    """Chance and parameters side by side for every pair; nothing where no parameters were drawn."""
    lines: list[str] = []
    for budget, ours, against in _pairs_shown(results):
        names = f"{practice_of(results.plan, ours)} less {called(results.plan, against)}, {results.years[-1]}"
        heading = wrapped(f"CHANCE AND WHAT IS NOT KNOWN, {_heading_words(budget).lower()}: {names}")
        if block := ranges_block(results, "\n".join(heading), ours, against):
            lines += [*block, ""]
    return [*lines, *wrapped(how_drawn(results)), ""] if lines else []


def ranges_in_words(results: Results) -> list[str]:
    """For every pair, what stays clear when parameters are drawn too."""
    told = [(budget, ranges_sentence(results, ours, against)) for budget, ours, against in _pairs_shown(results)]
    return [f"{budget}, {sentence}" for budget, sentence in told if sentence]


def _evidence(results: Results) -> list[str]:
    """The evidence behind each row, and how it was graded."""
    found = graded(results)
    return ["WHAT EACH ROW RESTS ON", "─" * WIDTH, *evidence_rows(found), *wrapped(how_graded(found))]


def _over_the_years(results: Results, number: int) -> list[str]:
    """The differences of a practice over the years, with the budget as it is and under the cut."""
    plan = results.plan
    pairs = [(plan.practices[number].name, plan.practices[0].name)]
    if plan.cut:
        pairs.append((plan.cuts[number].name, plan.cuts[0].name))
    lines: list[str] = []
    for (ours, against), when in zip(pairs, before_and_after(results, pairs[0][0]), strict=False):
        heading = f"OVER THE YEARS, {when[0].lower()}{when[1:]}: {practice_of(plan, ours)} less {called(plan, against)}"
        block = over_time_block(results, heading, ours, against)
        lines += [*block, ""] if block else []
    return [*lines, *wrapped("* clear of chance: the range leaves 0 out."), ""] if lines else []


def _pair_heading(results: Results, when: str, ours: str, against: str) -> str:
    """The title of two scenarios side by side: their budget; at equal spend, what makes it equal."""
    if not ours.endswith(SUFFIX):
        return _heading_words(when)
    plan = results.plan
    budget = budget_kind(next(scenario.budget.cut_percent for scenario in plan.scenarios if scenario.name == ours))
    says = f"{when}: {practice_of(plan, ours)} with {budget} costs what {called(plan, against)} does"
    return "\n".join(wrapped(says.upper()))


def _heading_words(text: str) -> str:
    """``With the budget sustained`` as a block's title."""
    return text.removeprefix("With the ").upper()


def run_text(results: Results, *, where: str = "", notes: Sequence[str] = ()) -> str:
    """The printed answer of one scenario: headline rows by year."""
    plan, years = results.plan, results.years
    shown = shown_years(years) if len(years) > 5 else years
    lines = [*wrapped(title(results)), *wrapped(setting_line(results)), ""]
    lines += [" " * _LABEL + "".join(f"{year:>10}" for year in shown), "─" * WIDTH]
    name = plan.scenarios[0].name
    for row in headlines(results):
        values = [results.estimate(name, row.measure, year, row.by, row.group).value for year in shown]
        lines.append(f"{row.label:<{_LABEL}}" + "".join(f"{row.number(value):>10}" for value in values))
    last = [
        f"{row.label} {row.number(found.value)} {row.half(found)}"
        for row in headlines(results)[:3]
        if (found := results.estimate(name, row.measure, years[-1], row.by, row.group)).half >= 0
    ]
    if last:
        lines += ["", *wrapped(f"Range from chance alone in {years[-1]}: {'; '.join(last)}.")]
    if block := ranges_block(results, f"CHANCE AND WHAT IS NOT KNOWN, {years[-1]}", name, None):
        lines += ["", *block, *wrapped(how_drawn(results))]
    lines += ["", *footnotes(results, where=where, notes=notes)]
    return "\n".join(lines) + "\n"


def footnotes(results: Results, *, where: str, notes: Sequence[str]) -> list[str]:
    """The honest third option, the strength of the evidence, a sample's bias, notes, and where everything lies."""
    plan = results.plan
    lines: list[str] = []
    names = [scenario.name for scenario in plan.practices]
    if len({scenario.digest for scenario in plan.practices}) > 1 and THIRD_OPTION not in names:
        lines += wrapped(
            "A third option to be honest about: strengths in name only, the language and the referrals to families "
            "without the investment:"
        )
        cut = f" --cut {plan.cut:g}" if plan.cut else ""
        place = f'"{plan.place.given}"' if " " in plan.place.given else plan.place.given
        lines.append(f"demandsim compare {names[0]} {THIRD_OPTION} --place {place}{cut}")
    for note in (evidence_note(results), scale_note(plan), *notes):
        lines += wrapped(note)
    if where:
        lines += wrapped(f"Tables and pictures: {where} (summary.md shows them)")
    return lines
