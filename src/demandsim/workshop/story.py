"""A person's story as the page tells it: the same life under today's ways and under the room's choices.

Who it is, what happens to them and what it comes to are what `demandsim twin` and `demandsim statement` tell of the
same place, scale and luck; only the form is the page's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from demandsim.experiment.lives import TracedLives
from demandsim.experiment.trace import Life, TracedMonth
from demandsim.report.life_words import Event, date
from demandsim.report.portrait import portrait
from demandsim.report.statements import GOT_OUT, PUT_IN, Statement
from demandsim.report.twin_picture import biggest_difference, lanes_of, stretches
from demandsim.report.twins import Twin

STORIES = {
    "carer": "Somebody who cares for another",
    "faller": "Somebody who has a fall",
    "bereaved": "Somebody whose partner dies",
    "hospital": "Somebody kept in hospital",
    "waiting": "Somebody on the waiting list",
    "care_home": "Somebody near a care home",
    "lonely": "Somebody who is lonely",
}
"""What the page calls the kinds of story of `demandsim.experiment.stories`."""

_ABOUT = {
    "carer": "Months strained by caring",
    "waiting": "Months waiting for the council",
    "care_home": "Months in a care home",
    "lonely": "Months often lonely",
}
"""The total that a kind of story is about, where there is one; others are told by what differs most."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens in one life or in both, in one month.

    Attributes:
        month: Months since April 2024.
        when: The month in words.
        words: What, as a sentence.
        lives: In which: ``both``, ``before`` (the baseline alone) or ``now`` (the room's choices alone).
    """

    month: int
    when: str
    words: str
    lives: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A state that lasts, as bars over time.

    Attributes:
        label: What it is.
        before: Its stretches in the baseline: first month and length.
        now: The same under the room's choices.
    """

    label: str
    before: tuple[tuple[int, int], ...]
    now: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the person's account with everybody else, life to date.

    Attributes:
        side: ``put in`` or ``got out``.
        item: What.
        hours: Hours in the baseline and under the room's choices; 0 where it is not time.
        pounds: Pounds, the same way.
    """

    side: str
    item: str
    hours: tuple[float, float]
    pounds: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Total:
    """A row of what the two lives come to.

    Attributes:
        label: What is added up.
        values: In the baseline and under the room's choices.
        pounds: Whether it is money.
    """

    label: str
    values: tuple[float, float]
    pounds: bool


@dataclass(frozen=True)
class Story:
    """Everything the page tells of one person.

    Attributes:
        id: Short id, which finds the person again.
        name: First name, invented.
        title: What the story is about, or else what differs most between the two lives.
        portrait: Who they are.
        chosen: How they were chosen; empty where the room named them.
        months: Months of the run.
        wellbeing: Satisfaction with life by month in both lives, as long as they last.
        help_needed: Hours of help needed a week by month, the same way.
        help_met: Hours of it that somebody gives, the same way.
        ends: How each life ends within the run, in words; empty where it goes on.
        happenings: What happens, in order.
        parts_in: Month in which the two lives first differ in what is told; -1 if never.
        lanes: States over time.
        totals: What the lives come to.
        account: What the person puts in and gets out.
    """

    id: str
    name: str
    title: str
    portrait: str
    chosen: str
    months: int
    wellbeing: tuple[list[float], list[float]]
    help_needed: tuple[list[float], list[float]]
    help_met: tuple[list[float], list[float]]
    ends: tuple[str, str]
    happenings: tuple[Happening, ...]
    parts_in: int
    lanes: tuple[Lane, ...]
    totals: tuple[Total, ...]
    account: tuple[Entry, ...]

    def content(self) -> dict[str, Any]:
        """All of it as plain values for JSON."""
        return asdict(self)


def story_of(traced: TracedLives, kind: str = "") -> Story:
    """The story of a person traced through the baseline and the room's scenario.

    Args:
        traced: Two lives of the same person.
        kind: The kind of story they were found for; empty where the room named them.
    """
    twin = Twin(traced)
    first, second = twin.lives
    told, differs = _happenings(*twin.told), biggest_difference(twin, _ABOUT.get(kind, ""))
    return Story(
        id=twin.id,
        name=twin.name,
        title=f"{differs} under this plan" if differs else f"{twin.name}: two lives that hardly differ",
        portrait=portrait(first, twin.name),
        chosen=traced.chosen,
        months=12 * traced.plan.years,
        wellbeing=(_series(first, _wellbeing), _series(second, _wellbeing)),
        help_needed=(_series(first, _needed), _series(second, _needed)),
        help_met=(_series(first, _met), _series(second, _met)),
        ends=(_end(first), _end(second)),
        happenings=told,
        parts_in=next((h.month for h in told if h.lives != "both"), -1),
        lanes=tuple(Lane(label, _bars(first, test), _bars(second, test)) for label, test in lanes_of(twin)),
        totals=tuple(Total(row.label.strip(), (row.values[0], row.values[1]), row.pounds) for row in twin.totals),
        account=_account(traced),
    )


def _series(life: Life, read: Any) -> list[float]:
    return [round(float(read(month)), 2) for month in life.months]


def _wellbeing(month: TracedMonth) -> float:
    return float(month.state["wellbeing"])


def _needed(month: TracedMonth) -> float:
    return float(month.state["hands_on"])


def _met(month: TracedMonth) -> float:
    return float(max(0.0, month.state["hands_on"] - month.state["unmet_hours"]))


def _end(life: Life) -> str:
    return f"{life.end} in {date(life.end_month)}" if life.end else ""


def _bars(life: Life, test: Any) -> tuple[tuple[int, int], ...]:
    """Stretches that a state lasts, as whole months: first month and length."""
    return tuple((round(start + 0.5), round(length)) for start, length in stretches(life, test))


def _happenings(before: Sequence[Event], now: Sequence[Event]) -> tuple[Happening, ...]:
    """Events of both lives by month: what happens in both is told once, and first."""
    found = []
    for month in sorted({event.month for event in (*before, *now)}):
        a, b = ([event.words for event in told if event.month == month] for told in (before, now))
        both = [words for words in a if words in b]
        for lives, words in (
            ("both", both),
            ("before", [w for w in a if w not in both]),
            ("now", [w for w in b if w not in both]),
        ):
            found += [Happening(month, date(month), each, lives) for each in words]
    return tuple(found)


def _account(traced: TracedLives) -> tuple[Entry, ...]:
    """Lines of the two statements side by side, summed over all years lived."""
    sums: dict[tuple[str, str], list[list[float]]] = {}
    for number, (scenario, trace) in enumerate(zip(traced.plan.scenarios, traced.traces, strict=True)):
        alone = TracedLives(replace(traced.plan, scenarios=(scenario,)), traced.uid, (trace,))
        if not alone.lives[0].months:
            continue
        for line in Statement(alone).lines:
            hours, pounds = sums.setdefault((line.side, line.item), [[0.0, 0.0], [0.0, 0.0]])
            hours[number] += line.hours
            pounds[number] += line.pounds
    ordered = sorted(sums.items(), key=lambda item: (PUT_IN, GOT_OUT).index(item[0][0]))
    return tuple(
        Entry(side, item, (hours[0], hours[1]), (pounds[0], pounds[1]))
        for (side, item), (hours, pounds) in ordered
        if any(hours) or any(round(value) for value in pounds)
    )
