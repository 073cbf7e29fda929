"""The social account: what one person has put in and got out, by year and over the life that the run knows of."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from demandsim.agents.short_ids import short_id
from demandsim.experiment.errors import InputError
from demandsim.experiment.lives import TracedLives
from demandsim.experiment.trace import Life, State, TracedMonth
from demandsim.measures.costs import unpaid_hour
from demandsim.measures.recorder import WEEKS_A_MONTH
from demandsim.report.headlines import in_words, plain
from demandsim.report.invented_names import first_name
from demandsim.report.life_table import FAMILY_PAYER, OWN_PAYER, Record
from demandsim.report.life_words import date, from_kin, hours_cared, hours_to_friends
from demandsim.report.portrait import portrait
from demandsim.report.twins import shared_words

_WIDTH = 80
FIRST_YEAR = 2024
PUT_IN, GOT_OUT = "put in", "got out"

SERVICE_WORDS = {
    "home_care": "Home care",
    "direct_payment": "Personal assistants",
    "micro_enterprises": "Micro-enterprises",
    "residential": "Care home",
    "nursing": "Nursing home",
    "shared_lives": "Living with a host",
    "working_age": "Support of working age",
    "reablement": "Reablement",
    "equipment": "Aids and equipment",
    "carers": "Support as a carer",
    "carers_allowance": "Carer's Allowance",
    "benefits": "Benefits found by advice",
    "acute": "Hospital, emergency stays",
    "ae": "A&E",
    "community_health": "GP and nurses (average)",
}
"""Services in words; any other stands by its own name."""

_PAYERS = {"council": "council", "nhs": "NHS", "central": "government", "government": "government"}


@dataclass(frozen=True)
class Line:
    """One line of an account.

    Attributes:
        side: `PUT_IN` or `GOT_OUT`.
        item: What.
        year: Model year, such as 2024 for April 2024 to March 2025.
        hours: Hours, where it is time; else 0.
        pounds: Pounds at base-year prices, hours at their value; 0 where time has no published value here.
    """

    side: str
    item: str
    year: int
    hours: float
    pounds: float


class Statement:
    """One person's account under one scenario.

    ``print`` it; `table` is a tidy frame; `write` puts text and tables in a folder.

    Args:
        traced: The person's life, in one run.
        year: The model year that stands beside the life to date; the last one lived in the place if left out.

    Raises:
        InputError: If the person does not live in the place in that year.
    """

    def __init__(self, traced: TracedLives, year: int | None = None) -> None:
        self.traced = traced
        self.life: Life = traced.lives[0]
        self._unpaid_hour = unpaid_hour(numbers=traced.plan.scenarios[0].numbers)
        lived = sorted({FIRST_YEAR + m.month // 12 for m in self.life.months})
        if not lived or (year is not None and year not in lived):
            known = f"{lived[0]} to {lived[-1]}" if lived else "no year"
            where = traced.plan.place.spoken
            raise InputError(
                f"--year {year}: {short_id(traced.uid)} does not live in {where} then; known: {known}.\n"
                "  Years begin in April. Give a later or earlier one, or more --years."
            )
        self.year = lived[-1] if year is None else year
        self.lines = [line for each in lived if each <= self.year for line in self._of_year(each)]

    @property
    def name(self) -> str:
        """The first name given to the person: invented."""
        return first_name(self.life.first.state)

    def _of_year(self, year: int) -> list[Line]:
        months = [m for m in self.life.months if FIRST_YEAR + m.month // 12 == year]
        return [*self._put_in(year, months), *self._got_out(year, months)]

    def _put_in(self, year: int, months: list[TracedMonth]) -> Iterable[Line]:
        """Care given, help to friends, months of volunteering, and money paid for own care."""
        help_ = _hours(months, hours_to_friends)
        care = _hours(months, hours_cared) - help_
        yield Line(PUT_IN, "Unpaid care given", year, care, care * self._unpaid_hour)
        yield Line(PUT_IN, "Help to friends and neighbours", year, help_, help_ * self._unpaid_hour)
        yield Line(PUT_IN, "Taxes on earnings (average)", year, 0.0, sum(self._taxes(m) for m in months))
        for (service, payer), pounds in _own_costs(months).items():
            item = "Earnings given up to care" if payer == FAMILY_PAYER else f"Paid for: {_service(service)}"
            yield Line(PUT_IN, item, year, 0.0, pounds)

    def _taxes(self, month: TracedMonth) -> float:
        """Taxes of a month in paid work, at median earnings, less for work given up."""
        numbers, state = self.traced.plan.scenarios[0].numbers, month.state
        weeks = WEEKS_A_MONTH * state["working"] * (1.0 - state["work_lost"] / 100.0)
        return float(weeks * numbers["work.week_earnings"] * numbers["work.tax_share"])

    def _got_out(self, year: int, months: list[TracedMonth]) -> Iterable[Line]:
        """What others paid for, by service and payer, and help from kin and neighbours."""
        paid: dict[tuple[str, str], float] = {}
        for month in months:
            for (service, payer), pounds in month.costs.items():
                if payer not in (OWN_PAYER, FAMILY_PAYER) and service != "lost_earnings":
                    paid[service, payer] = paid.get((service, payer), 0.0) + pounds
        for (service, payer), pounds in sorted(paid.items()):
            yield Line(GOT_OUT, f"{_service(service)} ({_PAYERS.get(payer, payer)})", year, 0.0, pounds)
        for item, read in (("Help from kin", from_kin), ("Help from neighbours, friends", _from_neighbours)):
            hours = _hours(months, read)
            yield Line(GOT_OUT, item, year, hours, hours * self._unpaid_hour)

    def volunteering(self, year: int | None = None) -> int:
        """Months as a volunteer of a community group, in a year or so far."""
        return sum(
            bool(m.state["volunteer"])
            for m in self.life.months
            if (lived := FIRST_YEAR + m.month // 12) <= self.year and year in (None, lived)
        )

    @property
    def records(self) -> list[Record]:
        """Every line of every year so far as plain rows."""
        return [
            {
                "year": line.year,
                "side": line.side,
                "item": line.item,
                "hours": round(line.hours, 2),
                "pounds": round(line.pounds, 2),
            }
            for line in self.lines
        ]

    @property
    def table(self) -> pd.DataFrame:
        """Every line of every year so far."""
        return pd.DataFrame(self.records, columns=["year", "side", "item", "hours", "pounds"])

    @property
    def content(self) -> Record:
        """The statement as one object: what ``--json`` gives."""
        from demandsim.report.life_files import about

        return about(self.traced) | {
            "name": self.name,
            "year": self.year,
            "lines": self.records,
            "volunteering_months": {"year": self.volunteering(self.year), "to_date": self.volunteering()},
            "ends": self.life.end,
        }

    def write(self, folder: str | Path) -> None:
        """Write the statement as text, CSV and JSON into a folder.

        Raises:
            OSError: If they cannot be written.
        """
        from demandsim.report.life_files import write_statement

        write_statement(Path(folder), self)

    # in words

    def __str__(self) -> str:
        plan = self.traced.plan
        until = max(m.month for m in self.life.months if FIRST_YEAR + m.month // 12 == self.year)
        lines = [
            f"STATEMENT FOR {self.name.upper()} ({short_id(self.life.uid)}): WHAT WENT IN, WHAT CAME OUT",
            f"{plan.place.heading}, under {in_words(plan.scenarios[0].name)}, to {date(until)}; seed {plan.seed}, "
            f"scale {plan.scale:g}.",
            "",
            *([*_wrap(plan.place.note), ""] if plan.place.note else []),
            *_wrap(portrait(self.life, self.name)),
            "",
            *self._side(PUT_IN, "PUT IN"),
            f"{'Months of volunteering':<34}{self.volunteering(self.year):>21}{self.volunteering():>25}",
            "",
            *self._side(GOT_OUT, "GOT OUT"),
            "",
            *self._ending(),
            *self._notes(),
        ]
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def _side(self, side: str, heading: str) -> list[str]:
        """A side of the account: the year, and life to date."""
        items = dict.fromkeys(line.item for line in self.lines if line.side == side)
        since = date(self.life.months[0].month)
        lines = [
            f"{heading:<34}{f'year from Apr {self.year}':>21}{f'since {since}':>25}",
            f"{'':34}{'hours':>9}{'£':>12}{'hours':>12}{'£':>13}",
            "-" * _WIDTH,
        ]
        sums = [0.0, 0.0]
        for item in items:
            own = [line for line in self.lines if line.item == item and line.side == side]
            now = [line for line in own if line.year == self.year]
            sums = [sums[0] + sum(x.pounds for x in now), sums[1] + sum(x.pounds for x in own)]
            lines.append(f"{item:<34}{_amount(now, 9, 12)}{_amount(own, 12, 13)}")
        return [*lines, f"{'Worth together':<34}{plain(sums[0]):>21}{plain(sums[1]):>25}"]

    def _ending(self) -> list[str]:
        life = self.life
        if life.end and FIRST_YEAR + life.months[-1].month // 12 == self.year:
            return [*_wrap(f"{self.name} {life.end} in {date(life.end_month)}: the account ends there."), ""]
        return []

    def _notes(self) -> list[str]:
        told = [
            f"The run begins in April 2024: what {self.name} put in and got out before is not known and not counted.",
            "Pounds are at 2023/24 prices. An hour of unpaid care or help is valued at what it would cost to replace, "
            f"£{plain(self._unpaid_hour, 2)} (carers.replacement_cost_hour); hours of care include being there for "
            "somebody, and not those in which somebody else gives the carer a break.",
            "Taxes on earnings are those of median earnings (work.week_earnings, work.tax_share), not their own.",
            "Not counted, since the model does not hold them for one person: council tax and other taxes, pensions, "
            "benefits other than Carer's Allowance and what advice has brought in; and hours of volunteering, of which "
            "it holds only the months.",
            *shared_words(self.traced),
            "An account, not a verdict: that somebody needs much says nothing about what they are worth.",
        ]
        return ["HOW TO READ THIS", *[line for text in told for line in _wrap(text, "- ", "  ")]]


def _from_neighbours(state: State) -> float:
    return float(state["neighbour_hours"])


def _hours(months: list[TracedMonth], read: Callable[[State], float]) -> float:
    """Hours over months of what is held in hours a week."""
    return float(sum(read(m.state) for m in months)) * WEEKS_A_MONTH


def _own_costs(months: list[TracedMonth]) -> dict[tuple[str, str], float]:
    """Pounds by service and payer that the person or their family paid or went without."""
    found: dict[tuple[str, str], float] = {}
    for month in months:
        for key, pounds in sorted(month.costs.items()):
            if key[1] in (OWN_PAYER, FAMILY_PAYER):
                found[key] = found.get(key, 0.0) + pounds
    return found


def _service(name: str) -> str:
    return SERVICE_WORDS.get(name, name.replace("_", " "))


def _amount(lines: list[Line], wide: int, wider: int) -> str:
    """Hours, where there are any, and pounds, right-aligned."""
    hours, pounds = sum(line.hours for line in lines), sum(line.pounds for line in lines)
    return f"{plain(hours) if hours else '':>{wide}}{plain(pounds):>{wider}}"


def _wrap(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=rest)
