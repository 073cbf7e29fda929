"""The headline rows of an answer, and how their numbers are written for people."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from demandsim.experiment.comparison import Estimate, Results
from demandsim.experiment.equal_spend import SUFFIX
from demandsim.measures.register import MEASURES

if TYPE_CHECKING:
    from demandsim.experiment.plan import Plan


@dataclass(frozen=True, slots=True)
class Headline:
    """One row of the answer.

    Attributes:
        label: What the row is called, at most 24 characters.
        phrase: How it stands in a sentence after ``more`` or ``fewer`` (or ``higher``, ``lower``).
        measure: Its measure.
        by: Breakdown.
        group: Level of the breakdown.
        unit: What one shown number is worth: 1, or 1,000,000 for millions of pounds.
        decimals: Decimals shown.
    """

    label: str
    phrase: str
    measure: str
    by: str = "all"
    group: str = "all"
    unit: float = 1.0
    decimals: int = 0

    @property
    def direction(self) -> int:
        """1 where more is better, -1 where less is, 0 where it depends."""
        return MEASURES[self.measure].direction

    @property
    def is_outcome(self) -> bool:
        """Whether the row tells how people fare (not what is spent, nor what is left)."""
        return self.direction != 0 and MEASURES[self.measure].kind != "cost"

    def tells(self, found: Estimate) -> bool:
        """Whether a difference is clear, and not 0 as it is shown."""
        return found.clear and round(found.value / self.unit, self.decimals) != 0

    def number(self, value: float) -> str:
        """A value as it is shown."""
        return compact(value / self.unit, self.decimals)

    def phrase_after(self, number: str) -> str:
        """How it stands in a sentence after a number as it is shown: one person, two people."""
        words = self.phrase.split(" ")
        return " ".join(_ONE.get(word, word) for word in words) if number == "1" else self.phrase

    def change(self, value: float) -> str:
        """A difference as it is shown, always with its sign."""
        text = compact(value / self.unit, self.decimals)
        return f"+{text}" if round(value / self.unit, self.decimals) > 0 else text

    def half(self, found: Estimate) -> str:
        """Half the width of an interval as it is shown; empty where it is not known."""
        if math.isnan(found.half):
            return ""
        half = found.half / self.unit
        return "±" + (
            compact(half, self.decimals, 6) if round(half, self.decimals) or not half else f"<{10**-self.decimals:g}"
        )


_ONE = {
    "people": "person",
    "carers": "carer",
    "visits": "visit",
    "days": "day",
    "weeks": "week",
    "hours": "hour",
    "admissions": "admission",
    "breakdowns": "breakdown",
}
"""What is counted, where there is one of it."""

_MILLION = 1e6
_SMALL = 10e6
"""Council spending a year below which a tenth of a million hides everything: the Isles of Scilly, the City."""
_AT_EQUAL_SPEND = " at equal spend"
_CUT = re.compile(r"_cut(\d+(?:\.\d+)?)$")

HEADLINES = (
    Headline("People with unmet need", "people with unmet need", "unmet_need_people"),
    Headline("Unmet hours a week", "unmet hours a week", "unmet_need_hours"),
    Headline("Wellbeing, 0 to 10", "wellbeing", "wellbeing", decimals=3),
    Headline("Strained carers (10+ h)", "strained carers", "carer_strain"),
    Headline("Carer breakdowns", "carer breakdowns a year", "carer_breakdowns"),
    Headline("Weeks to an assessment", "weeks to wait for an assessment", "wait_weeks_median", decimals=1),
    Headline("Emergency admissions 65+", "emergency admissions at 65 and over", "emergency_admissions_65plus"),
    Headline("Care-home admissions", "care-home admissions", "care_home_admissions"),
    Headline("Council spending, £m", "council spending", "cost", "payer", "council", _MILLION, 1),
    Headline("NHS spending, £m", "NHS spending", "cost", "payer", "nhs", _MILLION, 1),
    Headline("Unpaid care, worth £m", "unpaid care", "cost", "payer+service", "family+unpaid_care", _MILLION, 1),
    Headline("Council balance, £m", "council balance", "council_balance", unit=_MILLION, decimals=1),
)
"""At most twelve rows: what a councillor asks first."""


def headlines(results: Results) -> list[Headline]:
    """The headline rows for which there are results; of a place that spends little, with money told more finely."""
    money = money_decimals(results)
    rows = [row for row in HEADLINES if results.has(row.measure, row.by, row.group)]
    return [replace(row, decimals=money) if row.unit == _MILLION else row for row in rows]


def money_decimals(results: Results) -> int:
    """Decimals of a million pounds to show: 1; 2 of a place that spends so little that one would hide everything."""
    spent = results.values(results.plan.scenarios[0].name, "cost", results.years[0], "payer", "council")
    return 2 if spent.size and spent.mean() < _SMALL else 1


def plain(value: float, decimals: int = 0) -> str:
    """A number with thousands separators and a true minus sign; never minus zero."""
    if math.isnan(value):
        return "–"
    rounded = round(value, decimals) + 0.0
    return f"{abs(rounded):,.{decimals}f}" if rounded >= 0 else f"−{abs(rounded):,.{decimals}f}"


def compact(value: float, decimals: int = 0, width: int = 7) -> str:
    """A number in so many characters at most, where that can be: large ones lose decimals, then stand in millions."""
    options = (plain(value, decimals), plain(value), f"{plain(value / _MILLION, 2)}m")
    return next((text for text in options if len(text) <= width), options[-1])


def signed(value: float, decimals: int = 0) -> str:
    """A number that always shows its sign, unless it is 0 as shown."""
    text = plain(value, decimals)
    return f"+{text}" if round(value, decimals) > 0 else text


def in_words(name: str) -> str:
    """A scenario's name as words: ``deficit_cut30`` is ``deficit with a 30 % cut``."""
    if name.endswith(SUFFIX):
        return f"{in_words(name.removesuffix(SUFFIX))}{_AT_EQUAL_SPEND}"
    return _CUT.sub(r" with a \1 % cut", name).replace("_", " ")


def practice_of(plan: Plan, name: str) -> str:
    """What a scenario's practice is called where it is said beside it that its spending was made equal."""
    return called(plan, name).removesuffix(_AT_EQUAL_SPEND)


def called(plan: Plan, name: str, *, cut: bool = False) -> str:
    """What the answer calls a scenario.

    Args:
        plan: What was run.
        name: The scenario's name.
        cut: Whether the cut of ``--cut`` is to be said; where it heads a table it is not said again.
    """
    for practice, version in zip(plan.practices, plan.cuts, strict=False):
        if version.name == name:
            return in_words(practice.name) + (f" with the {plan.cut:g} % cut" if cut else "")
    return in_words(name)


def cut_in_words(results: Results) -> str:
    """The cut of ``--cut`` as the last year meets it: ``30 % cut``, or ``30 % cut (11 % by 2026)`` when unfinished."""
    plan = results.plan
    made = {min(1.0, len(results.years) / scenario.budget.cut_years) for scenario in plan.cuts}
    if made == {1.0}:
        return f"{plan.cut:g} % cut"
    so_far = " to ".join(f"{plan.cut * share:.0f}" for share in sorted(made))
    return f"{plan.cut:g} % cut ({so_far} % by {results.years[-1]})"


def millions(pounds: float, decimals: int = 1) -> str:
    """An amount of money, without sign: what would read as 0.0 has a second decimal."""
    amount = abs(pounds) / _MILLION
    return f"£{plain(amount, decimals if round(amount, decimals) else 2)}m"
