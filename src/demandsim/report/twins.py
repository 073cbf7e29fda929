"""Twins: the same person's life under two scenarios, told side by side."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from demandsim.agents.citizens import Setting
from demandsim.agents.short_ids import short_id
from demandsim.experiment.accounts import ATTRIBUTED
from demandsim.experiment.lives import TracedLives
from demandsim.experiment.trace import Life, TracedMonth
from demandsim.measures.costs import unpaid_hour
from demandsim.report.headlines import in_words, plain, signed
from demandsim.report.invented_names import first_name
from demandsim.report.life_table import FAMILY_PAYER, OWN_PAYER, Record, by_payer, month_records
from demandsim.report.life_words import Event, date, events, from_kin, has_strained_carer, is_strained, iso_month
from demandsim.report.portrait import portrait

_WIDTH = 80
_DATE, _COLUMN = 13, 33
_SHORT_NAME = 10
_CUT = re.compile(r" with a \S+ % cut$")
_PAID = {
    "council": "Paid by the council",
    "nhs": "Paid by the NHS",
    "central": "Central government, lost taxes too",
    OWN_PAYER: "Paid from own money",
    FAMILY_PAYER: "Earnings given up to care",
}
_ROUNDING = 0.005
"""Of what a service has cost, what may be left over without being told."""


@dataclass(frozen=True)
class Total:
    """A row of what a life adds up to.

    Attributes:
        label: What is added up.
        values: Under each scenario.
        pounds: Whether it is money.
    """

    label: str
    values: tuple[float, ...]
    pounds: bool = False


class Twin:
    """One person under two scenarios and the same luck.

    ``print`` it for the story; `months` and `events` are tables; `write` puts story, pictures and tables in a folder.

    Args:
        traced: The person's two lives.

    Attributes:
        traced: The same.
        strain_level: Strain above which a carer counts as strained.
    """

    def __init__(self, traced: TracedLives) -> None:
        self.traced = traced
        numbers = traced.plan.scenarios[0].numbers
        self.strain_level = float(numbers["carers.strained_from"])
        self._unpaid_hour = unpaid_hour(numbers=numbers)

    @property
    def lives(self) -> tuple[Life, ...]:
        """The two lives, in the order of the scenarios."""
        return self.traced.lives

    @property
    def id(self) -> str:
        """The person's short id."""
        return short_id(self.traced.uid)

    @property
    def name(self) -> str:
        """The first name given to them: invented."""
        return first_name(self.lives[0].first.state)

    @property
    def shared_cut(self) -> str:
        """The cut that both scenarios are told with, in words; empty where they differ or have none."""
        found = {_CUT.search(in_words(scenario.name)) for scenario in self.traced.plan.scenarios}
        words = {match.group() if match else "" for match in found}
        return words.pop().strip() if len(words) == 1 else ""

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the two scenarios in words; a cut that both have is left to `shared_cut`."""
        names = [in_words(scenario.name) for scenario in self.traced.plan.scenarios]
        return tuple(_CUT.sub("", name) for name in names) if self.shared_cut else tuple(names)

    @property
    def labels(self) -> tuple[str, str]:
        """Names of the scenarios short enough for tables and pictures, else A and B."""
        one, other = self.scenarios
        return (one, other) if max(len(one), len(other)) <= _SHORT_NAME else ("A", "B")

    @property
    def records(self) -> list[Record]:
        """Every month of both lives as plain rows."""
        return month_records(self.lives, self._unpaid_hour)

    @property
    def months(self) -> pd.DataFrame:
        """Every month of both lives: a row a scenario and month."""
        return pd.DataFrame(self.records)

    @property
    def event_records(self) -> list[Record]:
        """What happened in both lives as plain rows."""
        return [
            {"scenario": life.scenario, "month": iso_month(event.month), "event": event.words}
            for life, told in zip(self.lives, self.told, strict=True)
            for event in told
        ]

    @property
    def events(self) -> pd.DataFrame:
        """What happened in both lives: a row an event."""
        return pd.DataFrame(self.event_records, columns=["scenario", "month", "event"])

    @property
    def told(self) -> tuple[list[Event], ...]:
        """Events of each life."""
        return tuple(events(life, self.strain_level) for life in self.lives)

    @property
    def totals(self) -> list[Total]:
        """What each life adds up to over the run."""
        level = self.strain_level
        counted: tuple[tuple[str, Callable[[TracedMonth], float]], ...] = (
            ("Months well short of help", lambda m: m.state["unmet"]),
            ("Months waiting for the council", lambda m: m.state["waiting"] > 0),
            ("Months often lonely", lambda m: m.state["lonely"]),
            ("Months strained by caring", lambda m: is_strained(m.state, level)),
            ("Months with a strained carer", lambda m: has_strained_carer(m, level)),
            ("Months in a care home", lambda m: m.state["setting"] == Setting.CARE_HOME),
            ("Emergency admissions", lambda m: m.state["admitted"]),
            ("Days in hospital", lambda m: m.state["hospital_trace"]),
            ("  of them waiting for support", lambda m: m.state["delayed_days"]),
        )
        rows = [Total(label, self._sums(what)) for label, what in counted]
        rows = [row for row in rows if any(row.values)]
        for payer in dict.fromkeys(p for life in self.lives for m in life.months for p in by_payer(m)):
            sums = self._sums(lambda m, p=payer: by_payer(m).get(p, 0.0))  # type: ignore[misc]
            rows.append(Total(_PAID.get(payer, f"Paid by: {payer}"), sums, pounds=True))
        hours = self._sums(lambda m: from_kin(m.state) + m.state["neighbour_hours"])
        weeks = 365.25 / 12 / 7
        worth = tuple(value * weeks * self._unpaid_hour for value in hours)
        return [*rows, Total("Unpaid help received, its worth", worth, pounds=True)]

    def _sums(self, what: Callable[[TracedMonth], float]) -> tuple[float, ...]:
        return tuple(float(sum(what(month) for month in life.months)) for life in self.lives)

    def __str__(self) -> str:
        return "\n".join(line.rstrip() for line in self._lines()) + "\n"

    def write(self, folder: str | Path) -> None:
        """Write the story, pictures with alternative text, and tables into a folder.

        Raises:
            OSError: If they cannot be written.
        """
        from demandsim.report.life_files import write_twin

        write_twin(Path(folder), self)

    # the story

    def _lines(self) -> list[str]:
        plan, (one, other) = self.traced.plan, self.scenarios
        last = plan.years * 12 - 1
        about = f"{plan.place.heading}, {date(0)} to {date(last)}; seed {plan.seed}, scale {plan.scale:g}."
        cut = f", BOTH {self.shared_cut.upper()}" if self.shared_cut else ""
        lines = [f"ONE LIFE TWICE: {one.upper()} AND {other.upper()}{cut}", about, ""]
        if plan.place.note:
            lines += [*_wrap(plan.place.note), ""]
        lines += [*_wrap(portrait(self.lives[0], self.name)), ""]
        if self.traced.chosen:
            lines += [*_wrap(self.traced.chosen), ""]
        return [*lines, *self._what_happens(), "", *self._years(), "", *self._in_all(), "", *self._notes()]

    def _what_happens(self) -> list[str]:
        """Events by month, side by side; what happens in both is told once."""
        one, other = self.scenarios
        lines = ["WHAT HAPPENS", _columns("", f"under {one}", f"under {other}"), "-" * _WIDTH]
        left, right = (_by_month(told) for told in self.told)
        parted = False
        for month in sorted({*left, *right}):
            a, b = left.get(month, []), right.get(month, [])
            both = [words for words in a if words in b]
            own = [words for words in a if words not in both], [words for words in b if words not in both]
            when = f"{date(month)} {self._age_in(month):>3}"
            if both:
                lines += _across(when, " ".join(both))
                when = ""
            if own[0] or own[1]:
                if not parted:
                    lines.append(f"{'':{_DATE}}--- here the two lives part ---")
                parted = True
                lines += _beside(when, " ".join(own[0]), " ".join(own[1]))
        if not parted:
            lines += _wrap("Nothing told here happens in one life and not in the other.")
        return lines

    def _age_in(self, month: int) -> int:
        first = self.lives[0].first
        return (int(first.state["age_months"]) + month - first.month) // 12

    def _years(self) -> list[str]:
        """Means and sums of each model year, a line a scenario."""
        labels = self.labels
        lines = ["YEAR BY YEAR", *_wrap("Hours of help a week on average, satisfaction with life (0 to 10), days in "
                 "hospital, and pounds at 2023/24 prices. A year runs from April.")]  # fmt: skip
        if labels == ("A", "B"):
            lines += _wrap(f"A is {self.scenarios[0]}, B is {self.scenarios[1]}.")
        lines += [
            f"{'':15}{'help':>7}{'from':>6}{'from':>7}{'from':>6}{'':>6}{'life':>5}{'bed':>5}"
            f"{'council':>8}{'NHS':>7}{'own':>8}",
            f"{'':15}{'needed':>7}{'kin':>6}{'others':>7}{'paid':>6}{'unmet':>6}{'sat.':>5}{'days':>5}"
            f"{'£':>8}{'£':>7}{'£':>8}",
            "-" * _WIDTH,
        ]
        for year in range(self.traced.plan.years):
            for number, (label, life) in enumerate(zip(labels, self.lives, strict=True)):
                months = [m for m in life.months if m.month // 12 == year]
                if months:
                    lines.append(_year_line(f"{2024 + year}" if number == 0 else "", label, months))
        return lines

    def _in_all(self) -> list[str]:
        one, other = self.labels
        lines = ["IN ALL", f"{'':38}{one:>13}{other:>14}{'difference':>15}", "-" * _WIDTH]
        for row in self.totals:
            a, b = row.values
            pound = "£" if row.pounds else ""
            lines.append(f"{row.label:<38}{pound + plain(a):>13}{pound + plain(b):>14}{_change(b - a, pound):>15}")
        return lines

    def _notes(self) -> list[str]:
        plan = self.traced.plan
        told = [
            "One life shows what can happen to somebody, never how often: `demandsim compare` counts everybody. Both "
            "lives meet the same luck, month by month; what differs follows from the scenario, for this person or for "
            "others whom the same change has moved.",
            f"Simulated is one resident in {plain(1 / plan.scale)}; another scale or seed has other people."
            if plan.scale < 1
            else "Every resident is simulated; another seed has other people.",
            "Costs are this person's use at the price of a unit: " + ", ".join(_words(s) for s in ATTRIBUTED) + ".",
            *shared_words(self.traced),
            "What a person needs is hands-on help; kin may give more hours, since theirs include being there.",
            "General practice and community nursing are an average of people of the same age and frailty.",
        ]
        return ["HOW TO READ THIS", *[line for text in told for line in _wrap(text, "- ", "  ")]]


def shared_words(traced: TracedLives) -> list[str]:
    """What the ledger holds that belongs to no one person, for each scenario: a sentence each."""
    found = []
    for scenario, trace in zip(traced.plan.scenarios, traced.traces, strict=True):
        public = {
            key: pounds
            for key, pounds in trace.shared.items()
            if key[1] not in (OWN_PAYER, FAMILY_PAYER) and abs(pounds) > _ROUNDING * trace.attributed.get(key, 0.0)
        }
        a_year = 12 * sum(public.values()) / max(trace.people_months, 1)
        names = sorted({_words(service) for service, _ in public})
        found.append(
            f"Not attributed to anybody under {in_words(scenario.name)}: {', '.join(names) or 'nothing'} – "
            f"£{plain(a_year)} a resident and year from public money."
        )
    return found


def _words(service: str) -> str:
    return {"ae": "A&E", "acute": "hospital"}.get(service, service.replace("_", " "))


def _year_line(year: str, label: str, months: Sequence[TracedMonth]) -> str:
    def mean(*names: str) -> float:
        return float(sum(m.state[name] for m in months for name in names)) / len(months)

    kin = sum(from_kin(m.state) for m in months) / len(months)

    def spent(payer: str) -> str:
        return plain(sum(by_payer(m).get(payer, 0.0) for m in months))

    days = plain(sum(m.state["hospital_trace"] for m in months))
    return (
        f"{year:<5}{label:<10}{mean('hands_on'):>7.1f}{kin:>6.1f}{mean('neighbour_hours'):>7.1f}"
        f"{mean('paid_hours', 'reablement_hours', 'relieved_hours'):>6.1f}{mean('unmet_hours'):>6.1f}"
        f"{mean('wellbeing'):>5.1f}{days:>5}{spent('council'):>8}{spent('nhs'):>7}{spent(OWN_PAYER):>8}"
    )


def _change(value: float, pound: str) -> str:
    text = signed(value)
    return text if not pound else f"{text[0]}£{text[1:]}" if text[0] in "+−" else f"£{text}"


def _by_month(told: Sequence[Event]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for event in told:
        found.setdefault(event.month, []).append(event.words)
    return found


def _wrap(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=rest)


def _across(when: str, words: str) -> list[str]:
    """A line that both lives share."""
    wrapped = textwrap.wrap(words, _WIDTH - _DATE)
    return [f"{when if k == 0 else '':<{_DATE}}{line}" for k, line in enumerate(wrapped)]


def _columns(when: str, left: str, right: str) -> str:
    return f"{when:<{_DATE}}{left:<{_COLUMN}} {right}"


def _beside(when: str, left: str, right: str) -> list[str]:
    """Two columns of words; an empty one shows a dot, so that it is seen that nothing happens there."""
    a, b = (textwrap.wrap(words, _COLUMN) or ["·"] for words in (left, right))
    height = max(len(a), len(b))
    a, b = a + [""] * (height - len(a)), b + [""] * (height - len(b))
    return [_columns(when if k == 0 else "", a[k], b[k]) for k in range(height)]
