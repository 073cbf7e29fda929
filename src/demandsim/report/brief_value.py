"""What a brief tells of value: the appraisal of its option, and the gap between the most and the least deprived."""

from __future__ import annotations

from collections.abc import Sequence

from demandsim.experiment.comparison import Estimate, Results, estimate
from demandsim.report.acceptability import acceptability_picture
from demandsim.report.appraisal import Appraisal, Option
from demandsim.report.appraisal_text import acceptable_words, per_unit_words, ratio_words, switching_words
from demandsim.report.brief_parts import Group, Table
from demandsim.report.canvas import Picture
from demandsim.report.fifths import FIFTHS, TOO_FEW, not_shown
from demandsim.report.headlines import Headline, called, compact, money_decimals, plain, signed
from demandsim.report.pairs import Pair

_MILLION = 1e6
_GAPS = (
    ("Unmet need, people in 1,000", Headline("", "", "unmet_need_people", decimals=1)),
    ("Strained carers, people in 1,000", Headline("", "", "carer_strain", decimals=1)),
    ("Wellbeing, 0 to 10", Headline("", "", "wellbeing", decimals=2)),
)
"""Outcomes whose gap is told, as rates of adults: what a row is called, and how its numbers are written."""
_THRESHOLDS = (20_000, 30_000, 70_000)
"""What a QALY may be worth, pounds, in the brief's sentence; the appraisal tells more."""
YARDSTICK = "–"
"""Stands for the yardstick where only differences are told."""


def appraised(results: Results, chosen: Sequence[Pair]) -> list[Appraisal]:
    """An appraisal for each budget, of its option against its yardstick; none where there is nothing to value."""
    return [Appraisal(results, first=pair.against) for pair in chosen] if results.has("qaly") else []


def value_picture(results: Results, chosen: Sequence[Pair]) -> list[Picture]:
    """The acceptability curve of the option under each budget, as one picture; none where there is nothing to value."""
    shown = [
        (pair.budget, appraisal, [appraisal.option(pair.ours)])
        for pair, appraisal in zip(chosen, appraised(results, chosen), strict=False)
    ]
    return [acceptability_picture(results, shown)] if shown else []


def appraisal_group(results: Results, chosen: Sequence[Pair]) -> Group:
    """Rows of the options table: QALYs, net value with its range, ratio, cost of a QALY; no cells for a yardstick."""
    rows: dict[str, list[str]] = {}
    decimals = money_decimals(results)
    for pair, appraisal in zip(chosen, appraised(results, chosen), strict=False):
        option = appraisal.option(pair.ours)
        found = {
            "QALYs gained or lost": _told(estimate(option.effect), 1.0, decimals - 1),
            "Net present social value, £m": _told(estimate(option.net), _MILLION, decimals),
            **_not_known(option, decimals),
            "Benefit–cost ratio": _ratio(ratio_words(option), clear=option.ratio_clear),
            "Public cost of one more QALY": _ratio(per_unit_words(option), clear=option.per_unit_clear),
        }
        for head, text in found.items():
            rows.setdefault(head, []).extend((YARDSTICK, text))
    span = f"over {len(results.years)} years" if len(results.years) > 1 else f"in {results.years[0]}"
    return Group(f"Value to society {span}, discounted", tuple((head, tuple(cells)) for head, cells in rows.items()))


def _not_known(option: Option, decimals: int) -> dict[str, str]:
    """The range of the net value when parameters are drawn too; no row where none were."""
    if option.drawn is None:
        return {}
    both = option.spreads["net"].both
    text = f"±{compact(both.half / _MILLION, decimals)}"
    return {"… with what is not known": text if both.clear else f"{text}, unclear"}


def _ratio(words: str, *, clear: bool) -> str:
    """A ratio, and a word where what it is made of may be chance."""
    return words if clear or not any(map(str.isdigit, words)) else f"{words}, unclear"


def _told(found: Estimate, unit: float, decimals: int) -> str:
    """A difference with its range, and a word where it may be chance."""
    text = signed(found.value / unit, decimals)
    if found.half >= 0:
        text += f" ±{compact(found.half / unit, decimals)}"
    return text if found.clear else f"{text}, unclear"


def value_notes(results: Results, chosen: Sequence[Pair]) -> list[tuple[str, str]]:
    """For each budget: what would bring the net value to nothing, and how often the option is worth its cost."""
    return [
        (pair.budget, f"{switching_words(appraisal, option)} {acceptable_words(appraisal, option, _THRESHOLDS)}")
        for pair, appraisal in zip(chosen, appraised(results, chosen), strict=False)
        if (option := appraisal.option(pair.ours))
    ]


def values_sentence(results: Results, chosen: Sequence[Pair]) -> str:
    """What lives, hours and time are worth in the appraisal, and what it leaves out."""
    if not results.has("qaly"):
        return "No appraisal: these results count no QALYs."
    appraisal = appraised(results, chosen)[0]
    used = {str(told["key"]): told["value"] for told in appraisal.values()}
    rates = [100 * float(str(used[key])) for key in ("value.discount_rate", "value.discount_rate_health")]
    optimism = 100 * float(str(used["appraisal.optimism_bias"]))
    return (
        f"A QALY is taken to be worth £{plain(appraisal.unit_value)}; money is discounted by {rates[0]:g} % a year, "
        f"lives by {rates[1]:g} %; {optimism:g} % is added to new spending for optimism; families’ hours are a cost. "
        "Control, trust and fairness have no price here. A ratio below 1 is not by itself poor value."
    )


def gap_table(results: Results, chosen: Sequence[Pair]) -> Table | None:
    """The gap between the most and the least deprived, its change since the first year, and the option's effect on it.

    Returns:
        The table; None where no gap is known, a fifth rests on too few simulated people, or all live in one fifth.
    """
    rows = [(head, row) for head, row in _GAPS if results.has("slope_index", "outcome", row.measure)]
    hidden = not_shown(results)
    if not rows or TOO_FEW in hidden.values() or len(hidden) > len(FIFTHS) - 2:
        return None
    first, last = results.years[0], results.years[-1]
    lines = []
    for head, row in rows:
        cells = []
        for pair in chosen:
            for name in (pair.against, pair.ours):
                level = results.estimate(name, "slope_index", last, "outcome", row.measure)
                change = results.estimate(name, "slope_change", last, "outcome", row.measure)
                cells.append(f"{row.number(level.value)} ({starred(row, change)})")
            found = results.difference(pair.ours, pair.against, "slope_index", last, "outcome", row.measure)
            cells.append(starred(row, found))
        lines.append((head, tuple(cells)))
    names = [called(results.plan, name) for name in (chosen[0].against, chosen[0].ours)]
    caption = (
        f"Gap between the most and the least deprived in {last}"
        f"{f' (change since {first})' if last != first else ''}: above 0 the most deprived fare worse. "
        "* is clear of chance."
    )
    above = tuple((pair.budget, 3) for pair in chosen) if len(chosen) > 1 else ()
    heads = [*names, "difference"] * len(chosen)
    return Table(caption, ("", *heads), (Group("", tuple(lines)),), above)


def starred(row: Headline, found: Estimate) -> str:
    """A difference as it is shown, with a star where it is clear of chance."""
    return f"{row.change(found.value)}{'*' if row.tells(found) else ''}"
